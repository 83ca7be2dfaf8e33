/* discover.h - finds the feeds of a web page: needs neither configuration nor state. */
#pragma once

#include <stdbool.h>
#include <glib.h>

typedef struct {
    const char *user_agent;
    bool allow_private; /* also addresses of this host and its network */
} DiscoverOptions;

/* A feed that was found and read. */
typedef struct {
    char *url;
    char *title; /* its own, or what the page calls it; or NULL */
    const char *format;
    guint entries;
    const char *found; /* "itself", "declared", "link" or "path" */
} Discovery;

void discovery_free(Discovery *discovery);

/* The feeds of the page at URL (of Discovery *), best first: the page itself when it is one; those
 * that it declares and links to; and only when that gives nothing, those at the usual paths of its
 * site. Each has been fetched and read. NULL and DEPESCHE_ERROR_INPUT when the page cannot be
 * fetched. */
GPtrArray *discover(const char *url, const DiscoverOptions *options, GError **error);
