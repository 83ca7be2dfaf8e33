-- Schema 4: what an article is known by, its revisions, what is held back, and how feeds are.

-- An identity that a feed gave to several articles at once names none of them any more.
ALTER TABLE seen ADD COLUMN shared BIGINT NOT NULL DEFAULT 0;
ALTER TABLE seen ADD COLUMN article BIGINT NOT NULL DEFAULT 0; -- its seq; 0: not known

-- The texts of an article, one row for each time that they changed. An issue keeps the number that
-- it froze, so an update changes nothing that has been sent.
CREATE TABLE revision (
    seq BIGINT NOT NULL REFERENCES article (seq),
    number BIGINT NOT NULL, -- from 0
    at BIGINT NOT NULL,
    fingerprint {BLOB},     -- of all that follows; NULL of what is older than this schema
    url TEXT,
    title TEXT NOT NULL,
    author TEXT,
    source TEXT,
    language TEXT,
    excerpt TEXT NOT NULL,
    content TEXT NOT NULL,
    image TEXT,
    categories TEXT NOT NULL, -- one a line
    PRIMARY KEY (seq, number)
);
INSERT INTO revision (seq, number, at, url, title, author, language, excerpt, content, image,
    categories)
    SELECT seq, 0, taken, url, title, author, language, excerpt, content, image, categories
    FROM article;
ALTER TABLE article DROP COLUMN url;
ALTER TABLE article DROP COLUMN title;
ALTER TABLE article DROP COLUMN author;
ALTER TABLE article DROP COLUMN language;
ALTER TABLE article DROP COLUMN excerpt;
ALTER TABLE article DROP COLUMN content;
ALTER TABLE article DROP COLUMN image;
ALTER TABLE article DROP COLUMN categories;
ALTER TABLE article ADD COLUMN revision BIGINT NOT NULL DEFAULT 0; -- the number of the present one

-- What marks are compared with: numbers of the one order. An article is news from its own number on,
-- or from the one that it got when it was released; and, for newsletters that want updates, once
-- more from where its text changed.
ALTER TABLE article ADD COLUMN news_seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE article ADD COLUMN updated_seq BIGINT NOT NULL DEFAULT 0; -- 0: never
ALTER TABLE article ADD COLUMN held BIGINT NOT NULL DEFAULT 0; -- until the operator decides
UPDATE article SET news_seq = seq;
CREATE INDEX article_news ON article (feed_id, news_seq);
CREATE INDEX article_updated ON article (feed_id, updated_seq) WHERE updated_seq > 0;
CREATE INDEX article_held ON article (feed_id, seq) WHERE held = 1;
CREATE INDEX article_published ON article (feed_id, published);

ALTER TABLE issue_article ADD COLUMN revision BIGINT NOT NULL DEFAULT 0;
ALTER TABLE issue_article ADD COLUMN news_seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE issue_article ADD COLUMN updated BIGINT NOT NULL DEFAULT 0; -- had been sent before
UPDATE issue_article SET news_seq = seq;

ALTER TABLE feed ADD COLUMN category TEXT; -- folders of an OPML file: "Technik/Netze"
ALTER TABLE feed ADD COLUMN listed_at BIGINT NOT NULL DEFAULT 0; -- when its items were last recorded
ALTER TABLE feed ADD COLUMN failing_since BIGINT NOT NULL DEFAULT 0; -- 0: it does not fail
ALTER TABLE feed ADD COLUMN parses BIGINT NOT NULL DEFAULT 0;    -- documents that were read
ALTER TABLE feed ADD COLUMN recovered BIGINT NOT NULL DEFAULT 0; -- of them, not well-formed
ALTER TABLE feed ADD COLUMN held_since BIGINT NOT NULL DEFAULT 0; -- 0: nothing is held
ALTER TABLE feed ADD COLUMN told_state BIGINT NOT NULL DEFAULT 0; -- FeedState of the operator's mail
ALTER TABLE feed ADD COLUMN told_held BIGINT NOT NULL DEFAULT 0;  -- held_since of it
UPDATE feed SET listed_at = succeeded_at;

INSERT INTO counter (name, value) VALUES ('forgotten', 0); -- up to when memories were let go
