#include "web/server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <microhttpd.h>

#include "base/error.h"
#include "web/budget.h"
#include "web/listener-internal.h"

#define CONNECTIONS_MAX 1000u
/* From one block of addresses, unless a proxy stands there: nobody can take them all. */
#define BLOCK_CONNECTIONS_MAX 100u
/* Of a connection that is read and written: header, body and reply. */
#define CONNECTION_MEMORY (16u * 1024)
/* For a request to arrive, for its reply to be taken, and between two of them. */
#define PATIENCE_SECONDS  10
#define LOOK_MILLISECONDS 500

/* A connection, from its beginning to its end. */
typedef struct {
    int fd;
    int64_t since; /* monotonic: of the request at hand, or the end of the last one */
    char *block;   /* of addresses, for which it counts; NULL: a proxy stands there */
    GList link;
} Peer;

/* A request while it is read and answered. */
typedef struct {
    struct MHD_Connection *connection;
    WebRequest facts;
    WebReply reply;
    char *path;
    char *peer;
    GString *body;
    bool is_refused; /* its reply has been queued before it was read */
    bool is_ready;   /* what it asked for is stored, and its reply is there */
} Request;

struct WebServer {
    struct MHD_Daemon *daemon;
    const Proxies *proxies;
    WebHandler handler;
    char *unix_path; /* made by us; or NULL */
    char *place;
    int signals;        /* readable once it is to stop */
    GQueue peers;       /* of Peer, the one that waits longest first */
    GHashTable *blocks; /* of addresses -> how many of PEERS they have (as a pointer) */
    GPtrArray *waiting; /* of Request *: POSTs that are suspended */
    int64_t looked_at;
};

/* Replies */

#define POLICY "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "

/* What a page with a token in its address must not let out of itself; and what a public one says, which
 * looks like the mail that it was: styles stand in it, and pictures elsewhere. */
static const struct {
    const char *name;
    const char *value;
    const char *public_value; /* NULL: it has none */
} headers[] = {
    { "Content-Security-Policy", POLICY "default-src 'none'; style-src 'self'",
      POLICY "default-src 'none'; style-src 'unsafe-inline'; img-src *" },
    { "Referrer-Policy", "no-referrer", "no-referrer" },
    { "X-Robots-Tag", "noindex", NULL },
    { "X-Content-Type-Options", "nosniff", "nosniff" },
    { "X-Frame-Options", "DENY", "DENY" },
    { "Cross-Origin-Resource-Policy", "same-origin", "same-origin" },
    { "Cache-Control", "no-store", "max-age=60" },
};

/* Takes over what is in REPLY. After the LAST one nothing more is read from the connection. */
static enum MHD_Result
send_reply(struct MHD_Connection *connection, WebReply *reply, bool is_last)
{
    GString *body = g_steal_pointer(&reply->body);
    size_t size = body->len;
    char *text = g_string_free(body, FALSE);
    struct MHD_Response *response =
        MHD_create_response_from_buffer_with_free_callback(size, text, g_free);
    for (size_t i = 0; i < G_N_ELEMENTS(headers); i++) {
        const char *value = reply->is_public ? headers[i].public_value : headers[i].value;
        if (value != NULL)
            MHD_add_response_header(response, headers[i].name, value);
    }
    MHD_add_response_header(response, "Content-Type", reply->type);
    if (is_last)
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
    if (reply->status == MHD_HTTP_METHOD_NOT_ALLOWED)
        MHD_add_response_header(response, "Allow", "GET, HEAD, POST");
    enum MHD_Result result = MHD_queue_response(connection, reply->status, response);
    MHD_destroy_response(response);
    return result;
}

/* A reply that no page is made for. */
static enum MHD_Result
refuse(Request *request, guint status, const char *text)
{
    WebReply reply = { .status = status,
                       .type = "text/plain; charset=utf-8",
                       .body = g_string_new(text) };
    request->is_refused = true;
    return send_reply(request->connection, &reply, true);
}

/* Requests */

/* Whoever comes by IPv4 to a socket of IPv6 is shown as what they are. */
static void
six_text(const struct sockaddr_in6 *address, char *text, socklen_t size)
{
    if (IN6_IS_ADDR_V4MAPPED(&address->sin6_addr))
        inet_ntop(AF_INET, address->sin6_addr.s6_addr + 12, text, size);
    else
        inet_ntop(AF_INET6, &address->sin6_addr, text, size);
}

static char *
peer_text(const struct sockaddr *address)
{
    char text[INET6_ADDRSTRLEN] = "local";
    if (address != NULL && address->sa_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)address)->sin_addr, text, sizeof text);
    else if (address != NULL && address->sa_family == AF_INET6)
        six_text((const struct sockaddr_in6 *)address, text, sizeof text);
    return g_strdup(text);
}

static const char *
header_of(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static const struct sockaddr *
address_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return info != NULL ? info->client_addr : NULL;
}

static enum MHD_Result
add_forwarded(void *user, enum MHD_ValueKind kind, const char *name, const char *value)
{
    if (value != NULL && g_ascii_strcasecmp(name, "X-Forwarded-For") == 0)
        g_ptr_array_add(user, (char *)value);
    return MHD_YES;
}

/* What proxies, and whoever asks them, say in X-Forwarded-For, in its order: a proxy may add a field of its
 * own to one that a stranger has sent (RFC 9110, 5.3). NULL: nobody says anything. */
static char *
forwarded_of(struct MHD_Connection *connection)
{
    g_autoptr(GPtrArray) fields = g_ptr_array_new();
    MHD_get_connection_values(connection, MHD_HEADER_KIND, add_forwarded, fields);
    if (fields->len == 0)
        return NULL;
    g_ptr_array_add(fields, NULL);
    return g_strjoinv(",", (char **)fields->pdata);
}

static void
find_peer(const WebServer *server, Request *request)
{
    const struct sockaddr *address = address_of(request->connection);
    g_autofree char *forwarded = forwarded_of(request->connection);
    bool is_believed = forwarded != NULL && proxies_have(server->proxies, address);
    request->facts.is_direct = forwarded == NULL && address_is_loopback(address);
    request->peer =
        is_believed ? proxies_find_peer(server->proxies, forwarded) : peer_text(address);
    request->facts.peer = request->peer;
}

static Request *
request_new(const WebServer *server, struct MHD_Connection *connection, const char *url,
            bool is_post)
{
    Request *request = g_new0(Request, 1);
    request->connection = connection;
    request->path = g_strdup(url);
    request->body = g_string_new(NULL);
    request->facts.is_post = is_post;
    request->facts.path = request->path;
    request->facts.language = header_of(connection, MHD_HTTP_HEADER_ACCEPT_LANGUAGE);
    request->facts.type = header_of(connection, MHD_HTTP_HEADER_CONTENT_TYPE);
    request->facts.search = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "q");
    find_peer(server, request);
    return request;
}

static void
request_free(Request *request)
{
    g_free(request->path);
    g_free(request->peer);
    g_string_free(request->body, TRUE);
    if (request->reply.body != NULL)
        g_string_free(request->reply.body, TRUE);
    g_free(request);
}

typedef struct {
    guint lengths; /* Content-Length */
    guint codings; /* Transfer-Encoding */
    bool is_chunked;
    bool
        is_odd; /* a name is none (RFC 9110, 5.6.2): "Transfer-Encoding :" is for some what it seems */
} BodyFields;

static bool
is_name(const char *text)
{
    for (; *text != '\0'; text++)
        if (!g_ascii_isalnum(*text) && strchr("!#$%&'*+-.^_`|~", *text) == NULL)
            return false;
    return true;
}

static enum MHD_Result
count_field(void *user, enum MHD_ValueKind kind, const char *name, const char *value)
{
    BodyFields *fields = user;
    fields->is_odd = fields->is_odd || !is_name(name);
    if (g_ascii_strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0)
        fields->lengths++;
    if (g_ascii_strcasecmp(name, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0) {
        fields->codings++;
        fields->is_chunked = value != NULL && g_ascii_strcasecmp(value, "chunked") == 0;
    }
    return MHD_YES;
}

/* Whether it is beyond doubt where the body ends: else a proxy in front of us may see another end, and the
 * rest would be a request that it has not seen (RFC 9112, 6.3 and 11.2). */
static bool
has_one_end(struct MHD_Connection *connection)
{
    BodyFields fields = { 0 };
    MHD_get_connection_values(connection, MHD_HEADER_KIND, count_field, &fields);
    return !fields.is_odd && fields.lengths + fields.codings <= 1 &&
           (fields.codings == 0 || fields.is_chunked);
}

/* Before anything of the body is read. */
static enum MHD_Result
begin_request(Request *request, const char *method)
{
    bool is_get =
        strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
    const char *length = header_of(request->connection, MHD_HTTP_HEADER_CONTENT_LENGTH);
    if (!has_one_end(request->connection))
        return refuse(request, MHD_HTTP_BAD_REQUEST, "where does the body end?\n");
    if (!is_get && !request->facts.is_post)
        return refuse(request, MHD_HTTP_METHOD_NOT_ALLOWED, "GET, HEAD and POST only\n");
    if (length != NULL && g_ascii_strtoull(length, NULL, 10) > WEB_BODY_MAX)
        return refuse(request, MHD_HTTP_CONTENT_TOO_LARGE, "too large\n");
    return MHD_YES;
}

/* The whole request is there. */
static enum MHD_Result
end_request(WebServer *server, Request *request)
{
    if (request->is_ready)
        return send_reply(request->connection, &request->reply, false);
    if (request->body->len > WEB_BODY_MAX)
        return refuse(request, MHD_HTTP_CONTENT_TOO_LARGE, "too large\n");
    request->facts.body = request->body->str;
    request->facts.size = request->body->len;
    if (!request->facts.is_post) {
        server->handler.show(server->handler.user, &request->facts, &request->reply);
        return send_reply(request->connection, &request->reply, false);
    }
    g_ptr_array_add(server->waiting, request);
    MHD_suspend_connection(request->connection);
    return MHD_YES;
}

static enum MHD_Result
on_request(void *user, struct MHD_Connection *connection, const char *url, const char *method,
           const char *version, const char *data, size_t *size, void **context)
{
    Request *request = *context;
    if (request == NULL) {
        bool is_post = strcmp(method, MHD_HTTP_METHOD_POST) == 0;
        *context = request = request_new(user, connection, url, is_post);
        return begin_request(request, method);
    }
    if (request->is_refused)
        return MHD_YES;
    if (*size == 0)
        return end_request(user, request);
    if (request->body->len <= WEB_BODY_MAX) /* one piece too many is enough to know */
        g_string_append_len(request->body, data, (gssize)*size);
    *size = 0;
    return MHD_YES;
}

static void
on_completed(void *user, struct MHD_Connection *connection, void **context,
             enum MHD_RequestTerminationCode code)
{
    WebServer *server = user;
    Request *request = *context;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    Peer *peer = info != NULL ? info->socket_context : NULL;
    if (peer != NULL) { /* it may begin another request */
        peer->since = g_get_monotonic_time();
        g_queue_unlink(&server->peers, &peer->link);
        g_queue_push_tail_link(&server->peers, &peer->link);
    }
    if (request == NULL)
        return;
    g_ptr_array_remove_fast(server->waiting, request);
    request_free(request);
    *context = NULL;
}

/* Connections */

/* The block that a connection from ADDRESS counts for; NULL: none. */
static char *
block_of(const WebServer *server, const struct sockaddr *address)
{
    if (proxies_have(server->proxies, address))
        return NULL;
    g_autofree char *text = peer_text(address);
    return address_block(text);
}

static guint
block_count(const WebServer *server, const char *block)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(server->blocks, block));
}

static void
block_change(WebServer *server, const char *block, int change)
{
    guint count = (guint)((int)block_count(server, block) + change);
    if (count == 0)
        g_hash_table_remove(server->blocks, block);
    else
        g_hash_table_replace(server->blocks, g_strdup(block), GUINT_TO_POINTER(count));
}

static enum MHD_Result
may_connect(void *user, const struct sockaddr *address, socklen_t size)
{
    const WebServer *server = user;
    g_autofree char *block = block_of(server, address);
    return block == NULL || block_count(server, block) < BLOCK_CONNECTIONS_MAX ? MHD_YES : MHD_NO;
}

static void
peer_free(WebServer *server, Peer *peer)
{
    g_queue_unlink(&server->peers, &peer->link);
    if (peer->block != NULL)
        block_change(server, peer->block, -1);
    g_free(peer->block);
    g_free(peer);
}

static void
on_connection(void *user, struct MHD_Connection *connection, void **context,
              enum MHD_ConnectionNotificationCode code)
{
    WebServer *server = user;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        peer_free(server, *context);
        return;
    }
    Peer *peer = g_new0(Peer, 1);
    peer->fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    peer->since = g_get_monotonic_time();
    peer->block = block_of(server, address_of(connection));
    if (peer->block != NULL)
        block_change(server, peer->block, 1);
    peer->link.data = peer;
    g_queue_push_tail_link(&server->peers, &peer->link);
    *context = peer;
}

/* libmicrohttpd cuts connections on which nothing comes; this one cuts those on which an octet comes
 * now and then. */
static void
cut_slow_peers(WebServer *server, int64_t now)
{
    for (GList *link = server->peers.head; link != NULL; link = link->next) {
        const Peer *peer = link->data;
        if (now - peer->since < PATIENCE_SECONDS * (int64_t)G_USEC_PER_SEC)
            return;
        shutdown(peer->fd, SHUT_RDWR);
    }
}

/* Opening */

/* A descriptor that is readable once SIGTERM or SIGINT has come. */
static int
open_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    int fd = signalfd(-1, &set, SFD_CLOEXEC);
    sigaddset(&set, SIGPIPE); /* of a peer or a relay that hangs up */
    sigprocmask(SIG_BLOCK, &set, NULL);
    return fd;
}

/* What libmicrohttpd thinks of a hostile request is of no use to the operator. */
static void
ignore_message(void *user, const char *format, va_list arguments)
{
}

WebServer *
web_server_open(const char *place, const Proxies *proxies, const WebHandler *handler,
                GError **error)
{
    g_autoptr(WebServer) server = g_new0(WebServer, 1);
    server->handler = *handler;
    server->proxies = proxies;
    server->blocks = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    server->waiting = g_ptr_array_new();
    g_queue_init(&server->peers);
    int fd = listener_open(place, &server->unix_path, error);
    if (fd < 0)
        return NULL;
    server->place = listener_place(fd, place);
    server->signals = open_signals();
    server->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, may_connect, server,
        on_request, server, MHD_OPTION_EXTERNAL_LOGGER, ignore_message, NULL,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)PATIENCE_SECONDS,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY, MHD_OPTION_STRICT_FOR_CLIENT,
        1, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server, MHD_OPTION_NOTIFY_CONNECTION,
        on_connection, server, MHD_OPTION_END);
    if (server->daemon != NULL)
        return g_steal_pointer(&server);
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP,
                "cannot listen on \"%s\": the HTTP library does not start", place);
    close(fd);
    return NULL;
}

char *
web_server_place(const WebServer *server)
{
    return g_strdup(server->place);
}

void
web_server_close(WebServer *server)
{
    if (server == NULL)
        return;
    if (server->daemon != NULL)
        MHD_stop_daemon(server->daemon); /* its callbacks still need what is freed below */
    if (server->signals > 0)
        close(server->signals);
    if (server->unix_path != NULL)
        unlink(server->unix_path);
    g_free(server->unix_path);
    g_free(server->place);
    g_ptr_array_unref(server->waiting);
    g_hash_table_unref(server->blocks);
    g_free(server);
}

/* The loop */

/* Hands all POSTs that have come to the site, and lets their replies go. False: there were none. */
static bool
act(WebServer *server)
{
    guint count = server->waiting->len;
    if (count == 0)
        return false;
    g_autofree const WebRequest **requests = g_new(const WebRequest *, count);
    g_autofree WebReply **replies = g_new(WebReply *, count);
    g_autoptr(GPtrArray) batch = g_steal_pointer(&server->waiting);
    server->waiting = g_ptr_array_new();
    for (guint i = 0; i < count; i++) {
        Request *request = batch->pdata[i];
        requests[i] = &request->facts;
        replies[i] = &request->reply;
    }
    server->handler.act(server->handler.user, requests, (WebReply *const *)replies, count);
    for (guint i = 0; i < count; i++) {
        Request *request = batch->pdata[i];
        request->is_ready = true;
        MHD_resume_connection(request->connection);
    }
    return true;
}

static void
look_around(WebServer *server)
{
    int64_t now = g_get_monotonic_time();
    if (now - server->looked_at < LOOK_MILLISECONDS * 1000)
        return;
    server->looked_at = now;
    cut_slow_peers(server, now);
    server->handler.idle(server->handler.user);
}

static int
patience(WebServer *server)
{
    MHD_UNSIGNED_LONG_LONG wait = 0;
    if (MHD_get_timeout(server->daemon, &wait) != MHD_YES)
        return LOOK_MILLISECONDS;
    return (int)MIN(wait, LOOK_MILLISECONDS);
}

bool
web_server_run(WebServer *server, GError **error)
{
    int fd = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    struct pollfd descriptors[] = { { .fd = fd, .events = POLLIN },
                                    { .fd = server->signals, .events = POLLIN } };
    while ((descriptors[1].revents & POLLIN) == 0) {
        if (poll(descriptors, G_N_ELEMENTS(descriptors), patience(server)) < 0 && errno != EINTR)
            break;
        do /* sends replies, and reads what came while they were stored */
            MHD_run(server->daemon);
        while (act(server));
        look_around(server);
    }
    return true;
}
