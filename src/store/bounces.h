/* bounces.h - mails that did not arrive, and messages that were taken in.
 *
 * A bounce is recorded in the transaction that learns of it and judged later (jobs/bounces.h), so that
 * a server's refusal and a report that comes back days after are the same thing.                   */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>
#include "store/store.h"
#include "subscriber/score.h"

/* Remembers that the message called HASH is taken in; *FRESH is false when it was before. To be called
 * in the batch of its effects. */
bool store_message_claim(Store *store, const char *hash, int64_t now, bool *fresh, GError **error);

/* Whether HASH was claimed. Then it is remembered from NOW on: the message is still there. */
bool store_message_known(Store *store, const char *hash, int64_t now, bool *known, GError **error);

/* Those of which nothing was heard since BEFORE. */
bool store_messages_forget(Store *store, int64_t before, GError **error);

typedef struct {
    int64_t id;
    int64_t subscription;
    int64_t issue; /* 0: not known */
    int64_t at;
    BounceGroup group;
    char *domain;     /* of the address */
    char *status;     /* or NULL */
    char *diagnostic; /* the server's words, or NULL */
} Bounce;

void bounce_free(Bounce *bounce);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Bounce, bounce_free)

/* Records BOUNCE (its id, group and domain do not matter), and the event with it. WAY is how it was
 * learnt of: "smtp", "mail". */
bool store_bounce_add(Store *store, const Bounce *bounce, const char *way, GError **error);

/* At most LIMIT of group BOUNCE_NEW, oldest first (of Bounce *). */
GPtrArray *store_bounces_new(Store *store, int limit, GError **error);

/* Those of an issue for a subscription, oldest first. */
GPtrArray *store_bounces_find(Store *store, int64_t issue, int64_t subscription, GError **error);

/* Those of everything that goes to the address of SUBSCRIPTION since SINCE, oldest first. */
GPtrArray *store_bounces_list(Store *store, int64_t subscription, int64_t since, GError **error);

bool store_bounce_judge(Store *store, int64_t id, BounceGroup group, GError **error);

/* How many of an issue's mails, to DOMAIN (or "": to all), came back from dead addresses. *MAILS is only
 * counted when *DEAD is MINIMUM or more, and again when there are a tenth more. */
bool store_bounces_share(Store *store, int64_t issue, const char *domain, int64_t minimum,
                         int64_t *dead, int64_t *mails, GError **error);

/* The dead ones of an issue, to DOMAIN (or "": to all), are BOUNCE_BROKEN instead. */
bool store_bounces_void(Store *store, int64_t issue, const char *domain, GError **error);

/* The issue with the last 24 bits BITS that the newsletter of SUBSCRIPTION had; 0: none. */
bool store_bounce_issue(Store *store, int64_t subscription, uint32_t bits, int64_t *issue,
                        GError **error);

/* What goes to the address of SUBSCRIPTION (of int64_t, ids of those that may be suspended). */
GArray *store_subscriptions_sharing(Store *store, int64_t subscription, GError **error);

/* Those that were suspended because of bounces by BEFORE and not probed PROBES times since they last
 * came by the person's will (of int64_t). */
GArray *store_subscriptions_to_probe(Store *store, int64_t before, int probes, GError **error);

/* How many bounces of each group there were after SINCE. */
bool store_bounces_count(Store *store, int64_t since, int64_t counts[BOUNCE_BROKEN + 1],
                         GError **error);
