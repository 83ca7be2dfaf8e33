#include "feed/entry.h"

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
    g_free(feed->title);
    g_free(feed->subtitle);
    g_free(feed->link);
    g_free(feed->language);
    g_free(feed->author);
    g_free(feed->image);
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
    g_free(entry->id);
    g_free(entry->link);
    g_free(entry->title);
    g_free(entry->author);
    g_free(entry->summary);
    g_free(entry->content);
    g_ptr_array_unref(entry->categories);
    g_ptr_array_unref(entry->enclosures);
    g_free(entry->comments_link);
    g_free(entry->comments_feed);
    g_free(entry->image);
    g_free(entry->language);
    g_free(entry->base_url);
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
    g_free(enclosure->url);
    g_free(enclosure->type);
    g_free(enclosure);
}

static Value *
categories_to_value(const GPtrArray *categories)
{
    Value *list = value_new_list();
    for (guint i = 0; i < categories->len; i++)
        value_take_item(list, value_new_string(categories->pdata[i]));
    return list;
}

static Value *
enclosures_to_value(const GPtrArray *enclosures)
{
    Value *list = value_new_list();
    for (guint i = 0; i < enclosures->len; i++) {
        const Enclosure *enclosure = enclosures->pdata[i];
        Value *map = value_new_map();
        value_set_string(map, "url", enclosure->url);
        value_set_string(map, "type", enclosure->type);
        value_take(map, "length",
                   enclosure->length < 0 ? value_new_null() : value_new_integer(enclosure->length));
        value_take_item(list, map);
    }
    return list;
}

static Value *
entry_to_value(const Entry *entry)
{
    Value *map = value_new_map();
    value_set_string(map, "id", entry->id);
    value_set_string(map, "link", entry->link);
    value_set_string(map, "title", entry->title);
    value_set_string(map, "author", entry->author);
    value_set_time(map, "published", entry->published);
    value_set_time(map, "updated", entry->updated);
    value_set_string(map, "summary", entry->summary);
    value_set_string(map, "content", entry->content);
    value_take(map, "categories", categories_to_value(entry->categories));
    value_take(map, "enclosures", enclosures_to_value(entry->enclosures));
    value_set_string(map, "comments_link", entry->comments_link);
    value_set_string(map, "comments_feed", entry->comments_feed);
    value_set_string(map, "image", entry->image);
    value_set_string(map, "language", entry->language);
    return map;
}

Value *
feed_to_value(const Feed *feed)
{
    Value *map = value_new_map();
    value_set_string(map, "format", feed->format);
    value_set_string(map, "title", feed->title);
    value_set_string(map, "subtitle", feed->subtitle);
    value_set_string(map, "link", feed->link);
    value_set_string(map, "language", feed->language);
    value_set_time(map, "updated", feed->updated);
    value_set_string(map, "author", feed->author);
    value_set_string(map, "image", feed->image);
    value_set_bool(map, "recovered", feed->recovered);
    Value *entries = value_new_list();
    for (guint i = 0; i < feed->entries->len; i++)
        value_take_item(entries, entry_to_value(feed->entries->pdata[i]));
    value_take(map, "entries", entries);
    return map;
}
