/* claims-internal.h - what a page says of itself: JSON-LD (schema.org), Open Graph and other <meta>,
 * what its elements are called, and what stands in it. The first that speaks is believed.        */
#pragma once

#include <glib.h>
#include "html/tree-internal.h"

/* Members are plain text on one line, or NULL. */
typedef struct {
    char *title;
    char *byline;
    char *house;    /* whose people wrote it, when nobody says who */
    char *language; /* BCP 47 */
    char *site;
    GPtrArray *dates; /* of char *: when it may have been published, best first */
    char *body;       /* plain text of the article, paragraphs apart */
} Claims;

/* HTML is the whole page, DATA what bare-internal.h found in its scripts. */
Claims *claims_new(const Html *html, const GPtrArray *data, const char *url);
void claims_free(Claims *claims);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Claims, claims_free)
