/* What a feed's document brings (store_feed_harvest() of feeds.h).
 *
 * An article is known by the first of its identities that is its own, or by its link. An identity that
 * one document gives to several articles is marked in the feed's memory as shared and names none of
 * them from then on; the next finer one does. So a feed that repeats its guids has all its articles,
 * and one that mends a link or a title does not have them twice. Once the operator has found that a feed
 * changes its ids (store_feed_drop()), words and date tell its articles as well. */
#include "store/harvest-internal.h"

#include <string.h>

#include "html/link.h"

/* So long an article without a date is known by its words. */
#define WORDS_SECONDS (90 * 24 * HOUR_SECONDS)

static void
item_clear(void *item)
{
    g_free(((Item *)item)->link);
}

static void
harvest_clear(Harvest *harvest)
{
    g_clear_pointer(&harvest->counts, g_hash_table_unref);
    g_clear_pointer(&harvest->items, g_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Harvest, harvest_clear)

/* The document */

static bool
is_shared_here(const Harvest *harvest, const char *name)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(harvest->counts, name)) > 1;
}

static void
count(GHashTable *counts, char *name)
{
    guint before = GPOINTER_TO_UINT(g_hash_table_lookup(counts, name));
    g_hash_table_replace(counts, name, GUINT_TO_POINTER(before + 1));
}

static void
count_names(GHashTable *counts, const Item *item)
{
    const GPtrArray *identities = item->article->identities;
    for (guint i = 0; i < identities->len; i++)
        count(counts, identities->pdata[i]);
    if (item->link != NULL)
        count(counts, item->link);
}

/* The articles of the document, each once: one that is equal to another down to its finest identity
 * is the same. */
static void
read_document(Harvest *harvest, const GPtrArray *articles)
{
    for (guint i = 0; i < articles->len; i++) {
        Item item = { .article = articles->pdata[i] };
        const GPtrArray *identities = item.article->identities;
        if (g_hash_table_contains(harvest->counts, identities->pdata[identities->len - 1]))
            continue;
        item.link = item.article->url != NULL ? link_key(item.article->url) : NULL;
        count_names(harvest->counts, &item);
        g_array_append_val(harvest->items, item);
    }
}

/* Which article it is */

/* True in *SAME unless the article SEQ is another one, although this has its link: a page that each
 * day shows something else has a new guid, a new title and a new date each day. */
static bool
is_same_article(const Harvest *harvest, int64_t seq, const Article *article, bool *same,
                GError **error)
{
    g_autoptr(Query) query = query_new(
        harvest->store, "SELECT revision.title, article.published FROM article "
                        "JOIN revision ON revision.seq = article.seq "
                        "AND revision.number = article.revision WHERE article.seq = $seq");
    query_bind_integer(query, "$seq", seq);
    *same = true;
    if (query_step(query))
        *same = strcmp(query_text(query, 0), article->title) == 0 ||
                article->published - query_integer(query, 1) < HOUR_SECONDS;
    return query_finish(query, error);
}

/* An article whose identity is new may still be known by its link. */
static bool
recall_by_link(const Harvest *harvest, Item *item, GError **error)
{
    Recollection memory;
    if (item->link == NULL || is_shared_here(harvest, item->link))
        return true;
    if (!memory_recall(&harvest->memory, NAME_LINK, item->link, &memory, error))
        return false;
    if (!memory.found || memory.shared)
        return true;
    item->seq = memory.article;
    if (!is_same_article(harvest, memory.article, item->article, &item->known, error))
        return false;
    if (item->known)
        return true;
    item->seq = 0;
    item->link_known = true;
    return memory_remember(&harvest->memory, NAME_LINK, item->link, 0, true, error);
}

/* A link may hold a session, and then nothing but its words is steady. */
bool
harvest_recall_by_words(const Harvest *harvest, Item *item, GError **error)
{
    const Article *article = item->article;
    bool is_dated = article->published < harvest->now;
    g_autoptr(Query) query = query_new(
        harvest->store,
        "SELECT article.seq FROM article JOIN revision ON revision.seq = article.seq "
        "AND revision.number = article.revision "
        "WHERE article.feed_id = $feed AND article.published BETWEEN $from AND $to "
        "AND article.held = 0 AND revision.title = $title AND revision.excerpt = $excerpt LIMIT 1");
    query_bind_integer(query, "$feed", harvest->feed_id);
    query_bind_integer(query, "$from", article->published - (is_dated ? 0 : WORDS_SECONDS));
    query_bind_integer(query, "$to", article->published);
    query_bind_text(query, "$title", article->title);
    query_bind_text(query, "$excerpt", article->excerpt);
    item->known = query_step(query);
    if (item->known)
        item->seq = query_integer(query, 0);
    return query_finish(query, error);
}

static bool
recognise(const Harvest *harvest, Item *item, GError **error)
{
    const GPtrArray *identities = item->article->identities;
    Recollection memory = { 0 };
    for (guint i = 0; i < identities->len; i++) {
        item->identity = identities->pdata[i];
        if (!memory_recall(&harvest->memory, NAME_IDENTITY, item->identity, &memory, error))
            return false;
        if (!memory.shared && !is_shared_here(harvest, item->identity))
            break;
    }
    item->known = memory.found;
    item->seq = memory.article;
    if (!item->known && !recall_by_link(harvest, item, error))
        return false;
    return item->known || !harvest->by_words || harvest_recall_by_words(harvest, item, error);
}

static bool
remember_item(const Harvest *harvest, const Item *item, GError **error)
{
    const GPtrArray *identities = item->article->identities;
    for (guint i = 0; i < identities->len; i++) {
        const char *identity = identities->pdata[i];
        if (!memory_remember(&harvest->memory, NAME_IDENTITY, identity, item->seq,
                             is_shared_here(harvest, identity), error))
            return false;
    }
    if (item->link == NULL)
        return true;
    return memory_remember(&harvest->memory, NAME_LINK, item->link, item->seq,
                           is_shared_here(harvest, item->link), error);
}

static int
older_first(gconstpointer a, gconstpointer b)
{
    const Article *left = (*(Item *const *)a)->article;
    const Article *right = (*(Item *const *)b)->article;
    return (left->published > right->published) - (left->published < right->published);
}

/* The items that were never seen (of Item *, borrowed), oldest first; of the same age, the last in
 * the document first, since feeds begin with what is new. */
static GPtrArray *
find_fresh(const Harvest *harvest, GError **error)
{
    g_autoptr(GPtrArray) fresh = g_ptr_array_new();
    for (guint i = harvest->items->len; i > 0; i--) {
        Item *item = &g_array_index(harvest->items, Item, i - 1);
        if (!recognise(harvest, item, error))
            return NULL;
        if (!item->known)
            g_ptr_array_add(fresh, item);
    }
    g_ptr_array_sort(fresh, older_first); /* a merge sort: equals keep their order */
    return g_steal_pointer(&fresh);
}

/* Storing */

static bool
insert(const Harvest *harvest, Item *item, ArticlePlace place, GError **error)
{
    return article_insert(harvest->store, harvest->feed_id, item->article, item->identity, place,
                          &item->seq, error);
}

static bool
take_fresh(const Harvest *harvest, const GPtrArray *fresh, guint keep, HarvestReport *report,
           GError **error)
{
    bool first = harvest->listed_at == 0;
    guint backlog = first && fresh->len > keep ? fresh->len - keep : 0;
    for (guint i = 0; i < fresh->len; i++) {
        if (!insert(harvest, fresh->pdata[i], (ArticlePlace){ .backlog = i < backlog }, error))
            return false;
    }
    report->taken = fresh->len - backlog;
    return true;
}

static bool
record_alarm(const Harvest *harvest, GError **error)
{
    g_autoptr(Query) query = query_new(harvest->store, "UPDATE feed SET held_since = $now "
                                                       "WHERE id = $id AND held_since = 0");
    query_bind_integer(query, "$now", harvest->now);
    query_bind_integer(query, "$id", harvest->feed_id);
    return query_run(query, error);
}

static bool
hold(const Harvest *harvest, const GPtrArray *suspects, HarvestReport *report, GError **error)
{
    for (guint i = 0; i < suspects->len; i++) {
        if (!insert(harvest, suspects->pdata[i], (ArticlePlace){ .held = true }, error))
            return false;
    }
    report->held = suspects->len;
    return suspects->len == 0 || record_alarm(harvest, error);
}

static bool
store_fresh(const Harvest *harvest, guint keep, HarvestReport *report, GError **error)
{
    g_autoptr(GPtrArray) fresh = find_fresh(harvest, error);
    g_autoptr(GPtrArray) suspects =
        fresh != NULL ? harvest_take_suspects(harvest, fresh, error) : NULL;
    return suspects != NULL && hold(harvest, suspects, report, error) &&
           take_fresh(harvest, fresh, keep, report, error);
}

/* The articles in UPDATED (of int64_t) have new texts. A site that changes all its texts at once has a
 * new look, and no news. */
static bool
renew(const Harvest *harvest, const GArray *updated, HarvestReport *report, GError **error)
{
    if (harvest_is_nearly_all(harvest, updated->len))
        return true;
    for (guint i = 0; i < updated->len; i++) {
        if (!article_renew(harvest->store, g_array_index(updated, int64_t, i), error))
            return false;
    }
    report->updated = updated->len;
    return true;
}

static bool
record_items(const Harvest *harvest, HarvestReport *report, GError **error)
{
    g_autoptr(GArray) updated = g_array_new(FALSE, FALSE, sizeof(int64_t));
    for (guint i = 0; i < harvest->items->len; i++) {
        const Item *item = &g_array_index(harvest->items, Item, i);
        bool is_updated = false;
        if (!remember_item(harvest, item, error))
            return false;
        if (item->known && item->seq != 0 &&
            !article_revise(harvest->store, item->seq, item->article, harvest->now, &is_updated,
                            error))
            return false;
        if (is_updated)
            g_array_append_val(updated, item->seq);
    }
    return renew(harvest, updated, report, error);
}

static bool
harvest_init(Harvest *harvest, GError **error)
{
    harvest->counts = g_hash_table_new(g_str_hash, g_str_equal);
    harvest->items = g_array_new(FALSE, FALSE, sizeof(Item));
    g_array_set_clear_func(harvest->items, item_clear);
    g_autoptr(Query) query =
        query_new(harvest->store, "SELECT listed_at, succeeded_at, "
                                  "CASE WHEN EXISTS (SELECT 1 FROM seen WHERE feed_id = feed.id) "
                                  "THEN 1 ELSE 0 END, by_words FROM feed WHERE id = $id");
    query_bind_integer(query, "$id", harvest->feed_id);
    if (query_step(query)) {
        harvest->remembered = query_integer(query, 2) != 0;
        harvest->listed_at = harvest->remembered ? query_integer(query, 0) : 0;
        harvest->succeeded_at = query_integer(query, 1);
        harvest->by_words = query_integer(query, 3) != 0;
    }
    return query_finish(query, error);
}

static bool
record_success(const Harvest *harvest, const FeedHarvest *brought, GError **error)
{
    g_autoptr(Query) query = query_new(
        harvest->store,
        "UPDATE feed SET state = $ok, checked_at = $now, succeeded_at = $now, listed_at = $now, "
        "failures = 0, failing_since = 0, problem = NULL, etag = $etag, "
        "last_modified = $last_modified, own_title = $title, parses = parses + 1, "
        "recovered = recovered + $recovered, left_out = $left_out WHERE id = $id");
    query_bind_integer(query, "$ok", FEED_OK);
    query_bind_integer(query, "$now", harvest->now);
    query_bind_text(query, "$etag", brought->etag);
    query_bind_text(query, "$last_modified", brought->last_modified);
    query_bind_text(query, "$title", brought->title);
    query_bind_integer(query, "$recovered", brought->recovered);
    query_bind_integer(query, "$left_out", brought->left_out);
    query_bind_integer(query, "$id", harvest->feed_id);
    return query_run(query, error);
}

bool
store_feed_harvest(Store *store, int64_t feed_id, const FeedHarvest *brought, int64_t now,
                   HarvestReport *report, GError **error)
{
    HarvestReport found = { 0 };
    g_autoptr(Transaction) transaction = transaction_begin(store, error);
    if (transaction == NULL)
        return false;
    g_auto(Harvest) harvest = {
        .store = store, .feed_id = feed_id, .now = now, .memory = { store, feed_id, now }
    };
    if (!harvest_init(&harvest, error))
        return false;
    read_document(&harvest, brought->articles);
    if (!store_fresh(&harvest, brought->keep, &found, error) ||
        !record_items(&harvest, &found, error) || !record_success(&harvest, brought, error) ||
        !transaction_commit(transaction, error))
        return false;
    *report = found;
    return true;
}

static int
newest_first(gconstpointer a, gconstpointer b)
{
    const Article *left = *(Article *const *)a;
    const Article *right = *(Article *const *)b;
    return (left->published < right->published) - (left->published > right->published);
}

/* Appends what is new of HARVEST's document to NEWS. */
static bool
find_news(const Harvest *harvest, GPtrArray *news, GError **error)
{
    for (guint i = 0; i < harvest->items->len; i++) {
        Item *item = &g_array_index(harvest->items, Item, i);
        bool is_news = true;
        if (!recognise(harvest, item, error))
            return false;
        if (item->known &&
            !article_differs(harvest->store, item->seq, item->article, &is_news, error))
            return false;
        if (is_news)
            g_ptr_array_add(news, (void *)item->article);
    }
    g_ptr_array_sort(news, newest_first);
    return true;
}

GPtrArray *
store_feed_find_news(Store *store, int64_t feed_id, const GPtrArray *articles, int64_t now,
                     GError **error)
{
    /* Never committed: recognising an article may mark what it is known by. */
    g_autoptr(Transaction) transaction = transaction_begin(store, error);
    if (transaction == NULL)
        return NULL;
    g_auto(Harvest) harvest = {
        .store = store, .feed_id = feed_id, .now = now, .memory = { store, feed_id, now }
    };
    if (!harvest_init(&harvest, error))
        return NULL;
    read_document(&harvest, articles);
    g_autoptr(GPtrArray) news = g_ptr_array_new();
    return find_news(&harvest, news, error) ? g_steal_pointer(&news) : NULL;
}
