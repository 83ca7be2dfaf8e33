#include "html/extract.h"

#include <stdint.h>
#include <string.h>

#include "html/bare-internal.h"
#include "html/body-internal.h"
#include "html/claims-internal.h"
#include "html/furniture-internal.h"
#include "html/link.h"
#include "html/paragraphs-internal.h"

/* A text of less than that makes us look again, less strictly. */
#define TEXT_MIN 250u

/* So many common words tell the language of a text. */
#define COMMON_MIN 6u

/* The article as JSON-LD has it counts when it is no teaser. */
#define CLAIMED_MIN 400u
/* It wins when less percent of its words were found, or what was found has more percent of its size. */
#define SHARED_MIN      75u
#define FOUND_SHARE_MAX 250u

void
extract_free(Extract *extract)
{
    if (extract == NULL)
        return;
    g_free(extract->title);
    g_free(extract->byline);
    g_free(extract->language);
    g_free(extract->site);
    g_free(extract->text);
    g_free(extract->html);
    if (extract->dates != NULL)
        g_ptr_array_unref(extract->dates);
    g_free(extract);
}

static HtmlAttribute *
find_attribute(const HtmlNode *node, const char *name)
{
    HtmlAttribute *at = node->attributes;
    while (at != NULL && strcmp(at->name, name) != 0)
        at = at->next;
    return at;
}

/* A picture that is loaded when a reader comes near has its source somewhere else. */
static void
find_late_source(HtmlNode *image)
{
    static const char *const names[] = { "data-src", "data-lazy-src", "data-original",
                                         "data-orig-file", "data-url" };
    HtmlAttribute *source = find_attribute(image, "src");
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        HtmlAttribute *late = find_attribute(image, names[i]);
        if (late == NULL)
            continue;
        if (source != NULL)
            source->value = late->value;
        else
            late->name = "src";
        return;
    }
}

static void
find_late_sources(Html *html)
{
    for (HtmlNode *node = html_first(html); node != NULL; node = node_next(node)) {
        if (node_is(node, "img"))
            find_late_source(node);
    }
}

/* The first heading that is TITLE, else the first that holds it beside a word or two before; or NULL. */
static const HtmlNode *
heading_of(const Html *html, const char *title)
{
    const HtmlNode *longer = NULL;
    for (const HtmlNode *node = html_first(html); node != NULL && title != NULL;
         node = node_next(node)) {
        if (!node_is(node, "h1") && !node_is(node, "h2"))
            continue;
        g_autofree char *line = node_line(node);
        if (strcmp(line, title) == 0)
            return node;
        if (longer == NULL && g_str_has_suffix(line, title))
            longer = node;
    }
    return longer;
}

/* Leaves the article in HTML. STRICTLY: without what is only called furniture. */
static void
reduce(Html *html, const Claims *claims, bool strictly)
{
    paragraphs_make(html);
    const HtmlNode *heading = heading_of(html, claims->title);
    if (strictly)
        furniture_clear_page(html, heading);
    g_autoptr(GPtrArray) body = body_find(html, heading);
    if (strictly || body->len > 0) /* a note of three words is not found, but it is what there is */
        html_keep(html, body);
    furniture_clear_text(html, claims->title, claims->byline);
}

static void
take_text(Extract *extract, Html *html, const char *url)
{
    find_late_sources(html);
    g_free(extract->html);
    g_free(extract->text);
    extract->html = html_clean(html, url);
    furniture_clear_captions(html);
    extract->text = html_text(html, SIZE_MAX);
}

static char *
paragraphs(const char *text)
{
    g_autoptr(GString) html = g_string_new(NULL);
    g_auto(GStrv) lines = g_strsplit(text, "\n\n", -1);
    for (guint i = 0; lines[i] != NULL; i++) {
        g_string_append(html, "<p>");
        html_escape(html, lines[i]);
        g_string_append(html, "</p>");
    }
    return g_string_free(g_steal_pointer(&html), FALSE);
}

/* The words of TEXT and how often each is in it. */
static GHashTable *
count_words(char *const *words)
{
    GHashTable *counts = g_hash_table_new(g_str_hash, g_str_equal);
    for (; *words != NULL; words++) {
        gpointer count = g_hash_table_lookup(counts, *words);
        g_hash_table_insert(counts, *words, GUINT_TO_POINTER(GPOINTER_TO_UINT(count) + 1));
    }
    return counts;
}

/* How many percent of the words of PART are in WHOLE as well. */
static unsigned
words_shared(const char *part, const char *whole)
{
    g_auto(GStrv) wanted = g_strsplit_set(part, " \n", -1);
    g_auto(GStrv) given = g_strsplit_set(whole, " \n", -1);
    g_autoptr(GHashTable) counts = count_words(given);
    unsigned shared = 0, count = 0;
    for (; wanted[count] != NULL; count++) {
        unsigned left = GPOINTER_TO_UINT(g_hash_table_lookup(counts, wanted[count]));
        if (left == 0)
            continue;
        g_hash_table_insert(counts, wanted[count], GUINT_TO_POINTER(left - 1));
        shared++;
    }
    return count > 0 ? 100 * shared / count : 100;
}

static bool
ends_like_sentence(const char *text)
{
    static const char *const ends[] = { ".", "!", "?", "\"", "”", "“", "»", ")" };
    for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
        if (g_str_has_suffix(text, ends[i]))
            return !g_str_has_suffix(text, "...");
    }
    return false;
}

/* Whether what JSON-LD has is the better text: pages hide theirs, or have so much around it that
 * nobody could tell which it is. It is no better when it is only the beginning. */
static bool
is_better(const char *claimed, const char *found)
{
    size_t wanted = claimed != NULL ? strlen(claimed) : 0;
    if (wanted < CLAIMED_MIN)
        return false;
    return words_shared(claimed, found) < SHARED_MIN ||
           (100 * strlen(found) > FOUND_SHARE_MAX * wanted && ends_like_sentence(claimed));
}

/* How many of the words of TEXT are in WORDS, which are common in one language and in no other. */
static unsigned
count_common(const char *text, const char *const *words)
{
    unsigned count = 0;
    g_autofree char *lower = g_utf8_strdown(text, -1);
    g_auto(GStrv) parts = g_strsplit_set(lower, " \n", -1);
    for (guint i = 0; parts[i] != NULL; i++)
        count += g_strv_contains(words, parts[i]);
    return count;
}

/* The language of a page that does not say: when its words leave no doubt. */
static char *
guess_language(const char *text)
{
    static const char *const german[] = { "der",  "die", "und", "das", "nicht", "ist", "ein",
                                          "eine", "mit", "auf", "für", "sich",  "von", NULL };
    static const char *const english[] = { "the",  "and", "of", "to", "is",  "that", "for",
                                           "with", "was", "it", "on", "are", "by",   NULL };
    unsigned de = count_common(text, german), en = count_common(text, english);
    if (MAX(de, en) < COMMON_MIN || MAX(de, en) < 4 * MIN(de, en))
        return NULL;
    return g_strdup(de > en ? "de" : "en");
}

static void
take_claims(Extract *extract, Claims *claims)
{
    extract->title = g_steal_pointer(&claims->title);
    extract->byline = g_steal_pointer(&claims->byline);
    extract->language = g_steal_pointer(&claims->language);
    extract->site = g_steal_pointer(&claims->site);
    extract->dates = g_steal_pointer(&claims->dates);
    if (!is_better(claims->body, extract->text))
        return;
    g_free(extract->html);
    g_free(extract->text);
    extract->html = paragraphs(claims->body);
    extract->text = g_steal_pointer(&claims->body);
}

/* What relative URLs of the page are relative to, URL unless it says otherwise; the caller's, or NULL. */
static char *
base_of(const Html *html, const char *url)
{
    for (const HtmlNode *node = html_first(html); node != NULL; node = node_next(node)) {
        const char *href = node_is(node, "base") ? node_attribute(node, "href") : NULL;
        char *base = href != NULL ? link_resolve(url, href) : NULL;
        if (base != NULL)
            return base;
    }
    return g_strdup(url);
}

Extract *
extract_new(const char *page, const char *url)
{
    Extract *extract = g_new0(Extract, 1);
    g_autoptr(Bare) bare = bare_new(page);
    g_autoptr(Html) html = html_new_page(bare->html);
    g_autoptr(Claims) claims = claims_new(html, bare->data, url);
    g_autofree char *base = base_of(html, url);
    reduce(html, claims, true);
    take_text(extract, html, base);
    if (strlen(extract->text) < TEXT_MIN) {
        g_autoptr(Html) again = html_new_page(bare->html);
        reduce(again, claims, false);
        take_text(extract, again, base);
    }
    take_claims(extract, claims);
    if (extract->language == NULL)
        extract->language = guess_language(extract->text);
    return extract;
}
