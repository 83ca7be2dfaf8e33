/* receive.h - mail that comes back: a valid token in the recipient's local part acts, whatever From
 * says, and does what the subject or the first line asks for (mail/wish.h), else what the token
 * stands for: it ends the subscription, or pauses it. What is changed is told by a mail (answer.h).
 * Reports act by the token in the envelope or in the mail that they return. */
#pragma once

#include "jobs/instance.h"
#include "mail/inbound.h"
#include "mail/wish.h"

typedef enum {
    RECEIVE_UNSUBSCRIBED,
    RECEIVE_CHANGED,    /* paused, resumed, other topics: as the subject or first line says */
    RECEIVE_CONFIRMED,  /* a sign-up, by an answer to the mail that asks for it */
    RECEIVE_DECLINED,   /* the same mail, by an answer that says no, or asks back */
    RECEIVE_ASKED,      /* somebody wants to sign up: they are asked whether it was them */
    RECEIVE_TOLD,       /* a reader wrote without a token: they are sent their links */
    RECEIVE_BOUNCE,     /* recorded and judged */
    RECEIVE_COMPLAINT,  /* unsubscribed and suppressed */
    RECEIVE_ALREADY,    /* had its effect before, or nothing is left to do */
    RECEIVE_AUTO_REPLY, /* a vacation: ignored */
    RECEIVE_NO_TOKEN,   /* nothing in it that we signed: ignored */
    RECEIVE_LATER,      /* an error that concerns this message alone: the next one may do */
} ReceiveOutcome;

/* Takes in one message, exactly once however often it comes. RECIPIENTS (NULL-terminated, may be NULL)
 * are what the mail server says, and come before what the message says. PLACE is where it lies, when it
 * lies anywhere: it is remembered in the transaction of the effect (receive_knows()). False only when the
 * state could not be saved, or (*OUTCOME is RECEIVE_LATER then) nothing could be done with the message now. */
bool receive(Instance *instance, GBytes *message, const char *const *recipients, const char *place,
             ReceiveOutcome *outcome, GError **error);

/* What a mail to an address with TOKEN, in which WISH was found, comes to: where it says nothing, what the
 * address stands for. A wish that is not understood gets help: who asked for a pause must not be taken off. */
WishKind receive_wish_kind(const Wish *wish, const Token *token);

/* Whether INBOUND (NULL: it cannot be read), an answer to the mail that asks to confirm a sign-up, is anything
 * but a yes. */
bool receive_is_refusal(const Inbound *inbound);

typedef enum {
    PLACE_NEW,
    PLACE_TAKEN, /* had its effect */
    PLACE_LEFT,  /* nothing of ours is in it */
} PlaceState;

/* What is known of the message that lies at PLACE. */
bool receive_knows(Instance *instance, const char *place, PlaceState *state, GError **error);
