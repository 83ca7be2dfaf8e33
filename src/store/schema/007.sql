-- Schema 7: what people declared, and what they were asked to confirm (store/consents.h).

-- A declaration: one for each sign-up; one for all the rows of an import. What was put to them is kept
-- word by word, and its hash is the version. Outlives the address that it came with.
CREATE TABLE consent (
    id {ID},
    basis BIGINT NOT NULL, -- ConsentBasis
    way TEXT NOT NULL,     -- "web", "import", "command"
    wording_hash TEXT NOT NULL REFERENCES snapshot (hash),
    page TEXT,             -- on which they read it, or the file that names them
    peer TEXT,             -- the network address that it came from; only where that is wanted
    at BIGINT NOT NULL
);

ALTER TABLE subscription ADD COLUMN consent_id BIGINT NOT NULL DEFAULT 0; -- 0: none is known
ALTER TABLE event ADD COLUMN consent_id BIGINT NOT NULL DEFAULT 0; -- the one that it brought

-- The person chose by themselves: a roster or import changes nothing of it any more.
ALTER TABLE subscription ADD COLUMN own_choice BIGINT NOT NULL DEFAULT 0;
ALTER TABLE subscription ADD COLUMN attributes TEXT; -- a JSON object

-- What waits for somebody's click, and the mail that asks for it.
CREATE TABLE request (
    id {ID},
    subscription_id BIGINT NOT NULL UNIQUE REFERENCES subscription (id),
    kind BIGINT NOT NULL, -- RequestKind
    address TEXT,         -- of a change of address: the new one
    was BIGINT NOT NULL,  -- SubscriptionState before it; -1: there was no subscription
    made_at BIGINT NOT NULL,
    mails BIGINT NOT NULL DEFAULT 0,    -- that were begun, each recorded before it left
    mailed_at BIGINT NOT NULL DEFAULT 0, -- the last of them
    next_at BIGINT NOT NULL, -- when one is due; 0: none any more
    tries BIGINT NOT NULL DEFAULT 0 -- of a mail that no relay took
);
CREATE INDEX request_due ON request (next_at) WHERE next_at > 0;

-- A suppression's key is an address, or '#' and the keyed hash of one that was erased.
