#include "store/pages.h"

#include <string.h>

#include "store/driver-internal.h"

#define LINE_MIN     25u /* octets */
#define WEEK_SECONDS ((int64_t)7 * 24 * 60 * 60)

/* Eight octets are enough: a line that goes by mistake would have to meet one that is repeated. */
static int64_t
hash_of(const char *line)
{
    uint8_t digest[32];
    gsize size = sizeof digest;
    int64_t hash;
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    g_checksum_update(checksum, (const guchar *)line, -1);
    g_checksum_get_digest(checksum, digest, &size);
    memcpy(&hash, digest, sizeof hash);
    return GINT64_FROM_BE(hash);
}

static bool
find_count(Store *store, const char *host, int64_t hash, int64_t *pages, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "SELECT pages FROM page_line WHERE host = $host AND hash = $hash");
    query_bind_text(query, "$host", host);
    query_bind_integer(query, "$hash", hash);
    *pages = query_step(query) ? query_integer(query, 0) : 0;
    return query_finish(query, error);
}

static bool
count(Store *store, const char *host, int64_t hash, int64_t now, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "INSERT INTO page_line (host, hash, pages, last_seen) "
                         "VALUES ($host, $hash, 1, $now) "
                         "ON CONFLICT (host, hash) DO UPDATE SET pages = page_line.pages + 1, "
                         "last_seen = excluded.last_seen");
    query_bind_text(query, "$host", host);
    query_bind_integer(query, "$hash", hash);
    query_bind_integer(query, "$now", now);
    return query_run(query, error);
}

bool
store_page_lines(Store *store, const char *host, const GPtrArray *lines, int64_t now,
                 GHashTable **repeated, GError **error)
{
    g_autoptr(GHashTable) found = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) counted = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(Transaction) transaction = transaction_begin(store, error);
    if (transaction == NULL)
        return false;
    for (guint i = 0; i < lines->len; i++) {
        char *line = lines->pdata[i];
        int64_t pages, hash;
        if (strlen(line) < LINE_MIN || !g_hash_table_add(counted, line))
            continue;
        hash = hash_of(line);
        if (!find_count(store, host, hash, &pages, error) || !count(store, host, hash, now, error))
            return false;
        if (pages >= PAGE_REPEATS)
            g_hash_table_add(found, line);
    }
    if (!transaction_commit(transaction, error))
        return false;
    *repeated = g_steal_pointer(&found);
    return true;
}

bool
store_page_lines_forget(Store *store, int64_t before, int64_t now, GError **error)
{
    g_autoptr(Query) query = query_new(store, "DELETE FROM page_line WHERE last_seen < $before "
                                              "OR (last_seen < $week AND pages < $repeats)");
    query_bind_integer(query, "$before", before);
    query_bind_integer(query, "$week", now - WEEK_SECONDS);
    query_bind_integer(query, "$repeats", PAGE_REPEATS);
    return query_run(query, error);
}
