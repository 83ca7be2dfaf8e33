/* parse.h - bytes to a Feed: the one door for everything that a server sends.
 *
 * decode.c finds the character set and makes valid UTF-8; repair.c mends, in one pass, what
 * libxml2 would stumble over; xml.c parses (never HUGE, NOENT, DTDLOAD) and knows the namespaces.
 * Then parse.c picks the dialect: rss.c (RSS 0.9x-2.0 and RDF), atom.c (0.1 to 1.0), cdf.c;
 * json_feed.c reads JSON Feed. Each entry is read when its end has come and then freed, so a document of any
 * length takes little more memory than itself. One that is not well-formed is parsed once more, as a
 * whole, with libxml2's recovery and marked as recovered.                                        */
#pragma once

#include <glib.h>
#include "feed/entry.h"

/* Generous for any real feed; what is beyond it is broken or hostile and is not read. */
#define FEED_BYTES_MAX (64u * 1024 * 1024)
/* Entries beyond this are left out, and counted. */
#define FEED_ENTRIES_MAX 100000u

/* What to say of a feed of which COUNT entries were left out. */
char *feed_left_out_text(int64_t count);

/* Who is given the entries as they are read, in document order. */
typedef struct {
    void (*take)(void *data, Entry *entry); /* takes ENTRY over */
    /* What was given does not count: the document is not well-formed and begins anew. */
    void (*restart)(void *data);
    void *data;
} EntrySink;

/* CONTENT_TYPE is the HTTP header (may be NULL); BASE_URL is where the document came from (may be
 * NULL: then relative URLs stay as they are). NULL and DEPESCHE_ERROR_INPUT when this is no feed:
 * the message says what it looks like instead (an HTML page, empty, no XML at line n). */
Feed *feed_parse(GBytes *bytes, const char *content_type, const char *base_url, GError **error);

/* The same with all entries given to SINK; those of the result are empty. On failure, what SINK was
 * given does not count. */
Feed *feed_parse_into(GBytes *bytes, const char *content_type, const char *base_url,
                      const EntrySink *sink, GError **error);
