#include "base/value.h"

#include <string.h>

#include "base/clock.h"

/* Maps are searched from the front: the ones that programs build have a dozen members. A map with
 * more than this many gets an index. */
#define INDEX_FROM 16

struct Value {
    ValueKind kind;
    unsigned count; /* references; a Value stays within one thread */
    union {
        bool flag;
        int64_t integer;
        double real;
        char *string;
        struct {
            GPtrArray *items;  /* of Value *, of lists and maps */
            GPtrArray *keys;   /* of char *, of maps */
            GHashTable *index; /* key -> position + 1, of large maps; or NULL */
            Value *base;       /* a map to look in when a key is not in this one; or NULL */
        };
    };
};

static Value *
value_new(ValueKind kind)
{
    Value *value = g_new0(Value, 1);
    value->kind = kind;
    value->count = 1;
    return value;
}

Value *
value_new_null(void)
{
    return value_new(VALUE_NULL);
}

Value *
value_new_bool(bool flag)
{
    Value *value = value_new(VALUE_BOOL);
    value->flag = flag;
    return value;
}

Value *
value_new_integer(int64_t number)
{
    Value *value = value_new(VALUE_INTEGER);
    value->integer = number;
    return value;
}

Value *
value_new_real(double number)
{
    Value *value = value_new(VALUE_REAL);
    value->real = number;
    return value;
}

Value *
value_new_string(const char *text)
{
    if (text == NULL)
        return value_new_null();
    Value *value = value_new(VALUE_STRING);
    value->string = g_strdup(text);
    return value;
}

Value *
value_new_list(void)
{
    Value *value = value_new(VALUE_LIST);
    value->items = g_ptr_array_new_with_free_func((GDestroyNotify)value_unref);
    return value;
}

Value *
value_new_map(void)
{
    Value *value = value_new(VALUE_MAP);
    value->items = g_ptr_array_new_with_free_func((GDestroyNotify)value_unref);
    value->keys = g_ptr_array_new_with_free_func(g_free);
    return value;
}

Value *
value_new_map_over(Value *base)
{
    g_assert(base->kind == VALUE_MAP);
    Value *value = value_new_map();
    value->base = value_ref(base);
    return value;
}

const Value *
value_base(const Value *map)
{
    g_assert(map->kind == VALUE_MAP);
    return map->base;
}

Value *
value_ref(Value *value)
{
    value->count++;
    return value;
}

void
value_unref(Value *value)
{
    if (value == NULL || --value->count > 0)
        return;
    switch (value->kind) {
    case VALUE_STRING: g_free(value->string); break;
    case VALUE_MAP:
        value_unref(value->base);
        g_clear_pointer(&value->index, g_hash_table_unref);
        g_ptr_array_unref(value->keys);
        g_ptr_array_unref(value->items);
        break;
    case VALUE_LIST: g_ptr_array_unref(value->items); break;
    case VALUE_NULL:
    case VALUE_BOOL:
    case VALUE_INTEGER:
    case VALUE_REAL: break;
    }
    g_free(value);
}

ValueKind
value_kind(const Value *value)
{
    return value->kind;
}

bool
value_bool(const Value *value)
{
    g_assert(value->kind == VALUE_BOOL);
    return value->flag;
}

int64_t
value_integer(const Value *value)
{
    g_assert(value->kind == VALUE_INTEGER);
    return value->integer;
}

double
value_real(const Value *value)
{
    g_assert(value->kind == VALUE_REAL || value->kind == VALUE_INTEGER);
    return value->kind == VALUE_REAL ? value->real : (double)value->integer;
}

const char *
value_string(const Value *value)
{
    g_assert(value->kind == VALUE_STRING);
    return value->string;
}

static bool
has_items(const Value *value)
{
    return value->kind == VALUE_LIST || value->kind == VALUE_MAP;
}

size_t
value_length(const Value *value)
{
    g_assert(has_items(value));
    return value->items->len;
}

Value *
value_item(const Value *value, size_t i)
{
    g_assert(has_items(value) && i < value->items->len);
    return value->items->pdata[i];
}

const char *
value_key(const Value *map, size_t i)
{
    g_assert(map->kind == VALUE_MAP && i < map->keys->len);
    return map->keys->pdata[i];
}

/* The position of KEY plus one; 0: it is not there. */
static guint
find_position(const Value *map, const char *key)
{
    if (map->index != NULL)
        return GPOINTER_TO_UINT(g_hash_table_lookup(map->index, key));
    for (guint i = 0; i < map->keys->len; i++) {
        if (strcmp(map->keys->pdata[i], key) == 0)
            return i + 1;
    }
    return 0;
}

Value *
value_find(const Value *map, const char *key)
{
    for (; map != NULL && map->kind == VALUE_MAP; map = map->base) {
        guint position = find_position(map, key);
        if (position > 0)
            return map->items->pdata[position - 1];
    }
    return NULL;
}

const char *
value_find_string(const Value *map, const char *key)
{
    const Value *member = value_find(map, key);
    return member != NULL && member->kind == VALUE_STRING ? member->string : NULL;
}

void
value_take_item(Value *list, Value *item)
{
    g_assert(list->kind == VALUE_LIST);
    g_ptr_array_add(list->items, item);
}

static void
index_keys(Value *map)
{
    map->index = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < map->keys->len; i++)
        g_hash_table_insert(map->index, map->keys->pdata[i], GUINT_TO_POINTER(i + 1));
}

void
value_take(Value *map, const char *key, Value *member)
{
    g_assert(map->kind == VALUE_MAP);
    guint position = find_position(map, key);
    if (position > 0) {
        value_unref(map->items->pdata[position - 1]);
        map->items->pdata[position - 1] = member;
        return;
    }
    char *own = g_strdup(key);
    g_ptr_array_add(map->keys, own);
    g_ptr_array_add(map->items, member);
    if (map->index != NULL)
        g_hash_table_insert(map->index, own, GUINT_TO_POINTER(map->keys->len));
    else if (map->keys->len > INDEX_FROM)
        index_keys(map);
}

void
value_set_string(Value *map, const char *key, const char *text)
{
    value_take(map, key, value_new_string(text));
}

void
value_set_integer(Value *map, const char *key, int64_t number)
{
    value_take(map, key, value_new_integer(number));
}

void
value_set_bool(Value *map, const char *key, bool flag)
{
    value_take(map, key, value_new_bool(flag));
}

void
value_set_time(Value *map, const char *key, int64_t time)
{
    g_autofree char *text = time == 0 ? NULL : time_text(time);
    value_set_string(map, key, text);
}
