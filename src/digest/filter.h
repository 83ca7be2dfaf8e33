/* filter.h - the language in which topics, subscribers and newsletters say what they want.
 *
 *     expression = term { "or" term }            lowest precedence
 *     term       = factor { ["and"] factor }     a space means and
 *     factor     = ["not" | "-"] ( "(" expression ")" | [field ":"] text | age )
 *     text       = word | prefix* | "a phrase" | "a phra*"
 *     field      = title | text | feed | category | author | site | lang | topic
 *                | like | like-strict | like-wide
 *     age        = "age" ( "<" | "<=" | ">" | ">=" ) number ( "h" | "d" | "w" )
 *
 * "ki and not (aktien or krypto*) or feed:heise". A word stands for itself in title and text, and
 * also for what has the same stem in the article's language; fields narrow where it must stand.
 * Some compare something else, and whole: feed: the feed's name, site: the host of the article's
 * URL (or a parent of it: site:example.org has www.example.org), lang: its language (lang:de has
 * de-at), topic: whatever that topic of the newsletter matches. Age counts from what the article
 * says when it was published. like: is near to words that tell what an article was about
 * (likeness.h), like:"elbtunnel stau sperrung"; the other two are nearer, and less near.
 *
 * Case, Unicode form and the spellings of umlauts (ä/ae, ö/oe, ü/ue, ß/ss) do not matter; parts of
 * hyphenated compounds are words. "and", "or", "not" are words of the language unless quoted.    */
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

/* The names of the topics that it refers to (borrowed from it). */
GPtrArray *filter_topics(const Filter *filter);

/* The terms (of char *, owned, as filter_write() spells them) that ARTICLE of CORPUS has, but those
 * behind a not: why it was found. */
GPtrArray *filter_hits(const Filter *filter, Corpus *corpus, size_t article);

/* The same of those behind a not: why it was not found. */
GPtrArray *filter_denials(const Filter *filter, Corpus *corpus, size_t article);

/* TEXT (a title where FIELD is FIELD_TITLE, else FIELD_TEXT) of an article in LANGUAGE (or NULL), with
 * BEFORE and AFTER around each word that such a term looks for. Of a phrase each word is marked, also
 * where it stands alone. The caller's. */
char *filter_mark(const Filter *filter, const char *text, CorpusField field, const char *language,
                  const char *before, const char *after);
