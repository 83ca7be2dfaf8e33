#include "mail/inbound.h"

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/sandbox.h"
#include "base/text.h"
#include "mail/classify-internal.h"

/* A mail is read in milliseconds; GMime 3.2.13 can hang on a hostile one. */
#define CPU_SECONDS  2
#define WALL_SECONDS 10
#define MEMORY       (128u * 1024 * 1024)
#define OUTPUT_MAX   (512u * 1024)
/* Of a kind, that a child is believed. */
#define ITEMS_MAX 200

static const char *const kind_names[] = {
    [INBOUND_OTHER] = "other",         [INBOUND_BOUNCE] = "bounce",
    [INBOUND_COMPLAINT] = "complaint", [INBOUND_UNSUBSCRIBE] = "unsubscribe",
    [INBOUND_SUBSCRIBE] = "subscribe", [INBOUND_AUTO_REPLY] = "auto-reply",
};

const char *
inbound_kind_name(InboundKind kind)
{
    return kind_names[kind];
}

void
inbound_free(Inbound *inbound)
{
    if (inbound == NULL)
        return;
    g_ptr_array_unref(inbound->recipients);
    g_free(inbound->from);
    g_free(inbound->return_path);
    g_free(inbound->subject);
    g_free(inbound->first_line);
    g_free(inbound->answer);
    g_free(inbound->message_id);
    g_ptr_array_unref(inbound->failures);
    g_ptr_array_unref(inbound->returned);
    g_free(inbound->returned_id);
    g_free(inbound);
}

Inbound *
inbound_read(const char *bytes, size_t size)
{
    g_autoptr(Pieces) pieces = pieces_read(bytes, size);
    return pieces == NULL ? NULL : inbound_classify(pieces);
}

/* In the child: JSON goes back */

/* The texts of an Inbound, which both sides know by the same names. */
static const struct {
    const char *key;
    size_t offset;
} texts[] = {
    { "from", offsetof(Inbound, from) },
    { "return_path", offsetof(Inbound, return_path) },
    { "subject", offsetof(Inbound, subject) },
    { "first_line", offsetof(Inbound, first_line) },
    { "answer", offsetof(Inbound, answer) },
    { "message_id", offsetof(Inbound, message_id) },
    { "returned_id", offsetof(Inbound, returned_id) },
};

static void
give_list(Value *map, const char *key, const GPtrArray *list)
{
    Value *items = value_new_list();
    for (guint i = 0; i < list->len; i++)
        value_take_item(items, value_new_string(list->pdata[i]));
    value_take(map, key, items);
}

static void
give_failures(Value *map, const GPtrArray *failures)
{
    Value *items = value_new_list();
    for (guint i = 0; i < failures->len; i++) {
        const Failure *failure = failures->pdata[i];
        Value *item = value_new_map();
        value_set_string(item, "address", failure->address);
        value_set_string(item, "status", failure->status);
        value_set_string(item, "diagnostic", failure->diagnostic);
        value_set_integer(item, "finality", failure->finality);
        value_take_item(items, item);
    }
    value_take(map, "failures", items);
}

static bool
work(void *input, GString *output, GError **error)
{
    gsize size = 0;
    const char *bytes = g_bytes_get_data(input, &size);
    g_autoptr(Inbound) inbound = inbound_read(bytes, size);
    if (inbound == NULL) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "not a mail");
        return false;
    }
    g_autoptr(Value) map = value_new_map();
    value_set_integer(map, "kind", inbound->kind);
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        value_set_string(map, texts[i].key, G_STRUCT_MEMBER(char *, inbound, texts[i].offset));
    value_set_bool(map, "auto_replied", inbound->auto_replied);
    value_set_bool(map, "no_answer", inbound->no_answer);
    value_set_bool(map, "is_feedback", inbound->is_feedback);
    give_list(map, "recipients", inbound->recipients);
    give_list(map, "returned", inbound->returned);
    give_failures(map, inbound->failures);
    json_write(output, map, 0);
    return true;
}

/* In the parent: what the child says is no more to be trusted than the mail */

static char *
take_text(const Value *map, const char *key)
{
    const char *text = value_find_string(map, key);
    return text == NULL ? NULL : text_single_line(text);
}

static bool
take_flag(const Value *map, const char *key)
{
    const Value *flag = value_find(map, key);
    return flag != NULL && value_kind(flag) == VALUE_BOOL && value_bool(flag);
}

/* A number below COUNT; else 0. */
static int
take_choice(const Value *map, const char *key, int count)
{
    const Value *number = value_find(map, key);
    if (number == NULL || value_kind(number) != VALUE_INTEGER)
        return 0;
    int64_t choice = value_integer(number);
    return choice >= 0 && choice < count ? (int)choice : 0;
}

/* The items of a list, as many as are believed. */
static size_t
list_length(const Value *list)
{
    bool is_list = list != NULL && value_kind(list) == VALUE_LIST;
    return is_list ? MIN(value_length(list), ITEMS_MAX) : 0;
}

static void
take_list(const Value *map, const char *key, GPtrArray *out)
{
    const Value *list = value_find(map, key);
    for (size_t i = 0; i < list_length(list); i++) {
        const Value *item = value_item(list, i);
        if (value_kind(item) == VALUE_STRING)
            g_ptr_array_add(out, text_single_line(value_string(item)));
    }
}

static void
take_failures(const Value *map, GPtrArray *failures)
{
    const Value *list = value_find(map, "failures");
    for (size_t i = 0; i < list_length(list); i++) {
        const Value *item = value_item(list, i);
        Failure *failure = failure_new(NULL, NULL, value_find_string(item, "diagnostic"));
        failure->address = take_text(item, "address");
        failure->status = take_text(item, "status");
        failure->finality = (Finality)take_choice(item, "finality", FINALITY_PERMANENT + 1);
        g_ptr_array_add(failures, failure);
    }
}

static Inbound *
inbound_from(const Value *map)
{
    Inbound *inbound = inbound_new();
    inbound->kind = (InboundKind)take_choice(map, "kind", G_N_ELEMENTS(kind_names));
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        G_STRUCT_MEMBER(char *, inbound, texts[i].offset) = take_text(map, texts[i].key);
    inbound->auto_replied = take_flag(map, "auto_replied");
    inbound->no_answer = take_flag(map, "no_answer");
    inbound->is_feedback = take_flag(map, "is_feedback");
    take_list(map, "recipients", inbound->recipients);
    take_list(map, "returned", inbound->returned);
    take_failures(map, inbound->failures);
    return inbound;
}

/* Converters that MESSAGE will need. glibc keeps their tables in files, which the child may not open;
 * what is open in the parent when it forks works there too. */
#define CONVERTERS_MAX 8
#define CHARSET_MAX    30u

typedef struct {
    GIConv open[CONVERTERS_MAX];
    size_t count;
} Converters;

static void
load_converter(Converters *converters, const char *charset)
{
    GIConv converter =
        converters->count < CONVERTERS_MAX ? g_iconv_open("UTF-8", charset) : (GIConv)-1;
    if (converter != (GIConv)-1)
        converters->open[converters->count++] = converter;
}

/* The name of a character set that begins at or behind AT; what is behind it. */
static const char *
take_charset(Converters *converters, const char *at, const char *end)
{
    char name[CHARSET_MAX + 1];
    size_t size = 0;
    while (at < end && (*at == '"' || *at == ' '))
        at++;
    while (at < end && size < CHARSET_MAX && (g_ascii_isalnum(*at) || strchr("-_", *at) != NULL) &&
           *at != '\0')
        name[size++] = *at++;
    name[size] = '\0';
    if (size > 0 && g_ascii_strcasecmp(name, "utf-8") != 0 &&
        g_ascii_strcasecmp(name, "us-ascii") != 0)
        load_converter(converters, name);
    return at;
}

/* What the message names as "charset=…" or "=?…?=", and ISO-2022-JP where its signs are. */
static void
load_converters(Converters *converters, const char *bytes, size_t size)
{
    const char *end = bytes + size;
    load_converter(converters, "WINDOWS-1252");
    if (memmem(bytes, size, "\x1B$", 2) != NULL)
        load_converter(converters, "ISO-2022-JP");
    for (const char *at = bytes; at < end && converters->count < CONVERTERS_MAX;) {
        const char *sign = memchr(at, '=', (size_t)(end - at));
        if (sign == NULL)
            return;
        bool is_word = sign + 2 < end && sign[1] == '?';
        bool is_parameter = sign - bytes >= 7 && g_ascii_strncasecmp(sign - 7, "charset", 7) == 0;
        at = is_word        ? take_charset(converters, sign + 2, end)
             : is_parameter ? take_charset(converters, sign + 1, end)
                            : sign + 1;
    }
}

static void
converters_clear(Converters *converters)
{
    for (size_t i = 0; i < converters->count; i++)
        g_iconv_close(converters->open[i]);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Converters, converters_clear)

Inbound *
inbound_parse(GBytes *message, GError **error)
{
    static const SandboxLimits limits = {
        .cpu_seconds = CPU_SECONDS,
        .wall_seconds = WALL_SECONDS,
        .memory = MEMORY,
        .output_max = OUTPUT_MAX,
    };
    gsize size = 0;
    const char *bytes = g_bytes_get_data(message, &size);
    if (size == 0) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "the mail is empty");
        return NULL;
    }
    size = MIN(size, INBOUND_BYTES_MAX);
    g_autoptr(GBytes) head = g_bytes_new_from_bytes(message, 0, size);
    g_auto(Converters) converters = { .count = 0 };
    load_converters(&converters, bytes, size);
    g_autoptr(GBytes) answer = sandbox_run(work, head, &limits, error);
    if (answer == NULL)
        return NULL;
    g_autoptr(Value) map = json_parse(answer, error);
    return map == NULL ? NULL : inbound_from(map);
}
