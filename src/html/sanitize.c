#include "html/sanitize.h"

#include <string.h>

#include "base/text.h"
#include "html/link.h"
#include "html/tree-internal.h"

/* An attribute beyond this is no attribute of an article. */
#define ATTRIBUTE_MAX 2000u

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

/* TEXT escaped, in normal form: an umlaut of two characters is drawn badly, and found by nobody. */
static void
write_text(const Writer *writer, const char *text)
{
    g_autofree char *composed = text_compose(text);
    html_escape(writer->out, composed != NULL ? composed : text);
}

static void
begin_attribute(const Writer *writer, const char *name)
{
    g_string_append_c(writer->out, ' ');
    g_string_append(writer->out, name);
    g_string_append(writer->out, "=\"");
}

static void
write_attribute(const Writer *writer, const char *name, const char *value)
{
    begin_attribute(writer, name);
    write_text(writer, value);
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
    begin_attribute(writer, name); /* as it is: another form is another address */
    html_escape(writer->out, bare);
    g_string_append_c(writer->out, '"');
}

static void
write_attributes(const Writer *writer, const char *element, const HtmlNode *node)
{
    for (const HtmlAttribute *attribute = node->attributes; attribute != NULL;
         attribute = attribute->next) {
        const char *name = attribute->name, *value = attribute->value;
        if (strlen(value) > ATTRIBUTE_MAX)
            continue;
        if (g_strv_contains(text_attributes, name) || is_allowed_word(name, value) ||
            (g_strv_contains(number_attributes, name) && is_number(value)))
            write_attribute(writer, name, value);
        else
            write_url(writer, element, name, value);
    }
}

static void write_nodes(const Writer *writer, const HtmlNode *first, int depth);

static bool
has_usable_source(const Writer *writer, const HtmlNode *image)
{
    const char *source = node_attribute(image, "src");
    g_autofree char *url = source == NULL ? NULL : link_resolve(writer->base, source);
    return url != NULL;
}

static void
write_element(const Writer *writer, const HtmlNode *node, int depth)
{
    const Element *element = node->element;
    bool is_image = node_is(node, "img");
    if (element_is(element, ELEMENT_DROPPED) ||
        (is_image && (image_is_pixel(node) || !has_usable_source(writer, node))))
        return;
    bool is_kept = element_is(element, ELEMENT_KEPT);
    if ((!is_kept && !element_is(element, ELEMENT_BLOCK)) || depth > SANITIZE_DEPTH_MAX) {
        write_nodes(writer, node->children, depth + 1);
        return;
    }
    /* HTML 5 has more kinds of blocks than mail readers know. */
    const char *name = is_kept ? node->name : "div";
    GString *out = writer->out;
    size_t begin = out->len;
    g_string_append_c(out, '<');
    g_string_append(out, name);
    write_attributes(writer, name, node);
    g_string_append_c(out, '>');
    if (element_is(element, ELEMENT_EMPTY))
        return;
    size_t inside = out->len;
    write_nodes(writer, node->children, depth + 1);
    if (out->len == inside && !element_is(element, ELEMENT_CELL)) {
        g_string_truncate(out, begin);
        return;
    }
    g_string_append(out, "</");
    g_string_append(out, name);
    g_string_append_c(out, '>');
}

static void
write_nodes(const Writer *writer, const HtmlNode *first, int depth)
{
    for (const HtmlNode *node = first; node != NULL; node = node->next) {
        if (node->element != NULL)
            write_element(writer, node, depth);
        else
            write_text(writer, node->text);
    }
}

static char *
write_once(const Html *html, const char *base_url)
{
    g_autoptr(GString) out = g_string_new(NULL);
    Writer writer = { .out = out, .base = base_url };
    write_nodes(&writer, html_first(html), 0);
    return g_strstrip(g_string_free(g_steal_pointer(&out), FALSE));
}

/* What another parser could read differently is not trusted: the result is what reads the same
 * when it is read again. */
char *
html_clean(const Html *html, const char *base_url)
{
    g_autofree char *clean = write_once(html, base_url);
    for (int round = 0; round < ROUNDS_MAX; round++) {
        g_autoptr(Html) read = html_new(clean);
        g_autofree char *again = write_once(read, base_url);
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

char *
html_sanitize(const char *text, const char *base_url)
{
    g_autoptr(Html) html = html_new(text);
    return html_clean(html, base_url);
}

static char *
first_image(const HtmlNode *first, const char *base_url, int depth)
{
    for (const HtmlNode *node = first; node != NULL && depth <= SANITIZE_DEPTH_MAX;
         node = node->next) {
        if (node->element == NULL || element_is(node->element, ELEMENT_DROPPED))
            continue;
        const char *source =
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
html_image(const Html *html, const char *base_url)
{
    return first_image(html_first(html), base_url, 0);
}
