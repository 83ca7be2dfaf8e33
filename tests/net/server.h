/* server.h - a server on loopback in threads of the test: what it says is up to the test. */
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <glib.h>

/* Serves one connection; runs in a thread of its own. FD is closed afterwards. */
typedef void (*ServerTalk)(int fd, void *data);

typedef struct {
    ServerTalk talk;
    void *data;
    int fd;
    int port;
    int connections; /* so many came */
    GThread *listener;
} Server;

typedef struct {
    const Server *server;
    int fd;
} Connection;

static inline void *
connection_run(void *data)
{
    g_autofree Connection *connection = data;
    int on = 1;
    setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connection->server->talk(connection->fd, connection->server->data);
    close(connection->fd);
    return NULL;
}

static inline void *
server_listen(void *data)
{
    Server *server = data;
    g_autoptr(GPtrArray) threads = g_ptr_array_new();
    int fd;
    while ((fd = accept(server->fd, NULL, NULL)) >= 0) {
        Connection *connection = g_new0(Connection, 1);
        connection->server = server;
        connection->fd = fd;
        server->connections++;
        g_ptr_array_add(threads, g_thread_new("connection", connection_run, connection));
    }
    for (guint i = 0; i < threads->len; i++)
        g_thread_join(threads->pdata[i]);
    return NULL;
}

/* ADDRESS is one of this host's. */
static inline void
server_start_at(Server *server, const char *address, ServerTalk talk, void *data)
{
    struct sockaddr_in name = { .sin_family = AF_INET };
    g_assert_cmpint(inet_pton(AF_INET, address, &name.sin_addr), ==, 1);
    socklen_t size = sizeof name;
    int small = 32 * 1024; /* so that a large message cannot hide in the kernel's buffers */
    *server = (Server){ .talk = talk, .data = data, .fd = socket(AF_INET, SOCK_STREAM, 0) };
    setsockopt(server->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    g_assert_cmpint(bind(server->fd, (struct sockaddr *)&name, size), ==, 0);
    g_assert_cmpint(listen(server->fd, 16), ==, 0);
    g_assert_cmpint(getsockname(server->fd, (struct sockaddr *)&name, &size), ==, 0);
    server->port = ntohs(name.sin_port);
    server->listener = g_thread_new("server", server_listen, server);
}

static inline void
server_start(Server *server, ServerTalk talk, void *data)
{
    server_start_at(server, "127.0.0.1", talk, data);
}

/* Waits for all connections to end: what they wrote down may then be read. */
static inline void
server_stop(Server *server)
{
    shutdown(server->fd, SHUT_RDWR);
    g_thread_join(server->listener);
    close(server->fd);
}

/* False when the other side has gone. */
static inline bool
server_say(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        bytes += sent;
        size -= (size_t)sent;
    }
    return true;
}
