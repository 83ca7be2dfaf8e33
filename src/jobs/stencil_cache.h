/* stencil_cache.h - finished stencils, kept for those who share them; the least recently used go first
 * when all of them take too much. */
#pragma once

#include <glib.h>
#include "mail/stencil.h"

typedef struct StencilCache StencilCache;

/* One of them, with how much of what was selected has room in it. */
typedef struct {
    Stencil *stencil;
    guint shown;  /* of the articles */
    guint linked; /* of the links */
} CachedStencil;

/* Of BYTES at most, but for the last one, which is always kept. */
StencilCache *stencil_cache_new(size_t bytes);
void stencil_cache_free(StencilCache *cache);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(StencilCache, stencil_cache_free)

/* Both are valid until the next one is taken. NULL: it is not there. */
const CachedStencil *stencil_cache_find(StencilCache *cache, const char *key);
const CachedStencil *stencil_cache_take(StencilCache *cache, const char *key,
                                        const CachedStencil *take_content);

/* How many it has taken; one that had to go counts again. */
guint stencil_cache_taken(const StencilCache *cache);
