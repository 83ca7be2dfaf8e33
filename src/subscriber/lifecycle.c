#include "subscriber/lifecycle.h"

/* What an event does in a state: a next state, or one of these. */
enum {
    SAME = -1,   /* it has happened already */
    NEVER = -2,  /* refused */
    RETURN = -3, /* becomes active by the person's own will alone */
};

#define PENDING      SUBSCRIPTION_PENDING
#define ACTIVE       SUBSCRIPTION_ACTIVE
#define PAUSED       SUBSCRIPTION_PAUSED
#define SUSPENDED    SUBSCRIPTION_SUSPENDED
#define UNSUBSCRIBED SUBSCRIPTION_UNSUBSCRIBED
#define FORGOTTEN    SUBSCRIPTION_FORGOTTEN

/* The picture in the header, row by row. */
/* clang-format off */
static const int table[][10] = {
/*                  subscribe confirm pause   resume  unsubscribe   suspend    reinstate forget     ask      expire */
[PENDING]      = {  SAME,     ACTIVE, NEVER,  NEVER,  UNSUBSCRIBED, NEVER,     NEVER,    FORGOTTEN, SAME,    UNSUBSCRIBED },
[ACTIVE]       = {  SAME,     SAME,   PAUSED, SAME,   UNSUBSCRIBED, SUSPENDED, SAME,     FORGOTTEN, SAME,    NEVER },
[PAUSED]       = {  ACTIVE,   SAME,   SAME,   ACTIVE, UNSUBSCRIBED, SUSPENDED, SAME,     FORGOTTEN, SAME,    NEVER },
[SUSPENDED]    = {  ACTIVE,   ACTIVE, NEVER,  NEVER,  UNSUBSCRIBED, SAME,      ACTIVE,   FORGOTTEN, SAME,    NEVER },
[UNSUBSCRIBED] = {  RETURN,   NEVER,  NEVER,  NEVER,  SAME,         NEVER,     NEVER,    FORGOTTEN, PENDING, SAME },
[FORGOTTEN]    = {  RETURN,   NEVER,  NEVER,  NEVER,  SAME,         NEVER,     NEVER,    SAME,      NEVER,   NEVER },
};
/* clang-format on */

LifecycleOutcome
lifecycle_apply(SubscriptionState *state, LifecycleEvent event, LifecycleWill will)
{
    int next = table[*state][event];
    if (next == SAME)
        return LIFECYCLE_ALREADY;
    if (next == NEVER || (next == RETURN && will != WILL_PERSON))
        return LIFECYCLE_REFUSED;
    *state = next == RETURN ? SUBSCRIPTION_ACTIVE : (SubscriptionState)next;
    return LIFECYCLE_CHANGED;
}

const char *
lifecycle_event_name(LifecycleEvent event)
{
    switch (event) {
    case EVENT_SUBSCRIBE: return "subscribe";
    case EVENT_CONFIRM: return "confirm";
    case EVENT_PAUSE: return "pause";
    case EVENT_RESUME: return "resume";
    case EVENT_UNSUBSCRIBE: return "unsubscribe";
    case EVENT_SUSPEND: return "suspend";
    case EVENT_REINSTATE: return "reinstate";
    case EVENT_FORGET: return "forget";
    case EVENT_ASK: return "ask";
    case EVENT_EXPIRE: return "expire";
    }
    g_assert_not_reached();
}
