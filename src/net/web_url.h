/* web_url.h - what the URL of a document says: where it leads, and who asks. Pure. */
#pragma once

#include <stdbool.h>

/* True for http and https. */
bool web_url_is(const char *text);

/* The host in lower case; "" where there is none. */
char *web_url_host(const char *url);

/* Whether URL leads to the place that HOME leads to, so that secrets of the one may go to the other: the
 * same scheme, host and port, or https instead of http, both on their usual ports. */
bool web_url_is_home(const char *home, const char *url);

/* URL without user and password; and without its fragment, which is not sent, and for which a URL that is
 * stored has no use. What has none of these, or is no URL of the web, stays as it is. */
char *web_url_bare(const char *url);

/* The same with the user and the password of OTHER. */
char *web_url_with_login_of(const char *url, const char *other);

/* All of it, in one go: to read a URL takes longer than all that is done with it. */
typedef struct {
    char *host;     /* web_url_host() */
    char *bare;     /* web_url_bare() */
    char *user;     /* who asks, as it was meant ("%40" is "@"); NULL: not said */
    char *password; /* the same */
} WebUrl;

/* Takes URL apart. Clear it with web_url_clear(), or take what it has. */
WebUrl web_url_read(const char *url);
void web_url_clear(WebUrl *parts);
