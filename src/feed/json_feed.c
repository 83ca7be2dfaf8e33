/* JSON Feed 1.0 and 1.1 (jsonfeed.org). */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "feed/date.h"
#include "feed/parse.h"
#include "feed/xml-internal.h"

static char *
take_line(const Value *map, const char *key)
{
    const char *text = value_find_string(map, key);
    return text == NULL ? NULL : text_single_line(text);
}

static char *
take_url(const Value *map, const char *key, const char *base)
{
    const char *url = value_find_string(map, key);
    return url == NULL || *url == '\0' ? NULL : resolve_or_keep(base, url);
}

static int64_t
take_time(const Value *map, const char *key)
{
    const char *text = value_find_string(map, key);
    int64_t time = 0;
    if (text != NULL)
        feed_date_parse(text, &time);
    return time;
}

/* The items of a member that is a list; none where it is missing or something else. */
static size_t
list_length(const Value *map, const char *key, const Value **list)
{
    *list = value_find(map, key);
    return *list != NULL && value_kind(*list) == VALUE_LIST ? value_length(*list) : 0;
}

/* 1.1 has a list "authors", 1.0 one "author". */
static char *
take_authors(const Value *map)
{
    const Value *list;
    size_t count = list_length(map, "authors", &list);
    g_autoptr(GString) names = g_string_new(NULL);
    for (size_t i = 0; i < count; i++) {
        g_autofree char *name = take_line(value_item(list, i), "name");
        if (name != NULL && *name != '\0')
            g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "", name);
    }
    if (names->len > 0)
        return g_string_free(g_steal_pointer(&names), FALSE);
    const Value *author = value_find(map, "author");
    return author == NULL ? NULL : take_line(author, "name");
}

/* An id should be a text, and is a number often enough. */
static char *
take_id(const Value *item)
{
    const Value *id = value_find(item, "id");
    if (id == NULL || value_kind(id) == VALUE_NULL)
        return NULL;
    if (value_kind(id) == VALUE_STRING)
        return g_strdup(value_string(id));
    g_autoptr(GString) text = g_string_new(NULL);
    json_write(text, id, 0);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static void
read_attachments(Entry *entry, const Value *item, const char *base)
{
    const Value *list;
    size_t count = list_length(item, "attachments", &list);
    for (size_t i = 0; i < count; i++) {
        const Value *attachment = value_item(list, i);
        g_autofree char *url = take_url(attachment, "url", base);
        const Value *size = value_find(attachment, "size_in_bytes");
        int64_t length =
            size != NULL && value_kind(size) == VALUE_INTEGER ? value_integer(size) : -1;
        if (url != NULL)
            g_ptr_array_add(entry->enclosures,
                            enclosure_new(url, value_find_string(attachment, "mime_type"), length));
    }
}

static Entry *
read_item(const Value *item, const char *base)
{
    Entry *entry = entry_new();
    const Value *tags;
    size_t count = list_length(item, "tags", &tags);
    const char *html = value_find_string(item, "content_html");
    const char *text = value_find_string(item, "content_text");
    entry->id = take_id(item);
    take_once(&entry->link, take_url(item, "url", base));
    take_once(&entry->link, take_url(item, "external_url", base));
    take_once(&entry->title, take_line(item, "title"));
    take_once(&entry->author, take_authors(item));
    entry->published = take_time(item, "date_published");
    entry->updated = take_time(item, "date_modified");
    take_once(&entry->summary, g_strdup(value_find_string(item, "summary")));
    take_once(&entry->content, g_strdup(html != NULL ? html : text));
    take_once(&entry->image, take_url(item, "image", base));
    take_once(&entry->image, take_url(item, "banner_image", base));
    take_once(&entry->language, take_line(item, "language"));
    for (size_t i = 0; i < count; i++) {
        const Value *tag = value_item(tags, i);
        if (value_kind(tag) == VALUE_STRING)
            add_category(entry, value_string(tag));
    }
    read_attachments(entry, item, base);
    entry->base_url = g_strdup(base);
    return entry;
}

static const char *
format_of(const Value *root)
{
    const char *version = value_find_string(root, "version");
    if (version == NULL)
        return NULL;
    bool known = strstr(version, "jsonfeed.org/version/") != NULL || strcmp(version, "1") == 0 ||
                 strcmp(version, "1.0") == 0 || strcmp(version, "1.1") == 0;
    if (!known)
        return NULL;
    return g_str_has_suffix(version, "1.1") ? "json-1.1" : "json-1.0";
}

Feed *
json_feed_parse(const char *text, const char *base_url, GError **error)
{
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
    g_autoptr(Value) root = json_parse(bytes, error);
    if (root == NULL) {
        g_prefix_error(error, "not JSON: ");
        return NULL;
    }
    const Value *items;
    size_t count = list_length(root, "items", &items);
    const char *format = format_of(root);
    if (format == NULL && items == NULL) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "not a feed: some other JSON");
        return NULL;
    }
    Feed *feed = feed_new();
    feed->format = format != NULL ? format : "json-1.1";
    take_once(&feed->title, take_line(root, "title"));
    take_once(&feed->subtitle, take_line(root, "description"));
    take_once(&feed->link, take_url(root, "home_page_url", base_url));
    take_once(&feed->language, take_line(root, "language"));
    take_once(&feed->author, take_authors(root));
    take_once(&feed->image, take_url(root, "icon", base_url));
    take_once(&feed->image, take_url(root, "favicon", base_url));
    for (size_t i = 0; i < count && feed->entries->len < FEED_ENTRIES_MAX; i++) {
        if (value_kind(value_item(items, i)) == VALUE_MAP)
            g_ptr_array_add(feed->entries, read_item(value_item(items, i), base_url));
    }
    return feed;
}
