/* plain.h - the words of a mail: its HTML without tags, and text of any character set as UTF-8. Pure, for
 * reading alone: nothing of it is shown as HTML again.                                              */
#pragma once

#include <stddef.h>

/* Text of HTML (UTF-8): a new line where a block begins or ends, the common entities. */
char *plain_from_html(const char *html);

/* UTF-8 of SIZE bytes in CHARSET (NULL or wrong: guessed). Line ends are line feeds. */
char *plain_from_bytes(const char *bytes, size_t size, const char *charset);
