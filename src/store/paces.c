#include "store/paces.h"

#include "store/driver-internal.h"

void
pace_mark_free(PaceMark *mark)
{
    g_free(mark->name);
    g_free(mark);
}

bool
store_pace_get(Store *store, const char *name, int64_t *free_at, GError **error)
{
    g_autoptr(Query) query = query_new(store, "SELECT free_at FROM pace WHERE name = $name");
    query_bind_text(query, "$name", name);
    *free_at = query_step(query) ? query_integer(query, 0) : 0;
    return query_finish(query, error);
}

static bool
forget_past(Store *store, int64_t now, GError **error)
{
    g_autoptr(Query) query = query_new(store, "DELETE FROM pace WHERE free_at <= $now");
    query_bind_integer(query, "$now", now);
    return query_run(query, error);
}

static bool
put(Store *store, const PaceMark *mark, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "INSERT INTO pace (name, free_at) VALUES ($name, $free_at) "
                         "ON CONFLICT (name) DO UPDATE SET free_at = excluded.free_at");
    query_bind_text(query, "$name", mark->name);
    query_bind_integer(query, "$free_at", mark->free_at);
    return query_run(query, error);
}

bool
store_paces_put(Store *store, const GPtrArray *marks, int64_t now, GError **error)
{
    g_autoptr(Transaction) transaction = transaction_begin(store, error);
    if (transaction == NULL || !forget_past(store, now, error))
        return false;
    for (guint i = 0; i < marks->len; i++)
        if (!put(store, marks->pdata[i], error))
            return false;
    return transaction_commit(transaction, error);
}
