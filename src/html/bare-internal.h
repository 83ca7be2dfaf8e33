/* bare-internal.h - the source of a page without what no reader sees, and what its scripts hold as
 * data.
 *
 * Scripts, styles, drawings and comments are most of many a page; the tree is made of the rest. */
#pragma once

#include <glib.h>

typedef struct {
    char *html;      /* without them */
    GPtrArray *data; /* of char *: the scripts that are JSON-LD, as they stand */
} Bare;

/* PAGE is valid UTF-8. */
Bare *bare_new(const char *page);
void bare_free(Bare *bare);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Bare, bare_free)
