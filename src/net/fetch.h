/* fetch.h - documents from the web: many at a time on one thread, with limits on everything.
 *
 * libcurl's multi interface does the work. Only http and https, also behind redirects; file: and
 * exec: (the output of a program, net/program.h) when the request allows it. Bytes are counted after
 * decoding, in the write callback, because libcurl's own limit stops neither a chunked reply nor a
 * gzip bomb.
 *
 * Bodies share their room: when it is used up, a document that wants more of it is given up and asked
 * again later, at a time when there is room for a whole one. A program is not begun again, since it may
 * print another time what it prints only once: it waits with the rest, and its time with it.
 *
 * Polite: so many requests to one host at a time and no closer to each other than the limits say;
 * a host that answers 429 or 503 with Retry-After is left alone by all that still wait for it.
 *
 * Safe: an address that is not for the whole Internet (net/network.h) is only connected to when the
 * request allows it, whatever URL, redirect or name led there. Redirects are followed here and not by
 * libcurl, so that login, cookies and headers of a request go to its own host alone (the same scheme
 * and port, or https instead of http). The environment's proxies are not used. Where a request names
 * a proxy, the proxy is who connects, and what it may reach is its own affair.                      */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>

typedef enum {
    FETCH_AUTH_AUTO, /* what the server asks for, Digest rather than Basic */
    FETCH_AUTH_BASIC,
    FETCH_AUTH_DIGEST,
} FetchAuth;

/* NULL and 0 where nothing is said. */
typedef struct {
    const char *url;  /* http, https; file:, exec: where allowed */
    const char *etag; /* validators of the last good reply, verbatim */
    const char *last_modified;
    const char *fingerprint; /* of the last good reply */
    const char *user_agent;  /* NULL: the fetcher's */
    const char *proxy;       /* URL; NULL: the fetcher's; "": none */
    const char *user;        /* instead of the one in the URL */
    const char *password;
    const char *cookies;      /* "name=value; name=value" */
    const GPtrArray *headers; /* of char *: "Name: value" */
    const char *ca_file;      /* trusted instead of the system's */
    const char *
        through; /* a program (net/program.h) that makes the body of what it reads: with allow_exec */
    FetchAuth auth;
    int timeout;          /* seconds for the document with all its hops; 0: the fetcher's */
    bool http1;           /* never HTTP/2 */
    bool any_certificate; /* at the host of the URL: whoever is there is believed */
    bool allow_file;
    bool allow_exec;
    bool allow_private; /* addresses of this host and its network */
} FetchRequest;

typedef enum {
    FETCH_NEW,       /* body has it */
    FETCH_UNCHANGED, /* 304, or a 200 that repeats the validators or the fingerprint */
    FETCH_GONE,      /* 410: do not ask again */
    FETCH_FAILED,    /* problem says why: "HTTP 404 …", "more than 16 MB", "timed out" … */
    FETCH_POSTPONED, /* not asked: its host wants to be left alone for retry_after */
} FetchOutcome;

typedef struct {
    FetchOutcome outcome;
    int status;         /* HTTP status of the last hop; 0: none */
    GBytes *body;       /* of FETCH_NEW */
    char *content_type; /* of the last hop; or NULL */
    char *content_language;
    char *etag; /* of the last hop, verbatim; or NULL */
    char *last_modified;
    char *fingerprint;   /* of the body; or NULL */
    char *effective_url; /* behind all redirects, without user and password; NULL: of a program */
    char *moved_to; /* when every hop was 301 or 308: the new address (with the user and password of
                       the old URL where it is the same host); else NULL */
    int64_t retry_after; /* seconds, of 429 and 503; 0: not said */
    int64_t fresh_for;   /* seconds, by the reply's headers; 0: not said */
    char *
        resting_host; /* retry_after holds for all documents of this host (as web_url_host() names it); or NULL */
    char *problem; /* of FETCH_FAILED and FETCH_POSTPONED: one line */
} FetchReply;

void fetch_reply_free(FetchReply *reply);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FetchReply, fetch_reply_free)

typedef struct {
    int parallel;        /* transfers at a time */
    int per_host;        /* of them to one host */
    int spacing;         /* milliseconds between the beginnings of two requests to one host */
    int timeout;         /* seconds for one document */
    size_t max_bytes;    /* after decoding */
    size_t max_together; /* of all bodies that are on their way; 0: no limit */
    const char *user_agent;
    const char *proxy;     /* NULL: none */
    const char *directory; /* where programs run; NULL: the present one */
} FetchLimits;

/* Whether LINE can be one of a request's headers: "Name: value", and none that has a field or a
 * meaning of its own here. DEPESCHE_ERROR_SETUP says what is wrong. */
bool fetch_header_check(const char *line, GError **error);

typedef struct Fetcher Fetcher;

Fetcher *fetcher_open(const FetchLimits *limits, GError **error);
void fetcher_close(Fetcher *fetcher);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Fetcher, fetcher_close)

/* Queues a document; REQUEST is copied, TAG comes back with the reply. */
void fetcher_add(Fetcher *fetcher, const FetchRequest *request, void *tag);

/* Gets the next finished document, in any order: *TAG is its tag and the caller owns the reply.
 * NULL when the queue is empty. Replies are not piled up: what is finished is handed out before
 * anything new is begun. */
FetchReply *fetcher_next(Fetcher *fetcher, void **tag);

/* The same, but NULL as well after so many MILLISECONDS without one, or when one of FDS (of int) can be
 * read. */
FetchReply *fetcher_next_within(Fetcher *fetcher, int milliseconds, const GArray *fds, void **tag);

/* Lets what is on its way go on, for so many MILLISECONDS or until one of FDS can be read, while
 * the caller has no use for another reply. */
void fetcher_carry_on(Fetcher *fetcher, int milliseconds, const GArray *fds);

/* Whether all that was queued has been handed out. */
bool fetcher_is_done(const Fetcher *fetcher);

/* Sets aside what has not begun: until fetcher_take_up() it is as if it had not been queued. */
void fetcher_set_aside(Fetcher *fetcher);

/* False when nothing was set aside. */
bool fetcher_take_up(Fetcher *fetcher);
