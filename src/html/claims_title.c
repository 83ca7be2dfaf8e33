/* The title of a page: of its headings, <title> and what it claims, the one that people see. */
#include "html/claim-internal.h"

#include <string.h>

#include "base/text.h"

/* What stands behind a dash in a title is a site when it has at most so many characters, and so many
 * are before it. */
#define SITE_LIKELY  40u
#define TITLE_LIKELY 15u

/* What stands behind the last of SEPARATORS in TITLE, and in *END where that begins; or NULL. */
static const char *
find_suffix(const char *title, const char *const *separators, size_t count, const char **end)
{
    const char *suffix = NULL;
    *end = NULL;
    for (size_t i = 0; i < count; i++) {
        const char *last = g_strrstr(title, separators[i]);
        if (last == NULL || last == title || (*end != NULL && last < *end))
            continue;
        *end = last;
        suffix = last + strlen(separators[i]);
    }
    return suffix;
}

/* The content of <title>, without the name of the site behind it, and that of its section. */
static char *
without_site(const char *title, const char *site)
{
    static const char *const separators[] = { " | ", " :: ", " » ", " – ", " — ",
                                              " - ", " · ",  " • ", " / " };
    static const size_t strong =
        3; /* of them may stand before a section, and then before the site */
    g_autofree char *left = g_strdup(title);
    size_t count = G_N_ELEMENTS(separators);
    for (;; count = strong) {
        const char *end;
        const char *suffix = find_suffix(left, separators, count, &end);
        if (suffix == NULL)
            return g_steal_pointer(&left);
        size_t before = (size_t)g_utf8_strlen(left, end - left);
        size_t behind = (size_t)g_utf8_strlen(suffix, -1);
        bool is_site = site != NULL && g_ascii_strcasecmp(suffix, site) == 0;
        if (!is_site && (behind > SITE_LIKELY || before < TITLE_LIKELY || before <= behind))
            return g_steal_pointer(&left);
        left[end - left] = '\0';
    }
}

static bool
is_heading(const HtmlNode *node)
{
    return node_is(node, "h1") || node_is(node, "h2") || node_is(node, "h3") || node_is(node, "h4");
}

/* The longest heading that is more than half of CLAIMED (which may be NULL), else the only <h1>, if
 * CLAIMED begins with it. */
static char *
find_headline(const Html *html, const char *claimed)
{
    g_autofree char *whole = claimed != NULL ? text_fold(claimed) : g_strdup("");
    g_autofree char *best = NULL;
    g_autofree char *only = NULL;
    unsigned count = 0;
    for (const HtmlNode *node = html_first(html); node != NULL; node = node_next(node)) {
        if (!is_heading(node))
            continue;
        g_autofree char *line = node_line(node);
        g_autofree char *part = text_fold(line);
        bool is_part = 2 * strlen(part) > strlen(whole) && strstr(whole, part) != NULL;
        if (is_part && (best == NULL || strlen(line) > strlen(best))) {
            g_free(best);
            best = g_strdup(line);
        }
        if (node_is(node, "h1") && *line != '\0') {
            count++;
            g_free(only);
            only = g_steal_pointer(&line);
        }
    }
    if (best != NULL)
        return g_steal_pointer(&best);
    bool begins = claimed == NULL || (only != NULL && g_str_has_prefix(claimed, only));
    return begins && count == 1 ? g_steal_pointer(&only) : NULL;
}

/* What an element that is no heading says, when CLAIMED is that behind the name of the site: "Bote - It
 * comes". */
static char *
find_shown_part(const Html *html, const char *claimed)
{
    for (const HtmlNode *node = html_first(html); node != NULL; node = node_next(node)) {
        const char *text = node->text;
        if (text == NULL || node->parent == NULL || node_is(node->parent, "title"))
            continue;
        g_autofree char *line = text_single_line(text);
        size_t size = strlen(line), whole = strlen(claimed);
        if (2 * size <= whole || size >= whole || !g_str_has_suffix(claimed, line))
            continue;
        g_autofree char *before = g_strchomp(g_strndup(claimed, whole - size));
        static const char *const ends[] = { " -", " –", " —", " |", " »" };
        for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
            if (g_str_has_suffix(before, ends[i]))
                return g_steal_pointer(&line);
        }
    }
    return NULL;
}

/* The only <h1> or <h2> there is, when it says more than CLAIMED: some name all pages by their section. */
static char *
find_only_heading(const Html *html, const char *claimed)
{
    const HtmlNode *only = NULL;
    for (const HtmlNode *node = html_first(html); node != NULL; node = node_next(node)) {
        if (!node_is(node, "h1") && !node_is(node, "h2"))
            continue;
        if (only != NULL)
            return NULL;
        only = node;
    }
    g_autofree char *line = only != NULL ? node_line(only) : g_strdup("");
    return strlen(line) > strlen(claimed) ? g_steal_pointer(&line) : NULL;
}

static char *
title_element(const Html *html)
{
    for (const HtmlNode *node = html_first(html); node != NULL; node = node_next(node)) {
        if (node_is(node, "title") && node->children != NULL && node->children->text != NULL)
            return claim_line(node->children->text, TITLE_MAX);
    }
    return NULL;
}

void
claims_read_title(Claims *claims, const Html *html)
{
    g_autofree char *claimed = g_steal_pointer(&claims->title);
    bool is_sure = claimed != NULL;
    if (claimed == NULL)
        claimed = title_element(html);
    g_autofree char *headline = find_headline(html, claimed);
    if (headline == NULL && claimed == NULL)
        return;
    if (headline == NULL)
        headline = find_shown_part(html, claimed);
    if (headline == NULL && !is_sure)
        headline = find_only_heading(html, claimed);
    claims->title =
        headline != NULL ? g_steal_pointer(&headline) : without_site(claimed, claims->site);
}
