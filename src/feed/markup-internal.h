/* markup-internal.h - where the parts of a document begin and end, as it stands: nothing is mended here.
 *
 * All of it looks from AT on and no further than END.                                              */
#pragma once

#include <stdbool.h>

/* A tag with more is meant to cost us time: libxml2 compares each attribute with all others. */
#define MARKUP_ATTRIBUTES_MAX 200u

/* Whether WORD stands at AT, in whatever case. */
bool markup_begins(const char *at, const char *end, const char *word);

/* The next WORD, or NULL. */
const char *markup_find(const char *at, const char *end, const char *word);

/* Where the document begins: at the first thing that looks like the start of one, since servers put their
 * warnings, blank lines and counters before it. */
const char *markup_find_start(const char *at, const char *end);

/* True for "<?xml" of a declaration, which some end with '>' alone. */
bool markup_is_declaration(const char *at, const char *end);

/* Where a DOCTYPE or another declaration ends; its internal subset holds '>' in brackets and quotes, and
 * apostrophes in comments. */
const char *markup_declaration_end(const char *at, const char *end);

/* True when AT may be the name of a tag; what is none comes after a "<" that somebody forgot to escape. */
bool markup_is_name(const char *at, const char *end);

/* True for the names of elements that HTML never closes and no feed knows. */
bool markup_is_empty_element(const char *at, const char *end);

/* The '>' of the tag at AT, or NULL when another tag begins before it, or it is very long. */
const char *markup_tag_close(const char *at, const char *end);

/* Counts the attributes of the tag whose name begins at AT, until there are too many. In *CLOSE the tag's
 * '>', or NULL when another tag begins before it or may do so. */
unsigned markup_count_attributes(const char *at, const char *end, const char **close);
