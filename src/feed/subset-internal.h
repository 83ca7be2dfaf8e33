/* subset-internal.h - the entities that a document declares for itself in its DOCTYPE. */
#pragma once

#include <glib.h>

/* Those of the declaration from AT to END that are plain text: name to text, both char *. What
 * holds mark-up or other entities and what lies elsewhere is not among them, so no text grows by
 * being read. NULL when there are none. */
GHashTable *subset_read(const char *at, const char *end);
