-- Schema 23: what the last run has used of rates (store/paces.h).

-- A rate is of a relay, or of the domains of recipients, and not of a run: one that ends and the next that
-- begins at once would get twice what is allowed.
CREATE TABLE pace (
    name TEXT PRIMARY KEY,  -- "relay URL" or "domain NAME"
    free_at BIGINT NOT NULL -- milliseconds since 1970: nothing goes there before
);
