#include "feed/safe.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/nursery.h"
#include "base/text.h"
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

/* A record of the answer is one of these and, of the first two and FEED, what facts_pack() wrote. A
 * part of the answer (sandbox_flush()) has whole records of one document. */
typedef enum {
    RECORD_ENTRY = 'e',
    RECORD_ARTICLE = 'a',
    RECORD_RESTART = 'r',
    RECORD_FEED = 'f',  /* the last one of a document; or: */
    RECORD_ERROR = 'x', /* its code is an octet, its message ends with a NUL */
} Record;

/* How a document goes to the nursery: this, and behind it the texts with their NULs, and the bytes. */
typedef struct {
    int64_t now;
    size_t content_type; /* octets; 0: none */
    size_t base_url;
    size_t content_language;
    size_t bytes;
} Parcel;

struct SafeReader {
    Nursery *nursery;       /* where articles are made; NULL: not yet, or it has died */
    bool is_warm;           /* in the nursery */
    GHashTable *converters; /* name -> GIConv, or (GIConv)-1 */
    GHashTable *zones;      /* name -> GTimeZone, or NULL */
    GString *part;          /* of an answer; room that is used again and again */
};

/* What came so far of a document. */
typedef struct {
    const EntrySink *sink;
    GPtrArray *articles;
    Feed *feed;      /* once it is there */
    GError *problem; /* or this */
} Answer;

struct SafeRead {
    SafeReader *reader;
    SafeDocument *documents;
    guint count;
    guint next;       /* the document that will be asked for next */
    guint begun_with; /* the first one that the child was given */
    bool sanitized;
    bool makes_articles;
    int64_t now;
    SandboxLimits limits;
    Sandbox *sandbox; /* NULL: none yet, or it has failed */
    Answer answer;    /* of the next document */
    bool was_orphan;  /* the nursery died before there was a child */
};

/* The child */

typedef struct {
    const SafeRead *read;
    const SafeDocument *document;
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
    if (child->read->sanitized)
        entry_sanitize(entry, child->document->base_url);
    give(child->output, RECORD_ENTRY, &entry_table, entry);
    entry_free(entry);
}

static void
give_restart(void *data)
{
    const Child *child = data;
    give(child->output, RECORD_RESTART, NULL, NULL);
}

/* The header may name several languages: those of its readers, not the one of the text. */
static void
take_language(Feed *feed, const SafeDocument *document)
{
    const char *language = document->content_language;
    if (feed == NULL || feed->language != NULL || language == NULL || strchr(language, ',') != NULL)
        return;
    feed->language = text_single_line(language);
}

/* Articles need to know what the feed says of itself, which may stand at its end. */
static Feed *
give_articles(const Child *child, GError **error)
{
    const SafeDocument *document = child->document;
    Feed *feed = feed_parse(document->bytes, document->content_type, document->base_url, error);
    take_language(feed, document);
    for (guint i = 0; feed != NULL && i < feed->entries->len; i++) {
        g_autoptr(Article) article =
            article_from_entry(feed->entries->pdata[i], feed, document->base_url, child->read->now);
        if (article != NULL)
            give(child->output, RECORD_ARTICLE, &article_table, article);
    }
    return feed;
}

static Feed *
give_entries(Child *child, GError **error)
{
    const SafeDocument *document = child->document;
    const EntrySink sink = { give_entry, give_restart, child };
    Feed *feed =
        feed_parse_into(document->bytes, document->content_type, document->base_url, &sink, error);
    take_language(feed, document);
    return feed;
}

static void
give_error(GString *output, const GError *error)
{
    int code = error->domain == DEPESCHE_ERROR ? error->code : DEPESCHE_ERROR_INPUT;
    g_string_append_c(output, RECORD_ERROR);
    g_string_append_c(output, (char)code);
    g_string_append_len(output, error->message, (gssize)strlen(error->message) + 1);
}

static bool
work(void *input, GString *output, GError **error)
{
    const SafeRead *read = input;
    for (guint i = read->next; i < read->count; i++) {
        Child child = { read, &read->documents[i], output };
        g_autoptr(GError) problem = NULL;
        g_autoptr(Feed) feed =
            read->makes_articles ? give_articles(&child, &problem) : give_entries(&child, &problem);
        if (feed != NULL)
            give(output, RECORD_FEED, &feed_table, feed);
        else
            give_error(output, problem);
        sandbox_flush(output);
    }
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
    reader->part = g_string_sized_new(FLUSH_SIZE);
    load_converter(reader, "CP1252");
    return reader;
}

void
safe_reader_free(SafeReader *reader)
{
    if (reader == NULL)
        return;
    nursery_close(reader->nursery);
    g_hash_table_unref(reader->converters);
    g_hash_table_unref(reader->zones);
    g_string_free(reader->part, TRUE);
    g_free(reader);
}

/* Loads what a child will need for DOCUMENT. */
static void
load_for(SafeReader *reader, const SafeDocument *document)
{
    const char *charset = bytes_charset(document->bytes, document->content_type);
    if (charset != NULL)
        load_converter(reader, charset);
    load_zones(reader, document->bytes);
}

/* The nursery */

static void
pack_text(GString *parcel, const char *text, size_t size)
{
    g_string_append_len(parcel, text != NULL ? text : "", (gssize)size);
}

static size_t
text_size(const char *text)
{
    return text == NULL ? 0 : strlen(text) + 1;
}

/* All but the bytes. */
static GString *
pack(const SafeDocument *document, int64_t now)
{
    const Parcel head = {
        .now = now,
        .content_type = text_size(document->content_type),
        .base_url = text_size(document->base_url),
        .content_language = text_size(document->content_language),
        .bytes = g_bytes_get_size(document->bytes),
    };
    GString *parcel = g_string_new_len((const char *)&head, sizeof head);
    pack_text(parcel, document->content_type, head.content_type);
    pack_text(parcel, document->base_url, head.base_url);
    pack_text(parcel, document->content_language, head.content_language);
    return parcel;
}

/* What pack() made and the bytes behind it; those of DOCUMENT are to be given back. */
static int64_t
unpack(GBytes *input, SafeDocument *document)
{
    const char *at = g_bytes_get_data(input, NULL);
    Parcel head;
    memcpy(&head, at, sizeof head);
    at += sizeof head;
    document->content_type = head.content_type > 0 ? at : NULL;
    at += head.content_type;
    document->base_url = head.base_url > 0 ? at : NULL;
    at += head.base_url;
    document->content_language = head.content_language > 0 ? at : NULL;
    at += head.content_language;
    document->bytes = g_bytes_new_static(at, head.bytes);
    return head.now;
}

/* Reads a feed of ours, with some of everything. What libraries do once, from finding their functions
 * to making their tables, no child has to do after that. */
static void
warm_up(SafeReader *reader)
{
    static const char sample[] =
        "<?xml version='1.0' encoding='UTF-8'?><rss version='2.0' "
        "xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel><title>t</title>"
        "<link>https://example.org/</link><item><title>Über uns</title><link>/a?b=1</link>"
        "<guid isPermaLink='false'>a</guid><category>c</category>"
        "<pubDate>Mon, 23 Nov 2026 10:00:00 +0100</pubDate><description>Für alle.</description>"
        "<content:encoded><![CDATA[<p>Für <a href='/b'>alle</a>. <img src='c.png' alt='d'/></p>"
        "<blink>&auml;</blink>]]></content:encoded></item></channel></rss>";
    g_autoptr(GBytes) bytes = g_bytes_new_static(sample, sizeof sample - 1);
    const SafeDocument document = { bytes, "application/rss+xml", "https://example.org/feed" };
    const SafeRead read = { .documents = (SafeDocument *)&document, .count = 1 };
    g_autoptr(GString) output = g_string_new(NULL);
    const Child child = { &read, &document, output };
    feed_free(give_articles(&child, NULL));
    reader->is_warm = true;
}

static void
nursery_load(void *data, GBytes *input)
{
    SafeReader *reader = data;
    if (!reader->is_warm)
        warm_up(reader);
    SafeDocument document;
    unpack(input, &document);
    load_for(reader, &document);
    g_bytes_unref(document.bytes);
}

static bool
nursery_work(void *input, GString *output, GError **error)
{
    SafeDocument document;
    SafeRead read = { .documents = &document, .count = 1, .makes_articles = true };
    read.now = unpack(input, &document);
    return work(&read, output, error);
}

bool
safe_reader_make_ready(SafeReader *reader, GError **error)
{
    if (reader->nursery == NULL)
        reader->nursery = nursery_open(nursery_work, nursery_load, reader, error);
    return reader->nursery != NULL;
}

static Sandbox *
start_in_nursery(const SafeRead *read, GError **error)
{
    SafeReader *reader = read->reader;
    if (!safe_reader_make_ready(reader, error))
        return NULL;
    const SafeDocument *document = &read->documents[0];
    g_autoptr(GString) head = pack(document, read->now);
    size_t size;
    const void *bytes = g_bytes_get_data(document->bytes, &size);
    const struct iovec parts[] = { { head->str, head->len }, { (void *)bytes, size } };
    return nursery_start(reader->nursery, parts, G_N_ELEMENTS(parts), &read->limits, error);
}

/* Gives a child all documents from the next one on. */
static bool
start(SafeRead *read, GError **error)
{
    size_t largest = 0;
    for (guint i = read->next; i < read->count; i++)
        largest = MAX(largest, g_bytes_get_size(read->documents[i].bytes));
    read->limits = (SandboxLimits){
        .cpu_seconds = CPU_SECONDS,
        .wall_seconds = WALL_SECONDS,
        .memory = MEMORY_BASE + MEMORY_FACTOR * largest,
        .output_max = (OUTPUT_BASE + OUTPUT_FACTOR * largest) * (read->count - read->next),
    };
    read->begun_with = read->next;
    read->sandbox = read->makes_articles ? start_in_nursery(read, error)
                                         : sandbox_start(work, read, &read->limits, error);
    return read->sandbox != NULL;
}

static SafeRead *
prepare(SafeReader *reader, const SafeDocument *documents, guint count)
{
    SafeRead *read = g_new0(SafeRead, 1);
    read->reader = reader;
    read->documents = g_memdup2(documents, count * sizeof *documents);
    read->count = count;
    return read;
}

SafeRead *
safe_reader_begin(SafeReader *reader, const SafeDocument *documents, guint count, bool sanitized)
{
    SafeRead *read = prepare(reader, documents, count);
    for (guint i = 0; i < count; i++)
        load_for(reader, &documents[i]);
    read->sanitized = sanitized;
    start(read, NULL);
    return read;
}

void
safe_read_free(SafeRead *read)
{
    if (read == NULL)
        return;
    sandbox_free(read->sandbox);
    g_clear_pointer(&read->answer.articles, g_ptr_array_unref);
    feed_free(read->answer.feed);
    g_clear_error(&read->answer.problem);
    g_free(read->documents);
    g_free(read);
}

static bool
take_problem(Answer *answer, const char **at, const char *end)
{
    const char *message = *at + 1;
    if (message >= end || end[-1] != '\0')
        return false;
    sandbox_take_error((unsigned char)**at, message, &answer->problem);
    *at = end;
    return true;
}

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
    if (record == RECORD_ERROR)
        return take_problem(answer, at, end);
    if (record != RECORD_FEED)
        return false;
    g_autoptr(Feed) feed = feed_new();
    if (!facts_unpack(&feed_table, feed, at, end) || feed->format == NULL || *at != end)
        return false;
    answer->feed = g_steal_pointer(&feed);
    return true;
}

static bool
take_records(Answer *answer, const GString *part)
{
    const char *at = part->str;
    const char *end = at + part->len;
    while (at < end) {
        if (!take_record(answer, &at, end))
            return false;
    }
    return part->len > 0;
}

/* The next part of what the child says. */
static bool
read_part(SafeRead *read, GError **error)
{
    GString *part = g_string_truncate(read->reader->part, 0);
    if (!sandbox_read(read->sandbox, part, error))
        return false;
    if (take_records(&read->answer, part))
        return true;
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                "cannot be read: the reader gave an answer that makes no sense");
    return false;
}

/* Forgets what sink and articles were given of a document that will be read anew. */
static void
start_over(Answer *answer)
{
    if (answer->sink != NULL)
        answer->sink->restart(answer->sink->data);
    if (answer->articles != NULL)
        g_ptr_array_set_size(answer->articles, 0);
    g_clear_pointer(&answer->feed, feed_free);
    g_clear_error(&answer->problem);
}

/* The nursery that has died, by whatever hand, is replaced, once for each document. */
static bool
replace_nursery(SafeRead *read, const GError *failure)
{
    if (!read->makes_articles || read->was_orphan ||
        !g_error_matches(failure, DEPESCHE_ERROR, DEPESCHE_ERROR_TEMPORARY))
        return false;
    read->was_orphan = true;
    g_clear_pointer(&read->reader->nursery, nursery_close);
    return true;
}

/* One step towards a feed or a problem. A child that fails may do so because of what came before: only
 * who fails first in a child of its own is to blame. */
static void
read_on(SafeRead *read)
{
    g_autoptr(GError) failure = NULL;
    bool is_first = read->sandbox == NULL || read->begun_with == read->next;
    if ((read->sandbox != NULL || start(read, &failure)) && read_part(read, &failure))
        return;
    g_clear_pointer(&read->sandbox, sandbox_free);
    start_over(&read->answer);
    if (is_first && !replace_nursery(read, failure))
        read->answer.problem = g_steal_pointer(&failure);
}

static bool
has_answer(const SafeRead *read)
{
    return read->answer.feed != NULL || read->answer.problem != NULL;
}

/* The answer on the document whose turn it was. */
static Feed *
take_answer(SafeRead *read, GError **error)
{
    while (!has_answer(read))
        read_on(read);
    read->next++;
    if (read->answer.problem != NULL)
        g_propagate_error(error, g_steal_pointer(&read->answer.problem));
    return g_steal_pointer(&read->answer.feed);
}

Feed *
safe_read_feed(SafeRead *read, const EntrySink *sink, GError **error)
{
    read->answer.sink = sink;
    return take_answer(read, error);
}

SafeRead *
safe_reader_begin_articles(SafeReader *reader, const SafeDocument *document, int64_t now)
{
    SafeRead *read = prepare(reader, document, 1);
    read->makes_articles = true;
    read->now = now;
    read->answer.articles = g_ptr_array_new_with_free_func((GDestroyNotify)article_free);
    start(read, NULL);
    return read;
}

bool
safe_read_is_ready(SafeRead *read)
{
    while (!has_answer(read) && (read->sandbox == NULL || sandbox_is_ready(read->sandbox)))
        read_on(read);
    return has_answer(read);
}

int
safe_read_fd(const SafeRead *read)
{
    return read->sandbox != NULL ? sandbox_fd(read->sandbox) : -1;
}

Feed *
safe_read_articles(SafeRead *read, GPtrArray *articles, GError **error)
{
    Feed *feed = take_answer(read, error);
    g_ptr_array_extend_and_steal(articles, g_steal_pointer(&read->answer.articles));
    return feed;
}

Feed *
safe_reader_articles(SafeReader *reader, const SafeDocument *document, int64_t now,
                     GPtrArray *articles, GError **error)
{
    g_autoptr(SafeRead) read = safe_reader_begin_articles(reader, document, now);
    return safe_read_articles(read, articles, error);
}
