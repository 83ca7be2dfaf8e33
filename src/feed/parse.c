#include "feed/parse.h"

#include <string.h>
#include <libxml/parser.h>

#include "base/error.h"
#include "feed/text-internal.h"
#include "feed/xml-internal.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlDoc, xmlFreeDoc)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlParserCtxt, xmlFreeParserCtxt)

/* Never HUGE (it turns the guard against entity bombs off), NOENT or DTDLOAD (they read files). */
#define XML_OPTIONS                                                                                \
    (XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_COMPACT |               \
     XML_PARSE_IGNORE_ENC | XML_PARSE_NOCDATA)

/* Belt and braces: the DOCTYPE was cut out, so nothing should ask. */
static xmlParserInput *
refuse_entity(const char *url, const char *id, xmlParserCtxt *context)
{
    return NULL;
}

/* The document, or NULL with the line of the first error in *LINE and what it was in *WHAT. */
static xmlDoc *
read_xml(const char *text, const char *base_url, int more_options, int *line, char **what)
{
    g_autoptr(xmlParserCtxt) context = xmlNewParserCtxt();
    xmlSetExternalEntityLoader(refuse_entity);
    xmlDoc *document = xmlCtxtReadMemory(context, text, (int)strlen(text), base_url, "UTF-8",
                                         XML_OPTIONS | more_options);
    const xmlError *error = xmlCtxtGetLastError(context);
    if (document == NULL && error != NULL && error->message != NULL) {
        *line = error->line;
        *what = g_strchomp(g_strdup(error->message));
    }
    return document;
}

static bool
fail(GError **error, const char *message)
{
    g_set_error_literal(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, message);
    return false;
}

static bool
read_document(Feed *feed, const xmlDoc *document, GError **error)
{
    const xmlNode *root = xmlDocGetRootElement(document);
    if (root == NULL)
        return fail(error, "not a feed: no XML and no JSON");
    if (rss_is_root(root)) {
        rss_read(feed, root);
        return true;
    }
    if (atom_is_root(root)) {
        atom_read(feed, root);
        return true;
    }
    if (g_ascii_strcasecmp(element_name(root), "html") == 0)
        return fail(error, "not a feed: an HTML page");
    g_autofree char *message =
        g_strdup_printf("not a feed: XML of another kind (<%.40s>)", element_name(root));
    return fail(error, message);
}

/* A page or a picture is told from a feed before a parser tries to save what it can of it. */
static bool
is_html(const char *text)
{
    const char *at = strchr(text, '<');
    for (; at != NULL; at = strchr(at + 1, '<')) {
        if (g_ascii_strncasecmp(at, "<html", 5) == 0 ||
            g_ascii_strncasecmp(at, "<!doctype html", 14) == 0 ||
            g_ascii_strncasecmp(at, "<head", 5) == 0 || g_ascii_strncasecmp(at, "<body", 5) == 0)
            return true;
        if (at[1] != '!' && at[1] != '?')
            return false;
    }
    return false;
}

static Feed *
parse_xml(const char *text, const char *base_url, GError **error)
{
    g_autofree char *repaired = feed_repair(text);
    g_autofree char *what = NULL;
    int line = 0;
    g_autoptr(Feed) feed = feed_new();
    g_autoptr(xmlDoc) document = read_xml(repaired, base_url, 0, &line, &what);
    feed->recovered = document == NULL;
    if (document == NULL)
        document = read_xml(repaired, base_url, XML_PARSE_RECOVER, &line, &what);
    if (document == NULL || xmlDocGetRootElement(document) == NULL) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "not a feed: no XML%s%s%s",
                    what != NULL ? " (" : "", what != NULL ? what : "", what != NULL ? ")" : "");
        return NULL;
    }
    return read_document(feed, document, error) ? g_steal_pointer(&feed) : NULL;
}

Feed *
feed_parse(GBytes *bytes, const char *content_type, const char *base_url, GError **error)
{
    if (g_bytes_get_size(bytes) > FEED_BYTES_MAX) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "more than %u MB",
                    FEED_BYTES_MAX / (1024 * 1024));
        return NULL;
    }
    g_autofree char *text = feed_decode(bytes, content_type);
    const char *start = text + strspn(text, " \t\n");
    if (*start == '\0') {
        fail(error, "not a feed: the document is empty");
        return NULL;
    }
    if (*start == '{' || *start == '[')
        return json_feed_parse(start, base_url, error);
    if (is_html(start)) {
        fail(error, "not a feed: an HTML page");
        return NULL;
    }
    if (strchr(start, '<') == NULL) {
        fail(error, "not a feed: no XML and no JSON");
        return NULL;
    }
    return parse_xml(start, base_url, error);
}
