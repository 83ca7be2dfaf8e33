#include "feed/draft-internal.h"

#include <stdbool.h>
#include <string.h>

#include "feed/date.h"
#include "feed/mojibake-internal.h"

/* More of one kind in one entry are noise, or meant to cost us time. */
#define LIST_MAX 500u

void
draft_init(Draft *draft)
{
    *draft = (Draft){
        .authors = g_ptr_array_new_with_free_func(g_free),
        .categories = g_ptr_array_new_with_free_func(g_free),
        .enclosures = g_ptr_array_new_with_free_func((GDestroyNotify)enclosure_free),
    };
}

void
draft_clear(Draft *draft)
{
    for (size_t i = 0; i < FIELD_COUNT; i++)
        g_clear_pointer(&draft->text[i], g_free);
    g_clear_pointer(&draft->authors, g_ptr_array_unref);
    g_clear_pointer(&draft->categories, g_ptr_array_unref);
    g_clear_pointer(&draft->enclosures, g_ptr_array_unref);
}

/* In *TIME what TEXT means if FIELD is a date. */
static bool
is_usable(Field field, const char *text, int64_t *time)
{
    if (field == FIELD_PUBLISHED || field == FIELD_UPDATED)
        return feed_date_parse(text, time);
    return *text != '\0';
}

void
draft_take(Draft *draft, Field field, int rank, char *text)
{
    g_autofree char *taken = text;
    int64_t time = 0;
    if (taken == NULL || !is_usable(field, taken, &time))
        return;
    if (field == FIELD_SUMMARY && draft->text[field] != NULL && draft->rank[field] == rank) {
        draft_take(draft, FIELD_CONTENT, RANK_FALLBACK, g_steal_pointer(&taken));
        return;
    }
    if (draft->text[field] != NULL && draft->rank[field] <= rank)
        return;
    g_free(draft->text[field]);
    bool is_html = field == FIELD_SUMMARY || field == FIELD_CONTENT;
    draft->text[field] = is_html ? mojibake_take(g_steal_pointer(&taken)) : g_steal_pointer(&taken);
    draft->rank[field] = rank;
    draft->time[field] = time;
}

static void
take_once(GPtrArray *list, char *text)
{
    g_autofree char *taken = text;
    if (taken == NULL || *taken == '\0' || list->len >= LIST_MAX ||
        g_ptr_array_find_with_equal_func(list, taken, g_str_equal, NULL))
        return;
    g_ptr_array_add(list, g_steal_pointer(&taken));
}

void
draft_take_author(Draft *draft, int rank, char *name)
{
    if (name != NULL && draft->authors->len > 0 && rank < draft->author_rank)
        g_ptr_array_set_size(draft->authors, 0);
    if (draft->authors->len == 0 && name != NULL)
        draft->author_rank = rank;
    if (rank == draft->author_rank)
        take_once(draft->authors, name);
    else
        g_free(name);
}

void
draft_take_category(Draft *draft, char *category)
{
    take_once(draft->categories, category);
}

void
draft_take_keywords(Draft *draft, char *keywords)
{
    g_autofree char *taken = keywords;
    g_auto(GStrv) words = taken == NULL ? NULL : g_strsplit(taken, ",", LIST_MAX);
    for (size_t i = 0; words != NULL && words[i] != NULL; i++)
        draft_take_category(draft, g_strdup(g_strstrip(words[i])));
}

static int64_t
length_of(const char *text)
{
    guint64 length;
    if (text == NULL || !g_ascii_string_to_unsigned(text, 10, 0, G_MAXINT64, &length, NULL))
        return -1;
    return (int64_t)length;
}

void
draft_take_enclosure(Draft *draft, char *url, const char *type, const char *length)
{
    g_autofree char *taken = url;
    if (taken == NULL || *taken == '\0' || draft->enclosures->len >= LIST_MAX)
        return;
    for (guint i = 0; i < draft->enclosures->len; i++) {
        if (strcmp(((const Enclosure *)draft->enclosures->pdata[i])->url, taken) == 0)
            return;
    }
    g_ptr_array_add(draft->enclosures, enclosure_new(taken, type, length_of(length)));
    if (type != NULL && g_str_has_prefix(type, "image/"))
        draft_take(draft, FIELD_IMAGE, RANK_FALLBACK, g_steal_pointer(&taken));
}

static char *
joined_authors(const Draft *draft)
{
    if (draft->authors->len == 0)
        return NULL;
    g_autoptr(GString) names = g_string_new(draft->authors->pdata[0]);
    for (guint i = 1; i < draft->authors->len; i++)
        g_string_append_printf(names, ", %s", (const char *)draft->authors->pdata[i]);
    return g_string_free(g_steal_pointer(&names), FALSE);
}

Entry *
draft_take_entry(Draft *draft)
{
    Entry *entry = entry_new();
    g_ptr_array_unref(entry->categories);
    g_ptr_array_unref(entry->enclosures);
    entry->categories = g_steal_pointer(&draft->categories);
    entry->enclosures = g_steal_pointer(&draft->enclosures);
    entry->author = joined_authors(draft);
    entry->published = draft->time[FIELD_PUBLISHED];
    entry->updated = draft->time[FIELD_UPDATED];
    entry->id = g_steal_pointer(&draft->text[FIELD_ID]);
    entry->link = g_steal_pointer(&draft->text[FIELD_LINK]);
    entry->title = g_steal_pointer(&draft->text[FIELD_TITLE]);
    entry->summary = g_steal_pointer(&draft->text[FIELD_SUMMARY]);
    entry->content = g_steal_pointer(&draft->text[FIELD_CONTENT]);
    entry->comments_link = g_steal_pointer(&draft->text[FIELD_COMMENTS_LINK]);
    entry->comments_feed = g_steal_pointer(&draft->text[FIELD_COMMENTS_FEED]);
    entry->image = g_steal_pointer(&draft->text[FIELD_IMAGE]);
    entry->language = g_steal_pointer(&draft->text[FIELD_LANGUAGE]);
    entry->base_url = g_steal_pointer(&draft->text[FIELD_BASE]);
    entry->source = g_steal_pointer(&draft->text[FIELD_SOURCE]);
    return entry;
}

void
draft_take_feed(Draft *draft, Feed *feed)
{
    feed->title = g_steal_pointer(&draft->text[FIELD_TITLE]);
    feed->subtitle = g_steal_pointer(&draft->text[FIELD_SUMMARY]);
    feed->link = g_steal_pointer(&draft->text[FIELD_LINK]);
    feed->language = g_steal_pointer(&draft->text[FIELD_LANGUAGE]);
    feed->image = g_steal_pointer(&draft->text[FIELD_IMAGE]);
    feed->author = joined_authors(draft);
    feed->updated = draft->time[FIELD_UPDATED];
    if (feed->updated == 0)
        feed->updated = draft->time[FIELD_PUBLISHED];
    interval_apply(&draft->interval, feed);
}
