/* harvest-internal.h - a document that is being taken in (feeds.h): harvest.c does that, and harvest_alarm.c
 * tells what of it is to be held. */
#pragma once

#include "store/article-internal.h"
#include "store/driver-internal.h"
#include "store/feeds.h"
#include "store/memory-internal.h"

#define HOUR_SECONDS 3600

/* One article of the document. */
typedef struct {
    const Article *article;
    char *link;           /* link_key() of its URL, or NULL */
    const char *identity; /* the first one that is its own */
    int64_t seq;          /* 0: not stored, or not known */
    bool known;
    bool link_known; /* its link is, but it seems to be another article */
} Item;

typedef struct {
    Store *store;
    int64_t feed_id;
    int64_t now;
    FeedMemory memory;
    bool remembered;      /* there is something in its memory */
    bool by_words;        /* its ids mean nothing */
    int64_t listed_at;    /* when a document of this URL was last recorded; 0: never */
    int64_t succeeded_at; /* the last time that went well before this one */
    GHashTable *counts;   /* identity or link, borrowed -> in how many articles of this document */
    GArray *items;        /* of Item, in document order */
} Harvest;

/* Knows an item of a feed whose ids mean nothing: by title, teaser and date. */
bool harvest_recall_by_words(const Harvest *harvest, Item *item, GError **error);

/* Whether NUMBER of the document's articles are so many that the feed has changed, not its news. */
bool harvest_is_nearly_all(const Harvest *harvest, guint number);

/* Takes those articles out of FRESH (of Item *, never seen) that cannot be new. The result has them (borrowed)
 * but for what is held already in the same words: a feed that makes up new ids at each fetch would fill the
 * store. */
GPtrArray *harvest_take_suspects(const Harvest *harvest, GPtrArray *fresh, GError **error);
