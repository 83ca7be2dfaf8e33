/* lifecycle.h - what may happen to a subscription: a pure state machine.
 *
 *                 subscribe confirm pause resume unsubscribe suspend reinstate forget     ask      expire
 *   (none)        active    -       -     -      -           -       -         -          pending  -
 *   pending       =         active  -     -      unsub.      -       -         forgotten  =        unsub.
 *   active        =         =       paused =     unsub.      suspended =       forgotten  =        -
 *   paused        active    =       =     active unsub.      suspended =       forgotten  =        -
 *   suspended     active    active  -     -      unsub.      =       active    forgotten  =        -
 *   unsubscribed  *         -       -     -      =           -       -         forgotten  pending  =
 *   forgotten     *         -       -     -      =           -       -         =          -        -
 *
 * Somebody who asks on a page may be anybody: only the click on the link that their mail has confirms
 * it. What nobody confirms expires.
 *
 * "=" has happened already, "-" is refused; "*" only with the person's own new consent, never by a
 * roster or an import.                                                                          */
#pragma once

#include "subscriber/subscription.h"

typedef enum {
    EVENT_SUBSCRIBE,
    EVENT_CONFIRM,
    EVENT_PAUSE,
    EVENT_RESUME,
    EVENT_UNSUBSCRIBE,
    EVENT_SUSPEND,
    EVENT_REINSTATE,
    EVENT_FORGET,
    EVENT_ASK,
    EVENT_EXPIRE,
} LifecycleEvent;

typedef enum {
    LIFECYCLE_CHANGED,
    LIFECYCLE_ALREADY, /* nothing to do: success */
    LIFECYCLE_REFUSED,
} LifecycleOutcome;

/* Whose will an event is: an operator's roster or import cannot bring back who left. */
typedef enum {
    WILL_PERSON,
    WILL_OPERATOR,
} LifecycleWill;

/* *STATE becomes the next one when the outcome is LIFECYCLE_CHANGED. */
LifecycleOutcome lifecycle_apply(SubscriptionState *state, LifecycleEvent event,
                                 LifecycleWill will);

const char *lifecycle_event_name(LifecycleEvent event); /* "unsubscribe" */
