/* driver-internal.h - the thin layer over the database engine: open, prepare, bind, step, commit.
 *
 * Statements stand whole at their place of use, with parameters by name ("$feed"), and are kept
 * prepared. An error sticks to its query, so that binding and stepping need no checks:
 *
 *     g_autoptr(Query) query = query_new(store, "SELECT name FROM feed WHERE id = $id");
 *     query_bind_integer(query, "$id", id);
 *     while (query_step(query))
 *         use(query_text(query, 0));
 *     return query_finish(query, error);                                                       */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>
#include "store/store.h"

/* A connection without a schema. In STORE_DRY_RUN it is to a private copy of what is at PATH, in a
 * temporary database that nobody else can see; no file at or beside PATH is made or touched. */
Store *driver_open(const char *path, StoreMode mode, GError **error);
void driver_close(Store *store);

/* A connection to what is at PATH, as it is: nothing is made there. */
Store *driver_open_present(const char *path, GError **error);

/* Writes all of STORE, as it is at one moment, into the file at PATH, which is empty: a connection to that, without
 * a log. */
Store *driver_copy(Store *store, const char *path, GError **error);

/* Whether the pages of STORE are sound; not whether an index has just what its table has. */
bool driver_check(Store *store, GError **error);

/* The next row of TABLE gets a key that is higher by COUNT. */
bool driver_skip_keys(Store *store, const char *table, int64_t count, GError **error);

/* What store_use_keys() said, or NULL. */
const KeyRing *driver_keys(const Store *store);

/* Runs SQL, several statements maybe, without parameters and rows. */
bool driver_execute(Store *store, const char *sql, GError **error);

typedef struct Query Query;

/* SQL must be a literal: it is the key of the prepared statement. The same one is not used twice at
 * a time. */
Query *query_new(Store *store, const char *sql);
void query_free(Query *query);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Query, query_free)

void query_bind_integer(Query *query, const char *name, int64_t number);
void query_bind_text(Query *query, const char *name, const char *text); /* NULL is SQL's NULL */
void query_bind_blob(Query *query, const char *name, const void *bytes, size_t size);

/* True when there is a row to look at; false at the end and after an error. */
bool query_step(Query *query);

/* False with ERROR when anything went wrong since query_new(). */
bool query_finish(Query *query, GError **error);

/* Steps through to the end, then query_finish(). */
bool query_run(Query *query, GError **error);

/* The row at hand. Texts are borrowed until the next step; query_copy() is the caller's. */
int64_t query_integer(Query *query, int column);
const char *query_text(Query *query, int column); /* NULL for SQL's NULL */
char *query_copy(Query *query, int column);
GBytes *query_bytes(Query *query, int column);

/* How many rows the last statement that was run has changed. */
int64_t driver_changes(const Store *store);
int64_t driver_last_id(const Store *store); /* the key that the last INSERT made */

/* For store/lent.c: what it keeps for as long as the connection is open, and a table that is a program. */
struct sqlite3_module;
GHashTable *driver_loans(Store *store);
bool driver_add_module(Store *store, const char *name, const struct sqlite3_module *module,
                       void *user, GError **error);

/* A transaction that is rolled back unless it is committed; inside another one it is a part of it that
 * can be rolled back alone:
 *
 *     g_autoptr(Transaction) transaction = transaction_begin(store, error);
 *     return transaction != NULL && … && transaction_commit(transaction, error);                */
typedef struct Transaction Transaction;

Transaction *transaction_begin(Store *store, GError **error);
bool transaction_commit(Transaction *transaction, GError **error);
void transaction_free(Transaction *transaction);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Transaction, transaction_free)

/* The next number of the one order of articles and issues; only inside a transaction. */
bool store_next_sequence(Store *store, int64_t *seq, GError **error);
