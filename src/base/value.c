#include "base/value.h"

#include <string.h>

#include "base/clock.h"

/* Maps are searched from the front: hashes are compared, and texts only where those are equal. A map
 * with room for more members than this gets an index. */
#define INDEX_FROM 64u

#define CAPACITY_MIN 4u /* a power of two, as all capacities */

/* A key lies in its member when it is short, as nearly all are. */
#define KEY_SIZE 16u

typedef union {
    char text[KEY_SIZE]; /* its last octet is 0, or … */
    struct {
        char *heap;
        char unused[KEY_SIZE - sizeof(char *) - 1];
        bool is_long; /* … 1 */
    };
} Key;

typedef struct {
    Key key;
    Value *value;
} Member;

struct Value {
    ValueKind kind;
    unsigned count; /* references; a Value stays within one thread. 0: it lives for ever */
    union {
        bool flag;
        int64_t integer;
        double real;
        struct {
            char *string;
            size_t size; /* of it, in octets */
        };
        struct { /* of lists and maps */
            uint32_t length, capacity;
            union {
                Value **items;   /* of lists */
                Member *members; /* of maps; behind them, in the same piece of memory, the hashes */
            };
            uint32_t *hashes;
            uint32_t
                *index; /* of large maps: positions + 1, where their hash says or behind; or NULL */
            uint64_t digest; /* a bit for each hash: tells of most keys that they are not there */
            Value *base;     /* a map to look in when a key is not in this one; or NULL */
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
    return value_new(VALUE_LIST);
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

static const char *
key_text(const Key *key)
{
    return key->is_long ? key->heap : key->text;
}

static void
list_clear(Value *list)
{
    for (uint32_t i = 0; i < list->length; i++)
        value_unref(list->items[i]);
    g_free(list->items);
}

static void
map_clear(Value *map)
{
    for (uint32_t i = 0; i < map->length; i++) {
        if (map->members[i].key.is_long)
            g_free(map->members[i].key.heap);
        value_unref(map->members[i].value);
    }
    g_free(map->members);
    g_free(map->index);
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
    case VALUE_LIST: list_clear(value); break;
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
    return value->length;
}

Value *
value_item(const Value *value, size_t i)
{
    g_assert(i < value_length(value));
    return value->kind == VALUE_LIST ? value->items[i] : value->members[i].value;
}

const char *
value_key(const Value *map, size_t i)
{
    g_assert(map->kind == VALUE_MAP && i < map->length);
    return key_text(&map->members[i].key);
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

static bool
is_member(const Value *map, uint32_t i, const ValueKey *key)
{
    return map->hashes[i] == key->hash && strcmp(key_text(&map->members[i].key), key->name) == 0;
}

/* Where in the index of MAP a hash belongs, and where to go on from there. */
static uint32_t
index_start(const Value *map, uint32_t hash)
{
    return hash & (2 * map->capacity - 1);
}

static uint32_t
index_next(const Value *map, uint32_t slot)
{
    return (slot + 1) & (2 * map->capacity - 1);
}

/* The position of KEY plus one; 0: it is not there. */
static uint32_t
find_position(const Value *map, const ValueKey *key)
{
    if ((map->digest & digest_of(key->hash)) == 0)
        return 0;
    if (map->index != NULL) {
        uint32_t slot = index_start(map, key->hash);
        while (map->index[slot] != 0 && !is_member(map, map->index[slot] - 1, key))
            slot = index_next(map, slot);
        return map->index[slot];
    }
    for (uint32_t i = 0; i < map->length; i++)
        if (is_member(map, i, key))
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
    if (list->length == list->capacity) {
        list->capacity = MAX(list->capacity * 2, CAPACITY_MIN);
        list->items = g_renew(Value *, list->items, list->capacity);
    }
    list->items[list->length++] = item;
}

static void
index_add(Value *map, uint32_t i)
{
    uint32_t slot = index_start(map, map->hashes[i]);
    while (map->index[slot] != 0)
        slot = index_next(map, slot);
    map->index[slot] = i + 1;
}

static void
map_grow(Value *map)
{
    uint32_t capacity = MAX(map->capacity * 2, CAPACITY_MIN);
    map->members = g_realloc_n(map->members, capacity, sizeof(Member) + sizeof(uint32_t));
    uint32_t *hashes = (uint32_t *)(void *)(map->members + capacity);
    memmove(hashes, map->members + map->capacity, map->length * sizeof(uint32_t));
    map->hashes = hashes;
    map->capacity = capacity;
    if (capacity <= INDEX_FROM)
        return;
    g_free(map->index);
    map->index = g_new0(uint32_t, 2 * capacity);
    for (uint32_t i = 0; i < map->length; i++)
        index_add(map, i);
}

static Key
key_new(const char *text)
{
    Key key = { { 0 } };
    size_t size = strlen(text) + 1;
    if (size <= KEY_SIZE) {
        memcpy(key.text, text, size);
    } else {
        key.heap = g_memdup2(text, size);
        key.is_long = true;
    }
    return key;
}

static void
map_append(Value *map, const ValueKey *key, Value *value)
{
    if (map->length == map->capacity)
        map_grow(map);
    map->members[map->length] = (Member){ key_new(key->name), value };
    map->hashes[map->length] = key->hash;
    map->digest |= digest_of(key->hash);
    if (map->index != NULL)
        index_add(map, map->length);
    map->length++;
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
