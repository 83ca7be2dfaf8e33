/* preview.h - exactly what would go out to one person, without sending it. */
#pragma once

#include "jobs/instance.h"

typedef enum {
    PREVIEW_HTML,
    PREVIEW_TEXT,
    PREVIEW_EML, /* the message, byte for byte */
} PreviewFormat;

/* Appends what the subscriber with ADDRESS_KEY gets of ISSUE_ID. INSTANCE is a dry run. *EMPTY is
 * true when they would get no mail. DEPESCHE_ERROR_INPUT when they are no subscriber of it. */
bool preview(Instance *instance, int64_t issue_id, const char *address_key, PreviewFormat format,
             GString *out, bool *empty, GError **error);
