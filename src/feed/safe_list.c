#include "feed/safe_list-internal.h"

#include "base/error.h"
#include "base/sandbox.h"
#include "feed/decode-internal.h"

/* Such documents are small; what takes longer is meant to. */
#define CPU_SECONDS   5
#define WALL_SECONDS  20
#define MEMORY_BASE   (64u * 1024 * 1024)
#define MEMORY_FACTOR 60
#define OUTPUT_MAX    (32u * 1024 * 1024)

typedef struct {
    const SafeListKind *kind;
    const SafeDocument *document;
} Task;

static bool
work(void *input, GString *output, GError **error)
{
    const Task *task = input;
    const SafeDocument *document = task->document;
    g_autoptr(GBytes) decoded = bytes_decode(document->bytes, document->content_type);
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(task->kind->free_object);
    size_t size;
    const char *text = g_bytes_get_data(decoded, &size);
    if (!task->kind->read(text, size, document, list, error))
        return false;
    for (guint i = 0; i < list->len; i++)
        facts_pack(task->kind->table, list->pdata[i], output);
    return true;
}

static GPtrArray *
unpack(const SafeListKind *kind, GBytes *answer, GError **error)
{
    size_t size;
    const char *at = g_bytes_get_data(answer, &size);
    const char *end = at + size;
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(kind->free_object);
    while (at < end) {
        void *object = kind->table->new_object();
        g_ptr_array_add(list, object);
        if (!facts_unpack(kind->table, object, &at, end)) {
            g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                        "cannot be read: the reader gave an answer that makes no sense");
            return NULL;
        }
    }
    return g_steal_pointer(&list);
}

GPtrArray *
safe_list_read(const SafeListKind *kind, const SafeDocument *document, GError **error)
{
    Task task = { kind, document };
    const SandboxLimits limits = {
        .cpu_seconds = CPU_SECONDS,
        .wall_seconds = WALL_SECONDS,
        .memory = MEMORY_BASE + MEMORY_FACTOR * g_bytes_get_size(document->bytes),
        .output_max = OUTPUT_MAX,
    };
    /* The child cannot load the tables of a character set, but has those that are open here. */
    const char *charset = bytes_charset(document->bytes, document->content_type);
    GIConv converters[] = { g_iconv_open("UTF-8", "CP1252"),
                            charset != NULL ? g_iconv_open("UTF-8", charset) : (GIConv)-1 };
    g_autoptr(GBytes) answer = sandbox_run(work, &task, &limits, error);
    for (size_t i = 0; i < G_N_ELEMENTS(converters); i++) {
        if (converters[i] != (GIConv)-1)
            g_iconv_close(converters[i]);
    }
    return answer != NULL ? unpack(kind, answer, error) : NULL;
}
