-- Schema 17: an import is written down once, not once for each of its people.

-- The declaration of the import that the subscription came with; it stands for the event "added", whose
-- time is subscription.created. 0: that event has a row of its own.
ALTER TABLE subscription ADD COLUMN intake BIGINT NOT NULL DEFAULT 0;
