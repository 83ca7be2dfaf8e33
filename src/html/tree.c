#include "html/tree-internal.h"

#include <string.h>

#include "html/sanitize.h"

/* A tag with more is meant to cost us time. */
#define ATTRIBUTES_MAX 200u

void
xml_document_free(XmlDocument *document)
{
    xmlFreeDoc(document);
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static const char *
skip_blanks(const char *at, const char *end)
{
    while (at < end && is_blank(*at))
        at++;
    return at;
}

/* Up to a blank or the end of the tag. */
static const char *
skip_word(const char *at, const char *end)
{
    while (at < end && !is_blank(*at) && *at != '>')
        at++;
    return at;
}

static bool
is_name_start(char c)
{
    return g_ascii_isalpha(c) || c == '_' || c == ':' || c == '.';
}

/* Behind the attribute at AT, exactly as libxml2 reads it. */
static const char *
skip_attribute(const char *at, const char *end)
{
    if (!is_name_start(*at))
        return skip_word(at, end); /* no name: it is no attribute */
    while (at < end && (is_name_start(*at) || g_ascii_isdigit(*at) || *at == '-'))
        at++;
    const char *equals = skip_blanks(at, end);
    if (equals == end || *equals != '=')
        return at;
    const char *value = skip_blanks(equals + 1, end);
    if (value == end || (*value != '"' && *value != '\''))
        return skip_word(value, end);
    const char *close = memchr(value + 1, *value, (size_t)(end - value - 1));
    return close != NULL ? close + 1 : end;
}

/* Behind the attributes of the tag whose name begins at AT; NULL when there are too many. */
static const char *
skip_attributes(const char *at, const char *end)
{
    at = skip_word(at, end);
    for (unsigned count = 0; count <= ATTRIBUTES_MAX; count++) {
        at = skip_blanks(at, end);
        if (at == end || *at == '>')
            return at;
        at = skip_attribute(at, end);
    }
    return NULL;
}

/* How much of HTML is read: not beyond the limit, not into a character, and not into a tag with too
 * many attributes, for libxml2 compares each of them with all before it. What begins with '<' is
 * looked at even within another tag, since comments and scripts are not known here; those who make
 * that costly are cut as well. */
static size_t
readable_size(const char *html)
{
    size_t size = MIN(strlen(html), SANITIZE_INPUT_MAX);
    while (size > 0 && ((unsigned char)html[size] & 0xC0) == 0x80)
        size--;
    const char *end = html + size;
    size_t budget = 8 * size;
    for (const char *tag = html; (tag = memchr(tag, '<', (size_t)(end - tag))) != NULL; tag++) {
        if (tag + 1 == end || !is_name_start(tag[1]))
            continue;
        const char *behind = skip_attributes(tag + 1, end);
        if (behind == NULL || (size_t)(behind - tag) > budget)
            return (size_t)(tag - html);
        budget -= (size_t)(behind - tag);
    }
    return size;
}

XmlDocument *
html_tree_new(const char *html)
{
    size_t size = readable_size(html);
    if (size == 0)
        return NULL;
    return htmlReadMemory(html, (int)size, NULL, "UTF-8",
                          HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                              HTML_PARSE_NONET | HTML_PARSE_COMPACT);
}

bool
node_is(const xmlNode *node, const char *name)
{
    return node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0;
}

char *
node_attribute(const xmlNode *node, const char *name)
{
    xmlChar *value = xmlGetProp((xmlNode *)node, (const xmlChar *)name);
    char *copy = g_strdup((const char *)value);
    xmlFree(value);
    return copy;
}

static bool
is_one_pixel(const xmlNode *image, const char *side)
{
    g_autofree char *value = node_attribute(image, side);
    if (value == NULL || !g_ascii_isdigit(value[0]))
        return false;
    return g_ascii_strtoull(value, NULL, 10) <= 2;
}

bool
image_is_pixel(const xmlNode *image)
{
    /* Counters that feeds carry; their pictures often have no size. */
    static const char *const counters[] = {
        "feeds.feedburner.com/~r/", "feedsportal.com/", "pixel.wp.com/",    "stats.wordpress.com/",
        "feeds.wordpress.com/1.0/", ".met.vgwort.de/",  "doubleclick.net/", "google-analytics.com/",
        "scorecardresearch.com/",   "matomo.php",       "piwik.php",
    };
    if (is_one_pixel(image, "width") || is_one_pixel(image, "height"))
        return true;
    g_autofree char *source = node_attribute(image, "src");
    for (size_t i = 0; source != NULL && i < G_N_ELEMENTS(counters); i++) {
        if (strstr(source, counters[i]) != NULL)
            return true;
    }
    return false;
}

bool
element_is_dropped(const char *name)
{
    static const char *const dropped[] = {
        "script", "style",    "iframe",    "object",  "embed",    "applet",   "svg",
        "math",   "noscript", "template",  "head",    "title",    "select",   "textarea",
        "button", "xmp",      "plaintext", "listing", "noembed",  "noframes", "audio",
        "video",  "canvas",   "frameset",  "input",   "datalist", NULL,
    };
    return g_strv_contains(dropped, name);
}

bool
element_is_block(const char *name)
{
    static const char *const blocks[] = {
        "address",  "article", "aside",      "blockquote", "center", "details", "div", "dl",
        "fieldset", "figure",  "figcaption", "footer",     "form",   "h1",      "h2",  "h3",
        "h4",       "h5",      "h6",         "header",     "hr",     "main",    "nav", "ol",
        "p",        "pre",     "section",    "summary",    "table",  "ul",      NULL,
    };
    return g_strv_contains(blocks, name);
}
