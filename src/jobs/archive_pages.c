#include "jobs/archive_pages-internal.h"

#include "base/clock.h"
#include "html/sanitize.h"

/* What a feed has at most: readers ask often. */
#define FEED_ENTRIES_MAX 50u
/* The index shows so many issues of each newsletter. */
#define INDEX_ENTRIES_MAX 10u

ArchiveEntry *
archive_entry_new(const char *url, const char *title, const char *summary, int64_t time)
{
    ArchiveEntry *entry = g_new0(ArchiveEntry, 1);
    entry->url = g_strdup(url);
    entry->title = g_strdup(title);
    entry->summary = g_strdup(summary);
    entry->time = time;
    return entry;
}

void
archive_entry_free(ArchiveEntry *entry)
{
    g_free(entry->url);
    g_free(entry->title);
    g_free(entry->summary);
    g_free(entry);
}

void
archive_list_free(ArchiveList *list)
{
    if (list == NULL)
        return;
    g_free(list->name);
    g_free(list->title);
    g_free(list->language);
    g_free(list->url);
    g_free(list->feed_url);
    g_ptr_array_unref(list->entries);
    if (list->topics != NULL)
        g_ptr_array_unref(list->topics);
    g_free(list);
}

/* <NAME>TEXT</NAME>, escaped. */
static void
write_element(GString *out, const char *name, const char *text)
{
    g_string_append_printf(out, "<%s>", name);
    html_escape(out, text);
    g_string_append_printf(out, "</%s>\n", name);
}

static void
write_time(GString *out, const char *name, int64_t time)
{
    g_autofree char *text = time_text(time);
    write_element(out, name, text);
}

static void
write_anchor(GString *out, const char *url, const char *text)
{
    g_string_append(out, "<a href=\"");
    html_escape(out, url);
    g_string_append(out, "\">");
    html_escape(out, text);
    g_string_append(out, "</a>");
}

/* HTML */

static void
begin_page(GString *out, const char *language, const char *title, const GPtrArray *lists)
{
    g_string_append(out, "<!doctype html>\n<html lang=\"");
    html_escape(out, language);
    g_string_append(out,
                    "\">\n<head>\n<meta charset=\"utf-8\">\n"
                    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                    "<meta name=\"color-scheme\" content=\"light dark\">\n");
    write_element(out, "title", title);
    for (guint i = 0; i < lists->len; i++) {
        const ArchiveList *list = lists->pdata[i];
        g_string_append(out, "<link rel=\"alternate\" type=\"application/atom+xml\" title=\"");
        html_escape(out, list->title);
        g_string_append(out, "\" href=\"");
        html_escape(out, list->feed_url);
        g_string_append(out, "\">\n");
    }
    g_string_append(out,
                    "<style>body{font:17px/1.5 system-ui,sans-serif;max-width:40em;"
                    "margin:2em auto;padding:0 1em}li{margin:.4em 0}time{opacity:.75}</style>\n"
                    "</head>\n<body>\n");
}

static void
end_page(GString *out)
{
    g_string_append(out, "</body>\n</html>\n");
}

static void
write_entries(GString *out, const GPtrArray *entries, guint max)
{
    g_string_append(out, "<ul>\n");
    for (guint i = 0; i < entries->len && i < max; i++) {
        const ArchiveEntry *entry = entries->pdata[i];
        g_autofree char *time = time_text(entry->time);
        g_string_append_printf(out, "<li><time datetime=\"%s\">%.10s</time> ", time, time);
        write_anchor(out, entry->url, entry->title);
        g_string_append(out, "</li>\n");
    }
    g_string_append(out, "</ul>\n");
}

static void
write_feeds(GString *out, const ArchiveList *list)
{
    g_string_append(out, "<p>Atom: ");
    write_anchor(out, list->feed_url, list->title);
    for (guint i = 0; i < list->topics->len; i++) {
        const ArchiveList *topic = list->topics->pdata[i];
        g_string_append(out, ", ");
        write_anchor(out, topic->feed_url, topic->title);
    }
    g_string_append(out, "</p>\n");
}

void
archive_write_index(GString *out, const GPtrArray *lists)
{
    const ArchiveList *first = lists->len > 0 ? lists->pdata[0] : NULL;
    begin_page(out, first != NULL ? first->language : "en",
               first != NULL && lists->len == 1 ? first->title : "Archive", lists);
    for (guint i = 0; i < lists->len; i++) {
        const ArchiveList *list = lists->pdata[i];
        g_string_append(out, i == 0 ? "<h1>" : "<h2>");
        write_anchor(out, list->url, list->title);
        g_string_append(out, i == 0 ? "</h1>\n" : "</h2>\n");
        write_entries(out, list->entries, INDEX_ENTRIES_MAX);
    }
    end_page(out);
}

void
archive_write_list(GString *out, const ArchiveList *list)
{
    g_autoptr(GPtrArray) feeds = g_ptr_array_new();
    g_ptr_array_add(feeds, (void *)list);
    for (guint i = 0; i < list->topics->len; i++)
        g_ptr_array_add(feeds, list->topics->pdata[i]);
    begin_page(out, list->language, list->title, feeds);
    write_element(out, "h1", list->title);
    write_entries(out, list->entries, G_MAXUINT);
    write_feeds(out, list);
    end_page(out);
}

/* XML */

static void
write_link(GString *out, const char *relation, const char *url)
{
    g_string_append_printf(out, "<link rel=\"%s\" href=\"", relation);
    html_escape(out, url);
    g_string_append(out, "\"/>\n");
}

void
archive_write_atom(GString *out, const ArchiveList *list, const char *author)
{
    const ArchiveEntry *newest = list->entries->len > 0 ? list->entries->pdata[0] : NULL;
    g_string_append(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
                         "<feed xmlns=\"http://www.w3.org/2005/Atom\">\n");
    write_element(out, "id", list->feed_url);
    write_element(out, "title", list->title);
    write_time(out, "updated", newest != NULL ? newest->time : 0);
    g_string_append(out, "<author>");
    write_element(out, "name", author);
    g_string_append(out, "</author>\n");
    write_link(out, "self", list->feed_url);
    write_link(out, "alternate", list->url);
    for (guint i = 0; i < list->entries->len && i < FEED_ENTRIES_MAX; i++) {
        const ArchiveEntry *entry = list->entries->pdata[i];
        g_string_append(out, "<entry>\n");
        write_element(out, "id", entry->url);
        write_element(out, "title", entry->title);
        write_time(out, "updated", entry->time);
        write_link(out, "alternate", entry->url);
        if (entry->summary != NULL)
            write_element(out, "summary", entry->summary);
        g_string_append(out, "</entry>\n");
    }
    g_string_append(out, "</feed>\n");
}

static void
write_place(GString *out, const char *url, const ArchiveEntry *newest)
{
    g_string_append(out, "<url>");
    write_element(out, "loc", url);
    if (newest != NULL)
        write_time(out, "lastmod", newest->time);
    g_string_append(out, "</url>\n");
}

void
archive_write_sitemap(GString *out, const char *url, const GPtrArray *lists)
{
    g_string_append(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
                         "<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n");
    write_place(out, url, NULL);
    for (guint i = 0; i < lists->len; i++) {
        const ArchiveList *list = lists->pdata[i];
        write_place(out, list->url, list->entries->len > 0 ? list->entries->pdata[0] : NULL);
        for (guint n = 0; n < list->entries->len; n++) {
            const ArchiveEntry *entry = list->entries->pdata[n];
            write_place(out, entry->url, entry);
        }
    }
    g_string_append(out, "</urlset>\n");
}
