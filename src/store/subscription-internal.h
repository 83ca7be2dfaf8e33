/* subscription-internal.h - subscriptions as rows, and the slots they are in. */
#pragma once

#include "store/driver-internal.h"
#include "subscriber/subscription.h"

/* For a SELECT from SUBSCRIPTION_TABLES; subscription_read() takes them. */
#define SUBSCRIPTION_COLUMNS                                                                       \
    "subscription.id, subscription.reference, newsletter.name, subscription.state, "               \
    "subscription.origin, subscription.created, subscription.slot_mark, "                          \
    "subscription.since_seq, subscription.served, subscriber.address, subscriber.name, "           \
    "subscriber.language, slot.rhythm, subscription.topics, subscription.filter, "                 \
    "subscription.format, subscription.max_articles"
#define SUBSCRIPTION_COLUMN_COUNT 17
#define SUBSCRIPTION_TABLES                                                                        \
    "subscription JOIN subscriber ON subscriber.id = subscription.subscriber_id "                  \
    "JOIN newsletter ON newsletter.id = subscription.newsletter_id "                               \
    "JOIN slot ON slot.id = subscription.slot_id "

/* NULL and DEPESCHE_ERROR_SETUP when a row makes no sense: a damaged database. */
Subscription *subscription_read(Query *query, GError **error);

/* The id of newsletter NAME; made when it is not there. */
bool newsletter_ensure(Store *store, const char *name, int64_t *id, GError **error);
