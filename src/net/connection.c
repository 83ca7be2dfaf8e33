#include "net/courier-internal.h"

#include <sys/epoll.h>

/* SmtpListener */

static void
on_wants_release(void *user, Mail *mail)
{
    const Connection *connection = user;
    tell_wants_release(connection->relay->courier, mail, connection->relay->number);
}

static void
on_done(void *user, Mail *mail, RelayResult *result)
{
    Connection *connection = user;
    Courier *courier = connection->relay->courier;
    mail->carrier = NULL;
    if (result->reply.code > 0 && result->reply.code != 421) {
        connection->answered = true;
        connection->relay->failures = 0;
        connection->relay->served_at = courier->now;
    }
    if (result->phase == SMTP_DOT && result->reply.code / 100 == 2)
        pace_grow(&connection->relay->pace, courier->now);
    tell_done(courier, mail, connection->relay->number, result);
}

/* Connections */

Connection *
connection_new(Relay *relay, SmtpLink *link)
{
    Connection *connection = g_new0(Connection, 1);
    connection->relay = relay;
    connection->link = link;
    connection->opened_at = connection->stepped_at = relay->courier->now;
    g_ptr_array_add(relay->connections, connection);
    if (link == NULL)
        return connection;
    const SmtpListener listener = { on_wants_release, on_done, connection };
    int timeout = relay->settings->timeout > 0 ? relay->settings->timeout : 300;
    connection->smtp = smtp_new(smtp_link_offers(link), timeout, &listener);
    struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP, .data.ptr = connection };
    epoll_ctl(relay->courier->epoll, EPOLL_CTL_ADD, smtp_link_socket(link), &event);
    return connection;
}

void
connection_free(Connection *connection)
{
    if (connection->link != NULL)
        epoll_ctl(connection->relay->courier->epoll, EPOLL_CTL_DEL,
                  smtp_link_socket(connection->link), NULL);
    smtp_free(connection->smtp);
    if (connection->local != NULL)
        return_untouched(connection->relay->courier, connection->local, connection->relay->number,
                         "the mail was given up");
    smtp_link_close(connection->link);
    g_free(connection);
}

bool
connection_is_over(const Connection *connection)
{
    return connection->smtp != NULL && smtp_is_over(connection->smtp);
}

bool
connection_has_room(const Connection *connection)
{
    return connection->smtp != NULL ? smtp_wants_mail(connection->smtp) : connection->local == NULL;
}

bool
connection_is_idle(const Connection *connection)
{
    return connection->smtp != NULL ? smtp_is_idle(connection->smtp) : connection->local == NULL;
}

/* Takes everything that has arrived. */
static void
connection_receive(Connection *connection)
{
    char bytes[16 * 1024];
    size_t size;
    while (!smtp_is_over(connection->smtp)) {
        switch (smtp_link_receive(connection->link, bytes, sizeof bytes, &size)) {
        case SMTP_LINK_OK: smtp_hear(connection->smtp, bytes, size); break;
        case SMTP_LINK_BUSY: return;
        case SMTP_LINK_LOST:
            smtp_lose(connection->smtp, smtp_link_problem(connection->link));
            return;
        }
    }
}

/* Whether the socket should tell when it has room again. */
static void
connection_await_room(Connection *connection, bool waits)
{
    if (connection->waits_for_room == waits)
        return;
    connection->waits_for_room = waits;
    struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP | (waits ? EPOLLOUT : 0),
                                 .data.ptr = connection };
    epoll_ctl(connection->relay->courier->epoll, EPOLL_CTL_MOD, smtp_link_socket(connection->link),
              &event);
}

/* Sends what there is to send, as far as it goes. */
static void
connection_send(Connection *connection)
{
    const char *bytes;
    size_t size, sent;
    while ((bytes = smtp_output(connection->smtp, &size)) != NULL) {
        SmtpLinkState state = smtp_link_send(connection->link, bytes, size, &sent);
        if (state == SMTP_LINK_BUSY) {
            connection_await_room(connection, true);
            return;
        }
        if (state == SMTP_LINK_LOST) {
            /* A server that hangs up while we talk may have said why. */
            connection_receive(connection);
            smtp_lose(connection->smtp, smtp_link_problem(connection->link));
            return;
        }
        smtp_sent(connection->smtp, sent);
    }
    connection_await_room(connection, false);
}

void
connection_quit(Connection *connection)
{
    if (connection->smtp == NULL)
        return;
    smtp_quit(connection->smtp);
    connection_send(connection);
}

void
connection_take(Connection *connection, Mail *mail)
{
    Relay *relay = connection->relay;
    const RelaySettings *settings = relay->settings;
    mail->carrier = connection;
    pace_take(&relay->pace);
    relay->served += 1.0 / MAX(settings->weight, 1);
    connection->messages++;
    if (connection->smtp == NULL) {
        connection->local = mail;
        tell_wants_release(relay->courier, mail, relay->number);
        return;
    }
    smtp_take_mail(connection->smtp, mail);
    if (settings->connection_messages > 0 && connection->messages >= settings->connection_messages)
        smtp_quit(connection->smtp);
    connection_send(connection);
}

static void
connection_deliver(Connection *connection)
{
    g_auto(RelayResult) result = { 0 };
    Mail *mail = g_steal_pointer(&connection->local);
    relay_deliver(connection->relay->settings, mail, &result);
    on_done(connection, mail, &result);
}

void
connection_send_text(Connection *connection)
{
    if (connection->smtp == NULL)
        return;
    smtp_send_text(connection->smtp);
    connection_send(connection);
}

void
connection_release(Connection *connection)
{
    if (connection->smtp == NULL) {
        connection_deliver(connection);
        return;
    }
    smtp_release(connection->smtp);
    connection_send(connection);
}

void
connection_withdraw(Connection *connection)
{
    Courier *courier = connection->relay->courier;
    connection->answered = true; /* it is we who end it */
    if (connection->smtp != NULL) {
        smtp_withdraw(connection->smtp);
        return;
    }
    Mail *mail = g_steal_pointer(&connection->local);
    mail->carrier = NULL;
    return_untouched(courier, mail, connection->relay->number, "the mail was withdrawn");
}

void
connection_tick(Connection *connection)
{
    Courier *courier = connection->relay->courier;
    const RelaySettings *settings = connection->relay->settings;
    if (connection->smtp == NULL)
        return;
    int64_t patience = (int64_t)smtp_patience(connection->smtp) * G_USEC_PER_SEC;
    if (smtp_steps(connection->smtp) != connection->steps || patience == 0) {
        connection->steps = smtp_steps(connection->smtp);
        connection->stepped_at = courier->now;
    } else if (courier->now - connection->stepped_at > patience) {
        connection_receive(connection); /* it may have come while nobody listened */
        if (smtp_steps(connection->smtp) == connection->steps)
            smtp_lose(connection->smtp, "no reply in time");
        return;
    }
    int64_t age = courier->now - connection->opened_at;
    int64_t most = (int64_t)settings->connection_seconds * G_USEC_PER_SEC;
    if (most > 0 && age > most)
        connection_quit(connection);
}

void
connection_turn(Connection *connection, uint32_t events)
{
    if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
        smtp_link_ends(connection->link);
    connection_receive(connection);
    connection_send(connection);
}

bool
connection_has_gone(Connection *connection)
{
    if (connection->smtp == NULL || !smtp_is_idle(connection->smtp))
        return false;
    connection_receive(connection);
    return smtp_is_over(connection->smtp);
}
