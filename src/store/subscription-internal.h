/* subscription-internal.h - subscriptions as rows, and the slots they are in. */
#pragma once

#include "store/driver-internal.h"
#include "subscriber/subscription.h"

/* For a SELECT from SUBSCRIPTION_TABLES; subscription_read() takes them. */
#define SUBSCRIPTION_COLUMNS                                                                       \
    "subscription.id, subscription.reference, newsletter.name, subscription.state, "               \
    "subscription.origin, subscription.created, subscription.slot_mark, "                          \
    "subscription.since_seq, subscription.served, subscriber.address, subscription.name, "         \
    "subscription.language, slot.rhythm, subscription.topics, subscription.filter, "               \
    "subscription.format, subscription.max_articles, subscription.topics_out"
#define SUBSCRIPTION_COLUMN_COUNT 18
#define SUBSCRIPTION_TABLES                                                                        \
    "subscription JOIN subscriber ON subscriber.id = subscription.subscriber_id "                  \
    "JOIN newsletter ON newsletter.id = subscription.newsletter_id "                               \
    "JOIN slot ON slot.id = subscription.slot_id "

/* NULL and DEPESCHE_ERROR_SETUP when a row makes no sense: a damaged database. */
Subscription *subscription_read(Query *query, GError **error);

/* The one row of QUERY, or NULL in *SUBSCRIPTION. */
bool subscription_read_one(Query *query, Subscription **subscription, GError **error);

/* Writes down what happened to a subscription; inside a transaction. */
bool event_record(Store *store, int64_t subscription, const char *kind, const char *way,
                  const char *reason, int64_t now, GError **error);

/* Puts a subscription that was gone back at the present of its slot: it had digests, it missed what
 * went out since, and an issue that was cut before is not for it. */
bool subscription_rejoin(Store *store, int64_t id, GError **error);

/* The id of newsletter NAME; made when it is not there. */
bool newsletter_ensure(Store *store, const char *name, int64_t *id, GError **error);
