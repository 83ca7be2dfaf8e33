#include "feed/xml-internal.h"

#include <string.h>
#include <libxml/uri.h>
#include <libxml/xmlsave.h>

#include "base/text.h"
#include "feed/date.h"
#include "html/link.h"
#include "html/sanitize.h"

static const struct {
    Namespace namespace;
    const char *prefix; /* as it is usually written */
    const char *uri;    /* without scheme, in lower case, without a slash or '#' at the end */
} vocabularies[] = {
    { NS_ATOM, "atom", "www.w3.org/2005/atom" },
    { NS_ATOM_03, NULL, "purl.org/atom/ns" },
    { NS_CONTENT, "content", "purl.org/rss/1.0/modules/content" },
    { NS_DC, "dc", "purl.org/dc/elements/1.1" },
    { NS_DC, "dc", "purl.org/dc/elements/1.0" },
    { NS_DC, "dcterms", "purl.org/dc/terms" },
    { NS_MEDIA, "media", "search.yahoo.com/mrss" },
    { NS_MEDIA, "media", "search.yahoo.com/mrss/" },
    { NS_MEDIA, "media", "search.yahoo.com/rss" },
    { NS_MEDIA, "media", "video.search.yahoo.com/mrss" },
    { NS_MEDIA, "media", "www.rssboard.org/media-rss" },
    { NS_ITUNES, "itunes", "www.itunes.com/dtds/podcast-1.0.dtd" },
    { NS_ITUNES, "itunes", "itunes.apple.com/dtds/podcast-1.0.dtd" },
    { NS_SLASH, "slash", "purl.org/rss/1.0/modules/slash" },
    { NS_WFW, "wfw", "wellformedweb.org/commentapi" },
    { NS_THR, "thr", "purl.org/syndication/thread/1.0" },
    { NS_XHTML, "xhtml", "www.w3.org/1999/xhtml" },
    { NS_RDF, "rdf", "www.w3.org/1999/02/22-rdf-syntax-ns" },
    { NS_NONE, NULL, "purl.org/rss/1.0" },
    { NS_NONE, NULL, "my.netscape.com/rdf/simple/0.9" },
    { NS_NONE, NULL, "channel.netscape.com/rdf/simple/0.9" },
    { NS_NONE, NULL, "backend.userland.com/rss2" },
    { NS_NONE, NULL, "backend.userland.com/rss" },
    { NS_NONE, NULL, "blogs.law.harvard.edu/tech/rss" },
    { NS_NONE, NULL, "cyber.law.harvard.edu/rss/rss.html" },
    { NS_NONE, NULL, "purl.org/net/rss1.1" },
};

static Namespace
namespace_of_prefix(const char *prefix, size_t size)
{
    for (size_t i = 0; i < G_N_ELEMENTS(vocabularies); i++) {
        const char *known = vocabularies[i].prefix;
        if (known != NULL && strlen(known) == size && g_ascii_strncasecmp(known, prefix, size) == 0)
            return vocabularies[i].namespace;
    }
    return NS_OTHER;
}

static Namespace
namespace_of_uri(const char *uri)
{
    g_autofree char *lower = g_strstrip(g_ascii_strdown(uri, -1));
    char *bare = g_str_has_prefix(lower, "http://")    ? lower + 7
                 : g_str_has_prefix(lower, "https://") ? lower + 8
                                                       : lower;
    size_t size = strlen(bare);
    while (size > 0 && (bare[size - 1] == '/' || bare[size - 1] == '#'))
        bare[--size] = '\0';
    if (size == 0)
        return NS_NONE;
    for (size_t i = 0; i < G_N_ELEMENTS(vocabularies); i++) {
        if (strcmp(vocabularies[i].uri, bare) == 0)
            return vocabularies[i].namespace;
    }
    return NS_OTHER;
}

/* Where libxml2 met a prefix that was never declared, it is part of the name. */
static const char *
undeclared_colon(const xmlNode *node)
{
    return node->ns == NULL ? strchr((const char *)node->name, ':') : NULL;
}

Namespace
element_namespace(const xmlNode *node)
{
    const char *colon = undeclared_colon(node);
    const char *name = (const char *)node->name;
    if (colon != NULL)
        return namespace_of_prefix(name, (size_t)(colon - name));
    if (node->ns == NULL || node->ns->href == NULL)
        return NS_NONE;
    Namespace found = namespace_of_uri((const char *)node->ns->href);
    if (found == NS_OTHER && node->ns->prefix != NULL) {
        const char *prefix = (const char *)node->ns->prefix;
        return namespace_of_prefix(prefix, strlen(prefix));
    }
    return found;
}

const char *
element_name(const xmlNode *node)
{
    const char *colon = undeclared_colon(node);
    return colon != NULL ? colon + 1 : (const char *)node->name;
}

bool
element_is(const xmlNode *node, Namespace namespace, const char *name)
{
    return node->type == XML_ELEMENT_NODE && g_ascii_strcasecmp(element_name(node), name) == 0 &&
           element_namespace(node) == namespace;
}

static const xmlNode *
element_from(const xmlNode *node)
{
    while (node != NULL && node->type != XML_ELEMENT_NODE)
        node = node->next;
    return node;
}

const xmlNode *
element_first(const xmlNode *parent)
{
    return element_from(parent->children);
}

const xmlNode *
element_next(const xmlNode *node)
{
    return element_from(node->next);
}

/* Reading */

static char *
take_xml(xmlChar *text)
{
    char *copy = text == NULL ? NULL : g_strstrip(g_strdup((const char *)text));
    xmlFree(text);
    if (copy != NULL && *copy != '\0')
        return copy;
    g_free(copy);
    return NULL;
}

char *
element_text(const xmlNode *node)
{
    return take_xml(xmlNodeGetContent(node));
}

char *
element_attribute(const xmlNode *node, const char *name)
{
    return take_xml(xmlGetNoNsProp((xmlNode *)node, (const xmlChar *)name));
}

char *
element_language(const xmlNode *node)
{
    return take_xml(xmlNodeGetLang((xmlNode *)node));
}

char *
element_base(const xmlNode *node)
{
    return take_xml(xmlNodeGetBase(node->doc, (xmlNode *)node));
}

char *
element_inner(const xmlNode *node)
{
    xmlBuffer *buffer = xmlBufferCreate();
    xmlSaveCtxt *save = xmlSaveToBuffer(buffer, "UTF-8", XML_SAVE_NO_DECL | XML_SAVE_XHTML);
    for (xmlNode *child = node->children; save != NULL && child != NULL; child = child->next)
        xmlSaveTree(save, child);
    xmlSaveClose(save);
    char *text = g_strstrip(g_strdup((const char *)xmlBufferContent(buffer)));
    xmlBufferFree(buffer);
    return text;
}

char *
resolve_or_keep(const char *base, const char *reference)
{
    char *resolved = base == NULL ? NULL : link_resolve(base, reference);
    return resolved != NULL ? resolved : g_strdup(reference);
}

/* True where TEXT has a reference or a tag that only HTML has: "a < b" and "<T>" are no HTML. */
static bool
looks_like_html(const char *text)
{
    static const char *const tags[] = {
        "a",   "b",   "i",  "em", "strong", "span",  "p",    "br",   "img",  "sub",
        "sup", "u",   "s",  "tt", "code",   "small", "big",  "font", "cite", "abbr",
        "q",   "del", "h1", "h2", "h3",     "div",   "mark", NULL,
    };
    for (const char *at = strpbrk(text, "&<"); at != NULL; at = strpbrk(at + 1, "&<")) {
        const char *name = at + 1 + (*at == '<' && at[1] == '/') + (*at == '&' && at[1] == '#');
        size_t size = 0;
        while (g_ascii_isalnum(name[size]))
            size++;
        if (*at == '&' && size > 1 && size < 10 && name[size] == ';')
            return true;
        g_autofree char *lower = g_ascii_strdown(name, (gssize)size);
        if (*at == '<' && size > 0 && strchr("> /\t\n", name[size]) != NULL && name[size] != '\0' &&
            g_strv_contains(tags, lower))
            return true;
    }
    return false;
}

char *
title_guess(const char *text)
{
    if (!looks_like_html(text))
        return text_single_line(text);
    g_autofree char *plain = html_to_text(text);
    return text_single_line(plain);
}

/* Taking */

void
take_once(char **field, char *text)
{
    if (*field == NULL && text != NULL && *text != '\0')
        *field = text;
    else
        g_free(text);
}

void
take_date(int64_t *field, const xmlNode *node)
{
    g_autofree char *text = element_text(node);
    int64_t time;
    if (*field == 0 && text != NULL && feed_date_parse(text, &time))
        *field = time;
}

void
add_category(Entry *entry, const char *text)
{
    g_autofree char *line = text == NULL ? NULL : title_guess(text);
    if (line == NULL || *line == '\0' ||
        g_ptr_array_find_with_equal_func(entry->categories, line, g_str_equal, NULL))
        return;
    g_ptr_array_add(entry->categories, g_steal_pointer(&line));
}

void
add_keywords(Entry *entry, const char *list)
{
    g_auto(GStrv) words = g_strsplit(list != NULL ? list : "", ",", -1);
    for (guint i = 0; words[i] != NULL; i++)
        add_category(entry, g_strstrip(words[i]));
}

static bool
is_image(const xmlNode *content, const char *url)
{
    g_autofree char *medium = element_attribute(content, "medium");
    g_autofree char *type = element_attribute(content, "type");
    if (medium != NULL)
        return strcmp(medium, "image") == 0;
    if (type != NULL)
        return g_str_has_prefix(type, "image/");
    g_autofree char *lower = g_ascii_strdown(url, -1);
    return g_str_has_suffix(lower, ".jpg") || g_str_has_suffix(lower, ".jpeg") ||
           g_str_has_suffix(lower, ".png") || g_str_has_suffix(lower, ".gif");
}

static void
read_media_content(Entry *entry, const xmlNode *node, const char *base)
{
    g_autofree char *reference = element_attribute(node, "url");
    if (reference == NULL)
        return;
    g_autofree char *url = resolve_or_keep(base, reference);
    if (is_image(node, url)) {
        take_once(&entry->image, g_strdup(url));
        return;
    }
    g_autofree char *type = element_attribute(node, "type");
    g_autofree char *size = element_attribute(node, "fileSize");
    int64_t length = size != NULL ? g_ascii_strtoll(size, NULL, 10) : -1;
    g_ptr_array_add(entry->enclosures, enclosure_new(url, type, length));
}

static void
read_media_children(Entry *entry, const xmlNode *node, const char *base)
{
    for (const xmlNode *child = element_first(node); child != NULL; child = element_next(child)) {
        if (element_namespace(child) == NS_MEDIA)
            read_media(entry, child, base);
    }
}

static bool
read_itunes(Entry *entry, const xmlNode *node, const char *base)
{
    const char *name = element_name(node);
    g_autofree char *text = element_text(node);
    if (strcmp(name, "author") == 0)
        take_once(&entry->author, text != NULL ? text_single_line(text) : NULL);
    else if (strcmp(name, "summary") == 0)
        take_once(&entry->summary, g_steal_pointer(&text));
    else if (strcmp(name, "keywords") == 0)
        add_keywords(entry, text);
    else if (strcmp(name, "image") == 0) {
        g_autofree char *reference = element_attribute(node, "href");
        take_once(&entry->image, reference == NULL ? NULL : resolve_or_keep(base, reference));
    }
    return true;
}

bool
read_media(Entry *entry, const xmlNode *node, const char *base)
{
    Namespace namespace = element_namespace(node);
    const char *name = element_name(node);
    if (namespace == NS_ITUNES)
        return read_itunes(entry, node, base);
    if (namespace != NS_MEDIA)
        return false;
    if (strcmp(name, "thumbnail") == 0) {
        g_autofree char *reference = element_attribute(node, "url");
        take_once(&entry->image, reference == NULL ? NULL : resolve_or_keep(base, reference));
    } else if (strcmp(name, "content") == 0) {
        read_media_content(entry, node, base);
        read_media_children(entry, node, base);
    } else if (strcmp(name, "group") == 0) {
        read_media_children(entry, node, base);
    } else if (strcmp(name, "description") == 0) {
        take_once(&entry->summary, element_text(node));
    } else if (strcmp(name, "category") == 0 || strcmp(name, "keywords") == 0) {
        g_autofree char *text = element_text(node);
        add_keywords(entry, text);
    }
    return true;
}

bool
read_dublin_core(Entry *entry, const xmlNode *node)
{
    if (element_namespace(node) != NS_DC)
        return false;
    const char *name = element_name(node);
    g_autofree char *text = element_text(node);
    if (text == NULL)
        return true;
    if (strcmp(name, "creator") == 0) {
        g_autofree char *creator = title_guess(text);
        char *all = entry->author == NULL ? g_strdup(creator)
                                          : g_strconcat(entry->author, ", ", creator, NULL);
        g_free(entry->author);
        entry->author = all;
    } else if (strcmp(name, "date") == 0 || strcmp(name, "issued") == 0 ||
               strcmp(name, "created") == 0) {
        take_date(&entry->published, node);
    } else if (strcmp(name, "modified") == 0) {
        take_date(&entry->updated, node);
    } else if (strcmp(name, "subject") == 0) {
        add_category(entry, text);
    } else if (strcmp(name, "language") == 0) {
        take_once(&entry->language, g_steal_pointer(&text));
    } else if (strcmp(name, "title") == 0) {
        take_once(&entry->title, title_guess(text));
    } else if (strcmp(name, "description") == 0) {
        take_once(&entry->summary, g_steal_pointer(&text));
    }
    return true;
}
