-- Schema 5: topics that a subscription wants nothing of.

ALTER TABLE subscription ADD COLUMN topics_out TEXT NOT NULL DEFAULT ''; -- as topics
