/* The other half of roster.h: people from CSV (RFC 4180). */
#include "subscriber/roster.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "subscriber/row-internal.h"

/* A field beyond this is a quote that was never closed. */
#define FIELD_MAX   (64u * 1024)
#define COLUMNS_MAX 200

/* The text not yet read, and where it is. */
typedef struct {
    const char *at;
    const char *end;
    char separator;
    int line;
} Csv;

static char *
decode(GBytes *bytes)
{
    gsize size = 0;
    const char *text = g_bytes_get_data(bytes, &size);
    if (size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        text += 3;
        size -= 3;
    }
    if (size > 0 && !g_utf8_validate(text, (gssize)size, NULL)) {
        /* What spreadsheets write that do not know UTF-8. */
        char *converted = g_convert_with_fallback(text, (gssize)size, "UTF-8", "WINDOWS-1252", "?",
                                                  NULL, NULL, NULL);
        if (converted != NULL)
            return converted;
    }
    return text_repair(text != NULL ? text : "", size);
}

/* The separator that the header line has most of. */
static char
find_separator(const char *text)
{
    const char *candidates = ",;\t";
    char best = ',';
    size_t most = 0;
    for (const char *each = candidates; *each != '\0'; each++) {
        size_t count = 0;
        for (const char *at = text; *at != '\0' && *at != '\n' && *at != '\r'; at++)
            count += *at == *each;
        if (count > most) {
            most = count;
            best = *each;
        }
    }
    return best;
}

static void
read_quoted(Csv *csv, GString *field)
{
    for (csv->at++; csv->at < csv->end; csv->at++) {
        if (*csv->at == '"' && csv->at + 1 < csv->end && csv->at[1] == '"')
            csv->at++;
        else if (*csv->at == '"')
            break;
        csv->line += *csv->at == '\n';
        g_string_append_c(field, *csv->at);
        if (field->len > FIELD_MAX)
            return;
    }
    if (csv->at < csv->end)
        csv->at++;
}

/* True when another field follows in the same row. */
static bool
read_field(Csv *csv, GString *field)
{
    if (csv->at < csv->end && *csv->at == '"')
        read_quoted(csv, field);
    while (csv->at < csv->end && *csv->at != csv->separator && *csv->at != '\n' && *csv->at != '\r')
        g_string_append_c(field, *csv->at++);
    bool more = csv->at < csv->end && *csv->at == csv->separator;
    if (more)
        csv->at++;
    return more;
}

/* The fields of the next row (of char *), or NULL at the end. */
static GPtrArray *
read_row(Csv *csv)
{
    if (csv->at >= csv->end)
        return NULL;
    GPtrArray *fields = g_ptr_array_new_with_free_func(g_free);
    bool more = true;
    while (more) {
        g_autoptr(GString) field = g_string_new(NULL);
        more = read_field(csv, field);
        if (fields->len < COLUMNS_MAX)
            g_ptr_array_add(fields, g_strstrip(g_strdup(field->str)));
    }
    if (csv->at < csv->end && *csv->at == '\r')
        csv->at++;
    if (csv->at < csv->end && *csv->at == '\n')
        csv->at++;
    csv->line++;
    return fields;
}

typedef struct {
    const char *name;
    GPtrArray *columns; /* of const char *: the key of each column; NULL: not known */
    const Rhythm *defaults;
    GPtrArray *problems;
    GPtrArray *choices;
    GHashTable *lines;
} Reader;

static void
add_problem(Reader *reader, int line, const char *what, const char *word)
{
    g_ptr_array_add(reader->problems,
                    g_strdup_printf("%s:%d: %s%s%s%s", reader->name, line, what,
                                    *word != '\0' ? " \"" : "", word, *word != '\0' ? "\"" : ""));
}

static const char *
find_key(const char *column)
{
    g_autofree char *lower = g_ascii_strdown(column, -1);
    const char *wanted =
        strcmp(lower, "email") == 0 || strcmp(lower, "e-mail") == 0 ? "address" : lower;
    for (size_t i = 0; row_keys[i] != NULL; i++) {
        if (strcmp(row_keys[i], wanted) == 0)
            return row_keys[i];
    }
    return NULL;
}

static bool
read_header(Reader *reader, Csv *csv, GError **error)
{
    g_autoptr(GPtrArray) header = read_row(csv);
    bool has_address = false;
    for (guint i = 0; header != NULL && i < header->len; i++) {
        const char *key = find_key(header->pdata[i]);
        has_address |= key != NULL && strcmp(key, "address") == 0;
        if (key == NULL)
            add_problem(reader, 1, "column is not known and left out:", header->pdata[i]);
        g_ptr_array_add(reader->columns, (char *)key);
    }
    if (!has_address)
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                    "%s:1: no header line with a column \"address\" or \"email\"", reader->name);
    return has_address;
}

static void
add_words(GPtrArray *list, const char *text)
{
    g_auto(GStrv) words = g_strsplit_set(text, " |", -1);
    for (guint i = 0; words[i] != NULL; i++)
        if (*words[i] != '\0')
            g_ptr_array_add(list, g_strdup(words[i]));
}

static void
set_field(Row *row, const char *key, const char *text)
{
    GPtrArray *list = row_list(row, key);
    if (*text == '\0')
        return;
    if (strcmp(key, "max_articles") == 0) {
        char *end = NULL;
        long number = strtol(text, &end, 10);
        row->max_articles = *end == '\0' && number > 0 && number < G_MAXINT ? (int)number : -1;
    } else if (list != NULL) {
        add_words(list, text);
    } else {
        *row_word(row, key) = text;
    }
}

static void
take_row(Reader *reader, const GPtrArray *fields, int line)
{
    g_autoptr(GPtrArray) topics = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) without = g_ptr_array_new_with_free_func(g_free);
    Row row = { .topics = topics, .without = without, .line = line };
    for (guint i = 0; i < fields->len && i < reader->columns->len; i++) {
        const char *key = reader->columns->pdata[i];
        if (key != NULL)
            set_field(&row, key, fields->pdata[i]);
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(Choice) choice = choice_from_row(&row, reader->defaults, &error);
    if (choice == NULL) {
        add_problem(reader, line, error->message, "");
        return;
    }
    const char *key = address_key(choice->address);
    if (g_hash_table_contains(reader->lines, key)) {
        add_problem(reader, line, "the address is in it twice; the first row counts:", key);
        return;
    }
    g_hash_table_add(reader->lines, (char *)key);
    g_ptr_array_add(reader->choices, g_steal_pointer(&choice));
}

GPtrArray *
roster_parse_csv(GBytes *bytes, const char *name, const Rhythm *defaults, GPtrArray *problems,
                 GError **error)
{
    g_autofree char *text = decode(bytes);
    Csv csv = { .at = text, .end = text + strlen(text), .line = 1 };
    csv.separator = find_separator(text);
    g_autoptr(GPtrArray) columns = g_ptr_array_new();
    g_autoptr(GPtrArray) choices = g_ptr_array_new_with_free_func((GDestroyNotify)choice_free);
    g_autoptr(GHashTable) lines = g_hash_table_new(g_str_hash, g_str_equal);
    Reader reader = { name, columns, defaults, problems, choices, lines };
    if (!read_header(&reader, &csv, error))
        return NULL;
    for (;;) {
        int line = csv.line;
        g_autoptr(GPtrArray) fields = read_row(&csv);
        if (fields == NULL)
            return g_steal_pointer(&choices);
        bool blank = fields->len == 1 && *(const char *)fields->pdata[0] == '\0';
        if (!blank)
            take_row(&reader, fields, line);
    }
}
