/* courier.h - carries mails out over all connections of all relays.
 *
 * Every conversation (smtp.h) runs in one epoll loop, a round of which is courier_turn(); threads of
 * its own only make connections. All is called from one thread, and what becomes of the mails is
 * told to the listener from within these functions:
 *
 *     courier_take(mail)  ─►  wants_release(mail)  ─►  courier_release(mail)  ─►  done(mail, result)
 *                                    │ the server waits for the text
 *                                    └────────────►  courier_withdraw(mail)  ─►  done
 *
 * A mail that is refused before its text is done() without having wanted a release. Connections are
 * opened as there is work for them, closed with QUIT after their time or their share of messages,
 * and opened again when they are lost; no mail is ever sent twice here.                          */
#pragma once

#include <stdbool.h>
#include <glib.h>
#include "net/relay.h"

/* Must not call the courier: what is told is acted upon between two rounds. */
typedef struct {
    /* MAIL waits at relay number RELAY for courier_release() or courier_withdraw(). */
    void (*wants_release)(void *user, Mail *mail, guint relay);

    /* The end of MAIL here, which is the listener's again. It went, or was to go, to relay number
     * RELAY. An untouched mail (no relay took it up: RESULT says why) has phase SMTP_CONNECT. RESULT
     * may be taken from. */
    void (*done)(void *user, Mail *mail, guint relay, RelayResult *result);

    /* Relay number RELAY cannot be used any more: it refuses us, or cannot be reached. After the last
     * one, mails that wait come back untouched. */
    void (*down)(void *user, guint relay, const RelayResult *result);

    void *user;
} CourierListener;

typedef struct Courier Courier;

/* SETTINGS (COUNT of them, which must outlive it) have passed relay_check(). */
Courier *courier_new(const RelaySettings *settings, guint count, const CourierListener *listener);

/* Cuts every connection without a further word; mails that are still here come back as lost. */
void courier_free(Courier *courier);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Courier, courier_free)

/* The next mail, owned by the courier until it is done. Takes any number: whoever gives them limits
 * how many are under way. */
void courier_take(Courier *courier, Mail *mail);

/* The text of MAIL, which wants its release, leaves already; nobody has the mail before courier_release(). One that was
 * done meanwhile is left alone. */
void courier_send_text(Courier *courier, Mail *mail);

/* Answers to wants_release(). One that was done meanwhile is left alone: then courier_release() says false. */
bool courier_release(Courier *courier, Mail *mail);
void courier_withdraw(Courier *courier, Mail *mail);

/* One round: hears what has arrived and gives out what waits. When there is nothing to be heard it
 * waits up to WAIT microseconds for that. */
void courier_turn(Courier *courier, int64_t wait);

/* From any thread: a round that waits ends now, or the next one that would wait. */
void courier_wake(Courier *courier);

/* RELAY has asked to slow down: half as many connections, half its rates, for a while. */
void courier_ease(Courier *courier, guint relay);

/* The pace of RELAY: what an earlier run has used of it, and a later one should know. */
Pace *courier_pace(Courier *courier, guint relay);

/* RELAY is not used any more. What is under way there is finished. */
void courier_stop_relay(Courier *courier, guint relay);

/* Mails that no connection has taken up, and that IS_MEANT, come back untouched. */
void courier_recall(Courier *courier, bool (*is_meant)(const Mail *mail, void *user), void *user);

/* All of them do, and those that are still given; what is under way is finished. */
void courier_stop(Courier *courier);

/* No more mails are coming, as far as is known: connections that have had some say QUIT behind their last,
 * which spares a round trip. A mail that is taken all the same needs another connection, and those that have
 * said QUIT keep their place until they are gone. */
void courier_end(Courier *courier);

/* No more mails are coming, and all have ended: ends the conversations in a decent way and waits for
 * that. */
void courier_finish(Courier *courier);
