#include "feed/parse.h"

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "feed/decode-internal.h"
#include "feed/dialect-internal.h"
#include "feed/repair-internal.h"
#include "feed/xml-internal.h"

static Feed *
parse_json(GBytes *text, GError **error)
{
    g_autoptr(Value) document = json_parse(text, error);
    if (document == NULL) {
        g_prefix_error(error, "not JSON: ");
        return NULL;
    }
    if (!json_feed_is(document)) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                    "not a feed: JSON without a list of \"items\"");
        return NULL;
    }
    g_autoptr(Feed) feed = feed_new();
    json_feed_read(feed, document);
    return g_steal_pointer(&feed);
}

/* True for what any dialect has at its root; else ERROR says what it is instead. */
static bool
read_root(Feed *feed, const xmlNode *root, const char *base_url, GError **error)
{
    const char *name = xml_name(root);
    if (g_ascii_strcasecmp(name, "rss") == 0 || g_ascii_strcasecmp(name, "rdf") == 0 ||
        g_ascii_strcasecmp(name, "channel") == 0) {
        rss_read(feed, root, base_url);
        return true;
    }
    if (g_ascii_strcasecmp(name, "feed") == 0 || xml_is(root, SPACE_ATOM, "entry")) {
        atom_read(feed, root, base_url);
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

/* HTML's parser rules are not XML's, so a page is known before it is parsed. */
static bool
is_html(const char *text, size_t size)
{
    return (size >= 14 && g_ascii_strncasecmp(text, "<!doctype html", 14) == 0) ||
           (size >= 5 && g_ascii_strncasecmp(text, "<html", 5) == 0);
}

static Feed *
parse_xml(const char *text, size_t size, const char *base_url, GError **error)
{
    g_autoptr(Feed) feed = feed_new();
    g_autoptr(GString) repaired = xml_repair(text, size);
    g_autoptr(XmlTree) tree = xml_parse(repaired, &feed->recovered, error);
    if (tree == NULL || !read_root(feed, xmlDocGetRootElement(tree), base_url, error))
        return NULL;
    return g_steal_pointer(&feed);
}

Feed *
feed_parse(GBytes *bytes, const char *content_type, const char *base_url, GError **error)
{
    if (g_bytes_get_size(bytes) > FEED_BYTES_MAX) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "larger than %u MiB",
                    FEED_BYTES_MAX / (1024 * 1024));
        return NULL;
    }
    g_autoptr(GBytes) decoded = bytes_decode(bytes, content_type);
    size_t size;
    const char *text = g_bytes_get_data(decoded, &size);
    const char *end = text + size;
    while (text < end && (g_ascii_isspace(*text) || *text == '\0'))
        text++;
    size = (size_t)(end - text);
    if (size == 0) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "empty document");
        return NULL;
    }
    if (*text == '{' || *text == '[')
        return parse_json(decoded, error);
    if (is_html(text, size)) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "not a feed: an HTML page");
        return NULL;
    }
    return parse_xml(g_bytes_get_data(decoded, NULL), g_bytes_get_size(decoded), base_url, error);
}
