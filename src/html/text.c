/* HTML as the text a reader would see (sanitize.h). */
#include "html/sanitize.h"

#include <string.h>

#include "base/text.h"
#include "html/tree-internal.h"

/* Line ends that are due before the next word: one, or two for a new block. */
typedef struct {
    GString *out;
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

/* White space folds to one space; a no-break space is a space here. */
static void
write_folded(TextWriter *writer, const char *text)
{
    while (*text != '\0') {
        gunichar c = g_utf8_get_char(text);
        const char *next = g_utf8_next_char(text);
        if (g_unichar_isspace(c)) {
            writer->space = true;
            text = next;
            continue;
        }
        const char *end = text;
        while (*end != '\0' && !g_unichar_isspace(g_utf8_get_char(end)))
            end = g_utf8_next_char(end);
        settle(writer);
        g_string_append_len(writer->out, text, end - text);
        text = end;
    }
}

static void
write_text(TextWriter *writer, const char *text)
{
    g_autofree char *clean = text_repair(text, strlen(text));
    if (writer->keep > 0)
        write_kept(writer, clean);
    else
        write_folded(writer, clean);
}

static bool
is_line(const char *name)
{
    static const char *const lines[] = { "li", "dt", "dd", "tr", "caption", NULL };
    return g_strv_contains(lines, name);
}

static void
begin_item(TextWriter *writer)
{
    settle(writer);
    g_string_append(writer->out, "- ");
    writer->item = true;
}

static void write_nodes(TextWriter *writer, const xmlNode *first, int depth);

static void
write_element(TextWriter *writer, const xmlNode *node, int depth)
{
    const char *name = (const char *)node->name;
    if (element_is_dropped(name))
        return;
    if (strcmp(name, "br") == 0) {
        /* Two of them make a paragraph, as their writers mean it. */
        break_lines(writer, MIN(writer->breaks + 1, 2));
        return;
    }
    int breaks = element_is_block(name) ? 2 : is_line(name) ? 1 : 0;
    if (breaks > 0)
        break_lines(writer, breaks);
    if (strcmp(name, "td") == 0 || strcmp(name, "th") == 0)
        writer->space = true;
    bool is_item = strcmp(name, "li") == 0;
    bool is_kept = strcmp(name, "pre") == 0;
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
write_nodes(TextWriter *writer, const xmlNode *first, int depth)
{
    for (const xmlNode *node = first; node != NULL && depth <= 2 * SANITIZE_DEPTH_MAX;
         node = node->next) {
        if (node->type == XML_ELEMENT_NODE) {
            write_element(writer, node, depth);
        } else if ((node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE) &&
                   node->content != NULL) {
            write_text(writer, (const char *)node->content);
        }
    }
}

/* Text without any mark-up, as many summaries are: no tree is needed for that. */
static bool
is_plain(const char *html)
{
    size_t size = strcspn(html, "<&");
    return html[size] == '\0' && size <= SANITIZE_INPUT_MAX;
}

char *
html_to_text(const char *html)
{
    g_autoptr(GString) out = g_string_sized_new(strlen(html));
    TextWriter writer = { .out = out };
    if (is_plain(html)) {
        write_text(&writer, html);
        return g_strdup(out->str);
    }
    g_autoptr(XmlDocument) document = html_tree_new(html);
    if (document != NULL)
        write_nodes(&writer, document->children, 0);
    return g_strdup(g_strchomp(out->str));
}
