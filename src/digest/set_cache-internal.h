/* set_cache-internal.h - sets of articles that take longer to make than to find again, by the text that
 * asked for them. Stays in this room.
 *
 * What they take together has a limit; then those go that nobody asked for since the last time that
 * some had to go.                                                                                 */
#pragma once

#include "digest/bitset.h"

typedef struct SetCache SetCache;

/* Of BYTES at most, but for the last one, which is always kept. */
SetCache *set_cache_new(size_t bytes);
void set_cache_free(SetCache *cache);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SetCache, set_cache_free)

/* Both are valid until the next one is added (SET is copied). NULL: it is not there. */
const Bitset *set_cache_find(SetCache *cache, const char *text);
const Bitset *set_cache_add(SetCache *cache, const char *text, const Bitset *set);
