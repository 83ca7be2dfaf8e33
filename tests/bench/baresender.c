/* baresender - sends one message over and over, and does only what nobody can leave out who keeps a ledger.
 *
 *     baresender --port PORT --connections N --mails N --message FILE --record FILE
 *
 * It talks as depesche does (src/net/smtp.h): the envelope of the next mail rides behind the dot of this one, and
 * before texts leave, a record of those that are asked for together is durable: one block is written, and fdatasync()
 * waited for. The mails are ready, the record says nothing, and no database has to be kept in order. What depesche
 * takes beyond this is its own work; what this takes beyond smtp-source is the disk.
 *
 * The server must offer PIPELINING and take everything: any other reply ends it.                            */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS          256
#define CONNECTIONS_MAX 256
#define LINE_BYTES_MAX  1024

#define BLOCK_BYTES 4096
#define BLOCKS      1000 /* of the record, written one after the other and again; as SQLite's log */

static const char hello[] = "EHLO bare.example.org\r\n";
static const char envelope[] = "MAIL FROM:<redaktion@news.example.org>\r\n"
                               "RCPT TO:<leser@example.net>\r\n"
                               "DATA\r\n";
static const char farewell[] = "QUIT\r\n";

/* What is due. Behind the first two each mail has these four, in the order in which they are answered. */
typedef enum { GREETING, EHLO, MAIL, RCPT, DATA, DOT, BYE } Due;

typedef struct {
    int socket;
    Due due;
    bool is_last; /* QUIT is behind its dot */
    size_t line_size;
    char line[LINE_BYTES_MAX];
} Connection;

typedef struct {
    int epoll, record;
    Connection connections[CONNECTIONS_MAX];
    int count, open;
    long left; /* mails whose envelope has still to be sent */
    long groups;
    Connection *asked[CONNECTIONS_MAX]; /* the servers that wait for a text */
    int asked_count;
    char *last, *usual; /* the text, its dot, and QUIT or an envelope */
    size_t last_size, usual_size;
} Sender;

static void
must(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "baresender: %s: %s\n", what, errno != 0 ? strerror(errno) : "not as expected");
    exit(1);
}

/* The kernel takes all of it, as long as the server reads. */
static void
say(const Connection *connection, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t n = send(connection->socket, bytes, size, MSG_NOSIGNAL);
        must(n > 0, "send");
        bytes += n;
        size -= (size_t)n;
    }
}

/* FILE with CR LF at the ends of its lines and a dot more where they begin with one (RFC 5321, 4.5.2), its final dot
 * and BEHIND. */
static char *
text_load(const char *path, const char *behind, size_t *size)
{
    FILE *file = fopen(path, "r");
    must(file != NULL, path);
    must(fseek(file, 0, SEEK_END) == 0, path);
    long raw = ftell(file);
    rewind(file);
    char *text = malloc((size_t)raw * 2 + 64);
    must(raw >= 0 && text != NULL, path);
    int last = '\n';
    *size = 0;
    for (int letter = getc(file); letter != EOF; last = letter, letter = getc(file)) {
        if ((letter == '\n' && last != '\r') || (letter == '.' && last == '\n'))
            text[(*size)++] = letter == '\n' ? '\r' : '.';
        text[(*size)++] = (char)letter;
    }
    fclose(file);
    *size += (size_t)sprintf(text + *size, "%s.\r\n%s", last == '\n' ? "" : "\r\n", behind);
    return text;
}

static int
record_open(const char *path)
{
    static const char block[BLOCK_BYTES];
    int record = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    must(record >= 0, path);
    for (int i = 0; i < BLOCKS; i++)
        must(write(record, block, sizeof block) == sizeof block, path);
    must(fdatasync(record) == 0, path);
    return record;
}

static void
connection_open(Sender *sender, Connection *connection, uint16_t port)
{
    int yes = 1;
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = connection };
    connection->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(connection->socket >= 0 &&
             connect(connection->socket, (struct sockaddr *)&address, sizeof address) == 0,
         "connect");
    setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    must(epoll_ctl(sender->epoll, EPOLL_CTL_ADD, connection->socket, &event) == 0, "epoll_ctl");
    sender->open++;
}

/* The last line of a reply. */
static void
hear_reply(Sender *sender, Connection *connection)
{
    char awaited = connection->due == DATA ? '3' : '2';
    errno = 0;
    must(connection->line[0] == awaited, connection->line);
    switch (connection->due++) {
    case GREETING: say(connection, hello, strlen(hello)); break;
    case EHLO:
        if (sender->left-- > 0)
            say(connection, envelope, strlen(envelope));
        break;
    case MAIL:
    case RCPT: break;
    case DATA: sender->asked[sender->asked_count++] = connection; break;
    case DOT: connection->due = connection->is_last ? BYE : MAIL; break;
    case BYE:
        close(connection->socket);
        sender->open--;
        break;
    }
}

static void
hear(Sender *sender, Connection *connection)
{
    char bytes[4096];
    ssize_t size = recv(connection->socket, bytes, sizeof bytes, MSG_DONTWAIT);
    must(size > 0, "recv");
    for (ssize_t i = 0; i < size; i++) {
        must(connection->line_size < LINE_BYTES_MAX - 1, "a reply's length");
        connection->line[connection->line_size++] = bytes[i];
        if (bytes[i] != '\n')
            continue;
        connection->line[connection->line_size] = '\0';
        connection->line_size = 0;
        if (connection->line[3] != '-')
            hear_reply(sender, connection);
    }
}

/* Makes the record of those that wait durable, and lets their texts go. */
static void
release(Sender *sender)
{
    static char block[BLOCK_BYTES];
    block[0]++;
    must(pwrite(sender->record, block, sizeof block, sender->groups++ % BLOCKS * BLOCK_BYTES) ==
                 sizeof block &&
             fdatasync(sender->record) == 0,
         "the record");
    for (int i = 0; i < sender->asked_count; i++) {
        Connection *connection = sender->asked[i];
        connection->is_last = sender->left-- <= 0;
        if (connection->is_last)
            say(connection, sender->last, sender->last_size);
        else
            say(connection, sender->usual, sender->usual_size);
    }
    sender->asked_count = 0;
}

static void
send_all(Sender *sender)
{
    struct epoll_event events[EVENTS];
    while (sender->open > 0) {
        int n = epoll_wait(sender->epoll, events, EVENTS, -1);
        must(n >= 0 || errno == EINTR, "epoll_wait");
        for (int i = 0; i < n; i++)
            hear(sender, events[i].data.ptr);
        if (sender->asked_count > 0)
            release(sender);
    }
}

static long
number_parse(const char *text)
{
    char *end;
    long number = strtol(text, &end, 10);
    must(*text != '\0' && *end == '\0' && number > 0, text);
    return number;
}

int
main(int argc, char **argv)
{
    static Sender sender;
    const char *message = NULL, *record = NULL;
    long port = 0;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--port") == 0)
            port = number_parse(argv[i + 1]);
        else if (strcmp(argv[i], "--connections") == 0)
            sender.count = (int)number_parse(argv[i + 1]);
        else if (strcmp(argv[i], "--mails") == 0)
            sender.left = number_parse(argv[i + 1]);
        else if (strcmp(argv[i], "--message") == 0)
            message = argv[i + 1];
        else if (strcmp(argv[i], "--record") == 0)
            record = argv[i + 1];
    }
    if (port < 1 || port > 65535 || sender.count < 1 || sender.count > CONNECTIONS_MAX ||
        sender.left < sender.count || message == NULL || record == NULL) {
        fprintf(stderr, "usage: baresender --port PORT --connections N --mails N --message FILE "
                        "--record FILE\n");
        return 64;
    }
    sender.usual = text_load(message, envelope, &sender.usual_size);
    sender.last = text_load(message, farewell, &sender.last_size);
    sender.record = record_open(record);
    sender.epoll = epoll_create1(EPOLL_CLOEXEC);
    must(sender.epoll >= 0, "epoll_create1");
    for (int i = 0; i < sender.count; i++)
        connection_open(&sender, &sender.connections[i], (uint16_t)port);
    send_all(&sender);
    free(sender.usual);
    free(sender.last);
    return 0;
}
