#include "html/claims-internal.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "html/link.h"
#include "html/names-internal.h"

#define TITLE_MAX  500u /* characters, as the others */
#define BYLINE_MAX 200u
#define SITE_MAX   100u
#define DATE_MAX   60u

/* Visible dates and names stand in short elements. */
#define VISIBLE_MAX 120u

/* What stands behind a dash in a title is a site when it has at most so many characters, and so many
 * are before it. */
#define SITE_LIKELY  40u
#define TITLE_LIKELY 15u

/* So many texts are looked at for dates. */
#define YEARS_MAX 12u

/* How deep an article may lie in JSON-LD. */
#define DATA_DEPTH 8

void
claims_free(Claims *claims)
{
    if (claims == NULL)
        return;
    g_free(claims->title);
    g_free(claims->byline);
    g_free(claims->language);
    g_free(claims->site);
    g_clear_pointer(&claims->dates, g_ptr_array_unref);
    g_free(claims->body);
    g_free(claims);
}

/* TEXT, which may hold mark-up and references, on one line of MAX characters; NULL when it is empty. */
static char *
line_of(const char *text, size_t max)
{
    g_autofree char *plain = text != NULL ? html_to_text(text) : NULL;
    g_autofree char *line = plain != NULL ? text_single_line(plain) : NULL;
    return line == NULL || *line == '\0' ? NULL : text_truncate(line, max);
}

/* Sets *MEMBER unless somebody has spoken before. */
static void
claim(char **member, const char *text, size_t max)
{
    if (*member == NULL)
        *member = line_of(text, max);
}

static void
claim_date(Claims *claims, const char *text)
{
    g_autofree char *line = line_of(text, DATE_MAX);
    if (line != NULL)
        g_ptr_array_add(claims->dates, g_steal_pointer(&line));
}

/* "de_DE" is meant to be "de-DE". */
static void
claim_language(Claims *claims, const char *text)
{
    if (claims->language != NULL || text == NULL)
        return;
    g_autofree char *tag = g_strdelimit(g_strdup(text), "_", '-');
    g_strstrip(tag);
    size_t size = strspn(tag, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-0123456789");
    size_t letters = strcspn(tag, "-");
    if (size >= 2 && tag[size] == '\0' && size <= 35 && letters >= 2 && letters <= 3)
        claims->language = g_steal_pointer(&tag);
}

/* JSON-LD */

/* The text of a member that may be a text, an object with a name, or a list of them. */
static void
add_names_of(GString *names, const Value *value)
{
    if (value == NULL)
        return;
    if (value_kind(value) == VALUE_LIST) {
        for (size_t i = 0; i < value_length(value); i++)
            add_names_of(names, value_item(value, i));
        return;
    }
    const char *name =
        value_kind(value) == VALUE_STRING ? value_string(value) : value_find_string(value, "name");
    if (name == NULL || *name == '\0' || strstr(name, "://") != NULL)
        return;
    g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "", name);
}

static char *
names_of(const Value *value)
{
    g_autoptr(GString) names = g_string_new(NULL);
    add_names_of(names, value);
    return names->len > 0 ? g_string_free(g_steal_pointer(&names), FALSE) : NULL;
}

static bool
is_article_type(const char *type)
{
    return type != NULL &&
           (g_str_has_suffix(type, "Article") || g_str_has_suffix(type, "BlogPosting") ||
            g_str_has_suffix(type, "Posting") || strcmp(type, "Report") == 0);
}

static bool
is_article(const Value *map)
{
    const Value *type = value_find(map, "@type");
    if (type == NULL || value_kind(type) != VALUE_LIST)
        return is_article_type(value_find_string(map, "@type"));
    for (size_t i = 0; i < value_length(type); i++) {
        const Value *item = value_item(type, i);
        if (value_kind(item) == VALUE_STRING && is_article_type(value_string(item)))
            return true;
    }
    return false;
}

/* The first article in VALUE, or NULL. */
static const Value *
find_article(const Value *value, int depth)
{
    ValueKind kind = value_kind(value);
    if ((kind != VALUE_LIST && kind != VALUE_MAP) || depth > DATA_DEPTH)
        return NULL;
    if (kind == VALUE_MAP && is_article(value))
        return value;
    for (size_t i = 0; i < value_length(value); i++) {
        const Value *found = find_article(value_item(value, i), depth + 1);
        if (found != NULL)
            return found;
    }
    return NULL;
}

/* Text of an article as JSON-LD has it: mark-up, or lines. */
static char *
body_of(const char *text)
{
    if (text == NULL || *text == '\0')
        return NULL;
    if (strstr(text, "</") != NULL)
        return html_to_text(text);
    g_autoptr(GString) html = g_string_new("<pre>");
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++) {
        g_strstrip(lines[i]);
        if (*lines[i] != '\0')
            g_string_append_printf(html, "%s%s", html->len > 5 ? "\n\n" : "", lines[i]);
    }
    g_string_append(html, "</pre>");
    return html_to_text(html->str);
}

static void
read_article(Claims *claims, const Value *article)
{
    claim(&claims->title, value_find_string(article, "headline"), TITLE_MAX);
    g_autofree char *authors = names_of(value_find(article, "author"));
    claim(&claims->byline, authors, BYLINE_MAX);
    g_autofree char *publisher = names_of(value_find(article, "publisher"));
    claim(&claims->site, publisher, SITE_MAX);
    claim_date(claims, value_find_string(article, "datePublished"));
    claim_date(claims, value_find_string(article, "dateCreated"));
    claim_language(claims, value_find_string(article, "inLanguage"));
    claims->body = body_of(value_find_string(article, "articleBody"));
}

static void
read_data(Claims *claims, const GPtrArray *data)
{
    for (guint i = 0; i < data->len; i++) {
        const char *text = data->pdata[i];
        g_autoptr(GBytes) bytes = g_bytes_new_static(text, strlen(text));
        g_autoptr(Value) value = json_parse(bytes, NULL);
        const Value *article = value != NULL ? find_article(value, 0) : NULL;
        if (article != NULL) {
            read_article(claims, article);
            return;
        }
    }
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
            claim(member, content, max);
    }
}

static void
read_meta(Claims *claims, const Html *html)
{
    claim_meta(html, &claims->title, meta_titles, TITLE_MAX);
    claim_meta(html, &claims->byline, meta_authors, BYLINE_MAX);
    claim_meta(html, &claims->site, meta_sites, SITE_MAX);
    for (size_t i = 0; meta_dates[i] != NULL; i++)
        claim_date(claims, find_meta(html, meta_dates[i]));
    for (size_t i = 0; meta_languages[i] != NULL; i++)
        claim_language(claims, find_meta(html, meta_languages[i]));
}

/* What stands in the page */

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
        g_autofree char *line = node_line(node);
        if (*line != '\0' && g_utf8_strlen(line, -1) <= VISIBLE_MAX)
            return g_steal_pointer(&line);
    }
    return NULL;
}

static bool
names_author(const HtmlNode *node, const char *names)
{
    static const char entries[] =
        "author, byline, author name, byline name, post author, entry author, article author, "
        "autor, autorenname, autorenzeile, field name uid, news author, fn";
    return g_strcmp0(node_attribute(node, "rel"), "author") == 0 || names_hold(names, entries);
}

static bool
names_date(const HtmlNode *node, const char *names)
{
    static const char entries[] =
        "date, datum, published, pubdate, post date, entry date, article date, publish date, "
        "posted on, timestamp, datepublished, field name created, date header, news date";
    return names_hold(names, entries);
}

/* "Von Anna Beispiel", "By Jo Doe": the name alone. */
static char *
without_by(const char *byline)
{
    static const char *const words[] = { "Von ",
                                         "von ",
                                         "VON ",
                                         "By ",
                                         "by ",
                                         "BY ",
                                         "Autor: ",
                                         "Autorin: ",
                                         "Text: ",
                                         "Written by ",
                                         "Posted by ",
                                         "Verfasst von ",
                                         "Eingestellt von ",
                                         "Geschrieben von " };
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (g_str_has_prefix(byline, words[i]))
            return g_strdup(byline + strlen(words[i]));
    }
    return g_strdup(byline);
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
    if (claims->byline == NULL)
        claims->byline = find_line(html, names_author);
    if (claims->byline != NULL) {
        g_autofree char *byline = claims->byline;
        claims->byline = without_by(byline);
    }
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

/* Title */

/* The content of <title>, without the name of the site before or behind it. */
static char *
without_site(const char *title, const char *site)
{
    static const char *const separators[] = { " | ", " – ", " — ", " - ", " :: ",
                                              " » ", " · ", " • ", " / " };
    for (size_t i = 0; i < G_N_ELEMENTS(separators); i++) {
        const char *last = g_strrstr(title, separators[i]);
        if (last == NULL || last == title)
            continue;
        const char *suffix = last + strlen(separators[i]);
        size_t before = (size_t)g_utf8_strlen(title, last - title);
        size_t behind = (size_t)g_utf8_strlen(suffix, -1);
        bool is_site = site != NULL && g_ascii_strcasecmp(suffix, site) == 0;
        if (is_site || (behind <= SITE_LIKELY && before >= TITLE_LIKELY && before > behind))
            return g_strndup(title, (gsize)(last - title));
    }
    return g_strdup(title);
}

static bool
is_heading(const HtmlNode *node)
{
    return node_is(node, "h1") || node_is(node, "h2") || node_is(node, "h3");
}

/* The longest heading that is more than half of CLAIMED (which may be NULL), else the only <h1>. */
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
    return claimed == NULL && count == 1 ? g_steal_pointer(&only) : NULL;
}

static char *
title_element(const Html *html)
{
    for (const HtmlNode *node = html_first(html); node != NULL; node = node_next(node)) {
        if (node_is(node, "title") && node->children != NULL && node->children->text != NULL)
            return line_of(node->children->text, TITLE_MAX);
    }
    return NULL;
}

static void
read_title(Claims *claims, const Html *html)
{
    g_autofree char *claimed = g_steal_pointer(&claims->title);
    if (claimed == NULL)
        claimed = title_element(html);
    g_autofree char *headline = find_headline(html, claimed);
    if (headline == NULL && claimed == NULL)
        return;
    claims->title =
        headline != NULL ? g_steal_pointer(&headline) : without_site(claimed, claims->site);
}

Claims *
claims_new(const Html *html, const GPtrArray *data, const char *url)
{
    Claims *claims = g_new0(Claims, 1);
    claims->dates = g_ptr_array_new_with_free_func(g_free);
    read_language(claims, html);
    read_data(claims, data);
    read_meta(claims, html);
    read_elements(claims, html);
    read_title(claims, html);
    if (claims->site == NULL && url != NULL)
        claims->site = link_host(url);
    return claims;
}
