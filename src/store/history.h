/* history.h - the ledger afterwards: who got what, and how it is kept small.
 *
 * While an issue is open, and for some time after, each delivery has a row. Then what was sent becomes
 * one bit for each mail, in a map of 512 bytes for a segment; what went wrong keeps its row.      */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>
#include "delivery/delivery.h"
#include "store/store.h"

/* Makes the maps of every issue that ended before BEFORE; *COUNT is how many issues that were. One
 * transaction for each segment: it may die anywhere. */
bool history_compact(Store *store, int64_t before, guint *count, GError **error);

typedef struct {
    int64_t issue;           /* 0: all */
    int state;               /* DeliveryState, or -1: all */
    const char *address_key; /* NULL: all */
    const char *domain;      /* of the recipients, lower case; NULL: all */
    int limit;               /* 0: all */
} DeliveryQuery;

typedef struct {
    Delivery delivery;
    char *newsletter;
    int64_t number;
    char *address;
    uint64_t reference; /* of the subscription */
} DeliveryRecord;

void delivery_record_free(DeliveryRecord *record);

/* Of DeliveryRecord *, newest first. Of what is only a bit any more, the time is that at which its
 * issue ended, and nothing is known of the server's words; it comes last. */
GPtrArray *history_list(Store *store, const DeliveryQuery *query, GError **error);
