/* extraction.h - the article of a web page that nobody trusts. */
#pragma once

#include <stdint.h>
#include "feed/safe.h"
#include "html/extract.h"

/* Longer pages are not read. */
#define EXTRACTION_PAGE_MAX (16u * 1024 * 1024)

/* extract_new() of PAGE, in a child as feeds are read (safe.h). NULL and DEPESCHE_ERROR_INPUT when the
 * child meets a limit; a page without an article has an empty text. */
Extract *extraction_of_page(const SafeDocument *page, GError **error);

/* When the article was published: the best of its dates that is one; 0: not said. */
int64_t extraction_published(const Extract *extract);
