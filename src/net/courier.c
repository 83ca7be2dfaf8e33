#include "net/courier.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "net/smtp.h"
#include "net/smtp_link.h"

/* Connections that are being made at a time, each in a thread of its own. */
#define CONNECTORS_MAX 32
#define EVENTS_MAX     64
/* How often the clock is looked at: for replies that do not come, and connections that are old. */
#define TICK_MILLISECONDS 200
/* A relay that cannot be reached is tried so often, with a growing pause. */
#define CONNECT_TRIES 3
#define CONNECT_PAUSE (G_USEC_PER_SEC / 2)
/* Whoever hangs up so soon did not want us. */
#define SHORT_SECONDS 1
/* A relay that has not answered for so long does not hold others to their shares. */
#define STALL_SECONDS 2

typedef struct {
    Courier *courier;
    guint number;
    const RelaySettings *settings;
    RelayKind kind;
    Pace pace;              /* its width counts connections, its rates messages */
    GPtrArray *connections; /* of Connection *: open ones */
    guint opening;
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

typedef enum {
    ORDER_TAKE,
    ORDER_RELEASE,
    ORDER_WITHDRAW,
    ORDER_EASE,
    ORDER_STOP_RELAY,
    ORDER_STOP,
    ORDER_FINISH,
    ORDER_ABORT,
    ORDER_OPENED, /* from a connector */
} OrderKind;

typedef struct {
    OrderKind kind;
    Mail *mail;
    guint relay;
    GThread *connector;
    SmtpLink *link; /* NULL: RESULT says why there is none */
    RelayResult result;
} Order;

struct Courier {
    CourierListener listener;
    Relay *relays;
    guint relay_count;
    GThread *thread;
    int cancelled; /* atomic: connectors give up */
    int epoll;
    int wake; /* eventfd: there are orders */

    GMutex mutex; /* of orders */
    GQueue orders;

    /* The thread's own. */
    GQueue waiting;        /* of Mail * */
    GHashTable *carried;   /* Mail * -> Connection * */
    GPtrArray *connectors; /* of GThread * */
    GRand *random;
    int64_t now; /* monotonic, once a round */
    bool weighs; /* the relays have weights of their own */
    bool stopped;
    bool finishing;
    bool aborted;
};

/* Orders */

static void
order_free(Order *order)
{
    relay_result_clear(&order->result);
    g_free(order);
}

static void
push_order(Courier *courier, const Order *order)
{
    g_queue_push_tail(&courier->orders, g_memdup2(order, sizeof *order));
}

static void
send_order(Courier *courier, Order order)
{
    g_mutex_lock(&courier->mutex);
    bool was_empty = g_queue_is_empty(&courier->orders);
    push_order(courier, &order);
    g_mutex_unlock(&courier->mutex);
    if (was_empty)
        eventfd_write(courier->wake, 1);
}

/* The same order for each of MAILS, which is emptied. */
static void
send_orders(Courier *courier, OrderKind kind, GPtrArray *mails)
{
    if (mails->len == 0)
        return;
    g_mutex_lock(&courier->mutex);
    bool was_empty = g_queue_is_empty(&courier->orders);
    for (guint i = 0; i < mails->len; i++)
        push_order(courier, &(Order){ .kind = kind, .mail = mails->pdata[i] });
    g_mutex_unlock(&courier->mutex);
    if (was_empty)
        eventfd_write(courier->wake, 1);
    g_ptr_array_set_size(mails, 0);
}

/* Moves all orders to ORDERS. */
static void
take_orders(Courier *courier, GQueue *orders)
{
    g_mutex_lock(&courier->mutex);
    *orders = courier->orders;
    g_queue_init(&courier->orders);
    g_mutex_unlock(&courier->mutex);
}

void
courier_take(Courier *courier, GPtrArray *mails)
{
    send_orders(courier, ORDER_TAKE, mails);
}

void
courier_release(Courier *courier, GPtrArray *mails)
{
    send_orders(courier, ORDER_RELEASE, mails);
}

void
courier_withdraw(Courier *courier, GPtrArray *mails)
{
    send_orders(courier, ORDER_WITHDRAW, mails);
}

void
courier_ease(Courier *courier, guint relay)
{
    send_order(courier, (Order){ .kind = ORDER_EASE, .relay = relay });
}

void
courier_stop_relay(Courier *courier, guint relay)
{
    send_order(courier, (Order){ .kind = ORDER_STOP_RELAY, .relay = relay });
}

void
courier_stop(Courier *courier)
{
    send_order(courier, (Order){ .kind = ORDER_STOP });
}

/* Mails */

/* Gives MAIL back as if it had never been here. */
static void
return_untouched(Courier *courier, Mail *mail, guint relay, const char *reason)
{
    g_auto(RelayResult) result = { .phase = SMTP_CONNECT };
    smtp_reply_lost(&result.reply, reason);
    courier->listener.done(courier->listener.user, mail, relay, &result);
}

static void
return_waiting(Courier *courier, const char *reason)
{
    Mail *mail;
    while ((mail = g_queue_pop_head(&courier->waiting)) != NULL)
        return_untouched(courier, mail, 0, reason);
}

/* SmtpListener */

static void
on_wants_release(void *user, Mail *mail)
{
    const Connection *connection = user;
    const CourierListener *listener = &connection->relay->courier->listener;
    listener->wants_release(listener->user, mail);
}

static void
on_done(void *user, Mail *mail, RelayResult *result)
{
    Connection *connection = user;
    Courier *courier = connection->relay->courier;
    g_hash_table_remove(courier->carried, mail);
    if (result->reply.code > 0 && result->reply.code != 421) {
        connection->answered = true;
        connection->relay->failures = 0;
        connection->relay->served_at = courier->now;
    }
    if (result->phase == SMTP_DOT && result->reply.code / 100 == 2)
        pace_grow(&connection->relay->pace);
    courier->listener.done(courier->listener.user, mail, connection->relay->number, result);
}

/* Connections */

static Connection *
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
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = connection };
    epoll_ctl(relay->courier->epoll, EPOLL_CTL_ADD, smtp_link_socket(link), &event);
    return connection;
}

/* Of a relay's list: what is removed from it goes here. */
static void
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

static bool
connection_is_over(const Connection *connection)
{
    return connection->smtp != NULL && smtp_is_over(connection->smtp);
}

/* Whether it can take a mail now. */
static bool
connection_has_room(const Connection *connection)
{
    return connection->smtp != NULL ? smtp_wants_mail(connection->smtp) : connection->local == NULL;
}

static bool
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
    struct epoll_event event = { .events = EPOLLIN | (waits ? EPOLLOUT : 0),
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

static void
connection_take(Connection *connection, Mail *mail)
{
    Relay *relay = connection->relay;
    const RelaySettings *settings = relay->settings;
    g_hash_table_insert(relay->courier->carried, mail, connection);
    pace_take(&relay->pace);
    relay->served += 1.0 / MAX(settings->weight, 1);
    connection->messages++;
    if (connection->smtp == NULL) {
        connection->local = mail;
        relay->courier->listener.wants_release(relay->courier->listener.user, mail);
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

/* The dot goes out after a last look at the connection: a mail whose dot was never sent has not
 * arrived, and nobody needs to wonder. */
static void
connection_release(Connection *connection)
{
    if (connection->smtp == NULL) {
        connection_deliver(connection);
        return;
    }
    connection_receive(connection);
    if (smtp_is_over(connection->smtp))
        return;
    smtp_release(connection->smtp);
    connection_send(connection);
}

static void
connection_withdraw(Connection *connection)
{
    Courier *courier = connection->relay->courier;
    connection->answered = true; /* it is we who end it */
    if (connection->smtp != NULL) {
        smtp_withdraw(connection->smtp);
        return;
    }
    Mail *mail = g_steal_pointer(&connection->local);
    g_hash_table_remove(courier->carried, mail);
    return_untouched(courier, mail, connection->relay->number, "the mail was withdrawn");
}

/* Looks at the clock. */
static void
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
        smtp_lose(connection->smtp, "no reply in time");
        return;
    }
    int64_t age = courier->now - connection->opened_at;
    int64_t most = (int64_t)settings->connection_seconds * G_USEC_PER_SEC;
    if (most > 0 && age > most) {
        smtp_quit(connection->smtp);
        connection_send(connection);
    }
}

/* Relays */

/* A connector's life: what it brings goes back as an order. */
static void *
open_link(void *data)
{
    const Relay *relay = data;
    Courier *courier = relay->courier;
    Order order = { .kind = ORDER_OPENED, .relay = relay->number, .connector = g_thread_self() };
    order.link = smtp_link_open(relay->settings, &courier->cancelled, &order.result);
    send_order(courier, order);
    return NULL;
}

/* Joined, so that it has cleaned up behind itself before the program ends. */
static void
end_connector(Courier *courier, GThread *connector)
{
    g_ptr_array_remove_fast(courier->connectors, connector);
    g_thread_join(connector);
}

static void
relay_go_down(Relay *relay)
{
    Courier *courier = relay->courier;
    bool is_last = true;
    relay->down = true;
    for (guint i = 0; i < courier->relay_count; i++)
        is_last = is_last && courier->relays[i].down;
    if (is_last)
        return_waiting(courier, "no relay can be used");
}

/* There is no connection. While others hold, it is one too many; else the relay is tried again,
 * unless it has refused us for good. */
static void
relay_fail_to_open(Relay *relay, const RelayResult *result)
{
    Courier *courier = relay->courier;
    double chance = g_rand_double(courier->random);
    if (relay->connections->len > 0 || result->reply.code / 100 == 4)
        pace_ease(&relay->pace, courier->now, chance);
    if (courier->now >= relay->try_at) /* those that were opened together fail together */
        relay->failures++;
    relay->try_at = courier->now + (int64_t)(relay->failures * CONNECT_PAUSE * (0.5 + chance));
    bool hopeless = result->reply.code >= 500 || relay->failures >= CONNECT_TRIES;
    if (relay->connections->len > 0 || relay->opening > 0 || !hopeless)
        return;
    courier->listener.down(courier->listener.user, relay->number, result);
    relay_go_down(relay);
}

/* A relay that comes late, or comes back, has no debt to make up for. */
static void
relay_catch_up(Relay *relay)
{
    const Courier *courier = relay->courier;
    double least = G_MAXDOUBLE;
    for (guint i = 0; i < courier->relay_count; i++)
        if (&courier->relays[i] != relay && courier->relays[i].connections->len > 0)
            least = MIN(least, courier->relays[i].served);
    if (least < G_MAXDOUBLE)
        relay->served = MAX(relay->served, least);
    relay->served_at = courier->now;
}

static void
relay_opened(Relay *relay, Order *order)
{
    relay->opening--;
    end_connector(relay->courier, order->connector);
    if (order->link == NULL) {
        if (!relay->down && g_atomic_int_get(&relay->courier->cancelled) == 0)
            relay_fail_to_open(relay, &order->result);
        return;
    }
    if (relay->connections->len == 0)
        relay_catch_up(relay);
    Connection *connection = connection_new(relay, order->link);
    if (relay->courier->finishing || relay->down) {
        smtp_quit(connection->smtp);
        connection_send(connection);
    }
}

/* False when there is no thread to be had for it. */
static bool
relay_open(Relay *relay)
{
    Courier *courier = relay->courier;
    if (relay->kind != RELAY_SMTP) {
        connection_new(relay, NULL);
        return true;
    }
    g_autoptr(GError) problem = NULL;
    GThread *connector = g_thread_try_new("connector", open_link, relay, &problem);
    if (connector == NULL) {
        g_auto(RelayResult) result = { .phase = SMTP_CONNECT };
        smtp_reply_lost(&result.reply, problem->message);
        relay_fail_to_open(relay, &result);
        return false;
    }
    relay->opening++;
    g_ptr_array_add(courier->connectors, connector);
    return true;
}

/* Opens connections as there is work for them: two mails that wait are worth another one. */
static void
relay_open_more(Relay *relay)
{
    guint waiting = g_queue_get_length(&relay->courier->waiting);
    if (waiting == 0 || relay->down || relay->courier->now < relay->try_at)
        return;
    guint wanted = MIN((guint)pace_width(&relay->pace), waiting / 2 + 1);
    while (relay->connections->len + relay->opening < wanted &&
           relay->courier->connectors->len < CONNECTORS_MAX && relay_open(relay))
        continue;
}

/* A connection that can take a mail now, an idle one if there is one; or NULL. */
static Connection *
relay_find_room(const Relay *relay)
{
    Connection *found = NULL;
    for (guint i = 0; i < relay->connections->len; i++) {
        Connection *connection = relay->connections->pdata[i];
        if (!connection_has_room(connection))
            continue;
        if (connection_is_idle(connection))
            return connection;
        if (found == NULL)
            found = connection;
    }
    return found;
}

/* A connection that ended before it was of any use is as good as none: without this, a server that
 * hangs up behind its greeting would be called again and again. */
static void
relay_judge_end(Relay *relay, const Connection *connection)
{
    const char *reason = smtp_reason(connection->smtp);
    bool was_short = relay->courier->now - connection->opened_at < SHORT_SECONDS * G_USEC_PER_SEC;
    if (connection->answered || reason == NULL || relay->down || relay->courier->finishing)
        return;
    if (!was_short && connection->messages == 0)
        return; /* there was nothing to do, because of a rate, and the server tired of waiting */
    g_auto(RelayResult) result = { .phase = SMTP_CONNECT };
    smtp_reply_lost(&result.reply, reason);
    relay_fail_to_open(relay, &result);
}

/* Ends the connections that are over, and asks those to go that are too many. */
static void
relay_sweep(Relay *relay)
{
    int surplus = (int)relay->connections->len - pace_width(&relay->pace);
    for (guint i = relay->connections->len; i > 0; i--) {
        Connection *connection = relay->connections->pdata[i - 1];
        if (connection_is_over(connection)) {
            g_ptr_array_remove_index_fast(relay->connections, i - 1);
            relay_judge_end(relay, connection);
            connection_free(connection);
            surplus--;
        }
    }
    for (guint i = 0; surplus > 0 && i < relay->connections->len; i++, surplus--) {
        Connection *connection = relay->connections->pdata[i];
        if (connection->smtp != NULL) {
            smtp_quit(connection->smtp);
            connection_send(connection);
        }
    }
}

/* The loop */

/* What the relay that is furthest behind its share has served, among those that take mails now: one
 * that hangs, rests or is not there holds nobody back. */
static double
least_served(Courier *courier)
{
    double least = G_MAXDOUBLE;
    for (guint i = 0; i < courier->relay_count; i++) {
        Relay *relay = &courier->relays[i];
        bool is_awake = courier->now - relay->served_at < STALL_SECONDS * G_USEC_PER_SEC;
        if (!relay->down && is_awake && relay->connections->len > 0 &&
            pace_wait(&relay->pace, courier->now) == 0)
            least = MIN(least, relay->served);
    }
    return least;
}

/* Room at the relay that has had the least for its weight. A fast one does not run ahead of its
 * share by more than a mail for each connection. *WAIT becomes the time until a rate allows one that
 * has room, where that is sooner. */
static Connection *
find_room(Courier *courier, int64_t *wait)
{
    Connection *best = NULL;
    double least = courier->weighs ? least_served(courier) : 0;
    for (guint i = 0; i < courier->relay_count; i++) {
        Relay *relay = &courier->relays[i];
        double ahead = relay->connections->len / (double)MAX(relay->settings->weight, 1);
        bool is_ahead = courier->weighs && relay->served > least + ahead;
        if (relay->down || is_ahead || (best != NULL && best->relay->served <= relay->served))
            continue;
        Connection *connection = relay_find_room(relay);
        if (connection == NULL)
            continue;
        int64_t until = pace_wait(&relay->pace, courier->now);
        if (until == 0)
            best = connection;
        else
            *wait = MIN(*wait, until);
    }
    return best;
}

/* A server may have tired of an idle connection: better to see that before a mail is begun. */
static bool
connection_has_gone(Connection *connection)
{
    if (connection->smtp == NULL || !smtp_is_idle(connection->smtp))
        return false;
    connection_receive(connection);
    return smtp_is_over(connection->smtp);
}

/* Gives out what waits; answers how long to wait at most until the next try, in microseconds. */
static int64_t
give_out(Courier *courier)
{
    int64_t wait = TICK_MILLISECONDS * 1000;
    while (!g_queue_is_empty(&courier->waiting)) {
        Connection *connection = find_room(courier, &wait);
        if (connection == NULL)
            break;
        if (connection_has_gone(connection))
            continue;
        connection_take(connection, g_queue_pop_head(&courier->waiting));
    }
    return wait;
}

static void
take_mail(Courier *courier, Mail *mail)
{
    for (guint i = 0; !courier->stopped && i < courier->relay_count; i++) {
        if (!courier->relays[i].down) {
            g_queue_push_tail(&courier->waiting, mail);
            return;
        }
    }
    return_untouched(courier, mail, 0,
                     courier->stopped ? "sending was stopped" : "no relay can be used");
}

static void
stop_relay(Relay *relay)
{
    relay_go_down(relay);
    for (guint i = 0; i < relay->connections->len; i++) {
        Connection *connection = relay->connections->pdata[i];
        if (connection->smtp != NULL) {
            smtp_quit(connection->smtp);
            connection_send(connection);
        }
    }
}

/* Mails that were lost or given back meanwhile are not found any more. */
static void
answer(Courier *courier, const Order *order)
{
    Connection *connection = g_hash_table_lookup(courier->carried, order->mail);
    if (connection == NULL)
        return;
    if (order->kind == ORDER_RELEASE)
        connection_release(connection);
    else
        connection_withdraw(connection);
}

static void
follow(Courier *courier, Order *order)
{
    switch (order->kind) {
    case ORDER_TAKE: take_mail(courier, order->mail); return;
    case ORDER_RELEASE:
    case ORDER_WITHDRAW: answer(courier, order); return;
    case ORDER_EASE:
        pace_ease(&courier->relays[order->relay].pace, courier->now,
                  g_rand_double(courier->random));
        return;
    case ORDER_STOP_RELAY: stop_relay(&courier->relays[order->relay]); return;
    case ORDER_STOP:
        courier->stopped = true;
        return_waiting(courier, "sending was stopped");
        return;
    case ORDER_FINISH: courier->finishing = true; return;
    case ORDER_ABORT: courier->finishing = courier->aborted = true; return;
    case ORDER_OPENED: relay_opened(&courier->relays[order->relay], order); return;
    }
    g_assert_not_reached();
}

static void
follow_orders(Courier *courier)
{
    GQueue orders;
    Order *order;
    take_orders(courier, &orders);
    while ((order = g_queue_pop_head(&orders)) != NULL) {
        follow(courier, order);
        order_free(order);
    }
}

static void
follow_sockets(Courier *courier, int64_t wait)
{
    struct epoll_event events[EVENTS_MAX];
    int count = epoll_wait(courier->epoll, events, EVENTS_MAX, (int)((wait + 999) / 1000));
    courier->now = g_get_monotonic_time();
    for (int i = 0; i < count; i++) {
        Connection *connection = events[i].data.ptr;
        if (connection == NULL) { /* orders are looked at in every round */
            eventfd_t ignored;
            eventfd_read(courier->wake, &ignored);
            continue;
        }
        connection_receive(connection);
        connection_send(connection);
    }
}

/* True when a connection is still open or being opened. */
static bool
sweep(Courier *courier, bool ticks)
{
    bool busy = false;
    for (guint i = 0; i < courier->relay_count; i++) {
        Relay *relay = &courier->relays[i];
        for (guint n = 0; n < relay->connections->len; n++) {
            Connection *connection = relay->connections->pdata[n];
            if (ticks)
                connection_tick(connection);
            if (courier->finishing && connection->smtp != NULL &&
                g_queue_is_empty(&courier->waiting)) {
                smtp_quit(connection->smtp);
                connection_send(connection);
            }
        }
        relay_sweep(relay);
        relay_open_more(relay);
        busy = busy || relay->opening > 0;
        for (guint n = 0; n < relay->connections->len; n++)
            busy = busy || relay->kind == RELAY_SMTP ||
                   !connection_is_idle(relay->connections->pdata[n]);
    }
    return busy;
}

static void *
courier_run(void *data)
{
    Courier *courier = data;
    int64_t ticked = 0;
    int64_t wait = 0;
    for (;;) {
        follow_sockets(courier, wait);
        follow_orders(courier);
        if (courier->aborted)
            return NULL; /* what is left is told when it is freed */
        bool ticks = courier->now - ticked >= TICK_MILLISECONDS * 1000;
        if (ticks)
            ticked = courier->now;
        bool busy = sweep(courier, ticks);
        if (courier->finishing && g_queue_is_empty(&courier->waiting)) {
            g_atomic_int_set(&courier->cancelled, 1); /* nobody needs what is being opened */
            if (!busy)
                return NULL;
        }
        wait = give_out(courier);
        courier->listener.round(courier->listener.user);
    }
}

/* From outside */

Courier *
courier_new(const RelaySettings *settings, guint count, const CourierListener *listener)
{
    Courier *courier = g_new0(Courier, 1);
    courier->listener = *listener;
    courier->relays = g_new0(Relay, count);
    courier->relay_count = count;
    courier->now = g_get_monotonic_time();
    courier->random = g_rand_new();
    courier->carried = g_hash_table_new(g_direct_hash, g_direct_equal);
    g_mutex_init(&courier->mutex);
    g_queue_init(&courier->orders);
    g_queue_init(&courier->waiting);
    for (guint i = 0; i < count; i++) {
        Relay *relay = &courier->relays[i];
        relay->courier = courier;
        relay->number = i;
        relay->settings = &settings[i];
        relay->connections = g_ptr_array_new();
        courier->weighs =
            courier->weighs || MAX(settings[i].weight, 1) != MAX(settings[0].weight, 1);
        bool fine = relay_check(relay->settings, &relay->kind, NULL);
        g_assert(fine);
        pace_init(&relay->pace, relay->settings->connections, &relay->settings->rates,
                  courier->now);
    }
    courier->epoll = epoll_create1(EPOLL_CLOEXEC);
    courier->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    g_assert(courier->epoll >= 0 && courier->wake >= 0);
    struct epoll_event event = { .events = EPOLLIN };
    epoll_ctl(courier->epoll, EPOLL_CTL_ADD, courier->wake, &event);
    courier->connectors = g_ptr_array_new();
    courier->thread = g_thread_new("courier", courier_run, courier);
    return courier;
}

static void
join(Courier *courier)
{
    if (courier->thread != NULL)
        g_thread_join(g_steal_pointer(&courier->thread));
}

void
courier_finish(Courier *courier)
{
    send_order(courier, (Order){ .kind = ORDER_FINISH });
    join(courier);
}

static void
relay_clear(Relay *relay)
{
    for (guint i = 0; i < relay->connections->len; i++)
        connection_free(relay->connections->pdata[i]);
    g_ptr_array_unref(relay->connections);
}

void
courier_free(Courier *courier)
{
    GQueue orders;
    Order *order;
    if (courier == NULL)
        return;
    g_atomic_int_set(&courier->cancelled, 1);
    if (courier->thread != NULL)
        send_order(courier, (Order){ .kind = ORDER_ABORT });
    join(courier);
    while (courier->connectors->len > 0)
        end_connector(courier, courier->connectors->pdata[0]);
    g_ptr_array_unref(courier->connectors);
    return_waiting(courier, "sending was stopped");
    take_orders(courier, &orders);
    while ((order = g_queue_pop_head(&orders)) != NULL) {
        if (order->kind == ORDER_TAKE)
            return_untouched(courier, order->mail, 0, "sending was stopped");
        smtp_link_close(order->link);
        order_free(order);
    }
    for (guint i = 0; i < courier->relay_count; i++)
        relay_clear(&courier->relays[i]);
    courier->listener.round(courier->listener.user);
    g_hash_table_unref(courier->carried);
    g_rand_free(courier->random);
    close(courier->epoll);
    close(courier->wake);
    g_mutex_clear(&courier->mutex);
    g_free(courier->relays);
    g_free(courier);
}
