/* json.h - JSON (RFC 8259) in and out, over Jansson. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>
#include "base/value.h"

/* Any JSON value, at most 128 levels deep. A member that is repeated keeps its last value. In a text
 * with an integer of more than 64 bits all numbers are reals. NULL
 * and DEPESCHE_ERROR_INPUT ("line 3, column 7: …") when BYTES are no JSON. */
Value *json_parse(GBytes *bytes, GError **error);

/* The same, but a text with such an integer is refused: rounded, two numbers may become one. */
Value *json_parse_exact(GBytes *bytes, GError **error);

/* VALUE as JSON on one line; with INDENT, spread over lines by that many spaces a level. UTF-8 is
 * written as it is; no final line feed. */
void json_write(GString *out, const Value *value, int indent);

/* NUMBER as ECMAScript writes it, the shortest text that reads back as the same: 1.21, 100, 1e+21.
 * JSON has no infinities: they are null. */
void json_write_number(GString *out, double number);

/* The same piece by piece, without a tree: for what is long. It begins with LEVEL 0, or with the depth
 * at which it will stand in another. Each value follows json_key() in a map, json_item() in a list.
 *
 *     JsonWriter writer = { .out = out, .indent = 2 };
 *     json_begin(&writer, '{');
 *     json_key(&writer, "title");
 *     json_text(&writer, title);
 *     json_end(&writer, '}');                                                                     */
typedef struct {
    GString *out;
    int indent;
    int level;
    bool has_items; /* what was begun last */
} JsonWriter;

void json_begin(JsonWriter *writer, char bracket);
void json_end(JsonWriter *writer, char bracket);
void json_key(JsonWriter *writer, const char *key);
void json_item(JsonWriter *writer);
void json_text(JsonWriter *writer, const char *text); /* NULL makes a null */
void json_number(JsonWriter *writer, int64_t number);
void json_flag(JsonWriter *writer, bool flag);
