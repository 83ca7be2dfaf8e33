/* relay.h - one way out for finished messages: an SMTP relay, a Maildir, or nowhere.
 *
 *   smtp://HOST[:PORT]   STARTTLS (required unless tls is "none"); port 587
 *   smtps://HOST[:PORT]  TLS from the first byte; port 465
 *   maildir:PATH         one file per message in PATH/new, named by its Message-ID: a mail that is
 *                        sent again replaces the first
 *   null:                finished bytes are thrown away
 *
 * Maildir and null are for trying things and for tests; the ledger works the same with them. The
 * connections to the relays are courier.h's business.                                            */
#pragma once

#include <stdbool.h>
#include <glib.h>
#include "mail/address.h"
#include "mail/message.h"
#include "mail/reply.h"
#include "net/pace.h"

typedef enum {
    RELAY_AUTH_ANY, /* PLAIN or LOGIN, whichever the server offers */
    RELAY_AUTH_PLAIN,
    RELAY_AUTH_LOGIN,
    RELAY_AUTH_XOAUTH2, /* the password is the access token */
} RelayAuth;

typedef struct {
    const char *url;
    const char *user; /* NULL: no AUTH */
    const char *password;
    RelayAuth auth;
    bool clear_text;       /* tls = "none": the only way to send without TLS */
    const char *ca_file;   /* NULL: the system's */
    const char *cert_file; /* our certificate (PEM) and its key; NULL: none */
    const char *key_file;
    const char *ehlo_name; /* NULL: this host's */
    bool no_pipelining;    /* lock-step even where the server offers PIPELINING */
    int timeout; /* seconds for connecting and for each reply but the last (10 minutes); 0: 300 */
    int connections;         /* at a time; 0: 1 */
    int connection_messages; /* after so many a connection is closed; 0: never */
    int connection_seconds;  /* and after so long; 0: never */
    int weight;              /* its share beside other relays; 0: 1 */
    PaceRates rates;
} RelaySettings;

typedef enum {
    RELAY_SMTP,
    RELAY_MAILDIR,
    RELAY_NULL,
} RelayKind;

/* Checks SETTINGS without touching the network. DEPESCHE_ERROR_SETUP for a bad URL and the like. */
bool relay_check(const RelaySettings *settings, RelayKind *kind, GError **error);

/* What came of one message. */
typedef struct {
    SmtpPhase phase; /* of the reply that decided */
    SmtpReply reply;
} RelayResult;

void relay_result_clear(RelayResult *result);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(RelayResult, relay_result_clear)

/* A finished message on its way. Whoever has the Mail owns it. */
typedef struct {
    Address *from; /* of the envelope; NULL: <> */
    Address *to;
    Message *message; /* lines end in CRLF; dots are not stuffed */
    bool is_plain;    /* it has no eight bits, and no line that begins with a dot */
    void *owner;      /* the sender's own */
    void *carrier;    /* the courier's own */
} Mail;

/* Takes over FROM, TO and MESSAGE. */
Mail *mail_new_take(Address *from, Address *to, Message *message, void *owner);
void mail_free(Mail *mail); /* its message may have been stolen */

/* Whether an address of its envelope is beyond ASCII (RFC 6531). */
bool mail_needs_utf8(const Mail *mail);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Mail, mail_free)

/* Hands MAIL to a relay that needs no connection (RELAY_MAILDIR, RELAY_NULL). */
void relay_deliver(const RelaySettings *settings, const Mail *mail, RelayResult *result);
