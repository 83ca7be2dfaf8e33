/* ledger.h - who got what: work by segment, an intent before each mail, a result after it.
 *
 * A segment is SEGMENT_SIZE consecutive subscription ids of one issue, claimed by one sender at a
 * time with a lease and a token. The order that survives a crash:
 *
 *     ledger_claim                             a segment is ours
 *       recipients, page by page
 *         ledger_exchange(intent 1)            durable, then the final dot of mail 1 leaves
 *         ledger_exchange(result 1, intent 2)  one commit for both, and for all connections
 *         ledger_exchange(result n)
 *     ledger_finish                            nothing is left in it, or some wait
 *
 * What dies in between leaves an intent without a result: that mail is uncertain. Nothing else is. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>
#include "delivery/delivery.h"
#include "digest/issue.h"
#include "store/store.h"
#include "subscriber/subscription.h"

#define SEGMENT_SIZE 4096

typedef struct {
    int64_t issue;
    int64_t number; /* of the segment: subscription id / SEGMENT_SIZE */
    int64_t token;  /* of the claim: whoever has a newer one is the owner */
} Segment;

/* To be called at NOW by whoever has the lock file, before the first claim: segments that a run left
 * behind when it died, or gave back unfinished, are open again at once, and so is what a clock that was
 * wrong has put off for longer than anything waits. */
bool ledger_begin_run(Store *store, int64_t now, GError **error);

/* The number of generation.h as the database has it. */
bool ledger_generation(Store *store, int64_t *number, GError **error);

/* The next one. */
bool ledger_advance(Store *store, int64_t *number, GError **error);

/* STORE is a copy, and what was sent since it was made is not known: its number is below zero from now on, by one
 * more than it was above. The keys of its issues and requests go on far behind those that may be out, for they are in the
 * Message-IDs of their mails. One that is a backup already stays as it is. */
bool ledger_mark_backup(Store *store, GError **error);

/* It is no copy any more: NUMBER, above zero, is its number. One that was not marked gets its keys as well. */
bool ledger_adopt(Store *store, int64_t number, GError **error);

/* Makes what waits in open issues (of ISSUE, or 0: of all; for the person ADDRESS_KEY, or NULL: for
 * all) due at NOW: deferred deliveries before their time, and uncertain ones that were held. For an
 * operator who knows that it is right. */
bool ledger_retry(Store *store, int64_t issue, const char *address_key, int64_t now,
                  GError **error);

/* Claims the next segment of ISSUE with something to do at NOW. *FOUND is false when there is none
 * (all done, or the rest waits for its next try). A segment whose lease ran out is taken over. */
bool ledger_claim(Store *store, int64_t issue, int64_t now, int64_t lease_seconds, Segment *segment,
                  bool *found, GError **error);

typedef struct {
    Subscription *subscription; /* NULL: its row makes no sense, as PROBLEM says */
    GError *problem;
    Delivery delivery; /* as it stands; state 0: none yet */
    bool suppressed;
} Recipient;

void recipient_free(Recipient *recipient);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Recipient, recipient_free)

typedef enum {
    RECIPIENTS_FRESH, /* active subscriptions without a delivery in this issue */
    RECIPIENTS_AGAIN, /* whatever their state: those with a delivery of an earlier claim that is not
                         final (an intent without a result, or deferred and due); where the
                         text has left once, their choice is what it was then */
} RecipientsKind;

/* The next at most LIMIT recipients of KIND of SEGMENT behind subscription AFTER_ID at NOW (of
 * Recipient *, by id). Fresh ones are asked for first: what was refused before may stop a run. */
GPtrArray *ledger_recipients(Store *store, const Segment *segment, RecipientsKind kind,
                             int64_t after_id, int64_t now, int limit, GError **error);

/* Reads what waits for SUBSCRIPTION, when ISSUE is the issue of its digest: what waits now, or what did
 * when that digest was chosen before. Recipients have it already. */
bool ledger_carried(Store *store, int64_t issue, Subscription *subscription, GError **error);

/* How many recipients ISSUE still has, as far as that can be known before digests are made. */
bool ledger_count(Store *store, int64_t issue, int64_t *recipients, GError **error);

typedef enum {
    LEDGER_OK,
    LEDGER_LEFT,   /* the intent was not written: the person has left, or moved to another slot */
    LEDGER_CLOSED, /* it was not written: the issue was paused or cancelled */
    LEDGER_FENCED, /* the segment belongs to somebody else now: stop, send nothing more of it */
    LEDGER_STALE,  /* it was not written: what waits for the person has changed since it was read */
} LedgerOutcome;

/* One step of one connection: what came of its last delivery, and what it is about to do. */
typedef struct {
    const Segment *segment;
    const Delivery *result; /* NULL: none */
    const Delivery *intent; /* NULL: none */
    const Subscription
        *reader; /* with an intent: its digest was chosen from what waited for them */
    const GArray
        *left; /* of int64_t (seq), ascending: waits for READER from now on; NULL: as before */
    const GArray *back; /* of int64_t (seq), with a result: comes with a later digest; NULL: none */
    LedgerOutcome outcome; /* is set */
} LedgerEntry;

/* Records ENTRIES (of LedgerEntry) in one durable commit, in their order, and renews the leases of
 * their segments. An entry with neither result nor intent renews the lease alone. What a digest
 * left over is written together with its intent, or neither is; without an intent it is a digest that was
 * not sent. A refusal also becomes an event of the subscription: bounces are judged by those. */
bool ledger_exchange(Store *store, GArray *entries, int64_t now, int64_t lease_seconds,
                     GError **error);

/* Gives the segment back: done when no delivery in it waits, else open again at the earliest next
 * try. UNTOUCHED is true when not all recipients were reached (a stop): then it stays open. */
bool ledger_finish(Store *store, const Segment *segment, bool untouched, int64_t now,
                   GError **error);
