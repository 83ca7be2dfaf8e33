-- Schema 14: mails of an issue are counted again when more of them have bounced (store/bounces.h).

DROP TABLE issue_share;
CREATE TABLE issue_share (
    issue_id BIGINT NOT NULL,
    domain TEXT NOT NULL, -- '': all
    dead BIGINT NOT NULL, -- that were known when they were counted
    mails BIGINT NOT NULL,
    PRIMARY KEY (issue_id, domain)
);
