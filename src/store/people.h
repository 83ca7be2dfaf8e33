/* people.h - subscriptions, their events, and the list of those who get nothing any more. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>
#include "store/store.h"
#include "subscriber/lifecycle.h"
#include "subscriber/subscription.h"

typedef struct {
    guint added;
    guint changed;
    guint unchanged;
    guint removed;  /* were in the roster and are not any more */
    guint kept_out; /* unsubscribed or suppressed: an operator's list cannot bring them back */
} PeopleChange;

/* Puts CHOICES (of Choice *) for NEWSLETTER into the store: new ones become active, known ones take
 * over what was chosen. Who left or is suppressed stays out and is counted. A new subscription
 * starts at its slot's mark; one whose slot changes goes on where it was (DESIGN: since). */
bool store_subscriptions_put(Store *store, const char *newsletter, const GPtrArray *choices,
                             SubscriptionOrigin origin, int64_t now, PeopleChange *change,
                             GError **error);

/* As above with ORIGIN_ROSTER, and the roster's subscriptions that are not among CHOICES are
 * removed: a whole roster. */
bool store_roster_reconcile(Store *store, const char *newsletter, const GPtrArray *choices,
                            int64_t now, PeopleChange *change, GError **error);

/* NULL in *SUBSCRIPTION: there is none. */
bool store_subscription_find(Store *store, const char *newsletter, const char *address_key,
                             Subscription **subscription, GError **error);
bool store_subscription_find_reference(Store *store, uint64_t reference,
                                       Subscription **subscription, GError **error);

typedef struct {
    const char *newsletter;  /* NULL: all */
    const char *address_key; /* NULL: all */
    int state;               /* SubscriptionState, or -1: all */
    int64_t after_id;        /* pages: those behind this id */
    int limit;               /* 0: all */
} SubscriptionQuery;

/* Of Subscription *, by id. */
GPtrArray *store_subscriptions_list(Store *store, const SubscriptionQuery *query, GError **error);

/* Something happens to a subscription: state and event are written in one transaction. WAY is how
 * ("mail", "command", "roster"), REASON more or NULL. */
bool store_subscription_event(Store *store, int64_t id, LifecycleEvent event, LifecycleWill will,
                              const char *way, const char *reason, int64_t now,
                              LifecycleOutcome *outcome, GError **error);

/* Nothing is sent to it until UNTIL (0: until it is resumed by an event). Back again, its first digest
 * has the newest of what it missed, at most as much as a welcome has. For one that is paused already
 * the end changes. */
bool store_subscription_pause(Store *store, int64_t id, int64_t until, LifecycleWill will,
                              const char *way, int64_t now, LifecycleOutcome *outcome,
                              GError **error);

/* Those whose pauses are over at NOW are active again: an event each. *COUNT says how many. */
bool store_subscriptions_return(Store *store, int64_t now, guint *count, GError **error);

/* Takes a subscription off the list by the operator's will; its events, and what old tokens name,
 * stay. *FOUND is false when there is none. */
bool store_subscription_remove(Store *store, const char *newsletter, const char *address_key,
                               int64_t now, bool *found, GError **error);

typedef struct {
    int64_t at;
    char *kind; /* "added", "changed", "removed", or an event's name */
    char *way;
    char *reason; /* or NULL */
} SubscriptionRecord;

void subscription_record_free(SubscriptionRecord *record);

/* What happened to it, oldest first (of SubscriptionRecord *). */
GPtrArray *store_subscription_history(Store *store, int64_t id, GError **error);

typedef struct {
    char *address_key;
    char *reason;
    int64_t at;
} Suppression;

void suppression_free(Suppression *suppression);

bool store_suppression_add(Store *store, const char *address_key, const char *reason, int64_t now,
                           GError **error);
bool store_suppression_remove(Store *store, const char *address_key, bool *found, GError **error);
GPtrArray *store_suppressions_list(Store *store, GError **error); /* of Suppression * */
