/* article-internal.h - articles as rows. */
#pragma once

#include "feed/article.h"
#include "store/driver-internal.h"

/* For a SELECT from article JOIN feed ON feed.id = article.feed_id; article_read() takes them. SOURCE
 * is the SQL for the feed's title: its present one, or the one that an issue froze. */
#define ARTICLE_SOURCE "COALESCE(feed.title, feed.own_title, feed.name)"
#define ARTICLE_COLUMNS(SOURCE)                                                                    \
    "article.seq, article.feed_id, feed.name, " SOURCE ", "                                        \
    "article.identity, article.url, article.title, article.author, article.language, "             \
    "article.excerpt, article.content, article.image, article.categories, article.published, "     \
    "article.taken, article.backlog"

Article *article_read(Query *query);

/* Stores ARTICLE under the next number of the one order; inside a transaction. */
bool article_insert(Store *store, int64_t feed_id, const Article *article, bool backlog,
                    GError **error);
