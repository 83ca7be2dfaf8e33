/* smtp.h - the conversation on one connection, from MAIL to QUIT: RFC 5321, 3.3, with command
 * pipelining (RFC 2920). Pure: what the server said comes in, what to send goes out; whoever has
 * the connection (courier.h) carries the bytes and watches the time.
 *
 * One mail after the other. With PIPELINING the envelope of the next rides behind the final dot of
 * this one, so that a message costs one round trip:
 *
 *     C: MAIL RCPT DATA                 the first envelope
 *     S: 250 250 354
 *     (the listener is told that this mail wants_release)
 *     C: text . MAIL RCPT DATA          smtp_release(): the text, its dot, the next envelope
 *     S: 250 250 250 354                done(); and so on
 *     C: text . QUIT                    the last one, after smtp_quit()
 *     S: 250 221
 *
 * The text of a mail may leave before that, by smtp_send_text(): a server that has no final dot has no mail,
 * whatever happens. It costs a write and a packet more, and gains the time that the text takes to cross the wire.
 *
 * What is refused leaves no trace: RSET, and only then, goes before the next envelope. A server that says
 * 354 although there is no recipient gets an empty text (RFC 2920, 3.1).
 *
 *     C: MAIL RCPT DATA
 *     S: 250 550 554                    done(), refused
 *     C: RSET MAIL RCPT DATA            or, behind 354:  . MAIL RCPT DATA
 *
 * Without PIPELINING each command waits for its reply. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "net/relay.h"

/* What the server's last EHLO offered. */
typedef struct {
    bool pipelining; /* RFC 2920 */
    bool size;       /* RFC 1870 */
    bool eight_bit;  /* RFC 6152 */
    bool utf8;       /* RFC 6531 */
} SmtpOffers;

/* Told from within the functions below; must not call them. */
typedef struct {
    /* The server waits for MAIL's text: smtp_release() or smtp_withdraw() is due. */
    void (*wants_release)(void *user, Mail *mail);
    /* The end of MAIL here; it is the listener's again. RESULT may be taken from. */
    void (*done)(void *user, Mail *mail, RelayResult *result);
    void *user;
} SmtpListener;

typedef struct Smtp Smtp;

/* TIMEOUT: seconds for every reply but the one to the final dot. */
Smtp *smtp_new(const SmtpOffers *offers, int timeout, const SmtpListener *listener);

/* Mails that are still in it are lost, as by smtp_lose(). */
void smtp_free(Smtp *smtp);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Smtp, smtp_free)

/* Whether there is room for one more. */
bool smtp_wants_mail(const Smtp *smtp);

/* The next mail; owned by SMTP until it is done. Only where smtp_wants_mail(). */
void smtp_take_mail(Smtp *smtp, Mail *mail);

/* The text of the mail that wants_release leaves, without its dot. May be left out. */
void smtp_send_text(Smtp *smtp);

/* The mail that wants_release may leave: its text, unless that has, and its dot. */
void smtp_release(Smtp *smtp);

/* It must not: the connection ends, since there is no other way out of DATA. The next mail comes back
 * untouched (SMTP_CONNECT). */
void smtp_withdraw(Smtp *smtp);

/* No more mails; QUIT follows the last: behind its dot with PIPELINING, else behind the reply to that. */
void smtp_quit(Smtp *smtp);

/* SIZE bytes that the server sent. */
void smtp_hear(Smtp *smtp, const char *bytes, size_t size);

/* The connection is gone, for REASON: every mail is done with that, and the conversation over. One whose envelope had
 * not been asked yet is untouched (SMTP_CONNECT). */
void smtp_lose(Smtp *smtp, const char *reason);

/* What is to be sent now; NULL: nothing. The same bytes stay at the same place until smtp_sent(). */
const char *smtp_output(Smtp *smtp, size_t *size);

/* So many bytes of it have left. */
void smtp_sent(Smtp *smtp, size_t size);

/* Seconds that the server has for the reply that is due, or to take what we send; 0: we wait for
 * nothing of it. */
int smtp_patience(const Smtp *smtp);

/* Counts up with every reply and everything sent: while it stands still, patience runs out. */
guint smtp_steps(const Smtp *smtp);

bool smtp_is_idle(const Smtp *smtp); /* no mail in it */
bool smtp_is_over(const Smtp *smtp); /* close the connection */

/* Why it ended: what it was lost by; NULL when it was not. */
const char *smtp_reason(const Smtp *smtp);
