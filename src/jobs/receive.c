#include "jobs/receive.h"

#include "base/error.h"
#include "mail/address.h"
#include "mail/inbound.h"
#include "store/people.h"

/* The token in RECIPIENT when it is the unsubscribe address with one that we signed. */
static bool
find_token(const Instance *instance, const Address *unsubscribe, const char *recipient,
           Token *token)
{
    g_autoptr(Address) address = address_parse(recipient, NULL);
    if (address == NULL)
        return false;
    const char *detail = address_find_detail(address, unsubscribe, instance->config->separator[0]);
    return detail != NULL && token_parse(detail, instance->keys, token) &&
           token->kind == TOKEN_UNSUBSCRIBE;
}

static bool
find_token_among(const Instance *instance, const char *const *recipients, const Inbound *inbound,
                 Token *token, GError **error)
{
    const char *configured = instance->config->unsubscribe_address;
    g_autoptr(Address) unsubscribe = configured == NULL ? NULL : address_parse(configured, error);
    if (unsubscribe == NULL)
        return false;
    for (guint i = 0; recipients != NULL && recipients[i] != NULL; i++) {
        if (find_token(instance, unsubscribe, recipients[i], token))
            return true;
    }
    for (guint i = 0; inbound != NULL && i < inbound->recipients->len; i++) {
        if (find_token(instance, unsubscribe, inbound->recipients->pdata[i], token))
            return true;
    }
    return false;
}

static bool
unsubscribe(Instance *instance, const Token *token, ReceiveOutcome *outcome, GError **error)
{
    g_autoptr(Subscription) subscription = NULL;
    if (!store_subscription_find_reference(instance->store, token->subscription, &subscription,
                                           error))
        return false;
    if (subscription == NULL) { /* signed by us, but removed since */
        *outcome = RECEIVE_ALREADY;
        return true;
    }
    LifecycleOutcome change;
    if (!store_subscription_event(instance->store, subscription->id, EVENT_UNSUBSCRIBE, WILL_PERSON,
                                  "mail", NULL, clock_now(instance->clock), &change, error))
        return false;
    *outcome = change == LIFECYCLE_CHANGED ? RECEIVE_UNSUBSCRIBED : RECEIVE_ALREADY;
    log_info(instance->log, "subscription %" G_GINT64_FORMAT " of \"%s\": %s", subscription->id,
             subscription->newsletter,
             change == LIFECYCLE_CHANGED ? "unsubscribed by mail" : "had unsubscribed before");
    return true;
}

bool
receive(Instance *instance, GBytes *message, const char *const *recipients, ReceiveOutcome *outcome,
        GError **error)
{
    g_autoptr(GError) problem = NULL;
    /* A message that cannot be read still has the recipient that the mail server named. */
    g_autoptr(Inbound) inbound = inbound_parse(message, &problem);
    if (inbound == NULL)
        log_warn(instance->log, "message on standard input: %s", problem->message);

    Token token;
    g_autoptr(GError) setup = NULL;
    if (!find_token_among(instance, recipients, inbound, &token, &setup)) {
        *outcome = RECEIVE_NO_TOKEN;
        if (setup != NULL)
            log_warn(instance->log, "inbound.unsubscribe: %s", setup->message);
        log_info(instance->log, "message without a valid token: ignored");
        return true;
    }
    /* RFC 3834: a vacation that answers to this address means nothing. A provider's button sends
     * "auto-generated", which is meant. */
    if (inbound != NULL && inbound->auto_replied) {
        *outcome = RECEIVE_AUTO_REPLY;
        log_info(instance->log, "automatic reply: ignored");
        return true;
    }
    return unsubscribe(instance, &token, outcome, error);
}
