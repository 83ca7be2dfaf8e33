/* repair-internal.h - the second stage: text that libxml2 can read without losing anything.
 *
 * libxml2's recovery drops every named reference after the first error (from then on "&amp;" is
 * nothing), so what is mended here is what would otherwise be lost. One pass, of
 * which no more than a part is in memory; line feeds stay where they are, so that libxml2's line
 * numbers are those of the document.                                                             */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <glib.h>

typedef struct Repair Repair;

/* For TEXT (valid UTF-8, borrowed): what is read is XML without declarations, processing
 * instructions and comments; references are numeric, bare "&" and "<" escaped, characters that XML
 * forbids and what stands before the first tag dropped, HTML's empty elements closed, the document's
 * own entities that are plain text put in their places. Long text and CDATA sections are put aside:
 * libxml2's loops would take each character through five functions. In the place of each stands a
 * processing instruction, and there are no others. THOROUGH, which takes longer, is for what was not
 * well-formed even so: then nothing is put aside, start tags are written anew, all are closed
 * (nesting-internal.h), and "]]>" is escaped. */
Repair *repair_new(const char *text, size_t size, bool thorough);
void repair_free(Repair *repair);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Repair, repair_free)

/* The next part of the mended text, as it is needed: at most SIZE octets into BUFFER; their
 * number, 0 at the end. */
size_t repair_read(Repair *repair, char *buffer, size_t size);

/* The text that the next processing instruction stands for: its references decoded, its lines ended by
 * line feeds. Each may be asked for once, and lasts until repair_read() is called. */
const char *repair_next_text(Repair *repair);
