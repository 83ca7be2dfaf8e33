/* tree-internal.h - libxml2's HTML parser, wrapped: a fragment becomes a tree, or nothing. */
#pragma once

#include <stdbool.h>
#include <glib.h>
#include <libxml/HTMLparser.h>
#include <libxml/tree.h>

typedef xmlDoc XmlDocument;

void xml_document_free(XmlDocument *document);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XmlDocument, xml_document_free)

/* The tree of an HTML fragment in UTF-8, all names in lower case; NULL when there is nothing in it.
 * Never touches the network. What is beyond SANITIZE_INPUT_MAX, or nested more than 256 deep, is
 * cut off. */
XmlDocument *html_tree_new(const char *html);

bool node_is(const xmlNode *node, const char *name); /* an element of that name */

/* The value of an attribute, or NULL; the caller owns it. */
char *node_attribute(const xmlNode *node, const char *name);

/* True for a picture that nobody is meant to see: one pixel wide or high, or of a known counter. */
bool image_is_pixel(const xmlNode *image);

/* True for an element that goes with everything in it (script, style, form parts …). */
bool element_is_dropped(const char *name);

/* True for an element that begins and ends on lines of its own. */
bool element_is_block(const char *name);
