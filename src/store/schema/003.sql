-- Schema 3: how feeds are asked, and when next (store/fetches.h).

-- A feed without a row has never been asked and has no settings of its own.
CREATE TABLE fetch (
    feed_id BIGINT PRIMARY KEY REFERENCES feed (id),
    -- settings of "feed add"; a feed of the configuration has its own there
    proxy TEXT,
    timeout BIGINT NOT NULL DEFAULT 0, -- seconds; 0: the general one
    http1 BIGINT NOT NULL DEFAULT 0,
    keep_url BIGINT NOT NULL DEFAULT 0,
    allow_exec BIGINT NOT NULL DEFAULT 0,
    allow_private BIGINT NOT NULL DEFAULT 0,
    -- what the last replies said
    asked_url TEXT, -- the feed's url then: with another one nothing of this counts
    moved_to TEXT,  -- where that has moved for good
    fingerprint TEXT, -- of the last document, where it had no validators
    next_at BIGINT NOT NULL DEFAULT 0, -- not asked before
    own_wait BIGINT NOT NULL DEFAULT 0, -- seconds, as the document says
    skip_hours BIGINT NOT NULL DEFAULT 0, -- a bit for each hour (UTC) in which it is not asked
    skip_days BIGINT NOT NULL DEFAULT 0 -- a bit for each day, Monday first
);
