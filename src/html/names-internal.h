/* names-internal.h - what the people who built a page call its parts: classes, ids and the like. */
#pragma once

#include <stdbool.h>
#include "html/tree-internal.h"

/* The words of class, id and what else names NODE, in lower case, with one space before and behind
 * each: "postBody td-post_content" becomes " post body td post content ". Not NULL. */
char *node_names(const HtmlNode *node);

/* True when NAMES holds one of ENTRIES, which are separated by ", ": words in a row; the last one may go
 * on when the entry ends with '*'. "share bar" is in " top share bar ", "ad" is not in " head ". */
bool names_hold(const char *names, const char *entries);

/* The first of ENTRIES that NAMES holds, as a place in ENTRIES; or NULL. */
const char *names_find(const char *names, const char *entries);
