-- Schema 21: a mail that may have arrived is the same when it is sent again (store/readers-internal.h).

-- What the mail of an issue was chosen by, where its reader has changed that since its text first left.
CREATE TABLE reader (
    issue_id BIGINT NOT NULL REFERENCES issue (id),
    subscription_id BIGINT NOT NULL REFERENCES subscription (id),
    slot_mark BIGINT NOT NULL, -- all these are subscription's
    since_seq BIGINT NOT NULL,
    served BIGINT NOT NULL,
    returned BIGINT NOT NULL,
    name TEXT,
    language TEXT,
    topics TEXT NOT NULL,
    filter TEXT,
    format BIGINT NOT NULL,
    max_articles BIGINT NOT NULL,
    topics_out TEXT NOT NULL,
    attributes TEXT,
    follows TEXT NOT NULL,
    chosen_seq BIGINT NOT NULL,
    PRIMARY KEY (issue_id, subscription_id)
) {CLUSTERED};

CREATE INDEX issue_unended ON issue (newsletter_id) WHERE state IN (0, 3);
