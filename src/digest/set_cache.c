#include "digest/set_cache-internal.h"

#include <stdbool.h>
#include <string.h>

/* One piece of memory: what is found again is spread over no more of it than need be. */
typedef struct {
    GList link;    /* in SetCache.queue; its data is this */
    bool is_asked; /* since it was last at the head of the queue */
    size_t size;   /* of all of it */
    char *text;    /* behind the set */
    Bitset set;
} Entry;

struct SetCache {
    GHashTable *entries; /* text -> Entry */
    GQueue queue;        /* of Entry: who may have to go next */
    size_t bytes;
    size_t bytes_max;
};

SetCache *
set_cache_new(size_t bytes)
{
    SetCache *cache = g_new0(SetCache, 1);
    cache->bytes_max = bytes;
    g_queue_init(&cache->queue);
    cache->entries = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
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
    return &entry->set;
}

/* What an entry takes in the table, which is half full, and of the allocator. */
#define ENTRY_OVERHEAD 56u

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
            cache->bytes -= entry->size + ENTRY_OVERHEAD;
            g_hash_table_remove(cache->entries, entry->text);
        }
    }
}

static Entry *
entry_new(const char *text, const Bitset *set)
{
    size_t words = bitset_word_count(set), text_size = strlen(text) + 1;
    size_t size = sizeof(Entry) + words * sizeof(uint64_t) + text_size;
    Entry *entry = g_malloc(size);
    *entry = (Entry){ .link.data = entry, .size = size, .set.bits = set->bits };
    entry->text = (char *)&entry->set.words[words];
    memcpy(entry->set.words, set->words, words * sizeof(uint64_t));
    memcpy(entry->text, text, text_size);
    return entry;
}

const Bitset *
set_cache_add(SetCache *cache, const char *text, const Bitset *set)
{
    Entry *entry = entry_new(text, set);
    cache->bytes += entry->size + ENTRY_OVERHEAD;
    make_room(cache); /* before it is there: it may stay */
    g_queue_push_tail_link(&cache->queue, &entry->link);
    g_hash_table_insert(cache->entries, entry->text, entry);
    return &entry->set;
}
