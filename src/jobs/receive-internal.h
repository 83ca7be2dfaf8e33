/* receive-internal.h - a mail at hand, between the files that take it in. */
#pragma once

#include "jobs/addressee.h"
#include "jobs/receive.h"
#include "mail/inbound.h"
#include "subscriber/subscription.h"

typedef struct {
    Instance *instance;
    const Inbound
        *inbound; /* NULL: it could not be read, but the mail server says for whom it is */
    Addressee addressee;
    Token token;
    Subscription *subscription; /* of the token, or NULL */
    ReceiveOutcome *outcome;
} Receiving;

/* Ends the subscription, if there is one, by WAY. */
bool receiving_unsubscribe(const Receiving *receiving, const char *way, GError **error);

/* Does what the mail asks for, else what its token stands for. */
bool receiving_grant(const Receiving *receiving, GError **error);

/* The sign-up that the token is of was meant. */
bool receiving_confirm(const Receiving *receiving, GError **error);

/* A mail without a token: nothing is done, but somebody may be asked or told. INBOUND may be NULL. */
bool receive_stranger(Instance *instance, const Inbound *inbound, ReceiveOutcome *outcome,
                      GError **error);
