/* sanitize.h - HTML from outside, made fit for a mail.
 *
 * libxml2 builds a tree, an allow-list picks from it, and our own serialiser writes it anew:
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

/* HTML is a fragment in UTF-8; relative URLs are resolved against BASE_URL (may be NULL: then they
 * are dropped). Never NULL; "" when nothing is left. The caller owns the result. */
char *html_sanitize(const char *html, const char *base_url);

/* The text a reader would see: blocks are separated by a blank line, <br> is a line feed, list
 * items begin with "- ", white space is folded, links and pictures leave only their text. */
char *html_to_text(const char *html);

/* The URL of the first picture that is no pixel (http or https, absolute), or NULL. */
char *html_first_image(const char *html, const char *base_url);

/* TEXT with & < > " ' escaped, appended to OUT. */
void html_escape(GString *out, const char *text);
