/* repair-internal.h - the second stage: text that libxml2 can read without losing anything.
 *
 * libxml2's recovery drops every named reference after the first error (from then on "&amp;" is
 * nothing), so what is mended here is what would otherwise be lost. One pass; line feeds stay
 * where they are, so that libxml2's line numbers are those of the document.                      */
#pragma once

#include <stddef.h>
#include <glib.h>

/* TEXT (valid UTF-8) as XML without declarations, processing instructions and comments: references
 * are numeric, bare "&" and "<" escaped, characters that XML forbids and what stands before the
 * first tag dropped, HTML's empty elements closed. */
GString *xml_repair(const char *text, size_t size);
