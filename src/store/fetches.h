/* fetches.h - how feeds are asked, and when next. What they brought is in feeds.h. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>
#include "store/store.h"

/* How a feed of "feed add" is asked; one of the configuration has this in the file. */
typedef struct {
    char *proxy; /* or NULL */
    int timeout; /* seconds; 0: the general one */
    bool http1;
    bool keep_url; /* it goes on being asked at its url when that has moved for good */
    bool allow_exec;
    bool allow_private;
} FetchSettings;

/* What the replies so far say about the next one. */
typedef struct {
    char *moved_to;     /* where its url has moved for good, or NULL */
    char *fingerprint;  /* of the last document, or NULL */
    int64_t next_at;    /* not to be asked before; 0: whenever there is a run */
    int64_t own_wait;   /* seconds, as the last document says */
    guint32 skip_hours; /* as in feed/entry.h */
    guint8 skip_days;
} FetchState;

typedef struct {
    FetchSettings settings;
    FetchState state;
    bool outdated; /* what is stored is about another url: STATE is empty */
} Fetch;

void fetch_free(Fetch *fetch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Fetch, fetch_free)

/* Of all feeds that have any: feed id (a pointer to int64_t) -> Fetch. */
GHashTable *store_fetches_list(Store *store, GError **error);

bool store_fetch_set(Store *store, int64_t feed_id, const FetchSettings *settings, GError **error);

/* Remembers all of STATE; it counts as long as the feed keeps the url it has now. */
bool store_fetch_record(Store *store, int64_t feed_id, const FetchState *state, GError **error);

/* Forgets what the replies said; the settings stay. */
bool store_fetch_forget(Store *store, int64_t feed_id, GError **error);
