/* RSS 0.90 to 2.0 and RSS 1.0 (RDF): one reader, since feeds mix them. */
#include <string.h>

#include "base/text.h"
#include "feed/parse.h"
#include "feed/xml-internal.h"

bool
rss_is_root(const xmlNode *root)
{
    return element_is(root, NS_NONE, "rss") || element_is(root, NS_RDF, "RDF") ||
           element_is(root, NS_NONE, "RDF") || element_is(root, NS_NONE, "channel");
}

/* "2.0", or what a missing or odd version comes nearest to. */
static const char *
format_of(const xmlNode *root)
{
    if (!element_is(root, NS_NONE, "rss")) {
        /* 0.90 is RDF too; its namespace is Netscape's. */
        for (const xmlNs *ns = root->nsDef; ns != NULL; ns = ns->next) {
            if (ns->href != NULL && strstr((const char *)ns->href, "netscape.com") != NULL)
                return "rss-0.9x";
        }
        return "rss-1.0";
    }
    g_autofree char *version = element_attribute(root, "version");
    return version != NULL && g_str_has_prefix(version, "0.9") ? "rss-0.9x" : "rss-2.0";
}

/* "name@example.org (Jane Doe)" and "Jane Doe <name@example.org>" are Jane Doe. */
static char *
author_name(const char *text)
{
    g_autofree char *line = title_guess(text);
    const char *open = strchr(line, '(');
    const char *close = open == NULL ? NULL : strrchr(open, ')');
    if (close != NULL && close > open + 1 && memchr(line, '@', (size_t)(open - line)) != NULL)
        return g_strndup(open + 1, (gsize)(close - open - 1));
    const char *angle = strchr(line, '<');
    if (angle != NULL && angle > line && strchr(angle, '@') != NULL)
        return g_strchomp(g_strndup(line, (gsize)(angle - line)));
    return g_steal_pointer(&line);
}

static void
read_enclosure(Entry *entry, const xmlNode *node, const char *base)
{
    g_autofree char *reference = element_attribute(node, "url");
    if (reference == NULL)
        return;
    g_autofree char *url = resolve_or_keep(base, reference);
    g_autofree char *type = element_attribute(node, "type");
    g_autofree char *length = element_attribute(node, "length");
    bool counted = length != NULL && g_ascii_isdigit(length[0]);
    g_ptr_array_add(entry->enclosures,
                    enclosure_new(url, type, counted ? g_ascii_strtoll(length, NULL, 10) : -1));
}

static void
read_atom_link(Entry *entry, const xmlNode *node, const char *base)
{
    g_autofree char *relation = element_attribute(node, "rel");
    g_autofree char *reference = element_attribute(node, "href");
    if (reference == NULL)
        return;
    char *url = resolve_or_keep(base, reference);
    if (relation == NULL || strcmp(relation, "alternate") == 0)
        take_once(&entry->link, url);
    else if (strcmp(relation, "replies") == 0)
        take_once(&entry->comments_feed, url);
    else
        g_free(url);
}

/* What was set aside until the whole item is read. */
typedef struct {
    char *permalink; /* of a guid that is one */
    char *more;      /* the second of description and summary */
} Aside;

static void
aside_clear(Aside *aside)
{
    g_free(aside->permalink);
    g_free(aside->more);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Aside, aside_clear)

static void
read_guid(Entry *entry, const xmlNode *node, Aside *aside)
{
    g_autofree char *permanent = element_attribute(node, "isPermaLink");
    g_autofree char *guid = element_text(node);
    bool is_link = (permanent == NULL || g_ascii_strcasecmp(permanent, "false") != 0) &&
                   guid != NULL &&
                   (g_str_has_prefix(guid, "http://") || g_str_has_prefix(guid, "https://"));
    if (is_link)
        take_once(&aside->permalink, g_strdup(guid));
    take_once(&entry->id, g_steal_pointer(&guid));
}

static void
read_description(Entry *entry, const xmlNode *node, Aside *aside)
{
    if (entry->summary == NULL)
        take_once(&entry->summary, element_text(node));
    else
        take_once(&aside->more, element_text(node));
}

/* The elements of RSS itself. */
static void
read_own(Entry *entry, const xmlNode *node, const char *base, Aside *aside)
{
    g_autofree char *name = g_ascii_strdown(element_name(node), -1);
    g_autofree char *text = element_text(node);
    if (strcmp(name, "title") == 0)
        take_once(&entry->title, text != NULL ? title_guess(text) : NULL);
    else if (strcmp(name, "link") == 0)
        take_once(&entry->link, text != NULL ? resolve_or_keep(base, text) : NULL);
    else if (strcmp(name, "guid") == 0)
        read_guid(entry, node, aside);
    else if (strcmp(name, "description") == 0 || strcmp(name, "summary") == 0)
        read_description(entry, node, aside);
    else if (strcmp(name, "fullitem") == 0 || strcmp(name, "encoded") == 0)
        take_once(&entry->content, g_steal_pointer(&text));
    else if (strcmp(name, "pubdate") == 0)
        take_date(&entry->published, node);
    else if (strcmp(name, "author") == 0)
        take_once(&entry->author, text != NULL ? author_name(text) : NULL);
    else if (strcmp(name, "category") == 0)
        add_category(entry, text);
    else if (strcmp(name, "comments") == 0)
        take_once(&entry->comments_link, text != NULL ? resolve_or_keep(base, text) : NULL);
    else if (strcmp(name, "enclosure") == 0)
        read_enclosure(entry, node, base);
}

/* The elements of others inside an RSS item. */
static void
read_foreign(Entry *entry, const xmlNode *node, const char *base)
{
    const char *name = element_name(node);
    if (read_dublin_core(entry, node) || read_media(entry, node, base))
        return;
    if (element_is(node, NS_CONTENT, "encoded"))
        take_once(&entry->content, element_text(node));
    else if (element_is(node, NS_XHTML, "body") || element_is(node, NS_XHTML, "div"))
        take_once(&entry->content, element_inner(node));
    else if (element_is(node, NS_ATOM, "link"))
        read_atom_link(entry, node, base);
    else if (element_is(node, NS_ATOM, "updated"))
        take_date(&entry->updated, node);
    else if (element_is(node, NS_ATOM, "published"))
        take_date(&entry->published, node);
    else if (element_namespace(node) == NS_WFW && g_ascii_strcasecmp(name, "commentRss") == 0)
        take_once(&entry->comments_feed, element_text(node));
}

/* rdf:about, which is what RSS 1.0 has for a guid. */
static char *
item_about(const xmlNode *item)
{
    for (const xmlAttr *attribute = item->properties; attribute != NULL;
         attribute = attribute->next) {
        if (strcmp((const char *)attribute->name, "about") == 0 && attribute->children != NULL)
            return element_text((const xmlNode *)attribute);
    }
    return NULL;
}

static Entry *
read_item(const xmlNode *item)
{
    Entry *entry = entry_new();
    g_auto(Aside) aside = { 0 };
    entry->base_url = element_base(item);
    for (const xmlNode *node = element_first(item); node != NULL; node = element_next(node)) {
        if (element_is(node, NS_NONE, "item"))
            continue; /* an unclosed tag made it a child: it is read as an item of its own */
        g_autofree char *base = element_base(node);
        if (element_namespace(node) == NS_NONE)
            read_own(entry, node, base, &aside);
        else
            read_foreign(entry, node, base);
    }
    if (entry->id == NULL)
        take_once(&entry->id, item_about(item));
    take_once(&entry->link, g_steal_pointer(&aside.permalink));
    take_once(&entry->content, g_steal_pointer(&aside.more));
    take_once(&entry->language, element_language(item));
    return entry;
}

/* Items stand in the channel (2.0), beside it (1.0), or, where tags were not closed, anywhere. */
static void
read_items(Feed *feed, const xmlNode *parent, int depth)
{
    for (const xmlNode *node = element_first(parent);
         node != NULL && depth < 256 && feed->entries->len < FEED_ENTRIES_MAX;
         node = element_next(node)) {
        if (element_is(node, NS_NONE, "item"))
            g_ptr_array_add(feed->entries, read_item(node));
        read_items(feed, node, depth + 1);
    }
}

static void
read_channel_image(Feed *feed, const xmlNode *image)
{
    for (const xmlNode *node = element_first(image); node != NULL; node = element_next(node)) {
        g_autofree char *base = element_base(node);
        g_autofree char *url = element_is(node, NS_NONE, "url") ? element_text(node) : NULL;
        if (url != NULL)
            take_once(&feed->image, resolve_or_keep(base, url));
    }
}

static void
read_channel_element(Feed *feed, const xmlNode *node, int64_t *published, char **itunes_image)
{
    g_autofree char *base = element_base(node);
    g_autofree char *text = element_text(node);
    Namespace namespace = element_namespace(node);
    g_autofree char *name = g_ascii_strdown(element_name(node), -1);
    bool own = namespace == NS_NONE;
    bool dc = namespace == NS_DC;
    if (own && strcmp(name, "title") == 0)
        take_once(&feed->title, text != NULL ? title_guess(text) : NULL);
    else if (own && strcmp(name, "link") == 0)
        take_once(&feed->link, text != NULL ? resolve_or_keep(base, text) : NULL);
    else if (own && strcmp(name, "description") == 0)
        take_once(&feed->subtitle, text != NULL ? title_guess(text) : NULL);
    else if ((own || dc) && strcmp(name, "language") == 0)
        take_once(&feed->language, g_steal_pointer(&text));
    else if (own && strcmp(name, "lastbuilddate") == 0)
        take_date(&feed->updated, node);
    else if ((own && strcmp(name, "pubdate") == 0) || (dc && strcmp(name, "date") == 0))
        take_date(published, node);
    else if ((own && strcmp(name, "managingeditor") == 0) || (dc && strcmp(name, "creator") == 0) ||
             (namespace == NS_ITUNES && strcmp(name, "author") == 0))
        take_once(&feed->author, text != NULL ? author_name(text) : NULL);
    else if (own && strcmp(name, "image") == 0)
        read_channel_image(feed, node);
    else if (namespace == NS_ITUNES && strcmp(name, "image") == 0)
        take_once(itunes_image, element_attribute(node, "href"));
}

static void
read_channel(Feed *feed, const xmlNode *channel)
{
    int64_t published = 0;
    char *itunes_image = NULL;
    for (const xmlNode *node = element_first(channel); node != NULL; node = element_next(node)) {
        if (!element_is(node, NS_NONE, "item"))
            read_channel_element(feed, node, &published, &itunes_image);
    }
    if (itunes_image != NULL) { /* larger and squarer than the channel's own */
        g_free(feed->image);
        feed->image = itunes_image;
    }
    if (feed->updated == 0)
        feed->updated = published;
    take_once(&feed->language, element_language(channel));
}

void
rss_read(Feed *feed, const xmlNode *root)
{
    feed->format = format_of(root);
    if (element_is(root, NS_NONE, "channel"))
        read_channel(feed, root);
    for (const xmlNode *node = element_first(root); node != NULL; node = element_next(node)) {
        if (element_is(node, NS_NONE, "channel"))
            read_channel(feed, node);
        else if (element_is(node, NS_NONE, "image"))
            read_channel_image(feed, node);
    }
    read_items(feed, root, 0);
}
