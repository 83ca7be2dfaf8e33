/* What of a document cannot be new although it seems so (harvest-internal.h). */
#include "store/harvest-internal.h"

/* A document in which nearly everything is new, though most of it cannot be, is held. Fewer than
 * ALARM_ARTICLES flood nobody. */
#define ALARM_ARTICLES 3
#define ALARM_PERCENT  80
/* So many of a feed's last articles are compared with what looks new. */
#define ALARM_MEMORY 1000

bool
harvest_is_nearly_all(const Harvest *harvest, guint number)
{
    return number >= ALARM_ARTICLES && number * 100 >= harvest->items->len * ALARM_PERCENT;
}

/* All of them */

/* What a reader takes for the same article, whatever its id, link and date. */
static char *
words_key(const char *title, const char *excerpt)
{
    return g_strconcat(title, "\n", excerpt, NULL);
}

typedef enum {
    WORDS_UNKNOWN,
    WORDS_TAKEN,
    WORDS_HELD,
} Words;

/* The words of the feed's last articles: words_key() -> Words. */
static GHashTable *
read_words(const Harvest *harvest, GError **error)
{
    g_autoptr(GHashTable) words = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(Query) query =
        query_new(harvest->store, "SELECT revision.title, revision.excerpt, article.held "
                                  "FROM article JOIN revision ON revision.seq = article.seq "
                                  "AND revision.number = article.revision "
                                  "WHERE article.feed_id = $feed "
                                  "ORDER BY article.seq DESC LIMIT $limit");
    query_bind_integer(query, "$feed", harvest->feed_id);
    query_bind_integer(query, "$limit", ALARM_MEMORY);
    while (query_step(query)) {
        g_autofree char *key = words_key(query_text(query, 0), query_text(query, 1));
        Words before = GPOINTER_TO_INT(g_hash_table_lookup(words, key));
        Words here = query_integer(query, 2) != 0 ? WORDS_HELD : WORDS_TAKEN;
        g_hash_table_replace(words, g_steal_pointer(&key), GINT_TO_POINTER(MAX(before, here)));
    }
    return query_finish(query, error) ? g_steal_pointer(&words) : NULL;
}

static Words
find_words(GHashTable *words, const Article *article)
{
    g_autofree char *key = words_key(article->title, article->excerpt);
    return GPOINTER_TO_INT(g_hash_table_lookup(words, key));
}

/* Had its identity been as it is now, it would have been seen: it was there the last time, by its
 * date (an hour is for those who publish late; another URL says nothing about dates), by its link, or
 * by its words. */
static bool
is_suspicious(const Harvest *harvest, GHashTable *words, const Item *item)
{
    bool dated_before =
        harvest->listed_at != 0 && item->article->published < harvest->succeeded_at - HOUR_SECONDS;
    return dated_before || item->link_known || find_words(words, item->article) != WORDS_UNKNOWN;
}

/* Whether FRESH is a feed that changed its ids, or was imported anew, rather than news. WORDS is set
 * when it is. */
static bool
judge(const Harvest *harvest, const GPtrArray *fresh, GHashTable **words, GError **error)
{
    if (!harvest_is_nearly_all(harvest, fresh->len))
        return true;
    g_autoptr(GHashTable) known = read_words(harvest, error);
    if (known == NULL)
        return false;
    guint suspicious = 0;
    for (guint i = 0; i < fresh->len; i++)
        suspicious += is_suspicious(harvest, known, fresh->pdata[i]);
    if (suspicious * 2 > fresh->len)
        *words = g_steal_pointer(&known);
    return true;
}

static GPtrArray *
take_all(GPtrArray *fresh, GHashTable *words)
{
    GPtrArray *suspects = g_ptr_array_new();
    for (guint i = 0; i < fresh->len; i++) {
        Item *item = fresh->pdata[i];
        if (find_words(words, item->article) != WORDS_HELD)
            g_ptr_array_add(suspects, item);
    }
    g_ptr_array_set_size(fresh, 0);
    return suspects;
}

/* Some of them */

/* The numbers of those of the document's articles that are known. */
static GHashTable *
listed_articles(const Harvest *harvest)
{
    GHashTable *listed = g_hash_table_new(g_int64_hash, g_int64_equal);
    for (guint i = 0; i < harvest->items->len; i++) {
        Item *item = &g_array_index(harvest->items, Item, i);
        if (item->known)
            g_hash_table_add(listed, &item->seq);
    }
    return listed;
}

/* Those of FRESH (of Item *, borrowed) that have title, teaser and date of an article that is not listed
 * any more. */
static GPtrArray *
find_repeats(const Harvest *harvest, const GPtrArray *fresh, GError **error)
{
    g_autoptr(GPtrArray) repeats = g_ptr_array_new();
    g_autoptr(GHashTable) listed = listed_articles(harvest);
    for (guint i = 0; i < fresh->len; i++) {
        Item earlier = *(const Item *)fresh->pdata[i];
        if (earlier.article->published == harvest->now) /* it has no date */
            continue;
        if (!harvest_recall_by_words(harvest, &earlier, error))
            return NULL;
        if (earlier.known && !g_hash_table_contains(listed, &earlier.seq))
            g_ptr_array_add(repeats, fresh->pdata[i]);
    }
    return g_steal_pointer(&repeats);
}

/* A site may move one of its parts: then some of its articles change their ids, and the rest do not. */
static GPtrArray *
take_repeats(const Harvest *harvest, GPtrArray *fresh, GError **error)
{
    g_autoptr(GPtrArray) repeats = find_repeats(harvest, fresh, error);
    if (repeats != NULL && repeats->len < ALARM_ARTICLES)
        g_ptr_array_set_size(repeats, 0);
    for (guint i = 0; repeats != NULL && i < repeats->len; i++)
        g_ptr_array_remove(fresh, repeats->pdata[i]);
    return g_steal_pointer(&repeats);
}

GPtrArray *
harvest_take_suspects(const Harvest *harvest, GPtrArray *fresh, GError **error)
{
    g_autoptr(GHashTable) words = NULL;
    if (!harvest->remembered || fresh->len < ALARM_ARTICLES)
        return g_ptr_array_new();
    if (!judge(harvest, fresh, &words, error))
        return NULL;
    return words != NULL ? take_all(fresh, words) : take_repeats(harvest, fresh, error);
}
