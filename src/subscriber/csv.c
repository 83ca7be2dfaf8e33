#include "subscriber/csv.h"

#include <string.h>

#include "base/text.h"

#define READ_SIZE   (64u * 1024)
#define COLUMNS_MAX 200u

struct Csv {
    CsvSource source;
    void *user;
    char *buffer; /* CAPACITY octets, of which BEGIN … END are not read yet */
    size_t capacity;
    size_t begin;
    size_t end;
    bool is_ended;  /* the source has no more */
    char separator; /* 0 before the first row */
    int line;
    GString *work; /* the row at hand, cut into fields */
    char *fields[COLUMNS_MAX];
};

Csv *
csv_new(CsvSource source, void *user)
{
    Csv *csv = g_new0(Csv, 1);
    csv->source = source;
    csv->user = user;
    csv->capacity = READ_SIZE;
    csv->buffer = g_malloc(csv->capacity);
    csv->line = 1;
    csv->work = g_string_new(NULL);
    return csv;
}

void
csv_free(Csv *csv)
{
    if (csv == NULL)
        return;
    g_free(csv->buffer);
    g_string_free(csv->work, TRUE);
    g_free(csv);
}

/* Finding rows */

/* Makes room behind what is there, and fills it. */
static bool
fill(Csv *csv, GError **error)
{
    size_t size = csv->end - csv->begin, got = 0;
    memmove(csv->buffer, csv->buffer + csv->begin, size);
    csv->begin = 0;
    csv->end = size;
    if (csv->capacity - size < READ_SIZE) {
        csv->capacity *= 2;
        csv->buffer = g_realloc(csv->buffer, csv->capacity);
    }
    if (!csv->source(csv->user, csv->buffer + size, csv->capacity - size, &got, error))
        return false;
    csv->end += got;
    csv->is_ended = got == 0;
    if (csv->is_ended)
        csv->buffer[csv->end++] = '\n'; /* the last row may lack it; a blank one is none */
    return true;
}

/* How far TEXT is one row with its line's end, where quotes may hold line ends; 0: its end is not in
 * it. A quote opens a field only where the field begins. */
static size_t
quoted_row_size(const char *text, size_t size, char separator)
{
    bool is_quoted = false, at_start = true;
    for (size_t i = 0; i < size; i++) {
        if (is_quoted && text[i] == '"' && i + 1 < size && text[i + 1] == '"')
            i++;
        else if (text[i] == '"' && (is_quoted || at_start))
            is_quoted = !is_quoted;
        else if (text[i] == '\n' && !is_quoted)
            return i + 1;
        at_start = !is_quoted && text[i] == separator;
    }
    return 0;
}

static size_t
line_size(const char *text, size_t size)
{
    const char *end = memchr(text, '\n', size);
    return end != NULL ? (size_t)(end - text) + 1 : 0;
}

/* The same for any row: most have no quotes. */
static size_t
row_size(const char *text, size_t size, char separator)
{
    size_t line = line_size(text, size);
    if (memchr(text, '"', line > 0 ? line : size) == NULL)
        return line;
    return quoted_row_size(text, size, separator);
}

/* The separator that the header line has most of. */
static char
find_separator(const char *text, size_t size)
{
    char best = ',';
    size_t most = 0;
    for (const char *each = ",;\t"; *each != '\0'; each++) {
        size_t count = 0;
        for (size_t i = 0; i < size && text[i] != '\n'; i++)
            count += text[i] == *each;
        if (count > most) {
            most = count;
            best = *each;
        }
    }
    return best;
}

/* What comes before the first row: a byte order mark, and the line that shows what separates. */
static bool
begin(Csv *csv, GError **error)
{
    while (line_size(csv->buffer, csv->end) == 0 && !csv->is_ended && csv->end < CSV_ROW_MAX)
        if (!fill(csv, error))
            return false;
    if (csv->end >= 3 && memcmp(csv->buffer, "\xEF\xBB\xBF", 3) == 0)
        csv->begin = 3;
    csv->separator = find_separator(csv->buffer + csv->begin, csv->end - csv->begin);
    return true;
}

/* The size of the next row with its line's end; 0 with nothing left, and after an error. When no row
 * ends in what is there, a quote is never closed, and the row is its line alone. */
static size_t
find_row(Csv *csv, bool *is_whole, GError **error)
{
    *is_whole = true;
    for (;;) {
        const char *text = csv->buffer + csv->begin;
        size_t left = csv->end - csv->begin;
        size_t size = row_size(text, left, csv->separator);
        if (size > 0 && size <= CSV_ROW_MAX)
            return size;
        if (left < CSV_ROW_MAX && !csv->is_ended) {
            if (!fill(csv, error))
                return 0;
            continue;
        }
        *is_whole = false;
        size_t line = line_size(text, left);
        return MIN(line > 0 ? line : left, CSV_ROW_MAX);
    }
}

/* Cutting a row into fields */

static void
decode(Csv *csv, const char *text, size_t size)
{
    g_string_truncate(csv->work, 0);
    if (text_is_utf8(text, size)) {
        g_string_append_len(csv->work, text, (gssize)size);
        return;
    }
    g_autofree char *converted =
        g_convert_with_fallback(text, (gssize)size, "UTF-8", "WINDOWS-1252", "?", NULL, NULL, NULL);
    g_autofree char *repaired = text_repair(converted != NULL ? converted : text,
                                            converted != NULL ? strlen(converted) : size);
    g_string_append(csv->work, repaired);
}

/* Takes the quotes from the field at AT, in its place. Returns where it ends in the row; *END is where
 * its text ends. */
static char *
unquote(char *at, char **end)
{
    char *out = at;
    for (at++; *at != '\0'; at++) {
        if (at[0] == '"' && at[1] == '"')
            at++;
        else if (at[0] == '"')
            break;
        *out++ = *at;
    }
    *end = out;
    return *at == '"' ? at + 1 : at;
}

/* The field that begins at AT ends with a NUL from now on. Returns where the next one begins; NULL: it
 * was the last. */
static char *
cut_field(char *at, char separator)
{
    char *end = at;
    char *rest = *at == '"' ? unquote(at, &end) : at;
    /* What stands behind the closing quote belongs to the field as well. */
    while (*rest != '\0' && *rest != separator)
        *end++ = *rest++;
    bool is_last = *rest == '\0';
    *end = '\0';
    return is_last ? NULL : rest + 1;
}

void
csv_cut(Csv *csv, CsvRow *row)
{
    decode(csv, row->text, row->size);
    char *next = csv->work->str;
    row->count = 0;
    while (next != NULL && row->count < COLUMNS_MAX) {
        char *field = next;
        next = cut_field(field, csv->separator);
        csv->fields[row->count++] = g_strstrip(field);
    }
    row->fields = csv->fields;
}

static guint
count_lines(const char *text, size_t size)
{
    guint count = 0;
    for (const char *at = text; (at = memchr(at, '\n', size - (size_t)(at - text))) != NULL; at++)
        count++;
    return count;
}

static void
take_row(Csv *csv, size_t size, CsvRow *row)
{
    const char *text = csv->buffer + csv->begin;
    row->line = csv->line;
    row->text = text;
    csv->line += (int)count_lines(text, size);
    csv->begin += size;
    while (size > 0 && (text[size - 1] == '\n' || text[size - 1] == '\r'))
        size--;
    row->size = size;
    csv_cut(csv, row);
}

bool
csv_next(Csv *csv, CsvRow *row, GError **error)
{
    if (csv->separator == '\0' && !begin(csv, error))
        return false;
    for (;;) {
        *row = (CsvRow){ 0 };
        size_t size = find_row(csv, &row->is_whole, error);
        if (size == 0)
            return false;
        take_row(csv, size, row);
        if (row->count > 1 || row->fields[0][0] != '\0')
            return true;
    }
}

void
csv_write_field(GString *out, const char *text)
{
    if (strpbrk(text, ",;\t\"\r\n") == NULL && !g_ascii_isspace(text[0])) {
        g_string_append(out, text);
        return;
    }
    g_string_append_c(out, '"');
    for (; *text != '\0'; text++) {
        if (*text == '"')
            g_string_append_c(out, '"');
        g_string_append_c(out, *text);
    }
    g_string_append_c(out, '"');
}
