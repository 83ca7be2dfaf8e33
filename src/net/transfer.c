#include "net/transfer-internal.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "net/freshness.h"
#include "net/network.h"

#define HOPS_MAX        5
#define CONNECT_SECONDS 15L
/* Slower than this for so long is a server that only keeps us busy. */
#define LOW_SPEED_BYTES   10L
#define LOW_SPEED_SECONDS 20L
/* Of all hops together; libcurl keeps every header it gets. */
#define HEADERS_MAX ((size_t)256 * 1024)
/* A validator is sent back and a URL is stored: both stay short with any honest server. */
#define HEADER_VALUE_MAX 4096

#define ACCEPT                                                                                     \
    "Accept: application/atom+xml, application/rss+xml, application/feed+json, "                   \
    "application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"

struct Transfer {
    void *tag;
    GStringChunk *texts; /* of the request */
    GPtrArray *headers;  /* of char *, or NULL */
    FetchRequest request;

    /* The present hop */
    char *url;
    char *host;
    bool is_at_home;  /* it goes to the host that the request names */
    bool was_refused; /* an address of it was private */
    struct curl_slist *header_lines;
    char detail[CURL_ERROR_SIZE];

    /* All hops */
    CURL *curl; /* NULL before the first one */
    int hops;
    int64_t milliseconds; /* that they took */
    bool has_proxy;
    bool moved_for_now; /* one of them was not permanent */
    bool has_condition; /* a validator was sent */
    GByteArray *body;
    size_t body_max;
    Room *room;
    size_t share;      /* of the room */
    bool has_no_room;  /* this hop was given up */
    bool wants_it_all; /* of the room what the largest document needs */
    size_t headers_size;
    bool is_too_large;
    char *stray; /* where a redirect led that is not followed */
};

/* URLs */

static bool
is_web_url(const char *text)
{
    return g_ascii_strncasecmp(text, "http://", 7) == 0 ||
           g_ascii_strncasecmp(text, "https://", 8) == 0;
}

static CURLU *
url_parse(const char *text)
{
    g_autoptr(CURLU) url = curl_url();
    return curl_url_set(url, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK
               ? g_steal_pointer(&url)
               : NULL;
}

static char *
url_part(CURLU *url, CURLUPart part, unsigned flags)
{
    char *text = NULL;
    if (url == NULL || curl_url_get(url, part, &text, flags) != CURLUE_OK)
        return NULL;
    char *copy = g_strdup(text);
    curl_free(text);
    return copy;
}

static char *
host_of(CURLU *url)
{
    g_autofree char *host = url_part(url, CURLUPART_HOST, 0);
    return host != NULL ? g_ascii_strdown(host, -1) : g_strdup("");
}

char *
fetch_url_host(const char *text)
{
    g_autoptr(CURLU) url = is_web_url(text) ? url_parse(text) : NULL;
    return host_of(url);
}

/* URL with this user and password, as they stand in a URL; both may be NULL. No fragment: it is not
 * sent, and a stored URL has no use for it. */
static char *
text_with_login(CURLU *url, const char *user, const char *password)
{
    curl_url_set(url, CURLUPART_USER, user, 0);
    curl_url_set(url, CURLUPART_PASSWORD, password, 0);
    curl_url_set(url, CURLUPART_FRAGMENT, NULL, 0);
    return url_part(url, CURLUPART_URL, 0);
}

static char *
url_with_login(const char *text, const char *user, const char *password)
{
    g_autoptr(CURLU) url = is_web_url(text) ? url_parse(text) : NULL;
    char *whole = url != NULL ? text_with_login(url, user, password) : NULL;
    return whole != NULL ? whole : g_strdup(text);
}

/* Same scheme, host and port; https on its usual port instead of http is also home. */
static bool
is_same_place(const char *home, const char *hop)
{
    g_autoptr(CURLU) a = url_parse(home);
    g_autoptr(CURLU) b = url_parse(hop);
    g_autofree char *host_a = url_part(a, CURLUPART_HOST, 0);
    g_autofree char *host_b = url_part(b, CURLUPART_HOST, 0);
    if (host_a == NULL || host_b == NULL || g_ascii_strcasecmp(host_a, host_b) != 0)
        return false;
    g_autofree char *scheme_a = url_part(a, CURLUPART_SCHEME, 0);
    g_autofree char *scheme_b = url_part(b, CURLUPART_SCHEME, 0);
    g_autofree char *port_a = url_part(a, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    g_autofree char *port_b = url_part(b, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    if (g_strcmp0(scheme_a, scheme_b) == 0)
        return g_strcmp0(port_a, port_b) == 0;
    return g_strcmp0(scheme_a, "http") == 0 && g_strcmp0(scheme_b, "https") == 0 &&
           g_strcmp0(port_a, "80") == 0 && g_strcmp0(port_b, "443") == 0;
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
take_login(Transfer *transfer, CURLU *url)
{
    FetchRequest *own = &transfer->request;
    g_autofree char *user = url_part(url, CURLUPART_USER, CURLU_URLDECODE);
    g_autofree char *password = url_part(url, CURLUPART_PASSWORD, CURLU_URLDECODE);
    if (own->user != NULL || user == NULL)
        return;
    own->user = keep(transfer, user);
    own->password = keep(transfer, password != NULL ? password : "");
}

static void
take_url(Transfer *transfer)
{
    const char *text = transfer->request.url;
    g_autoptr(CURLU) url = is_web_url(text) ? url_parse(text) : NULL;
    take_login(transfer, url);
    transfer->host = host_of(url);
    transfer->url = url != NULL ? text_with_login(url, NULL, NULL) : NULL;
    if (transfer->url == NULL)
        transfer->url = g_strdup(text);
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
    take_url(transfer);
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
transfer_host(const Transfer *transfer)
{
    return transfer->host;
}

int
transfer_timeout(const Transfer *transfer, const FetchLimits *limits)
{
    return transfer->request.timeout > 0 ? transfer->request.timeout : limits->timeout;
}

/* The room */

bool
transfer_fits(const Transfer *transfer, const FetchLimits *limits, const Room *room)
{
    return !transfer->wants_it_all || limits->max_bytes <= room->max - room->used;
}

/* Makes the share SIZE, if it was less. */
static bool
take_room(Transfer *transfer, size_t size)
{
    size_t more = size > transfer->share ? size - transfer->share : 0;
    if (more > transfer->room->max - transfer->room->used)
        return false;
    transfer->room->used += more;
    transfer->share += more;
    return true;
}

void
transfer_leave_room(Transfer *transfer)
{
    if (transfer->room != NULL)
        transfer->room->used -= transfer->share;
    transfer->share = 0;
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
    transfer->has_no_room = !take_room(transfer, transfer->body->len + size);
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
        take_room(transfer, limits->max_bytes);
    if (transfer->curl == NULL)
        first_hop(transfer, limits);
    bool is_first = transfer->hops == 0;
    bool may_be_file = is_first && transfer->request.allow_file;
    transfer->is_at_home = is_first || is_same_place(transfer->request.url, transfer->url);
    transfer->was_refused = false;
    *transfer->detail = '\0';
    curl_easy_setopt(transfer->curl, CURLOPT_URL, transfer->url);
    curl_easy_setopt(transfer->curl, CURLOPT_PROTOCOLS_STR,
                     may_be_file ? "http,https,file" : "http,https");
    set_headers(transfer);
    set_secrets(transfer);
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
    if (transfer->hops == HOPS_MAX || !is_web_url(target)) {
        transfer->stray = text_single_line(target);
        return false;
    }
    transfer->hops++;
    transfer->moved_for_now |= status != 301 && status != 308;
    /* A login that the redirect brings along is not used: whose would it be? */
    char *url = url_with_login(target, NULL, NULL);
    g_free(transfer->url);
    g_free(transfer->host);
    transfer->url = url;
    transfer->host = fetch_url_host(url);
    g_byte_array_set_size(transfer->body, 0);
    return true;
}

/* What came of it */

/* A header of the last hop, verbatim; NULL when it is missing or nothing that can be kept. */
static char *
header_of(const Transfer *transfer, const char *name)
{
    struct curl_header *header = NULL;
    if (curl_easy_header(transfer->curl, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
        return NULL;
    size_t size = strlen(header->value);
    if (size == 0 || size > HEADER_VALUE_MAX || !g_utf8_validate(header->value, (gssize)size, NULL))
        return NULL;
    return g_strdup(header->value);
}

static int64_t
fresh_for(const Transfer *transfer)
{
    g_autofree char *cache_control = header_of(transfer, "Cache-Control");
    g_autofree char *expires = header_of(transfer, "Expires");
    g_autofree char *date = header_of(transfer, "Date");
    g_autofree char *age = header_of(transfer, "Age");
    return freshness_seconds(&(FreshnessHeaders){ cache_control, expires, date, age }, time(NULL));
}

/* On a host of our own network, one name often stands for many services that have nothing to do with
 * each other; behind a proxy only the name can tell. */
static bool
host_is_private(const Transfer *transfer)
{
    char *address = NULL;
    if (!transfer->has_proxy)
        curl_easy_getinfo(transfer->curl, CURLINFO_PRIMARY_IP, &address);
    return network_text_is_private(address != NULL ? address : transfer->host);
}

/* A 200 whose validators are the ones we sent is a 304 of a server that ignores conditions. The
 * ETag is the stronger word where there is one; where there is none of either, the bytes speak. */
static bool
repeats(const FetchRequest *request, const FetchReply *reply)
{
    if (reply->etag != NULL)
        return g_strcmp0(reply->etag, request->etag) == 0;
    if (reply->last_modified != NULL)
        return g_strcmp0(reply->last_modified, request->last_modified) == 0;
    return reply->fingerprint != NULL && g_strcmp0(reply->fingerprint, request->fingerprint) == 0;
}

static FetchOutcome
outcome_of(const Transfer *transfer, const FetchReply *reply)
{
    switch (reply->status) {
    case 0: /* file:, exec: */
    case 200:
    case 203: return repeats(&transfer->request, reply) ? FETCH_UNCHANGED : FETCH_NEW;
    case 304: return transfer->has_condition ? FETCH_UNCHANGED : FETCH_FAILED;
    case 410: return FETCH_GONE;
    default: return FETCH_FAILED;
    }
}

static char *
problem_of_status(const Transfer *transfer, const FetchReply *reply)
{
    int status = reply->status;
    if (transfer->stray != NULL && is_web_url(transfer->stray))
        return g_strdup_printf("more than %d redirects (the next one to %s)", HOPS_MAX,
                               transfer->stray);
    if (transfer->stray != NULL)
        return g_strdup_printf("redirects to %s, which is no web address", transfer->stray);
    if (reply->retry_after > 0)
        return g_strdup_printf("HTTP %d: %s; asks us to wait %" PRId64 " s", status,
                               status == 429 ? "too many requests" : "not available now",
                               reply->retry_after);
    switch (status) {
    case 401:
        return g_strdup_printf("HTTP 401: %s", transfer->request.user != NULL
                                                   ? "the server refuses this user and password"
                                                   : "the server wants a user and a password");
    case 403:
        return g_strdup("HTTP 403: the server refuses us; some do so by user_agent or because of "
                        "HTTP/2 (http = \"1.1\" switches that off)");
    case 404: return g_strdup("HTTP 404: there is nothing at this address");
    case 429: return g_strdup("HTTP 429: too many requests");
    case 503: return g_strdup("HTTP 503: not available now");
    default: return g_strdup_printf("HTTP %d", status);
    }
}

static char *
problem_of_code(const Transfer *transfer, CURLcode code)
{
    if (transfer->was_refused)
        return g_strdup_printf("\"%s\" is an address of this host or its network; allow_private = "
                               "true allows it for a feed",
                               transfer->host);
    if (transfer->is_too_large || code == CURLE_FILESIZE_EXCEEDED) {
        const size_t megabyte = (size_t)1024 * 1024;
        return transfer->body_max % megabyte == 0
                   ? g_strdup_printf("more than %zu MB", transfer->body_max / megabyte)
                   : g_strdup_printf("more than %zu bytes", transfer->body_max);
    }
    if (transfer->headers_size > HEADERS_MAX)
        return g_strdup("headers without end");
    g_autofree char *reason = curl_reason(transfer->detail, curl_easy_strerror(code));
    if (code == CURLE_OPERATION_TIMEDOUT)
        return g_strdup_printf("timed out (%s)", reason);
    return g_steal_pointer(&reason);
}

/* The new address. The login that stood in the old one goes on standing there, else the next fetch
 * would be without it. */
static char *
moved_to(const Transfer *transfer)
{
    g_autoptr(CURLU) old = url_parse(transfer->request.url);
    g_autofree char *user = url_part(old, CURLUPART_USER, 0);
    g_autofree char *password = url_part(old, CURLUPART_PASSWORD, 0);
    if (!transfer->is_at_home || user == NULL)
        return g_strdup(transfer->url);
    return url_with_login(transfer->url, user, password);
}

static char *
fingerprint_of(const Transfer *transfer, const FetchReply *reply)
{
    bool has_validators = reply->etag != NULL || reply->last_modified != NULL;
    if (has_validators || (reply->status != 0 && reply->status != 200 && reply->status != 203))
        return NULL;
    return g_compute_checksum_for_data(G_CHECKSUM_SHA256, transfer->body->data,
                                       transfer->body->len);
}

static void
reply_take_headers(FetchReply *reply, const Transfer *transfer)
{
    long status = 0;
    curl_off_t retry_after = 0;
    curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(transfer->curl, CURLINFO_RETRY_AFTER, &retry_after);
    reply->status = (int)status;
    reply->content_type = header_of(transfer, "Content-Type");
    reply->content_language = header_of(transfer, "Content-Language");
    reply->etag = header_of(transfer, "ETag");
    reply->last_modified = header_of(transfer, "Last-Modified");
    reply->fresh_for = fresh_for(transfer);
    if ((status == 429 || status == 503) && retry_after > 0) {
        reply->retry_after = retry_after;
        reply->resting_host = host_is_private(transfer) ? NULL : g_strdup(transfer->host);
    }
}

FetchReply *
transfer_reply(Transfer *transfer, CURLcode code)
{
    FetchReply *reply = g_new0(FetchReply, 1);
    /* Without user and password: relative links are resolved against it, and mailed to everybody. */
    reply->effective_url = g_strdup(transfer->url);
    reply_take_headers(reply, transfer);
    if (code != CURLE_OK) {
        reply->outcome = FETCH_FAILED;
        reply->problem = problem_of_code(transfer, code);
        return reply;
    }
    reply->fingerprint = fingerprint_of(transfer, reply);
    reply->outcome = outcome_of(transfer, reply);
    if (reply->outcome == FETCH_FAILED)
        reply->problem = problem_of_status(transfer, reply);
    if (reply->outcome == FETCH_NEW)
        reply->body = g_byte_array_free_to_bytes(g_steal_pointer(&transfer->body));
    bool is_there = reply->outcome == FETCH_NEW || reply->outcome == FETCH_UNCHANGED;
    if (is_there && transfer->hops > 0 && !transfer->moved_for_now)
        reply->moved_to = moved_to(transfer);
    return reply;
}

FetchReply *
transfer_take_body(const Transfer *transfer, GBytes *body)
{
    FetchReply *reply = g_new0(FetchReply, 1);
    reply->fingerprint = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, body);
    reply->outcome = outcome_of(transfer, reply);
    if (reply->outcome == FETCH_NEW)
        reply->body = body;
    else
        g_bytes_unref(body);
    return reply;
}

FetchReply *
transfer_fail(const Transfer *transfer, FetchOutcome outcome, const char *problem)
{
    FetchReply *reply = g_new0(FetchReply, 1);
    reply->outcome = outcome;
    reply->effective_url = g_strdup(transfer->url);
    reply->problem = g_strdup(problem);
    return reply;
}
