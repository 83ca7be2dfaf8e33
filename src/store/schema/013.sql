-- Schema 13: pictures of articles, as they were fetched once (store/pictures.h).
CREATE TABLE picture (
    url TEXT PRIMARY KEY,
    type TEXT,
    bytes {BLOB}, -- NULL: it cannot be used
    fetched_at BIGINT NOT NULL
);
CREATE INDEX picture_fetched_at ON picture (fetched_at);
