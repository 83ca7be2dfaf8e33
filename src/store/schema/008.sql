-- Schema 8: what a digest has no room for waits for a later one (store/carry-internal.h).

CREATE TABLE carry (
    subscription_id BIGINT PRIMARY KEY,
    version BIGINT NOT NULL, -- counts the changes: who writes must have read the last one
    written BIGINT NOT NULL, -- the last number of the one order then
    articles TEXT NOT NULL   -- their numbers: the first, then what each is more than the one before
) {CLUSTERED};

-- What waited for the reader when the digest of a delivery was chosen, so that a later attempt sends the
-- same: as carry.articles. NULL: no attempt has got as far as an intent.
ALTER TABLE delivery ADD COLUMN carried TEXT;
UPDATE delivery SET carried = '' WHERE state IN (1, 3, 6);
