/* pickysink - an SMTP server that takes mail, throws it away, and refuses some recipients.
 *
 *     pickysink --listen PORT --count FILE [--refuse-every N] [--no-pipelining]
 *
 * Postfix's smtp-sink cannot refuse one recipient in ten, and stops offering PIPELINING when it
 * refuses any. This one answers 550 5.1.1 to every Nth RCPT over all its connections, and keeps
 * the rest of the protocol that the benchmark needs: EHLO, MAIL, RCPT, DATA with dots, RSET, NOOP,
 * QUIT. It prints "ready" when it listens. SIGTERM ends it; then FILE says
 *
 *     sessions=S quits=Q messages=M refused=R
 *
 * It counts in memory and answers each read with one write: that is all it does for speed.
 *
 * Only for the benchmark: an error it does not expect ends it.                                      */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_BYTES     (128 * 1024)
#define LINE_BYTES_MAX 2048

/* Replies to what one read can hold: commands are at least six bytes long, replies at most 80. */
#define REPLY_BYTES (READ_BYTES * 16)

#define EVENTS 256

static const char end_of_mail[] = "\r\n.\r\n";

typedef struct {
    int socket;
    bool in_text;     /* behind DATA */
    unsigned matched; /* bytes of END_OF_MAIL seen; the CR LF behind DATA counts */
    bool sender;      /* MAIL was taken */
    bool recipient;   /* and a RCPT */
    size_t line_size;
    char line[LINE_BYTES_MAX]; /* a command that is not complete yet */
} Session;

typedef struct {
    int epoll, listener, signals;
    long refuse_every; /* 0: never */
    bool pipelining;
    long asked; /* RCPT so far */
    long sessions, quits, messages, refused;
    size_t reply_size;
    char reply[REPLY_BYTES];
    char buffer[READ_BYTES];
} Sink;

static void
must(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "pickysink: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void
say(Sink *sink, const char *text)
{
    size_t size = strlen(text);
    must(sink->reply_size + size <= REPLY_BYTES, "too many commands at once");
    memcpy(sink->reply + sink->reply_size, text, size);
    sink->reply_size += size;
}

static bool
is(const Session *session, const char *verb)
{
    size_t size = strlen(verb);
    return session->line_size >= size && strncasecmp(session->line, verb, size) == 0;
}

static void
envelope_reset(Session *session)
{
    session->sender = false;
    session->recipient = false;
}

static void
recipient_take(Sink *sink, Session *session)
{
    sink->asked++;
    if (sink->refuse_every > 0 && sink->asked % sink->refuse_every == 0) {
        sink->refused++;
        say(sink, "550 5.1.1 no such person\r\n");
        return;
    }
    session->recipient = true;
    say(sink, "250 2.1.5 Ok\r\n");
}

/* False: the client said QUIT. */
static bool
command_answer(Sink *sink, Session *session)
{
    if (is(session, "MAIL FROM:")) {
        envelope_reset(session);
        session->sender = true;
        say(sink, "250 2.1.0 Ok\r\n");
    } else if (is(session, "RCPT TO:")) {
        if (session->sender)
            recipient_take(sink, session);
        else
            say(sink, "503 5.5.1 MAIL first\r\n");
    } else if (is(session, "DATA")) {
        if (session->recipient) {
            say(sink, "354 End with a dot\r\n");
            session->in_text = true;
            session->matched = 2;
        } else {
            say(sink, "554 5.5.1 no valid recipients\r\n");
        }
    } else if (is(session, "RSET")) {
        envelope_reset(session);
        say(sink, "250 2.0.0 Ok\r\n");
    } else if (is(session, "NOOP")) {
        say(sink, "250 2.0.0 Ok\r\n");
    } else if (is(session, "EHLO")) {
        envelope_reset(session);
        say(sink, sink->pipelining ? "250-pickysink\r\n250-PIPELINING\r\n" : "250-pickysink\r\n");
        say(sink, "250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n");
    } else if (is(session, "HELO")) {
        say(sink, "250 pickysink\r\n");
    } else if (is(session, "QUIT")) {
        sink->quits++;
        say(sink, "221 2.0.0 Bye\r\n");
        return false;
    } else {
        say(sink, "502 5.5.1 not implemented\r\n");
    }
    return true;
}

/* Skips the text of a mail. The bytes of it that were read. */
static size_t
text_skip(Sink *sink, Session *session, const char *bytes, size_t size)
{
    size_t i = 0;
    while (i < size) {
        if (session->matched == 0) {
            const char *cr = memchr(bytes + i, '\r', size - i);
            if (cr == NULL)
                return size;
            i = (size_t)(cr - bytes);
        }
        /* A CR that does not fit may begin the end itself; nothing else can. */
        if (bytes[i] == end_of_mail[session->matched])
            session->matched++;
        else
            session->matched = bytes[i] == '\r' ? 1 : 0;
        i++;
        if (session->matched == sizeof end_of_mail - 1) {
            session->in_text = false;
            envelope_reset(session);
            sink->messages++;
            say(sink, "250 2.0.0 Ok: taken\r\n");
            return i;
        }
    }
    return size;
}

/* Takes the next line of commands, or what there is of it. False: the client said QUIT. */
static bool
line_take(Sink *sink, Session *session, const char *bytes, size_t size, size_t *taken)
{
    const char *end = memchr(bytes, '\n', size);
    *taken = end == NULL ? size : (size_t)(end - bytes) + 1;
    must(session->line_size + *taken <= LINE_BYTES_MAX, "a line that is too long");
    memcpy(session->line + session->line_size, bytes, *taken);
    session->line_size += *taken;
    if (end == NULL)
        return true;
    bool goes_on = command_answer(sink, session);
    session->line_size = 0;
    return goes_on;
}

/* Writes the replies. A client that does not read them is told nothing more: the benchmark has
 * none, and the socket holds thousands. */
static bool
reply_flush(Sink *sink, Session *session)
{
    bool good = sink->reply_size == 0 || send(session->socket, sink->reply, sink->reply_size,
                                              MSG_NOSIGNAL) == (ssize_t)sink->reply_size;
    sink->reply_size = 0;
    return good;
}

/* False when the session is over. */
static bool
session_read(Sink *sink, Session *session)
{
    ssize_t n = recv(session->socket, sink->buffer, READ_BYTES, MSG_DONTWAIT);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    if (n == 0)
        return false;
    bool goes_on = true;
    for (size_t at = 0; at < (size_t)n && goes_on;) {
        size_t taken;
        size_t left = (size_t)n - at;
        if (session->in_text)
            taken = text_skip(sink, session, sink->buffer + at, left);
        else
            goes_on = line_take(sink, session, sink->buffer + at, left, &taken);
        at += taken;
    }
    return reply_flush(sink, session) && goes_on;
}

static void
session_accept(Sink *sink)
{
    int client = accept4(sink->listener, NULL, NULL, SOCK_CLOEXEC);
    if (client < 0 && (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED))
        return;
    must(client >= 0, "accept");
    int yes = 1;
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    Session *session = calloc(1, sizeof *session);
    must(session != NULL, "memory");
    session->socket = client;
    sink->sessions++;
    say(sink, "220 pickysink ESMTP\r\n");
    must(reply_flush(sink, session), "greeting");
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = session };
    must(epoll_ctl(sink->epoll, EPOLL_CTL_ADD, client, &event) == 0, "epoll_ctl");
}

static void
watch(const Sink *sink, const int *source)
{
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = (void *)(uintptr_t)source };
    must(epoll_ctl(sink->epoll, EPOLL_CTL_ADD, *source, &event) == 0, "epoll_ctl");
}

static void
sink_open(Sink *sink, uint16_t port)
{
    int yes = 1;
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    sink->epoll = epoll_create1(EPOLL_CLOEXEC);
    sink->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    must(sink->epoll >= 0 && sink->listener >= 0, "socket");
    setsockopt(sink->listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    must(bind(sink->listener, (struct sockaddr *)&address, sizeof address) == 0 &&
             listen(sink->listener, 1024) == 0,
         "listen");
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    sink->signals = signalfd(-1, &ends, SFD_CLOEXEC);
    must(sink->signals >= 0, "signalfd");
    watch(sink, &sink->listener);
    watch(sink, &sink->signals);
}

static void
count_write(const Sink *sink, const char *name)
{
    FILE *file = fopen(name, "w");
    must(file != NULL, name);
    fprintf(file, "sessions=%ld quits=%ld messages=%ld refused=%ld\n", sink->sessions, sink->quits,
            sink->messages, sink->refused);
    must(fclose(file) == 0, name);
}

int
main(int argc, char **argv)
{
    static Sink sink = { .pipelining = true };
    long port = 0;
    const char *count = NULL;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--no-pipelining") == 0)
            sink.pipelining = false;
        else if (strcmp(argv[i], "--listen") == 0 && i + 1 < argc)
            port = strtol(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--refuse-every") == 0 && i + 1 < argc)
            sink.refuse_every = strtol(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--count") == 0 && i + 1 < argc)
            count = argv[++i];
    }
    if (port < 1 || port > 65535 || count == NULL) {
        fprintf(stderr, "usage: pickysink --listen PORT --count FILE [--refuse-every N] "
                        "[--no-pipelining]\n");
        return 64;
    }
    sink_open(&sink, (uint16_t)port);
    puts("ready");
    fflush(stdout);
    for (;;) {
        struct epoll_event events[EVENTS];
        int n = epoll_wait(sink.epoll, events, EVENTS, -1);
        must(n >= 0 || errno == EINTR, "epoll_wait");
        for (int i = 0; i < n; i++) {
            void *source = events[i].data.ptr;
            if (source == &sink.signals) {
                count_write(&sink, count);
                return 0;
            }
            if (source == &sink.listener) {
                session_accept(&sink);
            } else if (!session_read(&sink, source)) {
                close(((Session *)source)->socket);
                free(source);
            }
        }
    }
}
