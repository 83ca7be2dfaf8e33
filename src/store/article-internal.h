/* article-internal.h - articles as rows. */
#pragma once

#include "feed/article.h"
#include "store/driver-internal.h"

/* So many texts of one article are kept; what changes still more often changes with each fetch. */
#define REVISIONS_MAX 20

/* For a SELECT from article, its revision, and its feed; article_read() takes them. SOURCE is the SQL
 * for what readers are shown as the source, NEWS for news_seq, UPDATED for updated, PINNED for pinned: of
 * the present, or as an issue froze them. */
#define ARTICLE_COLUMNS(SOURCE, NEWS, UPDATED, PINNED)                                             \
    "article.seq, article.feed_id, feed.name, " SOURCE ", article.identity, revision.url, "        \
    "revision.title, revision.author, revision.source, revision.language, revision.excerpt, "      \
    "revision.content, revision.image, revision.comments, revision.categories, "                   \
    "article.published, article.taken, article.backlog, article.held, " NEWS ", " UPDATED          \
    ", " PINNED

/* The present one, with the tables that these need. */
#define ARTICLE_SOURCE "COALESCE(revision.source, feed.title, feed.own_title, feed.name)"
#define ARTICLE_TABLES                                                                             \
    "article JOIN feed ON feed.id = article.feed_id "                                              \
    "JOIN revision ON revision.seq = article.seq AND revision.number = article.revision "

Article *article_read(Query *query);

typedef struct {
    bool backlog;
    bool held;
} ArticlePlace;

/* Stores ARTICLE as IDENTITY under the next number of the one order, which becomes *SEQ; inside a
 * transaction. */
bool article_insert(Store *store, int64_t feed_id, const Article *article, const char *identity,
                    ArticlePlace place, int64_t *seq, GError **error);

/* The text of article SEQ is now that of ARTICLE: a new revision when it differs from the present
 * one in anything, and an update (*UPDATED) when readers would see it and no revision had it before.
 * Inside a transaction. */
bool article_revise(Store *store, int64_t seq, const Article *article, int64_t now, bool *updated,
                    GError **error);

/* Whether no revision of article SEQ has the text of ARTICLE. */
bool article_differs(Store *store, int64_t seq, const Article *article, bool *differs,
                     GError **error);

/* Article SEQ, which was held, is news from now on: its own number may lie behind marks that have gone on
 * since. Inside a transaction. */
bool article_release(Store *store, int64_t seq, GError **error);

/* Article SEQ, which is in no issue, goes; what is known of its identities stays, or it would come back.
 * Inside a transaction. */
bool article_drop(Store *store, int64_t seq, GError **error);

/* The update of article SEQ is news from now on, for newsletters that want updates. */
bool article_renew(Store *store, int64_t seq, GError **error);
