/* phrase.h - finding set phrases in what people and programs write. Pure.
 *
 * Tables of phrases are written as phrase_fold() writes text: lower case, one space between words, plain
 * apostrophes, "ss" for "ß". Then they are found whatever lines the text was broken into.           */
#pragma once

#include <stdbool.h>

/* TEXT (UTF-8) on one line, folded. */
char *phrase_fold(const char *text);

/* Whether one of PHRASES (NULL-terminated) stands anywhere in FOLDED, or at its beginning. */
bool phrase_any(const char *folded, const char *const *phrases);
bool phrase_begins(const char *folded, const char *const *phrases);
