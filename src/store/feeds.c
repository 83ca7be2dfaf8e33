#include "store/feeds.h"

#include <string.h>

#include "base/error.h"
#include "html/link.h"
#include "store/article-internal.h"
#include "store/driver-internal.h"

#define DAY_SECONDS 86400
#define HASH_SIZE   16 /* octets of SHA-256: enough that no two items meet by chance */

const char *
feed_state_name(FeedState state)
{
    switch (state) {
    case FEED_OK: return "ok";
    case FEED_FAILING: return "failing";
    case FEED_GONE: return "gone";
    case FEED_PAUSED: return "paused";
    }
    g_assert_not_reached();
}

FeedRecord *
feed_record_new(void)
{
    return g_new0(FeedRecord, 1);
}

void
feed_record_free(FeedRecord *feed)
{
    if (feed == NULL)
        return;
    g_free(feed->name);
    g_free(feed->url);
    g_free(feed->title);
    g_free(feed->own_title);
    g_free(feed->user_agent);
    g_free(feed->etag);
    g_free(feed->last_modified);
    g_free(feed->problem);
    g_free(feed);
}

/* Reading */

#define FEED_COLUMNS                                                                               \
    "feed.id, name, feed.url, feed.title, own_title, user_agent, origin, state, allow_file, "      \
    "etag, last_modified, checked_at, succeeded_at, failures, problem, "                           \
    "(SELECT COUNT(*) FROM article WHERE article.feed_id = feed.id)"

static FeedRecord *
read_feed(Query *query)
{
    FeedRecord *feed = feed_record_new();
    int column = 0;
    feed->id = query_integer(query, column++);
    feed->name = query_copy(query, column++);
    feed->url = query_copy(query, column++);
    feed->title = query_copy(query, column++);
    feed->own_title = query_copy(query, column++);
    feed->user_agent = query_copy(query, column++);
    feed->origin = (FeedOrigin)query_integer(query, column++);
    feed->state = (FeedState)query_integer(query, column++);
    feed->allow_file = query_integer(query, column++) != 0;
    feed->etag = query_copy(query, column++);
    feed->last_modified = query_copy(query, column++);
    feed->checked_at = query_integer(query, column++);
    feed->succeeded_at = query_integer(query, column++);
    feed->failures = (int)query_integer(query, column++);
    feed->problem = query_copy(query, column++);
    feed->articles = query_integer(query, column++);
    return feed;
}

GPtrArray *
store_feeds_list(Store *store, GError **error)
{
    g_autoptr(GPtrArray) feeds = g_ptr_array_new_with_free_func((GDestroyNotify)feed_record_free);
    g_autoptr(Query) query =
        query_new(store, "SELECT " FEED_COLUMNS " FROM feed WHERE retired = 0 ORDER BY name");
    while (query_step(query))
        g_ptr_array_add(feeds, read_feed(query));
    return query_finish(query, error) ? g_steal_pointer(&feeds) : NULL;
}

bool
store_feed_find(Store *store, const char *name, FeedRecord **feed, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "SELECT " FEED_COLUMNS " FROM feed WHERE retired = 0 AND name = $name");
    query_bind_text(query, "$name", name);
    *feed = query_step(query) ? read_feed(query) : NULL;
    return query_finish(query, error);
}

/* Putting feeds in and taking them out */

/* What the configuration or a command says. A feed that was gone or failing is asked again when its
 * URL changes; validators belong to the old URL. */
static bool
put_feed(Store *store, const FeedRecord *feed, GError **error)
{
    g_autoptr(Query) query = query_new(
        store,
        "INSERT INTO feed (name, url, title, user_agent, origin, state, allow_file) "
        "VALUES ($name, $url, $title, $user_agent, $origin, $state, $allow_file) "
        "ON CONFLICT (name) DO UPDATE SET "
        "  title = excluded.title, user_agent = excluded.user_agent, origin = excluded.origin, "
        "  allow_file = excluded.allow_file, retired = 0, "
        "  etag = CASE WHEN feed.url = excluded.url THEN feed.etag END, "
        "  last_modified = CASE WHEN feed.url = excluded.url THEN feed.last_modified END, "
        "  state = CASE WHEN excluded.state = $paused OR feed.state = $paused "
        "               OR feed.url <> excluded.url THEN excluded.state ELSE feed.state END, "
        "  url = excluded.url");
    query_bind_text(query, "$name", feed->name);
    query_bind_text(query, "$url", feed->url);
    query_bind_text(query, "$title", feed->title);
    query_bind_text(query, "$user_agent", feed->user_agent);
    query_bind_integer(query, "$origin", feed->origin);
    query_bind_integer(query, "$state", feed->state);
    query_bind_integer(query, "$allow_file", feed->allow_file);
    query_bind_integer(query, "$paused", FEED_PAUSED);
    return query_run(query, error);
}

static bool
retire_feed(Store *store, int64_t id, GError **error)
{
    g_autoptr(Query) query = query_new(store, "UPDATE feed SET retired = 1 WHERE id = $id");
    query_bind_integer(query, "$id", id);
    return query_run(query, error);
}

static bool
is_among(const GPtrArray *feeds, const char *name)
{
    for (guint i = 0; i < feeds->len; i++) {
        if (strcmp(((const FeedRecord *)feeds->pdata[i])->name, name) == 0)
            return true;
    }
    return false;
}

bool
store_feeds_sync(Store *store, const GPtrArray *feeds, GError **error)
{
    g_autoptr(Transaction) transaction = transaction_begin(store, error);
    if (transaction == NULL)
        return false;
    g_autoptr(GPtrArray) known = store_feeds_list(store, error);
    if (known == NULL)
        return false;
    for (guint i = 0; i < known->len; i++) {
        const FeedRecord *feed = known->pdata[i];
        if (feed->origin == FEED_FROM_CONFIG && !is_among(feeds, feed->name) &&
            !retire_feed(store, feed->id, error))
            return false;
    }
    for (guint i = 0; i < feeds->len; i++) {
        if (!put_feed(store, feeds->pdata[i], error))
            return false;
    }
    return transaction_commit(transaction, error);
}

bool
store_feed_add(Store *store, const FeedRecord *feed, GError **error)
{
    g_autoptr(Transaction) transaction = transaction_begin(store, error);
    if (transaction == NULL)
        return false;
    g_autoptr(GPtrArray) known = store_feeds_list(store, error);
    if (known == NULL)
        return false;
    for (guint i = 0; i < known->len; i++) {
        const FeedRecord *other = known->pdata[i];
        bool same_name = strcmp(other->name, feed->name) == 0;
        if (!same_name && strcmp(other->url, feed->url) != 0)
            continue;
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                    same_name ? "there is a feed \"%s\" already"
                              : "the URL is there already, as feed \"%s\"",
                    other->name);
        return false;
    }
    return put_feed(store, feed, error) && transaction_commit(transaction, error);
}

bool
store_feed_remove(Store *store, const char *name, bool *found, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "UPDATE feed SET retired = 1 WHERE name = $name AND retired = 0");
    query_bind_text(query, "$name", name);
    if (!query_run(query, error))
        return false;
    *found = driver_changes(store) > 0;
    return true;
}

/* What became of a fetch */

bool
store_feed_unchanged(Store *store, int64_t feed_id, int64_t now, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "UPDATE feed SET state = $ok, checked_at = $now, succeeded_at = $now, "
                         "failures = 0, problem = NULL WHERE id = $id");
    query_bind_integer(query, "$ok", FEED_OK);
    query_bind_integer(query, "$now", now);
    query_bind_integer(query, "$id", feed_id);
    return query_run(query, error);
}

bool
store_feed_failed(Store *store, int64_t feed_id, FeedState state, const char *problem, int64_t now,
                  GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "UPDATE feed SET state = $state, checked_at = $now, "
                         "failures = failures + 1, problem = $problem WHERE id = $id");
    query_bind_integer(query, "$state", state);
    query_bind_integer(query, "$now", now);
    query_bind_text(query, "$problem", problem);
    query_bind_integer(query, "$id", feed_id);
    return query_run(query, error);
}

/* Harvest */

typedef struct {
    Store *store;
    int64_t feed_id;
    int64_t now;
    GHashTable *links; /* link_key -> how often in this document */
} Harvest;

static void
hash_of(const char *kind, const char *text, uint8_t hash[HASH_SIZE])
{
    uint8_t digest[32];
    gsize size = sizeof digest;
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    g_checksum_update(checksum, (const guchar *)kind, -1);
    g_checksum_update(checksum, (const guchar *)text, -1);
    g_checksum_get_digest(checksum, digest, &size);
    memcpy(hash, digest, HASH_SIZE);
}

/* True in *SEEN when the feed has shown HASH before; remembers it in any case. */
static bool
see(const Harvest *harvest, const uint8_t hash[HASH_SIZE], bool *seen, GError **error)
{
    g_autoptr(Query) find = query_new(
        harvest->store, "SELECT last_seen FROM seen WHERE feed_id = $feed AND hash = $hash");
    query_bind_integer(find, "$feed", harvest->feed_id);
    query_bind_blob(find, "$hash", hash, HASH_SIZE);
    bool found = query_step(find);
    int64_t last_seen = found ? query_integer(find, 0) : 0;
    if (!query_finish(find, error))
        return false;
    *seen |= found;
    if (found && harvest->now - last_seen < DAY_SECONDS)
        return true;
    g_autoptr(Query) put = query_new(
        harvest->store, "INSERT INTO seen (feed_id, hash, last_seen) VALUES ($feed, $hash, $now) "
                        "ON CONFLICT (feed_id, hash) DO UPDATE SET last_seen = excluded.last_seen");
    query_bind_integer(put, "$feed", harvest->feed_id);
    query_bind_blob(put, "$hash", hash, HASH_SIZE);
    query_bind_integer(put, "$now", harvest->now);
    return query_run(put, error);
}

/* An article is known by its identity, and by its link where the link is its own: some feeds link
 * all their items to one page. So a changed guid, http for https or a new utm_source make no new
 * article. */
static bool
see_article(const Harvest *harvest, const Article *article, bool *seen, GError **error)
{
    uint8_t hash[HASH_SIZE];
    *seen = false;
    hash_of("identity:", article->identity, hash);
    if (!see(harvest, hash, seen, error))
        return false;
    g_autofree char *key = article->url == NULL ? NULL : link_key(article->url);
    if (key == NULL || GPOINTER_TO_UINT(g_hash_table_lookup(harvest->links, key)) != 1)
        return true;
    hash_of("link:", key, hash);
    return see(harvest, hash, seen, error);
}

static GHashTable *
count_links(const GPtrArray *articles)
{
    GHashTable *links = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < articles->len; i++) {
        const Article *article = articles->pdata[i];
        char *key = article->url == NULL ? NULL : link_key(article->url);
        if (key == NULL)
            continue;
        guint count = GPOINTER_TO_UINT(g_hash_table_lookup(links, key));
        g_hash_table_replace(links, key, GUINT_TO_POINTER(count + 1));
    }
    return links;
}

static int
older_first(gconstpointer a, gconstpointer b)
{
    const Article *left = *(const Article *const *)a;
    const Article *right = *(const Article *const *)b;
    return (left->published > right->published) - (left->published < right->published);
}

/* The articles that were never seen, oldest first; of the same age, the last in the document first,
 * since feeds begin with what is new. */
static GPtrArray *
new_articles(const Harvest *harvest, const GPtrArray *articles, GError **error)
{
    g_autoptr(GPtrArray) fresh = g_ptr_array_new();
    for (guint i = articles->len; i > 0; i--) {
        bool seen = false;
        if (!see_article(harvest, articles->pdata[i - 1], &seen, error))
            return NULL;
        if (!seen)
            g_ptr_array_add(fresh, articles->pdata[i - 1]);
    }
    g_ptr_array_sort(fresh, older_first); /* a merge sort: equals keep their order */
    return g_steal_pointer(&fresh);
}

static bool
is_first_harvest(const Harvest *harvest, bool *first, GError **error)
{
    g_autoptr(Query) query =
        query_new(harvest->store, "SELECT 1 FROM seen WHERE feed_id = $feed LIMIT 1");
    query_bind_integer(query, "$feed", harvest->feed_id);
    *first = !query_step(query);
    return query_finish(query, error);
}

static bool
record_success(const Harvest *harvest, const FeedHarvest *brought, GError **error)
{
    g_autoptr(Query) query = query_new(
        harvest->store, "UPDATE feed SET state = $ok, checked_at = $now, succeeded_at = $now, "
                        "failures = 0, problem = NULL, etag = $etag, "
                        "last_modified = $last_modified, own_title = $title WHERE id = $id");
    query_bind_integer(query, "$ok", FEED_OK);
    query_bind_integer(query, "$now", harvest->now);
    query_bind_text(query, "$etag", brought->etag);
    query_bind_text(query, "$last_modified", brought->last_modified);
    query_bind_text(query, "$title", brought->title);
    query_bind_integer(query, "$id", harvest->feed_id);
    return query_run(query, error);
}

bool
store_feed_harvest(Store *store, int64_t feed_id, const FeedHarvest *brought, int64_t now,
                   guint *taken, GError **error)
{
    g_autoptr(Transaction) transaction = transaction_begin(store, error);
    if (transaction == NULL)
        return false;
    g_autoptr(GHashTable) links = count_links(brought->articles);
    Harvest harvest = { .store = store, .feed_id = feed_id, .now = now, .links = links };
    bool first = false;
    if (!is_first_harvest(&harvest, &first, error))
        return false;
    g_autoptr(GPtrArray) fresh = new_articles(&harvest, brought->articles, error);
    if (fresh == NULL)
        return false;
    guint backlog = first && fresh->len > brought->keep ? fresh->len - brought->keep : 0;
    for (guint i = 0; i < fresh->len; i++) {
        if (!article_insert(store, feed_id, fresh->pdata[i], i < backlog, error))
            return false;
    }
    if (!record_success(&harvest, brought, error) || !transaction_commit(transaction, error))
        return false;
    *taken = fresh->len - backlog;
    return true;
}
