#include "html/page.h"

#include <string.h>

#include "base/text.h"
#include "html/link.h"
#include "html/tree-internal.h"

#define TITLE_MAX 200u /* characters */

typedef struct {
    const char *base;
    char *own_base; /* <base href>, which comes first in a page; or NULL */
    GPtrArray *declared;
    GPtrArray *linked;
} Page;

PageFeed *
page_feed_new(const char *url, const char *title, bool declared)
{
    PageFeed *feed = g_new0(PageFeed, 1);
    feed->url = g_strdup(url);
    feed->title = g_strdup(title);
    feed->declared = declared;
    return feed;
}

void
page_feed_free(PageFeed *feed)
{
    if (feed == NULL)
        return;
    g_free(feed->url);
    g_free(feed->title);
    g_free(feed);
}

static bool
is_feed_type(const HtmlNode *node)
{
    static const char *const types[] = { "application/rss+xml",
                                         "application/atom+xml",
                                         "application/rdf+xml",
                                         "application/feed+json",
                                         "application/json", /* JSON Feed 1.0 */
                                         "application/xml",
                                         "text/xml",
                                         NULL };
    const char *type = node_attribute(node, "type");
    if (type == NULL)
        return false;
    g_autofree char *lower = g_ascii_strdown(type, (gssize)strcspn(type, "; "));
    return g_strv_contains(types, lower);
}

/* True when one of the words of TEXT, which anything but letters and digits separates, is among
 * WORDS. */
static bool
has_word(const char *text, const char *const *words)
{
    g_autofree char *lower = g_ascii_strdown(text, -1);
    g_strcanon(lower, "abcdefghijklmnopqrstuvwxyz0123456789", ' ');
    g_auto(GStrv) parts = g_strsplit(lower, " ", -1);
    for (guint i = 0; parts[i] != NULL; i++) {
        if (*parts[i] != '\0' && g_strv_contains(words, parts[i]))
            return true;
    }
    return false;
}

static bool
is_declaration(const HtmlNode *node)
{
    static const char *const feed[] = { "feed", NULL };
    static const char *const alternate[] = { "alternate", NULL };
    const char *relation = node_attribute(node, "rel");
    if (relation == NULL)
        return false;
    if (has_word(relation, feed))
        return node_attribute(node, "type") == NULL || is_feed_type(node);
    return has_word(relation, alternate) && is_feed_type(node);
}

/* By its path and query; the name of a host says nothing. */
static bool
looks_like_feed(const char *url)
{
    static const char *const words[] = { "rss", "rss2", "rdf", "atom", "feed", "feeds", NULL };
    const char *authority = strstr(url, "://");
    const char *path = authority != NULL ? strchr(authority + 3, '/') : NULL;
    return path != NULL && has_word(path, words);
}

static char *
title_of(const HtmlNode *node)
{
    const char *title = node_attribute(node, "title");
    g_autofree char *line = title != NULL        ? text_single_line(title)
                            : node_is(node, "a") ? node_line(node)
                                                 : NULL;
    return line == NULL || *line == '\0' ? NULL : text_truncate(line, TITLE_MAX);
}

static void
look_at(Page *page, const HtmlNode *node)
{
    bool is_link = node_is(node, "link"), is_anchor = node_is(node, "a");
    if (!is_link && !is_anchor && !node_is(node, "base"))
        return;
    const char *href = node_attribute(node, "href");
    const char *base = page->own_base != NULL ? page->own_base : page->base;
    g_autofree char *url = href != NULL ? link_resolve_feed(base, href) : NULL;
    if (url == NULL)
        return;
    if (!is_link && !is_anchor) {
        if (page->own_base == NULL)
            page->own_base = g_steal_pointer(&url);
        return;
    }
    bool wanted = is_link ? is_declaration(node) : is_feed_type(node) || looks_like_feed(url);
    if (!wanted)
        return;
    g_autofree char *title = title_of(node);
    g_ptr_array_add(is_link ? page->declared : page->linked, page_feed_new(url, title, is_link));
}

static void
take_once(GPtrArray *feeds, GHashTable *keys, GPtrArray *found)
{
    for (guint i = 0; i < found->len && feeds->len < PAGE_FEEDS_MAX; i++) {
        const PageFeed *feed = found->pdata[i];
        if (g_hash_table_add(keys, link_key(feed->url)))
            g_ptr_array_add(feeds, page_feed_new(feed->url, feed->title, feed->declared));
    }
}

GPtrArray *
page_feeds(const char *html, const char *base_url)
{
    g_autoptr(Html) tree = html_new(html);
    GPtrArray *feeds = g_ptr_array_new_with_free_func((GDestroyNotify)page_feed_free);
    g_autoptr(GPtrArray) declared = g_ptr_array_new_with_free_func((GDestroyNotify)page_feed_free);
    g_autoptr(GPtrArray) linked = g_ptr_array_new_with_free_func((GDestroyNotify)page_feed_free);
    Page page = { .base = base_url, .declared = declared, .linked = linked };
    for (const HtmlNode *node = html_first(tree); node != NULL; node = node_next(node))
        look_at(&page, node);
    g_autoptr(GHashTable) keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    take_once(feeds, keys, declared);
    take_once(feeds, keys, linked);
    g_free(page.own_base);
    return feeds;
}
