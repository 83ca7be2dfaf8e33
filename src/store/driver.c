#include "store/driver-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <sqlite3.h>

#include "base/error.h"
#include "base/text.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(sqlite3, sqlite3_close)

/* Whoever else writes holds the database for milliseconds. */
#define BUSY_MILLISECONDS 5000

struct Store {
    sqlite3 *db;
    char *path;             /* for messages */
    GHashTable *statements; /* SQL literal -> Statement, those not in use */
    GHashTable *loans;      /* of store/lent.c */
    const KeyRing *keys;    /* or NULL */
    int log_pages;          /* in the log at the last commit */
    int log_pages_max;      /* with more it is written back */
    bool has_log;           /* a write-ahead log; the copy of a dry run has none */
    bool log_is_stuck;      /* it could not be made longer: there is hardly room */
};

/* Parameters of a statement whose places are remembered; others are looked up each time. */
#define PARAMETERS_KEPT 24u

typedef struct {
    sqlite3_stmt *handle;
    /* The names bound so far, in the order of binding, which is the same each time: the caller's
     * literals, so that to compare pointers is enough. */
    const char *names[PARAMETERS_KEPT];
    int places[PARAMETERS_KEPT];
} Statement;

struct Query {
    Store *store;
    const char *sql;
    Statement *statement; /* NULL: it could not be prepared */
    guint bound;          /* parameters so far */
    GError *error;        /* the first that happened */
};

struct Transaction {
    Store *store;   /* NULL once it is committed */
    bool is_nested; /* a savepoint in one that goes on */
};

/* Errors */

static DepescheError
error_code_of(int code)
{
    switch (code & 0xff) { /* the primary code */
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_PROTOCOL: return DEPESCHE_ERROR_TEMPORARY;
    default: return DEPESCHE_ERROR_SETUP;
    }
}

/* Sets ERROR to what CODE means, and returns false. */
static bool
fail(const Store *store, int code, GError **error)
{
    g_set_error(error, DEPESCHE_ERROR, error_code_of(code), "database \"%s\": %s", store->path,
                sqlite3_errcode(store->db) == (code & 0xff) ? sqlite3_errmsg(store->db)
                                                            : sqlite3_errstr(code));
    return false;
}

/* Opening */

void
store_be_patient(Store *store, int seconds)
{
    sqlite3_busy_timeout(store->db, seconds * 1000);
}

void
store_use_keys(Store *store, const KeyRing *keys)
{
    store->keys = keys;
}

const KeyRing *
driver_keys(const Store *store)
{
    return store->keys;
}

void
driver_close(Store *store)
{
    if (store == NULL)
        return;
    g_hash_table_unref(store->statements);
    sqlite3_close(store->db);
    g_hash_table_unref(store->loans);
    g_free(store->path);
    g_free(store);
}

bool
driver_execute(Store *store, const char *sql, GError **error)
{
    int code = sqlite3_exec(store->db, sql, NULL, NULL, NULL);
    return code == SQLITE_OK || fail(store, code, error);
}

static void
statement_free(void *data)
{
    Statement *statement = data;
    sqlite3_finalize(statement->handle);
    g_free(statement);
}

/* What stays in memory of a savepoint until it is over: what most feeds change. What is more goes into a
 * file, in one write, and SQLite 3.40 cannot write 128 KiB or more at once: it then says that the disk
 * is full. */
#define SAVEPOINT_SIZE (120 * 1024)

/* SQLite counts every allocation, under a lock, for figures that nobody asks for; and what a savepoint of
 * more than 64 kB changes it writes to a file as well, in case that it is taken back. */
static void
configure_sqlite(void)
{
    static gsize done;
    if (g_once_init_enter(&done)) {
        sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
        sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, SAVEPOINT_SIZE);
        g_once_init_leave(&done, 1);
    }
}

/* The log */

/* What is changed again and again until then is written back once. */
#define LOG_PAGES      1000 /* SQLite's own */
#define BULK_LOG_PAGES 8000

/* In the log, before the first of its frames, and in each of them, before its page. */
#define LOG_HEADER   32
#define FRAME_HEADER 24
#define PAGE_SIZE    4096

/* The log grows by so much at once; and does when there is less left than most commits take. */
#define LOG_STEP (256 * 1024)
#define LOG_LEFT (8 * (FRAME_HEADER + PAGE_SIZE))

/* As SQLite's own, which it replaces. What is written back is another matter than the commit, which is done:
 * when another one is at it, or it fails, the next commit tries again. */
static int
note_commit(void *data, sqlite3 *db, const char *name, int pages)
{
    Store *store = data;
    store->log_pages = pages;
    if (pages >= store->log_pages_max)
        sqlite3_wal_checkpoint(db, name);
    return SQLITE_OK;
}

/* The log as a file, or NULL: there is none, or it is not open yet. */
static sqlite3_file *
log_file(const Store *store)
{
    sqlite3_file *log = NULL;
    if (!store->has_log)
        return NULL;
    int code = sqlite3_file_control(store->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
    return code == SQLITE_OK && log->pMethods != NULL ? log : NULL;
}

/* Makes the log longer, by zeros, before what is written needs it: a commit that makes a file longer waits
 * twice as long for the disk as one that writes over what is there. Zeros are no frames (their page has
 * number 0): who reads a log ends there. Only while a transaction writes, for then nobody else does. As the
 * log doubles, a single commit costs nothing. When it fails that is tried once: what room is left others need
 * more, and the commit will say why. */
static void
lengthen_log(Store *store)
{
    static const char zeros[LOG_STEP];
    sqlite3_file *log = log_file(store);
    sqlite3_int64 size = 0;
    sqlite3_int64 used = LOG_HEADER + (sqlite3_int64)store->log_pages * (FRAME_HEADER + PAGE_SIZE);
    if (log == NULL || store->log_is_stuck || log->pMethods->xFileSize(log, &size) != SQLITE_OK ||
        size == 0 || size >= used + LOG_LEFT)
        return;
    int code = log->pMethods->xWrite(log, zeros, (int)MIN(size, LOG_STEP), size);
    store->log_is_stuck = code != SQLITE_OK;
}

/* PATH is what is opened, NAME what messages call it. */
static Store *
connect_file(const char *path, const char *name, GError **error)
{
    configure_sqlite();
    g_autoptr(Store) store = g_new0(Store, 1);
    store->path = g_strdup(name);
    store->statements = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, statement_free);
    store->loans = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, g_free);
    /* NOMUTEX: a Store is used by one thread. */
    int code = sqlite3_open_v2(
        path, &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code != SQLITE_OK) {
        fail(store, code, error);
        return NULL;
    }
    sqlite3_busy_timeout(store->db, BUSY_MILLISECONDS);
    /* A plan holds for all values: where a partial index looks at a column that a statement compares with
     * a value, SQLite would else compile it anew each time that one is bound. */
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_ENABLE_QPSG, 1, NULL);
    /* A file from elsewhere must not run functions from its schema. With SQLite's 2 MB a large
     * transaction is written page by page, several times, before it ends. */
    if (!driver_execute(store,
                        "PRAGMA trusted_schema = OFF; PRAGMA foreign_keys = ON; "
                        "PRAGMA cache_size = -5000;",
                        error))
        return NULL;
    store->log_pages_max = LOG_PAGES;
    sqlite3_wal_hook(store->db, note_commit, store);
    return g_steal_pointer(&store);
}

/* Made here and not by SQLite, whose files everybody may read; -wal and -shm follow its mode. */
static bool
make_file(const char *path, GError **error)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd >= 0)
        close(fd);
    if (fd >= 0 || errno == EEXIST)
        return true;
    bool full = errno == ENOSPC || errno == EDQUOT || errno == EIO;
    g_set_error(error, DEPESCHE_ERROR, full ? DEPESCHE_ERROR_TEMPORARY : DEPESCHE_ERROR_SETUP,
                "cannot make database \"%s\": %s", path, g_strerror(errno));
    return false;
}

/* synchronous=FULL: with NORMAL a power cut takes back commits that were acknowledged, and their
 * mails would go out again. */
static bool
make_durable(Store *store, GError **error)
{
    g_autoptr(Query) query = query_new(store, "PRAGMA journal_mode = WAL");
    bool wal = query_step(query) && strcmp(query_text(query, 0), "wal") == 0;
    if (!query_finish(query, error))
        return false;
    if (!wal) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP,
                    "database \"%s\": its file system cannot do write-ahead logging", store->path);
        return false;
    }
    store->has_log = true;
    return driver_execute(store, "PRAGMA synchronous = FULL", error);
}

/* Copies */

static bool
copy_pages(Store *store, sqlite3 *source, GError **error)
{
    sqlite3_backup *backup = sqlite3_backup_init(store->db, "main", source, "main");
    if (backup == NULL)
        return fail(store, sqlite3_errcode(store->db), error);
    int stepped = sqlite3_backup_step(backup, -1); /* all pages at once: one reading transaction */
    int finished = sqlite3_backup_finish(backup);
    if (stepped == SQLITE_DONE && finished == SQLITE_OK)
        return true;
    return fail(store, finished != SQLITE_OK ? finished : stepped, error);
}

bool
driver_check(Store *store, GError **error)
{
    g_autoptr(Query) query = query_new(store, "PRAGMA quick_check(1)");
    const char *said = query_step(query) ? query_text(query, 0) : NULL;
    if (said == NULL || strcmp(said, "ok") == 0)
        return query_finish(query, error);
    g_autofree char *line = text_single_line(said);
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP, "the database is damaged: %s", line);
    return false;
}

/* The copy is of one moment, whoever writes meanwhile: a log keeps what those read who came before. It needs
 * none itself. */
Store *
driver_copy(Store *store, const char *path, GError **error)
{
    g_autoptr(Store) copy = connect_file(path, path, error);
    if (copy == NULL || !driver_execute(copy, "PRAGMA locking_mode = EXCLUSIVE", error) ||
        !copy_pages(copy, store->db, error) ||
        !driver_execute(copy, "PRAGMA journal_mode = DELETE", error))
        return NULL;
    return g_steal_pointer(&copy);
}

static bool
copy_from(Store *store, const char *uri, GError **error)
{
    g_autoptr(sqlite3) source = NULL;
    int code = sqlite3_open_v2(uri, &source, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL);
    if (code != SQLITE_OK)
        return fail(store, code, error);
    sqlite3_busy_timeout(source, BUSY_MILLISECONDS);
    return copy_pages(store, source, error);
}

static bool
is_unchanged(const struct stat *before, const char *path)
{
    struct stat now;
    return stat(path, &now) == 0 && now.st_size == before->st_size &&
           now.st_mtim.tv_sec == before->st_mtim.tv_sec &&
           now.st_mtim.tv_nsec == before->st_mtim.tv_nsec;
}

/* Reading a WAL database the ordinary way leaves -wal and -shm beside it. When there is no -wal,
 * everything is in the file and nobody has it open: then it is read as immutable, which leaves
 * nothing. Should somebody come and write meanwhile, the file changes only when their work is moved
 * from the WAL into it, and then it is read once more, the ordinary way. */
static Store *
open_copy(const char *path, GError **error)
{
    g_autoptr(Store) store = connect_file("", path, error);
    struct stat before;
    if (store == NULL)
        return NULL;
    if (stat(path, &before) != 0 && errno == ENOENT)
        return g_steal_pointer(&store);

    g_autofree char *escaped = g_uri_escape_string(path, "/", false);
    g_autofree char *uri = g_strconcat("file:", escaped, "?immutable=1", NULL);
    g_autofree char *wal = g_strconcat(path, "-wal", NULL);
    if (!g_file_test(wal, G_FILE_TEST_EXISTS) && copy_from(store, uri, NULL) &&
        is_unchanged(&before, path))
        return g_steal_pointer(&store);
    *strchr(uri, '?') = '\0';
    return copy_from(store, uri, error) ? g_steal_pointer(&store) : NULL;
}

static Store *
open_file(const char *path, GError **error)
{
    if (!make_file(path, error))
        return NULL;
    g_autoptr(Store) store = connect_file(path, path, error);
    return store != NULL && make_durable(store, error) ? g_steal_pointer(&store) : NULL;
}

Store *
driver_open_present(const char *path, GError **error)
{
    struct stat facts;
    if (stat(path, &facts) == 0 && facts.st_size > 0)
        return connect_file(path, path, error);
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP, "there is no database \"%s\"", path);
    return NULL;
}

Store *
driver_open(const char *path, StoreMode mode, GError **error)
{
    switch (mode) {
    case STORE_READ_WRITE: return open_file(path, error);
    case STORE_DRY_RUN: return open_copy(path, error);
    }
    g_assert_not_reached();
}

/* Queries */

Query *
query_new(Store *store, const char *sql)
{
    Query *query = g_new0(Query, 1);
    query->store = store;
    query->sql = sql;
    void *statement = NULL;
    if (g_hash_table_steal_extended(store->statements, sql, NULL, &statement)) {
        query->statement = statement;
        return query;
    }
    sqlite3_stmt *handle = NULL;
    int code = sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &handle, NULL);
    if (code != SQLITE_OK) {
        fail(store, code, &query->error);
        return query;
    }
    query->statement = g_new0(Statement, 1);
    query->statement->handle = handle;
    return query;
}

void
query_free(Query *query)
{
    if (query == NULL)
        return;
    if (query->statement != NULL) {
        sqlite3_reset(query->statement->handle);
        sqlite3_clear_bindings(query->statement->handle);
        g_hash_table_replace(query->store->statements, (void *)query->sql, query->statement);
    }
    g_clear_error(&query->error);
    g_free(query);
}

/* The place of the parameter that is bound next. */
static int
parameter(Query *query, const char *name)
{
    Statement *statement = query->statement;
    guint i = query->bound++;
    if (i < PARAMETERS_KEPT && statement->names[i] == name)
        return statement->places[i];
    int place = sqlite3_bind_parameter_index(statement->handle, name);
    g_assert(place > 0);
    if (i < PARAMETERS_KEPT) {
        statement->names[i] = name;
        statement->places[i] = place;
    }
    return place;
}

void
query_bind_integer(Query *query, const char *name, int64_t number)
{
    if (query->error == NULL)
        sqlite3_bind_int64(query->statement->handle, parameter(query, name), number);
}

void
query_bind_text(Query *query, const char *name, const char *text)
{
    if (query->error == NULL)
        sqlite3_bind_text(query->statement->handle, parameter(query, name), text, -1,
                          SQLITE_TRANSIENT);
}

void
query_bind_blob(Query *query, const char *name, const void *bytes, size_t size)
{
    /* SQLite takes a NULL pointer for a null, however long; no bytes are still a BLOB. */
    if (query->error == NULL)
        sqlite3_bind_blob64(query->statement->handle, parameter(query, name), size > 0 ? bytes : "",
                            size, SQLITE_TRANSIENT);
}

bool
query_step(Query *query)
{
    if (query->error != NULL)
        return false;
    int code = sqlite3_step(query->statement->handle);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        fail(query->store, code, &query->error);
    return code == SQLITE_ROW;
}

bool
query_finish(Query *query, GError **error)
{
    if (query->error == NULL)
        return true;
    g_propagate_error(error, g_steal_pointer(&query->error));
    return false;
}

bool
query_run(Query *query, GError **error)
{
    while (query_step(query))
        continue;
    return query_finish(query, error);
}

int64_t
query_integer(Query *query, int column)
{
    return sqlite3_column_int64(query->statement->handle, column);
}

const char *
query_text(Query *query, int column)
{
    return (const char *)sqlite3_column_text(query->statement->handle, column);
}

char *
query_copy(Query *query, int column)
{
    return g_strdup(query_text(query, column));
}

GBytes *
query_bytes(Query *query, int column)
{
    const void *bytes = sqlite3_column_blob(query->statement->handle, column);
    return g_bytes_new(bytes, (size_t)sqlite3_column_bytes(query->statement->handle, column));
}

int64_t
driver_changes(const Store *store)
{
    return sqlite3_changes64(store->db);
}

/* sqlite_sequence has the highest key of each table that ever had one, and may be written to. */
bool
driver_skip_keys(Store *store, const char *table, int64_t count, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "UPDATE sqlite_sequence SET seq = seq + $count WHERE name = $table");
    query_bind_integer(query, "$count", count);
    query_bind_text(query, "$table", table);
    if (!query_run(query, error) || driver_changes(store) == 1)
        return query_finish(query, error);
    g_autoptr(Query) first =
        query_new(store, "INSERT INTO sqlite_sequence (name, seq) VALUES ($table, $count)");
    query_bind_integer(first, "$count", count);
    query_bind_text(first, "$table", table);
    return query_run(first, error);
}

int64_t
driver_last_id(const Store *store)
{
    return sqlite3_last_insert_rowid(store->db);
}

GHashTable *
driver_loans(Store *store)
{
    return store->loans;
}

bool
driver_add_module(Store *store, const char *name, const sqlite3_module *module, void *user,
                  GError **error)
{
    int code = sqlite3_create_module(store->db, name, module, user);
    return code == SQLITE_OK || fail(store, code, error);
}

/* Transactions */

Transaction *
transaction_begin(Store *store, GError **error)
{
    bool is_nested = sqlite3_get_autocommit(store->db) == 0;
    /* IMMEDIATE: a transaction that begins by reading could not wait once it wants to write. */
    g_autoptr(Query) begin = query_new(store, is_nested ? "SAVEPOINT step" : "BEGIN IMMEDIATE");
    if (!query_run(begin, error))
        return NULL;
    if (!is_nested)
        lengthen_log(store);
    Transaction *transaction = g_new0(Transaction, 1);
    transaction->store = store;
    transaction->is_nested = is_nested;
    return transaction;
}

bool
transaction_commit(Transaction *transaction, GError **error)
{
    g_autoptr(Query) commit =
        query_new(transaction->store, transaction->is_nested ? "RELEASE step" : "COMMIT");
    if (!query_run(commit, error))
        return false;
    transaction->store = NULL;
    return true;
}

void
transaction_free(Transaction *transaction)
{
    if (transaction == NULL)
        return;
    /* SQLite rolls back all of it by itself after some errors (a full disk). */
    if (transaction->store != NULL && sqlite3_get_autocommit(transaction->store->db) == 0)
        driver_execute(transaction->store,
                       transaction->is_nested ? "ROLLBACK TO step; RELEASE step" : "ROLLBACK",
                       NULL);
    g_free(transaction);
}

/* Bulk */

bool
store_bulk_begin(Store *store, GError **error)
{
    store->log_pages_max = BULK_LOG_PAGES;
    return driver_execute(store, "PRAGMA foreign_keys = OFF; PRAGMA synchronous = NORMAL", error);
}

/* The log is all that commits have not brought to the disk: whoever writes it back syncs it first. */
static bool
sync_log(Store *store, GError **error)
{
    sqlite3_file *log = log_file(store);
    int code = log != NULL ? log->pMethods->xSync(log, SQLITE_SYNC_NORMAL) : SQLITE_OK;
    return code == SQLITE_OK || fail(store, code, error);
}

bool
store_bulk_end(Store *store, GError **error)
{
    store->log_pages_max = LOG_PAGES;
    return driver_execute(store, "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL", error) &&
           sync_log(store, error);
}

StoreBatch *
store_batch_begin(Store *store, GError **error)
{
    return transaction_begin(store, error);
}

bool
store_batch_commit(StoreBatch *batch, GError **error)
{
    return transaction_commit(batch, error);
}

void
store_batch_free(StoreBatch *batch)
{
    transaction_free(batch);
}
