/* extract.h - the article of a web page, without all that stands around it.
 *
 *     bare → tree → claims (what the page says of itself)
 *                 → paragraphs (a line is an element)
 *                 → furniture out → body (which part it is) → furniture out of it → text, html
 *
 * Pure; the page is untrusted, so let a child do it (feed/page.h).                                */
#pragma once

#include <glib.h>

typedef struct {
    char *title;    /* one line, or NULL */
    char *byline;   /* who wrote it; or NULL */
    char *language; /* BCP 47, or NULL */
    char *site;     /* the publisher's name, else the host; or NULL */
    char *text;     /* plain, paragraphs apart by an empty line; "" when there is no article */
    char *html;     /* the same, fit for a mail (sanitize.h) */
    GPtrArray
        *dates; /* of char *: when it may have been published, as the page has it, best first */
} Extract;

/* PAGE is in valid UTF-8, of which PAGE_INPUT_MAX octets are read (without scripts); URL, where it came
 * from, may be NULL. */
Extract *extract_new(const char *page, const char *url);
void extract_free(Extract *extract);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Extract, extract_free)
