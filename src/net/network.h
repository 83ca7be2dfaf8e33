/* network.h - which addresses are nobody's business but this network's.
 *
 * A feed's URL, or a redirect of its server, may point at a service that only this host or its
 * network can reach (SSRF): what is asked there is asked in our name. So an address is looked at
 * after its name was resolved, at the moment of connecting. Pure.                                */
#pragma once

#include <stdbool.h>
#include <sys/socket.h>

/* True of every address that is not for the whole Internet: loopback, private (RFC 1918, unique
 * local), link-local, shared by a carrier (RFC 6598), multicast, reserved, for documentation; of an
 * IPv4 address inside an IPv6 one too. Other families than those two are private. */
bool network_is_private(const struct sockaddr *address);

/* The same of TEXT, a literal address ("127.0.0.1", "::1"); false when it is none. */
bool network_text_is_private(const char *text);
