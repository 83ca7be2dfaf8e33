/* inbound.h - reading a mail that came back: what it is, for whom, and what it says.
 *
 * GMime reads it, in a sandboxed child (base/sandbox.h), because Debian 12's GMime can hang on a
 * hostile header. What a mail is, its structure says first (a report, a receipt), then its header, then
 * its words: a table of rules each (dsn.h, arf.h, vacation.h, notice.h).                            */
#pragma once

#include <stdbool.h>
#include <glib.h>
#include "base/value.h"
#include "mail/failure.h"

/* Read of a message; what is beyond is drained and not looked at. */
#define INBOUND_BYTES_MAX (256u * 1024)

typedef enum {
    INBOUND_OTHER,       /* a person's mail, a delay, a report of success, rubbish */
    INBOUND_BOUNCE,      /* a mail was not delivered and will not be */
    INBOUND_COMPLAINT,   /* somebody called it spam */
    INBOUND_UNSUBSCRIBE, /* asks for it in its subject or first line, or by a report (opt-out) */
    INBOUND_SUBSCRIBE,   /* likewise */
    INBOUND_AUTO_REPLY,  /* a vacation, a receipt: never acts */
} InboundKind;

const char *inbound_kind_name(InboundKind kind); /* "auto-reply" */

/* Everything in it is untrusted text. */
typedef struct {
    InboundKind kind;
    GPtrArray *recipients; /* of char *, most trustworthy first: Delivered-To, X-Original-To,
                              Envelope-To, To, Cc; addr-specs as they stand */
    char *from;            /* addr-spec, or NULL; never act on it */
    char *return_path;     /* addr-spec of the envelope's sender, "" for <>, or NULL: not known */
    char *subject;         /* decoded, one line, or NULL; a hint: GMime 3.2.13 ends it behind a
                              base64 word that is padded */
    char *first_line;      /* of its text, or NULL */
    char *answer;          /* the first lines that its writer wrote themselves, on one, or NULL */
    char *message_id;      /* or NULL */
    bool auto_replied;     /* a program answered (RFC 3834): never acts */
    bool no_answer;        /* to answer it could begin a loop */
    bool is_feedback;      /* a provider passes on what somebody clicked (RFC 5965) */
    GPtrArray *failures;   /* of Failure *: whom a bounce or complaint is about */
    GPtrArray *returned; /* of char *: addresses in the mail that came back, in which our tokens may
                              be: its envelope sender, List-Unsubscribe */
    char *returned_id;   /* Message-ID of that mail, or NULL */
} Inbound;

void inbound_free(Inbound *inbound);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Inbound, inbound_free)

/* NULL and DEPESCHE_ERROR_INPUT when the bytes are no message or met a limit of the sandbox;
 * DEPESCHE_ERROR_TEMPORARY when there could be no sandbox, or somebody killed it. */
Inbound *inbound_parse(GBytes *message, GError **error);

/* The same in this process, for who is in a sandbox already. NULL when BYTES are no message. */
Inbound *inbound_read(const char *bytes, size_t size);
