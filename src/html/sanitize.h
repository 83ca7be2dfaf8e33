/* sanitize.h - HTML from outside, made fit for a mail.
 *
 * A tree is built, an allow-list picks from it, and our own serialiser writes it anew:
 * lower-case names, quoted values, everything escaped. Nothing that can run, style, frame or
 * track survives: no script, style, form, svg, math, comment; attributes only of the list in
 * sanitize.c; a URL only as link.h lets it through; no pixel pictures. Sanitising the result again
 * changes nothing.                                                                               */
#pragma once

#include <glib.h>

/* Input beyond this is cut before parsing: an entry of half a megabyte is a broken feed. */
#define SANITIZE_INPUT_MAX (512u * 1024)
/* Elements nested deeper are unwrapped. */
#define SANITIZE_DEPTH_MAX 200

/* A fragment that was read, for all that is asked of it. Reading costs more than the questions. */
typedef struct Html Html;

/* TEXT is in UTF-8. Never touches the network. What is beyond SANITIZE_INPUT_MAX, or nested more than
 * 256 deep, is cut off. */
Html *html_new(const char *text);
void html_free(Html *html);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Html, html_free)

/* Fit for a mail; relative URLs are resolved against BASE_URL (may be NULL: then they are dropped).
 * Never NULL; "" when nothing is left. The caller owns the result. */
char *html_clean(const Html *html, const char *base_url);

/* The text a reader would see: blocks are separated by a blank line, <br> is a line feed, list
 * items begin with "- ", white space is folded, links and pictures leave only their text. It ends
 * soon after MAX octets. */
char *html_text(const Html *html, size_t max);

/* The URL of the first picture that is no pixel (http or https, absolute), or NULL. */
char *html_image(const Html *html, const char *base_url);

/* html_clean() and html_text() for who has one question only. */
char *html_sanitize(const char *text, const char *base_url);
char *html_to_text(const char *text);

/* TEXT with & < > " ' escaped, appended to OUT. */
void html_escape(GString *out, const char *text);
