/* JSON Feed 1.0 and 1.1 (dialect-internal.h). */
#include "feed/dialect-internal.h"

#include <string.h>

#include "base/text.h"
#include "feed/draft-internal.h"
#include "feed/parse.h"
#include "feed/title-internal.h"
#include "feed/xml-internal.h"
#include "html/link.h"

static const Value *
find_list(const Value *map, const char *key)
{
    const Value *list = value_find(map, key);
    return list != NULL && value_kind(list) == VALUE_LIST ? list : NULL;
}

bool
json_feed_is(const Value *document)
{
    return value_kind(document) == VALUE_MAP && find_list(document, "items") != NULL;
}

static char *
copy_string(const Value *map, const char *key)
{
    const char *text = value_find_string(map, key);
    return text == NULL ? NULL : text_repair(text, strlen(text));
}

/* What should be a string, but numbers are met. */
static char *
copy_word(const Value *map, const char *key)
{
    const Value *word = value_find(map, key);
    if (word != NULL && value_kind(word) == VALUE_INTEGER)
        return g_strdup_printf("%" G_GINT64_FORMAT, value_integer(word));
    char number[G_ASCII_DTOSTR_BUF_SIZE];
    if (word != NULL && value_kind(word) == VALUE_REAL)
        return g_strdup(g_ascii_formatd(number, sizeof number, "%.15g", value_real(word)));
    return copy_string(map, key);
}

/* A URL; made absolute where it is relative and there is a base. */
static char *
copy_url(const Value *map, const char *key, const char *base)
{
    g_autofree char *text = copy_string(map, key);
    if (text == NULL || base == NULL || g_uri_peek_scheme(text) != NULL)
        return g_steal_pointer(&text);
    char *url = link_resolve(base, text);
    return url != NULL ? url : g_steal_pointer(&text);
}

/* Version 1.0 has one author, 1.1 several. */
static void
read_authors(Draft *draft, const Value *map)
{
    const Value *authors = find_list(map, "authors");
    for (size_t i = 0; authors != NULL && i < value_length(authors); i++)
        draft_take_author(draft, RANK_OWN,
                          title_take_text(copy_string(value_item(authors, i), "name")));
    const Value *author = value_find(map, "author");
    if (author != NULL)
        draft_take_author(draft, RANK_MODULE, title_take_text(copy_string(author, "name")));
}

static void
read_tags(Draft *draft, const Value *item)
{
    const Value *tags = find_list(item, "tags");
    for (size_t i = 0; tags != NULL && i < value_length(tags); i++) {
        const Value *tag = value_item(tags, i);
        if (value_kind(tag) == VALUE_STRING)
            draft_take_category(draft, title_take_text(g_strdup(value_string(tag))));
    }
}

static void
read_attachments(Draft *draft, const Value *item, const char *base)
{
    const Value *attachments = find_list(item, "attachments");
    for (size_t i = 0; attachments != NULL && i < value_length(attachments); i++) {
        const Value *attachment = value_item(attachments, i);
        const Value *size = value_find(attachment, "size_in_bytes");
        g_autofree char *length = NULL;
        if (size != NULL && value_kind(size) == VALUE_INTEGER)
            length = g_strdup_printf("%" G_GINT64_FORMAT, value_integer(size));
        draft_take_enclosure(draft, copy_url(attachment, "url", base),
                             value_find_string(attachment, "mime_type"), length);
    }
}

/* What is said with a string alone, and with a URL. */
static const struct {
    const char *key;
    Field field;
    int rank;
} strings[] = {
    { "date_published", FIELD_PUBLISHED, RANK_OWN },
    { "date_modified", FIELD_UPDATED, RANK_OWN },
    { "content_html", FIELD_CONTENT, RANK_OWN },
    { "language", FIELD_LANGUAGE, RANK_OWN },
};

static const struct {
    const char *key;
    Field field;
    int rank;
} urls[] = {
    { "url", FIELD_LINK, RANK_OWN },
    { "external_url", FIELD_LINK, RANK_MODULE },
    { "image", FIELD_IMAGE, RANK_OWN },
    { "banner_image", FIELD_IMAGE, RANK_MODULE },
};

static Entry *
read_item(const Value *item, const char *base)
{
    g_auto(Draft) draft;
    draft_init(&draft);
    for (size_t i = 0; i < G_N_ELEMENTS(strings); i++)
        draft_take(&draft, strings[i].field, strings[i].rank, copy_string(item, strings[i].key));
    for (size_t i = 0; i < G_N_ELEMENTS(urls); i++)
        draft_take(&draft, urls[i].field, urls[i].rank, copy_url(item, urls[i].key, base));
    draft_take(&draft, FIELD_ID, RANK_OWN, copy_word(item, "id"));
    draft_take(&draft, FIELD_TITLE, RANK_OWN, title_take_text(copy_string(item, "title")));
    draft_take(&draft, FIELD_SUMMARY, RANK_OWN, xml_take_plain(copy_string(item, "summary")));
    draft_take(&draft, FIELD_CONTENT, RANK_MODULE,
               xml_take_plain(copy_string(item, "content_text")));
    read_authors(&draft, item);
    read_tags(&draft, item);
    read_attachments(&draft, item, base);
    return draft_take_entry(&draft);
}

/* "1.1", "https://jsonfeed.org/version/1.1"; all others are taken for the first. */
static const char *
format_of(const Value *document)
{
    g_autofree char *version = copy_word(document, "version");
    return version != NULL && g_str_has_suffix(version, "1.1") ? "json-1.1" : "json-1.0";
}

void
json_feed_read(Reading *reading, const Value *document)
{
    g_auto(Draft) draft;
    draft_init(&draft);
    const char *base = reading->base_url;
    reading->feed->format = format_of(document);
    draft_take(&draft, FIELD_TITLE, RANK_OWN, title_take_text(copy_string(document, "title")));
    draft_take(&draft, FIELD_SUMMARY, RANK_OWN,
               title_take_text(copy_string(document, "description")));
    draft_take(&draft, FIELD_LINK, RANK_OWN, copy_url(document, "home_page_url", base));
    draft_take(&draft, FIELD_LANGUAGE, RANK_OWN, copy_string(document, "language"));
    draft_take(&draft, FIELD_IMAGE, RANK_OWN, copy_url(document, "icon", base));
    draft_take(&draft, FIELD_IMAGE, RANK_MODULE, copy_url(document, "favicon", base));
    read_authors(&draft, document);
    draft_take_feed(&draft, reading->feed);
    const Value *items = find_list(document, "items");
    for (size_t i = 0; i < value_length(items); i++) {
        if (value_kind(value_item(items, i)) == VALUE_MAP && reading_admits(reading))
            reading_take(reading, read_item(value_item(items, i), base));
    }
}
