/* ledger_generation.c - which of several copies of a database this one is (jobs/generation.h). */
#include "store/driver-internal.h"
#include "store/ledger.h"

bool
ledger_generation(Store *store, int64_t *number, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "SELECT value FROM counter WHERE name = 'generation'");
    *number = query_step(query) ? query_integer(query, 0) : 0;
    return query_run(query, error);
}

static bool
set_generation(Store *store, int64_t number, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "UPDATE counter SET value = $number WHERE name = 'generation'");
    query_bind_integer(query, "$number", number);
    return query_run(query, error);
}

bool
ledger_advance(Store *store, int64_t *number, GError **error)
{
    g_autoptr(Query) query = query_new(
        store, "UPDATE counter SET value = value + 1 WHERE name = 'generation' RETURNING value");
    *number = query_step(query) ? query_integer(query, 0) : 0;
    return query_run(query, error);
}

/* More issues than anybody sends between a backup and the day when it is needed; the tokens of returned mails tell
 * 1,600 times as many apart. */
#define KEYS_SKIPPED 10000

static bool
begin_behind(Store *store, int64_t generation, GError **error)
{
    g_autoptr(Transaction) transaction = transaction_begin(store, error);
    return transaction != NULL && set_generation(store, generation, error) &&
           driver_skip_keys(store, "issue", KEYS_SKIPPED, error) &&
           driver_skip_keys(store, "request", KEYS_SKIPPED, error) &&
           transaction_commit(transaction, error);
}

/* A copy of a backup is one already. */
bool
ledger_mark_backup(Store *store, GError **error)
{
    int64_t number;
    return ledger_generation(store, &number, error) &&
           (number < 0 || begin_behind(store, -1 - number, error));
}

bool
ledger_adopt(Store *store, int64_t number, GError **error)
{
    int64_t before;
    if (!ledger_generation(store, &before, error))
        return false;
    return before < 0 ? set_generation(store, number, error) : begin_behind(store, number, error);
}
