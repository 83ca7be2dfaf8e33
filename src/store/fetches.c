#include "store/fetches.h"

#include "store/driver-internal.h"

void
fetch_free(Fetch *fetch)
{
    if (fetch == NULL)
        return;
    g_free(fetch->settings.proxy);
    g_free(fetch->state.moved_to);
    g_free(fetch->state.fingerprint);
    g_free(fetch);
}

static Fetch *
read_fetch(Query *query)
{
    Fetch *fetch = g_new0(Fetch, 1);
    int column = 1;
    fetch->settings.proxy = query_copy(query, column++);
    fetch->settings.timeout = (int)query_integer(query, column++);
    fetch->settings.http1 = query_integer(query, column++) != 0;
    fetch->settings.keep_url = query_integer(query, column++) != 0;
    fetch->settings.allow_exec = query_integer(query, column++) != 0;
    fetch->settings.allow_private = query_integer(query, column++) != 0;
    fetch->outdated = query_integer(query, column++) != 0;
    if (fetch->outdated)
        return fetch;
    fetch->state.moved_to = query_copy(query, column++);
    fetch->state.fingerprint = query_copy(query, column++);
    fetch->state.next_at = query_integer(query, column++);
    fetch->state.own_wait = query_integer(query, column++);
    fetch->state.skip_hours = (guint32)query_integer(query, column++);
    fetch->state.skip_days = (guint8)query_integer(query, column++);
    return fetch;
}

GHashTable *
store_fetches_list(Store *store, GError **error)
{
    g_autoptr(GHashTable) fetches =
        g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, (GDestroyNotify)fetch_free);
    g_autoptr(Query) query = query_new(
        store, "SELECT fetch.feed_id, proxy, timeout, http1, keep_url, allow_exec, allow_private, "
               "       CASE WHEN asked_url = feed.url THEN 0 ELSE 1 END, "
               "       moved_to, fingerprint, next_at, own_wait, skip_hours, skip_days "
               "FROM fetch JOIN feed ON feed.id = fetch.feed_id WHERE feed.retired = 0");
    while (query_step(query)) {
        const int64_t feed_id = query_integer(query, 0);
        g_hash_table_insert(fetches, g_memdup2(&feed_id, sizeof feed_id), read_fetch(query));
    }
    return query_finish(query, error) ? g_steal_pointer(&fetches) : NULL;
}

bool
store_fetch_set(Store *store, int64_t feed_id, const FetchSettings *settings, GError **error)
{
    g_autoptr(Query) query = query_new(
        store,
        "INSERT INTO fetch (feed_id, proxy, timeout, http1, keep_url, allow_exec, allow_private) "
        "VALUES ($feed, $proxy, $timeout, $http1, $keep_url, $allow_exec, $allow_private) "
        "ON CONFLICT (feed_id) DO UPDATE SET "
        "  proxy = excluded.proxy, timeout = excluded.timeout, http1 = excluded.http1, "
        "  keep_url = excluded.keep_url, allow_exec = excluded.allow_exec, "
        "  allow_private = excluded.allow_private");
    query_bind_integer(query, "$feed", feed_id);
    query_bind_text(query, "$proxy", settings->proxy);
    query_bind_integer(query, "$timeout", settings->timeout);
    query_bind_integer(query, "$http1", settings->http1);
    query_bind_integer(query, "$keep_url", settings->keep_url);
    query_bind_integer(query, "$allow_exec", settings->allow_exec);
    query_bind_integer(query, "$allow_private", settings->allow_private);
    return query_run(query, error);
}

bool
store_fetch_record(Store *store, int64_t feed_id, const FetchState *state, GError **error)
{
    g_autoptr(Query) query = query_new(
        store, "INSERT INTO fetch (feed_id, asked_url, moved_to, fingerprint, next_at, own_wait, "
               "                   skip_hours, skip_days) "
               "SELECT id, url, $moved_to, $fingerprint, $next_at, $own_wait, $skip_hours, "
               "       $skip_days FROM feed WHERE id = $feed "
               "ON CONFLICT (feed_id) DO UPDATE SET "
               "  asked_url = excluded.asked_url, moved_to = excluded.moved_to, "
               "  fingerprint = excluded.fingerprint, next_at = excluded.next_at, "
               "  own_wait = excluded.own_wait, skip_hours = excluded.skip_hours, "
               "  skip_days = excluded.skip_days");
    query_bind_integer(query, "$feed", feed_id);
    query_bind_text(query, "$moved_to", state->moved_to);
    query_bind_text(query, "$fingerprint", state->fingerprint);
    query_bind_integer(query, "$next_at", state->next_at);
    query_bind_integer(query, "$own_wait", state->own_wait);
    query_bind_integer(query, "$skip_hours", state->skip_hours);
    query_bind_integer(query, "$skip_days", state->skip_days);
    return query_run(query, error);
}

bool
store_fetch_forget(Store *store, int64_t feed_id, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "UPDATE fetch SET asked_url = NULL WHERE feed_id = $feed");
    query_bind_integer(query, "$feed", feed_id);
    return query_run(query, error);
}
