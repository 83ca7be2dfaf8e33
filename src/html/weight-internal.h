/* weight-internal.h - how much text is in each part of a page, and of what kind.
 *
 * Text is weighed line by line, a line being what stands between two ends of blocks. Prose are lines
 * that are sentences rather than labels. A line gives points to the blocks around it, fewer to each
 * further one, so that the block with most points is the one that holds a text rather than all of the
 * page: that goes back to Readability by arc90.                                                   */
#pragma once

#include "html/tree-internal.h"

typedef struct {
    size_t text;  /* characters, white space folded */
    size_t links; /* of them, in links */
    size_t prose; /* of them, in sentences */
    double points;
} Weight;

/* Of all elements in a tree, as it is now. */
typedef struct Scale Scale;
Scale *scale_new(const Html *html);
void scale_free(Scale *scale);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Scale, scale_free)

/* Of NODE; never NULL. */
const Weight *scale_get(const Scale *scale, const HtmlNode *node);

const Weight *scale_total(const Scale *scale);

/* True for an element that begins a new line. */
bool node_is_block(const HtmlNode *node);

/* True when there are such within NODE. */
bool node_has_blocks(const HtmlNode *node);

/* True when a line of TEXT characters, LINKS of them in ANCHORS links, may be a sentence all the same: who
 * tells what others tell links to each of them. */
bool links_make_sentence(size_t text, size_t links, unsigned anchors);
