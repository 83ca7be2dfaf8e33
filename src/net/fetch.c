#include "net/fetch.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "net/curl-internal.h"

#define REDIRECTS_MAX   5L
#define CONNECT_SECONDS 15L
/* Slower than this for so long is a server that only keeps us busy. */
#define LOW_SPEED_BYTES   10L
#define LOW_SPEED_SECONDS 20L
/* Of all hops together; libcurl keeps every header it gets. */
#define HEADERS_MAX ((size_t)256 * 1024)
/* A validator is sent back and a URL is stored: both stay short with any honest server. */
#define HEADER_VALUE_MAX  4096
#define POLL_MILLISECONDS 1000

/* One document on its way. */
typedef struct {
    void *tag;
    char *url;
    char *host;
    char *etag;
    char *last_modified;
    char *user_agent;
    bool allow_file;

    CURL *curl; /* NULL: it waits for its turn */
    struct curl_slist *headers;
    char detail[CURL_ERROR_SIZE];
    GByteArray *body;
    size_t body_max;
    size_t headers_size;
    bool is_too_large;
    bool moved_for_now; /* a hop was not permanent */
} Transfer;

struct Fetcher {
    FetchLimits limits;
    char *user_agent;
    CURLM *multi;
    GQueue waiting;     /* of Transfer * */
    GPtrArray *running; /* of Transfer * */
};

void
fetch_reply_free(FetchReply *reply)
{
    if (reply == NULL)
        return;
    g_clear_pointer(&reply->body, g_bytes_unref);
    g_free(reply->content_type);
    g_free(reply->etag);
    g_free(reply->last_modified);
    g_free(reply->effective_url);
    g_free(reply->moved_to);
    g_free(reply->problem);
    g_free(reply);
}

/* A transfer */

static void
transfer_free(Transfer *transfer)
{
    curl_easy_cleanup(transfer->curl);
    curl_slist_free_all(transfer->headers);
    g_clear_pointer(&transfer->body, g_byte_array_unref);
    g_free(transfer->url);
    g_free(transfer->host);
    g_free(transfer->etag);
    g_free(transfer->last_modified);
    g_free(transfer->user_agent);
    g_free(transfer);
}

static char *
url_host(const char *text)
{
    g_autoptr(CURLU) url = curl_url();
    char *host = NULL;
    if (curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK)
        host = curl_url_part(url, CURLUPART_HOST);
    return host != NULL ? host : g_strdup("");
}

static Transfer *
transfer_new(const FetchRequest *request, void *tag)
{
    Transfer *transfer = g_new0(Transfer, 1);
    transfer->tag = tag;
    transfer->url = g_strdup(request->url);
    transfer->host = url_host(request->url);
    transfer->etag = g_strdup(request->etag);
    transfer->last_modified = g_strdup(request->last_modified);
    transfer->user_agent = g_strdup(request->user_agent);
    transfer->allow_file = request->allow_file;
    return transfer;
}

static size_t
transfer_take_body(char *bytes, size_t one, size_t size, void *data)
{
    Transfer *transfer = data;
    transfer->is_too_large = size > transfer->body_max - transfer->body->len;
    if (transfer->is_too_large)
        return 0; /* ends the transfer */
    g_byte_array_append(transfer->body, (const guint8 *)bytes, size);
    return size;
}

/* LINE is the status line of a redirect that is not for good. (304 is no redirect.) */
static bool
redirects_for_now(const char *line, size_t size)
{
    const char *space = size > 5 && memcmp(line, "HTTP/", 5) == 0 ? memchr(line, ' ', size) : NULL;
    if (space == NULL || line + size - space < 4 || space[1] != '3')
        return false;
    const char *code = space + 1;
    return memcmp(code, "301", 3) != 0 && memcmp(code, "304", 3) != 0 &&
           memcmp(code, "308", 3) != 0;
}

/* Sees the headers of every hop. What the last one says, libcurl keeps; the status of those before
 * it has to be noted as it passes. */
static size_t
transfer_see_header(char *line, size_t one, size_t size, void *data)
{
    Transfer *transfer = data;
    transfer->headers_size += size;
    if (transfer->headers_size > HEADERS_MAX)
        return 0;
    transfer->moved_for_now |= redirects_for_now(line, size);
    return size;
}

/* A validator as the server gave it; one that cannot stand in a header is left out. */
static void
transfer_add_header(Transfer *transfer, const char *name, const char *value)
{
    if (value == NULL || *value == '\0' || !text_is_line(value))
        return;
    g_autofree char *line = g_strdup_printf("%s: %s", name, value);
    transfer->headers = curl_slist_append(transfer->headers, line);
}

static void
transfer_limit(Transfer *transfer, const FetchLimits *limits)
{
    CURL *curl = transfer->curl;
    const char *protocols = transfer->allow_file ? "http,https,file" : "http,https";
    transfer->body_max = limits->max_bytes;
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, protocols);
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, REDIRECTS_MAX);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)limits->timeout);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, LOW_SPEED_BYTES);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, LOW_SPEED_SECONDS);
    /* Spares the download where the server says the size; transfer_take_body() is the limit. */
    curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)limits->max_bytes);
}

static void
transfer_prepare(Transfer *transfer, const Fetcher *fetcher)
{
    transfer->curl = curl_easy_init();
    transfer->body = g_byte_array_new();
    transfer_add_header(transfer, "If-None-Match", transfer->etag);
    transfer_add_header(transfer, "If-Modified-Since", transfer->last_modified);

    CURL *curl = transfer->curl;
    const char *agent = transfer->user_agent != NULL ? transfer->user_agent : fetcher->user_agent;
    curl_easy_setopt(curl, CURLOPT_PRIVATE, transfer);
    curl_easy_setopt(curl, CURLOPT_URL, transfer->url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, transfer->headers);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, agent);
    curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, ""); /* all that libcurl can decode */
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L); /* a proxy's are no hop */
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, transfer->detail);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, transfer_take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, transfer_see_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, transfer);
    transfer_limit(transfer, &fetcher->limits);
}

/* What came of it */

/* A header of the last hop, verbatim; NULL when it is missing or nothing that can be kept. */
static char *
transfer_header(const Transfer *transfer, const char *name)
{
    struct curl_header *header = NULL;
    if (curl_easy_header(transfer->curl, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
        return NULL;
    size_t size = strlen(header->value);
    if (size == 0 || size > HEADER_VALUE_MAX || !g_utf8_validate(header->value, (gssize)size, NULL))
        return NULL;
    return g_strdup(header->value);
}

/* Where the document was found. Without user and password: relative links are resolved against it,
 * and they are mailed to everybody. */
static char *
transfer_effective_url(const Transfer *transfer)
{
    char *effective = NULL;
    curl_easy_getinfo(transfer->curl, CURLINFO_EFFECTIVE_URL, &effective);
    g_autoptr(CURLU) url = curl_url();
    if (effective == NULL || curl_url_set(url, CURLUPART_URL, effective, 0) != CURLUE_OK)
        return g_strdup(transfer->url);
    curl_url_set(url, CURLUPART_USER, NULL, 0);
    curl_url_set(url, CURLUPART_PASSWORD, NULL, 0);
    return curl_url_part(url, CURLUPART_URL);
}

/* A 200 whose validators are the ones we sent is a 304 of a server that ignores conditions. The
 * ETag is the stronger word where there is one. */
static bool
repeats_validators(const Transfer *transfer, const FetchReply *reply)
{
    if (reply->etag != NULL)
        return g_strcmp0(reply->etag, transfer->etag) == 0;
    return reply->last_modified != NULL &&
           g_strcmp0(reply->last_modified, transfer->last_modified) == 0;
}

static FetchOutcome
outcome_of(const Transfer *transfer, const FetchReply *reply)
{
    switch (reply->status) {
    case 0: /* file: */
    case 200:
    case 203: return repeats_validators(transfer, reply) ? FETCH_UNCHANGED : FETCH_NEW;
    case 304: return transfer->headers != NULL ? FETCH_UNCHANGED : FETCH_FAILED;
    case 410: return FETCH_GONE;
    default: return FETCH_FAILED;
    }
}

static char *
problem_of(const Transfer *transfer, CURLcode code)
{
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

static FetchReply *
transfer_reply(Transfer *transfer, CURLcode code)
{
    FetchReply *reply = g_new0(FetchReply, 1);
    long status = 0;
    curl_off_t retry_after = 0;
    long redirects = 0;
    curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(transfer->curl, CURLINFO_RETRY_AFTER, &retry_after);
    curl_easy_getinfo(transfer->curl, CURLINFO_REDIRECT_COUNT, &redirects);
    reply->status = (int)status;
    reply->effective_url = transfer_effective_url(transfer);
    reply->content_type = transfer_header(transfer, "Content-Type");
    reply->etag = transfer_header(transfer, "ETag");
    reply->last_modified = transfer_header(transfer, "Last-Modified");
    if (status == 429 || status == 503)
        reply->retry_after = MAX(retry_after, 0);

    reply->outcome = code == CURLE_OK ? outcome_of(transfer, reply) : FETCH_FAILED;
    bool is_there = reply->outcome == FETCH_NEW || reply->outcome == FETCH_UNCHANGED;
    if (reply->outcome == FETCH_NEW)
        reply->body = g_byte_array_free_to_bytes(g_steal_pointer(&transfer->body));
    if (reply->outcome == FETCH_FAILED)
        reply->problem = code == CURLE_OK ? g_strdup_printf("HTTP %d", reply->status)
                                          : problem_of(transfer, code);
    if (is_there && redirects > 0 && !transfer->moved_for_now)
        reply->moved_to = g_strdup(reply->effective_url);
    return reply;
}

/* The queue */

Fetcher *
fetcher_open(const FetchLimits *limits, GError **error)
{
    CURLM *multi = curl_multi_init();
    if (multi == NULL) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP, "libcurl cannot be started");
        return NULL;
    }
    Fetcher *fetcher = g_new0(Fetcher, 1);
    fetcher->limits = *limits;
    fetcher->user_agent = g_strdup(limits->user_agent);
    fetcher->multi = multi;
    g_queue_init(&fetcher->waiting);
    fetcher->running = g_ptr_array_new();
    return fetcher;
}

/* Ends TRANSFER; it must not be in a queue any more. */
static void
fetcher_drop(Fetcher *fetcher, Transfer *transfer)
{
    curl_multi_remove_handle(fetcher->multi, transfer->curl);
    transfer_free(transfer);
}

void
fetcher_close(Fetcher *fetcher)
{
    if (fetcher == NULL)
        return;
    for (guint i = 0; i < fetcher->running->len; i++)
        fetcher_drop(fetcher, fetcher->running->pdata[i]);
    g_ptr_array_unref(fetcher->running);
    g_queue_clear_full(&fetcher->waiting, (GDestroyNotify)transfer_free);
    curl_multi_cleanup(fetcher->multi);
    g_free(fetcher->user_agent);
    g_free(fetcher);
}

void
fetcher_add(Fetcher *fetcher, const FetchRequest *request, void *tag)
{
    g_queue_push_tail(&fetcher->waiting, transfer_new(request, tag));
}

static bool
host_is_free(const Fetcher *fetcher, const char *host)
{
    int busy = 0;
    for (guint i = 0; i < fetcher->running->len; i++)
        busy += strcmp(((const Transfer *)fetcher->running->pdata[i])->host, host) == 0;
    return busy < MAX(fetcher->limits.per_host, 1);
}

/* Starts what may run, in the order of the queue; a busy host lets others pass. libcurl could count
 * connections itself, but there a document's time would run while it waits. */
static void
fetcher_start(Fetcher *fetcher)
{
    GList *next = NULL;
    for (GList *link = fetcher->waiting.head; link != NULL; link = next) {
        next = link->next;
        Transfer *transfer = link->data;
        if (fetcher->running->len >= (guint)MAX(fetcher->limits.parallel, 1))
            return;
        if (!host_is_free(fetcher, transfer->host))
            continue;
        g_queue_delete_link(&fetcher->waiting, link);
        transfer_prepare(transfer, fetcher);
        g_ptr_array_add(fetcher->running, transfer);
        CURLMcode code = curl_multi_add_handle(fetcher->multi, transfer->curl);
        g_assert(code == CURLM_OK);
    }
}

static FetchReply *
fetcher_finished(Fetcher *fetcher, void **tag)
{
    int left = 0;
    const CURLMsg *message;
    while ((message = curl_multi_info_read(fetcher->multi, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE)
            continue;
        Transfer *transfer = NULL;
        CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
        FetchReply *reply = transfer_reply(transfer, code);
        *tag = transfer->tag;
        g_ptr_array_remove_fast(fetcher->running, transfer);
        fetcher_drop(fetcher, transfer);
        return reply;
    }
    return NULL;
}

FetchReply *
fetcher_next(Fetcher *fetcher, void **tag)
{
    fetcher_start(fetcher);
    while (fetcher->running->len > 0) {
        FetchReply *reply = fetcher_finished(fetcher, tag);
        if (reply != NULL)
            return reply;
        int running = 0;
        curl_multi_perform(fetcher->multi, &running);
        if (running == (int)fetcher->running->len)
            curl_multi_poll(fetcher->multi, NULL, 0, POLL_MILLISECONDS, NULL);
    }
    return NULL;
}
