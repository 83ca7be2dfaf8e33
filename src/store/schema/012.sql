-- Schema 12: subjects that a subscription follows (subscriber/follow.h), a line for each.

ALTER TABLE subscription ADD COLUMN follows TEXT NOT NULL DEFAULT '';
