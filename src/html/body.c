#include "html/body-internal.h"

#include <string.h>

#include "html/furniture-internal.h"
#include "html/names-internal.h"
#include "html/weight-internal.h"

/* What is called the article and holds less is a teaser. */
#define PROSE_MIN 250u

/* What is called the article must hold so many percent of what the points find. */
#define KNOWN_SHARE_MIN 60u

/* A neighbour of the best element is part of the article with so many percent of its points, or when
 * it is a paragraph of so many characters. */
#define NEIGHBOUR_SHARE 20u
#define NEIGHBOUR_PROSE 80u

/* So many percent of the prose of what is called the same stand in the heading's column. */
#define COLUMN_MIN 60u

/* An element with so many percent of the points of the best is as good. */
#define RIVAL_SHARE 75u

/* Around the best element an article goes on where so many percent of the text are prose, and no more are
 * links. */
#define MORE_PROSE_MIN 75u
#define MORE_LINKS_MAX 10u

/* Paragraphs below the title, and characters of them, that make a short note; what is found elsewhere is
 * believed when it has more than the third. */
#define NOTE_LINES     2u
#define NOTE_MIN       100u
#define NOTE_RIVAL_MAX 2000u

/* A lead that nothing names has so many characters, and stands in few lines. */
#define LEAD_MIN   40u
#define LEAD_LINES 3u
/* Nobody looks for it beyond so many nodes behind the heading. */
#define LEAD_NODES 1000u

/* So many percent of the prose of several elements may be in what holds them all. */
#define WIDENED_MAX 130u

/* From the most precise to the widest. */
typedef enum { KNOWN_BODY, KNOWN_ARTICLE, KNOWN_MAIN, KNOWN_COUNT } Known;

static const char body_names[] =
    "articlebody, article body, article bodytext, article body text, article body content, "
    "article text, articletext, article content, articlecontent, article main content, "
    "article copy, article richtext, article full, article fulltext, entry content, "
    "entrycontent, entry body, entry text, post content, postcontent, post body, postbody, "
    "post text, post entry, post full content, posttext, story body, storybody, "
    "story content, story text, storytext, storycontent, gh content, single content, "
    "td post content, theme post content, blog content, blog post content, blog post body, "
    "blog entry content, blog body, news content, news text, newstext, news text wrap, "
    "news body, news detail text, news article content, content body, contentbody, "
    "body content, body copy, bodycopy, body text, bodytext, ce bodytext, field name body, "
    "field name field body, node content, artikel text, artikeltext, artikel content, "
    "artikel body, artikelinhalt, artikel inhalt, beitragstext, beitrag text, "
    "beitrag content, beitrag inhalt, meldung text, meldungstext, text content, "
    "mw parser output, markdown body, rich text story body, caas body, paragraphs content, "
    "detail text, page article content, single post content, available content, "
    "longform body, js article inner, main text, fliesstext, fließtext, text body, "
    "article detail content, article page content, itemprop articlebody, content article body";

static const char article_names[] =
    "hentry, type post, single post, post single, article page, article detail, news detail, "
    "news single, news article, newsdetail, blog post, blogpost, post, artikel, beitrag, "
    "story, article";

static const char main_names[] =
    "main, content, main content, maincontent, primary, inhalt, hauptinhalt";

static const HtmlNode *
article_around(const HtmlNode *node)
{
    while (node != NULL && !node_is(node, "article"))
        node = node->parent;
    return node;
}

typedef struct {
    const Html *html;
    const Scale *scale;
    const HtmlNode *heading; /* the page's title, or NULL */
    const HtmlNode *own;     /* the <article> to look in, or NULL: anywhere */
} Search;

static bool
is_elsewhere(const Search *search, const HtmlNode *node)
{
    return search->own != NULL && !node_is_within(node, search->own);
}

static size_t
prose_of(const Search *search, const HtmlNode *node)
{
    return scale_get(search->scale, node)->prose;
}

static bool
is_known(const HtmlNode *node, Known kind)
{
    static const char *const names[] = { body_names, article_names, main_names };
    if (node->element == NULL || !node_is_block(node) || node_is(node, "body"))
        return false;
    if (kind == KNOWN_ARTICLE && node_is(node, "article"))
        return true;
    if (kind == KNOWN_MAIN && node_is(node, "main"))
        return true;
    g_autofree char *own = node_names(node);
    return names_hold(own, names[kind]);
}

/* The one of KIND with most prose, and of those that hold nearly the same, the innermost; or NULL. */
static HtmlNode *
find_known(const Search *search, Known kind)
{
    HtmlNode *best = NULL;
    for (HtmlNode *node = html_first(search->html); node != NULL; node = node_next(node)) {
        if (!is_known(node, kind) || is_elsewhere(search, node))
            continue;
        size_t prose = prose_of(search, node);
        size_t most = best != NULL ? prose_of(search, best) : 0;
        bool is_inside = best != NULL && node_is_within(node, best);
        if (is_inside ? 10 * prose >= 9 * most : prose > most)
            best = node;
    }
    return best;
}

/* Called the same: by class, or by all else that names them. Boxes that are numbered have one class. */
static bool
are_namesakes(const HtmlNode *a, const HtmlNode *b)
{
    const char *classes = node_attribute(a, "class");
    if (classes != NULL && *classes != '\0' && g_strcmp0(classes, node_attribute(b, "class")) == 0)
        return true;
    g_autofree char *names_a = node_names(a);
    g_autofree char *names_b = node_names(b);
    return strcmp(names_a, names_b) == 0;
}

/* BEST, and the others that are called the same in the same article: some systems write each paragraph
 * or section into a box of its own. */
static GPtrArray *
with_namesakes(const Search *search, HtmlNode *best, Known kind)
{
    GPtrArray *nodes = g_ptr_array_new();
    const HtmlNode *article = article_around(best);
    HtmlNode *next;
    for (HtmlNode *node = html_first(search->html); node != NULL; node = next) {
        next = node_next(node);
        if (node->element == NULL)
            continue;
        bool is_namesake = kind == KNOWN_BODY && !node_is_within(best, node) &&
                           article_around(node) == article && is_known(node, kind) &&
                           are_namesakes(node, best);
        if (node != best && !is_namesake)
            continue;
        g_ptr_array_add(nodes, node);
        next = node_behind(node);
    }
    return nodes;
}

static HtmlNode *
common_ancestor(const GPtrArray *nodes)
{
    HtmlNode *last = nodes->pdata[nodes->len - 1];
    HtmlNode *ancestor = ((HtmlNode *)nodes->pdata[0])->parent;
    while (ancestor != NULL && !node_is_within(last, ancestor))
        ancestor = ancestor->parent;
    return ancestor;
}

static size_t
prose_of_all(const Search *search, const GPtrArray *nodes)
{
    size_t prose = 0;
    for (guint i = 0; i < nodes->len; i++)
        prose += prose_of(search, nodes->pdata[i]);
    return prose;
}

/* The prose of those of NODES that are in WHOLE. */
static size_t
prose_within(const Search *search, const GPtrArray *nodes, const HtmlNode *whole)
{
    size_t prose = 0;
    for (guint i = 0; i < nodes->len; i++)
        prose += node_is_within(nodes->pdata[i], whole) ? prose_of(search, nodes->pdata[i]) : 0;
    return prose;
}

/* Leaves those of NODES that stand in the column of the heading: where each paragraph of a page is called the
 * same, those of its other columns are too. */
static void
keep_column(const Search *search, GPtrArray *nodes)
{
    const HtmlNode *whole = nodes->len > 1 ? common_ancestor(nodes) : NULL;
    if (whole == NULL || search->heading == NULL || !node_is_within(search->heading, whole))
        return;
    const HtmlNode *column = search->heading;
    while (column->parent != whole && column->parent != NULL)
        column = column->parent;
    if (100 * prose_within(search, nodes, column) < COLUMN_MIN * prose_of_all(search, nodes))
        return;
    for (guint i = nodes->len; i-- > 0;) {
        if (!node_is_within(nodes->pdata[i], column))
            g_ptr_array_remove_index(nodes, i);
    }
}

static double
points_of(const Search *search, const HtmlNode *node)
{
    const Weight *weight = scale_get(search->scale, node);
    return weight->text == 0
               ? 0.0
               : weight->points * (1.0 - (double)weight->links / (double)weight->text);
}

/* The element with most points, or NULL. */
static HtmlNode *
find_best(const Search *search)
{
    HtmlNode *best = NULL;
    double most = 0.0;
    for (HtmlNode *node = html_first(search->html); node != NULL; node = node_next(node)) {
        if (node->element == NULL || node_is(node, "html") || is_elsewhere(search, node))
            continue;
        double points = points_of(search, node);
        if (points > most) {
            most = points;
            best = node;
        }
    }
    return best;
}

/* Elements beside BEST that have nearly as many points: a text whose paragraphs stand in boxes. What holds
 * them all is meant, unless it holds much more. */
static HtmlNode *
with_rivals(const Search *search, HtmlNode *best)
{
    g_autoptr(GPtrArray) rivals = g_ptr_array_new();
    size_t prose = 0;
    HtmlNode *next;
    for (HtmlNode *node = html_first(search->html); node != NULL; node = next) {
        bool is_rival =
            node == best ||
            (node->element != NULL && !node_is_within(best, node) && !is_elsewhere(search, node) &&
             points_of(search, node) * 100.0 >= RIVAL_SHARE * points_of(search, best));
        next = is_rival ? node_behind(node) : node_next(node);
        if (!is_rival)
            continue;
        g_ptr_array_add(rivals, node);
        prose += prose_of(search, node);
    }
    HtmlNode *whole = rivals->len > 1 ? common_ancestor(rivals) : NULL;
    bool is_narrow = whole != NULL && !node_is(whole, "html") &&
                     100 * prose_of(search, whole) <= WIDENED_MAX * prose;
    return is_narrow ? whole : best;
}

/* What NODE's parent holds beside it is more of the same: prose, next to nothing else, and few links. */
static bool
goes_on_around(const Search *search, const HtmlNode *node)
{
    if (node->parent == NULL || node_is(node->parent, "body") || node_is(node->parent, "html"))
        return false;
    const Weight *inside = scale_get(search->scale, node);
    const Weight *whole = scale_get(search->scale, node->parent);
    size_t text = whole->text - inside->text;
    size_t prose = whole->prose - inside->prose;
    size_t links = whole->links - inside->links;
    return prose > 0 && 100 * prose >= MORE_PROSE_MIN * text &&
           100 * links <= MORE_LINKS_MAX * text;
}

/* The largest element around BEST that holds nothing but text: its paragraphs may stand in boxes of any
 * depth. */
static HtmlNode *
climb(const Search *search, HtmlNode *best)
{
    HtmlNode *highest = best;
    for (HtmlNode *node = best; node->parent != NULL; node = node->parent) {
        const Weight *inside = scale_get(search->scale, node);
        const Weight *whole = scale_get(search->scale, node->parent);
        if (goes_on_around(search, node))
            highest = node->parent;
        else if (whole->text > inside->text)
            break;
    }
    return highest;
}

static bool
is_neighbour(const Search *search, const HtmlNode *best, const HtmlNode *node)
{
    const Weight *weight = scale_get(search->scale, node);
    if (points_of(search, node) * 100.0 >= NEIGHBOUR_SHARE * points_of(search, best))
        return true;
    return node_is(node, "p") && weight->prose >= NEIGHBOUR_PROSE &&
           4 * weight->links < weight->text;
}

static GPtrArray *
with_neighbours(const Search *search, HtmlNode *best)
{
    GPtrArray *nodes = g_ptr_array_new();
    HtmlNode *first = best->parent != NULL ? best->parent->children : best;
    for (HtmlNode *node = first; node != NULL; node = node->next) {
        if (node == best ||
            (node->element != NULL && best->parent != NULL && is_neighbour(search, best, node)))
            g_ptr_array_add(nodes, node);
    }
    return nodes;
}

/* Where each paragraph is called the article, headings and lists between them may be called otherwise:
 * what holds them all is meant, unless it holds much more. */
static void
widen(const Search *search, GPtrArray *nodes)
{
    HtmlNode *whole = nodes->len > 1 ? common_ancestor(nodes) : NULL;
    if (whole == NULL || node_is(whole, "body") ||
        100 * prose_of(search, whole) > WIDENED_MAX * prose_of_all(search, nodes))
        return;
    g_ptr_array_set_size(nodes, 0);
    g_ptr_array_add(nodes, whole);
}

static bool
is_heading(const HtmlNode *node)
{
    return node->element != NULL && node->name[0] == 'h' && g_ascii_isdigit(node->name[1]);
}

/* What is called the lead, before FIRST and in the same article; or NULL. */
static HtmlNode *
find_named_lead(const Search *search, const HtmlNode *first)
{
    const HtmlNode *article = article_around(first);
    bool is_titled_outside =
        search->heading != NULL && article != NULL && !node_is_within(search->heading, article);
    HtmlNode *begin = is_titled_outside ? node_behind(search->heading) : html_first(search->html);
    if (is_titled_outside)
        article = NULL;
    for (HtmlNode *node = begin; node != NULL && node != first; node = node_next(node)) {
        const Weight *weight = node->element != NULL ? scale_get(search->scale, node) : NULL;
        if (weight == NULL || is_heading(node) || weight->text < LEAD_MIN ||
            weight->text >= PROSE_MIN * 4 || 2 * weight->links > weight->text ||
            node_is_within(first, node) || (article != NULL && !node_is_within(node, article)))
            continue;
        g_autofree char *names = node_names(node);
        if (names_hold(names, lead_names))
            return node;
    }
    return NULL;
}

static bool
is_in_caption(const HtmlNode *node)
{
    for (; node != NULL; node = node->parent) {
        g_autofree char *names = node->element != NULL ? node_names(node) : NULL;
        if (node_is(node, "figure") || (names != NULL && names_hold(names, caption_names)))
            return true;
    }
    return false;
}

/* A list without links whose items are as long as sentences: what the article says, in short. */
static bool
is_short_version(const Search *search, const HtmlNode *node)
{
    const Weight *weight = scale_get(search->scale, node);
    if ((!node_is(node, "ul") && !node_is(node, "ol")) || weight->links > 0)
        return false;
    size_t items = 0;
    for (const HtmlNode *child = node->children; child != NULL; child = child->next)
        items += node_is(child, "li");
    return items > 1 && weight->text >= items * LEAD_MIN;
}

/* A sentence or two in a block of their own. Subtitles are headings: they are no more part of the text than
 * the title is; nor is what was written to be shown elsewhere. */
static bool
may_be_lead(const Search *search, const HtmlNode *node)
{
    const Weight *weight = scale_get(search->scale, node);
    if (!node_is_block(node) || weight->text < LEAD_MIN || 5 * weight->links > weight->text ||
        weight->prose == 0 || node_has_blocks(node) || is_in_caption(node))
        return false;
    g_autofree char *names = node_names(node);
    g_autofree char *line = node_line(node);
    return !is_heading(node) && !names_hold(names, "excerpt") &&
           phrase_reach(line, true) == REACH_NOTHING;
}

/* What stands between the heading and FIRST and reads like a lead goes before NODES. */
static void
add_unnamed_lead(const Search *search, GPtrArray *nodes, const HtmlNode *first)
{
    if (search->heading == NULL || node_is_within(search->heading, first))
        return;
    guint count = 0;
    unsigned looked = 0;
    HtmlNode *next;
    for (HtmlNode *node = node_behind(search->heading);
         node != NULL && node != first && count < LEAD_LINES && looked < LEAD_NODES;
         node = next, looked++) {
        bool is_list = is_short_version(search, node);
        next = is_list ? node_behind(node) : node_next(node);
        if (is_list || may_be_lead(search, node))
            g_ptr_array_insert(nodes, (gint)count++, node);
    }
}

/* NODES and before them the lead that stands outside of them. */
static void
add_lead(const Search *search, GPtrArray *nodes)
{
    const HtmlNode *first = nodes->pdata[0];
    HtmlNode *lead = find_named_lead(search, first);
    if (lead != NULL)
        g_ptr_array_insert(nodes, 0, lead);
    else
        add_unnamed_lead(search, nodes, first);
}

/* Leaves each piece of the page once: a line that is no block may lie in what goes before it as a lead. */
static void
drop_inner(GPtrArray *nodes)
{
    for (guint i = nodes->len; i-- > 0;) {
        bool is_inner = false;
        for (guint k = 0; k < nodes->len && !is_inner; k++) {
            bool is_same = nodes->pdata[i] == nodes->pdata[k];
            is_inner = is_same ? k < i : node_is_within(nodes->pdata[i], nodes->pdata[k]);
        }
        if (is_inner)
            g_ptr_array_remove_index(nodes, i);
    }
}

/* What its makers call the article and holds at least WANTED characters of prose, or NULL. */
static GPtrArray *
find_named(const Search *search, size_t wanted)
{
    for (Known kind = KNOWN_BODY; kind < KNOWN_COUNT; kind++) {
        HtmlNode *known = find_known(search, kind);
        if (known == NULL)
            continue;
        g_autoptr(GPtrArray) nodes = with_namesakes(search, known, kind);
        keep_column(search, nodes);
        widen(search, nodes);
        if (prose_of_all(search, nodes) >= MAX(PROSE_MIN, wanted))
            return g_steal_pointer(&nodes);
    }
    return NULL;
}

/* What is named the article, where points agree; else what has most of them. NULL: there is no text. */
static GPtrArray *
find_text(const Search *search)
{
    HtmlNode *best = find_best(search);
    if (best == NULL)
        return NULL;
    best = with_rivals(search, best);
    g_autoptr(GPtrArray) near = with_neighbours(search, best);
    GPtrArray *named = find_named(search, prose_of_all(search, near) * KNOWN_SHARE_MIN / 100);
    if (named != NULL)
        return named;
    HtmlNode *whole = climb(search, best);
    if (whole == best)
        return g_steal_pointer(&near);
    g_ptr_array_set_size(near, 0);
    g_ptr_array_add(near, whole);
    return g_steal_pointer(&near);
}

/* What holds the heading, when paragraphs follow it there: a short note; or NULL. */
static HtmlNode *
find_note(const Search *search)
{
    if (search->heading == NULL || search->heading->parent == NULL)
        return NULL;
    size_t prose = 0;
    unsigned lines = 0;
    for (const HtmlNode *node = search->heading->next; node != NULL; node = node->next) {
        bool is_line = node_is(node, "p") && prose_of(search, node) > 0;
        lines += is_line;
        prose += is_line ? prose_of(search, node) : 0;
    }
    return lines >= NOTE_LINES && prose >= NOTE_MIN ? search->heading->parent : NULL;
}

/* FOUND is elsewhere, or goes so far around NOTE that it begins before the title. */
static bool
misses_note(const Search *search, const HtmlNode *found, const HtmlNode *note)
{
    if (!node_is_within(note, found))
        return !node_is_within(found, note);
    size_t before = 0;
    HtmlNode *next;
    for (HtmlNode *node = found->children; node != NULL && node != note; node = next) {
        bool is_around = node_is_within(note, node);
        before += is_around ? 0 : prose_of(search, node);
        next = is_around ? node->children : node->next;
    }
    return before >= NOTE_MIN;
}

/* Of a page that says little, what stands below its title is the article, though a banner or the terms of
 * the house be longer. */
static void
prefer_note(const Search *search, GPtrArray *found)
{
    HtmlNode *note = find_note(search);
    if (note == NULL || prose_of_all(search, found) > NOTE_RIVAL_MAX)
        return;
    for (guint i = 0; i < found->len; i++) {
        if (!misses_note(search, found->pdata[i], note))
            return;
    }
    g_ptr_array_set_size(found, 0);
    g_ptr_array_add(found, note);
}

GPtrArray *
body_find(const Html *html, const HtmlNode *heading)
{
    g_autoptr(Scale) scale = scale_new(html);
    const HtmlNode *own = article_around(heading);
    bool is_enough = own != NULL && scale_get(scale, own)->prose >= PROSE_MIN;
    const Search search = { html, scale, heading, is_enough ? own : NULL };
    GPtrArray *found = find_text(&search);
    if (found == NULL)
        return g_ptr_array_new();
    prefer_note(&search, found);
    add_lead(&search, found);
    drop_inner(found);
    return found;
}
