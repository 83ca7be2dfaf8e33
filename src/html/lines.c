#include "html/lines.h"

#include "html/tree-internal.h"
#include "html/weight-internal.h"

/* The line that NODE is, or NULL: it is none, or empty. */
static char *
line_at(const HtmlNode *node)
{
    if (!node_is_block(node) || node_has_blocks(node))
        return NULL;
    g_autofree char *line = node_line(node);
    return *line != '\0' ? g_steal_pointer(&line) : NULL;
}

GPtrArray *
html_lines(const Html *html)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    for (const HtmlNode *node = html_first(html); node != NULL; node = node_next(node)) {
        char *line = line_at(node);
        if (line != NULL)
            g_ptr_array_add(lines, line);
    }
    return lines;
}

void
html_drop_lines(Html *html, GHashTable *lines)
{
    for (HtmlNode *node = html_first(html); node != NULL; node = node_next(node)) {
        g_autofree char *line = line_at(node);
        if (line != NULL && g_hash_table_contains(lines, line))
            node_drop(node);
    }
}
