/* safe_list-internal.h - lists of facts from documents that are no feeds, read in a child (safe.h). */
#pragma once

#include <stdbool.h>
#include "feed/fact-internal.h"
#include "feed/safe.h"

typedef struct {
    const FactTable *table; /* of the objects, with new_object */
    GDestroyNotify free_object;
    /* In the child: adds objects to LIST. TEXT is the document in valid UTF-8. */
    bool (*read)(const char *text, size_t size, const SafeDocument *document, GPtrArray *list,
                 GError **error);
} SafeListKind;

/* The list that DOCUMENT holds. NULL and the errors of KIND->read, or DEPESCHE_ERROR_INPUT saying
 * which limit was met. */
GPtrArray *safe_list_read(const SafeListKind *kind, const SafeDocument *document, GError **error);
