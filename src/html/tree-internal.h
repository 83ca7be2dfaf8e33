/* tree-internal.h - a fragment of HTML as a tree.
 *
 * Two readers build it: that of tidy-internal.h where everything is in its place, else libxml2's, which
 * puts it there. They build the same tree of the same fragment. Both are linear in its size.        */
#pragma once

#include <stdbool.h>
#include <glib.h>
#include "html/element-internal.h"
#include "html/sanitize.h"

/* Pages are longer than what feeds hold of them. */
#define PAGE_INPUT_MAX (4u * 1024 * 1024)

typedef struct HtmlAttribute HtmlAttribute;
struct HtmlAttribute {
    const char *name;  /* in lower case */
    const char *value; /* repaired (text_repair()); "" when it has none */
    HtmlAttribute *next;
};

typedef struct HtmlNode HtmlNode;
struct HtmlNode {
    const Element *element; /* NULL: text */
    const char *name;       /* of an element, in lower case */
    const char *text;       /* of a text, repaired */
    HtmlAttribute *attributes;
    HtmlNode *parent, *children, *last, *next; /* last: of the children */
};

/* The first node of the outermost ones, or NULL: there is nothing in it. */
HtmlNode *html_first(const Html *html);

/* html_new() for a whole page, of which PAGE_INPUT_MAX octets are read. */
Html *html_new_page(const char *text);

bool node_is(const HtmlNode *node, const char *name); /* an element of that name */

/* The value of an attribute, or NULL. */
const char *node_attribute(const HtmlNode *node, const char *name);

/* True for a picture that nobody is meant to see: one pixel wide or high, or of a known counter. */
bool image_is_pixel(const HtmlNode *image);

/* The node behind NODE in the document, or NULL; without recursion, however deep it is. */
HtmlNode *node_next(const HtmlNode *node);

/* The node behind all that is in NODE, or NULL. */
HtmlNode *node_behind(const HtmlNode *node);

/* True when NODE is ANCESTOR or in it. */
bool node_is_within(const HtmlNode *node, const HtmlNode *ancestor);

/* All text in NODE on one line. */
char *node_line(const HtmlNode *node);

/* For who changes it. */

/* NODE and all that is in it become an empty text in the same place. */
void node_drop(HtmlNode *node);

/* Puts an element NAME, which is borrowed, around those children of PARENT that stand behind BEFORE (NULL: all
 * from the first) and up to LAST. */
void html_wrap(Html *html, HtmlNode *parent, HtmlNode *before, HtmlNode *last, const char *name);

/* Only NODES (of HtmlNode *, none within another, in the order of the document) and what is in them
 * are left. */
void html_keep(Html *html, const GPtrArray *nodes);

/* For the readers. What they take from the tree lives as long as it. */

/* A new last child of PARENT (NULL: outermost). */
HtmlNode *html_add_node(Html *html, HtmlNode *parent);

/* A new last attribute of NODE, behind LAST, which is NULL for the first. NAME and VALUE are borrowed. */
HtmlAttribute *html_add_attribute(Html *html, HtmlNode *node, HtmlAttribute *last, const char *name,
                                  const char *value);

/* Takes over TEXT and returns it. */
char *html_take_text(Html *html, char *text);
