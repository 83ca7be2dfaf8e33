/* dsn.h - delivery status notifications (RFC 3464; RFC 6533 for addresses beyond ASCII). Pure.
 *
 * Only "failed" is a bounce: "delayed" is a warning, and "delivered", "relayed" and "expanded" are good
 * news.                                                                                             */
#pragma once

#include "mail/failure.h"

typedef struct {
    GPtrArray *failures; /* of Failure *, of the recipients that failed */
    guint delayed;       /* others that the report names */
    guint reached;
} Dsn;

Dsn *dsn_new(void);
void dsn_free(Dsn *dsn);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Dsn, dsn_free)

/* Adds what the fields of a message/delivery-status say: a block for the message, then one for each
 * recipient. What is missing is made of the rest. */
void dsn_read(Dsn *dsn, const char *text);
