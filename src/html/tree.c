#include "html/tree-internal.h"

#include <string.h>
#include <libxml/HTMLparser.h>
#include <libxml/tree.h>

#include "base/text.h"
#include "html/tidy-internal.h"

/* A tag with more is meant to cost us time. */
#define ATTRIBUTES_MAX 200u

/* Nodes are taken from blocks of so many octets; each is twice the one before. */
#define BLOCK_SIZE_MIN ((size_t)1024)
#define BLOCK_SIZE_MAX ((size_t)64 * 1024)

struct Html {
    HtmlNode root;     /* of whom the outermost nodes are children, though they do not know it */
    GPtrArray *memory; /* blocks and texts */
    size_t block_size; /* of the last block */
    char *free;        /* in it */
    size_t left;
};

typedef xmlDoc XmlDocument;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XmlDocument, xmlFreeDoc)

/* Building */

char *
html_take_text(Html *html, char *text)
{
    g_ptr_array_add(html->memory, text);
    return text;
}

/* SIZE zeroed octets, aligned for pointers. */
static void *
take_memory(Html *html, size_t size)
{
    if (html->left < size) {
        html->block_size = CLAMP(2 * html->block_size, BLOCK_SIZE_MIN, BLOCK_SIZE_MAX);
        html->free = html_take_text(html, g_malloc0(html->block_size));
        html->left = html->block_size;
    }
    void *memory = html->free;
    html->free += size;
    html->left -= size;
    return memory;
}

HtmlNode *
html_add_node(Html *html, HtmlNode *parent)
{
    HtmlNode *node = take_memory(html, sizeof *node);
    HtmlNode *above = parent != NULL ? parent : &html->root;
    node->parent = parent;
    if (above->last != NULL)
        above->last->next = node;
    else
        above->children = node;
    above->last = node;
    return node;
}

HtmlAttribute *
html_add_attribute(Html *html, HtmlNode *node, HtmlAttribute *last, const char *name,
                   const char *value)
{
    HtmlAttribute *attribute = take_memory(html, sizeof *attribute);
    attribute->name = name;
    attribute->value = value;
    if (last != NULL)
        last->next = attribute;
    else
        node->attributes = attribute;
    return attribute;
}

/* Reading with libxml2 */

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
readable_size(const char *html, size_t max)
{
    size_t size = MIN(strlen(html), max);
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

static char *
repair(Html *html, const xmlChar *text)
{
    const char *octets = (const char *)text;
    return html_take_text(html, text_repair(octets, strlen(octets)));
}

static void
copy_attributes(Html *html, HtmlNode *node, const xmlNode *from)
{
    HtmlAttribute *last = NULL;
    for (const xmlAttr *attribute = from->properties; attribute != NULL;
         attribute = attribute->next) {
        xmlChar *value = xmlNodeListGetString(from->doc, attribute->children, 1);
        last = html_add_attribute(html, node, last, repair(html, attribute->name),
                                  value != NULL ? repair(html, value) : "");
        xmlFree(value);
    }
}

/* FIRST and its siblings become children of PARENT. libxml2 lets nothing be nested so deep that this
 * could not be done by recursion. Comments, processing instructions, entities are nobody's to see. */
static void
copy_nodes(Html *html, HtmlNode *parent, const xmlNode *first)
{
    for (const xmlNode *from = first; from != NULL; from = from->next) {
        bool is_text = from->type == XML_TEXT_NODE || from->type == XML_CDATA_SECTION_NODE;
        if (is_text && from->content != NULL)
            html_add_node(html, parent)->text = repair(html, from->content);
        if (from->type != XML_ELEMENT_NODE)
            continue;
        HtmlNode *node = html_add_node(html, parent);
        node->name = repair(html, from->name);
        node->element = element_get(node->name, strlen(node->name));
        copy_attributes(html, node, from);
        copy_nodes(html, node, from->children);
    }
}

/* TEXT that does not begin with mark-up, in a paragraph; else NULL. libxml2 sees to that before 2.14 and
 * then no more. */
static char *
begin_paragraph(const char *text)
{
    const char *begin = text + strspn(text, " \t\r\n\f");
    return *begin == '<' || *begin == '\0' ? NULL : g_strconcat("<p>", begin, NULL);
}

/* TEXT without the marks of sections, which HTML does not have: those that Word writes for itself, and CDATA
 * that somebody wrapped twice. NULL: there are none. Comments stay, or their ends would be taken for marks. */
static char *
without_sections(const char *text)
{
    static const char cdata[] = "<![CDATA[";
    if (strstr(text, "<![") == NULL)
        return NULL;
    GString *out = g_string_sized_new(strlen(text));
    bool in_cdata = false;
    while (*text != '\0') {
        const char *behind = NULL; /* what stays ends here */
        if (g_str_has_prefix(text, "<!--")) {
            const char *end = strstr(text + 2, "-->");
            behind = end != NULL ? end + 3 : text + strlen(text);
        } else if (g_str_has_prefix(text, cdata)) {
            in_cdata = true;
            text += strlen(cdata);
        } else if (in_cdata && g_str_has_prefix(text, "]]>")) {
            in_cdata = false;
            text += 3;
        } else if (g_str_has_prefix(text, "<![")) {
            text += strcspn(text, ">");
            text += *text == '>';
        } else {
            behind = text + 1 + strcspn(text + 1, "<]");
        }
        if (behind != NULL) {
            g_string_append_len(out, text, behind - text);
            text = behind;
        }
    }
    return g_string_free(out, FALSE);
}

static void
read_anything(Html *html, const char *text, size_t max)
{
    g_autofree char *bare = without_sections(text);
    if (bare != NULL)
        text = bare;
    g_autofree char *paragraph = begin_paragraph(text);
    if (paragraph != NULL)
        text = paragraph;
    size_t size = readable_size(text, max);
    if (size == 0)
        return;
    g_autoptr(XmlDocument) document =
        htmlReadMemory(text, (int)size, NULL, "UTF-8",
                       HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                           HTML_PARSE_NONET | HTML_PARSE_COMPACT);
    if (document != NULL)
        copy_nodes(html, NULL, document->children);
}

static Html *
html_new_empty(void)
{
    Html *html = g_new0(Html, 1);
    html->memory = g_ptr_array_new_with_free_func(g_free);
    return html;
}

Html *
html_new(const char *text)
{
    g_autoptr(Html) html = html_new_empty();
    if (tidy_read(html, text))
        return g_steal_pointer(&html);
    html_free(html);
    html = html_new_empty();
    read_anything(html, text, SANITIZE_INPUT_MAX);
    return g_steal_pointer(&html);
}

/* A page may leave out the tags of <head> and <body>. libxml2 knows no <main> and takes such a page for one
 * head. */
static void
mend_head(Html *html)
{
    const unsigned apart = ELEMENT_BLOCK | ELEMENT_LINE;
    for (HtmlNode *node = html_first(html); node != NULL; node = node_next(node)) {
        if (!node_is(node, "head"))
            continue;
        for (const HtmlNode *child = node->children; child != NULL; child = child->next) {
            if (child->element != NULL && element_is(child->element, apart))
                node->name = "body";
        }
        node->element = element_get(node->name, strlen(node->name));
        return;
    }
}

Html *
html_new_page(const char *text)
{
    Html *html = html_new_empty();
    read_anything(html, text, PAGE_INPUT_MAX);
    mend_head(html);
    return html;
}

void
html_free(Html *html)
{
    if (html == NULL)
        return;
    g_ptr_array_unref(html->memory);
    g_free(html);
}

/* Asking */

HtmlNode *
html_first(const Html *html)
{
    return html->root.children;
}

bool
node_is(const HtmlNode *node, const char *name)
{
    return node->element != NULL && strcmp(node->name, name) == 0;
}

const char *
node_attribute(const HtmlNode *node, const char *name)
{
    for (const HtmlAttribute *at = node->attributes; at != NULL; at = at->next)
        if (strcmp(at->name, name) == 0)
            return at->value;
    return NULL;
}

HtmlNode *
node_behind(const HtmlNode *node)
{
    while (node != NULL && node->next == NULL)
        node = node->parent;
    return node != NULL ? node->next : NULL;
}

HtmlNode *
node_next(const HtmlNode *node)
{
    return node->children != NULL ? node->children : node_behind(node);
}

bool
node_is_within(const HtmlNode *node, const HtmlNode *ancestor)
{
    while (node != NULL && node != ancestor)
        node = node->parent;
    return node != NULL;
}

char *
node_line(const HtmlNode *node)
{
    const unsigned apart = ELEMENT_BLOCK | ELEMENT_LINE | ELEMENT_CELL;
    g_autoptr(GString) text = g_string_new(NULL);
    const HtmlNode *end = node_behind(node);
    for (const HtmlNode *at = node; at != end;) {
        bool is_dropped = at->element != NULL && element_is(at->element, ELEMENT_DROPPED);
        if (at->text != NULL)
            g_string_append(text, at->text);
        else if (element_is(at->element, apart) || node_is(at, "br"))
            g_string_append_c(text, ' ');
        at = is_dropped ? node_behind(at) : node_next(at);
    }
    return text_single_line(text->str);
}

/* SIZE, which may be NULL, is two pixels or less: "1", "1px", not "1em" or "1.5em". */
static bool
is_tiny(const char *size)
{
    if (size == NULL || !g_ascii_isdigit(size[0]))
        return false;
    char *unit;
    guint64 pixels = g_ascii_strtoull(size, &unit, 10);
    bool is_pixels = g_ascii_strncasecmp(unit, "px", 2) == 0;
    return pixels <= 2 && (is_pixels || (!g_ascii_isalpha(*unit) && *unit != '.' && *unit != '%'));
}

/* The value of PROPERTY in STYLE, without the white space before it; or NULL. */
static const char *
style_find(const char *style, const char *property)
{
    size_t size = strlen(property);
    while (style != NULL) {
        style += strspn(style, "; \t\r\n");
        if (g_ascii_strncasecmp(style, property, size) == 0) {
            const char *colon = style + size + strspn(style + size, " \t\r\n");
            if (*colon == ':')
                return colon + 1 + strspn(colon + 1, " \t\r\n");
        }
        style = strchr(style, ';');
    }
    return NULL;
}

/* Nobody sees IMAGE. */
static bool
is_unseen(const HtmlNode *image)
{
    const char *style = node_attribute(image, "style");
    const char *display = style_find(style, "display");
    return is_tiny(node_attribute(image, "width")) || is_tiny(node_attribute(image, "height")) ||
           is_tiny(style_find(style, "width")) || is_tiny(style_find(style, "height")) ||
           node_attribute(image, "hidden") != NULL ||
           (display != NULL && g_ascii_strncasecmp(display, "none", strlen("none")) == 0);
}

bool
image_is_pixel(const HtmlNode *image)
{
    /* Counters that feeds carry; their pictures often have no size. */
    static const char *const counters[] = {
        "feeds.feedburner.com/~r/",
        "feeds.feedburner.com/~ff/",
        "feedsportal.com/",
        "pixel.wp.com/",
        "stats.wordpress.com/",
        "feeds.wordpress.com/1.0/",
        ".met.vgwort.de/",
        "doubleclick.net/",
        "google-analytics.com/",
        "scorecardresearch.com/",
        "matomo.php",
        "piwik.php",
        "ivwbox.de/",
        ".ioam.de/",
        "facebook.com/tr?",
        "px.ads.linkedin.com/",
        "list-manage.com/track/open",
        ".sendgrid.net/wf/open",
        "substack.com/open?",
        "medium.com/_/stat?",
    };
    if (is_unseen(image))
        return true;
    const char *source = node_attribute(image, "src");
    for (size_t i = 0; source != NULL && i < G_N_ELEMENTS(counters); i++) {
        if (strstr(source, counters[i]) != NULL)
            return true;
    }
    return false;
}

/* Changing */

void
node_drop(HtmlNode *node)
{
    node->element = NULL;
    node->name = NULL;
    node->text = "";
    node->attributes = NULL;
    node->children = node->last = NULL;
}

void
html_wrap(Html *html, HtmlNode *parent, HtmlNode *before, HtmlNode *last, const char *name)
{
    HtmlNode **place = before != NULL ? &before->next : &parent->children;
    HtmlNode *node = take_memory(html, sizeof *node);
    node->name = name;
    node->element = element_get(name, strlen(name));
    node->parent = parent;
    node->children = *place;
    node->last = last;
    node->next = last->next;
    last->next = NULL;
    if (parent->last == last)
        parent->last = node;
    *place = node;
    for (HtmlNode *child = node->children; child != NULL; child = child->next)
        child->parent = node;
}

void
html_keep(Html *html, const GPtrArray *nodes)
{
    html->root.children = html->root.last = NULL;
    for (guint i = 0; i < nodes->len; i++) {
        HtmlNode *node = nodes->pdata[i];
        node->parent = node->next = NULL;
        if (html->root.last != NULL)
            html->root.last->next = node;
        else
            html->root.children = node;
        html->root.last = node;
    }
}
