-- Schema 16: articles whose comments people follow (store/comments.h).

ALTER TABLE revision ADD COLUMN comments TEXT; -- the feed of an article's comments, or NULL

-- Who follows the comments of an article is subscribed to a newsletter that is made for it.
CREATE TABLE comments (
    newsletter_id BIGINT PRIMARY KEY REFERENCES newsletter (id),
    model_id BIGINT NOT NULL REFERENCES newsletter (id), -- whose subscribers follow
    article BIGINT NOT NULL REFERENCES article (seq),
    feed_id BIGINT NOT NULL REFERENCES feed (id)
);
