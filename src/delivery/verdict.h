/* verdict.h - what an SMTP reply means for one delivery.
 *
 * This is the only place that knows when to try again, when to give up and when we cannot know.
 * It does no I/O: give it the reply and the phase in which it came.                             */
#pragma once

#include "mail/reply.h"

typedef enum {
    VERDICT_SENT,      /* the server took responsibility for the message */
    VERDICT_LATER,     /* this recipient, not now: try again; see retry.h for when */
    VERDICT_REFUSED,   /* this address will not work; counts as a bounce */
    VERDICT_OUR_FAULT, /* sender, authentication or policy: blame nobody, look at the relay */
    VERDICT_NOT_SENT,  /* the connection was lost before the final dot: as if never tried */
    VERDICT_UNCERTAIN, /* lost after the final dot: the message may have arrived */
} Verdict;

Verdict verdict_of(const SmtpReply *reply, SmtpPhase phase);
const char *verdict_name(Verdict verdict);

/* Whether REPLY asks us to come more slowly, whatever else it means: 421, and 4.7.x, by which the
 * large providers limit rates. */
bool verdict_slow_down(const SmtpReply *reply);
