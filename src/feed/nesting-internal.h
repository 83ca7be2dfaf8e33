/* nesting-internal.h - tags of a document that closes them as it likes: each is closed where it has
 * to be.
 *
 * An end tag closes all that was opened since its start tag; one without a start tag is left out. An
 * item ends at the latest where the next one begins, so that what one writer forgot does not put all
 * that follows into one item.                                                                     */
#pragma once

#include <glib.h>

typedef struct Nesting Nesting;

Nesting *nesting_new(void);
void nesting_free(Nesting *nesting);

/* Appends to OUT what becomes of the start or end tag at AT ("<b …>", "</b>"); text up to END may be
 * looked at. The octet behind it, or NULL, when it does not end. */
const char *nesting_write_start(Nesting *nesting, GString *out, const char *at, const char *end);
const char *nesting_write_end(Nesting *nesting, GString *out, const char *at, const char *end);

/* Closes all that is open. */
void nesting_finish(Nesting *nesting, GString *out);
