/* preview.h - exactly what would go out to one person, without sending it. */
#pragma once

#include "jobs/instance.h"
#include "subscriber/subscription.h"

typedef enum {
    PREVIEW_HTML,
    PREVIEW_TEXT,
    PREVIEW_EML, /* the message, byte for byte */
} PreviewFormat;

/* Whoever is nobody (ADDRESS_KEY is NULL) chose nothing, has had digests before and is written to at the
 * sender's own address: so it looks to a new reader without topics of their own. */

/* That reader. */
Subscription *preview_nobody(const Instance *instance, const char *newsletter, GError **error);

/* Finds what would go out next to the subscriber with ADDRESS_KEY: cuts, on the dry run's copy, the
 * issue of their slot as if it were due. DEPESCHE_ERROR_INPUT when they are no subscriber of
 * NEWSLETTER or there is nothing new. */
bool preview_next(Instance *instance, const NewsletterConfig *newsletter, const char *address_key,
                  int64_t *issue_id, GError **error);

/* Appends what the subscriber with ADDRESS_KEY gets of ISSUE_ID. INSTANCE is a dry run. *EMPTY is
 * true when they would get no mail. DEPESCHE_ERROR_INPUT when they are no subscriber of it. */
bool preview(Instance *instance, int64_t issue_id, const char *address_key, PreviewFormat format,
             GString *out, bool *empty, GError **error);
