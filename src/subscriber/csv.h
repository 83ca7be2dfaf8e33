/* csv.h - rows of fields from a stream (RFC 4180), one at a time: a file of any length takes no more
 * memory than its longest row.
 *
 * The separator is what the first row has most of: ',' ';' or tab. A row that is no UTF-8 is taken for
 * Windows-1252, as spreadsheets write it. Fields are trimmed. Of a quote that is never closed only the
 * row is lost in which it stands.                                                                 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <glib.h>

/* Puts up to SIZE octets into BYTES, which are *GOT; none at the end. */
typedef bool (*CsvSource)(void *user, char *bytes, size_t size, size_t *got, GError **error);

typedef struct {
    char **fields; /* COUNT of them */
    guint count;
    int line;         /* in which it begins */
    const char *text; /* SIZE octets as they stood there, without the line's end */
    size_t size;
    bool is_whole; /* false: a quote in it is never closed, or it is longer than CSV_ROW_MAX */
} CsvRow;

/* Longer ones are a quote that was never closed. */
#define CSV_ROW_MAX (256u * 1024)

typedef struct Csv Csv;

Csv *csv_new(CsvSource source, void *user);
void csv_free(Csv *csv);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Csv, csv_free)

/* The next row that is not blank; *ROW is valid until the one after it. False at the end, and with
 * ERROR when the source fails. */
bool csv_next(Csv *csv, CsvRow *row, GError **error);

/* Cuts *ROW into fields once more, of which only text, size and line have been kept. */
void csv_cut(Csv *csv, CsvRow *row);

/* Appends TEXT as a field, in quotes where it needs them. */
void csv_write_field(GString *out, const char *text);
