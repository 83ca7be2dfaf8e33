/* encode.h - text to what may stand in a message: header words, quoted-printable, base64.
 *
 * Everything appended ends its lines with CRLF and keeps them at 76 characters. Input is UTF-8.  */
#pragma once

#include <stdint.h>
#include <stddef.h>
#include <glib.h>
#include "mail/address.h"

/* "NAME: TEXT\r\n", folded; words that are not ASCII become RFC 2047 encoded-words in UTF-8, cut
 * between characters. For unstructured fields (Subject) and phrases. */
void header_write_text(GString *out, const char *name, const char *text);

/* "NAME: VALUE\r\n" folded at spaces only, never encoded: for structured fields and URLs. VALUE is
 * ASCII. A longer word than a line stands whole on its own line (up to RFC 5322's 998). */
void header_write_raw(GString *out, const char *name, const char *value);

/* "NAME: display name <address>\r\n" */
void header_write_mailbox(GString *out, const char *name, const Mailbox *mailbox);

/* "NAME: Mon, 23 Nov 2026 06:00:00 +0100\r\n" (RFC 5322, 3.3) in ZONE. */
void header_write_date(GString *out, const char *name, int64_t time, GTimeZone *zone);

/* Quoted-printable (RFC 2045, 6.7) of text with LF line ends; "From " and "." at a line's start
 * are encoded too. Returns the column after the last character. COLUMN is where the first stands. */
size_t quoted_printable_write(GString *out, const char *text, size_t size, size_t column);

/* base64 (RFC 2045, 6.8) in lines of 76. */
void base64_write(GString *out, const void *bytes, size_t size);

/* The same of text, whose line feeds become CRLF first. */
void base64_write_text(GString *out, const char *text, size_t size);
