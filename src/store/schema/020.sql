-- Schema 20: articles that another feed had before (digest/repeat.h, store/repeats.c).

-- link_key() of its URL, as it came; NULL: it names none, or is from before this schema.
ALTER TABLE article ADD COLUMN link TEXT;
CREATE INDEX article_link ON article (link) WHERE link IS NOT NULL;

-- The number of the one order when its choice, or whether it gets mail at all, changed last.
ALTER TABLE subscription ADD COLUMN chosen_seq BIGINT NOT NULL DEFAULT 0;
UPDATE subscription SET chosen_seq = (SELECT value FROM counter WHERE name = 'sequence');

CREATE TABLE repeat (
    issue_id BIGINT NOT NULL REFERENCES issue (id),
    seq BIGINT NOT NULL REFERENCES article (seq),
    earlier_seq BIGINT NOT NULL REFERENCES article (seq),
    from_seq BIGINT NOT NULL, -- marks of the issue that had the earlier one
    to_seq BIGINT NOT NULL,
    PRIMARY KEY (issue_id, seq, earlier_seq)
) {CLUSTERED};
