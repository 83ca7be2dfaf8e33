/* What is furniture by what it says: furniture_clear_text() of furniture-internal.h. */
#include "html/furniture-internal.h"

#include <string.h>

#include "base/text.h"
#include "html/weight-internal.h"

/* A block that is mostly links goes when it is shorter. */
#define LINKS_MAX 200u

/* At both ends of an article, lines up to this that do not end like sentences are dates, names and
 * labels. */
#define LABEL_MAX 80u

/* Percent of the text that a box may hold which a phrase begins. */
#define BOX_SHARE_MAX 30u

/* Percent of the text that may stand behind the last heading that is furniture: then it is a box about
 * the author, an offer and the like, whatever it says. */
#define TAIL_SHARE_MAX 20u

/* A line of the article: a block without blocks in it. */
typedef struct {
    HtmlNode *node;
    char *line;
    size_t text;  /* characters */
    size_t links; /* of them */
    int rank;     /* of a heading, 1 to 6; else 0 */
    bool is_gone;
} Block;

/* All of them, in order. */
typedef struct {
    GArray *blocks;
    size_t text;
} Blocks;

static void
block_clear(Block *block)
{
    g_free(block->line);
}

static void
blocks_clear(Blocks *blocks)
{
    g_array_unref(blocks->blocks);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Blocks, blocks_clear)

static Block *
block_at(const Blocks *blocks, guint i)
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

static void
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

static bool
ends_like_sentence(const Block *block)
{
    static const char ends[] = ".!?…:\"”“«»’)。！？";
    const char *last = g_utf8_find_prev_char(block->line, block->line + strlen(block->line));
    return last != NULL && g_utf8_strchr(ends, -1, g_utf8_get_char(last)) != NULL;
}

static void
drop(const Blocks *blocks, guint i)
{
    Block *block = block_at(blocks, i);
    if (!block->is_gone)
        node_drop(block->node);
    block->is_gone = true;
}

static void
drop_range(const Blocks *blocks, guint first, guint end)
{
    for (guint i = first; i < end; i++)
        drop(blocks, i);
}

static size_t
text_between(const Blocks *blocks, guint first, guint end)
{
    size_t text = 0;
    for (guint i = first; i < end; i++)
        text += block_at(blocks, i)->is_gone ? 0 : block_at(blocks, i)->text;
    return text;
}

/* Behind the last block in the largest small box whose first block is block I, or I: it is in none. */
static guint
box_end(const Blocks *blocks, guint i)
{
    guint end = i;
    for (const HtmlNode *box = block_at(blocks, i)->node->parent; box != NULL; box = box->parent) {
        if (i > 0 && node_is_within(block_at(blocks, i - 1)->node, box))
            break;
        guint behind = i;
        while (behind < blocks->blocks->len && node_is_within(block_at(blocks, behind)->node, box))
            behind++;
        if (100 * text_between(blocks, i, behind) > BOX_SHARE_MAX * blocks->text)
            break;
        end = behind;
    }
    return end;
}

/* Behind the section that begins with block I: at the next heading of its rank, or at the next heading
 * of any when it is none itself. */
static guint
section_end(const Blocks *blocks, guint i)
{
    int rank = block_at(blocks, i)->rank;
    guint end = i + 1;
    while (end < blocks->blocks->len) {
        int next = block_at(blocks, end)->rank;
        if (next > 0 && (rank == 0 || next <= rank))
            break;
        end++;
    }
    return end;
}

/* A block is a link, or part of a list of them. */
static bool
is_link(const Blocks *blocks, guint i)
{
    const Block *block = block_at(blocks, i);
    return 2 * block->links > block->text;
}

/* Behind the links that follow block I, with what stands between them: their teasers. */
static guint
links_end(const Blocks *blocks, guint i)
{
    guint end = i + 1;
    for (guint next = end; next < blocks->blocks->len && next <= end + 1; next++) {
        if (is_link(blocks, next))
            end = next + 1;
    }
    return end;
}

static guint
reach_end(const Blocks *blocks, guint i, Reach reach)
{
    guint count = blocks->blocks->len;
    bool is_tail = 100 * text_between(blocks, i, count) <= TAIL_SHARE_MAX * blocks->text;
    bool is_begin = 100 * text_between(blocks, 0, i) <= TAIL_SHARE_MAX * blocks->text;
    guint box = box_end(blocks, i);
    switch (reach) {
    case REACH_NOTHING: return i;
    case REACH_BLOCK: return i + 1;
    case REACH_LINKS: return MAX(box, links_end(blocks, i));
    case REACH_SECTION: return MAX(box, is_tail ? section_end(blocks, i) : links_end(blocks, i));
    case REACH_REST: return is_begin ? i + 1 : count;
    }
    g_assert_not_reached();
}

static bool
is_cell(const HtmlNode *node)
{
    return element_is(node->element, ELEMENT_CELL);
}

/* "… and that is why. Read more": the teaser of another article. */
static bool
is_teaser(const Block *block)
{
    static const char *const ends[] = { " mehr", " weiterlesen",      " read more",
                                        " more", " continue reading", " weiter" };
    g_autofree char *folded = block->links > 0 ? text_fold(block->line) : g_strdup("");
    g_strdelimit(folded, ".>:[](", ' ');
    g_strchomp(folded);
    for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
        if (g_str_has_suffix(folded, ends[i]) && block->links <= LABEL_MAX)
            return true;
    }
    return false;
}

static void
clear_phrases(const Blocks *blocks)
{
    for (guint i = 0; i < blocks->blocks->len; i++) {
        const Block *block = block_at(blocks, i);
        /* The heading of a column may be any word. */
        if (block->is_gone || is_cell(block->node))
            continue;
        Reach reach = is_teaser(block) ? REACH_BLOCK : phrase_reach(block->line);
        if (reach != REACH_NOTHING)
            drop_range(blocks, i, reach_end(blocks, i, reach));
    }
}

/* The list or table that NODE is part of, or NULL. */
static const HtmlNode *
list_around(const HtmlNode *node)
{
    const HtmlNode *list = NULL;
    for (; node != NULL; node = node->parent) {
        if (node_is(node, "ul") || node_is(node, "ol") || node_is(node, "table"))
            list = node;
    }
    return list;
}

/* True when most of the text from block FIRST to END is in links. */
static bool
are_links(const Blocks *blocks, guint first, guint end)
{
    size_t text = 0, links = 0;
    for (guint i = first; i < end; i++) {
        text += block_at(blocks, i)->text;
        links += block_at(blocks, i)->links;
    }
    return 2 * links > text;
}

static bool
leads_away(const HtmlNode *node)
{
    const char *href = node_is(node, "a") ? node_attribute(node, "href") : NULL;
    return href != NULL && *href != '#';
}

/* A heading that is a link to itself is none of what is meant here. */
static bool
links_within_page(const HtmlNode *node)
{
    const HtmlNode *end = node_behind(node);
    for (const HtmlNode *at = node; at != end; at = node_next(at)) {
        if (leads_away(at))
            return false;
    }
    for (const HtmlNode *at = node->parent; at != NULL; at = at->parent) {
        if (leads_away(at))
            return false;
    }
    return true;
}

/* A list is judged as a whole: some of its items may be links. */
static void
clear_links(const Blocks *blocks)
{
    guint end;
    for (guint i = 0; i < blocks->blocks->len; i = end) {
        const Block *block = block_at(blocks, i);
        const HtmlNode *list = list_around(block->node);
        end = i + 1;
        while (list != NULL && end < blocks->blocks->len &&
               node_is_within(block_at(blocks, end)->node, list))
            end++;
        bool is_anchor = block->rank > 0 && links_within_page(block->node);
        bool is_short = list != NULL || block->text < LINKS_MAX;
        if (is_short && !is_anchor && are_links(blocks, i, end))
            drop_range(blocks, i, end);
    }
}

static bool
is_same_line(const char *a, const char *b)
{
    g_autofree char *left = text_fold(a);
    g_autofree char *right = text_fold(b);
    return strcmp(left, right) == 0;
}

/* The title, and labels before the first sentence. */
static void
clear_begin(const Blocks *blocks, const char *title)
{
    for (guint i = 0; i < blocks->blocks->len; i++) {
        const Block *block = block_at(blocks, i);
        if (block->is_gone)
            continue;
        bool is_title = block->rank == 1 || (title != NULL && is_same_line(block->line, title));
        bool is_label = block->rank == 0 && block->text <= LABEL_MAX &&
                        !ends_like_sentence(block) && list_around(block->node) == NULL;
        if (is_title || is_label)
            drop(blocks, i);
        else if (block->rank == 0)
            return;
    }
}

/* Labels behind the last sentence: agencies, names, places and dates. */
static void
clear_end(const Blocks *blocks)
{
    for (guint i = blocks->blocks->len; i-- > 0;) {
        const Block *block = block_at(blocks, i);
        if (block->is_gone)
            continue;
        if (block->text > LABEL_MAX || ends_like_sentence(block) || block->rank > 0 ||
            list_around(block->node) != NULL || node_is(block->node, "pre"))
            return;
        drop(blocks, i);
    }
}

static void
clear_bare_headings(const Blocks *blocks)
{
    int next = 1; /* the rank of what follows: the end is above all */
    for (guint i = blocks->blocks->len; i-- > 0;) {
        const Block *block = block_at(blocks, i);
        if (block->is_gone)
            continue;
        if (block->rank > 0 && next > 0 && next <= block->rank)
            drop(blocks, i);
        else
            next = block->rank;
    }
}

void
furniture_clear_text(Html *html, const char *title)
{
    g_auto(Blocks) blocks = { 0 };
    blocks_init(&blocks, html);
    clear_begin(&blocks, title);
    clear_phrases(&blocks);
    clear_links(&blocks);
    clear_begin(&blocks, title);
    clear_end(&blocks);
    clear_bare_headings(&blocks);
}
