-- Schema 1. A released file is never edited: a change is a new file beside it.
--
-- Written for SQLite and PostgreSQL alike: BIGINT, TEXT and {BLOB} only; {ID} is the engine's
-- growing key, never given out twice. Times are seconds since 1970 in UTC, 0 is "never"; truths are
-- 0 and 1. Numbers that stand for words (state, origin, kind) are the enums of the headers named
-- beside them.

-- The one order of everything: articles take the next number when they are stored, issues when they
-- are cut, both in the transaction that needs it. So whoever cuts sees every article up to there.
CREATE TABLE counter (
    name TEXT PRIMARY KEY,
    value BIGINT NOT NULL -- the last one given out
);
INSERT INTO counter (name, value) VALUES ('sequence', 0);

-- Feeds and articles (store/feeds.h)

CREATE TABLE feed (
    id {ID},
    name TEXT NOT NULL UNIQUE,
    url TEXT NOT NULL,
    title TEXT,     -- configured
    own_title TEXT, -- what the feed said last
    user_agent TEXT,
    origin BIGINT NOT NULL, -- FeedOrigin
    state BIGINT NOT NULL,  -- FeedState
    allow_file BIGINT NOT NULL,
    retired BIGINT NOT NULL DEFAULT 0, -- removed, but its articles are still shown
    etag TEXT,
    last_modified TEXT,
    checked_at BIGINT NOT NULL DEFAULT 0,
    succeeded_at BIGINT NOT NULL DEFAULT 0,
    failures BIGINT NOT NULL DEFAULT 0, -- in a row
    problem TEXT
);

CREATE TABLE article (
    seq BIGINT PRIMARY KEY,
    feed_id BIGINT NOT NULL REFERENCES feed (id),
    identity TEXT NOT NULL,
    url TEXT,
    title TEXT NOT NULL,
    author TEXT,
    language TEXT,
    excerpt TEXT NOT NULL,
    content TEXT NOT NULL,
    image TEXT,
    categories TEXT NOT NULL, -- one a line
    published BIGINT NOT NULL,
    taken BIGINT NOT NULL,
    backlog BIGINT NOT NULL
);
CREATE INDEX article_feed ON article (feed_id, seq);

-- What a feed has shown before, by hash of identity and of link: outlives the article, so that an
-- old item that comes back is not new.
CREATE TABLE seen (
    feed_id BIGINT NOT NULL REFERENCES feed (id),
    hash {BLOB} NOT NULL,
    last_seen BIGINT NOT NULL, -- written once a day at the most
    PRIMARY KEY (feed_id, hash)
);

-- People (store/people.h)

CREATE TABLE newsletter (
    id {ID},
    name TEXT NOT NULL UNIQUE,
    issues BIGINT NOT NULL DEFAULT 0 -- the number of its last issue
);

-- Newsletter x rhythm. Articles up to the mark have been cut into issues.
CREATE TABLE slot (
    id {ID},
    newsletter_id BIGINT NOT NULL REFERENCES newsletter (id),
    rhythm TEXT NOT NULL, -- rhythm_text()
    mark BIGINT NOT NULL,
    last_at BIGINT NOT NULL DEFAULT 0, -- the last due time that was served
    UNIQUE (newsletter_id, rhythm)
);

CREATE TABLE subscriber (
    id {ID},
    address_key TEXT NOT NULL UNIQUE,
    address TEXT NOT NULL
);

-- Rows are never deleted: tokens in old mails name them by their reference.
CREATE TABLE subscription (
    id {ID},
    subscriber_id BIGINT NOT NULL REFERENCES subscriber (id),
    newsletter_id BIGINT NOT NULL REFERENCES newsletter (id),
    slot_id BIGINT NOT NULL REFERENCES slot (id),
    reference BIGINT NOT NULL UNIQUE, -- random
    state BIGINT NOT NULL,  -- SubscriptionState
    origin BIGINT NOT NULL, -- SubscriptionOrigin
    removed BIGINT NOT NULL DEFAULT 0, -- taken off the list by the operator; not a wish to leave
    name TEXT,
    language TEXT,
    topics TEXT NOT NULL,   -- names, sorted, separated by a space
    filter TEXT,
    format BIGINT NOT NULL, -- MailFormat
    max_articles BIGINT NOT NULL,
    created BIGINT NOT NULL,
    slot_mark BIGINT NOT NULL, -- the slot's mark when it joined
    since_seq BIGINT NOT NULL, -- of its first issue there it gets what is behind this
    served BIGINT NOT NULL,    -- it had digests before it joined this slot
    UNIQUE (subscriber_id, newsletter_id)
);
CREATE INDEX subscription_slot ON subscription (slot_id, id);
CREATE INDEX subscription_newsletter ON subscription (newsletter_id, id);

CREATE TABLE event (
    id {ID},
    subscription_id BIGINT NOT NULL REFERENCES subscription (id),
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    way TEXT NOT NULL,
    reason TEXT
);
CREATE INDEX event_subscription ON event (subscription_id, id);

CREATE TABLE suppression (
    address_key TEXT PRIMARY KEY,
    reason TEXT NOT NULL,
    at BIGINT NOT NULL
);

-- Issues (store/issues.h)

CREATE TABLE snapshot (
    hash TEXT PRIMARY KEY, -- SHA-256 of the body
    body {BLOB} NOT NULL
);

CREATE TABLE issue (
    id {ID},
    newsletter_id BIGINT NOT NULL REFERENCES newsletter (id),
    slot_id BIGINT REFERENCES slot (id), -- NULL: a letter
    number BIGINT NOT NULL,
    kind BIGINT NOT NULL,  -- IssueKind
    state BIGINT NOT NULL, -- IssueState
    from_seq BIGINT NOT NULL,
    to_seq BIGINT NOT NULL, -- its own number: no article has it
    due_at BIGINT NOT NULL,
    cut_at BIGINT NOT NULL,
    finished_at BIGINT NOT NULL DEFAULT 0,
    max_subscription BIGINT NOT NULL,
    settings_hash TEXT NOT NULL REFERENCES snapshot (hash),
    templates_hash TEXT NOT NULL REFERENCES snapshot (hash),
    letter_hash TEXT REFERENCES snapshot (hash),
    UNIQUE (slot_id, from_seq), -- a stretch is cut once
    UNIQUE (newsletter_id, number)
);
CREATE INDEX issue_open ON issue (id) WHERE state = 0;

CREATE TABLE issue_article (
    issue_id BIGINT NOT NULL REFERENCES issue (id),
    seq BIGINT NOT NULL REFERENCES article (seq),
    source TEXT NOT NULL, -- what the feed was called when the issue was cut
    PRIMARY KEY (issue_id, seq)
);

-- The ledger (store/ledger.h)

CREATE TABLE work (
    issue_id BIGINT NOT NULL REFERENCES issue (id),
    segment BIGINT NOT NULL, -- subscription id / SEGMENT_SIZE
    state BIGINT NOT NULL DEFAULT 0, -- 0 open from next_at on, 1 claimed until lease_until, 2 done
    token BIGINT NOT NULL DEFAULT 0, -- counts the claims
    lease_until BIGINT NOT NULL DEFAULT 0,
    next_at BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (issue_id, segment)
);
CREATE INDEX work_open ON work (issue_id, segment) WHERE state <> 2;

CREATE TABLE delivery (
    issue_id BIGINT NOT NULL REFERENCES issue (id),
    subscription_id BIGINT NOT NULL REFERENCES subscription (id),
    state BIGINT NOT NULL, -- DeliveryState
    token BIGINT NOT NULL, -- of the claim under which it was written
    attempt BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    at BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    code BIGINT NOT NULL,
    status TEXT,
    note TEXT,
    PRIMARY KEY (issue_id, subscription_id)
);
CREATE INDEX delivery_waiting ON delivery (issue_id, subscription_id) WHERE state IN (1, 3);
CREATE INDEX delivery_subscription ON delivery (subscription_id);
