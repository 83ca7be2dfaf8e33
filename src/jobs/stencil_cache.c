#include "jobs/stencil_cache.h"

typedef struct {
    CachedStencil *content;
    char *key;
    GList link; /* in StencilCache.recent; its data is this */
} Entry;

struct StencilCache {
    GHashTable *entries; /* key -> Entry */
    GQueue recent;       /* of Entry, the most recently used first */
    size_t bytes;
    size_t bytes_max;
    guint taken;
};

CachedStencil *
cached_stencil_new(Stencil *take_stencil, guint shown, guint linked)
{
    CachedStencil *cached = g_atomic_rc_box_new(CachedStencil);
    *cached = (CachedStencil){ take_stencil, shown, linked };
    return cached;
}

static void
cached_stencil_clear(void *data)
{
    const CachedStencil *cached = data;
    stencil_free(cached->stencil);
}

void
cached_stencil_unref(CachedStencil *cached)
{
    g_atomic_rc_box_release_full(cached, cached_stencil_clear);
}

static void
entry_free(Entry *entry)
{
    g_free(entry->key);
    cached_stencil_unref(entry->content);
    g_free(entry);
}

StencilCache *
stencil_cache_new(size_t bytes)
{
    StencilCache *cache = g_new0(StencilCache, 1);
    cache->bytes_max = bytes;
    g_queue_init(&cache->recent);
    cache->entries =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)entry_free);
    return cache;
}

void
stencil_cache_free(StencilCache *cache)
{
    if (cache == NULL)
        return;
    g_hash_table_unref(cache->entries);
    g_free(cache);
}

CachedStencil *
stencil_cache_find(StencilCache *cache, const char *key)
{
    Entry *entry = g_hash_table_lookup(cache->entries, key);
    if (entry == NULL)
        return NULL;
    g_queue_unlink(&cache->recent, &entry->link);
    g_queue_push_head_link(&cache->recent, &entry->link);
    return g_atomic_rc_box_acquire(entry->content);
}

static void
make_room(StencilCache *cache)
{
    while (cache->bytes > cache->bytes_max && cache->recent.length > 1) {
        Entry *oldest = cache->recent.tail->data;
        cache->bytes -= stencil_size(oldest->content->stencil);
        g_queue_unlink(&cache->recent, &oldest->link);
        g_hash_table_remove(cache->entries, oldest->key);
    }
}

void
stencil_cache_put(StencilCache *cache, const char *key, CachedStencil *cached)
{
    if (g_hash_table_contains(cache->entries, key))
        return;
    Entry *entry = g_new0(Entry, 1);
    entry->key = g_strdup(key);
    entry->content = g_atomic_rc_box_acquire(cached);
    entry->link.data = entry;
    g_queue_push_head_link(&cache->recent, &entry->link);
    g_hash_table_insert(cache->entries, entry->key, entry);
    cache->bytes += stencil_size(cached->stencil);
    cache->taken++;
    make_room(cache);
}

guint
stencil_cache_taken(const StencilCache *cache)
{
    return cache->taken;
}
