/* safe.h - feeds from outside, read where they can do no harm: in a child.
 *
 * The child (base/sandbox.h) has a limit on time and memory and neither files nor sockets. A feed
 * that crashes the parser, hangs or eats memory costs only itself and is named. What the child
 * answers is checked before it is believed. The caller must be single-threaded, or its other threads
 * hold no locks of GLib or libxml2.
 *
 * A child may read several documents, since it costs a millisecond or more to have one; but then one that
 * takes it over could speak for those behind it. Feeds of different people are read one by one
 * (safe_reader_articles()).
 *
 * safe_reader_begin() never waits, so the next documents can be read while one is worked on:
 *
 *     SafeRead *read = safe_reader_begin(reader, documents, 2, false);
 *     …
 *     Feed *first = safe_read_feed(read, &sink, &error);
 *     Feed *second = safe_read_feed(read, &sink, &error);                                        */
#pragma once

#include <stdbool.h>
#include <glib.h>
#include "feed/article.h"
#include "feed/parse.h"

/* What the children of a program share: the tables of character sets and time zones that they cannot
 * load. */
typedef struct SafeReader SafeReader;
SafeReader *safe_reader_new(void);
void safe_reader_free(SafeReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SafeReader, safe_reader_free)

/* Starts the process that makes the children for articles (base/nursery.h). It is started for the first
 * of them otherwise, but what the caller has in memory by then costs with each child. */
bool safe_reader_make_ready(SafeReader *reader, GError **error);

/* What it points to is borrowed until the reading has ended; all as of feed_parse(), and the HTTP header
 * that says the language of a feed that does not (may be NULL). */
typedef struct {
    GBytes *bytes;
    const char *content_type;
    const char *base_url;
    const char *content_language;
} SafeDocument;

/* Documents that are being read. Freeing it ends the child. */
typedef struct SafeRead SafeRead;
void safe_read_free(SafeRead *read);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SafeRead, safe_read_free)

/* With SANITIZED, summaries and contents are what a mail would carry. Never NULL: that there was no
 * room for a child is the error of the first document. */
SafeRead *safe_reader_begin(SafeReader *reader, const SafeDocument *documents, guint count,
                            bool sanitized);

/* The next of the documents; waits for all of it. SINK is given the entries as they come; the result
 * has none. NULL and the errors of feed_parse(), DEPESCHE_ERROR_INPUT saying which limit was met, or
 * DEPESCHE_ERROR_TEMPORARY. */
Feed *safe_read_feed(SafeRead *read, const EntrySink *sink, GError **error);

/* The same for articles that are made of the entries (article_from_entry(); the URL of the feed is
 * base_url, NOW the time it is). They are appended to ARTICLES (of Article *), none when that failed; the
 * result has no entries. The process that makes the children is started anew should it die. */
SafeRead *safe_reader_begin_articles(SafeReader *reader, const SafeDocument *document, int64_t now);
Feed *safe_read_articles(SafeRead *read, GPtrArray *articles, GError **error);

/* Takes what there is of the articles. True when that was the last of it: safe_read_articles() will not
 * wait. */
bool safe_read_is_ready(SafeRead *read);

/* Can be read when safe_read_is_ready() may have become true; -1: never. */
int safe_read_fd(const SafeRead *read);

/* Both at once. */
Feed *safe_reader_articles(SafeReader *reader, const SafeDocument *document, int64_t now,
                           GPtrArray *articles, GError **error);
