/* reference-internal.h - "&amp;", "&eacute;", "&#8211;": what a reference of HTML stands for. */
#pragma once

#include <stdbool.h>
#include <glib.h>

/* Reads the reference that begins with the '&' at *AT and moves *AT behind it. In *C its
 * character; 0 for one that XML forbids, which stands for nothing. False, nothing done, when there
 * is no name that HTML knows or no ';': in a URL, "&copy=2" is a parameter. */
bool reference_read(const char **at, const char *end, gunichar *c);

/* TEXT with its references decoded once; the caller owns it. */
char *references_decode(const char *text);

/* C as XML allows it: 0 for what it forbids (XML 1.0, 2.2), C1 controls as Windows-1252. */
gunichar xml_character(gunichar c);
