/* paragraphs-internal.h - running text that no paragraph holds.
 *
 * Pages of all times write their lines into a cell, a box or a <font>, apart by <br><br>, or beside
 * paragraphs. Who judges a page line by line wants each to be an element.                          */
#pragma once

#include "html/tree-internal.h"

/* Puts a paragraph around each run of text between two <br> in a row, and around each that has blocks
 * beside it. What holds such was a paragraph itself becomes a box, for none holds another. */
void paragraphs_make(Html *html);
