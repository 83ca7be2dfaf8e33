/* What is furniture by what it says: furniture_clear_text() of furniture-internal.h. */
#include "html/furniture-internal.h"

#include <string.h>

#include "base/text.h"
#include "html/blocks-internal.h"
#include "html/weight-internal.h"

/* A block that is mostly links goes when it is shorter. */
#define LINKS_MAX 200u

/* The link that ends a teaser has so many characters at most. */
#define TEASER_LINK_MAX 80u

/* Percent of the text that a box may hold which a phrase begins. */
#define BOX_SHARE_MAX 30u

/* Percent of the text that may stand behind the last heading that is furniture: then it is a box about
 * the author, an offer and the like, whatever it says. */
#define TAIL_SHARE_MAX 20u

/* A heading that is a link, and what stands beside it about the other article: so many blocks, and
 * characters. */
#define CARD_BLOCKS_MAX 3u
#define CARD_MAX        300u

/* Behind the last block in the largest small box whose first block is block I, or I: it is in none. */
static guint
box_end(const Blocks *blocks, guint i)
{
    guint end = i;
    for (const HtmlNode *box = blocks_get(blocks, i)->node->parent; box != NULL;
         box = box->parent) {
        if (i > 0 && node_is_within(blocks_get(blocks, i - 1)->node, box))
            break;
        guint behind = i;
        while (behind < blocks->blocks->len &&
               node_is_within(blocks_get(blocks, behind)->node, box))
            behind++;
        if (100 * blocks_text(blocks, i, behind) > BOX_SHARE_MAX * blocks->text)
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
    int rank = blocks_get(blocks, i)->rank;
    guint end = i + 1;
    while (end < blocks->blocks->len) {
        int next = blocks_get(blocks, end)->rank;
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
    const Block *block = blocks_get(blocks, i);
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
    bool is_tail = 100 * blocks_text(blocks, i, count) <= TAIL_SHARE_MAX * blocks->text;
    bool is_begin = 100 * blocks_text(blocks, 0, i) <= TAIL_SHARE_MAX * blocks->text;
    guint box = box_end(blocks, i);
    switch (reach) {
    case REACH_NOTHING: return i;
    case REACH_BOX:
    case REACH_BLOCK: return i + 1;
    case REACH_LINKS: return MAX(box, links_end(blocks, i));
    case REACH_SECTION: return MAX(box, is_tail ? section_end(blocks, i) : links_end(blocks, i));
    case REACH_REST: return is_begin ? i + 1 : count;
    }
    g_assert_not_reached();
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
        if (g_str_has_suffix(folded, ends[i]) && block->links <= TEASER_LINK_MAX)
            return true;
    }
    return false;
}

/* An offer has a heading before it, and conditions behind it. */
static void
drop_box(const Blocks *blocks, guint i)
{
    HtmlNode *box = blocks_small_box(blocks, blocks_get(blocks, i)->node);
    if (box != NULL)
        blocks_drop_box(blocks, box);
}

static void
clear_phrases(const Blocks *blocks)
{
    for (guint i = 0; i < blocks->blocks->len; i++) {
        const Block *block = blocks_get(blocks, i);
        /* The heading of a column may be any word. */
        if (block->is_gone || block_is_cell(block))
            continue;
        Reach reach =
            is_teaser(block) ? REACH_BLOCK : phrase_reach(block->line, block_is_sentence(block));
        if (reach == REACH_BOX)
            drop_box(blocks, i);
        if (reach != REACH_NOTHING)
            blocks_drop_range(blocks, i, reach_end(blocks, i, reach));
    }
}

/* True when most of the text from block FIRST to END is in links. */
static bool
are_links(const Blocks *blocks, guint first, guint end)
{
    size_t text = 0, links = 0;
    for (guint i = first; i < end; i++) {
        text += blocks_get(blocks, i)->text;
        links += blocks_get(blocks, i)->links;
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

/* "The council voted, and the mayor did not." with a link for each. */
static bool
is_linked_sentence(const Block *block)
{
    unsigned anchors = 0;
    const HtmlNode *end = node_behind(block->node);
    for (const HtmlNode *at = block->node; at != end; at = node_next(at))
        anchors += leads_away(at);
    return block_ends_like_sentence(block) && block_list(block) == NULL &&
           links_make_sentence(block->text, block->links, anchors);
}

/* Block I, if there is one, lies in BOX. */
static bool
is_in_box(const Blocks *blocks, guint i, const HtmlNode *box)
{
    return i < blocks->blocks->len && node_is_within(blocks_get(blocks, i)->node, box);
}

/* What stands beside heading I, which is a link, in a box of its own: what the other article is about. */
static void
drop_card(const Blocks *blocks, guint i)
{
    guint first = i, end = i + 1;
    const HtmlNode *box = blocks_get(blocks, i)->node->parent;
    while (box != NULL && !is_in_box(blocks, end, box) &&
           (i == 0 || !is_in_box(blocks, i - 1, box)))
        box = box->parent;
    if (box == NULL)
        return;
    while (first > 0 && end - first <= CARD_BLOCKS_MAX && is_in_box(blocks, first - 1, box))
        first--;
    while (end - first <= CARD_BLOCKS_MAX && is_in_box(blocks, end, box))
        end++;
    size_t text = blocks_text(blocks, first, end);
    if (end - first <= CARD_BLOCKS_MAX && text <= CARD_MAX &&
        100 * text <= TAIL_SHARE_MAX * blocks->text)
        blocks_drop_range(blocks, first, end);
}

/* A list is judged as a whole: some of its items may be links. */
static void
clear_links(const Blocks *blocks)
{
    guint end;
    for (guint i = 0; i < blocks->blocks->len; i = end) {
        const Block *block = blocks_get(blocks, i);
        const HtmlNode *list = block_list(block);
        end = i + 1;
        while (list != NULL && end < blocks->blocks->len &&
               node_is_within(blocks_get(blocks, end)->node, list))
            end++;
        bool is_anchor = block->rank > 0 && links_within_page(block->node);
        bool is_short = list != NULL || block->text < LINKS_MAX;
        if (is_short && !is_anchor && are_links(blocks, i, end) && !is_linked_sentence(block)) {
            if (block->rank > 0 && list == NULL)
                drop_card(blocks, i);
            blocks_drop_range(blocks, i, end);
        }
    }
}

static void
clear_bare_headings(const Blocks *blocks)
{
    int next = 1; /* the rank of what follows: the end is above all */
    for (guint i = blocks->blocks->len; i-- > 0;) {
        const Block *block = blocks_get(blocks, i);
        if (block->is_gone)
            continue;
        if (block->rank > 0 && next > 0 && next <= block->rank)
            blocks_drop(blocks, i);
        else
            next = block->rank;
    }
}

void
furniture_clear_text(Html *html, const char *title, const char *byline)
{
    g_autofree char *author =
        byline != NULL ? g_strndup(byline, strcspn(byline, ",;/|")) : g_strdup("");
    g_auto(Blocks) blocks = { 0 };
    blocks_init(&blocks, html);
    ends_clear_begin(&blocks, title);
    offers_clear(&blocks, html);
    clear_phrases(&blocks);
    clear_links(&blocks);
    repeats_clear(&blocks);
    ends_clear_begin(&blocks, title);
    ends_clear_end(&blocks, author);
    clear_bare_headings(&blocks);
}
