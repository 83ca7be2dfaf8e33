/* import.h - people from the files of other programs, row by row.
 *
 * A CSV file with a header line (csv.h): depesche's own columns (address, name, language, topics and
 * without (separated by spaces or '|'), filter, frequency, day, hour, zone, format, max_articles,
 * pause_until, attributes, state) and those that listmonk, Mailchimp, Keila and phpList write. Or a
 * list of addresses, one a line, as mailman prints it: "Name <address>" or the address alone. Pure: it
 * knows what a row says, not what is done with it.                                               */
#pragma once

#include "subscriber/csv.h"
#include "subscriber/subscription.h"

typedef enum {
    IMPORT_PERSON,
    IMPORT_UNCONFIRMED, /* their state there says that they never said yes */
    IMPORT_LEFT,        /* that they have unsubscribed */
    IMPORT_BLOCKED,     /* that their address does not work, or that they complained */
    IMPORT_BAD,         /* nothing to be made of it: see PROBLEM */
} ImportKind;

typedef struct {
    ImportKind kind;
    Choice *choice; /* of all but IMPORT_BAD; may be stolen */
    char *problem;
    CsvRow csv; /* where it comes from */
} ImportRow;

void import_row_clear(ImportRow *row);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ImportRow, import_row_clear)

typedef struct Import Import;

/* Reads the header line. Columns that are named in KEEP (NULL-terminated, or NULL) and mean nothing
 * here become attributes; DEFAULTS is the rhythm of who chose none. NULL and DEPESCHE_ERROR_INPUT when
 * nothing in it is an address; NAME is for that message. */
Import *import_open(CsvSource source, void *user, const char *name, const Rhythm *defaults,
                    const char *const *keep, GError **error);
void import_free(Import *import);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Import, import_free)

/* The columns that are left out (of char *); IMPORT's, or the caller's by a reference. */
GPtrArray *import_left_out(const Import *import);

/* Finds the next row, which import_read() reads now or later. KEY gets what rows are put in order by: the
 * address_key() of the row's address, or anything when that is none. *ROW is valid until the one after it.
 * False at the end, and with ERROR when the source fails. */
bool import_next(Import *import, CsvRow *row, GString *key, GError **error);

/* Clears ROW and reads what CSV says, of which text, size, line and is_whole have been kept. */
void import_read(Import *import, const CsvRow *csv, ImportRow *row);
