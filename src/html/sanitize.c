#include "html/sanitize.h"

#include <string.h>

#include "base/text.h"
#include "html/link.h"
#include "html/tree-internal.h"

/* An attribute beyond this is no attribute of an article. */
#define ATTRIBUTE_MAX 2000u

/* Elements that stay; everything else is unwrapped, but what element_is_dropped() names. */
static const char *const allowed[] = {
    "a",      "abbr",       "b",        "bdi",   "bdo",   "blockquote", "br",    "caption", "cite",
    "code",   "col",        "colgroup", "dd",    "del",   "dfn",        "div",   "dl",      "dt",
    "em",     "figcaption", "figure",   "h1",    "h2",    "h3",         "h4",    "h5",      "h6",
    "hr",     "i",          "img",      "ins",   "kbd",   "li",         "mark",  "ol",      "p",
    "pre",    "q",          "rp",       "rt",    "ruby",  "s",          "samp",  "small",   "span",
    "strong", "sub",        "sup",      "table", "tbody", "td",         "tfoot", "th",      "thead",
    "time",   "tr",         "u",        "ul",    "var",   "wbr",        NULL,
};

/* Without an end tag. */
static const char *const empty[] = { "br", "col", "hr", "img", "wbr", NULL };

/* All others go when there is nothing in them; a cell holds its column's place. */
static const char *const cells[] = { "td", "th", NULL };

/* libxml2's HTML parser moves some misnested elements anew each time it reads what it wrote; after
 * this many times nobody will miss the mark-up. */
#define ROUNDS_MAX 6

/* Attributes of any element that are text. */
static const char *const text_attributes[] = { "title", "alt", "datetime", NULL };

/* Attributes that are numbers. */
static const char *const number_attributes[] = { "width",   "height", "colspan",
                                                 "rowspan", "start",  NULL };

typedef struct {
    GString *out;
    const char *base;
} Writer;

void
html_escape(GString *out, const char *text)
{
    for (;;) {
        size_t plain = strcspn(text, "&<>\"'");
        g_string_append_len(out, text, (gssize)plain);
        text += plain;
        switch (*text++) {
        case '\0': return;
        case '&': g_string_append(out, "&amp;"); break;
        case '<': g_string_append(out, "&lt;"); break;
        case '>': g_string_append(out, "&gt;"); break;
        case '"': g_string_append(out, "&quot;"); break;
        default: g_string_append(out, "&#39;"); break;
        }
    }
}

static void
write_attribute(const Writer *writer, const char *name, const char *value)
{
    g_autofree char *clean = text_repair(value, strlen(value));
    g_string_append_printf(writer->out, " %s=\"", name);
    html_escape(writer->out, clean);
    g_string_append_c(writer->out, '"');
}

static bool
is_number(const char *value)
{
    size_t digits = strspn(value, "0123456789");
    return digits >= 1 && digits <= 5 && value[digits] == '\0';
}

static bool
is_word_of(const char *value, const char *const *words)
{
    g_autofree char *lower = g_ascii_strdown(value, -1);
    return g_strv_contains(words, lower);
}

static bool
is_language(const char *value)
{
    size_t size = strlen(value);
    return size >= 2 && size <= 35 && g_ascii_isalpha(value[0]) &&
           strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == size;
}

/* Attributes with few values. */
static bool
is_allowed_word(const char *name, const char *value)
{
    static const char *const directions[] = { "ltr", "rtl", "auto", NULL };
    static const char *const aligns[] = { "left", "right", "center", "justify", NULL };
    static const char *const valigns[] = { "top", "middle", "bottom", "baseline", NULL };
    if (strcmp(name, "dir") == 0)
        return is_word_of(value, directions);
    if (strcmp(name, "align") == 0)
        return is_word_of(value, aligns);
    if (strcmp(name, "valign") == 0)
        return is_word_of(value, valigns);
    return strcmp(name, "lang") == 0 && is_language(value);
}

static void
write_url(const Writer *writer, const char *element, const char *name, const char *value)
{
    bool is_anchor = strcmp(element, "a") == 0 && strcmp(name, "href") == 0;
    bool is_image = strcmp(element, "img") == 0 && strcmp(name, "src") == 0;
    bool is_source = strcmp(name, "cite") == 0 &&
                     (strcmp(element, "blockquote") == 0 || strcmp(element, "q") == 0);
    if (!is_anchor && !is_image && !is_source)
        return;
    g_autofree char *url =
        is_anchor ? link_resolve_anchor(writer->base, value) : link_resolve(writer->base, value);
    if (url == NULL)
        return;
    g_autofree char *bare = link_without_trackers(url);
    write_attribute(writer, name, bare);
}

static void
write_attributes(const Writer *writer, const char *element, const xmlNode *node)
{
    for (const xmlAttr *attribute = node->properties; attribute != NULL;
         attribute = attribute->next) {
        const char *name = (const char *)attribute->name;
        g_autofree char *value = node_attribute(node, name);
        if (value == NULL || strlen(value) > ATTRIBUTE_MAX)
            continue;
        if (g_strv_contains(text_attributes, name) || is_allowed_word(name, value) ||
            (g_strv_contains(number_attributes, name) && is_number(value)))
            write_attribute(writer, name, value);
        else
            write_url(writer, element, name, value);
    }
}

static void write_nodes(const Writer *writer, const xmlNode *first, int depth);

static void
write_text(const Writer *writer, const xmlNode *node)
{
    if (node->content == NULL)
        return;
    const char *content = (const char *)node->content;
    g_autofree char *clean = text_repair(content, strlen(content));
    html_escape(writer->out, clean);
}

static bool
has_usable_source(const Writer *writer, const xmlNode *image)
{
    g_autofree char *source = node_attribute(image, "src");
    g_autofree char *url = source == NULL ? NULL : link_resolve(writer->base, source);
    return url != NULL;
}

static void
write_element(const Writer *writer, const xmlNode *node, int depth)
{
    const char *name = (const char *)node->name;
    bool is_image = strcmp(name, "img") == 0;
    if (element_is_dropped(name) ||
        (is_image && (image_is_pixel(node) || !has_usable_source(writer, node))))
        return;
    if (element_is_block(name) && !g_strv_contains(allowed, name))
        name = "div"; /* HTML 5 has more kinds of blocks than mail readers know */
    if (!g_strv_contains(allowed, name) || depth > SANITIZE_DEPTH_MAX) {
        write_nodes(writer, node->children, depth + 1);
        return;
    }
    GString *out = writer->out;
    size_t begin = out->len;
    g_string_append_printf(out, "<%s", name);
    write_attributes(writer, name, node);
    g_string_append_c(out, '>');
    if (g_strv_contains(empty, name))
        return;
    size_t inside = out->len;
    write_nodes(writer, node->children, depth + 1);
    if (out->len == inside && !g_strv_contains(cells, name))
        g_string_truncate(out, begin);
    else
        g_string_append_printf(out, "</%s>", name);
}

static void
write_nodes(const Writer *writer, const xmlNode *first, int depth)
{
    for (const xmlNode *node = first; node != NULL; node = node->next) {
        switch (node->type) {
        case XML_TEXT_NODE:
        case XML_CDATA_SECTION_NODE: write_text(writer, node); break;
        case XML_ELEMENT_NODE: write_element(writer, node, depth); break;
        default: break; /* comments, processing instructions, entities: nobody's to see */
        }
    }
}

/* Text in the open becomes a paragraph. libxml2 sees to that before 2.14 and then no more. */
static XmlDocument *
open_tree(const char *html)
{
    char first = html[strspn(html, " \t\r\n\f")];
    if (first == '<' || first == '\0')
        return html_tree_new(html);
    g_autofree char *paragraph = g_strconcat("<p>", html, NULL);
    return html_tree_new(paragraph);
}

static char *
sanitize_once(const char *html, const char *base_url)
{
    g_autoptr(XmlDocument) document = open_tree(html);
    g_autoptr(GString) out = g_string_sized_new(strlen(html) + 64);
    Writer writer = { .out = out, .base = base_url };
    if (document != NULL)
        write_nodes(&writer, document->children, 0);
    return g_strstrip(g_string_free(g_steal_pointer(&out), FALSE));
}

/* What another parser could read differently is not trusted: the result is what reads the same
 * when it is read again. */
char *
html_sanitize(const char *html, const char *base_url)
{
    g_autofree char *clean = sanitize_once(html, base_url);
    for (int round = 0; round < ROUNDS_MAX; round++) {
        g_autofree char *again = sanitize_once(clean, base_url);
        if (strcmp(again, clean) == 0)
            return g_steal_pointer(&clean);
        g_free(clean);
        clean = g_steal_pointer(&again);
    }
    g_autofree char *text = html_to_text(clean);
    g_autoptr(GString) out = g_string_new("<p>");
    html_escape(out, text);
    g_string_append(out, "</p>");
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static char *
first_image(const xmlNode *first, const char *base_url, int depth)
{
    for (const xmlNode *node = first; node != NULL && depth <= SANITIZE_DEPTH_MAX;
         node = node->next) {
        if (node->type != XML_ELEMENT_NODE || element_is_dropped((const char *)node->name))
            continue;
        g_autofree char *source =
            node_is(node, "img") && !image_is_pixel(node) ? node_attribute(node, "src") : NULL;
        char *url = source == NULL ? NULL : link_resolve(base_url, source);
        if (url == NULL)
            url = first_image(node->children, base_url, depth + 1);
        if (url != NULL)
            return url;
    }
    return NULL;
}

char *
html_first_image(const char *html, const char *base_url)
{
    if (strcasestr(html, "<img") == NULL) /* most have none, and a tree is dear */
        return NULL;
    g_autoptr(XmlDocument) document = html_tree_new(html);
    return document == NULL ? NULL : first_image(document->children, base_url, 0);
}
