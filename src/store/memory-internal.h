/* memory-internal.h - what is known of a feed's articles: its rows in "seen".
 *
 * A row is the hash of a name that an article had: an identity ("guid:…") or the key of its link. It
 * outlives the article, for as long as the feed lists the name and 90 days more, so that nothing old
 * is ever new again.                                       */
#pragma once

#include "store/driver-internal.h"

typedef enum {
    NAME_IDENTITY,
    NAME_LINK,
} NameKind;

typedef struct {
    Store *store;
    int64_t feed_id;
    int64_t now;
} FeedMemory;

typedef struct {
    bool found;
    bool shared;     /* the feed gave it to several articles: it names none */
    int64_t article; /* its seq; 0: not known, or not any more */
    int64_t last_seen;
} Recollection;

bool memory_recall(const FeedMemory *memory, NameKind kind, const char *name,
                   Recollection *recollection, GError **error);

/* NAME was listed now, by the article SEQ (0: not known); by several when SHARED. Written once a day
 * unless there is something new. */
bool memory_remember(const FeedMemory *memory, NameKind kind, const char *name, int64_t seq,
                     bool shared, GError **error);

/* An answer that the document is unchanged: what it listed last, at LISTED_AT (0: never), it lists
 * still. */
bool memory_keep(const FeedMemory *memory, int64_t listed_at, GError **error);
