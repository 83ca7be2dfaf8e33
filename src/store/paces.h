/* paces.h - what a run has used of rates (net/pace.h), for the next one. */
#pragma once

#include "store/store.h"

/* Milliseconds since 1970, by the clock of the machine: rates are of the world's time, whatever time
 * the run has. */
typedef struct {
    char *name;      /* "relay URL", "domain NAME" */
    int64_t free_at; /* nothing may go there before */
} PaceMark;

void pace_mark_free(PaceMark *mark);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PaceMark, pace_mark_free)

/* Of NAME; long ago when there is none. */
bool store_pace_get(Store *store, const char *name, int64_t *free_at, GError **error);

/* MARKS (of PaceMark *) at NOW. Those of others stay as long as they mean something. */
bool store_paces_put(Store *store, const GPtrArray *marks, int64_t now, GError **error);
