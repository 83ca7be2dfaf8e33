#include "html/blocks-internal.h"

#include <string.h>

#include "html/weight-internal.h"

/* A sentence has so many words. */
#define SENTENCE_WORDS 5u

/* Percent of the text that a small box may hold, and characters: a section of an article is longer. */
#define SMALL_SHARE_MAX 20u
#define SMALL_TEXT_MAX  600u

static void
block_clear(Block *block)
{
    g_free(block->line);
}

void
blocks_clear(Blocks *blocks)
{
    g_array_unref(blocks->blocks);
}

Block *
blocks_get(const Blocks *blocks, guint i)
{
    return &g_array_index(blocks->blocks, Block, i);
}

static bool
is_blank(const HtmlNode *node)
{
    return node->element == NULL && node->text[strspn(node->text, " \t\r\n")] == '\0';
}

/* Nothing but white space and elements beside NODE: it is a line although its element begins none. */
static bool
stands_apart(const HtmlNode *node)
{
    if (node->parent == NULL || !node_is_block(node->parent) || !node_has_blocks(node->parent))
        return false;
    const HtmlNode *before = NULL;
    for (const HtmlNode *at = node->parent->children; at != node; at = at->next) {
        if (!is_blank(at))
            before = at;
    }
    const HtmlNode *behind = node->next;
    while (behind != NULL && is_blank(behind))
        behind = behind->next;
    return (before == NULL || before->element != NULL) &&
           (behind == NULL || behind->element != NULL);
}

/* "h2" has the rank 2. */
static int
rank_of(const HtmlNode *node)
{
    const char *name = node->name;
    bool is_heading = name[0] == 'h' && name[1] >= '1' && name[1] <= '6' && name[2] == '\0';
    return is_heading ? name[1] - '0' : 0;
}

void
blocks_init(Blocks *blocks, const Html *html)
{
    g_autoptr(Scale) scale = scale_new(html);
    blocks->blocks = g_array_new(FALSE, FALSE, sizeof(Block));
    g_array_set_clear_func(blocks->blocks, (GDestroyNotify)block_clear);
    blocks->text = scale_total(scale)->text;
    for (HtmlNode *node = html_first(html); node != NULL; node = node_next(node)) {
        const Weight *weight = scale_get(scale, node);
        if (node->element == NULL || weight->text == 0 || node_has_blocks(node) ||
            !(node_is_block(node) || stands_apart(node)))
            continue;
        const Block block = { .node = node,
                              .line = node_line(node),
                              .text = weight->text,
                              .links = weight->links,
                              .rank = rank_of(node) };
        g_array_append_val(blocks->blocks, block);
    }
}

bool
block_ends_like_sentence(const Block *block)
{
    static const char ends[] = ".!?…:\"”“«»’)。！？";
    const char *last = g_utf8_find_prev_char(block->line, block->line + strlen(block->line));
    return last != NULL && g_utf8_strchr(ends, -1, g_utf8_get_char(last)) != NULL;
}

void
blocks_drop(const Blocks *blocks, guint i)
{
    Block *block = blocks_get(blocks, i);
    if (!block->is_gone)
        node_drop(block->node);
    block->is_gone = true;
}

void
blocks_drop_range(const Blocks *blocks, guint first, guint end)
{
    for (guint i = first; i < end; i++)
        blocks_drop(blocks, i);
}

size_t
blocks_text(const Blocks *blocks, guint first, guint end)
{
    size_t text = 0;
    for (guint i = first; i < end; i++)
        text += blocks_get(blocks, i)->is_gone ? 0 : blocks_get(blocks, i)->text;
    return text;
}

guint
blocks_within(const Blocks *blocks, const HtmlNode *node, guint *first)
{
    guint i = 0, end;
    while (i < blocks->blocks->len && !node_is_within(blocks_get(blocks, i)->node, node))
        i++;
    for (end = i; end < blocks->blocks->len; end++) {
        if (!node_is_within(blocks_get(blocks, end)->node, node))
            break;
    }
    *first = i;
    return end;
}

void
blocks_drop_box(const Blocks *blocks, HtmlNode *node)
{
    guint first, end = blocks_within(blocks, node, &first);
    blocks_drop_range(blocks, first, end);
    node_drop(node);
}

HtmlNode *
blocks_small_box(const Blocks *blocks, const HtmlNode *node)
{
    HtmlNode *small = NULL;
    for (HtmlNode *box = node->parent; box != NULL; box = box->parent) {
        guint first, end = blocks_within(blocks, box, &first);
        size_t text = blocks_text(blocks, first, end);
        if (text > SMALL_TEXT_MAX || 100 * text > SMALL_SHARE_MAX * blocks->text)
            break;
        small = box;
    }
    return small;
}

bool
block_is_cell(const Block *block)
{
    return element_is(block->node->element, ELEMENT_CELL);
}

const char *
quotation_end(const char *line)
{
    const char *end = line + strlen(line);
    while (end > line) {
        const char *last = g_utf8_prev_char(end);
        if (g_utf8_strchr("\"'”“«»’)", -1, g_utf8_get_char(last)) == NULL)
            break;
        end = last;
    }
    return end;
}

bool
block_is_sentence(const Block *block)
{
    const char *end = quotation_end(block->line);
    if (block->rank > 0 || 2 * block->links > block->text || end == block->line || end[-1] != '.')
        return false;
    unsigned words = 1;
    for (const char *at = block->line; at < end; at++)
        words += *at == ' ';
    return words >= SENTENCE_WORDS;
}

const HtmlNode *
block_list(const Block *block)
{
    const HtmlNode *list = NULL;
    for (const HtmlNode *node = block->node; node != NULL; node = node->parent) {
        if (node_is(node, "ul") || node_is(node, "ol") || node_is(node, "table"))
            list = node;
    }
    return list;
}
