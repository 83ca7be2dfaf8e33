/* store.h - the state: the only room that knows SQL.
 *
 * The operations are in headers beside this one: feeds.h (feeds and articles), pages.h (what pages
 * repeat), fetches.h (how feeds are asked), people.h (subscriptions), comments.h (articles whose comments
 * are followed), departures.h (who left), consents.h (what people declared), suppressions.h, issues.h
 * (slots, issues, snapshots), ledger.h (work and deliveries), history.h (what
 * became of them). Each operation is one transaction and works on a set. Errors:
 * DEPESCHE_ERROR_TEMPORARY when the database is locked, full or cannot be read (nothing has changed
 * then), DEPESCHE_ERROR_SETUP when it cannot be used at all (a newer schema, no database).
 *
 * Today there is SQLite: WAL, synchronous=FULL, foreign keys. Statements keep to what PostgreSQL
 * speaks too (BIGINT, TEXT, BLOB; upsert, RETURNING, partial indexes; no JSON, no FTS).          */
#pragma once

#include <stdbool.h>
#include <glib.h>
#include "base/token.h"

typedef struct Store Store;

typedef enum {
    STORE_READ_WRITE,
    STORE_DRY_RUN, /* a private copy in temporary memory: everything works, nothing remains */
} StoreMode;

/* Opens URL ("sqlite:/absolute/path"), makes it when it is not there, and migrates the schema. */
Store *store_open(const char *url, StoreMode mode, GError **error);
void store_close(Store *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Store, store_close)

/* Makes all operations until the commit one transaction, for those who have many results to record:
 * the disk is waited for once. An operation that fails undoes what it did itself; without a commit
 * nothing remains of any. Others who want to write wait meanwhile, so nothing slow may happen in it. */
typedef struct Transaction StoreBatch;

StoreBatch *store_batch_begin(Store *store, GError **error);
bool store_batch_commit(StoreBatch *batch, GError **error);
void store_batch_free(StoreBatch *batch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(StoreBatch, store_batch_free)

/* For who puts in rows by the ten thousand, outside a transaction: until the end the engine does not look
 * whether what a row refers to is there, and writes the log back less often. A power cut may take back the
 * last transactions, until store_bulk_end() says that all are on the disk. */
bool store_bulk_begin(Store *store, GError **error);
bool store_bulk_end(Store *store, GError **error);

/* Whose hashes stand for addresses that were erased but may never be written to again; must outlive
 * STORE. Without them such addresses are not recognised. */
void store_use_keys(Store *store, const KeyRing *keys);

/* Writes a copy of the database of URL, as it is at one moment and of whatever schema, to FILE, which must not be there,
 * and is its owner's alone: others go on meanwhile. It is looked through, and on the disk when this returns true; else
 * there is no FILE. It says that it is a backup (ledger_mark_backup()). Who is killed leaves files whose names go on
 * behind that. DEPESCHE_ERROR_SETUP where there is no database. */
bool store_backup(const char *url, const char *file, GError **error);

/* Whether there may be such a FILE; it is not made. */
bool store_backup_check(const char *file, GError **error);

/* How long an operation waits for another process that has the database, from now on: 5 seconds at
 * first. */
void store_be_patient(Store *store, int seconds);

/* The file that lies beside the database of URL and whose name ends in SUFFIX: ".lock". */
char *store_path_beside(const char *url, const char *suffix);
