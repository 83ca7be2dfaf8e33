/* blocks-internal.h - an article line by line: each block without blocks in it, in order.
 *
 * Who finds that one is no part of the article drops it; the others keep their places.            */
#pragma once

#include "html/tree-internal.h"

typedef struct {
    HtmlNode *node;
    char *line;   /* its text, on one line */
    size_t text;  /* characters */
    size_t links; /* of them, in links */
    int rank;     /* of a heading, 1 to 6; else 0 */
    bool is_gone;
} Block;

typedef struct {
    GArray *blocks; /* of Block */
    size_t text;    /* characters of them all, as they were */
} Blocks;

void blocks_init(Blocks *blocks, const Html *html);
void blocks_clear(Blocks *blocks);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Blocks, blocks_clear)

Block *blocks_get(const Blocks *blocks, guint i);

void blocks_drop(const Blocks *blocks, guint i);
void blocks_drop_range(const Blocks *blocks, guint first, guint end);

/* NODE with all blocks in it, and pictures beside them. */
void blocks_drop_box(const Blocks *blocks, HtmlNode *node);

/* The characters from block FIRST to END that are still there. */
size_t blocks_text(const Blocks *blocks, guint first, guint end);

/* The blocks in NODE: behind the last of them, and in *FIRST the first. */
guint blocks_within(const Blocks *blocks, const HtmlNode *node, guint *first);

/* The largest element around NODE that holds little of the text: a heading, a line or two. NULL: none. */
HtmlNode *blocks_small_box(const Blocks *blocks, const HtmlNode *node);

/* A cell of a table. */
bool block_is_cell(const Block *block);

/* It ends with a full stop or what may stand for one. */
bool block_ends_like_sentence(const Block *block);

/* "Similar projects exist elsewhere.": no heading, some words and a full stop, few of them in links. */
bool block_is_sentence(const Block *block);

/* The outermost list or table that the block is part of, or NULL. */
const HtmlNode *block_list(const Block *block);

/* Behind the last character of LINE that is no closing mark of a quotation. */
const char *quotation_end(const char *line);

/* What takes blocks out (furniture_clear_text() calls them). */

/* Lines with a price and a link to where it is paid, and boxes that end in something to press. */
void offers_clear(const Blocks *blocks, const Html *html);

/* The title and what is before it, and labels before the first sentence. */
void ends_clear_begin(const Blocks *blocks, const char *title);

/* Labels behind the last sentence, who wrote it (AUTHOR, or "") and how to reach them, and notes about it. */
void ends_clear_end(const Blocks *blocks, const char *author);

/* Sentences that stand in the text once more, in large letters. */
void repeats_clear(const Blocks *blocks);
