/* stencil_cache.h - finished stencils, kept for those who share them; the least recently used go first
 * when all of them take too much. */
#pragma once

#include <glib.h>
#include "mail/stencil.h"

typedef struct StencilCache StencilCache;

/* One of them, with how much of what was selected has room in it. Shared, from any thread: it stays until
 * the last who has it lets it go. */
typedef struct {
    Stencil *stencil;
    guint shown;  /* of the articles */
    guint linked; /* of the links */
} CachedStencil;

CachedStencil *cached_stencil_new(Stencil *take_stencil, guint shown, guint linked);
void cached_stencil_unref(CachedStencil *cached);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CachedStencil, cached_stencil_unref)

/* Of BYTES at most, but for the last one, which is always kept. */
StencilCache *stencil_cache_new(size_t bytes);
void stencil_cache_free(StencilCache *cache);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(StencilCache, stencil_cache_free)

/* A reference; NULL: it is not there. */
CachedStencil *stencil_cache_find(StencilCache *cache, const char *key);

/* Keeps CACHED, too, unless there is one already: another thread has made the same meanwhile. */
void stencil_cache_put(StencilCache *cache, const char *key, CachedStencil *cached);

/* How many were put there; one that had to go counts again. */
guint stencil_cache_taken(const StencilCache *cache);
