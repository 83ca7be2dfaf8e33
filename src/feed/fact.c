#include "feed/fact-internal.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"

/* What FACT_WORD may be: short and harmless, since it is kept until the program ends. */
#define WORD_MAX 16u

/* The end of the year 9999: what is beyond cannot be shown. */
#define TIME_MAX INT64_C(253402300799)

#define MEMBER(type, object, fact) ((type *)((char *)(object) + (fact)->offset))

void
facts_clear(const FactTable *table, void *object)
{
    for (size_t i = 0; i < table->count; i++) {
        const Fact *fact = &table->facts[i];
        if (fact->kind == FACT_TEXT)
            g_clear_pointer(MEMBER(char *, object, fact), g_free);
        else if (fact->kind == FACT_TEXTS || fact->kind == FACT_OBJECTS)
            g_clear_pointer(MEMBER(GPtrArray *, object, fact), g_ptr_array_unref);
    }
}

static Value *
list_to_value(const GPtrArray *list, const FactTable *of)
{
    Value *value = value_new_list();
    for (guint i = 0; i < list->len; i++)
        value_take_item(value, of != NULL ? facts_to_value(of, list->pdata[i])
                                          : value_new_string(list->pdata[i]));
    return value;
}

Value *
facts_to_value(const FactTable *table, const void *object)
{
    Value *map = value_new_map();
    for (size_t i = 0; i < table->count; i++) {
        const Fact *fact = &table->facts[i];
        if (fact->name == NULL)
            continue;
        switch (fact->kind) {
        case FACT_TEXT:
        case FACT_WORD:
            value_set_string(map, fact->name, *MEMBER(const char *const, object, fact));
            break;
        case FACT_TIME:
            value_set_time(map, fact->name, *MEMBER(const int64_t, object, fact));
            break;
        case FACT_LENGTH: {
            int64_t length = *MEMBER(const int64_t, object, fact);
            value_take(map, fact->name, length < 0 ? value_new_null() : value_new_integer(length));
            break;
        }
        case FACT_FLAG: value_set_bool(map, fact->name, *MEMBER(const bool, object, fact)); break;
        case FACT_BITS:
            value_set_integer(map, fact->name, *MEMBER(const guint32, object, fact));
            break;
        case FACT_OCTET:
            value_set_integer(map, fact->name, *MEMBER(const guint8, object, fact));
            break;
        case FACT_TEXTS:
        case FACT_OBJECTS:
            value_take(map, fact->name,
                       list_to_value(*MEMBER(GPtrArray *const, object, fact), fact->of));
            break;
        }
    }
    return map;
}

static void
write_list(const GPtrArray *list, const FactTable *of, JsonWriter *writer)
{
    json_begin(writer, '[');
    for (guint i = 0; i < list->len; i++) {
        json_item(writer);
        if (of != NULL)
            facts_write(of, list->pdata[i], writer);
        else
            json_text(writer, list->pdata[i]);
    }
    json_end(writer, ']');
}

static void
write_time(int64_t time, JsonWriter *writer)
{
    g_autofree char *text = time == 0 ? NULL : time_text(time);
    json_text(writer, text);
}

static void
write_length(int64_t length, JsonWriter *writer)
{
    if (length < 0)
        json_text(writer, NULL);
    else
        json_number(writer, length);
}

static void
write_fact(const Fact *fact, const void *object, JsonWriter *writer)
{
    switch (fact->kind) {
    case FACT_TEXT:
    case FACT_WORD: json_text(writer, *MEMBER(const char *const, object, fact)); return;
    case FACT_TIME: write_time(*MEMBER(const int64_t, object, fact), writer); return;
    case FACT_LENGTH: write_length(*MEMBER(const int64_t, object, fact), writer); return;
    case FACT_FLAG: json_flag(writer, *MEMBER(const bool, object, fact)); return;
    case FACT_BITS: json_number(writer, *MEMBER(const guint32, object, fact)); return;
    case FACT_OCTET: json_number(writer, *MEMBER(const guint8, object, fact)); return;
    case FACT_TEXTS:
    case FACT_OBJECTS:
        write_list(*MEMBER(GPtrArray *const, object, fact), fact->of, writer);
        return;
    }
    g_assert_not_reached();
}

void
facts_write(const FactTable *table, const void *object, JsonWriter *writer)
{
    json_begin(writer, '{');
    for (size_t i = 0; i < table->count; i++) {
        if (table->facts[i].name == NULL)
            continue;
        json_key(writer, table->facts[i].name);
        write_fact(&table->facts[i], object, writer);
    }
    json_end(writer, '}');
}

/* Packed: numbers as the machine has them; a text is its size and its octets, without the NUL. */

#define NO_TEXT G_MAXUINT32

static void
pack_size(GString *out, size_t size)
{
    guint32 octets = (guint32)size;
    g_string_append_len(out, (const char *)&octets, sizeof octets);
}

static void
pack_text(GString *out, const char *text)
{
    if (text == NULL) {
        pack_size(out, NO_TEXT);
        return;
    }
    size_t size = strlen(text);
    pack_size(out, size);
    g_string_append_len(out, text, (gssize)size);
}

static void
pack_list(GString *out, const GPtrArray *list, const FactTable *of)
{
    pack_size(out, list->len);
    for (guint i = 0; i < list->len; i++) {
        if (of != NULL)
            facts_pack(of, list->pdata[i], out);
        else
            pack_text(out, list->pdata[i]);
    }
}

void
facts_pack(const FactTable *table, const void *object, GString *out)
{
    for (size_t i = 0; i < table->count; i++) {
        const Fact *fact = &table->facts[i];
        const char *member = MEMBER(const char, object, fact);
        switch (fact->kind) {
        case FACT_TEXT:
        case FACT_WORD: pack_text(out, *MEMBER(const char *const, object, fact)); break;
        case FACT_TIME:
        case FACT_LENGTH: g_string_append_len(out, member, sizeof(int64_t)); break;
        case FACT_FLAG: g_string_append_c(out, *MEMBER(const bool, object, fact) ? 1 : 0); break;
        case FACT_BITS: g_string_append_len(out, member, sizeof(guint32)); break;
        case FACT_OCTET: g_string_append_len(out, member, sizeof(guint8)); break;
        case FACT_TEXTS:
        case FACT_OBJECTS: pack_list(out, *MEMBER(GPtrArray *const, object, fact), fact->of); break;
        }
    }
}

static bool
unpack_octets(void *to, size_t size, const char **at, const char *end)
{
    if ((size_t)(end - *at) < size)
        return false;
    memcpy(to, *at, size);
    *at += size;
    return true;
}

static bool
unpack_time(int64_t *time, const char **at, const char *end)
{
    return unpack_octets(time, sizeof *time, at, end) && *time >= -TIME_MAX && *time <= TIME_MAX;
}

static bool
unpack_text(char **text, const char **at, const char *end)
{
    guint32 size;
    if (!unpack_octets(&size, sizeof size, at, end))
        return false;
    if (size == NO_TEXT)
        return true;
    /* Neither a NUL nor anything else that is no text. */
    if (size > (size_t)(end - *at) || !text_is_utf8(*at, size))
        return false;
    *text = g_strndup(*at, size);
    *at += size;
    return true;
}

static bool
unpack_word(const char **word, const char **at, const char *end)
{
    g_autofree char *text = NULL;
    if (!unpack_text(&text, at, end))
        return false;
    if (text == NULL)
        return true;
    size_t size = strlen(text);
    if (size > WORD_MAX || strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789.-") != size)
        return false;
    *word = g_intern_string(text);
    return true;
}

static bool
unpack_list(GPtrArray *list, const FactTable *of, const char **at, const char *end)
{
    guint32 count;
    if (!unpack_octets(&count, sizeof count, at, end))
        return false;
    for (guint32 i = 0; i < count; i++) {
        char *text = NULL;
        void *item = of != NULL ? of->new_object() : NULL;
        bool good = of != NULL ? facts_unpack(of, item, at, end)
                               : unpack_text(&text, at, end) && text != NULL;
        if (item != NULL || text != NULL)
            g_ptr_array_add(list, item != NULL ? item : text);
        if (!good)
            return false;
    }
    return true;
}

static bool
unpack_flag(bool *flag, const char **at, const char *end)
{
    char octet;
    if (!unpack_octets(&octet, 1, at, end))
        return false;
    *flag = octet != 0;
    return true;
}

static bool
unpack_fact(const Fact *fact, void *object, const char **at, const char *end)
{
    void *member = MEMBER(char, object, fact);
    switch (fact->kind) {
    case FACT_TEXT: return unpack_text(member, at, end);
    case FACT_WORD: return unpack_word(member, at, end);
    case FACT_TIME: return unpack_time(member, at, end);
    case FACT_LENGTH: return unpack_octets(member, sizeof(int64_t), at, end);
    case FACT_FLAG: return unpack_flag(member, at, end);
    case FACT_BITS: return unpack_octets(member, sizeof(guint32), at, end);
    case FACT_OCTET: return unpack_octets(member, sizeof(guint8), at, end);
    case FACT_TEXTS:
    case FACT_OBJECTS: return unpack_list(*(GPtrArray **)member, fact->of, at, end);
    }
    g_assert_not_reached();
}

bool
facts_unpack(const FactTable *table, void *object, const char **at, const char *end)
{
    for (size_t i = 0; i < table->count; i++) {
        if (!unpack_fact(&table->facts[i], object, at, end))
            return false;
    }
    return true;
}
