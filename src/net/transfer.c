#include "net/transfer_state-internal.h"

#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "net/network.h"
#include "net/web_url.h"

#define CONNECT_SECONDS 15L
/* Slower than this for so long is a server that only keeps us busy. */
#define LOW_SPEED_BYTES   10L
#define LOW_SPEED_SECONDS 20L

#define ACCEPT                                                                                     \
    "Accept: application/atom+xml, application/rss+xml, application/feed+json, "                   \
    "application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"

/* A transfer */

static const char *
keep(Transfer *transfer, const char *text)
{
    return text != NULL ? g_string_chunk_insert(transfer->texts, text) : NULL;
}

static GPtrArray *
copy_lines(const GPtrArray *lines)
{
    if (lines == NULL)
        return NULL;
    GPtrArray *copy = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < lines->len; i++)
        g_ptr_array_add(copy, g_strdup(lines->pdata[i]));
    return copy;
}

/* A login in the URL becomes one of the request: there it is handled like any other. */
static void
read_url(Transfer *transfer)
{
    FetchRequest *own = &transfer->request;
    WebUrl parts = web_url_read(own->url);
    if (own->user == NULL && parts.user != NULL) {
        own->user = keep(transfer, parts.user);
        own->password = keep(transfer, parts.password != NULL ? parts.password : "");
    }
    transfer->host = g_steal_pointer(&parts.host);
    transfer->url = g_steal_pointer(&parts.bare);
    web_url_clear(&parts);
}

Transfer *
transfer_new(const FetchRequest *request, void *tag)
{
    Transfer *transfer = g_new0(Transfer, 1);
    transfer->tag = tag;
    transfer->texts = g_string_chunk_new(256);
    transfer->headers = copy_lines(request->headers);
    FetchRequest *own = &transfer->request;
    *own = *request;
    own->headers = transfer->headers;
    own->url = keep(transfer, request->url);
    own->etag = keep(transfer, request->etag);
    own->last_modified = keep(transfer, request->last_modified);
    own->fingerprint = keep(transfer, request->fingerprint);
    own->user_agent = keep(transfer, request->user_agent);
    own->proxy = keep(transfer, request->proxy);
    own->user = keep(transfer, request->user);
    own->password = keep(transfer, request->password);
    own->cookies = keep(transfer, request->cookies);
    own->ca_file = keep(transfer, request->ca_file);
    own->through = keep(transfer, request->through);
    return transfer;
}

void
transfer_free(Transfer *transfer)
{
    curl_easy_cleanup(transfer->curl);
    curl_slist_free_all(transfer->header_lines);
    g_clear_pointer(&transfer->body, g_byte_array_unref);
    g_string_chunk_free(transfer->texts);
    g_clear_pointer(&transfer->headers, g_ptr_array_unref);
    g_free(transfer->url);
    g_free(transfer->host);
    g_free(transfer->stray);
    g_free(transfer);
}

void *
transfer_tag(const Transfer *transfer)
{
    return transfer->tag;
}

const FetchRequest *
transfer_request(const Transfer *transfer)
{
    return &transfer->request;
}

const char *
transfer_host(Transfer *transfer)
{
    if (transfer->host == NULL)
        read_url(transfer);
    return transfer->host;
}

int
transfer_timeout(const Transfer *transfer, const FetchLimits *limits)
{
    return transfer->request.timeout > 0 ? transfer->request.timeout : limits->timeout;
}

/* The room */

bool
transfer_fits(const Transfer *transfer, const Room *room)
{
    return !transfer->wants_it_all || room_has_largest(room);
}

void
transfer_leave_room(Transfer *transfer)
{
    if (transfer->room != NULL)
        room_leave(transfer->room, &transfer->share);
}

bool
transfer_begins_anew(Transfer *transfer)
{
    if (!transfer->has_no_room)
        return false;
    transfer->has_no_room = false;
    transfer->wants_it_all = true;
    transfer->headers_size = 0;
    g_byte_array_unref(transfer->body); /* its memory too */
    transfer->body = g_byte_array_new();
    return true;
}

/* What libcurl calls */

static size_t
see_body(char *bytes, size_t one, size_t size, void *data)
{
    Transfer *transfer = data;
    transfer->is_too_large = size > transfer->body_max - transfer->body->len;
    if (transfer->is_too_large)
        return 0; /* ends the transfer */
    transfer->has_no_room =
        !room_take(transfer->room, &transfer->share, transfer->body->len + size);
    if (transfer->has_no_room)
        return 0;
    g_byte_array_append(transfer->body, (const guint8 *)bytes, (guint)size);
    return size;
}

static size_t
see_header(char *line, size_t one, size_t size, void *data)
{
    Transfer *transfer = data;
    transfer->headers_size += size;
    return transfer->headers_size > HEADERS_MAX ? 0 : size;
}

/* The guard: sees every address before anything is sent there. */
static curl_socket_t
open_socket(void *data, curlsocktype purpose, struct curl_sockaddr *address)
{
    Transfer *transfer = data;
    if (network_is_private(&address->addr)) {
        transfer->was_refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* And sees connections that are used again: one may have been made for a feed that is allowed to. */
static int
before_request(void *data, char *address, char *local, int port, int local_port)
{
    Transfer *transfer = data;
    transfer->was_refused = network_text_is_private(address);
    return transfer->was_refused ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

/* Headers */

bool
fetch_header_check(const char *line, GError **error)
{
    static const char *const ours[] = {
        "connection", "content-length",    "cookie",        "host",       "if-modified-since",
        "te",         "transfer-encoding", "if-none-match", "user-agent", NULL,
    };
    size_t length = strspn(line, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                 "!#$%&'*+-.^_`|~");
    if (length == 0 || line[length] != ':' || !text_is_line(line)) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP,
                    "must be like \"Name: value\", on one line");
        return false;
    }
    g_autofree char *name = g_ascii_strdown(line, (gssize)length);
    if (!g_strv_contains(ours, name))
        return true;
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP,
                "\"%.*s\" cannot be set here: depesche sets it itself", (int)length, line);
    return false;
}

/* A hop */

/* What cannot stand in a header is left out. */
static void
add_header(Transfer *transfer, const char *name, const char *value)
{
    if (value == NULL || *value == '\0' || !text_is_line(value))
        return;
    g_autofree char *line = g_strdup_printf("%s: %s", name, value);
    transfer->header_lines = curl_slist_append(transfer->header_lines, line);
    transfer->has_condition = true;
}

static void
set_headers(Transfer *transfer)
{
    g_clear_pointer(&transfer->header_lines, curl_slist_free_all);
    transfer->header_lines = curl_slist_append(NULL, ACCEPT);
    add_header(transfer, "If-None-Match", transfer->request.etag);
    add_header(transfer, "If-Modified-Since", transfer->request.last_modified);
    guint own = transfer->is_at_home && transfer->headers != NULL ? transfer->headers->len : 0;
    for (guint i = 0; i < own; i++)
        transfer->header_lines =
            curl_slist_append(transfer->header_lines, transfer->headers->pdata[i]);
    curl_easy_setopt(transfer->curl, CURLOPT_HTTPHEADER, transfer->header_lines);
}

static long
auth_bits(FetchAuth auth)
{
    switch (auth) {
    case FETCH_AUTH_AUTO: return (long)(CURLAUTH_BASIC | CURLAUTH_DIGEST);
    case FETCH_AUTH_BASIC: return (long)CURLAUTH_BASIC;
    case FETCH_AUTH_DIGEST: return (long)CURLAUTH_DIGEST;
    }
    g_assert_not_reached();
}

static void
set_secrets(Transfer *transfer)
{
    const FetchRequest *own = &transfer->request;
    bool home = transfer->is_at_home;
    curl_easy_setopt(transfer->curl, CURLOPT_HTTPAUTH, auth_bits(own->auth));
    curl_easy_setopt(transfer->curl, CURLOPT_USERNAME, home ? own->user : NULL);
    curl_easy_setopt(transfer->curl, CURLOPT_PASSWORD, home ? own->password : NULL);
    curl_easy_setopt(transfer->curl, CURLOPT_COOKIE, home ? own->cookies : NULL);
}

static void
set_trust(const Transfer *transfer)
{
    bool any = transfer->is_at_home && transfer->request.any_certificate;
    curl_easy_setopt(transfer->curl, CURLOPT_SSL_VERIFYPEER, any ? 0L : 1L);
    curl_easy_setopt(transfer->curl, CURLOPT_SSL_VERIFYHOST, any ? 0L : 2L);
}

static void
set_limits(Transfer *transfer, const FetchLimits *limits)
{
    CURL *curl = transfer->curl;
    int64_t left = (int64_t)transfer_timeout(transfer, limits) * 1000 - transfer->milliseconds;
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)MAX(left, 1));
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, LOW_SPEED_BYTES);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, LOW_SPEED_SECONDS);
    /* Spares the download where the server says the size; see_body() is the limit. */
    curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)transfer->body_max);
}

/* The environment's proxies would let a stray variable switch the guard off. */
static void
set_way(Transfer *transfer, const FetchLimits *limits)
{
    CURL *curl = transfer->curl;
    const char *proxy = transfer->request.proxy != NULL ? transfer->request.proxy : limits->proxy;
    transfer->has_proxy = proxy != NULL && *proxy != '\0';
    curl_easy_setopt(curl, CURLOPT_PROXY, transfer->has_proxy ? proxy : "");
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "");
    curl_easy_setopt(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L); /* they are of no hop */
    if (transfer->request.ca_file != NULL)
        curl_easy_setopt(curl, CURLOPT_CAINFO, transfer->request.ca_file);
    if (transfer->request.http1) {
        curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
        curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L); /* one at hand may speak HTTP/2 */
    }
    if (transfer->request.allow_private || transfer->has_proxy)
        return;
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, transfer);
    curl_easy_setopt(curl, CURLOPT_PREREQFUNCTION, before_request);
    curl_easy_setopt(curl, CURLOPT_PREREQDATA, transfer);
}

static void
first_hop(Transfer *transfer, const FetchLimits *limits)
{
    const char *agent = transfer->request.user_agent;
    CURL *curl = transfer->curl = curl_easy_init();
    transfer->body = g_byte_array_new();
    transfer->body_max = limits->max_bytes;
    curl_easy_setopt(curl, CURLOPT_USERAGENT, agent != NULL ? agent : limits->user_agent);
    curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, ""); /* all that libcurl can decode */
    curl_easy_setopt(curl, CURLOPT_COOKIEFILE, "");      /* what one hop sets, the next may want */
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L); /* nobody waits for a name given up */
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, transfer->detail);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, see_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, see_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, transfer);
    set_way(transfer, limits);
}

CURL *
transfer_prepare(Transfer *transfer, const FetchLimits *limits, Room *room)
{
    transfer->room = room;
    if (transfer->wants_it_all)
        room_take(room, &transfer->share, room->largest);
    if (transfer->curl == NULL)
        first_hop(transfer, limits);
    bool is_first = transfer->hops == 0;
    bool may_be_file = is_first && transfer->request.allow_file;
    transfer->is_at_home = is_first || web_url_is_home(transfer->request.url, transfer->url);
    transfer->was_refused = false;
    *transfer->detail = '\0';
    curl_easy_setopt(transfer->curl, CURLOPT_URL, transfer->url);
    curl_easy_setopt(transfer->curl, CURLOPT_PROTOCOLS_STR,
                     may_be_file ? "http,https,file" : "http,https");
    set_headers(transfer);
    set_secrets(transfer);
    set_trust(transfer);
    set_limits(transfer, limits);
    return transfer->curl;
}

/* Where a reply with STATUS sends us, or NULL. */
static const char *
redirect_of(const Transfer *transfer, long status)
{
    char *target = NULL;
    if (status != 301 && status != 302 && status != 303 && status != 307 && status != 308)
        return NULL;
    curl_easy_getinfo(transfer->curl, CURLINFO_REDIRECT_URL, &target);
    return target;
}

bool
transfer_follow(Transfer *transfer, CURLcode code)
{
    long status = 0;
    curl_off_t microseconds = 0;
    curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(transfer->curl, CURLINFO_TOTAL_TIME_T, &microseconds);
    transfer->milliseconds += microseconds / 1000;
    const char *target = code == CURLE_OK ? redirect_of(transfer, status) : NULL;
    if (target == NULL)
        return false;
    if (transfer->hops == HOPS_MAX || !web_url_is(target)) {
        transfer->stray = text_single_line(target);
        return false;
    }
    transfer->hops++;
    transfer->moved_for_now |= status != 301 && status != 308;
    /* A login that the redirect brings along is not used: whose would it be? */
    WebUrl parts = web_url_read(target);
    g_free(transfer->url);
    g_free(transfer->host);
    transfer->url = g_steal_pointer(&parts.bare);
    transfer->host = g_steal_pointer(&parts.host);
    web_url_clear(&parts);
    g_byte_array_set_size(transfer->body, 0);
    return true;
}
