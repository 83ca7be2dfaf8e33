#include "html/paragraphs-internal.h"

#include <string.h>

#include "html/weight-internal.h"

/* Nodes in a row that stand on one line. */
typedef struct {
    HtmlNode *before, *last; /* before the first of them (NULL: nothing), and the last */
    bool has_words;
} Run;

/* How what is in an element falls apart. */
typedef struct {
    GArray *runs;       /* of Run, with words in them */
    Run run;            /* the one that goes on; last is NULL before it begins */
    HtmlNode *previous; /* the node before */
    HtmlNode *br;       /* a <br> behind which there was nothing to see yet; or NULL */
    bool has_blocks, has_gaps;
} Division;

static bool
is_blank(const HtmlNode *node)
{
    return node->element == NULL && node->text[strspn(node->text, " \t\r\n\f")] == '\0';
}

static bool
has_words(const HtmlNode *node)
{
    const HtmlNode *end = node_behind(node);
    for (const HtmlNode *at = node; at != end; at = node_next(at)) {
        if (at->element == NULL && !is_blank(at))
            return true;
    }
    return false;
}

static void
end_run(Division *division)
{
    if (division->run.has_words)
        g_array_append_val(division->runs, division->run);
    division->run = (Run){ 0 };
    division->br = NULL;
}

static void
take_br(Division *division, HtmlNode *br)
{
    if (division->br == NULL) {
        division->br = br;
        return;
    }
    division->has_gaps = true;
    node_drop(division->br);
    node_drop(br);
    end_run(division);
    division->br = br; /* one more is none of a line */
}

static void
take_inline(Division *division, HtmlNode *node)
{
    bool is_empty = node->element != NULL && node->children == NULL && !node_is(node, "img");
    if (is_blank(node) || is_empty)
        return;
    Run *run = &division->run;
    if (run->last == NULL)
        run->before = division->previous;
    run->last = node;
    run->has_words = run->has_words || has_words(node);
    division->br = NULL;
}

static bool
may_hold_paragraphs(const HtmlNode *node)
{
    static const char *const others[] = { "html", "table", "tbody", "thead", "tfoot", "tr",
                                          "ul",   "ol",    "dl",    "pre",   "h1",    "h2",
                                          "h3",   "h4",    "h5",    "h6",    "dt",    NULL };
    return !element_is(node->element, ELEMENT_DROPPED) && !g_strv_contains(others, node->name);
}

static void
wrap_runs(Html *html, HtmlNode *node, const Division *division)
{
    for (guint i = 0; i < division->runs->len; i++) {
        const Run *run = &g_array_index(division->runs, Run, i);
        html_wrap(html, node, run->before, run->last, "p");
    }
    if (!node_is(node, "p"))
        return;
    node->name = "div";
    node->element = element_get(node->name, strlen(node->name));
}

/* True when NODE is a block or holds one now. libxml2 lets nothing be nested so deep that this could not be
 * done by recursion. */
static bool
arrange(Html *html, HtmlNode *node)
{
    g_autoptr(GArray) runs = g_array_new(FALSE, FALSE, sizeof(Run));
    Division division = { .runs = runs };
    for (HtmlNode *child = node->children; child != NULL; child = child->next) {
        if (child->element != NULL && arrange(html, child)) {
            division.has_blocks = true;
            end_run(&division);
        } else if (node_is(child, "br")) {
            take_br(&division, child);
        } else {
            take_inline(&division, child);
        }
        division.previous = child;
    }
    end_run(&division);
    bool falls_apart = division.has_blocks || division.has_gaps;
    if (falls_apart && may_hold_paragraphs(node))
        wrap_runs(html, node, &division);
    return falls_apart || node_is_block(node);
}

void
paragraphs_make(Html *html)
{
    for (HtmlNode *node = html_first(html); node != NULL; node = node->next) {
        if (node->element != NULL)
            arrange(html, node);
    }
}
