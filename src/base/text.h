/* text.h - UTF-8 text: repair, measure, cut, fold. Pure; results belong to the caller. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <glib.h>

/* Makes valid UTF-8 of SIZE bytes: each bad sequence becomes U+FFFD; C0 controls but tab and line
 * feed, DEL, and noncharacters (placeholder.h lives there) are dropped; C1 controls become what
 * Windows-1252 means by them; CR LF and CR become line feeds. */
char *text_repair(const char *bytes, size_t size);

/* True for valid UTF-8 without NUL: g_utf8_validate_len(), quick where text is mostly ASCII. */
bool text_is_utf8(const char *bytes, size_t size);

/* text_repair() on one line: every run of white space (Unicode's too) is one space, ends trimmed;
 * bidirectional overrides and isolates (U+202A-202E, U+2066-2069) are dropped. For titles. */
char *text_single_line(const char *text);

/* False when TEXT holds CR, LF, NUL (never in a C string) or another control character: such text
 * may not stand in a header or in an SMTP command. */
bool text_is_line(const char *text);

/* At most MAX characters (code points; combining marks stay with their base), cut at a word's end
 * where one is near, with U+2026 when anything was cut. */
char *text_truncate(const char *text, size_t max);

/* TEXT (in UTF-8) in normal form NFC, where letters and their marks are one character if there is one;
 * NULL when it is so already. */
char *text_compose(const char *text);

/* For comparing: compatibility form NFKC, case folded. */
char *text_fold(const char *text);
/* … of its first SIZE octets, which hold no NUL. */
char *text_fold_part(const char *text, size_t size);

/* TEXT wrapped at WIDTH columns (code points, 1 at least), appended to OUT; a URL or address that is longer
 * stands alone on its line, whole, other words are cut. Line feeds in TEXT are kept. No trailing line feed
 * is added. */
void text_wrap(GString *out, const char *text, size_t width);

/* The word of WORDS nearest to WORD (edit distance of two at the most), or NULL: for "did you
 * mean". WORDS is NULL-terminated. */
const char *text_nearest(const char *word, const char *const *words);
