/* What came of a transfer (transfer-internal.h). */
#include "net/transfer_state-internal.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "net/freshness.h"
#include "net/network.h"
#include "net/web_url.h"

/* A validator is sent back and a URL is stored: both stay short with any honest server. */
#define HEADER_VALUE_MAX 4096

/* Beside validators a look at the size and the beginning is enough: what is new stands there, or what was
 * old does not any more. */
#define HEAD_SIZE (16u * 1024)

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

static bool
has_validators(const FetchReply *reply)
{
    return reply->etag != NULL || reply->last_modified != NULL;
}

/* Where there are no validators the bytes speak. They are heard where there are some, too: who says 200
 * although we sent him the same may not know how to say 304, but may as well give all he has the same
 * ETag. */
static bool
has_same_bytes(const FetchRequest *request, const FetchReply *reply)
{
    if (request->fingerprint == NULL)
        return has_validators(reply);
    return g_strcmp0(reply->fingerprint, request->fingerprint) == 0;
}

/* A 200 whose validators are the ones we sent is a 304 of a server that ignores conditions. The
 * ETag is the stronger word where there is one. */
static bool
repeats(const FetchRequest *request, const FetchReply *reply)
{
    if (reply->etag != NULL && g_strcmp0(reply->etag, request->etag) != 0)
        return false;
    if (reply->etag == NULL && reply->last_modified != NULL &&
        g_strcmp0(reply->last_modified, request->last_modified) != 0)
        return false;
    return has_same_bytes(request, reply);
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
    if (transfer->stray != NULL && web_url_is(transfer->stray))
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
    return transfer->is_at_home ? web_url_with_login_of(transfer->url, transfer->request.url)
                                : g_strdup(transfer->url);
}

static char *
fingerprint_of(const Transfer *transfer, const FetchReply *reply)
{
    const GByteArray *body = transfer->body;
    if (reply->status != 0 && reply->status != 200 && reply->status != 203)
        return NULL;
    if (!has_validators(reply))
        return g_compute_checksum_for_data(G_CHECKSUM_SHA256, body->data, body->len);
    g_autoptr(GBytes) head = g_bytes_new_static(body->data, MIN(body->len, HEAD_SIZE));
    return g_strdup_printf("%u:%08x", body->len, g_bytes_hash(head));
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
