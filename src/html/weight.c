#include "html/weight-internal.h"

#include <string.h>

/* A line of so many characters is a sentence; shorter ones are when they end like one. */
#define PROSE_MIN       80u
#define PROSE_SHORT_MIN 15u

/* A sentence with so many links or more may be made of them up to so many percent: who tells what others
 * tell links to each. */
#define LINKED_MIN       2u
#define LINKED_SHARE_MAX 80u

/* How far up a line's points go. */
#define LEVELS 4

struct Scale {
    GHashTable *weights; /* HtmlNode * -> Weight * */
    Weight total;
};

/* What stands between two ends of blocks. */
typedef struct {
    size_t text;
    size_t links;
    unsigned anchors; /* so many links begin in it */
    unsigned commas;
    gunichar last; /* the last character that is no space */
    bool space;
} Line;

typedef struct {
    Scale *scale;
    Line line;
    int links; /* inside so many <a> */
} Weigher;

bool
node_is_block(const HtmlNode *node)
{
    const unsigned apart = ELEMENT_BLOCK | ELEMENT_LINE | ELEMENT_CELL;
    return node->element != NULL && element_is(node->element, apart);
}

bool
node_has_blocks(const HtmlNode *node)
{
    const HtmlNode *end = node_behind(node);
    for (const HtmlNode *at = node_next(node); at != end; at = node_next(at)) {
        if (node_is_block(at))
            return true;
    }
    return false;
}

void
scale_free(Scale *scale)
{
    if (scale == NULL)
        return;
    g_hash_table_unref(scale->weights);
    g_free(scale);
}

static Weight *
weight_of(Scale *scale, const HtmlNode *node)
{
    Weight *weight = g_hash_table_lookup(scale->weights, node);
    if (weight == NULL) {
        weight = g_new0(Weight, 1);
        g_hash_table_insert(scale->weights, (void *)node, weight);
    }
    return weight;
}

static size_t
add_text(Line *line, const char *text, bool is_link)
{
    size_t before = line->text;
    for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        if (g_unichar_isspace(c)) {
            line->space = line->text > 0;
            continue;
        }
        line->text += 1u + line->space;
        line->space = false;
        line->commas += c == ',' || c == 0x3001 || c == 0xFF0C;
        line->last = c;
    }
    size_t added = line->text - before;
    line->links += is_link ? added : 0;
    return added;
}

bool
links_make_sentence(size_t text, size_t links, unsigned anchors)
{
    return anchors >= LINKED_MIN && text >= PROSE_MIN && 100 * links <= LINKED_SHARE_MAX * text;
}

static bool
is_prose(const Line *line)
{
    static const char ends[] = ".!?…:;\"”“«»’)。！？";
    bool ends_like_sentence = g_utf8_strchr(ends, -1, line->last) != NULL;
    if (2 * line->links > line->text)
        return ends_like_sentence && links_make_sentence(line->text, line->links, line->anchors);
    if (line->text < PROSE_SHORT_MIN)
        return false;
    return line->text >= PROSE_MIN || ends_like_sentence;
}

/* Who a line in BLOCK gives its points to first: paragraphs pass them on. */
static const HtmlNode *
holder_of(const HtmlNode *block)
{
    static const char *const paragraphs[] = { "p",  "li", "dd",  "dt",   "td",
                                              "th", "tr", "pre", "tbody" };
    for (size_t i = 0; i < G_N_ELEMENTS(paragraphs); i++) {
        if (node_is(block, paragraphs[i]))
            return block->parent;
    }
    return block;
}

static void
give_points(Scale *scale, const Line *line, const HtmlNode *block)
{
    double points = 1.0 + line->commas + MIN((double)line->text / 100.0, 3.0);
    const HtmlNode *node = block != NULL ? holder_of(block) : NULL;
    for (int level = 1; node != NULL && level <= LEVELS; node = node->parent, level++)
        weight_of(scale, node)->points += points / level;
}

/* The line ends, in BLOCK (NULL: outside of all). */
static size_t
end_line(Weigher *weigher, const HtmlNode *block)
{
    Line line = weigher->line;
    memset(&weigher->line, 0, sizeof weigher->line);
    if (!is_prose(&line))
        return 0;
    give_points(weigher->scale, &line, block);
    return line.text;
}

/* The nearest block that NODE is or is in. */
static const HtmlNode *
block_around(const HtmlNode *node)
{
    while (node != NULL && !node_is_block(node))
        node = node->parent;
    return node;
}

static Weight
weigh(Weigher *weigher, const HtmlNode *first, const HtmlNode *parent)
{
    Weight sum = { 0 };
    for (const HtmlNode *node = first; node != NULL; node = node->next) {
        if (node->element == NULL) {
            size_t added = add_text(&weigher->line, node->text, weigher->links > 0);
            sum.text += added;
            sum.links += weigher->links > 0 ? added : 0;
            continue;
        }
        if (element_is(node->element, ELEMENT_DROPPED))
            continue;
        bool is_block = node_is_block(node), is_link = node_is(node, "a");
        if (is_block)
            sum.prose += end_line(weigher, block_around(parent));
        weigher->links += is_link;
        weigher->line.anchors += is_link;
        Weight inside = weigh(weigher, node->children, node);
        weigher->links -= is_link;
        if (is_block)
            inside.prose += end_line(weigher, node);
        Weight *weight = weight_of(weigher->scale, node);
        weight->text = inside.text;
        weight->links = inside.links;
        weight->prose = inside.prose;
        sum.text += inside.text;
        sum.links += inside.links;
        sum.prose += inside.prose;
    }
    return sum;
}

Scale *
scale_new(const Html *html)
{
    Scale *scale = g_new0(Scale, 1);
    scale->weights = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    Weigher weigher = { .scale = scale };
    scale->total = weigh(&weigher, html_first(html), NULL);
    scale->total.prose += end_line(&weigher, NULL);
    return scale;
}

const Weight *
scale_get(const Scale *scale, const HtmlNode *node)
{
    static const Weight nothing = { 0 };
    const Weight *weight = g_hash_table_lookup(scale->weights, node);
    return weight != NULL ? weight : &nothing;
}

const Weight *
scale_total(const Scale *scale)
{
    return &scale->total;
}
