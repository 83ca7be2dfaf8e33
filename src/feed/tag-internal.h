/* tag-internal.h - start tags as HTML lets people write them: attributes without quotes, without
 * values, twice, or with "<" in them. */
#pragma once

#include <glib.h>

/* The name that begins at AT; the caller owns it. */
char *tag_name(const char *at, const char *end);

/* Appends to OUT, as XML has it, the start tag that begins at AT with '<' and a letter; text up to
 * END may be looked at. The octet behind it, or NULL, nothing done, when it does not end. */
const char *tag_write(GString *out, const char *at, const char *end);
