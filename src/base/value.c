#include "base/value.h"

#include <string.h>

#include "base/clock.h"

/* Maps are searched from the front: hashes are compared, and texts only where those are equal. A map
 * with room for more members than this gets an index. */
#define INDEX_FROM 64u

#define CACHE_LINE     64u
#define LINES_EXPECTED 5u

#define CAPACITY_MIN 8u /* a power of two, as all capacities */

/* A key lies in its member when it is short, as nearly all are. */
typedef union {
    char text[VALUE_KEY_SIZE]; /* filled up with zeros; its last octet is 0, or … */
    struct {
        char *heap;
        char unused[VALUE_KEY_SIZE - sizeof(char *) - 1];
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
            char *string; /* it lies behind the value, in the same piece of memory */
            size_t size;  /* of it, in octets */
        };
        struct { /* of lists and maps */
            uint32_t length, capacity;
            union {
                Value **items; /* of lists */
                /* Of maps: the first few lie behind the value; in the same piece of memory, behind those
                 * there is room for, the hashes. */
                Member *members;
            };
            uint32_t *hashes;
            uint32_t
                *index; /* of large maps: positions + 1, where their hash says or behind; or NULL */
            uint64_t digest; /* a bit for each hash: tells of most keys that they are not there */
            Value *base;     /* a map to look in when a key is not in this one; or NULL */
        };
    };
};

/* With room for EXTRA octets behind it. */
static Value *
value_new(ValueKind kind, size_t extra)
{
    Value *value = g_malloc(sizeof(Value) + extra);
    *value = (Value){ .kind = kind, .count = 1 };
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

/* Small ones are counts and positions, which every mail is full of: they are shared, too. */
/* clang-format off */
#define SMALL(n)   { VALUE_INTEGER, 0, { .integer = (n) } }
#define SMALL_4(n) SMALL(n), SMALL((n) + 1), SMALL((n) + 2), SMALL((n) + 3)
/* clang-format on */
#define SMALL_COUNT 32

Value *
value_new_integer(int64_t number)
{
    static Value small[SMALL_COUNT] = { SMALL_4(0),  SMALL_4(4),  SMALL_4(8),  SMALL_4(12),
                                        SMALL_4(16), SMALL_4(20), SMALL_4(24), SMALL_4(28) };
    if (number >= 0 && number < SMALL_COUNT)
        return &small[number];
    Value *value = value_new(VALUE_INTEGER, 0);
    value->integer = number;
    return value;
}

Value *
value_new_real(double number)
{
    Value *value = value_new(VALUE_REAL, 0);
    value->real = number;
    return value;
}

Value *
value_new_string(const char *text)
{
    if (text == NULL)
        return value_new_null();
    size_t size = strlen(text);
    Value *value = value_new(VALUE_STRING, size + 1);
    value->string = (char *)(value + 1);
    value->size = size;
    memcpy(value->string, text, size + 1);
    return value;
}

Value *
value_new_list(void)
{
    return value_new(VALUE_LIST, 0);
}

/* Room for CAPACITY members and their hashes. */
static size_t
members_size(uint32_t capacity)
{
    return capacity * (sizeof(Member) + sizeof(uint32_t));
}

static uint32_t *
hashes_behind(Member *members, uint32_t capacity)
{
    return (uint32_t *)(void *)(members + capacity);
}

Value *
value_new_map(void)
{
    Value *value = value_new(VALUE_MAP, members_size(CAPACITY_MIN));
    value->capacity = CAPACITY_MIN;
    value->members = (Member *)(void *)(value + 1);
    value->hashes = hashes_behind(value->members, CAPACITY_MIN);
    return value;
}

static void
free_members(Value *map)
{
    if (map->capacity > CAPACITY_MIN)
        g_free(map->members);
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
    free_members(map);
    g_free(map->index);
    value_unref(map->base);
}

void
value_unref(Value *value)
{
    if (value == NULL || value->count == 0 || --value->count > 0)
        return;
    switch (value->kind) {
    case VALUE_MAP: map_clear(value); break;
    case VALUE_LIST: list_clear(value); break;
    case VALUE_STRING:
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

/* Not more than where it begins: to know how long it is one would have to wait for it, and the processor
 * sees what is read on and on. */
void
value_expect(const Value *value)
{
    for (size_t i = 0; i < LINES_EXPECTED; i++)
        __builtin_prefetch((const char *)value + i * CACHE_LINE);
}

static uint64_t
digest_of(uint32_t hash)
{
    return UINT64_C(1) << (hash >> 26);
}

static bool
is_member(const Value *map, uint32_t i, const ValueKey *key)
{
    const Key *own = &map->members[i].key;
    if (map->hashes[i] != key->hash)
        return false;
    return own->is_long ? strcmp(own->heap, key->name) == 0
                        : memcmp(own->text, key->text, VALUE_KEY_SIZE) == 0;
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

/* The position of KEY plus one; 0: it is not there. Maps of one kind have it at one place. */
static uint32_t
find_position(const Value *map, ValueKey *key)
{
    if (key->position < map->length && is_member(map, key->position, key))
        return key->position + 1;
    if (map->index != NULL) {
        uint32_t slot = index_start(map, key->hash);
        while (map->index[slot] != 0 && !is_member(map, map->index[slot] - 1, key))
            slot = index_next(map, slot);
        return map->index[slot];
    }
    for (uint32_t i = 0; i < map->length; i++) {
        if (is_member(map, i, key)) {
            key->position = i;
            return i + 1;
        }
    }
    return 0;
}

/* As find_position(), of a MAP that mostly does not have it. */
static uint32_t
find_own(const Value *map, ValueKey *key)
{
    return (map->digest & digest_of(key->hash)) != 0 ? find_position(map, key) : 0;
}

ValueKey
value_key_new(const char *name)
{
    ValueKey key = { .name = name, .hash = 2166136261u }; /* FNV-1a */
    size_t size = 0;
    for (; name[size] != '\0'; size++) {
        key.hash = (key.hash ^ (unsigned char)name[size]) * 16777619u;
        if (size < VALUE_KEY_SIZE)
            key.text[size] = name[size];
    }
    if (size >= VALUE_KEY_SIZE)
        key.text[VALUE_KEY_SIZE - 1] = 1;
    return key;
}

Value *
value_find_key(const Value *map, ValueKey *key)
{
    for (; map != NULL && map->kind == VALUE_MAP; map = map->base) {
        uint32_t position = find_own(map, key);
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
    uint32_t capacity = map->capacity * 2;
    Member *members = g_malloc(members_size(capacity));
    uint32_t *hashes = hashes_behind(members, capacity);
    memcpy(members, map->members, map->length * sizeof(Member));
    memcpy(hashes, map->hashes, map->length * sizeof(uint32_t));
    free_members(map);
    map->members = members;
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
key_copy(const ValueKey *key)
{
    Key copy;
    memcpy(copy.text, key->text, VALUE_KEY_SIZE);
    if (copy.is_long)
        copy.heap = g_strdup(key->name);
    return copy;
}

static void
map_append(Value *map, const ValueKey *key, Value *value)
{
    if (map->length == map->capacity)
        map_grow(map);
    map->members[map->length] = (Member){ key_copy(key), value };
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
    uint32_t position = find_own(map, &hashed);
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
