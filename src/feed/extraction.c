#include "feed/extraction.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "feed/date.h"
#include "feed/safe_list-internal.h"

static void *
new_extract(void)
{
    Extract *extract = g_new0(Extract, 1);
    extract->dates = g_ptr_array_new_with_free_func(g_free);
    return extract;
}

static const Fact extract_facts[] = {
    { "title", FACT_TEXT, offsetof(Extract, title) },
    { "byline", FACT_TEXT, offsetof(Extract, byline) },
    { "language", FACT_TEXT, offsetof(Extract, language) },
    { "site", FACT_TEXT, offsetof(Extract, site) },
    { "text", FACT_TEXT, offsetof(Extract, text) },
    { "html", FACT_TEXT, offsetof(Extract, html) },
    { "dates", FACT_TEXTS, offsetof(Extract, dates) },
};
G_STATIC_ASSERT(sizeof(Extract) == 8 * G_N_ELEMENTS(extract_facts));

static const FactTable extract_table = { extract_facts, G_N_ELEMENTS(extract_facts), new_extract };

static bool
read_page(const char *text, size_t size, const SafeDocument *document, GPtrArray *list,
          GError **error)
{
    g_autofree char *page = text_repair(text, size); /* without NUL, with an end */
    g_ptr_array_add(list, extract_new(page, document->base_url));
    return true;
}

Extract *
extraction_of_page(const SafeDocument *page, GError **error)
{
    static const SafeListKind kind = { &extract_table, (GDestroyNotify)extract_free, read_page };
    g_autoptr(GPtrArray) list = safe_list_read(&kind, page, error);
    if (list == NULL)
        return NULL;
    const Extract *extract = list->len == 1 ? list->pdata[0] : NULL;
    if (extract == NULL || extract->text == NULL || extract->html == NULL) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                    "cannot be read: the reader gave an answer that makes no sense");
        return NULL;
    }
    return g_ptr_array_steal_index(list, 0);
}

/* A date with words behind it, or a time that "Uhr" follows. */
static bool
parse_beginning(const char *text, int64_t *time)
{
    static const char *const ends[] = { " • ", " Uhr", ", ",   " um ", " | ",
                                        " – ", " - ",  " at ", NULL };
    for (size_t i = 0; ends[i] != NULL; i++) {
        const char *end = strstr(text, ends[i]);
        g_autofree char *part = g_strndup(text, end != NULL ? (gsize)(end - text) : 0);
        if (end != NULL && feed_date_parse(part, time))
            return true;
    }
    return feed_date_parse(text, time);
}

/* A date as people write it on a page: with words before it, too. "Posted: May 4, 2026 at 6:12 p.m." begins
 * with its month, "Stand: 4. Mai 2026" with its day. */
static bool
parse_visible(const char *text, int64_t *time)
{
    const char *digit = text + strcspn(text, "0123456789");
    for (const char *at = text; at < digit; at += strspn(at, " ")) {
        if (g_ascii_isupper(*at) && parse_beginning(at, time))
            return true;
        at += strcspn(at, " ");
    }
    return parse_beginning(digit, time);
}

int64_t
extraction_published(const Extract *extract)
{
    int64_t time;
    for (guint i = 0; i < extract->dates->len; i++) {
        g_auto(GStrv) pieces = g_strsplit(extract->dates->pdata[i], " · ", -1);
        for (guint k = 0; pieces[k] != NULL; k++) {
            if (feed_date_parse(pieces[k], &time) || parse_visible(pieces[k], &time))
                return time;
        }
    }
    return 0;
}
