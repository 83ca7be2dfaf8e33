/* transfer-internal.h - one document on its way over HTTP, hop by hop.
 *
 *     transfer_prepare()             a handle for libcurl's multi interface: the first hop
 *     transfer_begins_anew()         true: there was no room for it, transfer_prepare() again
 *     transfer_follow()              true: there is another hop, transfer_prepare() again
 *     transfer_reply()               false: this is what came of it
 *
 * What of a request is secret or private to its host leaves with a hop only when the hop goes there. */
#pragma once

#include "net/curl-internal.h"
#include "net/fetch.h"
#include "net/room-internal.h"

typedef struct Transfer Transfer;

/* Copies REQUEST; its URL is read when the host is asked for. */
Transfer *transfer_new(const FetchRequest *request, void *tag);
void transfer_free(Transfer *transfer);

void *transfer_tag(const Transfer *transfer);
const FetchRequest *transfer_request(const Transfer *transfer);

/* The host of the present hop, in lower case; "" for one without (file:, exec:). */
const char *transfer_host(Transfer *transfer);

/* The seconds that REQUEST has. */
int transfer_timeout(const Transfer *transfer, const FetchLimits *limits);

/* Whether ROOM has enough for it: a transfer that was given up once must have room for the largest
 * document before it begins. */
bool transfer_fits(const Transfer *transfer, const Room *room);

/* The handle of the next hop; it stays the transfer's. */
CURL *transfer_prepare(Transfer *transfer, const FetchLimits *limits, Room *room);

/* A hop has ended: what it took of the room is free again. */
void transfer_leave_room(Transfer *transfer);

/* True when the hop was given up because there was no room for its body. */
bool transfer_begins_anew(Transfer *transfer);

/* Takes notice of a hop that ended with CODE. */
bool transfer_follow(Transfer *transfer, CURLcode code);

FetchReply *transfer_reply(Transfer *transfer, CURLcode code);

/* The reply of a document that came in another way than by libcurl; takes over BODY. */
FetchReply *transfer_take_body(const Transfer *transfer, GBytes *body);

/* The reply of one that could not be had. */
FetchReply *transfer_fail(const Transfer *transfer, FetchOutcome outcome, const char *problem);
