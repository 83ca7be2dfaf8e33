/* filter.h - the language in which topics and subscribers say what they want.
 *
 *     expression = term { "or" term }            lowest precedence
 *     term       = factor { ["and"] factor }     a space means and
 *     factor     = ["not" | "-"] ( "(" expression ")" | [field ":"] text )
 *     text       = word | prefix* | "a phrase" | "a phra*"
 *     field      = title | text | feed | category | author
 *
 * "ki and not (aktien or krypto*) or feed:heise". A word stands for itself in title and text;
 * fields narrow where it must stand. feed: compares the feed's whole name. Case, Unicode form and
 * the spellings of umlauts (ä/ae, ö/oe, ü/ue, ß/ss) do not matter; parts of hyphenated compounds
 * are words. "and", "or", "not" are words of the language unless quoted.                        */
#pragma once

#include <glib.h>
#include "digest/corpus.h"

#define FILTER_TERMS_MAX  64
#define FILTER_LEVELS_MAX 16
#define FILTER_LENGTH_MAX 4096 /* octets */

typedef struct Filter Filter;

/* NULL and DEPESCHE_ERROR_INPUT: "column 12: expected ')'…". */
Filter *filter_parse(const char *text, GError **error);
void filter_free(Filter *filter);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Filter, filter_free)

/* The canonical spelling: equal filters have equal text, and parsing it gives the same filter. */
void filter_write(GString *out, const Filter *filter);

/* The articles of CORPUS that match, as a set of their indexes. The caller owns it. Terms are
 * looked up once per corpus; the rest is bit operations. */
Bitset *filter_select(const Filter *filter, Corpus *corpus);
