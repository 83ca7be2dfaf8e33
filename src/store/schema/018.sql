-- Schema 18: feeds whose ids mean nothing (store/harvest.c).
ALTER TABLE feed ADD COLUMN by_words BIGINT NOT NULL DEFAULT 0; -- 1: words and dates tell its articles, too
