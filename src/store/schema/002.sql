-- Schema 2: a ledger that costs one page a commit, and forgets details in time.

-- A delivery is found by its issue and subscription and in no other way that has to be fast: all
-- its rows lie in that order, and there is no index beside it to be written with every mail.
CREATE TABLE delivery_2 (
    issue_id BIGINT NOT NULL,        -- whoever writes a row has just read both,
    subscription_id BIGINT NOT NULL, -- and neither is ever deleted: no foreign keys
    state BIGINT NOT NULL, -- DeliveryState
    token BIGINT NOT NULL, -- of the claim under which it was written
    attempt BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    at BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    code BIGINT NOT NULL,
    status TEXT,
    note TEXT,
    PRIMARY KEY (issue_id, subscription_id)
) {CLUSTERED};
INSERT INTO delivery_2 SELECT issue_id, subscription_id, state, token, attempt, first_at, at,
    next_at, code, status, note FROM delivery;
DROP TABLE delivery;
ALTER TABLE delivery_2 RENAME TO delivery;

-- Once an issue has been finished for a while, the rows of what was sent become one bit each: bit
-- n of the segment's map (byte n / 8, the lowest bit first) is its subscription number n.
ALTER TABLE work ADD COLUMN sent {BLOB};
ALTER TABLE work ADD COLUMN sent_count BIGINT NOT NULL DEFAULT 0; -- bits that are set
ALTER TABLE issue ADD COLUMN compacted BIGINT NOT NULL DEFAULT 0;

-- Nothing of an issue is sent after this; 0: no limit.
ALTER TABLE issue ADD COLUMN not_after BIGINT NOT NULL DEFAULT 0;

-- Counts up whenever mail goes out. A file beside the database keeps it too: where that has the
-- higher number, the database is an old copy, and what it calls unsent may have been sent.
INSERT INTO counter (name, value) VALUES ('generation', 0);
