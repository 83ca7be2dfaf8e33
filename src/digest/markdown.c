#include "digest/markdown-internal.h"

#include <string.h>
#include <cmark.h>
#include "base/text.h"
#include "html/link.h"
#include "html/sanitize.h"

/* Quotations in lists in quotations: what lies deeper is left out. */
#define LEVELS_MAX 16

/* However deep it is nested, a column is never narrower. */
#define WIDTH_MIN 24u

G_DEFINE_AUTOPTR_CLEANUP_FUNC(cmark_node, cmark_node_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(cmark_iter, cmark_iter_free)

static void write_blocks(GString *out, cmark_node *parent, size_t width, int levels);

/* Pictures */

/* Puts what is in IMAGE, its description, in its place. */
static void
describe_picture(cmark_node *image)
{
    cmark_node *child;
    while ((child = cmark_node_first_child(image)) != NULL)
        cmark_node_insert_before(image, child);
    cmark_node_unlink(image);
    cmark_node_free(image);
}

static void
place_pictures(cmark_node *document, GHashTable *sources)
{
    g_autoptr(cmark_iter) iter = cmark_iter_new(document);
    for (cmark_event_type event = cmark_iter_next(iter); event != CMARK_EVENT_DONE;
         event = cmark_iter_next(iter)) {
        cmark_node *node = cmark_iter_get_node(iter);
        if (cmark_node_get_type(node) != CMARK_NODE_IMAGE || event != CMARK_EVENT_EXIT)
            continue;
        const char *source = g_hash_table_lookup(sources, cmark_node_get_url(node));
        if (source != NULL)
            cmark_node_set_url(node, source);
        else
            describe_picture(node);
    }
}

GPtrArray *
markdown_pictures(const char *markdown)
{
    GPtrArray *pictures = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(cmark_node) document =
        cmark_parse_document(markdown, strlen(markdown), CMARK_OPT_DEFAULT);
    g_autoptr(cmark_iter) iter = cmark_iter_new(document);
    for (cmark_event_type event = cmark_iter_next(iter); event != CMARK_EVENT_DONE;
         event = cmark_iter_next(iter)) {
        cmark_node *node = cmark_iter_get_node(iter);
        if (cmark_node_get_type(node) != CMARK_NODE_IMAGE || event != CMARK_EVENT_ENTER)
            continue;
        const char *url = cmark_node_get_url(node);
        if (!g_ptr_array_find_with_equal_func(pictures, url, g_str_equal, NULL))
            g_ptr_array_add(pictures, g_strdup(url));
    }
    return pictures;
}

char *
markdown_to_html(const char *markdown, GHashTable *sources)
{
    g_autoptr(cmark_node) document =
        cmark_parse_document(markdown, strlen(markdown), CMARK_OPT_DEFAULT);
    place_pictures(document, sources);
    /* cmark takes memory from malloc(), which g_free() gives back. */
    g_autofree char *html = cmark_render_html(document, CMARK_OPT_DEFAULT);
    return html_sanitize(html, NULL);
}

/* Lines */

/* TEXT with FIRST before its first line and REST before the others; empty lines stay short. */
static void
write_prefixed(GString *out, const char *text, const char *first, const char *rest)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++) {
        g_autofree char *line = g_strconcat(i == 0 ? first : rest, lines[i], NULL);
        if (i > 0)
            g_string_append_c(out, '\n');
        g_string_append(out, lines[i][0] == '\0' ? g_strchomp(line) : line);
    }
}

static size_t
longest_line(const char *text)
{
    size_t longest = 0;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++)
        longest = MAX(longest, (size_t)g_utf8_strlen(lines[i], -1));
    return longest;
}

/* Text within a block */

static void
write_link_address(GString *out, cmark_node *link, size_t text_begin)
{
    g_autofree char *url = link_resolve_anchor(NULL, cmark_node_get_url(link));
    const char *text = out->str + text_begin;
    if (url == NULL || strcmp(url, text) == 0)
        return;
    if (g_str_has_prefix(url, "mailto:") && strcmp(url + strlen("mailto:"), text) == 0)
        return;
    g_string_append_printf(out, " <%s>", url);
}

static void
write_inline(GString *out, cmark_node *block)
{
    size_t link_begin = 0; /* links do not nest (CommonMark 6.3) */
    g_autoptr(cmark_iter) iter = cmark_iter_new(block);
    for (cmark_event_type event = cmark_iter_next(iter); event != CMARK_EVENT_DONE;
         event = cmark_iter_next(iter)) {
        cmark_node *node = cmark_iter_get_node(iter);
        cmark_node_type type = cmark_node_get_type(node);
        if (type == CMARK_NODE_TEXT || type == CMARK_NODE_CODE)
            g_string_append(out, cmark_node_get_literal(node));
        else if (type == CMARK_NODE_SOFTBREAK)
            g_string_append_c(out, ' ');
        else if (type == CMARK_NODE_LINEBREAK)
            g_string_append_c(out, '\n');
        else if (type == CMARK_NODE_STRONG)
            g_string_append_c(out, '*');
        else if (type == CMARK_NODE_LINK && event == CMARK_EVENT_ENTER)
            link_begin = out->len;
        else if (type == CMARK_NODE_LINK)
            write_link_address(out, node, link_begin);
    }
}

static char *
wrapped_inline(cmark_node *block, size_t width)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GString) wrapped = g_string_new(NULL);
    write_inline(text, block);
    text_wrap(wrapped, text->str, width);
    return g_string_free(g_steal_pointer(&wrapped), FALSE);
}

/* Blocks */

static void
write_heading(GString *out, cmark_node *heading, size_t width)
{
    g_autofree char *text = wrapped_inline(heading, width);
    char line = cmark_node_get_heading_level(heading) == 1 ? '=' : '-';
    g_string_append_printf(out, "%s\n", text);
    for (size_t i = longest_line(text); i > 0; i--)
        g_string_append_c(out, line);
}

static void
write_list(GString *out, cmark_node *list, size_t width, int levels)
{
    const char *gap = cmark_node_get_list_tight(list) ? "\n" : "\n\n";
    bool ordered = cmark_node_get_list_type(list) == CMARK_ORDERED_LIST;
    int number = cmark_node_get_list_start(list);
    for (cmark_node *item = cmark_node_first_child(list); item != NULL;
         item = cmark_node_next(item)) {
        g_autofree char *marker = ordered ? g_strdup_printf("%d. ", number++) : g_strdup("- ");
        g_autofree char *blanks = g_strnfill(strlen(marker), ' ');
        g_autoptr(GString) content = g_string_new(NULL);
        write_blocks(content, item, width - strlen(marker), levels);
        write_prefixed(out, content->str, marker, blanks);
        if (cmark_node_next(item) != NULL)
            g_string_append(out, gap);
    }
}

static void
write_block(GString *out, cmark_node *block, size_t width, int levels)
{
    width = MAX(width, WIDTH_MIN);
    switch (cmark_node_get_type(block)) {
    case CMARK_NODE_HEADING: write_heading(out, block, width); return;
    case CMARK_NODE_LIST: write_list(out, block, width, levels); return;
    case CMARK_NODE_THEMATIC_BREAK: g_string_append(out, "* * *"); return;
    case CMARK_NODE_BLOCK_QUOTE: {
        g_autoptr(GString) content = g_string_new(NULL);
        write_blocks(content, block, width - strlen("> "), levels);
        write_prefixed(out, content->str, "> ", "> ");
        return;
    }
    case CMARK_NODE_CODE_BLOCK: {
        g_autofree char *code = g_strchomp(g_strdup(cmark_node_get_literal(block)));
        write_prefixed(out, code, "    ", "    ");
        return;
    }
    case CMARK_NODE_PARAGRAPH: {
        g_autofree char *text = wrapped_inline(block, width);
        g_string_append(out, text);
        return;
    }
    default: return; /* raw HTML */
    }
}

static void
write_blocks(GString *out, cmark_node *parent, size_t width, int levels)
{
    cmark_node *list = cmark_node_parent(parent);
    bool tight = list != NULL && cmark_node_get_list_tight(list);
    if (levels == 0)
        return;
    for (cmark_node *block = cmark_node_first_child(parent); block != NULL;
         block = cmark_node_next(block)) {
        g_autoptr(GString) text = g_string_new(NULL);
        write_block(text, block, width, levels - 1);
        if (text->len == 0)
            continue;
        if (out->len > 0)
            g_string_append(out, tight ? "\n" : "\n\n");
        g_string_append_len(out, text->str, (gssize)text->len);
    }
}

char *
markdown_to_text(const char *markdown, size_t width)
{
    g_autoptr(cmark_node) document =
        cmark_parse_document(markdown, strlen(markdown), CMARK_OPT_DEFAULT);
    g_autoptr(GString) out = g_string_new(NULL);
    write_blocks(out, document, width, LEVELS_MAX);
    return g_string_free(g_steal_pointer(&out), FALSE);
}
