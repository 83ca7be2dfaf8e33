/* charset-internal.h - what the labels of character sets mean. */
#pragma once

#include <stddef.h>

/* What iconv calls the character set that a document or a server labels LABEL (SIZE octets); NULL
 * when nothing is known by it, and for UTF-8, UTF-16 and UTF-32, which are told by their octets.
 * As browsers do: a label means the largest set that is sent under it. */
const char *charset_find(const char *label, size_t size);
