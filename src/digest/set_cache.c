#include "digest/set_cache-internal.h"

#include <stdbool.h>
#include <string.h>

typedef struct {
    Bitset *set;
    GList link;    /* in SetCache.queue; its data is this */
    bool is_asked; /* since it was last at the head of the queue */
    char text[];
} Entry;

struct SetCache {
    GHashTable *entries; /* text -> Entry */
    GQueue queue;        /* of Entry: who may have to go next */
    size_t bytes;
    size_t bytes_max;
};

static void
entry_free(Entry *entry)
{
    bitset_free(entry->set);
    g_free(entry);
}

SetCache *
set_cache_new(size_t bytes)
{
    SetCache *cache = g_new0(SetCache, 1);
    cache->bytes_max = bytes;
    g_queue_init(&cache->queue);
    cache->entries =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)entry_free);
    return cache;
}

void
set_cache_free(SetCache *cache)
{
    if (cache == NULL)
        return;
    g_hash_table_unref(cache->entries);
    g_free(cache);
}

const Bitset *
set_cache_find(SetCache *cache, const char *text)
{
    Entry *entry = g_hash_table_lookup(cache->entries, text);
    if (entry == NULL)
        return NULL;
    entry->is_asked = true;
    return entry->set;
}

/* What an entry takes in the table, which is half full, and of the allocator. */
#define ENTRY_OVERHEAD 72u

static size_t
size_of(const Entry *entry)
{
    return sizeof(Entry) + strlen(entry->text) + sizeof(Bitset) +
           bitset_word_count(entry->set) * sizeof(uint64_t) + ENTRY_OVERHEAD;
}

/* Who was asked for goes back to the end of the queue, once: nearly as good as the least recently
 * used, and what is found again need not be moved. */
static void
make_room(SetCache *cache)
{
    while (cache->bytes > cache->bytes_max && cache->queue.length > 0) {
        GList *link = g_queue_pop_head_link(&cache->queue);
        Entry *entry = link->data;
        if (entry->is_asked) {
            entry->is_asked = false;
            g_queue_push_tail_link(&cache->queue, link);
        } else {
            cache->bytes -= size_of(entry);
            g_hash_table_remove(cache->entries, entry->text);
        }
    }
}

const Bitset *
set_cache_take(SetCache *cache, const char *text, Bitset *take_set)
{
    size_t size = strlen(text) + 1;
    Entry *entry = g_malloc0(sizeof(Entry) + size);
    memcpy(entry->text, text, size);
    entry->set = take_set;
    entry->link.data = entry;
    cache->bytes += size_of(entry);
    make_room(cache); /* before it is there: it may stay */
    g_queue_push_tail_link(&cache->queue, &entry->link);
    g_hash_table_insert(cache->entries, entry->text, entry);
    return entry->set;
}
