/* transport.h - the way out: finished messages to an SMTP relay, a Maildir, or nowhere.
 *
 *   smtp://HOST[:PORT]   STARTTLS (required unless tls is "none"); port 587
 *   smtps://HOST[:PORT]  TLS from the first byte; port 465
 *   maildir:PATH         one file per message in PATH/new, named by its Message-ID: a mail that is
 *                        sent again replaces the first
 *   null:                finished bytes are thrown away
 *
 * Maildir and null are for trying things and for tests; the ledger works the same with them.     */
#pragma once

#include <stdbool.h>
#include <glib.h>
#include "mail/address.h"
#include "mail/reply.h"

typedef struct {
    const char *url;
    const char *user; /* NULL: no AUTH */
    const char *password;
    bool clear_text;       /* tls = "none": the only way to send without TLS */
    const char *ca_file;   /* NULL: the system's */
    const char *ehlo_name; /* NULL: this host's */
    int timeout; /* seconds for connecting and for each reply but the last (10 minutes); 0: 300 */
} TransportSettings;

/* What came of one message. */
typedef struct {
    SmtpPhase phase; /* of the reply that decided */
    SmtpReply reply;
} TransportResult;

void transport_result_clear(TransportResult *result);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(TransportResult, transport_result_clear)

typedef struct Transport Transport;

/* Checks SETTINGS; connects when the first message is sent. DEPESCHE_ERROR_SETUP for a bad URL. */
Transport *transport_open(const TransportSettings *settings, GError **error);

/* Says QUIT where there is a connection. */
void transport_close(Transport *transport);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Transport, transport_close)

/* Makes sure there is a connection (opens one where the last was lost): so that a caller can do it
 * before it records an intent. False with the reply in RESULT (phase SMTP_CONNECT) when the relay
 * cannot be reached or refuses us. */
bool transport_connect(Transport *transport, TransportResult *result);

/* Sends MESSAGE (CRLF lines, dots not stuffed) from FROM (NULL: <>) to TO and puts the deciding
 * reply into RESULT: 250 to the final dot, or what went wrong and in which phase. The message is
 * never sent twice here; a lost connection is opened again by the next call. */
void transport_send(Transport *transport, const Address *from, const Address *to,
                    const GString *message, TransportResult *result);
