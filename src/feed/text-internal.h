/* text-internal.h - bytes from a server to text that libxml2 can take. */
#pragma once

#include <glib.h>

/* Valid UTF-8 of BYTES, without a byte order mark. What is UTF-8 by itself is taken as that; else a
 * byte order mark, the XML declaration and CONTENT_TYPE (HTTP; may be NULL) are asked in this order,
 * and Windows-1252 is the last resort. */
char *feed_decode(GBytes *bytes, const char *content_type);

/* XML text made fit for a strict parser, in one pass: what stands before the first tag, the XML
 * declaration and the DOCTYPE are left out; named references become numeric ones, those that name
 * nothing and bare ampersands become "&#38;". CDATA sections stay as they are. */
char *feed_repair(const char *text);
