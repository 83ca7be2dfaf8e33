/* subscription-internal.h - subscriptions as rows, and the slots they are in. */
#pragma once

#include "store/driver-internal.h"
#include "subscriber/lifecycle.h"
#include "subscriber/subscription.h"

/* For a SELECT from SUBSCRIPTION_TABLES; subscription_read() takes them. What was chosen is CHOICE's, a row
 * with the same columns. */
#define SUBSCRIPTION_COLUMNS_OF(CHOICE)                                                            \
    "subscription.id, subscription.reference, newsletter.name, subscription.state, "               \
    "subscription.origin, subscription.created, " CHOICE ".slot_mark, " CHOICE                     \
    ".since_seq, " CHOICE ".served, " CHOICE                                                       \
    ".returned, subscription.paused_until, subscriber.address, " CHOICE ".name, " CHOICE           \
    ".language, slot.rhythm, " CHOICE ".topics, " CHOICE ".filter, " CHOICE ".format, " CHOICE     \
    ".max_articles, " CHOICE ".topics_out, subscription.pause_said, "                              \
    "subscription.own_choice, subscription.consent_id, " CHOICE ".attributes, " CHOICE             \
    ".follows, " CHOICE ".chosen_seq"
#define SUBSCRIPTION_COLUMNS      SUBSCRIPTION_COLUMNS_OF("subscription")
#define SUBSCRIPTION_COLUMN_COUNT 26
#define SUBSCRIPTION_TABLES                                                                        \
    "subscription JOIN subscriber ON subscriber.id = subscription.subscriber_id "                  \
    "JOIN newsletter ON newsletter.id = subscription.newsletter_id "                               \
    "JOIN slot ON slot.id = subscription.slot_id "

/* For an UPDATE of what somebody chose, or of whether they get mail at all, or when a mail has failed; behind
 * reader_keep() (store/readers-internal.h). */
#define CHOSEN_NOW "chosen_seq = (SELECT value FROM counter WHERE name = 'sequence') "

/* NULL and DEPESCHE_ERROR_SETUP when a row makes no sense: a damaged database. */
Subscription *subscription_read(Query *query, GError **error);

/* The one row of QUERY, or NULL in *SUBSCRIPTION. */
bool subscription_read_one(Query *query, Subscription **subscription, GError **error);

/* Writes down what happened to a subscription; inside a transaction. */
bool event_record(Store *store, int64_t subscription, const char *kind, const char *way,
                  const char *reason, int64_t now, GError **error);

/* The same of what a declaration (store/consents.h) brought. */
bool event_record_consent(Store *store, int64_t subscription, const char *kind, const char *way,
                          int64_t consent, int64_t now, GError **error);

typedef struct {
    int64_t id;
    int64_t mark;
} SlotPlace;

/* The slot of RHYTHM; made when it is not there. LAST_AT is the last due time that its first member
 * was served elsewhere (0: never), so that a change of rhythm alone releases no mail. */
bool slot_ensure(Store *store, int64_t newsletter, const Rhythm *rhythm, int64_t last_at,
                 SlotPlace *slot, GError **error);

/* Moves SUBSCRIPTION into the slot of RHYTHM: it goes on there where it was here. */
bool subscription_move(Store *store, const Subscription *subscription, int64_t newsletter,
                       const Rhythm *rhythm, GError **error);

/* Puts a subscription that was gone back at the present of its slot: it had digests, it missed what
 * went out since, and an issue that was cut before is not for it. */
bool subscription_rejoin(Store *store, int64_t id, GError **error);

/* Who goes away for a while, or was away and is back: they stand at the present of their slot, and of
 * its next issue get what is new to them; when they missed one, no more of it than a welcome has. */
bool subscription_stay(Store *store, const Subscription *subscription, GError **error);

/* Somebody has filled in the form: a new subscription that waits for its confirmation, with its event;
 * inside a transaction. */
bool enrol_pending(Store *store, const char *newsletter, const Choice *choice, int64_t consent,
                   int64_t now, GError **error);

/* Writes CHOICE over what SUBSCRIPTION had chosen, and CONSENT (0: none) over its declaration. */
bool enrol_rewrite(Store *store, const Subscription *subscription, const Choice *choice,
                   int64_t consent, int64_t now, GError **error);

/* Takes a subscription off its list: an event, with REASON (may be NULL). Inside a transaction. */
bool subscription_remove(Store *store, int64_t id, const char *way, const char *reason, int64_t now,
                         GError **error);

/* What was pending is confirmed: who is new begins at the present of its slot, and gets a welcome. */
bool subscription_join(Store *store, int64_t id, GError **error);

/* Inside a transaction: the event EVENT by the person, with what goes with its new state. */
bool subscription_event_consent(Store *store, const Subscription *subscription,
                                LifecycleEvent event, const char *way, int64_t consent, int64_t now,
                                LifecycleOutcome *outcome, GError **error);

/* The id of newsletter NAME; made when it is not there. */
bool newsletter_ensure(Store *store, const char *name, int64_t *id, GError **error);
