/* letter.h - one recipient's mail of an issue, on its way through a dispatch. Plain facts. */
#pragma once

#include "delivery/delivery.h"
#include "jobs/edition.h"
#include "store/ledger.h"

typedef struct {
    Recipient *recipient;
    Delivery delivery;  /* as it is about to stand in the ledger */
    Edition *edition;   /* borrowed */
    void *segment;      /* the dispatcher's own */
    guint group;        /* the window's own: of domains */
    guint tries;        /* in this run */
    guint faults_known; /* of the dispatcher, when it was last let go on */
    bool begun;         /* DELIVERY is an intent, though perhaps not in the ledger */
    bool intended;      /* its intent is in the ledger */
    bool withdrawn;     /* its intent was not written */
    bool left;          /* because the person has left */
    GList link;         /* the supply's own */
} Letter;
