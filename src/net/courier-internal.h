/* courier-internal.h - what courier.c and connection.c share. */
#pragma once

#include "net/courier.h"
#include "net/smtp.h"
#include "net/smtp_link.h"

/* A relay and the connections to it: courier.c. */
typedef struct {
    Courier *courier;
    guint number;
    const RelaySettings *settings;
    RelayKind kind;
    Pace pace;              /* its width counts connections, its rates messages */
    GPtrArray *connections; /* of Connection *: open ones */
    guint opening;
    int64_t opened_at; /* when the last connection was begun */
    guint failures;    /* to connect, in a row */
    int64_t try_at;    /* not before that */
    double served;     /* messages by weight: the one with the least comes next */
    int64_t served_at; /* the last time that it answered */
    bool down;
} Relay;

/* An open connection; of a relay that needs none: a place for one mail at a time. */
typedef struct {
    Relay *relay;
    SmtpLink *link;
    Smtp *smtp;
    Mail *local; /* without a link: the mail that waits for its release */
    int64_t opened_at;
    bool answered; /* it has been of use: a mail got an answer */
    int messages;
    guint steps; /* of the conversation, when last looked at */
    int64_t stepped_at;
    bool waits_for_room; /* the socket takes no more at the moment */
} Connection;

struct Courier {
    CourierListener listener;
    Relay *relays;
    guint relay_count;
    int epoll;
    int wake;              /* eventfd: courier_wake() */
    GQueue waiting;        /* of Mail * */
    GAsyncQueue *opened;   /* of Opened *: from the connectors */
    GPtrArray *connectors; /* of GThread * */
    int cancelled;         /* atomic: connectors give up */
    GRand *random;
    int64_t now;    /* monotonic, once a round */
    int64_t ticked; /* the last time that the clock was looked at */
    bool has_told;  /* in this round: the listener has something to do */
    bool weighs;    /* the relays have weights of their own */
    bool stopped;
    bool ends; /* nothing more is given, as far as is known */
    bool finishing;
};

/* To the listener: courier.c. */
void tell_wants_release(Courier *courier, Mail *mail, guint relay);
void tell_done(Courier *courier, Mail *mail, guint relay, RelayResult *result);

/* MAIL goes back as if it had never been here. */
void return_untouched(Courier *courier, Mail *mail, guint relay, const char *reason);

/* Adds an open connection to RELAY's. LINK is taken over; NULL: the relay needs none. */
Connection *connection_new(Relay *relay, SmtpLink *link);

/* Of a relay's list: what is removed from it goes here. Its mails are lost. */
void connection_free(Connection *connection);

bool connection_is_over(const Connection *connection);
bool connection_is_idle(const Connection *connection);  /* no mail is in it */
bool connection_has_room(const Connection *connection); /* it can take a mail now */

/* Its socket has something to tell, EVENTS of epoll(7): hears it, and sends what there is to send. */
void connection_turn(Connection *connection, uint32_t events);

/* Whether it ended while nothing was under way: a server may have tired of it, and better to see that
 * before a mail is begun. */
bool connection_has_gone(Connection *connection);

void connection_take(Connection *connection, Mail *mail);
void connection_send_text(Connection *connection);
void connection_release(Connection *connection);
void connection_withdraw(Connection *connection);
void connection_quit(Connection *connection);

/* Looks at the clock: replies that do not come, and its age. */
void connection_tick(Connection *connection);
