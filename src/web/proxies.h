/* proxies.h - whose word is taken for who asks: a web server in front of us says in X-Forwarded-For whom
 * it asks for, and so may anybody else. */
#pragma once

#include <stdbool.h>
#include <glib.h>
#include <sys/socket.h>

typedef struct Proxies Proxies;

/* NAMES (of char *) are addresses ("192.0.2.7"), blocks of them ("2001:db8::/32"), and "loopback", which is
 * this host. DEPESCHE_ERROR_SETUP names one that is none of these. */
Proxies *proxies_new(const GPtrArray *names, GError **error);
void proxies_free(Proxies *proxies);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Proxies, proxies_free)

/* Whether ADDRESS is one of them; NULL, or a socket of this host's own, is "loopback". */
bool proxies_have(const Proxies *proxies, const struct sockaddr *address);

/* Who asks, when one of them says FORWARDED: the last of the addresses in it that is none of them, since
 * the ones before that anybody may have written. The caller owns it. */
char *proxies_find_peer(const Proxies *proxies, const char *forwarded);

/* ADDRESS belongs to this host. */
bool address_is_loopback(const struct sockaddr *address);
