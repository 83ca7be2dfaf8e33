#include "net/courier.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "net/courier-internal.h"

/* Connections that are being made at a time, each in a thread of its own. */
#define CONNECTORS_MAX 64
/* Mails that a new connection takes at once: one for its text, and the envelope behind it. */
#define MAILS_PER_CONNECTION 2u
/* More than there usually are connections: a round hears all of them. */
#define EVENTS_MAX 512
/* How often the clock is looked at: for replies that do not come, and connections that are old. */
#define TICK_MICROSECONDS ((int64_t)200 * 1000)
/* A relay that cannot be reached is tried so often, with a growing pause. */
#define CONNECT_TRIES 3
#define CONNECT_PAUSE (G_USEC_PER_SEC / 2)
/* Whoever hangs up so soon did not want us. */
#define SHORT_SECONDS 1
/* A relay that has not answered for so long does not hold others to their shares. */
#define STALL_SECONDS 2

/* What a connector brings. */
typedef struct {
    guint relay;
    GThread *connector;
    SmtpLink *link; /* NULL: RESULT says why there is none */
    RelayResult result;
} Opened;

/* Telling */

void
tell_wants_release(Courier *courier, Mail *mail, guint relay)
{
    courier->has_told = true;
    courier->listener.wants_release(courier->listener.user, mail, relay);
}

void
tell_done(Courier *courier, Mail *mail, guint relay, RelayResult *result)
{
    courier->has_told = true;
    courier->listener.done(courier->listener.user, mail, relay, result);
}

static void
tell_down(Courier *courier, guint relay, const RelayResult *result)
{
    courier->has_told = true;
    courier->listener.down(courier->listener.user, relay, result);
}

void
return_untouched(Courier *courier, Mail *mail, guint relay, const char *reason)
{
    g_auto(RelayResult) result = { .phase = SMTP_CONNECT };
    smtp_reply_lost(&result.reply, reason);
    tell_done(courier, mail, relay, &result);
}

static bool
is_any(const Mail *mail, void *user)
{
    (void)mail;
    (void)user;
    return true;
}

/* Of those that wait, the ones that IS_MEANT; the others keep their order. */
static void
return_waiting(Courier *courier, const char *reason, bool (*is_meant)(const Mail *, void *),
               void *user)
{
    for (guint left = g_queue_get_length(&courier->waiting); left > 0; left--) {
        Mail *mail = g_queue_pop_head(&courier->waiting);
        if (is_meant(mail, user))
            return_untouched(courier, mail, 0, reason);
        else
            g_queue_push_tail(&courier->waiting, mail);
    }
}

/* Relays */

/* A connector's life. */
static void *
open_link(void *data)
{
    const Relay *relay = data;
    Courier *courier = relay->courier;
    Opened *opened = g_new0(Opened, 1);
    opened->relay = relay->number;
    opened->connector = g_thread_self();
    opened->link = smtp_link_open(relay->settings, &courier->cancelled, &opened->result);
    g_async_queue_push(courier->opened, opened);
    courier_wake(courier);
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
        return_waiting(courier, "no relay can be used", is_any, NULL);
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
    tell_down(courier, relay->number, result);
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
relay_opened(Relay *relay, Opened *opened)
{
    relay->opening--;
    end_connector(relay->courier, opened->connector);
    if (opened->link == NULL) {
        if (!relay->down && g_atomic_int_get(&relay->courier->cancelled) == 0)
            relay_fail_to_open(relay, &opened->result);
        return;
    }
    if (relay->connections->len == 0)
        relay_catch_up(relay);
    Connection *connection = connection_new(relay, g_steal_pointer(&opened->link));
    if (relay->courier->finishing || relay->down)
        connection_quit(connection);
}

static void
opened_free(Opened *opened)
{
    smtp_link_close(opened->link);
    relay_result_clear(&opened->result);
    g_free(opened);
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
    relay->opened_at = courier->now;
    g_ptr_array_add(courier->connectors, connector);
    return true;
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

/* Opens connections for the mails that wait although those that are open, and will be soon, take what
 * they can. Where one has room, mails wait for a rate, or for another relay to have its share; and where there
 * is a rate, those that are being opened are waited for, unless they hang. */
static void
relay_open_more(Relay *relay)
{
    guint waiting = g_queue_get_length(&relay->courier->waiting);
    guint width = (guint)pace_width(&relay->pace);
    guint at_once = (guint)pace_in_a_second(&relay->pace);
    bool hangs = relay->courier->now - relay->opened_at > STALL_SECONDS * G_USEC_PER_SEC;
    guint soon = hangs ? 0 : relay->opening;
    bool is_enough = soon > 0 && at_once < width;
    if (relay->down || relay->courier->now < relay->try_at || waiting == 0 || is_enough ||
        relay->connections->len >= width || relay_find_room(relay) != NULL)
        return;
    while (relay->opening * MAILS_PER_CONNECTION < waiting && soon++ < at_once &&
           relay->connections->len + relay->opening < width &&
           relay->courier->connectors->len < CONNECTORS_MAX && relay_open(relay))
        continue;
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
    for (guint i = 0; surplus > 0 && i < relay->connections->len; i++, surplus--)
        connection_quit(relay->connections->pdata[i]);
}

/* Giving out */

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

/* Gives out what waits; answers how long to wait at most until the next try, in microseconds. */
static int64_t
give_out(Courier *courier)
{
    int64_t wait = TICK_MICROSECONDS;
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

/* One round */

static void
take_opened(Courier *courier)
{
    Opened *opened;
    while ((opened = g_async_queue_try_pop(courier->opened)) != NULL) {
        relay_opened(&courier->relays[opened->relay], opened);
        opened_free(opened);
    }
}

static void
forget_wake(const Courier *courier)
{
    eventfd_t ignored;
    eventfd_read(courier->wake, &ignored);
}

/* A kernel before 5.11, or a container that does not know the call, can wait for whole milliseconds only. */
static int
wait_for_events(const Courier *courier, struct epoll_event *events, int64_t wait)
{
    g_assert(wait >= 0); /* less would be for ever */
    const struct timespec patience = { .tv_sec = wait / G_USEC_PER_SEC,
                                       .tv_nsec = wait % G_USEC_PER_SEC * 1000 };
    int count = epoll_pwait2(courier->epoll, events, EVENTS_MAX, &patience, NULL);
    if (count >= 0 || errno == EINTR)
        return count;
    return epoll_wait(courier->epoll, events, EVENTS_MAX, (int)((wait + 999) / 1000));
}

/* A round that does not wait leaves a call to wake up for the next one that does: whoever called is
 * looked after between two rounds, and not necessarily between these. */
static void
follow_sockets(Courier *courier, int64_t wait)
{
    struct epoll_event events[EVENTS_MAX];
    int count = wait_for_events(courier, events, wait);
    courier->now = g_get_monotonic_time();
    for (int i = 0; i < count; i++) {
        Connection *connection = events[i].data.ptr;
        if (connection != NULL)
            connection_turn(connection, events[i].events);
        else if (wait > 0)
            forget_wake(courier);
    }
}

/* Whether CONNECTION has had its last mail. One that has had none yet waits for courier_finish(): how it ends is
 * no sign of what the relay is like. */
static bool
is_spent(const Courier *courier, const Connection *connection)
{
    bool is_last = courier->ends && courier->waiting.length == 0;
    return is_last && (courier->finishing || connection->messages > 0);
}

/* Looks at the clock, and ends what is over. */
static void
sweep(Courier *courier)
{
    bool ticks = courier->now - courier->ticked >= TICK_MICROSECONDS;
    if (ticks)
        courier->ticked = courier->now;
    for (guint i = 0; i < courier->relay_count; i++) {
        Relay *relay = &courier->relays[i];
        for (guint n = 0; n < relay->connections->len && (ticks || courier->ends); n++) {
            Connection *connection = relay->connections->pdata[n];
            if (ticks)
                connection_tick(connection);
            if (is_spent(courier, connection))
                connection_quit(connection);
        }
        relay_sweep(relay);
    }
}

static void
open_more(Courier *courier)
{
    for (guint i = 0; i < courier->relay_count; i++)
        relay_open_more(&courier->relays[i]);
}

/* Gives out before and after: what was taken since the last round, and at once, so that it rides
 * behind the next dot, what there is room for now. */
void
courier_turn(Courier *courier, int64_t wait)
{
    courier->has_told = false;
    sweep(courier);
    give_out(courier);
    open_more(courier);
    int64_t most = give_out(courier); /* a relay that needs no connection is open at once */
    follow_sockets(courier, courier->has_told ? 0 : MIN(wait, most));
    take_opened(courier);
    give_out(courier);
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
    courier->opened = g_async_queue_new_full((GDestroyNotify)opened_free);
    courier->connectors = g_ptr_array_new();
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
    return courier;
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
    if (courier == NULL)
        return;
    g_atomic_int_set(&courier->cancelled, 1);
    while (courier->connectors->len > 0)
        end_connector(courier, courier->connectors->pdata[0]);
    g_ptr_array_unref(courier->connectors);
    g_async_queue_unref(courier->opened);
    return_waiting(courier, "sending was stopped", is_any, NULL);
    for (guint i = 0; i < courier->relay_count; i++)
        relay_clear(&courier->relays[i]);
    g_rand_free(courier->random);
    close(courier->epoll);
    close(courier->wake);
    g_free(courier->relays);
    g_free(courier);
}

void
courier_wake(Courier *courier)
{
    eventfd_write(courier->wake, 1);
}

void
courier_take(Courier *courier, Mail *mail)
{
    bool usable = false;
    for (guint i = 0; i < courier->relay_count; i++)
        usable = usable || !courier->relays[i].down;
    if (courier->stopped || !usable)
        return_untouched(courier, mail, 0,
                         courier->stopped ? "sending was stopped" : "no relay can be used");
    else
        g_queue_push_tail(&courier->waiting, mail);
    courier->ends = courier->finishing;
}

void
courier_send_text(Courier *courier, Mail *mail)
{
    if (mail->carrier != NULL)
        connection_send_text(mail->carrier);
}

bool
courier_release(Courier *courier, Mail *mail)
{
    if (mail->carrier == NULL)
        return false;
    connection_release(mail->carrier);
    return true;
}

void
courier_withdraw(Courier *courier, Mail *mail)
{
    if (mail->carrier != NULL)
        connection_withdraw(mail->carrier);
}

void
courier_ease(Courier *courier, guint relay)
{
    pace_ease(&courier->relays[relay].pace, courier->now, g_rand_double(courier->random));
}

Pace *
courier_pace(Courier *courier, guint relay)
{
    return &courier->relays[relay].pace;
}

void
courier_stop_relay(Courier *courier, guint relay)
{
    const GPtrArray *connections = courier->relays[relay].connections;
    relay_go_down(&courier->relays[relay]);
    for (guint i = 0; i < connections->len; i++)
        connection_quit(connections->pdata[i]);
}

void
courier_recall(Courier *courier, bool (*is_meant)(const Mail *mail, void *user), void *user)
{
    return_waiting(courier, "the mail was called back", is_meant, user);
}

void
courier_stop(Courier *courier)
{
    courier->stopped = true;
    return_waiting(courier, "sending was stopped", is_any, NULL);
}

void
courier_end(Courier *courier)
{
    courier->ends = true;
}

/* Whether a connection is still open. */
static bool
is_busy(const Courier *courier)
{
    for (guint i = 0; i < courier->relay_count; i++) {
        const Relay *relay = &courier->relays[i];
        if (relay->kind == RELAY_SMTP && relay->connections->len > 0)
            return true;
    }
    return false;
}

void
courier_finish(Courier *courier)
{
    courier->ends = courier->finishing = true;
    g_atomic_int_set(&courier->cancelled, 1); /* nobody needs what is being opened */
    sweep(courier);
    while (is_busy(courier) || courier->connectors->len > 0) {
        courier_turn(courier, TICK_MICROSECONDS);
        sweep(courier); /* what has ended in this round is not waited for in another */
    }
}
