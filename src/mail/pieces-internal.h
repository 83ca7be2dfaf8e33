/* pieces-internal.h - a mail taken apart by GMime: all that the rest of the room reads it by.
 *
 * Runs in the sandboxed child, since GMime 3.2.13 can hang on a hostile header.                       */
#pragma once

#include <stdbool.h>
#include <glib.h>

#include "mail/fields.h"

typedef struct {
    Fields *header;        /* of the mail itself, as it stands */
    GPtrArray *recipients; /* of char *: addr-specs, the most trustworthy first */
    char *from;            /* the first addr-spec, or NULL */
    char *from_name;       /* decoded, or NULL */
    char *subject;         /* decoded, on one line, or NULL */
    char *message_id;      /* or NULL */
    GString *text;         /* what it says in words, UTF-8 */
    GString *status;       /* of message/delivery-status */
    GString *feedback;     /* of message/feedback-report */
    GString *returned;     /* the header of the first mail that it carries */
    bool is_report;        /* multipart/report */
    bool is_receipt;       /* somebody's program says that it was read (RFC 8098) */
} Pieces;

/* NULL when BYTES are no mail. */
Pieces *pieces_read(const char *bytes, size_t size);
void pieces_free(Pieces *pieces);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pieces, pieces_free)
