-- Schema 11: what the editors put first. An issue freezes it: it says in which order articles stand.

ALTER TABLE article ADD COLUMN pinned BIGINT NOT NULL DEFAULT 0;
ALTER TABLE issue_article ADD COLUMN pinned BIGINT NOT NULL DEFAULT 0;
