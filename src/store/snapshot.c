#include "store/snapshot-internal.h"

#include "base/error.h"
#include "store/issues.h"

bool
snapshot_put(Store *store, GBytes *bytes, char **hash, GError **error)
{
    *hash = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, bytes);
    g_autoptr(Query) query = query_new(store, "INSERT INTO snapshot (hash, body) "
                                              "VALUES ($hash, $body) ON CONFLICT DO NOTHING");
    query_bind_text(query, "$hash", *hash);
    query_bind_blob(query, "$body", g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
    return query_run(query, error);
}

GBytes *
store_snapshot_get(Store *store, const char *hash, GError **error)
{
    g_autoptr(Query) query = query_new(store, "SELECT body FROM snapshot WHERE hash = $hash");
    query_bind_text(query, "$hash", hash);
    g_autoptr(GBytes) bytes = query_step(query) ? query_bytes(query, 0) : NULL;
    if (!query_finish(query, error))
        return NULL;
    if (bytes == NULL)
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP,
                    "the database is damaged: snapshot %s is missing", hash);
    return g_steal_pointer(&bytes);
}
