/* /p/TOKEN: other topics, another rhythm, a pause. */
#include "web/site-internal.h"

#include <string.h>

#include "store/requests.h"
#include "web/choice_form.h"

static bool
write_form(const Visit *visit, WebReply *reply, guint status, const Subscription *subscription,
           const NewsletterConfig *newsletter, const char *note, GError **error)
{
    const Choice *choice = subscription->choice;
    const char *language = choice->language != NULL ? choice->language : newsletter->language;
    const Value *strings = templates_strings(visit->site->templates, language);
    bool is_paused = subscription->state == SUBSCRIPTION_PAUSED;
    g_autofree char *until = NULL;
    if (is_paused && subscription->paused_until != 0 &&
        (until = templates_day(visit->site->templates, language, subscription->paused_until,
                               choice->rhythm.zone, error)) == NULL)
        return false;
    g_autoptr(Value) more = value_new_map();
    choice_form_show(more, newsletter, choice, strings);
    value_set_bool(more, "is_paused", is_paused);
    value_set_string(more, "paused_until", until);
    value_set_string(more, "note", note != NULL ? value_find_string(strings, note) : NULL);
    const PageFacts facts = { .newsletter = newsletter,
                              .subscription = subscription,
                              .token = visit->rest,
                              .text = "web_preferences",
                              .more = more };
    return page_write(visit, reply, status, "preferences", &facts, error);
}

/* What the page is about. False with ERROR, or without: then REPLY says why there is no such page. */
static bool
find(const Visit *visit, WebReply *reply, Subscription **subscription,
     const NewsletterConfig **newsletter, GError **error)
{
    *subscription = visit_subscription(visit, TOKEN_UNSUBSCRIBE, reply, error);
    if (*subscription == NULL)
        return false;
    *newsletter =
        config_find_newsletter(visit->site->instance->config, (*subscription)->newsletter);
    if (*newsletter != NULL && subscription_state_is_there((*subscription)->state))
        return true;
    page_write_message(visit, reply, 404, "web_over", error);
    return false;
}

bool
preferences_show(const Visit *visit, WebReply *reply, GError **error)
{
    g_autoptr(Subscription) subscription = NULL;
    const NewsletterConfig *newsletter;
    if (!find(visit, reply, &subscription, &newsletter, error))
        return *error == NULL;
    return write_form(visit, reply, 200, subscription, newsletter, NULL, error);
}

/* Acting */

/* The subscription as it is now, for the page that follows. */
static bool
write_again(const Visit *visit, WebReply *reply, const Subscription *before,
            const NewsletterConfig *newsletter, const char *note, GError **error)
{
    g_autoptr(Subscription) now = NULL;
    return store_subscription_find_reference(visit->site->instance->store, before->reference, &now,
                                             error) &&
           write_form(visit, reply, 200, now, newsletter, note, error);
}

static bool
save(const Visit *visit, WebReply *reply, const Subscription *subscription,
     const NewsletterConfig *newsletter, GError **error)
{
    Instance *instance = visit->site->instance;
    g_autoptr(Choice) choice = choice_copy(subscription->choice);
    g_autoptr(GError) problem = NULL;
    if (!choice_form_take(choice, newsletter, visit->form, &problem))
        return write_form(visit, reply, 400, subscription, newsletter, "web_form_title", error);
    if (!store_subscription_choose(instance->store, subscription, choice, "web", visit->now, error))
        return false;
    visit->site->counts[COUNT_CHANGED]++;
    return write_again(visit, reply, subscription, newsletter, "web_saved", error);
}

static bool
pause_until(const Visit *visit, WebReply *reply, const Subscription *subscription,
            const NewsletterConfig *newsletter, GError **error)
{
    const char *text = form_find(visit->form, "until");
    LifecycleOutcome outcome;
    int64_t until = 0;
    if (text == NULL || !return_parse(&until, text, subscription->choice->rhythm.zone, NULL) ||
        until <= visit->now)
        return write_form(visit, reply, 400, subscription, newsletter, "web_pause_wrong", error);
    return store_subscription_pause(visit->site->instance->store, subscription->id, until,
                                    WILL_PERSON, "web", visit->now, &outcome, error) &&
           write_again(visit, reply, subscription, newsletter, "web_saved", error);
}

static bool
resume(const Visit *visit, WebReply *reply, const Subscription *subscription,
       const NewsletterConfig *newsletter, GError **error)
{
    LifecycleOutcome outcome;
    return store_subscription_event(visit->site->instance->store, subscription->id, EVENT_RESUME,
                                    WILL_PERSON, "web", NULL, visit->now, &outcome, error) &&
           write_again(visit, reply, subscription, newsletter, "web_saved", error);
}

/* Whoever has the token may be anybody who found a forwarded mail, so the new address is asked, by a mail. */
static bool
change_address(const Visit *visit, WebReply *reply, const Subscription *subscription,
               const NewsletterConfig *newsletter, GError **error)
{
    const char *text = form_find(visit->form, "email");
    g_autofree char *block = address_block(visit->request->peer);
    g_autoptr(Address) address = address_parse(text != NULL ? text : "", NULL);
    if (address == NULL)
        return write_form(visit, reply, 400, subscription, newsletter, "web_address_wrong", error);
    if (!budget_take(visit->site->sign_ups, block, visit->now))
        return page_write_message(visit, reply, 429, "web_wait", error);
    return store_request_address(visit->site->instance->store, subscription, address, visit->now,
                                 error) &&
           write_form(visit, reply, 200, subscription, newsletter, "web_change_mailed", error);
}

bool
preferences_act(const Visit *visit, WebReply *reply, GError **error)
{
    static const struct {
        const char *name;
        bool (*run)(const Visit *visit, WebReply *reply, const Subscription *subscription,
                    const NewsletterConfig *newsletter, GError **error);
    } actions[] = { { "save", save },
                    { "pause", pause_until },
                    { "resume", resume },
                    { "address", change_address } };
    g_autoptr(Subscription) subscription = NULL;
    const NewsletterConfig *newsletter;
    if (!find(visit, reply, &subscription, &newsletter, error))
        return *error == NULL;
    const char *action = form_find(visit->form, "action");
    for (size_t i = 0; i < G_N_ELEMENTS(actions); i++) {
        if (g_strcmp0(action, actions[i].name) == 0)
            return actions[i].run(visit, reply, subscription, newsletter, error);
    }
    return page_write_message(visit, reply, 400, "web_form", error);
}
