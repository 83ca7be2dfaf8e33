/* ledger-internal.h - a row of the ledger, as the files that read it share it. */
#pragma once

#include "store/driver-internal.h"
#include "store/ledger.h"

/* In place of a lease, on a segment that was given back before all in it were reached. */
#define SEGMENT_UNFINISHED (-1)

/* Of a row of work, whether there may be somebody in its segment who has not had their turn; with
 * $unfinished. */
#define WORK_IS_UNREAD                                                                             \
    "(work.state = 1 OR (work.state = 0 "                                                          \
    "  AND (work.next_at = 0 OR work.lease_until = $unfinished))) "

/* Of issue and subscription, whether it had too few articles there: what there was waits for it, or has come
 * with a later digest. */
#define HAS_WAITED                                                                                 \
    "EXISTS (SELECT 1 FROM waiter WHERE waiter.issue_id = issue.id "                               \
    "  AND waiter.subscription_id = subscription.id) "

#define DELIVERY_COLUMNS                                                                           \
    "delivery.state, delivery.attempt, delivery.first_at, delivery.at, delivery.next_at, "         \
    "delivery.code, delivery.status, delivery.note"
#define DELIVERY_COLUMN_COUNT 8

/* Reads DELIVERY_COLUMNS from COLUMN on; nothing else of DELIVERY is touched. */
void delivery_read(Query *query, int column, Delivery *delivery);
