#include "net/reactor-internal.h"

#include <sys/epoll.h>
#include <unistd.h>

/* Connections that are served at once; others are found when it is waited again. */
#define EVENTS_MAX 64

#define NEVER INT64_MAX

struct Reactor {
    CURLM *multi;
    int epoll;
    int64_t due; /* of g_get_monotonic_time(): when libcurl wants to be called although nothing has
                    happened */
};

/* What libcurl calls */

/* It wants to know WHAT of FD. SEEN tells whether it wanted to know anything before. */
static int
watch_socket(CURL *easy, curl_socket_t fd, int what, void *data, void *seen)
{
    Reactor *reactor = data;
    struct epoll_event event = { .data.fd = fd };
    event.events |= (what & CURL_POLL_IN) != 0 ? EPOLLIN : 0;
    event.events |= (what & CURL_POLL_OUT) != 0 ? EPOLLOUT : 0;
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(reactor->epoll, EPOLL_CTL_DEL, fd, NULL);
        return 0;
    }
    epoll_ctl(reactor->epoll, seen != NULL ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
    curl_multi_assign(reactor->multi, fd, reactor);
    return 0;
}

static int
set_timer(CURLM *multi, long milliseconds, void *data)
{
    Reactor *reactor = data;
    reactor->due = milliseconds < 0 ? NEVER : g_get_monotonic_time() + (int64_t)milliseconds * 1000;
    return 0;
}

/* What we call */

Reactor *
reactor_new(CURLM *multi)
{
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0)
        return NULL;
    Reactor *reactor = g_new0(Reactor, 1);
    reactor->multi = multi;
    reactor->epoll = epoll;
    reactor->due = NEVER;
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, reactor);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, reactor);
    return reactor;
}

void
reactor_free(Reactor *reactor)
{
    if (reactor == NULL)
        return;
    close(reactor->epoll);
    g_free(reactor);
}

/* Waits for OTHERS, and for connections with them. */
static void
wait_for_others(const Reactor *reactor, int milliseconds, GArray *others)
{
    struct pollfd connections = { .fd = reactor->epoll, .events = POLLIN };
    g_array_append_val(others, connections);
    poll((struct pollfd *)(void *)others->data, others->len, milliseconds);
    g_array_set_size(others, others->len - 1);
}

static void
serve(const Reactor *reactor, const struct epoll_event *event)
{
    int running, what = 0;
    what |= (event->events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0;
    what |= (event->events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0;
    what |= (event->events & (EPOLLERR | EPOLLHUP)) != 0 ? CURL_CSELECT_ERR : 0;
    curl_multi_socket_action(reactor->multi, event->data.fd, what, &running);
}

void
reactor_run(Reactor *reactor, int64_t microseconds, GArray *others)
{
    g_assert(microseconds >= 0); /* less would be for ever */
    struct epoll_event events[EVENTS_MAX];
    int64_t now = g_get_monotonic_time();
    int64_t wait = CLAMP(reactor->due - now, 0, microseconds);
    int milliseconds = (int)((wait + 999) / 1000);
    if (others->len > 0) {
        wait_for_others(reactor, milliseconds, others);
        milliseconds = 0;
    }
    int count = epoll_wait(reactor->epoll, events, EVENTS_MAX, milliseconds);
    for (int i = 0; i < count; i++)
        serve(reactor, &events[i]);
    if (reactor->due > g_get_monotonic_time())
        return;
    int running;
    reactor->due = NEVER;
    curl_multi_socket_action(reactor->multi, CURL_SOCKET_TIMEOUT, 0, &running);
}
