/* delayproxy - a TCP proxy on loopback that makes the way longer.
 *
 *     delayproxy --listen PORT --target PORT --delay MICROSECONDS
 *
 * Every byte, and every end of a stream, arrives DELAY after it was read: once on the way there and
 * once on the way back, so a round trip takes twice DELAY and what the two sides need. There is no
 * limit of bandwidth and no loss. Opening a connection takes three ways before the target can say
 * anything (SYN, SYN-ACK, ACK); the kernel answers the first two at once here, so the proxy waits
 * before it connects. It prints "ready" when it listens, and ends by SIGTERM.
 *
 * How: the delay is the same for everything, so what was read first is due first. All chunks of all
 * connections stand in one queue in the order of their arrival, and only its head needs a timer.
 * What the other side does not take at once waits in the lane and leaves when epoll says so.
 *
 * Only for the benchmark: an error it does not expect ends it.                                      */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* What one read can take; larger than any mail of the benchmark, so that a mail stays one chunk. */
#define CHUNK_BYTES (128 * 1024)

/* SYN, SYN-ACK and ACK pass before the target sees a connection. */
#define WAYS_TO_OPEN 3

#define EVENTS 256

typedef struct Chunk Chunk;
typedef struct Pair Pair;

/* One direction of a connection. */
typedef struct {
    Pair *pair;
    int from, to;
    Chunk *first, *last; /* what is due and was not taken yet */
    bool finished;       /* the end of the stream was read */
    bool ended;          /* and has left */
} Lane;

/* An accepted connection and the one to the target; each of its sockets begins one lane. */
struct Pair {
    Lane there, back;
    int ways_left; /* until the target is connected */
    int in_flight; /* chunks of it in the queue and in its lanes */
    bool broken;   /* a reset: nothing is written any more, what is in flight is let go */
    bool released;
    Pair *next_dead;
};

/* What was read at once, on its way. */
struct Chunk {
    Chunk *next;      /* in the queue */
    Chunk *next_lane; /* in the lane, once it is due */
    Lane *lane;
    int64_t due;
    size_t size,
        done; /* SIZE 0: the end of the stream, or, before it is open, one way of opening */
    char bytes[];
};

typedef struct {
    int epoll, listener;
    struct sockaddr_in target;
    int64_t delay; /* nanoseconds */
    Chunk *first, *last;
    Pair *dead; /* freed when the events at hand are done: they may still name it */
    char buffer[CHUNK_BYTES];
} Proxy;

static void
must(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "delayproxy: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int64_t
now_get(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void
queue_append(Proxy *proxy, Lane *lane, const char *bytes, size_t size)
{
    Chunk *chunk = malloc(sizeof(Chunk) + size);
    must(chunk != NULL, "memory");
    *chunk = (Chunk){ .lane = lane, .due = now_get() + proxy->delay, .size = size };
    if (size > 0)
        memcpy(chunk->bytes, bytes, size);
    if (proxy->last != NULL)
        proxy->last->next = chunk;
    else
        proxy->first = chunk;
    proxy->last = chunk;
    lane->pair->in_flight++;
}

static void
lane_drop(Lane *lane)
{
    while (lane->first != NULL) {
        Chunk *chunk = lane->first;
        lane->first = chunk->next_lane;
        free(chunk);
        lane->pair->in_flight--;
    }
    lane->last = NULL;
}

/* Closes a pair as soon as both ends have left or one is broken, and nothing of it is on its way. */
static void
pair_release(Proxy *proxy, Pair *pair)
{
    if (pair->released || (!pair->broken && !(pair->there.ended && pair->back.ended)))
        return;
    if (pair->broken) {
        lane_drop(&pair->there);
        lane_drop(&pair->back);
    }
    if (pair->in_flight > 0)
        return;
    close(pair->there.from);
    close(pair->there.to);
    pair->released = true;
    pair->next_dead = proxy->dead;
    proxy->dead = pair;
}

static void
pair_break(Proxy *proxy, Pair *pair)
{
    pair->broken = true;
    epoll_ctl(proxy->epoll, EPOLL_CTL_DEL, pair->there.from, NULL);
    epoll_ctl(proxy->epoll, EPOLL_CTL_DEL, pair->there.to, NULL);
}

/* Writes what is due in a lane until the socket takes no more; epoll is edge-triggered and tells
 * when it does again. */
static void
lane_flush(Proxy *proxy, Lane *lane)
{
    while (lane->first != NULL && !lane->pair->broken) {
        Chunk *chunk = lane->first;
        if (chunk->size == 0) {
            shutdown(lane->to, SHUT_WR);
            lane->ended = true;
        } else {
            ssize_t n = send(lane->to, chunk->bytes + chunk->done, chunk->size - chunk->done,
                             MSG_NOSIGNAL | MSG_DONTWAIT);
            if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return;
            if (n < 0) {
                pair_break(proxy, lane->pair);
                return;
            }
            chunk->done += (size_t)n;
            if (chunk->done < chunk->size)
                continue;
        }
        lane->first = chunk->next_lane;
        if (lane->first == NULL)
            lane->last = NULL;
        free(chunk);
        lane->pair->in_flight--;
    }
}

/* Reads until the socket is empty. A short read says that it is, but for the end of the stream, of
 * which epoll tells once (HANGUP). */
static void
lane_read(Proxy *proxy, Lane *lane, bool hangup)
{
    while (!lane->pair->broken && !lane->finished) {
        ssize_t n = recv(lane->from, proxy->buffer, CHUNK_BYTES, MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (n < 0) {
            pair_break(proxy, lane->pair);
            return;
        }
        queue_append(proxy, lane, proxy->buffer, (size_t)n);
        lane->finished = n == 0;
        if (n < CHUNK_BYTES && !hangup)
            return;
    }
}

static void
watch(Proxy *proxy, Pair *pair, int socket, bool target)
{
    int yes = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    /* The lowest bit says which socket of the pair it is. */
    struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                                 .data.u64 = (uint64_t)(uintptr_t)pair | (target ? 1 : 0) };
    must(epoll_ctl(proxy->epoll, EPOLL_CTL_ADD, socket, &event) == 0, "epoll_ctl");
}

/* One way of opening has passed. After the last one the target is connected, which on loopback is
 * done at once, and both sockets are watched. */
static void
pair_open(Proxy *proxy, Pair *pair)
{
    if (--pair->ways_left > 0) {
        queue_append(proxy, &pair->there, NULL, 0);
        return;
    }
    must(connect(pair->there.to, (struct sockaddr *)&proxy->target, sizeof proxy->target) == 0,
         "connect");
    watch(proxy, pair, pair->there.from, false);
    watch(proxy, pair, pair->there.to, true);
}

static void
accept_all(Proxy *proxy)
{
    for (;;) {
        int client = accept4(proxy->listener, NULL, NULL, SOCK_CLOEXEC);
        if (client < 0 && (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED))
            return;
        must(client >= 0, "accept");
        int target = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        must(target >= 0, "socket");
        Pair *pair = calloc(1, sizeof *pair);
        must(pair != NULL, "memory");
        pair->there = (Lane){ .pair = pair, .from = client, .to = target };
        pair->back = (Lane){ .pair = pair, .from = target, .to = client };
        pair->ways_left = WAYS_TO_OPEN;
        queue_append(proxy, &pair->there, NULL, 0);
    }
}

/* Hands on what is due. The nanoseconds until the next chunk is; -1: none is on its way. */
static int64_t
queue_run(Proxy *proxy)
{
    while (proxy->first != NULL) {
        int64_t wait = proxy->first->due - now_get();
        if (wait > 0)
            return wait;
        Chunk *chunk = proxy->first;
        proxy->first = chunk->next;
        if (proxy->first == NULL)
            proxy->last = NULL;
        Lane *lane = chunk->lane;
        Pair *pair = lane->pair;
        if (pair->broken || pair->ways_left > 0) {
            bool broken = pair->broken;
            free(chunk);
            pair->in_flight--;
            if (!broken)
                pair_open(proxy, pair);
        } else {
            if (lane->last != NULL)
                lane->last->next_lane = chunk;
            else
                lane->first = chunk;
            lane->last = chunk;
            lane_flush(proxy, lane);
        }
        pair_release(proxy, pair);
    }
    return -1;
}

static void
event_handle(Proxy *proxy, const struct epoll_event *event)
{
    if (event->data.u64 == 0) {
        accept_all(proxy);
        return;
    }
    bool target = (event->data.u64 & 1) != 0;
    Pair *pair = (Pair *)(uintptr_t)(event->data.u64 & ~(uint64_t)1);
    if (pair->released)
        return;
    Lane *reads = target ? &pair->back : &pair->there;
    Lane *writes = target ? &pair->there : &pair->back;
    if (event->events & EPOLLERR)
        pair_break(proxy, pair);
    if (event->events & (EPOLLIN | EPOLLRDHUP))
        lane_read(proxy, reads, (event->events & EPOLLRDHUP) != 0);
    if (event->events & EPOLLOUT)
        lane_flush(proxy, writes);
    pair_release(proxy, pair);
}

static long
number_parse(const char *text)
{
    char *end;
    long number = strtol(text, &end, 10);
    must(*text != '\0' && *end == '\0' && number >= 0, text);
    return number;
}

static void
proxy_open(Proxy *proxy, uint16_t port)
{
    int yes = 1;
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    proxy->epoll = epoll_create1(EPOLL_CLOEXEC);
    proxy->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    must(proxy->epoll >= 0 && proxy->listener >= 0, "socket");
    setsockopt(proxy->listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    must(bind(proxy->listener, (struct sockaddr *)&address, sizeof address) == 0 &&
             listen(proxy->listener, 1024) == 0,
         "listen");
    struct epoll_event event = { .events = EPOLLIN };
    must(epoll_ctl(proxy->epoll, EPOLL_CTL_ADD, proxy->listener, &event) == 0, "epoll_ctl");
}

int
main(int argc, char **argv)
{
    static Proxy proxy;
    long listen_port = 0, target_port = 0, delay = 0;
    for (int i = 1; i + 1 < argc; i += 2) {
        long number = number_parse(argv[i + 1]);
        if (strcmp(argv[i], "--listen") == 0)
            listen_port = number;
        else if (strcmp(argv[i], "--target") == 0)
            target_port = number;
        else if (strcmp(argv[i], "--delay") == 0)
            delay = number;
    }
    if (listen_port < 1 || listen_port > 65535 || target_port < 1 || target_port > 65535) {
        fprintf(stderr, "usage: delayproxy --listen PORT --target PORT --delay MICROSECONDS\n");
        return 64;
    }
    proxy.delay = delay * 1000;
    proxy.target = (struct sockaddr_in){ .sin_family = AF_INET,
                                         .sin_port = htons((uint16_t)target_port),
                                         .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    /* The kernel may round a wait up by 50 microseconds unless it is told not to. */
    prctl(PR_SET_TIMERSLACK, 1);
    proxy_open(&proxy, (uint16_t)listen_port);
    puts("ready");
    fflush(stdout);
    for (;;) {
        int64_t wait = queue_run(&proxy);
        struct timespec timeout = { .tv_sec = wait / 1000000000, .tv_nsec = wait % 1000000000 };
        struct epoll_event events[EVENTS];
        int n = epoll_pwait2(proxy.epoll, events, EVENTS, wait < 0 ? NULL : &timeout, NULL);
        must(n >= 0 || errno == EINTR, "epoll_pwait2");
        for (int i = 0; i < n; i++)
            event_handle(&proxy, &events[i]);
        while (proxy.dead != NULL) {
            Pair *pair = proxy.dead;
            proxy.dead = pair->next_dead;
            free(pair);
        }
    }
}
