-- Schema 6: pauses that end by themselves (store/people.h).

-- A paused subscription keeps in since_seq how far it had got.
ALTER TABLE subscription ADD COLUMN paused_until BIGINT NOT NULL DEFAULT 0; -- 0: no end is set
-- What the roster, import or command that it came with said last: it is acted upon when that changes.
ALTER TABLE subscription ADD COLUMN pause_said BIGINT NOT NULL DEFAULT 0;
-- It was away before it joined its slot (again): its first digest there is no longer than a welcome.
ALTER TABLE subscription ADD COLUMN returned BIGINT NOT NULL DEFAULT 0;
CREATE INDEX subscription_paused ON subscription (paused_until) WHERE paused_until > 0;
