#include "feed/safe.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/sandbox.h"
#include "feed/decode-internal.h"
#include "feed/table-internal.h"

/* Ten times what the worst of real feeds takes on a slow machine. */
#define CPU_SECONDS  30
#define WALL_SECONDS 120
/* A document that is not well-formed is a tree in memory, some ten times its size. */
#define MEMORY_BASE   (256u * 1024 * 1024)
#define MEMORY_FACTOR 16u
/* Little of what a document says can be said twice; but short elements become long facts. */
#define OUTPUT_BASE   (16u * 1024 * 1024)
#define OUTPUT_FACTOR 8u

/* What is given to the parent at once. */
#define FLUSH_SIZE (128u * 1024)

/* Where names of time zones are looked for: dates that have them have them from the start. */
#define ZONES_WITHIN (1024u * 1024)
#define ZONE_MAX     40u
#define ZONES_MAX    64u

/* A record of the answer is one of these and what facts_pack() wrote; RESTART is that alone. */
typedef enum {
    RECORD_ENTRY = 'e',
    RECORD_ARTICLE = 'a',
    RECORD_RESTART = 'r',
    RECORD_FEED = 'f', /* the last one */
} Record;

struct SafeReader {
    GHashTable *converters; /* name -> GIConv, or (GIConv)-1 */
    GHashTable *zones;      /* name -> GTimeZone, or NULL */
};

/* What a child is to do. */
typedef struct {
    SafeDocument document;
    bool sanitized;
    bool makes_articles;
    int64_t now;
} Task;

struct SafeRead {
    Task task;
    SandboxLimits limits;
    Sandbox *sandbox;
};

/* The child */

typedef struct {
    const Task *task;
    GString *output;
} Child;

static void
give(GString *output, Record record, const FactTable *table, const void *object)
{
    g_string_append_c(output, (char)record);
    if (table != NULL)
        facts_pack(table, object, output);
    if (output->len >= FLUSH_SIZE)
        sandbox_flush(output);
}

static void
give_entry(void *data, Entry *entry)
{
    const Child *child = data;
    if (child->task->sanitized)
        entry_sanitize(entry, child->task->document.base_url);
    give(child->output, RECORD_ENTRY, &entry_table, entry);
    entry_free(entry);
}

static void
give_restart(void *data)
{
    const Child *child = data;
    give(child->output, RECORD_RESTART, NULL, NULL);
}

/* Articles need to know what the feed says of itself, which may stand at its end. */
static Feed *
give_articles(const Child *child, GError **error)
{
    const SafeDocument *document = &child->task->document;
    Feed *feed = feed_parse(document->bytes, document->content_type, document->base_url, error);
    for (guint i = 0; feed != NULL && i < feed->entries->len; i++) {
        g_autoptr(Article) article =
            article_from_entry(feed->entries->pdata[i], feed, document->base_url, child->task->now);
        if (article != NULL)
            give(child->output, RECORD_ARTICLE, &article_table, article);
    }
    return feed;
}

static bool
work(void *input, GString *output, GError **error)
{
    Child child = { input, output };
    const SafeDocument *document = &child.task->document;
    const EntrySink sink = { give_entry, give_restart, &child };
    g_autoptr(Feed) feed = child.task->makes_articles
                               ? give_articles(&child, error)
                               : feed_parse_into(document->bytes, document->content_type,
                                                 document->base_url, &sink, error);
    if (feed == NULL)
        return false;
    give(output, RECORD_FEED, &feed_table, feed);
    return true;
}

/* The parent */

static void
converter_close(void *converter)
{
    if (converter != (GIConv)-1)
        g_iconv_close(converter);
}

static void
zone_free(void *zone)
{
    if (zone != NULL)
        g_time_zone_unref(zone);
}

static void
load_converter(SafeReader *reader, const char *charset)
{
    if (!g_hash_table_contains(reader->converters, charset))
        g_hash_table_insert(reader->converters, g_strdup(charset), g_iconv_open("UTF-8", charset));
}

static bool
is_of_zone(char c)
{
    return g_ascii_isalnum(c) || c == '/' || c == '_' || c == '-' || c == '+';
}

/* Zones that the beginning of BYTES seems to name: "Europe/Berlin" behind a blank. */
static void
load_zones(SafeReader *reader, GBytes *bytes)
{
    size_t size;
    const char *text = g_bytes_get_data(bytes, &size);
    const char *end = text + MIN(size, ZONES_WITHIN);
    const char *slash = text;
    while (slash < end && (slash = memchr(slash, '/', (size_t)(end - slash))) != NULL) {
        const char *begin = slash++;
        if (slash == end || !g_ascii_isupper(*slash))
            continue;
        while (begin > text && slash - begin < (ptrdiff_t)ZONE_MAX && g_ascii_isalpha(begin[-1]))
            begin--;
        if (begin == text || begin[-1] != ' ')
            continue;
        while (slash < end && is_of_zone(*slash))
            slash++;
        if ((size_t)(slash - begin) > ZONE_MAX || g_hash_table_size(reader->zones) >= ZONES_MAX)
            continue;
        g_autofree char *name = g_strndup(begin, (gsize)(slash - begin));
        if (!g_hash_table_contains(reader->zones, name))
            g_hash_table_insert(reader->zones, g_strdup(name), time_zone_find(name));
    }
}

SafeReader *
safe_reader_new(void)
{
    SafeReader *reader = g_new0(SafeReader, 1);
    reader->converters = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, converter_close);
    reader->zones = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, zone_free);
    load_converter(reader, "CP1252");
    return reader;
}

void
safe_reader_free(SafeReader *reader)
{
    if (reader == NULL)
        return;
    g_hash_table_unref(reader->converters);
    g_hash_table_unref(reader->zones);
    g_free(reader);
}

static SafeRead *
begin(SafeReader *reader, const Task *task, GError **error)
{
    GBytes *bytes = task->document.bytes;
    const char *charset = bytes_charset(bytes, task->document.content_type);
    if (charset != NULL)
        load_converter(reader, charset);
    load_zones(reader, bytes);

    size_t size = g_bytes_get_size(bytes);
    g_autoptr(SafeRead) read = g_new0(SafeRead, 1);
    read->task = *task;
    read->limits = (SandboxLimits){
        .cpu_seconds = CPU_SECONDS,
        .wall_seconds = WALL_SECONDS,
        .memory = MEMORY_BASE + MEMORY_FACTOR * size,
        .output_max = OUTPUT_BASE + OUTPUT_FACTOR * size,
    };
    read->sandbox = sandbox_start(work, &read->task, &read->limits, error);
    return read->sandbox == NULL ? NULL : g_steal_pointer(&read);
}

SafeRead *
safe_reader_begin(SafeReader *reader, const SafeDocument *document, bool sanitized, GError **error)
{
    const Task task = { .document = *document, .sanitized = sanitized };
    return begin(reader, &task, error);
}

void
safe_read_free(SafeRead *read)
{
    if (read == NULL)
        return;
    sandbox_free(read->sandbox);
    g_free(read);
}

/* What came so far. */
typedef struct {
    const EntrySink *sink;
    GPtrArray *articles;
    Feed *feed; /* once it is there */
} Answer;

/* One record at *AT. */
static bool
take_record(Answer *answer, const char **at, const char *end)
{
    Record record = (Record) * (*at)++;
    if (record == RECORD_RESTART && answer->sink != NULL) {
        answer->sink->restart(answer->sink->data);
        return true;
    }
    if (record == RECORD_ENTRY && answer->sink != NULL) {
        g_autoptr(Entry) entry = entry_new();
        if (!facts_unpack(&entry_table, entry, at, end))
            return false;
        answer->sink->take(answer->sink->data, g_steal_pointer(&entry));
        return true;
    }
    if (record == RECORD_ARTICLE && answer->articles != NULL) {
        g_autoptr(Article) article = article_new();
        if (!facts_unpack(&article_table, article, at, end) || article->title == NULL ||
            article->identities->len == 0 || article->excerpt == NULL || article->content == NULL)
            return false;
        g_ptr_array_add(answer->articles, g_steal_pointer(&article));
        return true;
    }
    if (record != RECORD_FEED)
        return false;
    g_autoptr(Feed) feed = feed_new();
    if (!facts_unpack(&feed_table, feed, at, end) || feed->format == NULL || *at != end)
        return false;
    answer->feed = g_steal_pointer(&feed);
    return true;
}

/* PART has whole records. */
static bool
take_records(Answer *answer, const GString *part)
{
    const char *at = part->str;
    const char *end = at + part->len;
    while (at < end) {
        if (answer->feed != NULL || !take_record(answer, &at, end))
            return false;
    }
    return true;
}

static Feed *
wait_for(SafeRead *read, const EntrySink *sink, GPtrArray *articles, GError **error)
{
    Answer answer = { .sink = sink, .articles = articles };
    g_autoptr(GString) part = g_string_sized_new(FLUSH_SIZE);
    bool makes_sense = true;
    do {
        g_string_truncate(part, 0);
        if (!sandbox_read(read->sandbox, part, error)) {
            feed_free(answer.feed);
            return NULL;
        }
        makes_sense = take_records(&answer, part);
    } while (makes_sense && part->len > 0);
    if (makes_sense && answer.feed != NULL)
        return answer.feed;
    feed_free(answer.feed);
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                "cannot be read: the reader gave an answer that makes no sense");
    return NULL;
}

Feed *
safe_read_feed(SafeRead *read, const EntrySink *sink, GError **error)
{
    return wait_for(read, sink, NULL, error);
}

SafeRead *
safe_reader_begin_articles(SafeReader *reader, const SafeDocument *document, int64_t now,
                           GError **error)
{
    const Task task = { .document = *document, .makes_articles = true, .now = now };
    return begin(reader, &task, error);
}

Feed *
safe_read_articles(SafeRead *read, GPtrArray *articles, GError **error)
{
    guint before = articles->len;
    Feed *feed = wait_for(read, NULL, articles, error);
    if (feed == NULL)
        g_ptr_array_set_size(articles, (int)before);
    return feed;
}

Feed *
safe_reader_articles(SafeReader *reader, const SafeDocument *document, int64_t now,
                     GPtrArray *articles, GError **error)
{
    g_autoptr(SafeRead) read = safe_reader_begin_articles(reader, document, now, error);
    return read != NULL ? safe_read_articles(read, articles, error) : NULL;
}
