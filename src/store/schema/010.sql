-- Schema 10: lines that the pages of a host have had, and in how many articles (store/pages.h).
CREATE TABLE page_line (
    host TEXT NOT NULL,
    hash BIGINT NOT NULL,
    pages BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    PRIMARY KEY (host, hash)
) {CLUSTERED};
