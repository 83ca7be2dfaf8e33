#include "html/claim-internal.h"

#include <string.h>

#include "html/link.h"
#include "html/names-internal.h"

/* Visible dates and names stand in short elements. */
#define VISIBLE_MAX 120u

/* An element that is a line and nothing else holds so many nodes. */
#define LINE_NODES 8u

/* So many texts are looked at for dates. */
#define YEARS_MAX 12u

void
claims_free(Claims *claims)
{
    if (claims == NULL)
        return;
    g_free(claims->title);
    g_free(claims->byline);
    g_free(claims->house);
    g_free(claims->language);
    g_free(claims->site);
    g_clear_pointer(&claims->dates, g_ptr_array_unref);
    g_free(claims->body);
    g_free(claims);
}

/* Meta */

/* The names of <meta> that say something, best first. */
static const char *const meta_titles[] = {
    "og:title", "twitter:title", "dc.title", "dcterms.title", "parsely-title", "headline", NULL
};
static const char *const meta_authors[] = { "author",          "article:author",
                                            "dc.creator",      "dcterms.creator",
                                            "parsely-author",  "sailthru.author",
                                            "citation_author", NULL };
static const char *const meta_sites[] = { "og:site_name", "application-name", "dc.publisher",
                                          "publisher", NULL };
static const char *const meta_dates[] = {
    "article:published_time",
    "og:article:published_time",
    "datepublished",
    "date",
    "publish-date",
    "publishdate",
    "pubdate",
    "publication_date",
    "dc.date.issued",
    "dcterms.created",
    "dcterms.date",
    "dc.date",
    "dc.date.created",
    "parsely-pub-date",
    "sailthru.date",
    "cxenseparse:recs:publishtime",
    "last-modified",
    "article:modified_time",
    NULL,
};
static const char *const meta_languages[] = { "og:locale", "language", "content-language",
                                              "dc.language", NULL };

/* The content of the <meta> NAME (in lower case), or NULL. */
static const char *
find_meta(const Html *html, const char *name)
{
    static const char *const keys[] = { "property", "name", "itemprop", "http-equiv" };
    for (const HtmlNode *node = html_first(html); node != NULL; node = node_next(node)) {
        const char *content = node_is(node, "meta") ? node_attribute(node, "content") : NULL;
        if (content == NULL || *content == '\0')
            continue;
        for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
            const char *value = node_attribute(node, keys[i]);
            if (value != NULL && g_ascii_strcasecmp(value, name) == 0)
                return content;
        }
    }
    return NULL;
}

static void
claim_meta(const Html *html, char **member, const char *const *names, size_t max)
{
    for (size_t i = 0; names[i] != NULL && *member == NULL; i++) {
        const char *content = find_meta(html, names[i]);
        if (content != NULL && strstr(content, "://") == NULL)
            claim_text(member, content, max);
    }
}

static void
read_meta(Claims *claims, const Html *html)
{
    claim_meta(html, &claims->title, meta_titles, TITLE_MAX);
    for (size_t i = 0; meta_authors[i] != NULL; i++)
        claim_byline(claims, find_meta(html, meta_authors[i]));
    claim_meta(html, &claims->site, meta_sites, SITE_MAX);
    for (size_t i = 0; meta_dates[i] != NULL; i++)
        claim_date(claims, find_meta(html, meta_dates[i]));
    for (size_t i = 0; meta_languages[i] != NULL; i++)
        claim_language(claims, find_meta(html, meta_languages[i]));
}

/* What stands in the page */

/* NODE's text on one line, or NULL: there is none, or more than VISIBLE_MAX characters. */
static char *
visible_line(const HtmlNode *node)
{
    g_autofree char *line = node_line(node);
    bool is_short = *line != '\0' && g_utf8_strlen(line, -1) <= VISIBLE_MAX;
    return is_short ? g_steal_pointer(&line) : NULL;
}

/* The first element of a kind that PREDICATE accepts, as a line of at most VISIBLE_MAX characters. */
static char *
find_line(const Html *html, bool (*predicate)(const HtmlNode *, const char *))
{
    for (const HtmlNode *node = html_first(html); node != NULL; node = node_next(node)) {
        if (node->element == NULL || element_is(node->element, ELEMENT_DROPPED))
            continue;
        g_autofree char *names = node_names(node);
        if (!predicate(node, names))
            continue;
        g_autofree char *line = visible_line(node);
        if (line != NULL)
            return g_steal_pointer(&line);
    }
    return NULL;
}

static bool
names_author(const HtmlNode *node, const char *names)
{
    static const char entries[] =
        "author, author name, byline name, post author, entry author, article author, autor, "
        "autorenname, field name uid, news author, fn";
    if (names_hold(names, "meta prep")) /* "posted on", as WordPress has it */
        return false;
    return g_strcmp0(node_attribute(node, "rel"), "author") == 0 || names_hold(names, entries);
}

/* No more than LINE_NODES are in NODE. */
static bool
is_small(const HtmlNode *node)
{
    const HtmlNode *end = node_behind(node);
    unsigned count = 0;
    for (const HtmlNode *at = node; at != end && count <= LINE_NODES; at = node_next(at))
        count++;
    return count <= LINE_NODES;
}

/* A line like "Von Anna Beispiel": that word, and two to five with capitals. */
static bool
says_by(const HtmlNode *node, const char *names)
{
    (void)names;
    if (!is_small(node))
        return false;
    g_autofree char *line = node_line(node);
    const char *name = claim_name_behind_by(line);
    g_auto(GStrv) words = g_strsplit(name, " ", -1);
    guint count = g_strv_length(words);
    if (name == line || count < 2 || count > 5)
        return false;
    for (guint i = 0; i < count; i++) {
        if (!g_unichar_isupper(g_utf8_get_char(words[i])))
            return false;
    }
    return true;
}

/* What holds the author's name, and more maybe. */
static bool
names_byline(const HtmlNode *node, const char *names)
{
    (void)node;
    return names_hold(names, "byline, autorenzeile");
}

/* The only link in NODE, which leads to what else somebody wrote; or NODE. */
static const HtmlNode *
linked_name(const HtmlNode *node)
{
    const HtmlNode *link = NULL;
    const HtmlNode *end = node_behind(node);
    for (const HtmlNode *at = node_next(node); at != end; at = node_next(at)) {
        if (!node_is(at, "a"))
            continue;
        if (link != NULL)
            return node;
        link = at;
    }
    return link != NULL ? link : node;
}

/* Who wrote it, as the first element says that PREDICATE accepts and that holds a name. */
static void
claim_visible_byline(Claims *claims, const Html *html,
                     bool (*predicate)(const HtmlNode *, const char *))
{
    for (const HtmlNode *node = html_first(html); node != NULL && claims->byline == NULL;
         node = node_next(node)) {
        if (node->element == NULL || element_is(node->element, ELEMENT_DROPPED))
            continue;
        g_autofree char *names = node_names(node);
        g_autofree char *line = predicate(node, names) ? visible_line(linked_name(node)) : NULL;
        claim_byline(claims, line);
    }
}

static bool
names_date(const HtmlNode *node, const char *names)
{
    static const char entries[] =
        "date, datum, published, pubdate, post date, entry date, article date, publish date, "
        "posted on, timestamp, datepublished, field name created, date header, news date";
    return names_hold(names, entries);
}

/* A year of this century stands in it. */
static bool
names_year(const char *text)
{
    for (const char *at = text; (at = strstr(at, "20")) != NULL; at++) {
        if (g_ascii_isdigit(at[2]) && g_ascii_isdigit(at[3]) && !g_ascii_isdigit(at[4]))
            return true;
    }
    return false;
}

/* Short texts that may be dates. */
static void
read_years(Claims *claims, const Html *html)
{
    for (const HtmlNode *node = html_first(html); node != NULL && claims->dates->len < YEARS_MAX;
         node = node_next(node)) {
        if (node->text != NULL && strlen(node->text) <= DATE_MAX && names_year(node->text))
            claim_date(claims, node->text);
    }
}

static void
read_elements(Claims *claims, const Html *html)
{
    for (const HtmlNode *node = html_first(html); node != NULL; node = node_next(node)) {
        if (node_is(node, "time"))
            claim_date(claims, node_attribute(node, "datetime"));
    }
    g_autofree char *date = find_line(html, names_date);
    claim_date(claims, date);
    read_years(claims, html);
    static bool (*const are_bylines[])(const HtmlNode *, const char *) = { names_author, says_by,
                                                                           names_byline };
    for (size_t i = 0; i < G_N_ELEMENTS(are_bylines); i++)
        claim_visible_byline(claims, html, are_bylines[i]);
}

static void
read_language(Claims *claims, const Html *html)
{
    for (const HtmlNode *node = html_first(html); node != NULL; node = node_next(node)) {
        if (!node_is(node, "html") && !node_is(node, "body"))
            continue;
        claim_language(claims, node_attribute(node, "lang"));
        claim_language(claims, node_attribute(node, "xml:lang"));
    }
}

Claims *
claims_new(const Html *html, const GPtrArray *data, const char *url)
{
    Claims *claims = g_new0(Claims, 1);
    claims->dates = g_ptr_array_new_with_free_func(g_free);
    read_language(claims, html);
    claims_read_data(claims, data);
    read_meta(claims, html);
    read_elements(claims, html);
    claim_byline(claims, claims->house);
    claims_read_title(claims, html);
    if (claims->site == NULL && url != NULL)
        claims->site = link_host(url);
    return claims;
}
