#include "store/feeds.h"

#include <string.h>

#include "base/error.h"
#include "html/link.h"
#include "store/driver-internal.h"
#include "store/article-internal.h"
#include "store/feed-internal.h"
#include "store/memory-internal.h"

const char *
feed_state_name(FeedState state)
{
    switch (state) {
    case FEED_OK: return "ok";
    case FEED_FAILING: return "failing";
    case FEED_GONE: return "gone";
    case FEED_PAUSED: return "paused";
    case FEED_DEAD: return "dead";
    }
    g_assert_not_reached();
}

const char *
feed_origin_name(FeedOrigin origin)
{
    switch (origin) {
    case FEED_FROM_CONFIG: return "config";
    case FEED_FROM_COMMAND: return "command";
    case FEED_FROM_FOLLOW: return "follow";
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
    g_free(feed->category);
    g_free(feed);
}

/* Reading */

#define FEED_COLUMNS                                                                               \
    "feed.id, name, feed.url, feed.title, own_title, user_agent, origin, state, allow_file, "      \
    "etag, last_modified, checked_at, succeeded_at, failures, failing_since, problem, category, "  \
    "parses, recovered, held_since, told_state, told_held, listed_at, left_out, told_left_out"

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
    feed->failing_since = query_integer(query, column++);
    feed->problem = query_copy(query, column++);
    feed->category = query_copy(query, column++);
    feed->parses = query_integer(query, column++);
    feed->recovered = query_integer(query, column++);
    feed->held_since = query_integer(query, column++);
    feed->told_state = (FeedState)query_integer(query, column++);
    feed->told_held = query_integer(query, column++);
    feed->listed_at = query_integer(query, column++);
    feed->left_out = query_integer(query, column++);
    feed->told_left_out = query_integer(query, column++) != 0;
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
store_feeds_all_fail(Store *store, const GPtrArray *names, bool *all, GError **error)
{
    guint failing = 0, others = 0;
    g_autoptr(Query) query =
        query_new(store, "SELECT name, state FROM feed WHERE retired = 0 AND state <> $paused "
                         "AND ($named = 1 OR origin <> $follow)");
    query_bind_integer(query, "$paused", FEED_PAUSED);
    query_bind_integer(query, "$named", names != NULL);
    query_bind_integer(query, "$follow", FEED_FROM_FOLLOW);
    while (query_step(query)) {
        bool is_one = names == NULL ||
                      g_ptr_array_find_with_equal_func((GPtrArray *)names, query_text(query, 0),
                                                       g_str_equal, NULL);
        bool fails = query_integer(query, 1) != FEED_OK;
        failing += is_one && fails;
        others += is_one && !fails;
    }
    *all = failing > 0 && others == 0;
    return query_finish(query, error);
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

bool
store_feed_count(Store *store, int64_t feed_id, FeedCounts *counts, GError **error)
{
    g_autoptr(Query) query = query_new(
        store, "SELECT (SELECT COUNT(*) FROM article WHERE feed_id = feed.id), "
               "       (SELECT COUNT(*) FROM article WHERE feed_id = feed.id "
               "        AND published > feed.checked_at - 2419200), "
               "       (SELECT COUNT(*) FROM article WHERE feed_id = feed.id AND held = 1) "
               "FROM feed WHERE id = $feed");
    query_bind_integer(query, "$feed", feed_id);
    *counts = (FeedCounts){ 0 };
    if (query_step(query)) {
        counts->articles = query_integer(query, 0);
        counts->month = query_integer(query, 1);
        counts->held = query_integer(query, 2);
    }
    return query_finish(query, error);
}

/* Putting feeds in and taking them out */

/* A feed that comes back under another name is the one that it was: as a new one it would have to learn what
 * its readers have had, by sending it. Comments had other readers. */
static bool
take_name(Store *store, const FeedRecord *feed, GError **error)
{
    if (feed->origin == FEED_FROM_FOLLOW)
        return true;
    g_autoptr(Query) query =
        query_new(store, "UPDATE feed SET name = $name "
                         "WHERE id = (SELECT MAX(id) FROM feed WHERE url = $url AND retired = 1 "
                         "  AND origin <> $follow) "
                         "AND NOT EXISTS (SELECT 1 FROM feed WHERE name = $name)");
    query_bind_text(query, "$name", feed->name);
    query_bind_text(query, "$url", feed->url);
    query_bind_integer(query, "$follow", FEED_FROM_FOLLOW);
    return query_run(query, error);
}

/* What the configuration or a command says. A feed that was gone or failing is asked again when its
 * URL changes or it comes back; validators belong to the old URL. */
static bool
put_feed(Store *store, const FeedRecord *feed, GError **error)
{
    if (!take_name(store, feed, error))
        return false;
    g_autoptr(Query) query = query_new(
        store,
        "INSERT INTO feed (name, url, title, user_agent, origin, state, allow_file, category) "
        "VALUES ($name, $url, $title, $user_agent, $origin, $state, $allow_file, $category) "
        "ON CONFLICT (name) DO UPDATE SET "
        "  title = excluded.title, user_agent = excluded.user_agent, origin = excluded.origin, "
        "  category = COALESCE(excluded.category, feed.category), "
        "  allow_file = excluded.allow_file, retired = 0, "
        "  etag = CASE WHEN feed.url = excluded.url THEN feed.etag END, "
        "  last_modified = CASE WHEN feed.url = excluded.url THEN feed.last_modified END, "
        "  state = CASE WHEN excluded.state = $paused OR feed.state = $paused "
        "               OR feed.url <> excluded.url OR feed.retired = 1 "
        "          THEN excluded.state ELSE feed.state END, "
        "  told_state = CASE WHEN feed.retired = 1 THEN $ok ELSE feed.told_state END, "
        "  listed_at = CASE WHEN feed.url = excluded.url THEN feed.listed_at ELSE 0 END, "
        "  failures = CASE WHEN feed.url = excluded.url AND feed.retired = 0 "
        "             THEN feed.failures ELSE 0 END, "
        "  failing_since = CASE WHEN feed.url = excluded.url AND feed.retired = 0 "
        "                  THEN feed.failing_since ELSE 0 END, "
        "  url = excluded.url");
    query_bind_text(query, "$name", feed->name);
    query_bind_text(query, "$url", feed->url);
    query_bind_text(query, "$title", feed->title);
    query_bind_text(query, "$user_agent", feed->user_agent);
    query_bind_integer(query, "$origin", feed->origin);
    query_bind_integer(query, "$state", feed->state);
    query_bind_integer(query, "$allow_file", feed->allow_file);
    query_bind_text(query, "$category", feed->category);
    query_bind_integer(query, "$paused", FEED_PAUSED);
    query_bind_integer(query, "$ok", FEED_OK);
    return query_run(query, error);
}

static bool
retire_feed(Store *store, int64_t id, GError **error)
{
    g_autoptr(Query) query = query_new(store, "UPDATE feed SET retired = 1 WHERE id = $id");
    query_bind_integer(query, "$id", id);
    return query_run(query, error);
}

/* Name -> FeedRecord, borrowed from FEEDS. */
static GHashTable *
by_name(const GPtrArray *feeds)
{
    GHashTable *names = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < feeds->len; i++) {
        FeedRecord *feed = feeds->pdata[i];
        g_hash_table_insert(names, feed->name, feed);
    }
    return names;
}

/* Whether put_feed() would change nothing in KNOWN: a thousand feeds that are as they were need not be
 * written with every run. */
static bool
is_put(const FeedRecord *known, const FeedRecord *feed)
{
    return known != NULL && known->origin == feed->origin &&
           (known->state == FEED_PAUSED) == (feed->state == FEED_PAUSED) &&
           known->allow_file == feed->allow_file && strcmp(known->url, feed->url) == 0 &&
           g_strcmp0(known->title, feed->title) == 0 &&
           g_strcmp0(known->user_agent, feed->user_agent) == 0 &&
           (feed->category == NULL || g_strcmp0(known->category, feed->category) == 0);
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
    g_autoptr(GHashTable) wanted = by_name(feeds);
    for (guint i = 0; i < known->len; i++) {
        const FeedRecord *feed = known->pdata[i];
        if (feed->origin == FEED_FROM_CONFIG && !g_hash_table_contains(wanted, feed->name) &&
            !retire_feed(store, feed->id, error))
            return false;
    }
    g_autoptr(GHashTable) there = by_name(known);
    for (guint i = 0; i < feeds->len; i++) {
        const FeedRecord *feed = feeds->pdata[i];
        if (!is_put(g_hash_table_lookup(there, feed->name), feed) && !put_feed(store, feed, error))
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
    g_autofree char *key = link_key(feed->url);
    if (known == NULL)
        return false;
    for (guint i = 0; i < known->len; i++) {
        const FeedRecord *other = known->pdata[i];
        g_autofree char *other_key = link_key(other->url);
        bool same_name = strcmp(other->name, feed->name) == 0;
        bool same_url = other->origin != FEED_FROM_FOLLOW && strcmp(other_key, key) == 0;
        if (!same_name && !same_url)
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
store_feeds_put(Store *store, const GPtrArray *feeds, GError **error)
{
    g_autoptr(Transaction) transaction = transaction_begin(store, error);
    if (transaction == NULL)
        return false;
    for (guint i = 0; i < feeds->len; i++) {
        if (!put_feed(store, feeds->pdata[i], error))
            return false;
    }
    return transaction_commit(transaction, error);
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

bool
store_feed_set_state(Store *store, int64_t feed_id, FeedState state, GError **error)
{
    g_autoptr(Query) query = query_new(store, "UPDATE feed SET state = $state WHERE id = $id");
    query_bind_integer(query, "$state", state);
    query_bind_integer(query, "$id", feed_id);
    return query_run(query, error);
}

bool
store_feed_reset(Store *store, int64_t feed_id, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "UPDATE feed SET state = $ok, etag = NULL, last_modified = NULL, "
                         "failures = 0, failing_since = 0, problem = NULL WHERE id = $id");
    query_bind_integer(query, "$ok", FEED_OK);
    query_bind_integer(query, "$id", feed_id);
    return query_run(query, error);
}

/* What became of a fetch */

/* No transaction: each statement leaves what is true, and a feed's memory can be renewed next time. */
bool
store_feed_unchanged(Store *store, const FeedRecord *feed, int64_t now, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "UPDATE feed SET state = $ok, checked_at = $now, succeeded_at = $now, "
                         "failures = 0, failing_since = 0, problem = NULL WHERE id = $id");
    query_bind_integer(query, "$ok", FEED_OK);
    query_bind_integer(query, "$now", now);
    query_bind_integer(query, "$id", feed->id);
    const FeedMemory memory = { store, feed->id, now };
    return query_run(query, error) && memory_keep(&memory, feed->listed_at, error);
}

bool
store_feed_failed(Store *store, int64_t feed_id, FeedState state, const char *problem, int64_t now,
                  GError **error)
{
    g_autoptr(Query) query = query_new(
        store, "UPDATE feed SET state = $state, checked_at = $now, failures = failures + 1, "
               "failing_since = CASE WHEN failing_since = 0 THEN $now ELSE failing_since END, "
               "problem = $problem WHERE id = $id");
    query_bind_integer(query, "$state", state);
    query_bind_integer(query, "$now", now);
    query_bind_text(query, "$problem", problem);
    query_bind_integer(query, "$id", feed_id);
    return query_run(query, error);
}

bool
feed_mark_told(Store *store, const FeedRecord *feed, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "UPDATE feed SET told_state = $state, told_held = $held, "
                         "told_left_out = $left_out WHERE id = $id");
    query_bind_integer(query, "$state", feed->told_state);
    query_bind_integer(query, "$held", feed->told_held);
    query_bind_integer(query, "$left_out", feed->told_left_out);
    query_bind_integer(query, "$id", feed->id);
    return query_run(query, error);
}

/* What is held */

static bool
end_holding(Store *store, int64_t feed_id, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "UPDATE feed SET held_since = 0, told_held = 0 WHERE id = $id");
    query_bind_integer(query, "$id", feed_id);
    return query_run(query, error);
}

/* The numbers of the feed's held articles, in their order. */
static GArray *
find_held(Store *store, int64_t feed_id, GError **error)
{
    g_autoptr(GArray) held = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(Query) query =
        query_new(store, "SELECT seq FROM article WHERE feed_id = $feed AND held = 1 ORDER BY seq");
    query_bind_integer(query, "$feed", feed_id);
    while (query_step(query)) {
        int64_t seq = query_integer(query, 0);
        g_array_append_val(held, seq);
    }
    return query_finish(query, error) ? g_steal_pointer(&held) : NULL;
}

bool
store_feed_release(Store *store, int64_t feed_id, guint *count, GError **error)
{
    g_autoptr(Transaction) transaction = transaction_begin(store, error);
    if (transaction == NULL)
        return false;
    g_autoptr(GArray) held = find_held(store, feed_id, error);
    for (guint i = 0; held != NULL && i < held->len; i++) {
        if (!article_release(store, g_array_index(held, int64_t, i), error))
            return false;
    }
    if (held == NULL || !end_holding(store, feed_id, error) ||
        !transaction_commit(transaction, error))
        return false;
    *count = held->len;
    return true;
}

/* What is new by its ids alone was seen before. */
static bool
know_by_words(Store *store, int64_t feed_id, GError **error)
{
    g_autoptr(Query) query = query_new(store, "UPDATE feed SET by_words = 1 WHERE id = $id");
    query_bind_integer(query, "$id", feed_id);
    return query_run(query, error);
}

bool
store_feed_drop(Store *store, int64_t feed_id, guint *count, GError **error)
{
    g_autoptr(Transaction) transaction = transaction_begin(store, error);
    if (transaction == NULL)
        return false;
    g_autoptr(GArray) held = find_held(store, feed_id, error);
    for (guint i = 0; held != NULL && i < held->len; i++) {
        if (!article_drop(store, g_array_index(held, int64_t, i), error))
            return false;
    }
    if (held == NULL || !end_holding(store, feed_id, error) ||
        (held->len > 0 && !know_by_words(store, feed_id, error)) ||
        !transaction_commit(transaction, error))
        return false;
    *count = held->len;
    return true;
}
