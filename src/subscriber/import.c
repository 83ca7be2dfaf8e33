#include "subscriber/import.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "subscriber/row-internal.h"

/* What a column is for. */
typedef enum {
    COLUMN_LEFT_OUT,
    COLUMN_ADDRESS,
    COLUMN_WORD,  /* another key of a Row */
    COLUMN_FIRST, /* name */
    COLUMN_LAST,
    COLUMN_HINT_ZONE,  /* taken when it is a time zone */
    COLUMN_STATUS,     /* a word of states[] */
    COLUMN_CONFIRMED,  /* 0: never confirmed */
    COLUMN_BLOCKED,    /* 1 */
    COLUMN_DISABLED,   /* 1 */
    COLUMN_LEFT_AT,    /* a time: when they unsubscribed */
    COLUMN_BLOCKED_AT, /* when the address was found not to work */
    COLUMN_HTML,       /* 0: they want text */
    COLUMN_KEPT,       /* an attribute */
} ColumnKind;

typedef struct {
    ColumnKind kind;
    const char *key; /* of COLUMN_WORD and COLUMN_KEPT */
} Column;

/* What is no key of a Row: the address, and what other programs call their columns, in lower case. */
static const struct {
    const char *name;
    Column column;
} foreign_columns[] = {
    { "address", { COLUMN_ADDRESS } },
    { "email", { COLUMN_ADDRESS } },
    { "e-mail", { COLUMN_ADDRESS } },
    { "email address", { COLUMN_ADDRESS } },
    { "e-mail-adresse", { COLUMN_ADDRESS } },
    { "first name", { COLUMN_FIRST } },
    { "firstname", { COLUMN_FIRST } },
    { "first_name", { COLUMN_FIRST } },
    { "vorname", { COLUMN_FIRST } },
    { "last name", { COLUMN_LAST } },
    { "lastname", { COLUMN_LAST } },
    { "last_name", { COLUMN_LAST } },
    { "nachname", { COLUMN_LAST } },
    { "full name", { COLUMN_WORD, "name" } },
    { "display_name", { COLUMN_WORD, "name" } }, /* mailman */
    { "timezone", { COLUMN_HINT_ZONE } },
    { "status", { COLUMN_STATUS } },
    { "state", { COLUMN_STATUS } },
    { "data", { COLUMN_WORD, "attributes" } }, /* Keila */
    { "unsub_time", { COLUMN_LEFT_AT } },      /* Mailchimp, so the next */
    { "clean_time", { COLUMN_BLOCKED_AT } },
    { "confirmed", { COLUMN_CONFIRMED } }, /* phpList, so the next */
    { "is this subscriber confirmed", { COLUMN_CONFIRMED } },
    { "blacklisted", { COLUMN_BLOCKED } },
    { "is this subscriber blacklisted", { COLUMN_BLOCKED } },
    { "disabled", { COLUMN_DISABLED } },
    { "is this account disabled?", { COLUMN_DISABLED } },
    { "htmlemail", { COLUMN_HTML } },
    { "send this subscriber html emails", { COLUMN_HTML } },
};

/* What a column "status" or "state" says. */
static const struct {
    const char *word;
    ImportKind kind;
} states[] = {
    { "active", IMPORT_PERSON },           { "enabled", IMPORT_PERSON },
    { "subscribed", IMPORT_PERSON },       { "confirmed", IMPORT_PERSON },
    { "paused", IMPORT_PERSON },           { "unsubscribed", IMPORT_LEFT },
    { "disabled", IMPORT_LEFT },           { "forgotten", IMPORT_LEFT },
    { "suspended", IMPORT_BLOCKED },       { "blocklisted", IMPORT_BLOCKED },
    { "blacklisted", IMPORT_BLOCKED },     { "cleaned", IMPORT_BLOCKED },
    { "bounced", IMPORT_BLOCKED },         { "complained", IMPORT_BLOCKED },
    { "unreachable", IMPORT_BLOCKED },     { "pending", IMPORT_UNCONFIRMED },
    { "unconfirmed", IMPORT_UNCONFIRMED },
};

struct Import {
    Csv *csv;
    const Rhythm *defaults;
    GArray *columns; /* of Column; empty: each row is an address alone */
    GPtrArray *left_out;
    GPtrArray *names; /* of attributes: what columns[].key points to */
    bool has_row;     /* the first row was no header, and is still to be read */
    CsvRow first;
    /* What a row is read into, made once. */
    GPtrArray *topics;
    GPtrArray *without;
    GString *name;
};

void
import_row_clear(ImportRow *row)
{
    g_clear_pointer(&row->choice, choice_free);
    g_clear_pointer(&row->problem, g_free);
}

void
import_free(Import *import)
{
    if (import == NULL)
        return;
    csv_free(import->csv);
    g_array_unref(import->columns);
    g_ptr_array_unref(import->left_out);
    g_ptr_array_unref(import->names);
    g_ptr_array_unref(import->topics);
    g_ptr_array_unref(import->without);
    g_string_free(import->name, TRUE);
    g_free(import);
}

GPtrArray *
import_left_out(const Import *import)
{
    return import->left_out;
}

/* The header */

static Column
find_column(const char *name)
{
    g_autofree char *lower = g_ascii_strdown(name, -1);
    for (size_t i = 0; i < G_N_ELEMENTS(foreign_columns); i++) {
        if (strcmp(foreign_columns[i].name, lower) == 0)
            return foreign_columns[i].column;
    }
    for (size_t i = 0; row_keys[i] != NULL; i++) {
        if (strcmp(row_keys[i], lower) == 0)
            return (Column){ COLUMN_WORD, row_keys[i] };
    }
    return (Column){ COLUMN_LEFT_OUT, NULL };
}

/* A column that means nothing here: it is kept as an attribute, or left out. */
static Column
own_column(Import *import, const char *name, const char *const *keep)
{
    char *copy = g_strdup(name);
    if (keep != NULL && g_strv_contains(keep, name)) {
        g_ptr_array_add(import->names, copy);
        return (Column){ COLUMN_KEPT, copy };
    }
    g_ptr_array_add(import->left_out, copy);
    return (Column){ COLUMN_LEFT_OUT, NULL };
}

static void
take_column(Import *import, const char *name, const char *const *keep)
{
    Column column = find_column(name);
    if (column.kind == COLUMN_LEFT_OUT && *name != '\0')
        column = own_column(import, name, keep);
    g_array_append_val(import->columns, column);
}

static guint
count_addresses(const Import *import)
{
    guint count = 0;
    for (guint i = 0; i < import->columns->len; i++)
        count += g_array_index(import->columns, Column, i).kind == COLUMN_ADDRESS;
    return count;
}

/* What programs call "Address" beside "Email Address" is where somebody lives. */
static bool
is_postal(const Import *import, const char *name)
{
    return g_ascii_strcasecmp(name, "address") == 0 && count_addresses(import) > 1;
}

static void
leave_out_postal(Import *import, const char *const *keep)
{
    for (guint i = 0; i < import->first.count; i++) {
        const char *name = import->first.fields[i];
        if (!is_postal(import, name))
            continue;
        g_array_index(import->columns, Column, i) = own_column(import, name, keep);
    }
}

/* True when ROW is somebody: then there is no header, and each line is one. */
static bool
is_person(const CsvRow *row)
{
    g_autofree char *text = g_strndup(row->text, row->size);
    g_autoptr(Mailbox) mailbox = mailbox_parse(text, NULL);
    return mailbox != NULL;
}

static bool
read_header(Import *import, const char *name, const char *const *keep, GError **error)
{
    GError *problem = NULL;
    if (csv_next(import->csv, &import->first, &problem)) {
        for (guint i = 0; i < import->first.count; i++)
            take_column(import, import->first.fields[i], keep);
        leave_out_postal(import, keep);
        if (count_addresses(import) > 0)
            return true;
        import->has_row = is_person(&import->first);
    }
    if (import->has_row) {
        g_array_set_size(import->columns, 0);
        g_ptr_array_set_size(import->left_out, 0);
        return true;
    }
    if (problem == NULL)
        g_set_error(&problem, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                    "%s:1: neither a header line with a column \"address\" or \"email\", nor an "
                    "address",
                    name);
    g_propagate_error(error, problem);
    return false;
}

Import *
import_open(CsvSource source, void *user, const char *name, const Rhythm *defaults,
            const char *const *keep, GError **error)
{
    g_autoptr(Import) import = g_new0(Import, 1);
    import->csv = csv_new(source, user);
    import->defaults = defaults;
    import->columns = g_array_new(FALSE, FALSE, sizeof(Column));
    import->left_out = g_ptr_array_new_with_free_func(g_free);
    import->names = g_ptr_array_new_with_free_func(g_free);
    import->topics = g_ptr_array_new_with_free_func(g_free);
    import->without = g_ptr_array_new_with_free_func(g_free);
    import->name = g_string_new(NULL);
    return read_header(import, name, keep, error) ? g_steal_pointer(&import) : NULL;
}

/* Rows */

static void
add_words(GPtrArray *list, const char *text)
{
    g_auto(GStrv) words = g_strsplit_set(text, " |", -1);
    for (guint i = 0; words[i] != NULL; i++)
        if (*words[i] != '\0')
            g_ptr_array_add(list, g_strdup(words[i]));
}

static void
take_word(Row *row, const char *key, const char *text)
{
    GPtrArray *list = row_list(row, key);
    if (strcmp(key, "max_articles") == 0) {
        char *end = NULL;
        long number = strtol(text, &end, 10);
        row->max_articles = *end == '\0' && number >= 0 && number < G_MAXINT ? (int)number : -1;
    } else if (list != NULL) {
        add_words(list, text);
    } else {
        *row_word(row, key) = text;
    }
}

/* False when nobody knows what STATUS means: better not to write to somebody than to one who left. */
static bool
take_status(const char *status, ImportKind *kind)
{
    for (size_t i = 0; i < G_N_ELEMENTS(states); i++) {
        if (g_ascii_strcasecmp(states[i].word, status) == 0) {
            *kind = MAX(*kind, states[i].kind);
            return true;
        }
    }
    return false;
}

static void
take_name(Import *import, const char *text)
{
    if (import->name->len > 0)
        g_string_append_c(import->name, ' ');
    g_string_append(import->name, text);
}

static bool
is_zone(const char *text)
{
    g_autoptr(GTimeZone) zone = time_zone_find(text);
    return zone != NULL;
}

/* TEXT (not empty) of COLUMN goes into ROW or decides about KIND. The name's parts are gathered, and
 * attributes put into KEPT. Returns what is wrong with it, or NULL. */
static const char *
take_field(Import *import, const Column *column, const char *text, Row *row, Value *kept,
           ImportKind *kind)
{
    bool is_yes = strcmp(text, "0") != 0;
    switch (column->kind) {
    case COLUMN_LEFT_OUT: return NULL;
    case COLUMN_ADDRESS: row->address = text; return NULL;
    case COLUMN_WORD: take_word(row, column->key, text); return NULL;
    case COLUMN_FIRST:
    case COLUMN_LAST: take_name(import, text); return NULL;
    case COLUMN_HINT_ZONE:
        if (is_zone(text))
            row->zone = text;
        return NULL;
    case COLUMN_STATUS:
        return take_status(text, kind) ? NULL : "nobody knows what this state means:";
    case COLUMN_CONFIRMED: *kind = is_yes ? *kind : MAX(*kind, IMPORT_UNCONFIRMED); return NULL;
    case COLUMN_BLOCKED: *kind = is_yes ? MAX(*kind, IMPORT_BLOCKED) : *kind; return NULL;
    case COLUMN_DISABLED: *kind = is_yes ? MAX(*kind, IMPORT_LEFT) : *kind; return NULL;
    case COLUMN_LEFT_AT: *kind = MAX(*kind, IMPORT_LEFT); return NULL;
    case COLUMN_BLOCKED_AT: *kind = MAX(*kind, IMPORT_BLOCKED); return NULL;
    case COLUMN_HTML: row->format = is_yes ? "html" : "text"; return NULL;
    case COLUMN_KEPT: value_set_string(kept, column->key, text); return NULL;
    }
    g_assert_not_reached();
}

/* KEPT in the order of its columns beside what a column of JSON brought. */
static char *
join_attributes(const char *json, const Value *kept)
{
    if (kept == NULL || value_length(kept) == 0)
        return NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GBytes) bytes = json != NULL ? g_bytes_new(json, strlen(json)) : NULL;
    g_autoptr(Value) map = bytes != NULL ? json_parse(bytes, NULL) : NULL;
    if (map == NULL || value_kind(map) != VALUE_MAP) {
        json_write(text, kept, 0);
        return g_string_free(g_steal_pointer(&text), FALSE);
    }
    for (size_t i = 0; i < value_length(kept); i++)
        value_take(map, value_key(kept, i), value_ref(value_item(kept, i)));
    json_write(text, map, 0);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static void
fail(ImportRow *row, const char *what, const char *word)
{
    g_autofree char *shown = text_truncate(word, 60);
    row->kind = IMPORT_BAD;
    row->problem = g_strdup_printf("%s%s%s%s", what, *word != '\0' ? " \"" : "", shown,
                                   *word != '\0' ? "\"" : "");
}

static void
read_columns(Import *import, ImportRow *row)
{
    Row words = { .topics = import->topics, .without = import->without, .line = row->csv.line };
    g_autoptr(Value) kept = import->names->len > 0 ? value_new_map() : NULL;
    g_ptr_array_set_size(import->topics, 0);
    g_ptr_array_set_size(import->without, 0);
    g_string_truncate(import->name, 0);
    for (guint i = 0; i < row->csv.count && i < import->columns->len; i++) {
        const char *text = row->csv.fields[i];
        const Column *column = &g_array_index(import->columns, Column, i);
        const char *problem =
            *text == '\0' ? NULL : take_field(import, column, text, &words, kept, &row->kind);
        if (problem != NULL) {
            fail(row, problem, text);
            return;
        }
    }
    if (words.name == NULL && import->name->len > 0)
        words.name = import->name->str;
    g_autofree char *attributes = join_attributes(words.attributes, kept);
    if (attributes != NULL)
        words.attributes = attributes;
    g_autoptr(GError) error = NULL;
    row->choice = choice_from_row(&words, import->defaults, &error);
    if (row->choice == NULL)
        fail(row, error->message, "");
}

/* "Name <address>" or the address alone. */
static void
read_mailbox(const Import *import, ImportRow *row)
{
    g_autofree char *text = g_strndup(row->csv.text, row->csv.size);
    g_autoptr(GError) error = NULL;
    g_autoptr(Mailbox) mailbox = mailbox_parse(text, &error);
    if (mailbox == NULL) {
        fail(row, error->message, "");
        return;
    }
    const Row words = { .address = address_text(mailbox->address),
                        .name = mailbox->name,
                        .line = row->csv.line };
    row->choice = choice_from_row(&words, import->defaults, NULL);
}

static void
read_row(Import *import, ImportRow *row)
{
    if (!row->csv.is_whole)
        fail(row, "a quote is never closed", "");
    else if (import->columns->len == 0)
        read_mailbox(import, row);
    else
        read_columns(import, row);
}

/* What stands in the column of the address; of several the last one that is not empty counts. */
static const char *
find_address(const Import *import, const CsvRow *row)
{
    const char *address = "";
    for (guint i = 0; i < row->count && i < import->columns->len; i++) {
        bool is_address = g_array_index(import->columns, Column, i).kind == COLUMN_ADDRESS;
        if (is_address && *row->fields[i] != '\0')
            address = row->fields[i];
    }
    return address;
}

static void
write_key(GString *key, const Import *import, const CsvRow *row)
{
    if (!row->is_whole)
        return;
    if (import->columns->len > 0) {
        address_write_key(key, find_address(import, row));
        return;
    }
    g_autofree char *text = g_strndup(row->text, row->size);
    g_autoptr(Mailbox) mailbox = mailbox_parse(text, NULL);
    if (mailbox != NULL)
        g_string_append(key, address_key(mailbox->address));
}

bool
import_next(Import *import, CsvRow *row, GString *key, GError **error)
{
    *row = import->first;
    if (!import->has_row && !csv_next(import->csv, row, error))
        return false;
    import->has_row = false;
    g_string_truncate(key, 0);
    write_key(key, import, row);
    return true;
}

void
import_read(Import *import, const CsvRow *csv, ImportRow *row)
{
    import_row_clear(row);
    *row = (ImportRow){ .kind = IMPORT_PERSON, .csv = *csv };
    csv_cut(import->csv, &row->csv);
    read_row(import, row);
}
