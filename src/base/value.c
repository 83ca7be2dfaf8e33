#include "base/value.h"

#include <string.h>

#include "base/clock.h"

/* Maps are searched from the front: hashes are compared, and texts only where those are equal. A map
 * with more members than this gets an index. */
#define INDEX_FROM 64u

#define CAPACITY_MIN 4u

typedef struct {
    char *key;
    Value *value;
} Member;

struct Value {
    ValueKind kind;
    unsigned count; /* references; a Value stays within one thread. 0: it lives for ever */
    union {
        bool flag;
        int64_t integer;
        double real;
        GPtrArray *items; /* of Value *, of lists */
        struct {
            char *string;
            size_t size; /* of it, in octets */
        };
        struct {          /* of maps */
            uint32_t length, capacity;
            Member *members;
            uint32_t *hashes; /* of their keys */
            uint64_t
                digest; /* a bit for each hash: tells at once of most keys that they are not there */
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

/* There is nothing to tell two nulls apart, or two truths: all share one that is never counted, and so
 * may be in use by several threads. */
Value *
value_new_null(void)
{
    static Value null = { VALUE_NULL, 0, { false } };
    return &null;
}

Value *
value_new_bool(bool flag)
{
    static Value no = { VALUE_BOOL, 0, { false } };
    static Value yes = { VALUE_BOOL, 0, { true } };
    return flag ? &yes : &no;
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
    value->size = strlen(text);
    value->string = g_memdup2(text, value->size + 1);
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
    return value_new(VALUE_MAP);
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
    if (value->count > 0)
        value->count++;
    return value;
}

static void
map_clear(Value *map)
{
    for (uint32_t i = 0; i < map->length; i++) {
        g_free(map->members[i].key);
        value_unref(map->members[i].value);
    }
    g_free(map->members);
    g_free(map->hashes);
    g_clear_pointer(&map->index, g_hash_table_unref);
    value_unref(map->base);
}

void
value_unref(Value *value)
{
    if (value == NULL || value->count == 0 || --value->count > 0)
        return;
    switch (value->kind) {
    case VALUE_STRING: g_free(value->string); break;
    case VALUE_MAP: map_clear(value); break;
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

size_t
value_size(const Value *value)
{
    g_assert(value->kind == VALUE_STRING);
    return value->size;
}

size_t
value_length(const Value *value)
{
    g_assert(value->kind == VALUE_LIST || value->kind == VALUE_MAP);
    return value->kind == VALUE_LIST ? value->items->len : value->length;
}

Value *
value_item(const Value *value, size_t i)
{
    g_assert(i < value_length(value));
    return value->kind == VALUE_LIST ? value->items->pdata[i] : value->members[i].value;
}

const char *
value_key(const Value *map, size_t i)
{
    g_assert(map->kind == VALUE_MAP && i < map->length);
    return map->members[i].key;
}

/* FNV-1a. */
static uint32_t
hash_of(const char *key)
{
    uint32_t hash = 2166136261u;
    for (; *key != '\0'; key++)
        hash = (hash ^ (unsigned char)*key) * 16777619u;
    return hash;
}

static uint64_t
digest_of(uint32_t hash)
{
    return UINT64_C(1) << (hash >> 26);
}

/* The position of KEY plus one; 0: it is not there. */
static uint32_t
find_position(const Value *map, const ValueKey *key)
{
    if ((map->digest & digest_of(key->hash)) == 0)
        return 0;
    if (map->index != NULL)
        return GPOINTER_TO_UINT(g_hash_table_lookup(map->index, key->name));
    for (uint32_t i = 0; i < map->length; i++)
        if (map->hashes[i] == key->hash && strcmp(map->members[i].key, key->name) == 0)
            return i + 1;
    return 0;
}

ValueKey
value_key_new(const char *name)
{
    return (ValueKey){ name, hash_of(name) };
}

Value *
value_find_key(const Value *map, const ValueKey *key)
{
    for (; map != NULL && map->kind == VALUE_MAP; map = map->base) {
        uint32_t position = find_position(map, key);
        if (position > 0)
            return map->members[position - 1].value;
    }
    return NULL;
}

Value *
value_find(const Value *map, const char *key)
{
    ValueKey hashed = value_key_new(key);
    return value_find_key(map, &hashed);
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
    for (uint32_t i = 0; i < map->length; i++)
        g_hash_table_insert(map->index, map->members[i].key, GUINT_TO_POINTER(i + 1));
}

static void
map_append(Value *map, const ValueKey *key, Value *value)
{
    if (map->length == map->capacity) {
        map->capacity = MAX(map->capacity * 2, CAPACITY_MIN);
        map->members = g_renew(Member, map->members, map->capacity);
        map->hashes = g_renew(uint32_t, map->hashes, map->capacity);
    }
    Member *member = &map->members[map->length];
    *member = (Member){ g_strdup(key->name), value };
    map->hashes[map->length++] = key->hash;
    map->digest |= digest_of(key->hash);
    if (map->index != NULL)
        g_hash_table_insert(map->index, member->key, GUINT_TO_POINTER(map->length));
    else if (map->length > INDEX_FROM)
        index_keys(map);
}

void
value_take(Value *map, const char *key, Value *member)
{
    g_assert(map->kind == VALUE_MAP);
    ValueKey hashed = value_key_new(key);
    uint32_t position = find_position(map, &hashed);
    if (position == 0) {
        map_append(map, &hashed, member);
        return;
    }
    value_unref(map->members[position - 1].value);
    map->members[position - 1].value = member;
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
