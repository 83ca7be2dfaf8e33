#include "jobs/receive.h"

#include "jobs/addressee.h"
#include "mail/inbound.h"
#include "store/people.h"

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
    if (addressee_find(instance->config, instance->keys, recipients, inbound, &token) !=
            ADDRESSEE_TOKEN ||
        token.kind != TOKEN_UNSUBSCRIBE) {
        *outcome = RECEIVE_NO_TOKEN;
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
