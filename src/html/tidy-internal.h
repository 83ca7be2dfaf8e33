/* tidy-internal.h - the quick reader of HTML that is tidy, as most of it is in feeds and all of it is
 * that we write ourselves.
 *
 * Tidy is what every parser reads the same: known elements only, each closed in its turn and none
 * where a parser would move it (element.c says what holds what), values in quotes, no comments. What
 * is not is left to libxml2.                                                                       */
#pragma once

#include "html/tree-internal.h"

/* Reads TEXT into HTML, which is empty. False: it is not tidy, and what is in HTML now is of no use. */
bool tidy_read(Html *html, const char *text);
