#include "store/store.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "store/driver-internal.h"
#include "store/schema-internal.h"

#define SCHEME "sqlite:"

void
store_close(Store *store)
{
    driver_close(store);
}

static const char *
path_of(const char *url)
{
    return g_str_has_prefix(url, SCHEME "/") ? url + strlen(SCHEME) : NULL;
}

char *
store_path_beside(const char *url, const char *suffix)
{
    const char *path = path_of(url);
    /* A link to a database is that database: two names must not have two locks. */
    char *resolved = path != NULL ? realpath(path, NULL) : NULL;
    char *beside = g_strconcat(resolved != NULL ? resolved
                               : path != NULL   ? path
                                                : url,
                               suffix, NULL);
    free(resolved);
    return beside;
}

bool
store_next_sequence(Store *store, int64_t *seq, GError **error)
{
    g_autoptr(Query) query = query_new(
        store, "UPDATE counter SET value = value + 1 WHERE name = 'sequence' RETURNING value");
    if (query_step(query))
        *seq = query_integer(query, 0);
    return query_run(query, error);
}

/* Migrations */

/* The number of the last migration; 0: none was run yet. */
static bool
read_schema(Store *store, int *number, GError **error)
{
    g_autoptr(Query) query = query_new(store, "SELECT value FROM meta WHERE name = 'schema'");
    *number = query_step(query) ? (int)query_integer(query, 0) : 0;
    return query_run(query, error);
}

static bool
write_schema(Store *store, int number, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "INSERT INTO meta (name, value) VALUES ('schema', $number) "
                         "ON CONFLICT (name) DO UPDATE SET value = excluded.value");
    query_bind_integer(query, "$number", number);
    return query_run(query, error);
}

/* SQL with the engine's own words in place of the {TOKENS}. */
static char *
expand(const char *sql)
{
    g_autoptr(GString) text = g_string_new(sql);
    g_string_replace(text, "{ID}", "INTEGER PRIMARY KEY AUTOINCREMENT", 0);
    g_string_replace(text, "{BLOB}", "BLOB", 0);
    g_string_replace(text, "{CLUSTERED}", "WITHOUT ROWID", 0);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static bool
migrate(Store *store, GError **error)
{
    int number = 0;
    g_autoptr(Transaction) transaction = transaction_begin(store, error);
    /* Read again: another process may have migrated it meanwhile. */
    if (transaction == NULL || !read_schema(store, &number, error))
        return false;
    for (; number < schema_count; number++) {
        g_autofree char *sql = expand(schema_migrations[number]);
        if (!driver_execute(store, sql, error)) {
            g_prefix_error(error, "migration %d: ", number + 1);
            return false;
        }
    }
    return write_schema(store, number, error) && transaction_commit(transaction, error);
}

static bool
bring_up_to_date(Store *store, const char *path, GError **error)
{
    int number = 0;
    /* The one table that no migration makes: it says which ones were run. */
    if (!driver_execute(store,
                        "CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, "
                        "value BIGINT NOT NULL)",
                        error) ||
        !read_schema(store, &number, error))
        return false;
    if (number > schema_count) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP,
                    "database \"%s\" was made by a newer depesche (schema %d, known is %d)", path,
                    number, schema_count);
        return false;
    }
    return number == schema_count || migrate(store, error);
}

Store *
store_open(const char *url, StoreMode mode, GError **error)
{
    const char *path = path_of(url);
    if (path == NULL) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP,
                    "database \"%s\" is not of the form sqlite:/absolute/path", url);
        return NULL;
    }
    g_autoptr(Store) store = driver_open(path, mode, error);
    if (store == NULL || !bring_up_to_date(store, path, error))
        return NULL;
    return g_steal_pointer(&store);
}
