#include "subscriber/subscription.h"

#include <string.h>

Choice *
choice_new(const Address *address, const Rhythm *rhythm)
{
    Choice *choice = g_new0(Choice, 1);
    choice->address = address_copy(address);
    choice->rhythm = *rhythm;
    choice->topics = g_ptr_array_new_with_free_func(g_free);
    choice->without = g_ptr_array_new_with_free_func(g_free);
    return choice;
}

Choice *
choice_copy(const Choice *choice)
{
    Choice *copy = choice_new(choice->address, &choice->rhythm);
    copy->name = g_strdup(choice->name);
    copy->language = g_strdup(choice->language);
    copy->filter = g_strdup(choice->filter);
    copy->attributes = g_strdup(choice->attributes);
    copy->format = choice->format;
    copy->max_articles = choice->max_articles;
    copy->pause_until = choice->pause_until;
    for (guint i = 0; i < choice->topics->len; i++)
        g_ptr_array_add(copy->topics, g_strdup(choice->topics->pdata[i]));
    for (guint i = 0; i < choice->without->len; i++)
        g_ptr_array_add(copy->without, g_strdup(choice->without->pdata[i]));
    return copy;
}

void
choice_free(Choice *choice)
{
    if (choice == NULL)
        return;
    address_free(choice->address);
    g_free(choice->name);
    g_free(choice->language);
    g_ptr_array_unref(choice->topics);
    g_ptr_array_unref(choice->without);
    g_free(choice->filter);
    g_free(choice->attributes);
    g_free(choice);
}

static const char *const states[] = {
    [SUBSCRIPTION_PENDING] = "pending",
    [SUBSCRIPTION_ACTIVE] = "active",
    [SUBSCRIPTION_PAUSED] = "paused",
    [SUBSCRIPTION_SUSPENDED] = "suspended",
    [SUBSCRIPTION_UNSUBSCRIBED] = "unsubscribed",
    [SUBSCRIPTION_FORGOTTEN] = "forgotten",
};

bool
subscription_state_is_there(SubscriptionState state)
{
    return state == SUBSCRIPTION_ACTIVE || state == SUBSCRIPTION_PAUSED ||
           state == SUBSCRIPTION_SUSPENDED;
}

const char *
subscription_state_name(SubscriptionState state)
{
    return states[state];
}

bool
subscription_state_find(const char *name, SubscriptionState *state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(states); i++) {
        if (strcmp(name, states[i]) == 0) {
            *state = (SubscriptionState)i;
            return true;
        }
    }
    return false;
}

const char *
subscription_origin_name(SubscriptionOrigin origin)
{
    switch (origin) {
    case ORIGIN_COMMAND: return "command";
    case ORIGIN_ROSTER: return "roster";
    case ORIGIN_IMPORT: return "import";
    case ORIGIN_WEB: return "web";
    }
    g_assert_not_reached();
}

void
carry_clear(Carry *carry)
{
    g_clear_pointer(&carry->articles, g_array_unref);
    *carry = (Carry){ 0 };
}

Subscription *
subscription_new(void)
{
    return g_new0(Subscription, 1);
}

void
subscription_free(Subscription *subscription)
{
    if (subscription == NULL)
        return;
    g_free(subscription->newsletter);
    choice_free(subscription->choice);
    carry_clear(&subscription->carry);
    g_clear_pointer(&subscription->follows, g_ptr_array_unref);
    g_free(subscription);
}
