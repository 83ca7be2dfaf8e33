/* decode-internal.h - the first stage: bytes in any character set become valid UTF-8. */
#pragma once

#include <glib.h>

/* BYTES as valid UTF-8 without a byte order mark. What a byte means is settled by, in this order:
 * the byte order mark, whether all of it is UTF-8, the document's declaration (of XML, or a page's
 * <meta>), the charset of CONTENT_TYPE (may be NULL). Bad bytes become U+FFFD. Never NULL; shares
 * BYTES where it can. */
GBytes *bytes_decode(GBytes *bytes, const char *content_type);

/* The character set other than UTF-8 and CP1252 that bytes_decode() may convert from, as iconv calls
 * it; NULL when there is none. */
const char *bytes_charset(GBytes *bytes, const char *content_type);
