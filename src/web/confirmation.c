/* /c/TOKEN: where the link of a confirm mail leads. */
#include "web/site-internal.h"

#include "store/requests.h"

/* The subscription and the number of the request that the path names; as visit_subscription(). */
static Subscription *
find_request(const Visit *visit, WebReply *reply, uint32_t *number, GError **error)
{
    Token token;
    Subscription *subscription = visit_subscription(visit, TOKEN_CONFIRM, reply, error);
    if (subscription != NULL && token_parse(visit->rest, visit->site->instance->keys, &token))
        *number = token.issue;
    return subscription;
}

static bool
write_page(const Visit *visit, WebReply *reply, guint status, const Subscription *subscription,
           const char *name, const char *text, GError **error)
{
    const PageFacts facts = { .newsletter = config_find_newsletter(visit->site->instance->config,
                                                                   subscription->newsletter),
                              .subscription = subscription,
                              .token = visit->rest,
                              .text = text };
    return page_write(visit, reply, status, name, &facts, error);
}

static bool
write_outcome(const Visit *visit, WebReply *reply, const Subscription *subscription,
              ConfirmOutcome outcome, GError **error)
{
    switch (outcome) {
    case CONFIRM_DONE:
        return write_page(visit, reply, 200, subscription, "message", "web_confirmed", error);
    case CONFIRM_ALREADY:
        return write_page(visit, reply, 200, subscription, "message", "web_confirmed_before",
                          error);
    case CONFIRM_LOST:
        return write_page(visit, reply, 404, subscription, "message", "web_expired", error);
    }
    g_assert_not_reached();
}

bool
confirm_show(const Visit *visit, WebReply *reply, GError **error)
{
    uint32_t number = 0;
    ConfirmOutcome outcome;
    RequestKind kind = REQUEST_SIGN_UP;
    g_autoptr(Subscription) subscription = find_request(visit, reply, &number, error);
    if (subscription == NULL)
        return *error == NULL;
    if (!store_request_look(visit->site->instance->store, subscription, number, &kind, &outcome,
                            error))
        return false;
    if (outcome == CONFIRM_DONE) /* it would be */
        return write_page(visit, reply, 200, subscription, "confirm",
                          kind == REQUEST_ADDRESS ? "web_change" : "web_confirm", error);
    return write_outcome(visit, reply, subscription, outcome, error);
}

bool
confirm_act(const Visit *visit, WebReply *reply, GError **error)
{
    uint32_t number = 0;
    ConfirmOutcome outcome;
    g_autoptr(Subscription) subscription = find_request(visit, reply, &number, error);
    if (subscription == NULL)
        return *error == NULL;
    if (!store_request_confirm(visit->site->instance->store, subscription, number, "web",
                               visit->now, &outcome, error))
        return false;
    visit->site->counts[COUNT_CONFIRMED] += outcome == CONFIRM_DONE;
    /* The address may be another one by now. */
    g_autoptr(Subscription) now = NULL;
    return store_subscription_find_reference(visit->site->instance->store, subscription->reference,
                                             &now, error) &&
           write_outcome(visit, reply, now, outcome, error);
}
