/* /u/TOKEN: the way out of a subscription. */
#include "web/site-internal.h"

#include <string.h>

#include "jobs/comments.h"

/* How long the way back stays open. */
#define UNDO_SECONDS ((int64_t)24 * 60 * 60)

/* What may be said on the way out; anything else is not kept. */
static const char *const reasons[] = { "too-many", "not-interesting", "never-asked", "other" };

static bool
has_left(const Subscription *subscription)
{
    return subscription->state == SUBSCRIPTION_UNSUBSCRIBED ||
           subscription->state == SUBSCRIPTION_FORGOTTEN;
}

/* Whether they left so lately that it may have been a mistake, or somebody else. */
static bool
find_undo(const Visit *visit, const Subscription *subscription, bool *can_undo, GError **error)
{
    g_autoptr(GPtrArray) history =
        store_subscription_history(visit->site->instance->store, subscription->id, error);
    *can_undo = false;
    for (guint i = 0; history != NULL && i < history->len; i++) {
        const SubscriptionRecord *record = history->pdata[i];
        if (strcmp(record->kind, lifecycle_event_name(EVENT_UNSUBSCRIBE)) == 0)
            *can_undo = visit->now - record->at < UNDO_SECONDS &&
                        subscription->state == SUBSCRIPTION_UNSUBSCRIBED;
    }
    return history != NULL;
}

static bool
write_page(const Visit *visit, WebReply *reply, const Subscription *subscription, const char *name,
           const char *text, Value *more, GError **error)
{
    Instance *instance = visit->site->instance;
    g_auto(CommentsNewsletter) of_comments = { 0 };
    g_autoptr(Comments) comments = NULL;
    const NewsletterConfig *newsletter =
        config_find_newsletter(instance->config, subscription->newsletter);
    if (newsletter == NULL &&
        !store_comments_find(instance->store, subscription->newsletter, &comments, error))
        return false;
    if (comments != NULL && comments_newsletter_init(&of_comments, instance->config, comments))
        newsletter = &of_comments.config;
    const PageFacts facts = { .newsletter = newsletter,
                              .subscription = subscription,
                              .token = visit->rest,
                              .text = text,
                              .more = more };
    return page_write(visit, reply, 200, name, &facts, error);
}

/* The page for somebody who has left: the way back, and a question. */
static bool
write_left(const Visit *visit, WebReply *reply, const Subscription *subscription, bool thanks,
           GError **error)
{
    bool can_undo;
    g_autoptr(Value) more = value_new_map();
    if (!find_undo(visit, subscription, &can_undo, error))
        return false;
    value_set_bool(more, "can_undo", can_undo);
    value_set_bool(more, "thanks", thanks);
    return write_page(visit, reply, subscription, "unsubscribed", "web_unsubscribed", more, error);
}

bool
unsubscribe_show(const Visit *visit, WebReply *reply, GError **error)
{
    g_autoptr(Subscription) subscription =
        visit_subscription(visit, TOKEN_UNSUBSCRIBE, reply, error);
    if (subscription == NULL)
        return *error == NULL;
    if (has_left(subscription))
        return write_left(visit, reply, subscription, false, error);
    return write_page(visit, reply, subscription, "unsubscribe", "web_unsubscribe", NULL, error);
}

/* Acting */

static bool
unsubscribe(const Visit *visit, Subscription *subscription, GError **error)
{
    Instance *instance = visit->site->instance;
    LifecycleOutcome outcome;
    if (!store_subscription_event(instance->store, subscription->id, EVENT_UNSUBSCRIBE, WILL_PERSON,
                                  "web", NULL, visit->now, &outcome, error))
        return false;
    if (outcome == LIFECYCLE_REFUSED)
        return true;
    visit->site->counts[COUNT_UNSUBSCRIBED] += outcome == LIFECYCLE_CHANGED;
    subscription->state =
        outcome == LIFECYCLE_CHANGED ? SUBSCRIPTION_UNSUBSCRIBED : subscription->state;
    return true;
}

/* RFC 8058: what a mailbox provider sends when its user clicks "unsubscribe". */
static bool
is_one_click(const Form *form)
{
    return g_strcmp0(form_find(form, "List-Unsubscribe"), "One-Click") == 0;
}

/* A program reads this, not a person; and no redirect may send it anywhere else (RFC 8058, 3.1). */
static void
write_one_click(WebReply *reply)
{
    *reply = (WebReply){ .status = 200,
                         .type = "text/plain; charset=utf-8",
                         .body = g_string_new("unsubscribed\n") };
}

static bool
undo(const Visit *visit, WebReply *reply, Subscription *subscription, GError **error)
{
    Instance *instance = visit->site->instance;
    LifecycleOutcome outcome = LIFECYCLE_ALREADY;
    bool can_undo;
    if (!find_undo(visit, subscription, &can_undo, error))
        return false;
    if (!can_undo)
        return has_left(subscription)
                   ? write_left(visit, reply, subscription, false, error)
                   : write_page(visit, reply, subscription, "message", "web_undone", NULL, error);
    if (!store_subscription_event(instance->store, subscription->id, EVENT_SUBSCRIBE, WILL_PERSON,
                                  "web", "undone", visit->now, &outcome, error))
        return false;
    visit->site->counts[COUNT_UNDONE] += outcome == LIFECYCLE_CHANGED;
    return write_page(visit, reply, subscription, "message", "web_undone", NULL, error);
}

static bool
take_reason(const Visit *visit, WebReply *reply, const Subscription *subscription, GError **error)
{
    const char *said = form_find(visit->form, "reason");
    for (size_t i = 0; said != NULL && i < G_N_ELEMENTS(reasons); i++) {
        if (strcmp(reasons[i], said) == 0 &&
            !store_subscription_note(visit->site->instance->store, subscription->id, "reason",
                                     "web", reasons[i], visit->now, error))
            return false;
    }
    return write_left(visit, reply, subscription, true, error);
}

bool
unsubscribe_act(const Visit *visit, WebReply *reply, GError **error)
{
    g_autoptr(Subscription) subscription =
        visit_subscription(visit, TOKEN_UNSUBSCRIBE, reply, error);
    if (subscription == NULL)
        return *error == NULL;
    const char *action = form_find(visit->form, "action");
    if (is_one_click(visit->form)) {
        write_one_click(reply);
        return unsubscribe(visit, subscription, error);
    }
    if (g_strcmp0(action, "unsubscribe") == 0)
        return unsubscribe(visit, subscription, error) &&
               write_left(visit, reply, subscription, false, error);
    if (g_strcmp0(action, "undo") == 0)
        return undo(visit, reply, subscription, error);
    if (g_strcmp0(action, "reason") == 0 && has_left(subscription))
        return take_reason(visit, reply, subscription, error);
    return page_write_message(visit, reply, 400, "web_form", error);
}
