-- Schema 9: mail that came back (store/bounces.h).

-- What was taken in, by a hash that names the message: whatever dies when, it has its effect once.
CREATE TABLE message_seen (
    hash TEXT PRIMARY KEY,
    at BIGINT NOT NULL
);
CREATE INDEX message_seen_at ON message_seen (at);

-- A mail that did not arrive, as a server refused it or a report said later.
CREATE TABLE bounce (
    id {ID},
    subscription_id BIGINT NOT NULL REFERENCES subscription (id),
    issue_id BIGINT NOT NULL, -- 0: not known
    domain TEXT NOT NULL,     -- of the address then
    at BIGINT NOT NULL,
    kind BIGINT NOT NULL DEFAULT 0, -- BounceGroup
    status TEXT,
    diagnostic TEXT
);
CREATE INDEX bounce_subscription ON bounce (subscription_id, at);
CREATE INDEX bounce_issue ON bounce (issue_id, domain, kind);
CREATE INDEX bounce_new ON bounce (id) WHERE kind = 0;
CREATE INDEX subscription_suspended ON subscription (id) WHERE state = 3;

-- How many mails of an issue went to a domain ('': to all): costs a look at each of them, so it is kept.
CREATE TABLE issue_share (
    issue_id BIGINT NOT NULL,
    domain TEXT NOT NULL,
    mails BIGINT NOT NULL,
    at BIGINT NOT NULL, -- when they were counted
    PRIMARY KEY (issue_id, domain)
);
