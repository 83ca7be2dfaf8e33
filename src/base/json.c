#include "base/json.h"

#include <math.h>
#include <string.h>
#include <jansson.h>

#include "base/block.h"
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

/* FLAGS are Jansson's. */
static json_t *
load(GBytes *bytes, size_t flags, json_error_t *problem)
{
    size_t size;
    const char *text = g_bytes_get_data(bytes, &size);
    return json_loadb(text != NULL ? text : "", size, JSON_DECODE_ANY | flags, problem);
}

static Value *
value_of_text(json_t *json, const json_error_t *problem, GError **error)
{
    if (json != NULL)
        return value_from(json, 1, error);
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "line %d, column %d: %s",
                MAX(problem->line, 1), MAX(problem->column, 0), problem->text);
    return NULL;
}

Value *
json_parse_exact(GBytes *bytes, GError **error)
{
    json_error_t problem;
    g_autoptr(json_t) json = load(bytes, 0, &problem);
    return value_of_text(json, &problem, error);
}

Value *
json_parse(GBytes *bytes, GError **error)
{
    json_error_t problem;
    g_autoptr(json_t) json = load(bytes, 0, &problem);
    if (json == NULL && json_error_code(&problem) == json_error_numeric_overflow)
        json = load(bytes, JSON_DECODE_INT_AS_REAL, &problem);
    return value_of_text(json, &problem, error);
}

/* Writing */

/* How much of the text up to END, a NUL, stands in JSON as it is. */
static size_t
plain_span(const char *text, const char *end)
{
    const char *at = text;
    while ((size_t)(end - at) >= sizeof(Block)) {
        Block block = block_load(at);
        size_t plain = block_first((Block)((block < 0x20) | (block == '"') | (block == '\\')));
        at += plain;
        if (plain < sizeof block)
            return (size_t)(at - text);
    }
    while ((unsigned char)*at >= 0x20 && *at != '"' && *at != '\\')
        at++;
    return (size_t)(at - text);
}

static void
write_string(GString *out, const char *text)
{
    const char *end = text + strlen(text);
    g_string_append_c(out, '"');
    for (;;) {
        size_t plain = plain_span(text, end);
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

/* The shortest digits that read back as NUMBER: "12345" and where the point is, 2 for 12.345. */
static int
shortest_digits(double number, char digits[18])
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    for (int precision = 0; precision <= 16; precision++) {
        char format[8];
        g_snprintf(format, sizeof format, "%%.%de", precision);
        g_ascii_formatd(text, sizeof text, format, number);
        if (g_ascii_strtod(text, NULL) == number)
            break;
    }
    char *to = digits;
    for (const char *at = text; *at != 'e'; at++)
        if (g_ascii_isdigit(*at))
            *to++ = *at;
    *to = '\0';
    return (int)g_ascii_strtoll(strchr(text, 'e') + 1, NULL, 10) + 1;
}

void
json_write_number(GString *out, double number)
{
    char digits[18];
    if (!isfinite(number)) {
        g_string_append(out, "null");
        return;
    }
    if (number < 0)
        g_string_append_c(out, '-');
    int point = shortest_digits(fabs(number), digits);
    int length = (int)strlen(digits);
    if (point > 21 || point < -5) {
        g_string_append_c(out, digits[0]);
        g_string_append_printf(out, "%s%se%+d", length > 1 ? "." : "", digits + 1, point - 1);
    } else if (point <= 0) {
        g_string_append_printf(out, "0.%.*s%s", -point, "00000", digits);
    } else if (point < length) {
        g_string_append_printf(out, "%.*s.%s", point, digits, digits + point);
    } else {
        g_string_append_printf(out, "%s%.*s", digits, point - length, "00000000000000000000");
    }
}

static void
begin_line(const JsonWriter *writer)
{
    if (writer->indent == 0)
        return;
    g_string_append_c(writer->out, '\n');
    size_t before = writer->out->len;
    size_t spaces = (size_t)(writer->indent * writer->level);
    g_string_set_size(writer->out, before + spaces);
    memset(writer->out->str + before, ' ', spaces);
}

void
json_begin(JsonWriter *writer, char bracket)
{
    g_string_append_c(writer->out, bracket);
    writer->level++;
    writer->has_items = false;
}

void
json_end(JsonWriter *writer, char bracket)
{
    writer->level--;
    if (writer->has_items)
        begin_line(writer);
    g_string_append_c(writer->out, bracket);
    writer->has_items = true; /* what it stands in */
}

void
json_item(JsonWriter *writer)
{
    if (writer->has_items)
        g_string_append_c(writer->out, ',');
    begin_line(writer);
    writer->has_items = true;
}

void
json_key(JsonWriter *writer, const char *key)
{
    json_item(writer);
    write_string(writer->out, key);
    g_string_append(writer->out, writer->indent > 0 ? ": " : ":");
}

void
json_text(JsonWriter *writer, const char *text)
{
    if (text != NULL)
        write_string(writer->out, text);
    else
        g_string_append(writer->out, "null");
}

/* Templates are full of widths: printf() would be a twentieth of a digest's time. */
void
json_number(JsonWriter *writer, int64_t number)
{
    char digits[20];
    size_t at = sizeof digits;
    uint64_t left = number < 0 ? -(uint64_t)number : (uint64_t)number;
    do {
        digits[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (number < 0)
        g_string_append_c(writer->out, '-');
    g_string_append_len(writer->out, digits + at, (gssize)(sizeof digits - at));
}

void
json_flag(JsonWriter *writer, bool flag)
{
    g_string_append(writer->out, flag ? "true" : "false");
}

static void
write_value(JsonWriter *writer, const Value *value)
{
    bool is_map = value_kind(value) == VALUE_MAP;
    switch (value_kind(value)) {
    case VALUE_NULL: json_text(writer, NULL); return;
    case VALUE_BOOL: json_flag(writer, value_bool(value)); return;
    case VALUE_INTEGER: json_number(writer, value_integer(value)); return;
    case VALUE_REAL: write_real(writer->out, value_real(value)); return;
    case VALUE_STRING: json_text(writer, value_string(value)); return;
    case VALUE_LIST:
    case VALUE_MAP: break;
    }
    json_begin(writer, is_map ? '{' : '[');
    for (size_t i = 0; i < value_length(value); i++) {
        if (is_map)
            json_key(writer, value_key(value, i));
        else
            json_item(writer);
        write_value(writer, value_item(value, i));
    }
    json_end(writer, is_map ? '}' : ']');
}

void
json_write(GString *out, const Value *value, int indent)
{
    JsonWriter writer = { .out = out, .indent = indent };
    write_value(&writer, value);
}
