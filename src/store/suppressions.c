#include "store/suppressions.h"

#include "store/subscription-internal.h"

#define HASH_MARK "#"

void
suppression_free(Suppression *suppression)
{
    if (suppression == NULL)
        return;
    g_free(suppression->address_key);
    g_free(suppression->reason);
    g_free(suppression);
}

char *
store_suppression_hash(Store *store, const char *address_key)
{
    const KeyRing *keys = driver_keys(store);
    g_autofree char *hash = keys != NULL ? key_ring_hash(keys, address_key) : NULL;
    return hash != NULL ? g_strconcat(HASH_MARK, hash, NULL) : NULL;
}

bool
store_suppression_add(Store *store, const char *key, const char *reason, int64_t now,
                      GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "INSERT INTO suppression (address_key, reason, at) "
                         "VALUES ($key, $reason, $at) ON CONFLICT (address_key) DO NOTHING");
    query_bind_text(query, "$key", key);
    query_bind_text(query, "$reason", reason);
    query_bind_integer(query, "$at", now);
    return query_run(query, error);
}

/* Of whoever has KEY's address, nobody takes it that they had what was sent until now. */
static bool
note_return(Store *store, const char *key, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "UPDATE subscription SET " CHOSEN_NOW "WHERE subscriber_id IN "
                         "(SELECT id FROM subscriber WHERE address_key = $key)");
    query_bind_text(query, "$key", key);
    return query_run(query, error);
}

bool
store_suppression_remove(Store *store, const char *key, bool *found, GError **error)
{
    g_autoptr(Transaction) transaction = transaction_begin(store, error);
    if (transaction == NULL)
        return false;
    g_autofree char *hash = store_suppression_hash(store, key);
    g_autoptr(Query) query =
        query_new(store, "DELETE FROM suppression WHERE address_key = $key OR address_key = $hash");
    query_bind_text(query, "$key", key);
    query_bind_text(query, "$hash", hash);
    if (!query_run(query, error))
        return false;
    *found = driver_changes(store) > 0;
    return note_return(store, key, error) && transaction_commit(transaction, error);
}

/* Most lists have no hash in them, and a hash takes longer than a look. */
static bool
has_hashes(Store *store, bool *has, GError **error)
{
    g_autoptr(Query) query = query_new(
        store, "SELECT 1 FROM suppression WHERE address_key >= '#' AND address_key < '$' LIMIT 1");
    *has = query_step(query);
    return query_finish(query, error);
}

static bool
has_key(Store *store, const char *key, bool *has, GError **error)
{
    g_autoptr(Query) query = query_new(store, "SELECT 1 FROM suppression WHERE address_key = $key");
    query_bind_text(query, "$key", key);
    *has = query_step(query);
    return query_finish(query, error);
}

bool
store_suppression_has(Store *store, const char *address_key, bool *has, GError **error)
{
    bool look_further = false;
    if (!has_key(store, address_key, has, error) || *has)
        return *has;
    if (!has_hashes(store, &look_further, error))
        return false;
    g_autofree char *hash = look_further ? store_suppression_hash(store, address_key) : NULL;
    return hash == NULL || has_key(store, hash, has, error);
}

bool
store_suppressions_any(Store *store, bool *any, GError **error)
{
    g_autoptr(Query) query = query_new(store, "SELECT 1 FROM suppression LIMIT 1");
    *any = query_step(query);
    return query_finish(query, error);
}

static Suppression *
read_suppression(Query *query)
{
    Suppression *suppression = g_new0(Suppression, 1);
    suppression->address_key = query_copy(query, 0);
    suppression->reason = query_copy(query, 1);
    suppression->at = query_integer(query, 2);
    return suppression;
}

bool
store_suppression_find(Store *store, const char *address_key, Suppression **suppression,
                       GError **error)
{
    g_autofree char *hash = store_suppression_hash(store, address_key);
    g_autoptr(Query) query =
        query_new(store, "SELECT address_key, reason, at FROM suppression "
                         "WHERE address_key = $key OR address_key = $hash ORDER BY at LIMIT 1");
    query_bind_text(query, "$key", address_key);
    query_bind_text(query, "$hash", hash);
    *suppression = query_step(query) ? read_suppression(query) : NULL;
    return query_finish(query, error);
}

/* The addresses of subscribers whose hashes are on the list (of char *). */
static GPtrArray *
find_hashed(Store *store, GError **error)
{
    g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(Query) query = query_new(store, "SELECT address_key FROM subscriber");
    while (query_step(query)) {
        const char *key = query_text(query, 0);
        g_autofree char *hash = store_suppression_hash(store, key);
        bool has = false;
        if (hash != NULL && !has_key(store, hash, &has, error))
            return NULL;
        if (has)
            g_ptr_array_add(keys, g_strdup(key));
    }
    return query_finish(query, error) ? g_steal_pointer(&keys) : NULL;
}

static bool
name_hash(Store *store, const char *key, GError **error)
{
    g_autofree char *hash = store_suppression_hash(store, key);
    g_autoptr(Query) query = query_new(
        store,
        "UPDATE suppression SET address_key = $key WHERE address_key = $hash "
        "AND NOT EXISTS (SELECT 1 FROM suppression AS named WHERE named.address_key = $key)");
    query_bind_text(query, "$key", key);
    query_bind_text(query, "$hash", hash);
    return query_run(query, error);
}

bool
store_suppressions_name(Store *store, GError **error)
{
    bool has = false;
    if (!has_hashes(store, &has, error))
        return false;
    if (!has)
        return true;
    g_autoptr(Transaction) transaction = transaction_begin(store, error);
    g_autoptr(GPtrArray) keys = transaction != NULL ? find_hashed(store, error) : NULL;
    if (keys == NULL)
        return false;
    for (guint i = 0; i < keys->len; i++)
        if (!name_hash(store, keys->pdata[i], error))
            return false;
    return transaction_commit(transaction, error);
}

GPtrArray *
store_suppressions_list(Store *store, GError **error)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)suppression_free);
    g_autoptr(Query) query =
        query_new(store, "SELECT address_key, reason, at FROM suppression ORDER BY address_key");
    while (query_step(query))
        g_ptr_array_add(list, read_suppression(query));
    return query_finish(query, error) ? g_steal_pointer(&list) : NULL;
}
