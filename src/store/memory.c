#include "store/memory-internal.h"

#include <string.h>

#include "store/feeds.h"

#define DAY_SECONDS 86400
#define HASH_SIZE   16 /* octets of SHA-256: enough that no two names meet by chance */

typedef struct {
    uint8_t octets[HASH_SIZE];
} Hash;

static Hash
hash_of(NameKind kind, const char *name)
{
    uint8_t digest[32];
    gsize size = sizeof digest;
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    g_checksum_update(checksum, (const guchar *)(kind == NAME_LINK ? "link:" : "identity:"), -1);
    g_checksum_update(checksum, (const guchar *)name, -1);
    g_checksum_get_digest(checksum, digest, &size);
    Hash hash;
    memcpy(hash.octets, digest, HASH_SIZE);
    return hash;
}

static bool
recall(const FeedMemory *memory, const Hash *hash, Recollection *recollection, GError **error)
{
    *recollection = (Recollection){ 0 };
    g_autoptr(Query) query = query_new(memory->store, "SELECT shared, article, last_seen FROM seen "
                                                      "WHERE feed_id = $feed AND hash = $hash");
    query_bind_integer(query, "$feed", memory->feed_id);
    query_bind_blob(query, "$hash", hash->octets, HASH_SIZE);
    if (query_step(query)) {
        recollection->found = true;
        recollection->shared = query_integer(query, 0) != 0;
        recollection->article = query_integer(query, 1);
        recollection->last_seen = query_integer(query, 2);
    }
    return query_finish(query, error);
}

bool
memory_recall(const FeedMemory *memory, NameKind kind, const char *name, Recollection *recollection,
              GError **error)
{
    Hash hash = hash_of(kind, name);
    return recall(memory, &hash, recollection, error);
}

static bool
write_row(const FeedMemory *memory, const Hash *hash, int64_t seq, bool shared, GError **error)
{
    g_autoptr(Query) query = query_new(
        memory->store,
        "INSERT INTO seen (feed_id, hash, last_seen, article, shared) "
        "VALUES ($feed, $hash, $now, $article, $shared) "
        "ON CONFLICT (feed_id, hash) DO UPDATE SET last_seen = excluded.last_seen, "
        "  article = CASE WHEN excluded.article = 0 THEN seen.article ELSE excluded.article END, "
        "  shared = CASE WHEN excluded.shared = 1 THEN 1 ELSE seen.shared END");
    query_bind_integer(query, "$feed", memory->feed_id);
    query_bind_blob(query, "$hash", hash->octets, HASH_SIZE);
    query_bind_integer(query, "$now", memory->now);
    query_bind_integer(query, "$article", seq);
    query_bind_integer(query, "$shared", shared);
    return query_run(query, error);
}

bool
memory_remember(const FeedMemory *memory, NameKind kind, const char *name, int64_t seq, bool shared,
                GError **error)
{
    Recollection before;
    Hash hash = hash_of(kind, name);
    if (!recall(memory, &hash, &before, error))
        return false;
    bool recent = before.found && memory->now - before.last_seen < DAY_SECONDS;
    bool same = before.shared || (!shared && (seq == 0 || seq == before.article));
    return (recent && same) || write_row(memory, &hash, seq, shared, error);
}

bool
memory_keep(const FeedMemory *memory, int64_t listed_at, GError **error)
{
    if (listed_at == 0 || memory->now - listed_at < DAY_SECONDS)
        return true;
    g_autoptr(Query) keep =
        query_new(memory->store, "UPDATE seen SET last_seen = $now "
                                 "WHERE feed_id = $feed AND last_seen > $listed - $day");
    query_bind_integer(keep, "$now", memory->now);
    query_bind_integer(keep, "$feed", memory->feed_id);
    query_bind_integer(keep, "$listed", listed_at);
    query_bind_integer(keep, "$day", DAY_SECONDS);
    if (!query_run(keep, error))
        return false;
    g_autoptr(Query) feed =
        query_new(memory->store, "UPDATE feed SET listed_at = $now WHERE id = $feed");
    query_bind_integer(feed, "$now", memory->now);
    query_bind_integer(feed, "$feed", memory->feed_id);
    return query_run(feed, error);
}

/* Letting go (feeds.h) */

/* True in *DUE once a day: all rows of the memory have to be looked at. */
static bool
is_time_to_forget(Store *store, int64_t before, bool *due, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "UPDATE counter SET value = $before "
                         "WHERE name = 'forgotten' AND value <= $before - 86400");
    query_bind_integer(query, "$before", before);
    if (!query_run(query, error))
        return false;
    *due = driver_changes(store) > 0;
    return true;
}

bool
store_feeds_forget(Store *store, int64_t before, guint *count, GError **error)
{
    g_autoptr(Transaction) transaction = transaction_begin(store, error);
    bool due = false;
    *count = 0;
    if (transaction == NULL || !is_time_to_forget(store, before, &due, error))
        return false;
    if (!due)
        return true;
    /* A row is written once a day, so what is younger than that was in the last document. */
    g_autoptr(Query) query =
        query_new(store, "DELETE FROM seen WHERE last_seen < $before AND last_seen <= "
                         "(SELECT listed_at FROM feed WHERE feed.id = seen.feed_id) - 86400");
    query_bind_integer(query, "$before", before);
    if (!query_run(query, error))
        return false;
    guint forgotten = (guint)driver_changes(store);
    if (!transaction_commit(transaction, error))
        return false;
    *count = forgotten;
    return true;
}
