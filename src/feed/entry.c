#include "feed/entry.h"

#include "feed/fact-internal.h"
#include "feed/table-internal.h"

static void *
new_enclosure(void)
{
    return enclosure_new(NULL, NULL, -1);
}

static const Fact enclosure_facts[] = {
    { "url", FACT_TEXT, offsetof(Enclosure, url) },
    { "type", FACT_TEXT, offsetof(Enclosure, type) },
    { "length", FACT_LENGTH, offsetof(Enclosure, length) },
};

static const FactTable enclosure_table = { enclosure_facts, G_N_ELEMENTS(enclosure_facts),
                                           new_enclosure };

static const Fact entry_facts[] = {
    { "id", FACT_TEXT, offsetof(Entry, id) },
    { "link", FACT_TEXT, offsetof(Entry, link) },
    { "title", FACT_TEXT, offsetof(Entry, title) },
    { "author", FACT_TEXT, offsetof(Entry, author) },
    { "published", FACT_TIME, offsetof(Entry, published) },
    { "updated", FACT_TIME, offsetof(Entry, updated) },
    { "summary", FACT_TEXT, offsetof(Entry, summary) },
    { "content", FACT_TEXT, offsetof(Entry, content) },
    { "categories", FACT_TEXTS, offsetof(Entry, categories) },
    { "enclosures", FACT_OBJECTS, offsetof(Entry, enclosures), &enclosure_table },
    { "comments_link", FACT_TEXT, offsetof(Entry, comments_link) },
    { "comments_feed", FACT_TEXT, offsetof(Entry, comments_feed) },
    { "image", FACT_TEXT, offsetof(Entry, image) },
    { "language", FACT_TEXT, offsetof(Entry, language) },
    { NULL, FACT_TEXT, offsetof(Entry, source) },
    { NULL, FACT_TEXT, offsetof(Entry, base_url) },
};
/* All members take eight octets. */
G_STATIC_ASSERT(sizeof(Entry) == 8 * G_N_ELEMENTS(entry_facts));

const FactTable entry_table = { entry_facts, G_N_ELEMENTS(entry_facts), NULL };

static const Fact feed_facts[] = {
    { "format", FACT_WORD, offsetof(Feed, format) },
    { "title", FACT_TEXT, offsetof(Feed, title) },
    { "subtitle", FACT_TEXT, offsetof(Feed, subtitle) },
    { "link", FACT_TEXT, offsetof(Feed, link) },
    { "language", FACT_TEXT, offsetof(Feed, language) },
    { "updated", FACT_TIME, offsetof(Feed, updated) },
    { "author", FACT_TEXT, offsetof(Feed, author) },
    { "image", FACT_TEXT, offsetof(Feed, image) },
    { NULL, FACT_LENGTH, offsetof(Feed, ttl) },
    { NULL, FACT_BITS, offsetof(Feed, skip_hours) },
    { NULL, FACT_OCTET, offsetof(Feed, skip_days) },
    { NULL, FACT_LENGTH, offsetof(Feed, update_period) },
    { "recovered", FACT_FLAG, offsetof(Feed, recovered) },
    { "left_out", FACT_LENGTH, offsetof(Feed, left_out) },
};

/* Without its entries, which come one by one. */
const FactTable feed_table = { feed_facts, G_N_ELEMENTS(feed_facts), NULL };

Feed *
feed_new(void)
{
    Feed *feed = g_new0(Feed, 1);
    feed->entries = g_ptr_array_new_with_free_func((GDestroyNotify)entry_free);
    return feed;
}

void
feed_free(Feed *feed)
{
    if (feed == NULL)
        return;
    facts_clear(&feed_table, feed);
    g_ptr_array_unref(feed->entries);
    g_free(feed);
}

Entry *
entry_new(void)
{
    Entry *entry = g_new0(Entry, 1);
    entry->categories = g_ptr_array_new_with_free_func(g_free);
    entry->enclosures = g_ptr_array_new_with_free_func((GDestroyNotify)enclosure_free);
    return entry;
}

void
entry_free(Entry *entry)
{
    if (entry == NULL)
        return;
    facts_clear(&entry_table, entry);
    g_free(entry);
}

Enclosure *
enclosure_new(const char *url, const char *type, int64_t length)
{
    Enclosure *enclosure = g_new0(Enclosure, 1);
    enclosure->url = g_strdup(url);
    enclosure->type = g_strdup(type);
    enclosure->length = length;
    return enclosure;
}

void
enclosure_free(Enclosure *enclosure)
{
    if (enclosure == NULL)
        return;
    facts_clear(&enclosure_table, enclosure);
    g_free(enclosure);
}

void
entry_write(const Entry *entry, JsonWriter *writer)
{
    facts_write(&entry_table, entry, writer);
}

Value *
feed_to_value(const Feed *feed)
{
    Value *map = facts_to_value(&feed_table, feed);
    Value *entries = value_new_list();
    for (guint i = 0; i < feed->entries->len; i++)
        value_take_item(entries, facts_to_value(&entry_table, feed->entries->pdata[i]));
    value_take(map, "entries", entries);
    return map;
}
