/* smtp_link.h - the connection below a conversation (smtp.h): libcurl makes it, bytes go over it.
 *
 * libcurl (CURLOPT_CONNECT_ONLY) does TCP, greeting, EHLO, STARTTLS or SMTPS, the second EHLO and
 * AUTH, and hands over. Its own SMTP transfer is not used: it never pipelines, blocks while it waits
 * for the reply to the final dot, and drops the connection at every refusal. Never a fall-back to
 * clear text. A link may move to another thread, but only one may use it at a time.              */
#pragma once

#include <stddef.h>
#include "net/relay.h"
#include "net/smtp.h"

typedef struct SmtpLink SmtpLink;

/* Connects; blocks as long as that takes, or until *CANCELLED is not 0 (looked at atomically, once a
 * second). NULL with the reply in RESULT when it failed. */
SmtpLink *smtp_link_open(const RelaySettings *settings, const int *cancelled, RelayResult *result);

/* Closes it without a word: QUIT is the conversation's. */
void smtp_link_close(SmtpLink *link);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SmtpLink, smtp_link_close)

const SmtpOffers *smtp_link_offers(const SmtpLink *link);
int smtp_link_socket(const SmtpLink *link); /* to wait for; never to be read */

typedef enum {
    SMTP_LINK_OK,
    SMTP_LINK_BUSY, /* nothing to read, or no room to write: wait for the socket */
    SMTP_LINK_LOST, /* smtp_link_problem() says why */
} SmtpLinkState;

/* Neither blocks. Read until BUSY before waiting: over TLS, replies may lie in libcurl while the
 * socket is silent. After BUSY, the same bytes must be sent again. */
SmtpLinkState smtp_link_receive(SmtpLink *link, char *bytes, size_t size, size_t *received);
SmtpLinkState smtp_link_send(SmtpLink *link, const char *bytes, size_t size, size_t *sent);

/* The socket says that the server has closed its side (EPOLLRDHUP): from now on reading goes to the
 * very end, which is LOST, so that nothing is sent to who has left. */
void smtp_link_ends(SmtpLink *link);

const char *smtp_link_problem(const SmtpLink *link);
