/* lent-internal.h - rows of the caller's that statements can read, like those of a table.
 *
 * To begin and end a statement takes as long as what it does for one row. So thousands of rows are not
 * put in one by one: a single statement reads them all from where they are.                       */
#pragma once

#include "store/driver-internal.h"

typedef struct LentCell LentCell;

typedef struct {
    const char *name;
    const char *columns; /* "id INTEGER, name TEXT": as in CREATE TABLE */
    /* Says by one of the functions below what stands in COLUMN of ROW. */
    void (*read)(const void *rows, guint row, int column, LentCell *cell);
} LentTable;

void lent_integer(LentCell *cell, int64_t number);
void lent_text(LentCell *cell, const char *text); /* outlives the statement; NULL is SQL's NULL */
void lent_take_text(LentCell *cell, char *take_text);

/* TABLE (a constant of the program) has COUNT rows in statements from now on; they come in their order.
 * ROWS must stay until the last of these statements is over. */
bool driver_lend(Store *store, const LentTable *table, const void *rows, guint count,
                 GError **error);
