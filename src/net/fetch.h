/* fetch.h - documents from the web: many at a time on one thread, with limits on everything.
 *
 * libcurl's multi interface does the work. Only http and https, also behind redirects (file: when
 * the request allows it); bytes are counted after decoding, in the write callback, because
 * libcurl's own limit stops neither a chunked reply nor a gzip bomb.                             */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>

typedef struct {
    const char *url;
    const char *etag; /* validators of the last good reply, verbatim; may be NULL */
    const char *last_modified;
    const char *user_agent; /* NULL: the fetcher's */
    bool allow_file;
} FetchRequest;

typedef enum {
    FETCH_NEW,       /* body has it */
    FETCH_UNCHANGED, /* 304, or a 200 that repeats the validators' content */
    FETCH_GONE,      /* 410: do not ask again */
    FETCH_FAILED,    /* problem says why: "HTTP 404", "more than 16 MB", "timed out" … */
} FetchOutcome;

typedef struct {
    FetchOutcome outcome;
    int status;         /* HTTP status of the last hop; 0: none */
    GBytes *body;       /* of FETCH_NEW */
    char *content_type; /* of the last hop; or NULL */
    char *etag;         /* of the last hop, verbatim; or NULL */
    char *last_modified;
    char *effective_url; /* behind all redirects */
    char *moved_to;      /* when every hop was 301 or 308: the new address; else NULL */
    int64_t retry_after; /* seconds, of 429 and 503; 0: not said */
    char *problem;       /* of FETCH_FAILED: one line */
} FetchReply;

void fetch_reply_free(FetchReply *reply);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FetchReply, fetch_reply_free)

typedef struct {
    int parallel;     /* transfers at a time */
    int per_host;     /* of them to one host */
    int timeout;      /* seconds for one document */
    size_t max_bytes; /* after decoding */
    const char *user_agent;
} FetchLimits;

typedef struct Fetcher Fetcher;

Fetcher *fetcher_open(const FetchLimits *limits, GError **error);
void fetcher_close(Fetcher *fetcher);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Fetcher, fetcher_close)

/* Queues a document; REQUEST is copied, TAG comes back with the reply. */
void fetcher_add(Fetcher *fetcher, const FetchRequest *request, void *tag);

/* Gets the next finished document, in any order: *TAG is its tag and the caller owns the reply.
 * NULL when the queue is empty. Replies are not held: what is not asked for is not fetched far
 * ahead. */
FetchReply *fetcher_next(Fetcher *fetcher, void **tag);
