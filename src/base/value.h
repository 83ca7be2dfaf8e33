/* value.h - a tree of plain data: what JSON can say, what templates show, what --json prints.
 *
 * Maps keep the order in which members were put in. A Value is counted: value_ref() shares it,
 * value_unref() lets go. Build it in one place, then treat it as constant.                       */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>

typedef enum {
    VALUE_NULL,
    VALUE_BOOL,
    VALUE_INTEGER,
    VALUE_REAL,
    VALUE_STRING,
    VALUE_LIST,
    VALUE_MAP,
} ValueKind;

typedef struct Value Value;

Value *value_new_null(void);
Value *value_new_bool(bool flag);
Value *value_new_integer(int64_t number);
Value *value_new_real(double number);
Value *value_new_string(const char *text); /* NULL makes a null */
Value *value_new_list(void);
Value *value_new_map(void);
/* A map that shows what BASE (a map, shared) has behind its own members, as a scope stands before
 * another. value_find() sees both; everything else, and JSON, its own members alone. */
Value *value_new_map_over(Value *base);
const Value *value_base(const Value *map); /* or NULL */
Value *value_ref(Value *value);
void value_unref(Value *value);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Value, value_unref)

ValueKind value_kind(const Value *value);
bool value_bool(const Value *value);          /* of a VALUE_BOOL */
int64_t value_integer(const Value *value);    /* of a VALUE_INTEGER */
double value_real(const Value *value);        /* of a VALUE_REAL or VALUE_INTEGER */
const char *value_string(const Value *value); /* of a VALUE_STRING */
size_t value_size(const Value *value);        /* of a VALUE_STRING: its octets */

/* Says that VALUE will be read in a moment, so that the processor begins to load its memory. */
void value_expect(const Value *value);

/* Lists and maps: LENGTH counts items or members; ITEM gives the i-th item (of a map: its value). */
size_t value_length(const Value *value);
Value *value_item(const Value *value, size_t i);
const char *value_key(const Value *map, size_t i);
Value *value_find(const Value *map, const char *key); /* NULL: no such member, or not a map */

/* A key that is looked for often, so that what finding it takes is worked out once; it remembers where it
 * was found last. Borrows NAME. */
#define VALUE_KEY_SIZE 16u
typedef struct {
    const char *name;
    char text
        [VALUE_KEY_SIZE]; /* NAME, filled up with zeros; when it is longer, the last octet is 1 */
    uint32_t hash;
    uint32_t position;
} ValueKey;

ValueKey value_key_new(const char *name);
Value *value_find_key(const Value *map, ValueKey *key); /* as value_find() */

/* The string of a member, or NULL when it is missing or no string. */
const char *value_find_string(const Value *map, const char *key);

/* Adding takes over the reference. A key that is there already is replaced in its place. */
void value_take_item(Value *list, Value *item);
void value_take(Value *map, const char *key, Value *member);

void value_set_string(Value *map, const char *key, const char *text); /* NULL makes a null */
void value_set_integer(Value *map, const char *key, int64_t number);
void value_set_bool(Value *map, const char *key, bool flag);
void value_set_time(Value *map, const char *key, int64_t time); /* RFC 3339; 0 makes a null */
