/* Atom 1.0 (RFC 4287) and 0.3. */
#include <string.h>

#include "base/text.h"
#include "feed/parse.h"
#include "feed/xml-internal.h"
#include "html/sanitize.h"

static bool
is_atom(const xmlNode *node, const char *name)
{
    return element_is(node, NS_ATOM, name) || element_is(node, NS_ATOM_03, name) ||
           element_is(node, NS_NONE, name);
}

bool
atom_is_root(const xmlNode *root)
{
    return is_atom(root, "feed") || element_is(root, NS_ATOM, "entry");
}

/* Text constructs (RFC 4287, 3.1; 0.3: type and mode) */

typedef enum {
    TEXT_PLAIN,
    TEXT_HTML,
    TEXT_XHTML,
    TEXT_BASE64,
} TextType;

static TextType
text_type(const xmlNode *node)
{
    g_autofree char *type = element_attribute(node, "type");
    g_autofree char *mode = element_attribute(node, "mode");
    if (mode != NULL && strcmp(mode, "base64") == 0)
        return TEXT_BASE64;
    if (type == NULL || strcmp(type, "text") == 0 || strcmp(type, "text/plain") == 0)
        return mode != NULL && strcmp(mode, "escaped") == 0 && type == NULL ? TEXT_HTML
                                                                            : TEXT_PLAIN;
    if (strcmp(type, "xhtml") == 0 || strcmp(type, "application/xhtml+xml") == 0)
        return TEXT_XHTML;
    if (strcmp(type, "html") == 0 || strcmp(type, "text/html") == 0)
        return mode != NULL && strcmp(mode, "xml") == 0 ? TEXT_XHTML : TEXT_HTML;
    if (g_str_has_prefix(type, "text/"))
        return TEXT_PLAIN;
    return g_str_has_suffix(type, "xml") ? TEXT_XHTML : TEXT_BASE64; /* 4.1.3.3 */
}

/* The div around XHTML is not part of the text (3.1.1.3). */
static char *
xhtml_text(const xmlNode *node)
{
    const xmlNode *div = element_first(node);
    bool wrapped =
        div != NULL && strcmp(element_name(div), "div") == 0 && element_next(div) == NULL;
    return element_inner(wrapped ? div : node);
}

static char *
base64_text(const xmlNode *node)
{
    g_autofree char *encoded = element_text(node);
    gsize size = 0;
    g_autofree guchar *bytes = encoded == NULL ? NULL : g_base64_decode(encoded, &size);
    return bytes == NULL ? NULL : text_repair((const char *)bytes, size);
}

/* A construct for summary and content: as the feed has it. */
static char *
construct_html(const xmlNode *node)
{
    switch (text_type(node)) {
    case TEXT_HTML: return element_text(node);
    case TEXT_XHTML: return xhtml_text(node);
    case TEXT_BASE64: return base64_text(node);
    case TEXT_PLAIN: break;
    }
    return element_text(node);
}

/* A construct as plain text on one line, decoded exactly as often as its type says. */
static char *
construct_line(const xmlNode *node)
{
    g_autofree char *text = NULL;
    switch (text_type(node)) {
    case TEXT_HTML: {
        g_autofree char *html = element_text(node);
        text = html == NULL ? NULL : html_to_text(html);
        break;
    }
    case TEXT_BASE64: text = base64_text(node); break;
    case TEXT_XHTML:
    case TEXT_PLAIN: text = element_text(node); break;
    }
    return text == NULL ? NULL : text_single_line(text);
}

/* Links (4.2.7) */

static void
read_link(Entry *entry, const xmlNode *node)
{
    g_autofree char *relation = element_attribute(node, "rel");
    g_autofree char *reference = element_attribute(node, "href");
    g_autofree char *type = element_attribute(node, "type");
    g_autofree char *base = element_base(node);
    if (reference == NULL)
        return;
    g_autofree char *url = resolve_or_keep(base, reference);
    if (relation == NULL || strcmp(relation, "alternate") == 0) {
        take_once(&entry->link, g_steal_pointer(&url));
    } else if (strcmp(relation, "replies") == 0) {
        bool is_feed = type != NULL && strstr(type, "atom") != NULL;
        take_once(is_feed ? &entry->comments_feed : &entry->comments_link, g_steal_pointer(&url));
    } else if (strcmp(relation, "enclosure") == 0) {
        g_autofree char *length = element_attribute(node, "length");
        bool counted = length != NULL && g_ascii_isdigit(length[0]);
        g_ptr_array_add(entry->enclosures,
                        enclosure_new(url, type, counted ? g_ascii_strtoll(length, NULL, 10) : -1));
    }
}

/* "atom:name", else the address; several stand behind each other. */
static void
add_author(char **author, const xmlNode *person)
{
    g_autofree char *name = NULL;
    g_autofree char *email = NULL;
    for (const xmlNode *node = element_first(person); node != NULL; node = element_next(node)) {
        if (is_atom(node, "name"))
            take_once(&name, element_text(node));
        else if (is_atom(node, "email"))
            take_once(&email, element_text(node));
    }
    const char *shown = name != NULL ? name : email;
    if (shown == NULL)
        return;
    g_autofree char *line = text_single_line(shown);
    char *all = *author == NULL ? g_strdup(line) : g_strconcat(*author, ", ", line, NULL);
    g_free(*author);
    *author = all;
}

static void
read_category(Entry *entry, const xmlNode *node)
{
    g_autofree char *term = element_attribute(node, "term");
    g_autofree char *text = term == NULL ? element_text(node) : NULL;
    add_category(entry, term != NULL ? term : text);
}

static void
read_entry_element(Entry *entry, const xmlNode *node)
{
    g_autofree char *base = element_base(node);
    if (read_dublin_core(entry, node) || read_media(entry, node, base))
        return;
    if (is_atom(node, "title"))
        take_once(&entry->title, construct_line(node));
    else if (is_atom(node, "id"))
        take_once(&entry->id, element_text(node));
    else if (is_atom(node, "link"))
        read_link(entry, node);
    else if (is_atom(node, "published") || is_atom(node, "issued") || is_atom(node, "created"))
        take_date(&entry->published, node);
    else if (is_atom(node, "updated") || is_atom(node, "modified"))
        take_date(&entry->updated, node);
    else if (is_atom(node, "summary"))
        take_once(&entry->summary, construct_html(node));
    else if (is_atom(node, "content"))
        take_once(&entry->content, construct_html(node));
    else if (is_atom(node, "author"))
        add_author(&entry->author, node);
    else if (is_atom(node, "category"))
        read_category(entry, node);
    else if (element_namespace(node) == NS_WFW)
        take_once(&entry->comments_feed, element_text(node));
}

static Entry *
read_entry(const xmlNode *root)
{
    Entry *entry = entry_new();
    entry->base_url = element_base(root);
    for (const xmlNode *node = element_first(root); node != NULL; node = element_next(node)) {
        if (is_atom(node, "content")) {
            g_free(entry->base_url); /* its own xml:base is what its links stand against */
            entry->base_url = element_base(node);
        }
        read_entry_element(entry, node);
    }
    take_once(&entry->language, element_language(root));
    return entry;
}

static void
read_feed_element(Feed *feed, const xmlNode *node)
{
    g_autofree char *base = element_base(node);
    if (is_atom(node, "title")) {
        take_once(&feed->title, construct_line(node));
    } else if (is_atom(node, "subtitle") || is_atom(node, "tagline")) {
        take_once(&feed->subtitle, construct_line(node));
    } else if (is_atom(node, "link")) {
        g_autofree char *relation = element_attribute(node, "rel");
        g_autofree char *reference = element_attribute(node, "href");
        if (reference != NULL && (relation == NULL || strcmp(relation, "alternate") == 0))
            take_once(&feed->link, resolve_or_keep(base, reference));
    } else if (is_atom(node, "updated") || is_atom(node, "modified")) {
        take_date(&feed->updated, node);
    } else if (is_atom(node, "author")) {
        add_author(&feed->author, node);
    } else if (is_atom(node, "logo") || is_atom(node, "icon")) {
        g_autofree char *reference = element_text(node);
        take_once(&feed->image, reference == NULL ? NULL : resolve_or_keep(base, reference));
    }
}

static void
read_entries(Feed *feed, const xmlNode *parent, int depth)
{
    for (const xmlNode *node = element_first(parent);
         node != NULL && depth < 256 && feed->entries->len < FEED_ENTRIES_MAX;
         node = element_next(node)) {
        if (is_atom(node, "entry"))
            g_ptr_array_add(feed->entries, read_entry(node));
        else if (!is_atom(node, "source") && !is_atom(node, "content"))
            read_entries(feed, node, depth + 1);
    }
}

void
atom_read(Feed *feed, const xmlNode *root)
{
    feed->format = element_namespace(root) == NS_ATOM_03 ? "atom-0.3" : "atom-1.0";
    if (is_atom(root, "entry")) { /* a document of one entry (RFC 4287, 2) */
        g_ptr_array_add(feed->entries, read_entry(root));
        return;
    }
    for (const xmlNode *node = element_first(root); node != NULL; node = element_next(node))
        read_feed_element(feed, node);
    take_once(&feed->language, element_language(root));
    read_entries(feed, root, 0);
}
