/* entry.h - what a feed claims: Feed and Entry, plain facts, untrusted.
 *
 * Strings are valid UTF-8 and may be NULL where the feed says nothing. Titles are plain text,
 * decoded exactly as often as the format says; summary and content are HTML as the feed has it.
 * Nothing here may go into a mail: article_from_entry() is the way (article.h).                  */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>
#include "base/json.h"
#include "base/value.h"

typedef struct {
    char *url;
    char *type;
    int64_t length; /* -1: not said */
} Enclosure;

typedef struct {
    char *id; /* guid, atom:id, rdf:about; as it stands */
    char *link;
    char *title;
    char *author;
    char *source;      /* who it was taken over from: RSS's and Atom's source; not printed */
    int64_t published; /* 0: not said */
    int64_t updated;   /* 0: not said */
    char *summary;
    char *content;
    GPtrArray *categories; /* of char *, owned */
    GPtrArray *enclosures; /* of Enclosure *, owned */
    char *comments_link;
    char *comments_feed;
    char *image;
    char *language;
    char *base_url; /* what relative URLs in this entry stand against; NULL: the feed's */
} Entry;

typedef struct {
    const char
        *format; /* "rss-2.0", "rss-1.0", "rss-0.9x", "atom-1.0", "atom-0.3", "json-1.1", "cdf"… */
    char *title;
    char *subtitle;
    char *link;
    char *language;
    int64_t updated;
    char *author;
    char *image;
    int64_t ttl;           /* seconds for which it need not be asked again; 0: not said */
    guint32 skip_hours;    /* hours (UTC) in which nobody need ask: a bit for each, 0 to 23 */
    guint8 skip_days;      /* the same of days: a bit for each, Monday first */
    int64_t update_period; /* seconds between updates, as sy: says it; 0: not said */
    bool recovered;        /* not well-formed: read with repairs, something may be missing */
    int64_t left_out;      /* entries beyond the limit of parse.h */
    GPtrArray *entries;    /* of Entry *, owned, in document order */
} Feed;

Feed *feed_new(void);
void feed_free(Feed *feed);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Feed, feed_free)

Entry *entry_new(void);
void entry_free(Entry *entry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Entry, entry_free)

Enclosure *enclosure_new(const char *url, const char *type, int64_t length);
void enclosure_free(Enclosure *enclosure);

/* One of its entries, written. */
void entry_write(const Entry *entry, JsonWriter *writer);

/* The object that "feed show --json" prints, with the members of depesche(1) in that order. */
Value *feed_to_value(const Feed *feed);
