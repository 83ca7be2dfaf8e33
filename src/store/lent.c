#include "store/lent-internal.h"

#include <sqlite3.h>

/* What a connection knows of a table: its rows change, the module stays. */
typedef struct {
    const LentTable *table;
    const void *rows;
    guint count;
} Loan;

typedef struct {
    sqlite3_vtab base; /* first: SQLite's view of it */
    const Loan *loan;
} LentModule;

typedef struct {
    sqlite3_vtab_cursor base;
    guint row;
} LentCursor;

/* Cells */

void
lent_integer(LentCell *cell, int64_t number)
{
    sqlite3_result_int64((sqlite3_context *)cell, number);
}

void
lent_text(LentCell *cell, const char *text)
{
    sqlite3_result_text((sqlite3_context *)cell, text, -1, SQLITE_STATIC);
}

void
lent_take_text(LentCell *cell, char *take_text)
{
    sqlite3_result_text((sqlite3_context *)cell, take_text, -1, g_free);
}

/* The table as SQLite asks for it: it can only be read from its first row to its last. */

static int
lent_connect(sqlite3 *db, void *data, int count, const char *const *words, sqlite3_vtab **vtab,
             char **problem)
{
    (void)count, (void)words, (void)problem;
    const Loan *loan = data;
    g_autofree char *sql =
        g_strdup_printf("CREATE TABLE %s (%s)", loan->table->name, loan->table->columns);
    int code = sqlite3_declare_vtab(db, sql);
    if (code != SQLITE_OK)
        return code;
    LentModule *module = g_new0(LentModule, 1);
    module->loan = loan;
    *vtab = &module->base;
    return SQLITE_OK;
}

static int
lent_disconnect(sqlite3_vtab *vtab)
{
    g_free(vtab);
    return SQLITE_OK;
}

static int
lent_plan(sqlite3_vtab *vtab, sqlite3_index_info *plan)
{
    const LentModule *module = (const LentModule *)vtab;
    plan->estimatedRows = module->loan->count;
    plan->estimatedCost = module->loan->count;
    return SQLITE_OK;
}

static int
lent_open(sqlite3_vtab *vtab, sqlite3_vtab_cursor **cursor)
{
    (void)vtab;
    LentCursor *made = g_new0(LentCursor, 1);
    *cursor = &made->base;
    return SQLITE_OK;
}

static int
lent_close(sqlite3_vtab_cursor *cursor)
{
    g_free(cursor);
    return SQLITE_OK;
}

static int
lent_begin(sqlite3_vtab_cursor *cursor, int plan, const char *name, int count,
           sqlite3_value **values)
{
    (void)plan, (void)name, (void)count, (void)values;
    ((LentCursor *)cursor)->row = 0;
    return SQLITE_OK;
}

static int
lent_next(sqlite3_vtab_cursor *cursor)
{
    ((LentCursor *)cursor)->row++;
    return SQLITE_OK;
}

static int
lent_is_over(sqlite3_vtab_cursor *cursor)
{
    return ((LentCursor *)cursor)->row >= ((const LentModule *)cursor->pVtab)->loan->count;
}

static int
lent_column(sqlite3_vtab_cursor *cursor, sqlite3_context *context, int column)
{
    const Loan *loan = ((const LentModule *)cursor->pVtab)->loan;
    loan->table->read(loan->rows, ((LentCursor *)cursor)->row, column, (LentCell *)context);
    return SQLITE_OK;
}

static int
lent_rowid(sqlite3_vtab_cursor *cursor, sqlite3_int64 *id)
{
    *id = ((LentCursor *)cursor)->row;
    return SQLITE_OK;
}

/* Without xCreate it needs no CREATE VIRTUAL TABLE: it is there by its name. */
static const sqlite3_module module = {
    .xConnect = lent_connect,
    .xBestIndex = lent_plan,
    .xDisconnect = lent_disconnect,
    .xOpen = lent_open,
    .xClose = lent_close,
    .xFilter = lent_begin,
    .xNext = lent_next,
    .xEof = lent_is_over,
    .xColumn = lent_column,
    .xRowid = lent_rowid,
};

bool
driver_lend(Store *store, const LentTable *table, const void *rows, guint count, GError **error)
{
    Loan *loan = g_hash_table_lookup(driver_loans(store), table);
    if (loan == NULL) {
        loan = g_new0(Loan, 1);
        loan->table = table;
        g_hash_table_insert(driver_loans(store), (void *)table, loan);
        if (!driver_add_module(store, table->name, &module, loan, error))
            return false;
    }
    loan->rows = rows;
    loan->count = count;
    return true;
}
