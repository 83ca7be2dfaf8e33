/* lines.h - the lines of HTML: what stands between two ends of blocks, as text. */
#pragma once

#include <glib.h>
#include "html/sanitize.h"

/* Of char *, in order; none is empty. */
GPtrArray *html_lines(const Html *html);

/* Takes those away whose text is a key of LINES. */
void html_drop_lines(Html *html, GHashTable *lines);
