/* body-internal.h - which part of a page is the article. */
#pragma once

#include "html/tree-internal.h"

/* The nodes that hold the article (of HtmlNode *, borrowed; none within another, in the order of
 * the document): first those that their makers call so, where enough text is in them; else those
 * with most text around them. Empty when the page has no text. HTML is without furniture already.
 * HEADING (may be NULL) has the page's title: an <article> around it is the page's own, others are of
 * other pages. */
GPtrArray *body_find(const Html *html, const HtmlNode *heading);
