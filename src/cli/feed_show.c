#include "cli/feed_show.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/json.h"
#include "cli/print.h"
#include "feed/safe.h"
#include "net/fetch.h"

#define FETCH_SECONDS 30

/* Of one document JSON is spread over lines, of several each has its own line. */
#define JSON_INDENT 2
/* Text of entries is written while the processor's cache has it, and kept in blocks. */
#define WRITE_SIZE (64u * 1024)
#define BLOCK_SIZE (1024u * 1024)

/* A file of so many bytes is mapped. */
#define MAPPED_MIN (1024 * 1024)

/* To have a child costs as much as to read a document of 200 kB: it is given several. */
#define BATCH_MAX  16u
#define BATCH_SIZE (4u * 1024 * 1024)

/* Documents */

/* A document that a feed may be in, and what is known of it. */
typedef struct {
    char *name; /* as the user calls it */
    GBytes *bytes;
    char *content_type;
    char *content_language;
    char *url;
    GError *problem; /* instead of all that */
} Document;

static void
document_free(void *data)
{
    Document *document = data;
    g_clear_pointer(&document->bytes, g_bytes_unref);
    g_clear_error(&document->problem);
    g_free(document->name);
    g_free(document->content_type);
    g_free(document->content_language);
    g_free(document->url);
    g_free(document);
}

static bool
document_fetch(Document *document, bool allow_private, GError **error)
{
    const FetchLimits limits = { .parallel = 1,
                                 .per_host = 1,
                                 .timeout = FETCH_SECONDS,
                                 .max_bytes = FEED_BYTES_MAX,
                                 .user_agent = CONFIG_USER_AGENT };
    g_autoptr(Fetcher) fetcher = fetcher_open(&limits, error);
    if (fetcher == NULL)
        return false;
    const FetchRequest request = { .url = document->name, .allow_private = allow_private };
    fetcher_add(fetcher, &request, NULL);
    void *tag;
    g_autoptr(FetchReply) reply = fetcher_next(fetcher, &tag);
    if (reply == NULL || reply->outcome != FETCH_NEW) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "cannot fetch \"%s\": %s",
                    document->name,
                    reply != NULL && reply->problem != NULL ? reply->problem : "it is gone");
        return false;
    }
    document->bytes = g_bytes_ref(reply->body);
    document->content_type = g_strdup(reply->content_type);
    document->content_language = g_strdup(reply->content_language);
    document->url = g_strdup(reply->effective_url);
    return true;
}

static bool
word_is_url(const char *word)
{
    return g_ascii_strncasecmp(word, "http://", 7) == 0 ||
           g_ascii_strncasecmp(word, "https://", 8) == 0;
}

/* A large file is not copied into memory. Whoever shortens it meanwhile ends the child, which is
 * what it is for. NULL for all others. */
static GBytes *
map_large(const char *name)
{
    struct stat facts;
    if (stat(name, &facts) != 0 || !S_ISREG(facts.st_mode) || facts.st_size < MAPPED_MIN ||
        facts.st_size > FEED_BYTES_MAX)
        return NULL;
    g_autoptr(GMappedFile) file = g_mapped_file_new(name, false, NULL);
    return file != NULL ? g_mapped_file_get_bytes(file) : NULL;
}

static bool
document_load(Document *document, const Invocation *invocation, GError **error)
{
    if (word_is_url(document->name))
        return document_fetch(document, invocation_option(invocation, "--allow-private") != NULL,
                              error);
    document->bytes = map_large(document->name);
    if (document->bytes == NULL)
        document->bytes = file_read(document->name, FEED_BYTES_MAX, error);
    return document->bytes != NULL;
}

/* Documents that one child reads. */
typedef struct {
    GPtrArray *documents;
    SafeRead *read;
} Batch;

static void
batch_free(Batch *batch)
{
    safe_read_free(batch->read);
    g_ptr_array_unref(batch->documents);
    g_free(batch);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Batch, batch_free)

static SafeRead *
begin(const Invocation *invocation, SafeReader *reader, const GPtrArray *documents)
{
    const char *base_url = invocation_option(invocation, "--base-url");
    const char *content_type = invocation_option(invocation, "--content-type");
    g_autoptr(GArray) given = g_array_new(false, false, sizeof(SafeDocument));
    for (guint i = 0; i < documents->len; i++) {
        const Document *document = documents->pdata[i];
        const SafeDocument source = {
            .bytes = document->bytes,
            .content_type = content_type != NULL ? content_type : document->content_type,
            .content_language = document->content_language,
            .base_url = base_url != NULL ? base_url : document->url,
        };
        if (document->problem == NULL)
            g_array_append_val(given, source);
    }
    bool sanitized = invocation_option(invocation, "--sanitized") != NULL;
    return safe_reader_begin(reader, (const SafeDocument *)(void *)given->data, given->len,
                             sanitized);
}

/* The documents of NAMES from *NEXT on: a few small ones or one that is large. */
static Batch *
batch_begin(const Invocation *invocation, SafeReader *reader, const GPtrArray *names, guint *next)
{
    Batch *batch = g_new0(Batch, 1);
    batch->documents = g_ptr_array_new_with_free_func(document_free);
    size_t size = 0;
    while (*next < names->len && batch->documents->len < BATCH_MAX && size < BATCH_SIZE) {
        Document *document = g_new0(Document, 1);
        document->name = g_strdup(names->pdata[(*next)++]);
        if (document_load(document, invocation, &document->problem))
            size += g_bytes_get_size(document->bytes);
        g_ptr_array_add(batch->documents, document);
    }
    batch->read = begin(invocation, reader, batch->documents);
    return batch;
}

static void
warn_of_left_out(Log *log, const Document *document, const Feed *feed)
{
    g_autofree char *text = feed_left_out_text(feed->left_out);
    if (feed->left_out > 0)
        log_warn(log, "feed \"%s\": it %s", document->name, text);
}

/* What the feed of DOCUMENT, whose turn it is, says but for its entries, which SINK is given. */
static Feed *
document_read(Document *document, SafeRead *read, const EntrySink *sink, Log *log, GError **error)
{
    if (document->problem != NULL) {
        g_propagate_error(error, g_steal_pointer(&document->problem));
        return NULL;
    }
    Feed *feed = safe_read_feed(read, sink, error);
    if (feed == NULL)
        g_prefix_error(error, "cannot read feed \"%s\": ", document->name);
    else
        warn_of_left_out(log, document, feed);
    return feed;
}

/* For people */

static void
keep_entry(void *data, Entry *entry)
{
    g_ptr_array_add(data, entry);
}

static void
forget_entries(void *data)
{
    g_ptr_array_set_size(data, 0);
}

static bool
document_print(Document *document, SafeRead *read, bool several, Log *log, GError **error)
{
    static const Column columns[] = {
        { "PUBLISHED", "published", 0 },
        { "TITLE", "title", 60 },
        { "LINK", "link", 0 },
        { NULL },
    };
    g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func((GDestroyNotify)entry_free);
    const EntrySink sink = { keep_entry, forget_entries, entries };
    g_autoptr(Feed) feed = document_read(document, read, &sink, log, error);
    if (feed == NULL)
        return false;
    g_ptr_array_unref(feed->entries);
    feed->entries = g_steal_pointer(&entries);
    g_autoptr(Value) map = feed_to_value(feed);
    if (several)
        printf("source: %s\n", document->name);
    print_map(false, map);
    print_list(false, value_find(map, "entries"), columns);
    if (several)
        putchar('\n');
    return true;
}

/* For programs. What a feed says of itself stands before its entries but may be known after them, so
 * their text has to wait; nothing else does. */

typedef struct {
    JsonWriter writer; /* its output is what comes behind the blocks */
    GPtrArray *blocks; /* of char *, each of BLOCK_SIZE */
    size_t room;       /* octets of the last block that are free */
} EntryText;

static void
entry_text_init(EntryText *text, int indent)
{
    *text = (EntryText){
        .writer = { .out = g_string_sized_new(WRITE_SIZE + WRITE_SIZE / 4), .indent = indent },
        .blocks = g_ptr_array_new_with_free_func(g_free),
    };
}

static void
entry_text_clear(EntryText *text)
{
    g_string_free(text->writer.out, TRUE);
    g_ptr_array_unref(text->blocks);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(EntryText, entry_text_clear)

/* The list of entries stands in the feed's object. */
static void
begin_list(EntryText *text)
{
    text->writer.level = 1;
    json_begin(&text->writer, '[');
}

/* Moves what was written into blocks. */
static void
keep_text(EntryText *text)
{
    const GString *written = text->writer.out;
    for (size_t kept = 0; kept < written->len;) {
        if (text->room == 0) {
            g_ptr_array_add(text->blocks, g_malloc(BLOCK_SIZE));
            text->room = BLOCK_SIZE;
        }
        char *block = text->blocks->pdata[text->blocks->len - 1];
        size_t part = MIN(text->room, written->len - kept);
        memcpy(block + BLOCK_SIZE - text->room, written->str + kept, part);
        text->room -= part;
        kept += part;
    }
    g_string_truncate(text->writer.out, 0);
}

static void
write_entry(void *data, Entry *entry)
{
    EntryText *text = data;
    g_autoptr(Entry) owned = entry;
    json_item(&text->writer);
    entry_write(owned, &text->writer);
    if (text->writer.out->len >= WRITE_SIZE)
        keep_text(text);
}

static void
forget_text(void *data)
{
    EntryText *text = data;
    g_ptr_array_set_size(text->blocks, 0);
    text->room = 0;
    g_string_truncate(text->writer.out, 0);
    begin_list(text);
}

/* The object up to where its entries, its last member, begin. */
static GString *
head_of(const Document *document, const Feed *feed, bool several, int indent)
{
    g_autoptr(Value) members = feed_to_value(feed);
    g_autoptr(Value) map = value_new_map();
    if (several)
        value_set_string(map, "source", document->name);
    for (size_t i = 0; i < value_length(members); i++)
        value_take(map, value_key(members, i), value_ref(value_item(members, i)));
    GString *head = g_string_new(NULL);
    json_write(head, map, indent);
    return g_string_truncate(head, (gsize)(strrchr(head->str, '[') - head->str));
}

static bool
document_print_json(Document *document, SafeRead *read, bool several, Log *log, GError **error)
{
    g_auto(EntryText) text;
    entry_text_init(&text, several ? 0 : JSON_INDENT);
    const EntrySink sink = { write_entry, forget_text, &text };
    begin_list(&text);
    g_autoptr(Feed) feed = document_read(document, read, &sink, log, error);
    if (feed == NULL)
        return false;
    json_end(&text.writer, ']');
    json_end(&text.writer, '}');
    g_string_append_c(text.writer.out, '\n');
    g_autoptr(GString) head = head_of(document, feed, several, text.writer.indent);
    fwrite(head->str, 1, head->len, stdout);
    for (guint i = 0; i < text.blocks->len; i++) {
        bool is_last = i + 1 == text.blocks->len;
        fwrite(text.blocks->pdata[i], 1, BLOCK_SIZE - (is_last ? text.room : 0), stdout);
    }
    fwrite(text.writer.out->str, 1, text.writer.out->len, stdout);
    return true;
}

/* All of them */

static int
by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The files in FOLDER whose names do not begin with a dot, by name. */
static bool
add_folder(GPtrArray *names, const char *folder, GError **error)
{
    g_autoptr(GError) problem = NULL;
    g_autoptr(GDir) directory = g_dir_open(folder, 0, &problem);
    g_autoptr(GPtrArray) files = g_ptr_array_new();
    const char *name;
    if (directory == NULL) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "cannot read \"%s\": %s", folder,
                    problem->message);
        return false;
    }
    while ((name = g_dir_read_name(directory)) != NULL) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        if (name[0] != '.' && g_file_test(path, G_FILE_TEST_IS_REGULAR))
            g_ptr_array_add(files, g_steal_pointer(&path));
    }
    g_ptr_array_sort(files, by_name);
    g_ptr_array_extend_and_steal(names, g_steal_pointer(&files));
    return true;
}

/* What the words mean: names of files, URLs, "-". *SEVERAL is true where there might be more than
 * one. */
static GPtrArray *
find_names(const GPtrArray *words, bool *several, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    *several = words->len > 1;
    for (guint i = 0; i < words->len; i++) {
        const char *word = words->pdata[i];
        if (word_is_url(word) || !g_file_test(word, G_FILE_TEST_IS_DIR)) {
            g_ptr_array_add(names, g_strdup(word));
            continue;
        }
        *several = true;
        if (!add_folder(names, word, error))
            return NULL;
    }
    return g_steal_pointer(&names);
}

static bool
document_show(const Invocation *invocation, Document *document, SafeRead *read, bool several,
              GError **error)
{
    return invocation->global->json
               ? document_print_json(document, read, several, invocation->log, error)
               : document_print(document, read, several, invocation->log, error);
}

/* Returns how many could not be read. */
static guint
batch_show(const Invocation *invocation, Batch *batch)
{
    guint failed = 0;
    for (guint i = 0; i < batch->documents->len; i++) {
        g_autoptr(GError) problem = NULL;
        if (document_show(invocation, batch->documents->pdata[i], batch->read, true, &problem))
            continue;
        failed++;
        log_error(invocation->log, "%s", problem->message);
    }
    return failed;
}

/* Some documents are shown while children read the next ones: a child for each processor. */
static guint
show_all(const Invocation *invocation, const GPtrArray *names)
{
    g_autoptr(SafeReader) reader = safe_reader_new();
    g_autoptr(GQueue) ahead = g_queue_new();
    guint failed = 0;
    for (guint next = 0; next < names->len || !g_queue_is_empty(ahead);) {
        if (next < names->len && g_queue_get_length(ahead) < g_get_num_processors()) {
            g_queue_push_tail(ahead, batch_begin(invocation, reader, names, &next));
            continue;
        }
        g_autoptr(Batch) batch = g_queue_pop_head(ahead);
        failed += batch_show(invocation, batch);
    }
    return failed;
}

static bool
show_one(const Invocation *invocation, const GPtrArray *names, GError **error)
{
    g_autoptr(SafeReader) reader = safe_reader_new();
    guint next = 0;
    g_autoptr(Batch) batch = batch_begin(invocation, reader, names, &next);
    return document_show(invocation, batch->documents->pdata[0], batch->read, false, error);
}

bool
documents_show(const Invocation *invocation, GError **error)
{
    bool several;
    g_autoptr(GPtrArray) names = find_names(invocation->words, &several, error);
    if (names == NULL)
        return false;
    if (!several)
        return show_one(invocation, names, error);
    guint failed = show_all(invocation, names);
    if (failed > 0)
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "%u of %u feeds could not be read",
                    failed, names->len);
    return failed == 0;
}
