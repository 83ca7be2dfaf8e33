/* What is furniture by what it says: furniture_clear_text() of furniture-internal.h. */
#include "html/furniture-internal.h"

#include <string.h>

#include "base/text.h"
#include "html/blocks-internal.h"
#include "html/names-internal.h"
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

/* A line this short in which somebody says how to reach them is no part of the article at its end. */
#define CONTACT_MAX 200u

/* A note about the article, at its end and in italics. */
#define NOTE_MAX 300u

/* Initials or an agency in brackets, and a place before them, in octets. */
#define AGENCY_MAX 30u
#define PLACE_MAX  20u

/* A rule across the page is so many of these: "_". So many percent of the text may stand behind it. */
#define RULE_MIN       3u
#define RULE_SHARE_MAX 30u

/* A heading that is a link, and what stands beside it about the other article: so many blocks, and
 * characters. */
#define CARD_BLOCKS_MAX 3u
#define CARD_MAX        300u

/* Percent of the text that may stand before the title. */
#define BEFORE_TITLE_MAX 10u

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
        if (g_str_has_suffix(folded, ends[i]) && block->links <= LABEL_MAX)
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

static bool
is_same_line(const char *a, const char *b)
{
    g_autofree char *left = text_fold(a);
    g_autofree char *right = text_fold(b);
    return strcmp(left, right) == 0;
}

/* A line that says where somebody can be reached. */
static bool
is_contact(const Block *block)
{
    return block->text <= CONTACT_MAX && strchr(block->line, '@') != NULL &&
           block_list(block) == NULL && !node_is(block->node, "pre");
}

static bool
is_called_lead(const HtmlNode *node)
{
    g_autofree char *names = node->element != NULL ? node_names(node) : NULL;
    return names != NULL && names_hold(names, lead_names);
}

/* A name, a place, an agency, a date. */
static bool
is_label(const Block *block)
{
    bool is_salutation = g_str_has_suffix(block->line, ",");
    return block->text <= LABEL_MAX && block->rank == 0 && !block_ends_like_sentence(block) &&
           !is_salutation && block_list(block) == NULL && !node_is(block->node, "pre") &&
           !is_called_lead(block->node) &&
           !(block->node->parent != NULL && is_called_lead(block->node->parent));
}

/* The title, and who wrote it and when, in one paragraph. */
static bool
begins_with_title(const Block *block, const char *title)
{
    return g_str_has_prefix(block->line, title) && !block_ends_like_sentence(block) &&
           strlen(block->line) - strlen(title) <= LABEL_MAX;
}

static bool
is_title(const Block *block, const char *title)
{
    return block->rank == 1 ||
           (title != NULL && (is_same_line(block->line, title) || begins_with_title(block, title) ||
                              (block->rank > 0 && g_str_has_suffix(block->line, title))));
}

/* Behind the title, when next to nothing stands before it; else 0. */
static guint
behind_title(const Blocks *blocks, const char *title)
{
    size_t before = 0;
    for (guint i = 0; i < blocks->blocks->len; i++) {
        const Block *block = blocks_get(blocks, i);
        if (block->is_gone)
            continue;
        if (is_title(block, title))
            return i + 1;
        before += block->text;
        if (100 * before > BEFORE_TITLE_MAX * blocks->text)
            break;
    }
    return 0;
}

/* A price, a number, the name of a share: no table that a text begins with. */
static bool
is_bare_cell(const Block *block)
{
    return block_is_cell(block) && block->text <= LABEL_MAX && !block_ends_like_sentence(block);
}

/* The only child of NODE with something in it, or NULL. */
static const HtmlNode *
only_child(const HtmlNode *node)
{
    const HtmlNode *only = NULL;
    for (const HtmlNode *child = node->children; child != NULL; child = child->next) {
        if (child->element == NULL && child->text[strspn(child->text, " \t\r\n")] == '\0')
            continue;
        if (only != NULL)
            return NULL;
        only = child;
    }
    return only;
}

/* All in italics: who wrote it, and what else they have written. */
static bool
is_note(const Block *block)
{
    const HtmlNode *node = block->node;
    while (node != NULL && !node_is(node, "em") && !node_is(node, "i"))
        node = only_child(node);
    return node != NULL && block->text <= NOTE_MAX && block->rank == 0;
}

/* The title and what is before it, and labels before the first sentence. */
static void
clear_begin(const Blocks *blocks, const char *title)
{
    blocks_drop_range(blocks, 0, behind_title(blocks, title));
    for (guint i = 0; i < blocks->blocks->len; i++) {
        const Block *block = blocks_get(blocks, i);
        if (block->is_gone)
            continue;
        bool is_appeal = is_note(block) && is_contact(block); /* "Have a problem? Write to …" */
        if (is_title(block, title) || is_label(block) || is_bare_cell(block) || is_appeal)
            blocks_drop(blocks, i);
        else if (block->rank == 0)
            return;
    }
}

/* "(jo)", "[dpa/lni]", "ULM (dpa)": who wrote it, as newspapers say it. */
static bool
is_initials(const Block *block)
{
    size_t size = strlen(block->line);
    if (size < 3 || block->rank > 0 || block_list(block) != NULL)
        return false;
    const char *begin = strpbrk(block->line, "([");
    const char *end = begin != NULL ? strpbrk(begin, ")]") : NULL;
    return end == block->line + size - 1 && (size_t)(begin - block->line) <= PLACE_MAX &&
           (size_t)(end - begin) <= AGENCY_MAX;
}

/* "Anna Ast covers bridges." */
static bool
is_about_author(const Block *block, const char *author)
{
    return *author != '\0' && block->text <= NOTE_MAX && block_list(block) == NULL &&
           g_str_has_prefix(block->line, author);
}

/* Labels behind the last sentence, who wrote it and how to reach them, and notes about it. */
static void
clear_end(const Blocks *blocks, const char *author)
{
    size_t notes = 0;
    for (guint i = blocks->blocks->len; i-- > 0;) {
        const Block *block = blocks_get(blocks, i);
        if (block->is_gone)
            continue;
        bool is_other = is_contact(block) || is_label(block) || is_initials(block);
        bool is_remark = is_note(block) || is_about_author(block, author);
        notes += is_other ? 0 : block->text;
        if (!is_other && (!is_remark || 100 * notes > TAIL_SHARE_MAX * blocks->text))
            return;
        blocks_drop(blocks, i);
    }
}

/* "___": what agencies write between an article and what is said about it. */
static bool
is_rule(const Block *block)
{
    size_t size = strlen(block->line);
    return size >= RULE_MIN && strspn(block->line, "_") == size;
}

static void
clear_behind_rule(const Blocks *blocks)
{
    guint count = blocks->blocks->len;
    size_t text = blocks_text(blocks, 0, count);
    for (guint i = 0; i < count; i++) {
        const Block *block = blocks_get(blocks, i);
        if (!block->is_gone && is_rule(block) &&
            100 * blocks_text(blocks, i, count) <= RULE_SHARE_MAX * text)
            blocks_drop_range(blocks, i, count);
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
    clear_begin(&blocks, title);
    offers_clear(&blocks, html);
    clear_phrases(&blocks);
    clear_links(&blocks);
    repeats_clear(&blocks);
    clear_begin(&blocks, title);
    clear_behind_rule(&blocks);
    clear_end(&blocks, author);
    clear_bare_headings(&blocks);
}
