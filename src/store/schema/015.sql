-- Schema 15: feeds that list more articles than are read (feed/parse.h).
ALTER TABLE feed ADD COLUMN left_out BIGINT NOT NULL DEFAULT 0;      -- of the last document
ALTER TABLE feed ADD COLUMN told_left_out BIGINT NOT NULL DEFAULT 0; -- 1: the operator knows
