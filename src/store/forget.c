/* Erasing a person (store/people.h). */
#include "store/people.h"

#include "store/subscription-internal.h"
#include "store/suppressions.h"

static bool
find_person(Store *store, const char *address_key, int64_t *id, GError **error)
{
    g_autoptr(Query) query = query_new(store, "SELECT id FROM subscriber WHERE address_key = $key");
    query_bind_text(query, "$key", address_key);
    *id = query_step(query) ? query_integer(query, 0) : 0;
    return query_finish(query, error);
}

static GArray *
subscriptions_of(Store *store, int64_t person, GError **error)
{
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(Query) query =
        query_new(store, "SELECT id FROM subscription WHERE subscriber_id = $person ORDER BY id");
    query_bind_integer(query, "$person", person);
    while (query_step(query)) {
        int64_t id = query_integer(query, 0);
        g_array_append_val(ids, id);
    }
    return query_finish(query, error) ? g_steal_pointer(&ids) : NULL;
}

/* Runs SQL for the row or rows that $id names. */
static bool
run_for(Store *store, const char *sql, int64_t id, GError **error)
{
    g_autoptr(Query) query = query_new(store, sql);
    query_bind_integer(query, "$id", id);
    return query_run(query, error);
}

static bool
erase_subscription(Store *store, int64_t id, GError **error)
{
    static const char *const statements[] = {
        "UPDATE subscription SET name = NULL, language = NULL, topics = '', topics_out = '', "
        "filter = NULL, attributes = NULL, follows = '' WHERE id = $id",
        "UPDATE event SET reason = NULL WHERE subscription_id = $id",
        "UPDATE delivery SET note = NULL WHERE subscription_id = $id AND note IS NOT NULL",
        /* Of an import's declaration there is no peer. */
        "UPDATE consent SET peer = NULL WHERE peer IS NOT NULL AND id IN "
        "(SELECT consent_id FROM event WHERE subscription_id = $id)",
        "UPDATE bounce SET diagnostic = NULL WHERE subscription_id = $id",
        "DELETE FROM reader WHERE subscription_id = $id",
        "DELETE FROM request WHERE subscription_id = $id",
        "DELETE FROM answer WHERE subscription_id = $id",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(statements); i++) {
        if (!run_for(store, statements[i], id, error))
            return false;
    }
    return true;
}

/* The rows stay, because old tokens and the ledger name them, and an address must still be one: this
 * domain will never be (RFC 2606, 2). */
static bool
erase_address(Store *store, int64_t person, GError **error)
{
    return run_for(store,
                   "UPDATE subscriber SET address = id || '@forgotten.invalid', "
                   "address_key = id || '@forgotten.invalid' WHERE id = $id",
                   person, error);
}

static bool
forget_subscriptions(Store *store, int64_t person, const char *way, int64_t now, guint *count,
                     GError **error)
{
    g_autoptr(GArray) ids = subscriptions_of(store, person, error);
    for (guint i = 0; ids != NULL && i < ids->len; i++) {
        int64_t id = g_array_index(ids, int64_t, i);
        LifecycleOutcome outcome;
        if (!store_subscription_event(store, id, EVENT_FORGET, WILL_PERSON, way, NULL, now,
                                      &outcome, error) ||
            !erase_subscription(store, id, error))
            return false;
    }
    *count = ids != NULL ? ids->len : 0;
    return ids != NULL;
}

bool
store_person_forget(Store *store, const char *address_key, const char *way, int64_t now,
                    guint *count, GError **error)
{
    int64_t person = 0;
    bool found = false;
    g_autofree char *hash = store_suppression_hash(store, address_key);
    g_autoptr(Transaction) transaction = transaction_begin(store, error);
    *count = 0;
    if (transaction == NULL || !find_person(store, address_key, &person, error))
        return false;
    /* An entry with the address itself would be what was to be erased. */
    if (!store_suppression_remove(store, address_key, &found, error) ||
        (hash != NULL && !store_suppression_add(store, hash, "forgotten", now, error)))
        return false;
    if (person != 0 && (!forget_subscriptions(store, person, way, now, count, error) ||
                        !erase_address(store, person, error)))
        return false;
    return transaction_commit(transaction, error);
}
