#include "feed/parse.h"

#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "feed/decode-internal.h"
#include "feed/dialect-internal.h"
#include "feed/json_repair-internal.h"
#include "feed/xml-internal.h"

bool
reading_admits(Reading *reading)
{
    if (reading->count < FEED_ENTRIES_MAX)
        return true;
    reading->feed->left_out++;
    return false;
}

void
reading_take(Reading *reading, Entry *entry)
{
    reading->count++;
    reading->sink->take(reading->sink->data, entry);
}

/* What was read does not count. */
static void
start_over(Reading *reading)
{
    reading->feed->recovered = true;
    reading->feed->left_out = 0;
    reading->count = 0;
    reading->sink->restart(reading->sink->data);
}

static bool
read_json(Reading *reading, GBytes *text, GError **error)
{
    g_autoptr(GError) problem = NULL;
    g_autoptr(Value) document = json_parse_exact(text, &problem);
    if (document == NULL) {
        g_autoptr(GString) repaired =
            json_repair(g_bytes_get_data(text, NULL), g_bytes_get_size(text));
        g_autoptr(GBytes) again = g_string_free_to_bytes(g_steal_pointer(&repaired));
        document = json_parse(again, NULL);
    }
    if (document == NULL) {
        g_propagate_prefixed_error(error, g_steal_pointer(&problem), "not JSON: ");
        return false;
    }
    if (!json_feed_is(document)) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                    "not a feed: JSON without a list of \"items\"");
        return false;
    }
    json_feed_read(reading, document);
    return true;
}

static bool
is_rss(const xmlNode *root)
{
    const char *name = xml_name(root);
    return g_ascii_strcasecmp(name, "rss") == 0 || g_ascii_strcasecmp(name, "rdf") == 0 ||
           g_ascii_strcasecmp(name, "channel") == 0;
}

static bool
is_atom(const xmlNode *root)
{
    return g_ascii_strcasecmp(xml_name(root), "feed") == 0 || xml_is(root, SPACE_ATOM, "entry");
}

/* True for what any dialect has at its root; else ERROR says what it is instead. */
static bool
read_root(Reading *reading, const xmlNode *root, GError **error)
{
    const char *name = xml_name(root);
    if (cdf_is(root)) {
        cdf_read(reading, root);
        return true;
    }
    if (is_rss(root)) {
        rss_read(reading, root);
        return true;
    }
    if (is_atom(root)) {
        atom_read(reading, root);
        return true;
    }
    if (g_ascii_strcasecmp(name, "html") == 0)
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "not a feed: an HTML page");
    else if (g_ascii_strcasecmp(name, "opml") == 0)
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                    "not a feed: a list of feeds (OPML)");
    else
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                    "not a feed: XML that begins with \"%.40s\"", name);
    return false;
}

/* An element of a document that is still being parsed. */
static bool
take_element(void *data, const xmlNode *element)
{
    Reading *reading = data;
    const xmlNode *root = xmlDocGetRootElement(element->doc);
    if (cdf_is(root)) /* whose documents are small */
        return false;
    if (is_rss(root))
        return rss_take_entry(reading, element);
    return is_atom(root) && atom_take_entry(reading, element);
}

/* HTML's parser rules are not XML's, so a page is known before it is parsed. */
static bool
is_html(const char *text, size_t size)
{
    return (size >= 14 && g_ascii_strncasecmp(text, "<!doctype html", 14) == 0) ||
           (size >= 5 && g_ascii_strncasecmp(text, "<html", 5) == 0);
}

static bool
read_xml(Reading *reading, const char *text, size_t size, GError **error)
{
    g_autoptr(GError) problem = NULL;
    XmlReader reader = { take_element, reading };
    g_autoptr(XmlTree) tree = xml_parse(text, size, &reader, &problem);
    if (tree == NULL) {
        start_over(reading);
        tree = xml_recover(text, size);
    }
    if (tree == NULL) {
        g_propagate_error(error, g_steal_pointer(&problem));
        return false;
    }
    return read_root(reading, xmlDocGetRootElement(tree), error);
}

/* What is no text at all, by its first octets; NULL when it may be one. */
static const char *
foreign_kind(GBytes *bytes)
{
    static const struct {
        const char *begin;
        const char *kind;
    } kinds[] = {
        { "\x1f\x8b", "a gzip file" },   { "PK\x03\x04", "a zip file" },
        { "BZh", "a bzip2 file" },       { "\x28\xb5\x2f\xfd", "a zstd file" },
        { "\xfd\x37zXZ", "an xz file" }, { "%PDF-", "a PDF" },
        { "\x89PNG", "a picture" },      { "\xff\xd8\xff", "a picture" },
        { "GIF8", "a picture" },
    };
    size_t size;
    const char *data = g_bytes_get_data(bytes, &size);
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        size_t length = strlen(kinds[i].begin);
        if (size >= length && memcmp(data, kinds[i].begin, length) == 0)
            return kinds[i].kind;
    }
    return NULL;
}

static bool
read_text(Reading *reading, GBytes *decoded, GError **error)
{
    size_t size;
    const char *whole = g_bytes_get_data(decoded, &size);
    const char *end = whole + size;
    const char *text = whole;
    while (text < end && (g_ascii_isspace(*text) || *text == '\0'))
        text++;
    if (text == end) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "empty document");
        return false;
    }
    if (*text == '{' || *text == '[')
        return read_json(reading, decoded, error);
    bool is_page = is_html(text, (size_t)(end - text));
    if (is_page || memchr(text, '<', (size_t)(end - text)) == NULL) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "not a feed: %s",
                    is_page ? "an HTML page" : "text without a tag");
        return false;
    }
    return read_xml(reading, whole, size, error);
}

Feed *
feed_parse_into(GBytes *bytes, const char *content_type, const char *base_url,
                const EntrySink *sink, GError **error)
{
    if (g_bytes_get_size(bytes) > FEED_BYTES_MAX) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "larger than %u MiB",
                    FEED_BYTES_MAX / (1024 * 1024));
        return NULL;
    }
    const char *kind = foreign_kind(bytes);
    if (kind != NULL) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "not a feed: %s", kind);
        return NULL;
    }
    g_autoptr(GBytes) decoded = bytes_decode(bytes, content_type);
    g_autoptr(Feed) feed = feed_new();
    Reading reading = { .feed = feed, .base_url = base_url, .sink = sink };
    if (!read_text(&reading, decoded, error))
        return NULL;
    /* What breaks off in its first tag ("<rss") can be mended, but says nothing. */
    if (feed->recovered && reading.count == 0 && feed->title == NULL && feed->link == NULL) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                    "not a feed: broken XML with nothing in it");
        return NULL;
    }
    return g_steal_pointer(&feed);
}

char *
feed_left_out_text(int64_t count)
{
    return g_strdup_printf("lists more than %u articles: %" PRId64 " were left out",
                           FEED_ENTRIES_MAX, count);
}

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

Feed *
feed_parse(GBytes *bytes, const char *content_type, const char *base_url, GError **error)
{
    g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func((GDestroyNotify)entry_free);
    const EntrySink sink = { keep_entry, forget_entries, entries };
    Feed *feed = feed_parse_into(bytes, content_type, base_url, &sink, error);
    if (feed != NULL) {
        g_ptr_array_unref(feed->entries);
        feed->entries = g_steal_pointer(&entries);
    }
    return feed;
}
