/* transfer_state-internal.h - what a transfer is: transfer.c asks, transfer_reply.c tells what came of it. */
#pragma once

#include "net/transfer-internal.h"

/* Redirects that are followed. */
#define HOPS_MAX 5
/* Of all hops together; libcurl keeps every header it gets. */
#define HEADERS_MAX ((size_t)256 * 1024)

struct Transfer {
    void *tag;
    GStringChunk *texts; /* of the request */
    GPtrArray *headers;  /* of char *, or NULL */
    FetchRequest request;

    /* The present hop */
    char *url;        /* without a login */
    char *host;       /* NULL: the request's URL has not been read yet */
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
    Share share;
    bool has_no_room;  /* this hop was given up */
    bool wants_it_all; /* of the room what the largest document needs */
    size_t headers_size;
    bool is_too_large;
    char *stray; /* where a redirect led that is not followed */
};
