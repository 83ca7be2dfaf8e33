/* HTML as the text a reader would see (sanitize.h). */
#include "html/sanitize.h"

#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "html/tree-internal.h"

/* Line ends that are due before the next word: one, or two for a new block. */
typedef struct {
    GString *out;
    size_t max; /* nothing is added to more than this */
    int breaks;
    bool space; /* a space is due before the next word */
    int keep;   /* inside so many <pre> */
    bool item;  /* a hyphen waits for its text: no line may end here */
} TextWriter;

static void
break_lines(TextWriter *writer, int breaks)
{
    writer->breaks = MAX(writer->breaks, breaks);
    writer->space = false;
}

static void
settle(TextWriter *writer)
{
    GString *out = writer->out;
    if (writer->item)
        writer->item = false;
    else if (out->len > 0 && writer->breaks > 0)
        g_string_append_len(out, "\n\n", MIN(writer->breaks, 2));
    else if (out->len > 0 && writer->space && out->str[out->len - 1] != '\n')
        g_string_append_c(out, ' ');
    writer->breaks = 0;
    writer->space = false;
}

static void
write_kept(TextWriter *writer, const char *text)
{
    settle(writer);
    g_string_append(writer->out, text);
}

/* Behind the word that begins with TEXT. */
static const char *
word_end(const char *text)
{
    for (;;) {
        while (*text > ' ' && *text <= '~')
            text++;
        if (*text == '\0' || g_unichar_isspace(g_utf8_get_char(text)))
            return text;
        text = g_utf8_next_char(text);
    }
}

/* White space folds to one space; a no-break space is a space here. */
static void
write_folded(TextWriter *writer, const char *text)
{
    while (*text != '\0') {
        const char *end = word_end(text);
        if (end == text) {
            writer->space = true;
            text = g_utf8_next_char(text);
            continue;
        }
        settle(writer);
        g_string_append_len(writer->out, text, end - text);
        text = end;
    }
}

static void
write_text(TextWriter *writer, const char *text)
{
    if (writer->keep > 0)
        write_kept(writer, text);
    else
        write_folded(writer, text);
}

static void
begin_item(TextWriter *writer)
{
    settle(writer);
    g_string_append(writer->out, "- ");
    writer->item = true;
}

static void
write_composed(TextWriter *writer, const char *text)
{
    g_autofree char *composed = text_compose(text);
    write_text(writer, composed != NULL ? composed : text);
}

static void write_nodes(TextWriter *writer, const HtmlNode *first, int depth);

static void
write_element(TextWriter *writer, const HtmlNode *node, int depth)
{
    const Element *element = node->element;
    if (element_is(element, ELEMENT_DROPPED))
        return;
    if (node_is(node, "br")) {
        /* Two of them make a paragraph, as their writers mean it. */
        break_lines(writer, MIN(writer->breaks + 1, 2));
        return;
    }
    int breaks = element_is(element, ELEMENT_BLOCK) ? 2 : element_is(element, ELEMENT_LINE) ? 1 : 0;
    if (breaks > 0)
        break_lines(writer, breaks);
    if (element_is(element, ELEMENT_CELL))
        writer->space = true;
    bool is_item = node_is(node, "li");
    bool is_kept = node_is(node, "pre");
    bool outer_item = writer->item;
    size_t begin = writer->out->len;
    if (is_item)
        begin_item(writer);
    writer->keep += is_kept;
    write_nodes(writer, node->children, depth + 1);
    writer->keep -= is_kept;
    if (is_item && writer->item) {
        g_string_truncate(writer->out, begin); /* there was nothing in it */
        writer->item = outer_item;
    }
    if (breaks > 0)
        break_lines(writer, breaks);
}

static void
write_nodes(TextWriter *writer, const HtmlNode *first, int depth)
{
    for (const HtmlNode *node = first;
         node != NULL && depth <= 2 * SANITIZE_DEPTH_MAX && writer->out->len <= writer->max;
         node = node->next) {
        if (node->element != NULL)
            write_element(writer, node, depth);
        else
            write_composed(writer, node->text);
    }
}

char *
html_text(const Html *html, size_t max)
{
    g_autoptr(GString) out = g_string_new(NULL);
    TextWriter writer = { .out = out, .max = max };
    write_nodes(&writer, html_first(html), 0);
    return g_strchomp(g_string_free(g_steal_pointer(&out), FALSE));
}

char *
html_to_text(const char *text)
{
    g_autoptr(Html) html = html_new(text);
    return html_text(html, SIZE_MAX);
}
