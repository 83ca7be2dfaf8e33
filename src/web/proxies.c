#include "web/proxies.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/error.h"

/* IPv4 stands in it as ::ffff:192.0.2.7 does (RFC 4291, 2.5.5.2). */
typedef struct {
    uint8_t bytes[16];
    int bits; /* of BYTES, which count */
} Network;

#define MAPPED_BITS 96

struct Proxies {
    GArray *networks; /* of Network */
    bool has_loopback;
};

static bool
parse_address(const char *text, Network *network, int *family_bits)
{
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
    *family_bits = 128;
    network->bits = 128;
    if (inet_pton(AF_INET6, text, network->bytes) == 1)
        return true;
    memcpy(network->bytes, mapped, sizeof mapped);
    *family_bits = 32;
    return inet_pton(AF_INET, text, network->bytes + sizeof mapped) == 1;
}

/* "192.0.2.7" or "192.0.2.0/24". */
static bool
parse_network(const char *text, Network *network)
{
    const char *slash = strchr(text, '/');
    g_autofree char *address =
        slash != NULL ? g_strndup(text, (gsize)(slash - text)) : g_strdup(text);
    int family_bits;
    guint64 bits;
    if (!parse_address(address, network, &family_bits))
        return false;
    if (slash == NULL)
        return true;
    if (!g_ascii_string_to_unsigned(slash + 1, 10, 0, (guint64)family_bits, &bits, NULL))
        return false;
    network->bits = (int)bits + 128 - family_bits;
    return true;
}

static bool
has_address(const Network *network, const uint8_t bytes[16])
{
    int whole = network->bits / 8, rest = network->bits % 8;
    return memcmp(network->bytes, bytes, (size_t)whole) == 0 &&
           (rest == 0 || (network->bytes[whole] ^ bytes[whole]) >> (8 - rest) == 0);
}

void
proxies_free(Proxies *proxies)
{
    if (proxies == NULL)
        return;
    g_array_unref(proxies->networks);
    g_free(proxies);
}

Proxies *
proxies_new(const GPtrArray *names, GError **error)
{
    g_autoptr(Proxies) proxies = g_new0(Proxies, 1);
    proxies->networks = g_array_new(FALSE, FALSE, sizeof(Network));
    for (guint i = 0; i < names->len; i++) {
        const char *name = names->pdata[i];
        Network network;
        if (strcmp(name, "loopback") == 0) {
            proxies->has_loopback = true;
        } else if (parse_network(name, &network)) {
            g_array_append_val(proxies->networks, network);
        } else {
            g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP,
                        "web.proxies: \"%s\" is neither an address, nor a block of them, nor "
                        "\"loopback\"",
                        name);
            return NULL;
        }
    }
    return g_steal_pointer(&proxies);
}

bool
address_is_loopback(const struct sockaddr *address)
{
    if (address == NULL || address->sa_family == AF_UNIX)
        return true;
    if (address->sa_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr) >> 24 == 127;
    return address->sa_family == AF_INET6 &&
           IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)address)->sin6_addr);
}

bool
proxies_have(const Proxies *proxies, const struct sockaddr *address)
{
    if (address_is_loopback(address))
        return proxies->has_loopback;
    Network asks = { .bytes = { [10] = 0xff, [11] = 0xff } };
    if (address->sa_family == AF_INET)
        memcpy(asks.bytes + 12, &((const struct sockaddr_in *)address)->sin_addr, 4);
    else if (address->sa_family == AF_INET6)
        memcpy(asks.bytes, &((const struct sockaddr_in6 *)address)->sin6_addr, 16);
    for (guint i = 0; i < proxies->networks->len; i++)
        if (has_address(&g_array_index(proxies->networks, Network, i), asks.bytes))
            return true;
    return false;
}

/* The same of an address that a proxy wrote down. */
static bool
have_text(const Proxies *proxies, const char *text)
{
    struct sockaddr_storage place = { .ss_family = AF_INET };
    bool is_four = inet_pton(AF_INET, text, &((struct sockaddr_in *)&place)->sin_addr) == 1;
    if (!is_four)
        place.ss_family = AF_INET6;
    return (is_four ||
            inet_pton(AF_INET6, text, &((struct sockaddr_in6 *)&place)->sin6_addr) == 1) &&
           proxies_have(proxies, (const struct sockaddr *)&place);
}

/* The address in WORD, which is cut: some proxies say "192.0.2.7:4711" or "[2001:db8::7]:4711", and each
 * connection would be somebody else. */
static const char *
bare_address(char *word)
{
    char *text = g_strstrip(word);
    bool is_bracketed = *text == '[';
    char *end = strchr(text, is_bracketed ? ']' : ':');
    bool is_six = !is_bracketed && end != NULL && strchr(end + 1, ':') != NULL;
    if (end != NULL && !is_six)
        *end = '\0';
    return text + is_bracketed;
}

char *
proxies_find_peer(const Proxies *proxies, const char *forwarded)
{
    g_auto(GStrv) words = g_strsplit(forwarded, ",", -1);
    const char *peer = "";
    for (guint i = g_strv_length(words); i > 0; i--) {
        peer = bare_address(words[i - 1]);
        if (!have_text(proxies, peer))
            break;
    }
    return g_strdup(peer);
}
