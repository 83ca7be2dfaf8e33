#include "subscriber/lifecycle.h"

#include <string.h>

/* The picture of lifecycle.h in letters: p a u s n f are the next states (u: paused, n:
 * unsubscribed), '=' has happened, '-' is refused, '*' only by the person. */
static const char *const picture[] = {
    [SUBSCRIPTION_PENDING] = "=a--n--f=n",      [SUBSCRIPTION_ACTIVE] = "==u=ns=f=-",
    [SUBSCRIPTION_PAUSED] = "a==ans=f=-",       [SUBSCRIPTION_SUSPENDED] = "aa--n=af=-",
    [SUBSCRIPTION_UNSUBSCRIBED] = "*---=--fp=", [SUBSCRIPTION_FORGOTTEN] = "*---=--=--",
};

static SubscriptionState
state_of(char letter)
{
    switch (letter) {
    case 'p': return SUBSCRIPTION_PENDING;
    case 'a': return SUBSCRIPTION_ACTIVE;
    case 'u': return SUBSCRIPTION_PAUSED;
    case 's': return SUBSCRIPTION_SUSPENDED;
    case 'n': return SUBSCRIPTION_UNSUBSCRIBED;
    case 'f': return SUBSCRIPTION_FORGOTTEN;
    }
    g_assert_not_reached();
}

static void
check_cell(SubscriptionState from, LifecycleEvent event, LifecycleWill will)
{
    char expected = picture[from][event];
    if (expected == '*')
        expected = will == WILL_PERSON ? 'a' : '-';
    SubscriptionState state = from;
    LifecycleOutcome outcome = lifecycle_apply(&state, event, will);
    g_test_message("%s: %s", subscription_state_name(from), lifecycle_event_name(event));
    switch (expected) {
    case '=':
        g_assert_cmpint(outcome, ==, LIFECYCLE_ALREADY);
        g_assert_cmpint(state, ==, from);
        return;
    case '-':
        g_assert_cmpint(outcome, ==, LIFECYCLE_REFUSED);
        g_assert_cmpint(state, ==, from);
        return;
    default:
        g_assert_cmpint(outcome, ==, LIFECYCLE_CHANGED);
        g_assert_cmpint(state, ==, state_of(expected));
        return;
    }
}

static void
test_every_cell(void)
{
    for (gsize from = 0; from < G_N_ELEMENTS(picture); from++) {
        g_assert_cmpuint(strlen(picture[from]), ==, EVENT_EXPIRE + 1);
        for (int event = EVENT_SUBSCRIBE; event <= EVENT_EXPIRE; event++) {
            check_cell((SubscriptionState)from, (LifecycleEvent)event, WILL_PERSON);
            check_cell((SubscriptionState)from, (LifecycleEvent)event, WILL_OPERATOR);
        }
    }
}

static void
test_names(void)
{
    for (int state = SUBSCRIPTION_PENDING; state <= SUBSCRIPTION_FORGOTTEN; state++) {
        SubscriptionState found;
        g_assert_true(
            subscription_state_find(subscription_state_name((SubscriptionState)state), &found));
        g_assert_cmpint(found, ==, state);
    }
    SubscriptionState untouched = SUBSCRIPTION_PAUSED;
    g_assert_false(subscription_state_find("gone", &untouched));
    g_assert_cmpint(untouched, ==, SUBSCRIPTION_PAUSED);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/subscriber/lifecycle/every-cell", test_every_cell);
    g_test_add_func("/subscriber/lifecycle/names", test_names);
    return g_test_run();
}
