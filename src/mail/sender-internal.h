/* sender-internal.h - who wrote a mail: a person, a machine, a mail server; before a word of it has been read.
 * Pure. */
#pragma once

#include "mail/inbound.h"
#include "mail/pieces-internal.h"

typedef enum {
    SENDER_PERSON,
    SENDER_MACHINE, /* of some kind: it may be a vacation */
    SENDER_LIKELY,  /* a server, its subject says, and nothing else */
    SENDER_SERVER,
} Sender;

/* INBOUND has what the header says already. */
Sender sender_of(const Inbound *inbound, const Pieces *pieces);

/* Whether it calls itself as servers do. */
bool sender_is_daemon(const Pieces *pieces);

/* Bounces come from <>; where that was not kept, nothing is known, and this is false. */
bool sender_is_nobody(const Inbound *inbound);

/* Parcels, mailing lists and thieves of passwords have subjects like those of bounces, but an envelope of
 * their own: then this is false. */
bool sender_could_be_server(const Inbound *inbound, const Pieces *pieces);
