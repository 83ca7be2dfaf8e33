/* letter.h - one recipient's mail of an issue, on its way through a dispatch. Plain facts. */
#pragma once

#include "delivery/delivery.h"
#include "jobs/edition.h"
#include "store/ledger.h"

typedef struct {
    Recipient *recipient;
    Delivery delivery; /* as it is about to stand in the ledger */
    Edition *edition;  /* borrowed */
    GArray *left;      /* of int64_t: waits for the recipient with this digest; NULL: as before */
    GArray *back;      /* of int64_t: of the mail of who is away, comes with a later one; or NULL */
    void *segment;     /* the dispatcher's own */
    guint group;       /* the window's own: of domains */
    guint tries;       /* in this run */
    int64_t let_go_at; /* monotonic: to be sent; later its dot */
    bool begun;        /* DELIVERY is an intent, though perhaps not in the ledger */
    bool intended;     /* its intent is in the ledger */
    bool withdrawn;    /* its intent was not written */
    bool has_left;     /* because the person has left */
    bool is_stale;     /* because what waits for them has changed */
    GList link;        /* the supply's own */
} Letter;
