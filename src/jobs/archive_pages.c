#include "jobs/archive_pages-internal.h"

#include <stdbool.h>
#include <string.h>

#include "base/clock.h"
#include "html/sanitize.h"

/* What a feed has at most: readers ask often. */
#define FEED_ENTRIES_MAX 50u

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
    g_free(entry->issue_url);
    g_free(entry->issue_title);
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
    g_free(list->older_url);
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

static void
write_paragraph(GString *out, const char *url, const char *text)
{
    g_string_append(out, "<p>");
    write_anchor(out, url, text);
    g_string_append(out, "</p>\n");
}

/* HTML */

/* The colours and headings of the mails that ship, so that a page and its issues go together. */
static void
write_style(GString *out)
{
    g_string_append(
        out, "<style>\n"
             ":root { --paper: #f8f7f4; --ink: #25282c; --soft: #5c6066; --accent: #1d4f8c; "
             "--line: #d8d7d3; }\n"
             "@media (prefers-color-scheme: dark) {\n"
             "  :root { --paper: #17191c; --ink: #e4e1da; --soft: #a5a5a2; --accent: #93bbea; "
             "--line: #3c3e41; }\n"
             "}\n"
             "body { max-width: 37rem; margin: 0 auto; padding: 2.25rem 1.25rem; background: "
             "var(--paper);"
             " color: var(--ink); font: 1.0625rem/1.5 system-ui, sans-serif; overflow-wrap: "
             "anywhere; }\n"
             "h1 { margin: 0 0 1.25rem; padding: 0 0 1rem; border-bottom: 2px solid var(--accent);"
             " font: bold 1.875rem/1.2 Georgia, \"Times New Roman\", serif; }\n"
             "h2 { margin: 2.25rem 0 .25rem; font-size: 1.25rem; line-height: 1.3; }\n"
             "a { color: var(--accent); }\n"
             "ul { list-style: none; margin: 0 0 1.5rem; padding: 0; }\n"
             "li { padding: .75rem 0; border-top: 1px solid var(--line); }\n"
             "li:first-child { border-top: 0; }\n"
             "li > a { font-weight: 600; text-decoration: none; }\n"
             "li > a:hover { text-decoration: underline; }\n"
             "li p { margin: .25rem 0 0; }\n"
             "time { display: block; font-size: .875rem; color: var(--soft); }\n"
             "label { display: block; }\n"
             "input, button { box-sizing: border-box; min-height: 2.75rem; margin: .25rem 0; "
             "padding: .25rem .75rem;"
             " border: 1px solid var(--soft); border-radius: .25rem; background: var(--paper); "
             "color: inherit;"
             " font: inherit; }\n"
             "input { display: block; width: 100%; }\n"
             ":focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }\n"
             "</style>\n");
}

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
    write_style(out);
    g_string_append(out, "</head>\n<body>\n<main>\n");
}

static void
end_page(GString *out)
{
    g_string_append(out, "</main>\n</body>\n</html>\n");
}

/* What an article says, and which issue has it. */
static void
write_finding(GString *out, const ArchiveEntry *entry)
{
    if (entry->issue_url == NULL)
        return;
    g_string_append(out, "\n");
    if (entry->summary != NULL)
        write_element(out, "p", entry->summary);
    g_string_append(out, "<p>");
    write_anchor(out, entry->issue_url, entry->issue_title);
    g_string_append(out, "</p>");
}

/* The title of ENTRY without "KNOWN: " before it, which stands above the list (or is NULL). */
static const char *
short_title(const ArchiveEntry *entry, const char *known)
{
    size_t size = known != NULL ? strlen(known) : 0;
    bool begins = size > 0 && g_str_has_prefix(entry->title, known) &&
                  g_str_has_prefix(entry->title + size, ": ");
    return begins ? entry->title + size + strlen(": ") : entry->title;
}

static void
write_entries(GString *out, const GPtrArray *entries, const char *known)
{
    g_string_append(out, "<ul>\n");
    for (guint i = 0; i < entries->len; i++) {
        const ArchiveEntry *entry = entries->pdata[i];
        g_autofree char *time = time_text(entry->time);
        g_string_append_printf(out, "<li><time datetime=\"%s\">%.10s</time> ", time, time);
        write_anchor(out, entry->url, short_title(entry, known));
        write_finding(out, entry);
        g_string_append(out, "</li>\n");
    }
    g_string_append(out, "</ul>\n");
}

/* The string NAME, of templates that know of it. */
static const char *
say(const ArchiveFrame *frame, const char *name, const char *otherwise)
{
    const char *text = value_find_string(frame->strings, name);
    return text != NULL ? text : otherwise;
}

static void
write_search(GString *out, const ArchiveFrame *frame, const char *words)
{
    if (frame->search_url == NULL)
        return;
    g_string_append(out, "<form role=\"search\" action=\"");
    html_escape(out, frame->search_url);
    g_string_append(out, "\">\n<label>");
    html_escape(out, say(frame, "archive_search_for", "Search the archive for"));
    g_string_append(out, " <input type=\"search\" name=\"q\" maxlength=\"200\" value=\"");
    html_escape(out, words != NULL ? words : "");
    g_string_append(out, "\"></label>\n");
    write_element(out, "button", say(frame, "archive_search", "Search"));
    g_string_append(out, "</form>\n");
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
archive_write_index(GString *out, const ArchiveFrame *frame, const GPtrArray *lists)
{
    const char *title = say(frame, "archive_title", "Archive");
    begin_page(out, frame->language, title, lists);
    write_element(out, "h1", title);
    write_search(out, frame, NULL);
    for (guint i = 0; i < lists->len; i++) {
        const ArchiveList *list = lists->pdata[i];
        g_string_append(out, "<h2>");
        write_anchor(out, list->url, list->title);
        g_string_append(out, "</h2>\n");
        write_entries(out, list->entries, list->title);
    }
    end_page(out);
}

void
archive_write_list(GString *out, const ArchiveFrame *frame, const ArchiveList *list)
{
    g_autoptr(GPtrArray) feeds = g_ptr_array_new();
    g_ptr_array_add(feeds, (void *)list);
    for (guint i = 0; i < list->topics->len; i++)
        g_ptr_array_add(feeds, list->topics->pdata[i]);
    begin_page(out, list->language, list->title, feeds);
    write_element(out, "h1", list->title);
    write_search(out, frame, NULL);
    write_entries(out, list->entries, list->title);
    if (list->older_url != NULL)
        write_paragraph(out, list->older_url, say(frame, "archive_older", "Older issues"));
    write_feeds(out, list);
    write_paragraph(out, frame->url, say(frame, "archive_title", "Archive"));
    end_page(out);
}

void
archive_write_found(GString *out, const ArchiveFrame *frame, const char *words, const char *problem,
                    const GPtrArray *found)
{
    const char *title = say(frame, "archive_search", "Search");
    g_autoptr(GPtrArray) no_feeds = g_ptr_array_new();
    begin_page(out, frame->language, title, no_feeds);
    write_element(out, "h1", title);
    write_search(out, frame, words);
    if (problem != NULL)
        write_element(out, "p", problem);
    else if (words != NULL && found->len == 0)
        write_element(out, "p", say(frame, "archive_nothing", "Nothing was found."));
    if (found->len > 0)
        write_entries(out, found, NULL);
    write_paragraph(out, frame->url, say(frame, "archive_title", "Archive"));
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
