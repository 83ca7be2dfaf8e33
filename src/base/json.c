#include "base/json.h"

#include <math.h>
#include <string.h>
#include <jansson.h>

#include "base/error.h"

/* Deeper than any real document; Jansson's own limit (2,048) would be deep for our recursion. */
#define JSON_LEVELS_MAX 128

G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_t, json_decref)

static Value *value_from(const json_t *json, int level, GError **error);

static Value *
list_from(const json_t *json, int level, GError **error)
{
    g_autoptr(Value) list = value_new_list();
    for (size_t i = 0; i < json_array_size(json); i++) {
        Value *item = value_from(json_array_get(json, i), level + 1, error);
        if (item == NULL)
            return NULL;
        value_take_item(list, item);
    }
    return g_steal_pointer(&list);
}

static Value *
map_from(const json_t *json, int level, GError **error)
{
    g_autoptr(Value) map = value_new_map();
    void *iterator = json_object_iter((json_t *)json);
    for (; iterator != NULL; iterator = json_object_iter_next((json_t *)json, iterator)) {
        Value *member = value_from(json_object_iter_value(iterator), level + 1, error);
        if (member == NULL)
            return NULL;
        value_take(map, json_object_iter_key(iterator), member);
    }
    return g_steal_pointer(&map);
}

static Value *
value_from(const json_t *json, int level, GError **error)
{
    if (level > JSON_LEVELS_MAX) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "nested more than %d levels deep",
                    JSON_LEVELS_MAX);
        return NULL;
    }
    switch (json_typeof(json)) {
    case JSON_OBJECT: return map_from(json, level, error);
    case JSON_ARRAY: return list_from(json, level, error);
    case JSON_STRING: return value_new_string(json_string_value(json));
    case JSON_INTEGER: return value_new_integer(json_integer_value(json));
    case JSON_REAL: return value_new_real(json_real_value(json));
    case JSON_TRUE: return value_new_bool(true);
    case JSON_FALSE: return value_new_bool(false);
    case JSON_NULL: return value_new_null();
    }
    g_assert_not_reached();
}

Value *
json_parse(GBytes *bytes, GError **error)
{
    size_t size;
    const char *text = g_bytes_get_data(bytes, &size);
    json_error_t problem;
    g_autoptr(json_t) json = json_loadb(text != NULL ? text : "", size, JSON_DECODE_ANY, &problem);
    if (json == NULL) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "line %d, column %d: %s",
                    MAX(problem.line, 1), MAX(problem.column, 0), problem.text);
        return NULL;
    }
    return value_from(json, 1, error);
}

/* Writing */

static void
write_string(GString *out, const char *text)
{
    g_string_append_c(out, '"');
    for (;;) {
        size_t plain = 0;
        while ((unsigned char)text[plain] >= 0x20 && text[plain] != '"' && text[plain] != '\\')
            plain++;
        g_string_append_len(out, text, (gssize)plain);
        text += plain;
        switch (*text) {
        case '\0': g_string_append_c(out, '"'); return;
        case '\n': g_string_append(out, "\\n"); break;
        case '\t': g_string_append(out, "\\t"); break;
        case '\r': g_string_append(out, "\\r"); break;
        case '"':
        case '\\':
            g_string_append_c(out, '\\');
            g_string_append_c(out, *text);
            break;
        default: g_string_append_printf(out, "\\u%04x", (unsigned char)*text); break;
        }
        text++;
    }
}

/* The shortest of the precisions that reads back as the same number. JSON has no infinities. */
static void
write_real(GString *out, double number)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    if (!isfinite(number)) {
        g_string_append(out, "null");
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        char format[8];
        g_snprintf(format, sizeof format, "%%.%dg", digits);
        g_ascii_formatd(text, sizeof text, format, number);
        if (g_ascii_strtod(text, NULL) == number)
            break;
    }
    g_string_append(out, text);
    if (strpbrk(text, ".e") == NULL)
        g_string_append(out, ".0");
}

static void
write_line_end(GString *out, int indent, int level)
{
    if (indent == 0)
        return;
    g_string_append_c(out, '\n');
    for (int i = 0; i < indent * level; i++)
        g_string_append_c(out, ' ');
}

static void
write_value(GString *out, const Value *value, int indent, int level)
{
    bool is_map = value_kind(value) == VALUE_MAP;
    switch (value_kind(value)) {
    case VALUE_NULL: g_string_append(out, "null"); return;
    case VALUE_BOOL: g_string_append(out, value_bool(value) ? "true" : "false"); return;
    case VALUE_INTEGER:
        g_string_append_printf(out, "%" G_GINT64_FORMAT, value_integer(value));
        return;
    case VALUE_REAL: write_real(out, value_real(value)); return;
    case VALUE_STRING: write_string(out, value_string(value)); return;
    case VALUE_LIST:
    case VALUE_MAP: break;
    }
    g_string_append_c(out, is_map ? '{' : '[');
    for (size_t i = 0; i < value_length(value); i++) {
        if (i > 0)
            g_string_append_c(out, ',');
        write_line_end(out, indent, level + 1);
        if (is_map) {
            write_string(out, value_key(value, i));
            g_string_append(out, indent > 0 ? ": " : ":");
        }
        write_value(out, value_item(value, i), indent, level + 1);
    }
    if (value_length(value) > 0)
        write_line_end(out, indent, level);
    g_string_append_c(out, is_map ? '}' : ']');
}

void
json_write_inside(GString *out, const Value *value, int indent, int level)
{
    write_value(out, value, indent, level);
}

void
json_write(GString *out, const Value *value, int indent)
{
    write_value(out, value, indent, 0);
}
