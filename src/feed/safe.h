/* safe.h - feeds from outside, read where they can do no harm: each in a child of its own.
 *
 * The child (base/sandbox.h) has a limit on time and memory and neither files nor sockets. A feed
 * that crashes the parser, hangs or eats memory costs only itself, and no feed can put anything into
 * another. What the child answers is checked before it is believed. The caller must be
 * single-threaded, or its other threads hold no locks of GLib or libxml2.
 *
 * safe_reader_begin() never waits, so the next documents can be read while one is worked on:
 *
 *     SafeRead *read = safe_reader_begin(reader, &document, &error);
 *     …
 *     Feed *feed = safe_read_feed(read, &sink, &error);                                          */
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

/* Borrowed until the reading has ended; all as of feed_parse(). */
typedef struct {
    GBytes *bytes;
    const char *content_type;
    const char *base_url;
} SafeDocument;

/* A document that is being read. Freeing it ends the child. */
typedef struct SafeRead SafeRead;
void safe_read_free(SafeRead *read);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SafeRead, safe_read_free)

/* For safe_read_feed(); with SANITIZED, summaries and contents are what a mail would carry. NULL and
 * DEPESCHE_ERROR_TEMPORARY when the system has no room for a child. */
SafeRead *safe_reader_begin(SafeReader *reader, const SafeDocument *document, bool sanitized,
                            GError **error);

/* Waits for all of it. SINK is given the entries as they come; the result has none. NULL and the
 * errors of feed_parse(), or DEPESCHE_ERROR_INPUT saying which limit was met. */
Feed *safe_read_feed(SafeRead *read, const EntrySink *sink, GError **error);

/* The same for articles that are made of the entries (article_from_entry(); the URL of the feed is
 * base_url, NOW the time it is). They are appended to ARTICLES (of Article *); the result has no
 * entries. */
SafeRead *safe_reader_begin_articles(SafeReader *reader, const SafeDocument *document, int64_t now,
                                     GError **error);
Feed *safe_read_articles(SafeRead *read, GPtrArray *articles, GError **error);

/* Both at once. */
Feed *safe_reader_articles(SafeReader *reader, const SafeDocument *document, int64_t now,
                           GPtrArray *articles, GError **error);
