#include "html/furniture-internal.h"

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

/* A lead in a header is worth keeping from so many characters on. */
#define LEAD_MIN 60u

/* What elements with the same word in their names hold together is the article from so many percent of a
 * page's prose on, whatever they are called, when they have less percent of links than that:
 * "subscriber-only" may stand at each paragraph. */
#define THROUGHOUT_MIN       50u
#define THROUGHOUT_LINKS_MAX 10u

/* All elements that a word of furniture_names names. */
typedef struct {
    const HtmlNode *last; /* of them, in the order of the document */
    size_t text, links, prose;
} Namesakes;

typedef struct {
    const Scale *scale;
    size_t prose;          /* of the whole page */
    GHashTable *namesakes; /* a place in furniture_names -> Namesakes * */
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

static bool
is_furniture(const Clearing *clearing, const HtmlNode *node)
{
    g_autofree char *names = node_names(node);
    if (is_hidden(node, names) && holds_at_most(clearing, node, ELEMENT_SHARE_MAX))
        return true;
    if (!may_be_furniture(clearing, node))
        return false;
    if (node_is(node, "header"))
        return holds_at_most(clearing, node, ELEMENT_SHARE_MAX) && !has_lead(clearing, node);
    if (is_furniture_element(node, names) && holds_at_most(clearing, node, ELEMENT_SHARE_MAX))
        return true;
    if (names_hold(names, content_names))
        return false;
    return is_called_furniture(clearing, node, names) || is_list_of_teasers(clearing, node);
}

void
furniture_clear_page(Html *html)
{
    g_autoptr(Scale) scale = scale_new(html);
    g_auto(Clearing) clearing = { 0 };
    clearing_init(&clearing, html, scale);
    HtmlNode *next;
    for (HtmlNode *node = html_first(html); node != NULL; node = next) {
        bool is_gone = node->element != NULL && (element_is(node->element, ELEMENT_DROPPED) ||
                                                 is_furniture(&clearing, node));
        next = is_gone ? node_behind(node) : node_next(node);
        if (is_gone)
            node_drop(node);
    }
}

void
furniture_clear_captions(Html *html)
{
    HtmlNode *next;
    for (HtmlNode *node = html_first(html); node != NULL; node = next) {
        g_autofree char *names = node->element != NULL ? node_names(node) : NULL;
        bool is_caption =
            names != NULL && (node_is(node, "figcaption") || names_hold(names, caption_names));
        next = is_caption ? node_behind(node) : node_next(node);
        if (is_caption)
            node_drop(node);
    }
}
