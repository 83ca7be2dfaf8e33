/* discover.h - the feeds of a web page that nobody trusts. */
#pragma once

#include "feed/safe.h"
#include "html/page.h"

/* page_feeds() of PAGE, read in a child as feeds are (safe.h). NULL and DEPESCHE_ERROR_INPUT when the
 * child meets a limit; a page without feeds is an empty list. */
GPtrArray *discover_in_page(const SafeDocument *page, GError **error);

/* Where many sites have their feed although no page says so: paths, ended by NULL. */
extern const char *const discover_paths[];
