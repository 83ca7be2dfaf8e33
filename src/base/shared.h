/* shared.h - texts that many renditions have in them: an article as the template shows it, and what
 * the template says around it.
 *
 * Such a text is kept for as long as renditions are made, and a rendition says where it has it. Work on
 * it, as encoding it for a mail, can then be done once for all of them.                           */
#pragma once

#include <stddef.h>

/* It is not worth the while to tell of shorter ones. */
#define SHARED_SIZE_MIN 128u

typedef struct {
    const char *text; /* where it is kept: no other text is there while renditions are made */
    size_t at;        /* where it stands in the rendition, as it is */
    size_t size;
} SharedText;
