/* xml-internal.h - the third stage: libxml2, held on a short leash, and how to ask its tree. */
#pragma once

#include <stdbool.h>
#include <glib.h>
#include <libxml/tree.h>

typedef xmlDoc XmlTree;

void xml_tree_free(XmlTree *tree);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XmlTree, xml_tree_free)

/* Is told of each element below the root when it is complete. True: it has been read and may go; so
 * a document of any number of entries takes the memory of one. */
typedef struct {
    bool (*take)(void *data, const xmlNode *element);
    void *data;
} XmlReader;

/* What READER leaves of the well-formed document TEXT (valid UTF-8), which is repaired on the way.
 * NULL and DEPESCHE_ERROR_INPUT when it is not well-formed even then; READER may have been told of
 * its beginning. */
XmlTree *xml_parse(const char *text, size_t size, const XmlReader *reader, GError **error);

/* The whole of a document that is not well-formed, as far as it makes sense. NULL when there is no
 * element at all. */
XmlTree *xml_recover(const char *text, size_t size);

/* Whose word an element is. Namespaces are known by their URI, whatever its scheme, case or last
 * slash; where that fails, by their usual prefix. */
typedef enum {
    SPACE_PLAIN, /* none, or one of the many of RSS */
    SPACE_ATOM,
    SPACE_CONTENT,
    SPACE_DC,
    SPACE_DCTERMS,
    SPACE_FEEDBURNER,
    SPACE_ITUNES,
    SPACE_MEDIA,
    SPACE_RDF,
    SPACE_SYNDICATION,
    SPACE_WFW,
    SPACE_XHTML,
    SPACE_OTHER,
} Space;

Space xml_space(const xmlNode *element);

/* The name of ELEMENT without a prefix. */
const char *xml_name(const xmlNode *element);

/* True for an element called NAME, whatever its case. */
bool xml_is(const xmlNode *element, Space space, const char *name);

/* The first child element called NAME, of any namespace; or NULL. */
xmlNode *xml_find_child(const xmlNode *parent, const char *name);

/* An attribute without regard to its namespace, trimmed; NULL when missing or blank. */
char *xml_attribute(const xmlNode *element, const char *name);

/* The text in ELEMENT and all that is in it, trimmed; NULL when there is none. */
char *xml_text(const xmlNode *element);

/* What is in ELEMENT as HTML: its text as it is when it holds only text (then the mark-up was
 * escaped), else its elements, written out. NULL when there is nothing. */
char *xml_markup(const xmlNode *element);

/* The base URL within ELEMENT, which stands against OUTER (may be NULL). May be NULL. */
char *xml_base(const xmlNode *element, const char *outer);

/* The same with regard to all elements that ELEMENT is in; OUTER is the document's. */
char *xml_base_of_all(const xmlNode *element, const char *outer);

/* The URL in ATTRIBUTE of ELEMENT, or in its text when ATTRIBUTE is NULL; made absolute where it is
 * relative and there is a base, else as it stands. NULL when there is none. */
char *xml_url(const xmlNode *element, const char *attribute, const char *base);

/* Plain text as HTML: takes TEXT over, NULL gives NULL. */
char *xml_take_plain(char *text);
