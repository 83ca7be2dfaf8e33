/* excerpt-internal.h - the teaser of an article: whole sentences, never a broken word. */
#pragma once

#define EXCERPT_MAX 280 /* characters */

/* The first sentences of TEXT up to EXCERPT_MAX characters, at least one; a longer first sentence is
 * cut at a word's end. A sentence that only repeats TITLE, and tails like "weiterlesen", are left
 * out. The caller owns it; may be "". */
char *excerpt_new(const char *text, const char *title);
