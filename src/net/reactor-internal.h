/* reactor-internal.h - waits for the connections of a libcurl multi handle, and for others.
 *
 * libcurl can do that by itself (curl_multi_poll, curl_multi_perform), but then it looks at each
 * transfer whenever one of them has something to read: with fifty of them, more work than all else
 * that it does. Here the kernel names those that have.                                             */
#pragma once

#include <poll.h>
#include <stdint.h>
#include <glib.h>

#include "net/curl-internal.h"

typedef struct Reactor Reactor;

/* MULTI is borrowed, and must not be used after reactor_free(). NULL with errno. */
Reactor *reactor_new(CURLM *multi);
void reactor_free(Reactor *reactor);

/* Waits until libcurl or one of OTHERS (of struct pollfd, whose revents are set) has something to do, at
 * most so many MICROSECONDS, and lets libcurl do it. */
void reactor_run(Reactor *reactor, int64_t microseconds, GArray *others);
