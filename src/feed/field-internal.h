/* field-internal.h - what the elements of a feed and of an entry mean, one at a time.
 *
 * BASE is what URLs in ELEMENT stand against (may be NULL). An element that says nothing known is
 * passed over. Only children of the entry itself are given here, so that the title of a picture
 * never becomes the entry's.                                                                     */
#pragma once

#include <libxml/tree.h>
#include "feed/draft-internal.h"

/* RSS and all extensions (dc, content, media, itunes …). */
void field_read(Draft *draft, const xmlNode *element, const char *base);

/* Atom, 0.3 and 1.0. */
void field_read_atom(Draft *draft, const xmlNode *element, const char *base);

/* The markup TEXT of ELEMENT (taken over), and the base of what is relative in it. */
void field_take_markup(Draft *draft, Field field, int rank, char *text, const xmlNode *element,
                       const char *base);
