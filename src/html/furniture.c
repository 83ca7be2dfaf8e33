#include "html/furniture-internal.h"

#include <stdlib.h>
#include <string.h>

#include "html/names-internal.h"
#include "html/weight-internal.h"

/* Percent of a page's prose that an element may hold and still be furniture by its kind. */
#define ELEMENT_SHARE_MAX 35u

/* So many headings make a list of teasers, and a teaser has so many characters of prose at most. */
#define TEASERS_MIN      3u
#define TEASER_PROSE_MAX 320u
/* Before the first of them stands a title or a picture, and no text. */
#define TEASER_BEFORE_MAX 120u

/* An article has so many characters of prose. */
#define ARTICLE_MIN 250u

/* A lead in a header is worth keeping from so many characters on. */
#define LEAD_MIN 60u

/* So is an item of a list in a header. */
#define HEADER_ITEM_MIN 30u

/* What elements with the same word in their names hold together is the article from so many percent of a
 * page's prose on, whatever they are called, when they have less percent of links than that:
 * "subscriber-only" may stand at each paragraph. */
#define THROUGHOUT_MIN       50u
#define THROUGHOUT_LINKS_MAX 10u

/* Words beside a picture that nothing calls a caption, and percent of the text that all may be. */
#define PICTURE_WORDS_MAX 200u
#define PICTURE_SHARE_MAX 25u

/* Grids have twelve columns, and what stands at the side has so many of them. */
#define GRID_COLUMNS     12u
#define SIDE_COLUMNS_MAX 5u

/* All elements that a word of furniture_names names. */
typedef struct {
    const HtmlNode *last; /* of them, in the order of the document */
    size_t text, links, prose;
} Namesakes;

typedef struct {
    const Scale *scale;
    const HtmlNode *heading; /* the article's, or NULL */
    size_t prose;            /* of the whole page */
    GHashTable *namesakes;   /* a place in furniture_names -> Namesakes * */
} Clearing;

static void
clearing_clear(Clearing *clearing)
{
    g_hash_table_unref(clearing->namesakes);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Clearing, clearing_clear)

static void
count_namesake(Clearing *clearing, const HtmlNode *node, const char *word)
{
    Namesakes *namesakes = g_hash_table_lookup(clearing->namesakes, word);
    if (namesakes == NULL) {
        namesakes = g_new0(Namesakes, 1);
        g_hash_table_insert(clearing->namesakes, (char *)word, namesakes);
    }
    if (namesakes->last != NULL && node_is_within(node, namesakes->last))
        return;
    const Weight *weight = scale_get(clearing->scale, node);
    namesakes->last = node;
    namesakes->text += weight->text;
    namesakes->links += weight->links;
    namesakes->prose += weight->prose;
}

static void
clearing_init(Clearing *clearing, const Html *html, const Scale *scale)
{
    clearing->scale = scale;
    clearing->prose = scale_total(scale)->prose;
    clearing->namesakes = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    for (const HtmlNode *node = html_first(html); node != NULL; node = node_next(node)) {
        if (node->element == NULL || scale_get(scale, node)->prose == 0)
            continue;
        g_autofree char *names = node_names(node);
        for (size_t i = 0; i < furniture_names_count; i++) {
            const char *word = names_find(names, furniture_names[i].names);
            if (word != NULL)
                count_namesake(clearing, node, word);
        }
    }
}

/* True when paragraphs of the article itself are called by WORD. */
static bool
is_throughout(const Clearing *clearing, const char *word)
{
    const Namesakes *namesakes = g_hash_table_lookup(clearing->namesakes, word);
    return namesakes != NULL && 100 * namesakes->prose > THROUGHOUT_MIN * clearing->prose &&
           100 * namesakes->links < THROUGHOUT_LINKS_MAX * namesakes->text;
}

static bool
holds_at_most(const Clearing *clearing, const HtmlNode *node, unsigned percent)
{
    return 100 * scale_get(clearing->scale, node)->prose <= percent * clearing->prose;
}

static bool
is_named_one_of(const HtmlNode *node, const char *const *names)
{
    for (size_t i = 0; names[i] != NULL; i++) {
        if (node_is(node, names[i]))
            return true;
    }
    return false;
}

static bool
has_style(const HtmlNode *node, const char *declaration)
{
    const char *style = node_attribute(node, "style");
    if (style == NULL)
        return false;
    g_autoptr(GString) plain = g_string_new(NULL);
    for (; *style != '\0'; style++) {
        if (!g_ascii_isspace(*style))
            g_string_append_c(plain, g_ascii_tolower(*style));
    }
    return strstr(plain->str, declaration) != NULL;
}

static bool
is_hidden(const HtmlNode *node, const char *names)
{
    static const char hidden[] =
        "screen reader*, sr only, visually hidden, visuallyhidden, screenreader*, "
        "assistive text, a11y hidden, unsichtbar";
    const char *aria = node_attribute(node, "aria-hidden");
    return node_attribute(node, "hidden") != NULL || g_strcmp0(aria, "true") == 0 ||
           has_style(node, "display:none") || has_style(node, "visibility:hidden") ||
           names_hold(names, hidden);
}

static bool
is_furniture_element(const HtmlNode *node, const char *names)
{
    static const char *const elements[] = { "nav",    "aside",    "footer",  "form", "menu",
                                            "dialog", "fieldset", "address", NULL };
    static const char *const roles[] = { "navigation",    "banner", "contentinfo",
                                         "complementary", "search", "dialog",
                                         "alertdialog",   "menu",   NULL };
    const char *role = node_attribute(node, "role");
    bool is_cited =
        node_is(node, "footer") && node->parent != NULL && node_is(node->parent, "blockquote");
    return !is_cited &&
           (is_named_one_of(node, elements) || (role != NULL && g_strv_contains(roles, role)));
}

static bool
has_lead(const Clearing *clearing, const HtmlNode *header)
{
    const HtmlNode *end = node_behind(header);
    for (const HtmlNode *node = node_next(header); node != end; node = node_next(node)) {
        if (node->element == NULL)
            continue;
        g_autofree char *names = node_names(node);
        if (names_hold(names, lead_names) && scale_get(clearing->scale, node)->prose >= LEAD_MIN)
            return true;
    }
    return false;
}

static bool
is_called_furniture(const Clearing *clearing, const HtmlNode *node, const char *names)
{
    size_t prose = scale_get(clearing->scale, node)->prose;
    for (size_t i = 0; i < furniture_names_count; i++) {
        const FurnitureNames *kind = &furniture_names[i];
        if (!holds_at_most(clearing, node, kind->share_max) ||
            (kind->prose_max > 0 && prose > kind->prose_max))
            continue;
        const char *word = names_find(names, kind->names);
        if (word != NULL && (kind->share_max > THROUGHOUT_MIN || !is_throughout(clearing, word)))
            return true;
    }
    return false;
}

/* True when there is nothing beside NODE in its parent. */
static bool
stands_alone(const Clearing *clearing, const HtmlNode *node)
{
    const HtmlNode *parent = node->parent;
    return parent == NULL ||
           scale_get(clearing->scale, parent)->text <= scale_get(clearing->scale, node)->text + 2;
}

/* Inline elements are parts of sentences, whatever their class is, unless they are all there is. */
static bool
may_be_furniture(const Clearing *clearing, const HtmlNode *node)
{
    static const char *const frames[] = { "html", "body", "main", "tr", "tbody", "thead", NULL };
    if (node->element == NULL || node_is(node, "img") || is_named_one_of(node, frames))
        return false;
    return node->element->kind != KIND_INLINE || node->children == NULL ||
           stands_alone(clearing, node);
}

static bool
is_heading(const HtmlNode *node)
{
    return node->element != NULL && node->name[0] == 'h' && node->name[1] >= '2' &&
           node->name[1] <= '6' && node->name[2] == '\0';
}

/* A link to another page, around NODE or in it. */
static bool
leads_away(const HtmlNode *node)
{
    const HtmlNode *around = node;
    while (around != NULL && !node_is(around, "a"))
        around = around->parent;
    const HtmlNode *end = node_behind(node);
    for (const HtmlNode *at = node; around == NULL && at != end; at = node_next(at)) {
        if (node_is(at, "a"))
            around = at;
    }
    const char *href = around != NULL ? node_attribute(around, "href") : NULL;
    return href != NULL && *href != '#';
}

/* The header of the article, or of a part of it: one with a heading that does not lead away. */
static bool
begins_part(const Clearing *clearing, const HtmlNode *header)
{
    const HtmlNode *article = clearing->heading;
    while (article != NULL && !node_is(article, "article"))
        article = article->parent;
    if (clearing->heading != NULL && node_is_within(clearing->heading, header))
        return true;
    if (article == NULL || !node_is_within(header, article))
        return false;
    const HtmlNode *end = node_behind(header);
    for (const HtmlNode *at = node_next(header); at != end; at = node_next(at)) {
        if (is_heading(at))
            return !leads_away(at);
    }
    return false;
}

/* Several headings that lead to other pages, with a few lines under each, and next to none else. */
static bool
is_list_of_teasers(const Clearing *clearing, const HtmlNode *node)
{
    unsigned headings = 0, teasers = 0;
    size_t before = 0; /* the first heading */
    const HtmlNode *end = node_behind(node);
    for (const HtmlNode *at = node_next(node); at != end; at = node_next(at)) {
        before += headings == 0 && at->text != NULL ? strlen(at->text) : 0;
        if (node_is(at, "h1") || before > TEASER_BEFORE_MAX)
            return false;
        headings += is_heading(at);
        teasers += is_heading(at) && leads_away(at);
    }
    return teasers >= TEASERS_MIN && 10 * teasers >= 8 * headings &&
           scale_get(clearing->scale, node)->prose <= TEASER_PROSE_MAX * teasers;
}

/* How wide the grid makes NODE, in twelfths: "col-md-8", "span8", "large-8"; 0: it does not say. */
static unsigned
columns_of(const HtmlNode *node)
{
    static const char *const prefixes[] = { " col ",    " col sm ", " col md ", " col lg ",
                                            " col xl ", " span",    " large ",  " medium ",
                                            " grid ",   " column ", " columns " };
    g_autofree char *names = node->element != NULL ? node_names(node) : g_strdup("");
    unsigned columns = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(prefixes); i++) {
        const char *found = strstr(names, prefixes[i]);
        const char *digits = found != NULL ? found + strlen(prefixes[i]) : "";
        unsigned number = (unsigned)strtoul(digits, NULL, 10);
        if (g_ascii_isdigit(*digits) && number <= GRID_COLUMNS)
            columns = number;
    }
    return columns;
}

/* A narrow column with little in it beside a wide one. */
static bool
is_side_column(const Clearing *clearing, const HtmlNode *node)
{
    unsigned columns = columns_of(node);
    if (columns == 0 || columns > SIDE_COLUMNS_MAX || node->parent == NULL)
        return false;
    size_t prose = scale_get(clearing->scale, node)->prose;
    unsigned looked = 0;
    for (const HtmlNode *other = node->parent->children; other != NULL && looked < 2 * GRID_COLUMNS;
         other = other->next, looked++) {
        if (other->element != NULL && columns_of(other) + columns >= GRID_COLUMNS &&
            columns_of(other) > columns && scale_get(clearing->scale, other)->prose > prose)
            return true;
    }
    return false;
}

/* A class, and the same one. */
static bool
share_class(const HtmlNode *a, const HtmlNode *b)
{
    const char *classes = node_attribute(a, "class");
    return classes != NULL && *classes != '\0' &&
           g_strcmp0(classes, node_attribute(b, "class")) == 0;
}

static const HtmlNode *
first_heading(const HtmlNode *node)
{
    const HtmlNode *end = node_behind(node);
    for (const HtmlNode *at = node_next(node); at != end; at = node_next(at)) {
        if (is_heading(at) || node_is(at, "h1"))
            return at;
    }
    return NULL;
}

/* Who wrote it or when, or another line that is no sentence, follows HEADING within WHOLE. */
static bool
is_signed(const Clearing *clearing, const HtmlNode *heading, const HtmlNode *whole)
{
    const HtmlNode *end = node_behind(whole);
    for (const HtmlNode *at = node_behind(heading); at != NULL && at != end; at = node_next(at)) {
        const Weight *weight = scale_get(clearing->scale, at);
        if (node_is_block(at) && !node_has_blocks(at) && weight->text > 0)
            return weight->prose == 0 && !is_heading(at);
    }
    return false;
}

/* Some pages never end: behind the article stands the next one, made the same way. A section of this one
 * has a heading, too, but nobody signs it. */
static bool
is_next_article(const Clearing *clearing, const HtmlNode *node)
{
    const HtmlNode *own = clearing->heading;
    while (own != NULL && own->parent != node->parent)
        own = own->parent;
    if (own == NULL || own == node || node->parent == NULL || !share_class(own, node) ||
        scale_get(clearing->scale, own)->prose < ARTICLE_MIN ||
        scale_get(clearing->scale, node)->prose < ARTICLE_MIN)
        return false;
    const HtmlNode *heading = first_heading(node);
    return heading != NULL && heading->parent != node && clearing->heading->parent != own &&
           share_class(clearing->heading->parent, heading->parent) &&
           is_signed(clearing, clearing->heading, own) && is_signed(clearing, heading, node);
}

static bool
is_furniture(const Clearing *clearing, const HtmlNode *node)
{
    g_autofree char *names = node_names(node);
    if (is_hidden(node, names) && holds_at_most(clearing, node, ELEMENT_SHARE_MAX))
        return true;
    if (!may_be_furniture(clearing, node))
        return false;
    if (node_is(node, "header"))
        return holds_at_most(clearing, node, ELEMENT_SHARE_MAX) && !has_lead(clearing, node) &&
               !begins_part(clearing, node);
    if (is_furniture_element(node, names) && holds_at_most(clearing, node, ELEMENT_SHARE_MAX))
        return true;
    if (names_hold(names, content_names))
        return false;
    if (is_side_column(clearing, node) && holds_at_most(clearing, node, ELEMENT_SHARE_MAX))
        return true;
    bool is_own_heading = is_heading(node) && !leads_away(node);
    return (!is_own_heading && is_called_furniture(clearing, node, names)) ||
           is_list_of_teasers(clearing, node) || is_next_article(clearing, node);
}

/* A sentence, a heading, what is called a lead, or an item of a list that is as long as a sentence. */
static bool
may_stand_in_header(const Clearing *clearing, const HtmlNode *node)
{
    const Weight *weight = scale_get(clearing->scale, node);
    if (is_heading(node) || node_is(node, "h1") || weight->prose > 0)
        return true;
    if (node_is(node, "li") && weight->links == 0 && weight->text >= HEADER_ITEM_MIN)
        return true;
    g_autofree char *names = node_names(node);
    return names_hold(names, lead_names);
}

/* Takes names, dates and what else is small out of HEADER. */
static void
clear_header(const Clearing *clearing, HtmlNode *header)
{
    const HtmlNode *end = node_behind(header);
    HtmlNode *next;
    for (HtmlNode *node = node_next(header); node != end; node = next) {
        bool is_gone =
            node_is_block(node) && !node_has_blocks(node) && !may_stand_in_header(clearing, node);
        next = is_gone ? node_behind(node) : node_next(node);
        if (is_gone)
            node_drop(node);
    }
}

void
furniture_clear_page(Html *html, const HtmlNode *heading)
{
    g_autoptr(Scale) scale = scale_new(html);
    g_auto(Clearing) clearing = { .heading = heading };
    clearing_init(&clearing, html, scale);
    HtmlNode *next;
    for (HtmlNode *node = html_first(html); node != NULL; node = next) {
        bool is_gone = node->element != NULL && (element_is(node->element, ELEMENT_DROPPED) ||
                                                 is_furniture(&clearing, node));
        next = is_gone ? node_behind(node) : node_next(node);
        if (is_gone)
            node_drop(node);
        else if (node_is(node, "header") && holds_at_most(&clearing, node, ELEMENT_SHARE_MAX))
            clear_header(&clearing, node);
    }
}

/* No paragraph, heading, list or table is in NODE. */
static bool
holds_only_words(const HtmlNode *node)
{
    static const char *const texts[] = { "h1", "p",  "li",  "td",         "th",
                                         "dt", "dd", "pre", "blockquote", NULL };
    const HtmlNode *end = node_behind(node);
    for (const HtmlNode *at = node_next(node); at != end; at = node_next(at)) {
        if (is_heading(at) || is_named_one_of(at, texts))
            return false;
    }
    return true;
}

static bool
holds_picture(const HtmlNode *node)
{
    const HtmlNode *end = node_behind(node);
    for (const HtmlNode *at = node_next(node); at != end; at = node_next(at)) {
        if (node_is(at, "img"))
            return true;
    }
    return false;
}

/* A box that has a picture in it, few words and no paragraph. */
static bool
is_picture_with_words(const Scale *scale, const HtmlNode *node)
{
    size_t text = node->element != NULL ? scale_get(scale, node)->text : 0;
    return text > 0 && text <= PICTURE_WORDS_MAX && node_is(node, "div") &&
           holds_only_words(node) && holds_picture(node);
}

/* Whose picture it is, in a figure and outside of its caption. */
static bool
is_credit(const HtmlNode *node)
{
    return (node_is(node, "span") || node_is(node, "div")) && node->parent != NULL &&
           node_is(node->parent, "figure") && holds_only_words(node);
}

static bool
is_caption(const HtmlNode *node)
{
    g_autofree char *names = node_names(node);
    return node_is(node, "figcaption") || names_hold(names, caption_names) || is_credit(node);
}

void
furniture_clear_captions(Html *html)
{
    g_autoptr(Scale) scale = scale_new(html);
    g_autoptr(GPtrArray) unnamed = g_ptr_array_new();
    size_t text = 0; /* of those */
    HtmlNode *next;
    for (HtmlNode *node = html_first(html); node != NULL; node = next) {
        bool is_gone = node->element != NULL && is_caption(node);
        bool is_unnamed = !is_gone && is_picture_with_words(scale, node);
        next = is_gone || is_unnamed ? node_behind(node) : node_next(node);
        if (is_gone)
            node_drop(node);
        if (!is_unnamed)
            continue;
        g_ptr_array_add(unnamed, node);
        text += scale_get(scale, node)->text;
    }
    if (100 * text > PICTURE_SHARE_MAX * scale_total(scale)->text)
        return; /* a list of things with their pictures */
    for (guint i = 0; i < unnamed->len; i++)
        node_drop(unnamed->pdata[i]);
}
