#include "feed/xml-internal.h"

#include <string.h>
#include <libxml/SAX2.h>
#include <libxml/parser.h>

#include "base/error.h"
#include "base/text.h"
#include "feed/repair-internal.h"
#include "html/link.h"

/* Never HUGE (it switches off the guard against entity bombs), NOENT (reads files) or DTDLOAD. The
 * text is UTF-8 by now, whatever its declaration said. */
#define PARSE_OPTIONS                                                                              \
    (XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_COMPACT |               \
     XML_PARSE_IGNORE_ENC)

typedef xmlParserCtxt XmlParser;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XmlParser, xmlFreeParserCtxt)

void
xml_tree_free(XmlTree *tree)
{
    xmlFreeDoc(tree);
}

static xmlParserInput *
refuse_entity(const char *url, const char *id, xmlParserCtxt *parser)
{
    return NULL;
}

/* Belt and braces: nothing asks for external entities, and nobody would get them. */
static void
refuse_entities(void)
{
    static gsize done;
    if (g_once_init_enter(&done)) {
        xmlSetExternalEntityLoader(refuse_entity);
        g_once_init_leave(&done, 1);
    }
}

/* Constant since libxml2 2.12. */
#if LIBXML_VERSION >= 21200
typedef const xmlError XmlComplaint;
#else
typedef xmlError XmlComplaint;
#endif

/* Some complaints reach stderr whatever the options say; the first is kept by the parser. */
static void
ignore_error(void *data, XmlComplaint *problem)
{
}

/* Takes ELEMENT out of the tree, and the blanks before it: libxml2 would add those between all entries
 * to one text, measuring it each time. */
static void
drop_element(xmlNode *element)
{
    xmlNode *before = element->prev;
    if (before != NULL && before->type == XML_TEXT_NODE) {
        xmlUnlinkNode(before);
        xmlFreeNode(before);
    }
    xmlUnlinkNode(element);
    xmlFreeNode(element);
}

/* What the parser's handlers know beside its tree. */
typedef struct {
    Repair *repair;
    const XmlReader *reader; /* NULL: the whole tree is wanted */
} Parsing;

static void
end_element(void *data, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    xmlParserCtxt *parser = data;
    const XmlReader *reader = ((const Parsing *)parser->_private)->reader;
    xmlNode *element = parser->node;
    xmlSAX2EndElementNs(data, name, prefix, uri);
    bool is_root = element == NULL || element->parent == (xmlNode *)parser->myDoc;
    if (!is_root && reader->take(reader->data, element))
        drop_element(element);
}

/* The text that a processing instruction stands for goes into the tree, past libxml2's loops. */
static void
take_text(void *data, const xmlChar *target, const xmlChar *content)
{
    xmlParserCtxt *parser = data;
    const char *text = repair_next_text(((const Parsing *)parser->_private)->repair);
    size_t size = strlen(text);
    if (parser->node != NULL)
        xmlSAX2Characters(data, (const xmlChar *)text, (int)size);
    else if (strspn(text, " \t\r\n") < size) /* there is no text outside of all elements */
        parser->wellFormed = 0;
}

static int
read_part(void *data, char *buffer, int size)
{
    return (int)repair_read(data, buffer, (size_t)size);
}

static int
leave_open(void *data)
{
    return 0;
}

/* READER may be NULL. Without a name for the encoding libxml2 takes UTF-8 as it is. */
static XmlTree *
read_text(XmlParser *parser, const char *text, size_t size, const XmlReader *reader, int options)
{
    refuse_entities();
    g_autoptr(Repair) repair = repair_new(text, size, (options & XML_PARSE_RECOVER) != 0);
    parser->sax->serror = ignore_error;
    Parsing parsing = { repair, reader };
    parser->_private = &parsing;
    parser->sax->processingInstruction = take_text;
    if (reader != NULL)
        parser->sax->endElementNs = end_element;
    return xmlCtxtReadIO(parser, read_part, leave_open, repair, NULL, NULL, options);
}

static void
set_parse_error(GError **error, const xmlError *problem)
{
    g_autofree char *why =
        text_single_line(problem != NULL && problem->message != NULL ? problem->message : "");
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "not XML (line %d: %s)",
                problem != NULL ? problem->line : 1, *why != '\0' ? why : "no element");
}

XmlTree *
xml_parse(const char *text, size_t size, const XmlReader *reader, GError **error)
{
    g_autoptr(XmlParser) parser = xmlNewParserCtxt();
    XmlTree *tree = read_text(parser, text, size, reader, PARSE_OPTIONS);
    if (tree == NULL)
        set_parse_error(error, xmlCtxtGetLastError(parser));
    return tree;
}

XmlTree *
xml_recover(const char *text, size_t size)
{
    g_autoptr(XmlParser) parser = xmlNewParserCtxt();
    g_autoptr(XmlTree) tree =
        read_text(parser, text, size, NULL, PARSE_OPTIONS | XML_PARSE_RECOVER);
    if (tree == NULL || xmlDocGetRootElement(tree) == NULL)
        return NULL;
    return g_steal_pointer(&tree);
}

/* Namespaces */

static const struct {
    const char *uri; /* in lower case, without scheme, "www." and what follows the last letter */
    Space space;
} spaces[] = {
    { "w3.org/2005/atom", SPACE_ATOM },
    { "purl.org/atom/ns", SPACE_ATOM },
    { "purl.org/rss/1.0/modules/content", SPACE_CONTENT },
    { "purl.org/dc/elements/1.1", SPACE_DC },
    { "purl.org/dc/elements/1.0", SPACE_DC },
    { "purl.org/dc/terms", SPACE_DCTERMS },
    { "rssnamespace.org/feedburner/ext/1.0", SPACE_FEEDBURNER },
    { "itunes.com/dtds/podcast-1.0.dtd", SPACE_ITUNES },
    { "example.com/dtds/podcast-1.0.dtd", SPACE_ITUNES },
    { "search.yahoo.com/mrss", SPACE_MEDIA },
    { "video.search.yahoo.com/mrss", SPACE_MEDIA },
    { "tools.search.yahoo.com/mrss", SPACE_MEDIA },
    { "search.yahoo.com/mrss/1.0", SPACE_MEDIA },
    { "rssboard.org/media-rss", SPACE_MEDIA },
    { "w3.org/1999/02/22-rdf-syntax-ns", SPACE_RDF },
    { "purl.org/rss/1.0/modules/syndication", SPACE_SYNDICATION },
    { "wellformedweb.org/commentapi", SPACE_WFW },
    { "w3.org/1999/xhtml", SPACE_XHTML },
    { "purl.org/rss/1.0", SPACE_PLAIN },
    { "my.netscape.com/rdf/simple/0.9", SPACE_PLAIN },
    { "channel.netscape.com/rdf/simple/0.9", SPACE_PLAIN },
    { "my.netscape.com/publish/formats/rss-0.91.dtd", SPACE_PLAIN },
    { "backend.userland.com/rss", SPACE_PLAIN },
    { "backend.userland.com/rss2", SPACE_PLAIN },
    { "backend.userland.com/rss091", SPACE_PLAIN },
    { "blogs.law.harvard.edu/tech/rss", SPACE_PLAIN },
    { "cyber.law.harvard.edu/rss", SPACE_PLAIN },
    { "cyber.law.harvard.edu/rss/rss.html", SPACE_PLAIN },
};

static const struct {
    const char *prefix;
    Space space;
} prefixes[] = {
    { "atom", SPACE_ATOM },     { "atom10", SPACE_ATOM },
    { "a10", SPACE_ATOM },      { "content", SPACE_CONTENT },
    { "dc", SPACE_DC },         { "dcterms", SPACE_DCTERMS },
    { "itunes", SPACE_ITUNES }, { "media", SPACE_MEDIA },
    { "rdf", SPACE_RDF },       { "sy", SPACE_SYNDICATION },
    { "wfw", SPACE_WFW },       { "xhtml", SPACE_XHTML },
    { "rss", SPACE_PLAIN },     { "feedburner", SPACE_FEEDBURNER },
};

/* The namespace of PREFIX (SIZE octets). */
static Space
space_of_prefix(const char *prefix, size_t size)
{
    for (size_t i = 0; i < G_N_ELEMENTS(prefixes); i++) {
        if (strlen(prefixes[i].prefix) == size &&
            g_ascii_strncasecmp(prefixes[i].prefix, prefix, size) == 0)
            return prefixes[i].space;
    }
    return SPACE_OTHER;
}

static Space
space_of_uri(const char *uri, const char *prefix)
{
    g_autofree char *lower = g_ascii_strdown(uri, -1);
    char *bare = g_strstrip(lower);
    const char *scheme = strstr(bare, "://");
    if (scheme != NULL)
        bare += scheme + 3 - bare;
    if (g_str_has_prefix(bare, "www."))
        bare += 4;
    for (size_t size = strlen(bare); size > 0 && !g_ascii_isalnum(bare[size - 1]); size--)
        bare[size - 1] = '\0';
    for (size_t i = 0; i < G_N_ELEMENTS(spaces); i++) {
        if (strcmp(bare, spaces[i].uri) == 0)
            return spaces[i].space;
    }
    /* A default namespace that nobody knows is some RSS's own. */
    return prefix == NULL ? SPACE_PLAIN : space_of_prefix(prefix, strlen(prefix));
}

Space
xml_space(const xmlNode *element)
{
    xmlNs *declared = element->ns;
    const char *name = (const char *)element->name;
    if (declared == NULL) {
        const char *colon = strchr(name, ':');
        return colon == NULL ? SPACE_PLAIN : space_of_prefix(name, (size_t)(colon - name));
    }
    /* A document has few declarations and many elements: each is looked up once. */
    if (declared->_private == NULL) {
        const char *uri = declared->href != NULL ? (const char *)declared->href : "";
        Space space = space_of_uri(uri, (const char *)declared->prefix);
        declared->_private = GUINT_TO_POINTER(space + 1u);
    }
    return (Space)(GPOINTER_TO_UINT(declared->_private) - 1u);
}

/* Elements */

const char *
xml_name(const xmlNode *element)
{
    const char *name = (const char *)element->name;
    const char *colon = strchr(name, ':'); /* a prefix that was never declared */
    return colon == NULL ? name : colon + 1;
}

bool
xml_is(const xmlNode *element, Space space, const char *name)
{
    return element->type == XML_ELEMENT_NODE && g_ascii_strcasecmp(xml_name(element), name) == 0 &&
           xml_space(element) == space;
}

xmlNode *
xml_find_child(const xmlNode *parent, const char *name)
{
    for (xmlNode *child = parent->children; child != NULL; child = child->next) {
        if (child->type == XML_ELEMENT_NODE && g_ascii_strcasecmp(xml_name(child), name) == 0)
            return child;
    }
    return NULL;
}

/* TEXT trimmed in its place; NULL when nothing is left. Takes it over. */
static char *
take_trimmed(char *text)
{
    g_strstrip(text);
    if (*text != '\0')
        return text;
    g_free(text);
    return NULL;
}

char *
xml_attribute(const xmlNode *element, const char *name)
{
    for (const xmlAttr *attribute = element->properties; attribute != NULL;
         attribute = attribute->next) {
        const char *own = (const char *)attribute->name;
        const char *colon = strchr(own, ':');
        if (g_ascii_strcasecmp(colon == NULL ? own : colon + 1, name) != 0)
            continue;
        xmlChar *value = xmlNodeListGetString(element->doc, attribute->children, 1);
        char *copy = g_strdup(value != NULL ? (const char *)value : "");
        xmlFree(value);
        return take_trimmed(copy);
    }
    return NULL;
}

/* In a document that was recovered, items may lie within the one that was never closed; what they
 * hold is their own. */
static bool
is_item(const xmlNode *element)
{
    return xml_is(element, SPACE_PLAIN, "item") || xml_is(element, SPACE_ATOM, "entry");
}

static bool
is_text(const xmlNode *node)
{
    return (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE) &&
           node->content != NULL;
}

static void
write_text(GString *out, const xmlNode *parent)
{
    for (const xmlNode *node = parent->children; node != NULL; node = node->next) {
        if (is_text(node))
            g_string_append(out, (const char *)node->content);
        else if (node->type == XML_ELEMENT_NODE && !is_item(node))
            write_text(out, node);
    }
}

char *
xml_text(const xmlNode *element)
{
    const xmlNode *only = element->children;
    if (only == NULL)
        return NULL;
    if (only->next == NULL && is_text(only))
        return take_trimmed(g_strdup((const char *)only->content));
    g_autoptr(GString) out = g_string_new(NULL);
    write_text(out, element);
    return take_trimmed(g_string_free(g_steal_pointer(&out), FALSE));
}

/* Escapes those of & < > " that are among SPECIAL. */
static void
write_escaped(GString *out, const char *text, const char *special)
{
    for (;;) {
        size_t plain = strcspn(text, special);
        g_string_append_len(out, text, (gssize)plain);
        switch (text[plain]) {
        case '\0': return;
        case '&': g_string_append(out, "&amp;"); break;
        case '<': g_string_append(out, "&lt;"); break;
        case '>': g_string_append(out, "&gt;"); break;
        default: g_string_append(out, "&quot;"); break;
        }
        text += plain + 1;
    }
}

static void
write_nodes(GString *out, const xmlNode *parent)
{
    for (const xmlNode *node = parent->children; node != NULL; node = node->next) {
        if (is_text(node))
            write_escaped(out, (const char *)node->content, "&<>");
        if (node->type != XML_ELEMENT_NODE || is_item(node))
            continue;
        const char *name = xml_name(node);
        g_string_append_printf(out, "<%s", name);
        for (const xmlAttr *attribute = node->properties; attribute != NULL;
             attribute = attribute->next) {
            g_autofree char *value = xml_attribute(node, (const char *)attribute->name);
            g_string_append_printf(out, " %s=\"", (const char *)attribute->name);
            write_escaped(out, value != NULL ? value : "", "&<>\"");
            g_string_append_c(out, '"');
        }
        g_string_append(out, node->children == NULL ? "/>" : ">");
        write_nodes(out, node);
        if (node->children != NULL)
            g_string_append_printf(out, "</%s>", name);
    }
}

char *
xml_markup(const xmlNode *element)
{
    if (xmlFirstElementChild((xmlNode *)element) == NULL)
        return xml_text(element);
    g_autoptr(GString) out = g_string_new(NULL);
    write_nodes(out, element);
    return take_trimmed(g_string_free(g_steal_pointer(&out), FALSE));
}

char *
xml_base(const xmlNode *element, const char *outer)
{
    for (const xmlAttr *attribute = element->properties; attribute != NULL;
         attribute = attribute->next) {
        if (attribute->ns == NULL || g_strcmp0((const char *)attribute->ns->prefix, "xml") != 0 ||
            strcmp((const char *)attribute->name, "base") != 0)
            continue;
        g_autofree char *own = xml_attribute(element, "base");
        char *base = own == NULL ? NULL : link_resolve(outer, own);
        return base != NULL ? base : g_strdup(outer);
    }
    return g_strdup(outer);
}

char *
xml_base_of_all(const xmlNode *element, const char *outer)
{
    if (element == NULL || element->type != XML_ELEMENT_NODE)
        return g_strdup(outer);
    g_autofree char *base = xml_base_of_all(element->parent, outer);
    return xml_base(element, base);
}

char *
xml_url(const xmlNode *element, const char *attribute, const char *base)
{
    g_autofree char *text =
        attribute == NULL ? xml_text(element) : xml_attribute(element, attribute);
    if (text == NULL || g_uri_peek_scheme(text) != NULL)
        return g_steal_pointer(&text);
    g_autofree char *own_base = xml_base(element, base);
    char *url = own_base == NULL ? NULL : link_resolve(own_base, text);
    return url != NULL ? url : g_steal_pointer(&text);
}

char *
xml_take_plain(char *text)
{
    g_autofree char *taken = text;
    if (taken == NULL || strpbrk(taken, "&<>") == NULL)
        return g_steal_pointer(&taken);
    g_autoptr(GString) out = g_string_new(NULL);
    write_escaped(out, taken, "&<>");
    return g_string_free(g_steal_pointer(&out), FALSE);
}
