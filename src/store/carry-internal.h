/* carry-internal.h - what waits for a subscription (subscriber/subscription.h), as rows. */
#pragma once

#include "store/driver-internal.h"
#include "subscriber/subscription.h"

/* For a SELECT from subscription and CARRY_JOIN; carry_read() takes them. */
#define CARRY_COLUMNS "carry.articles, carry.version, carry.written"
#define CARRY_JOIN    "LEFT JOIN carry ON carry.subscription_id = subscription.id "

void carry_read(Query *query, int column, Carry *carry);

/* What waited when a digest was chosen before, as the ledger keeps it (delivery.carried): no change of it is
 * due any more. */
void carry_read_settled(const char *text, Carry *carry);

/* The same the other way: CARRY becomes such a text. */
char *carry_settled_text(const Carry *carry);

/* Whether what waits for SUBSCRIPTION is what it was when VERSION was read. */
bool carry_is_current(Store *store, int64_t subscription, int64_t version, bool *current,
                      GError **error);

/* ARTICLES wait for SUBSCRIPTION now. *CURRENT is false, and nothing is written, when they were changed
 * since VERSION was read. Inside a transaction. */
bool carry_write(Store *store, int64_t subscription, int64_t version, const GArray *articles,
                 bool *current, GError **error);

/* ARTICLES (numbers) wait for SUBSCRIPTION beside what does already. Inside a transaction. */
bool carry_add(Store *store, int64_t subscription, const GArray *articles, GError **error);

/* Nothing waits for SUBSCRIPTION any more. */
bool carry_end(Store *store, int64_t subscription, GError **error);

/* The set of the numbers (int64_t *) of all articles that wait for somebody in SLOT. */
GHashTable *carry_of_slot(Store *store, int64_t slot, GError **error);
