/* receive.h - mail that comes back: a valid token in the recipient's local part acts, whatever
 * From, Subject and text say. */
#pragma once

#include "jobs/instance.h"

typedef enum {
    RECEIVE_UNSUBSCRIBED,
    RECEIVE_ALREADY,    /* was unsubscribed before */
    RECEIVE_AUTO_REPLY, /* a vacation: ignored */
    RECEIVE_NO_TOKEN,   /* nothing in it that we signed: ignored */
} ReceiveOutcome;

/* Takes in one message. RECIPIENTS (NULL-terminated, may be NULL) are what the mail server says,
 * and come before what the message says. False only when the state could not be saved. */
bool receive(Instance *instance, GBytes *message, const char *const *recipients,
             ReceiveOutcome *outcome, GError **error);
