/* markdown-internal.h - a letter in Markdown (CommonMark) as both parts of a mail. */
#pragma once

#include <stddef.h>
#include <glib.h>
#include "digest/markdown.h"

/* Sanitised HTML; raw HTML in MARKDOWN is left out. SOURCES (char * -> char *) has the address of each
 * picture by the one that stands in MARKDOWN; where it has none, the picture's description stands in the
 * text. The caller owns it. */
char *markdown_to_html(const char *markdown, GHashTable *sources);

/* Plain text, wrapped at WIDTH columns: headings are underlined, quotations begin with "> ", a link
 * is followed by its address in <>. Code is neither wrapped nor changed. No line feed at the end.
 * The caller owns it. */
char *markdown_to_text(const char *markdown, size_t width);
