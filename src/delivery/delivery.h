/* delivery.h - one message to one person and its state: a row of the ledger. Plain facts. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>
#include "delivery/verdict.h"

typedef enum {
    DELIVERY_INTENT = 1,   /* durable before the final dot leaves; found later: uncertain */
    DELIVERY_SENT = 2,     /* the server took responsibility */
    DELIVERY_DEFERRED = 3, /* to be tried again at next_at */
    DELIVERY_REFUSED = 4,  /* for good, with the server's words */
    DELIVERY_DROPPED =
        5,             /* not sent any more: left, suppressed, gave up, or on_uncertain says so */
    DELIVERY_HELD = 6, /* uncertain, and on_uncertain = "hold": waits for the operator */
} DeliveryState;

const char *delivery_state_name(DeliveryState state); /* "sent"; of an intent: "uncertain" */
bool delivery_state_find(const char *name, DeliveryState *state);
bool delivery_is_final(DeliveryState state);

typedef struct {
    int64_t issue;
    int64_t subscription;
    DeliveryState state;
    int attempt;      /* 1 is the first */
    int64_t first_at; /* time of the first attempt: giving up counts from here */
    int64_t at;
    int64_t next_at; /* of a deferred one; else 0 */
    int code;        /* of the server's last reply; 0: none */
    char *status;    /* "5.1.1", or NULL */
    char *note;      /* the server's words, or why; or NULL */
} Delivery;

void delivery_clear(Delivery *delivery);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Delivery, delivery_clear)
void delivery_free(Delivery *delivery); /* of one on the heap */

/* Begins an attempt: DELIVERY becomes an intent at NOW. */
void delivery_intend(Delivery *delivery, int64_t now);

/* Records what came of it; NOT_AFTER is the issue's, 0 is no limit. VERDICT_LATER and
 * VERDICT_OUR_FAULT become deferred, or dropped when retry_next() gives up; VERDICT_NOT_SENT is
 * deferred without counting the attempt; VERDICT_UNCERTAIN leaves the intent as it is. Only
 * VERDICT_REFUSED speaks of the address. */
void delivery_apply(Delivery *delivery, Verdict verdict, const SmtpReply *reply, int64_t now,
                    int64_t not_after);

/* Takes an intent back whose mail has certainly not been sent, because of REPLY: it is deferred, due
 * at once, and the attempt does not count. */
void delivery_take_back(Delivery *delivery, const SmtpReply *reply, int64_t now);
