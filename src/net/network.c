#include "net/network.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <glib.h>

#define V4_SIZE 4u
#define V6_SIZE 16u

typedef struct {
    uint8_t prefix[V6_SIZE];
    unsigned bits;
} Block;

/* IANA's registry of special-purpose IPv4 addresses, and multicast. */
static const Block v4_blocks[] = {
    { { 0 }, 8 },             /* this host on this network */
    { { 10 }, 8 },            /* private */
    { { 100, 64 }, 10 },      /* behind a carrier's NAT */
    { { 127 }, 8 },           /* loopback */
    { { 169, 254 }, 16 },     /* link-local; clouds keep their secrets here */
    { { 172, 16 }, 12 },      /* private */
    { { 192, 0, 0 }, 24 },    /* protocol assignments */
    { { 192, 0, 2 }, 24 },    /* documentation */
    { { 192, 88, 99 }, 24 },  /* was 6to4 */
    { { 192, 168 }, 16 },     /* private */
    { { 198, 18 }, 15 },      /* benchmarks */
    { { 198, 51, 100 }, 24 }, /* documentation */
    { { 203, 0, 113 }, 24 },  /* documentation */
    { { 224 }, 4 },           /* multicast */
    { { 240 }, 4 },           /* reserved, broadcast */
};

/* What is for everybody in IPv6; all outside of it is special in some way. */
static const Block v6_global = { { 0x20 }, 3 };

static const Block v6_blocks[] = {
    { { 0x20, 0x01, 0x00 }, 23 },       /* protocol assignments, Teredo, ORCHID */
    { { 0x20, 0x01, 0x0d, 0xb8 }, 32 }, /* documentation */
    { { 0x3f, 0xff, 0x00 }, 20 },       /* documentation */
};

/* Blocks that hold an IPv4 address, and where. */
static const struct {
    Block block;
    size_t at;
} v6_carriers[] = {
    { { { [10] = 0xff, [11] = 0xff }, 96 }, 12 }, /* mapped: ::ffff:a.b.c.d */
    { { { 0x00, 0x64, 0xff, 0x9b }, 96 }, 12 },   /* NAT64: 64:ff9b::a.b.c.d */
    { { { 0x20, 0x02 }, 16 }, 2 },                /* 6to4: 2002:aabb:ccdd:: */
};

static bool
block_has(const Block *block, const uint8_t *address)
{
    unsigned whole = block->bits / 8, rest = block->bits % 8;
    uint8_t mask = (uint8_t)(0xff << (8 - rest));
    return memcmp(block->prefix, address, whole) == 0 &&
           (rest == 0 || (address[whole] & mask) == block->prefix[whole]);
}

static bool
blocks_have(const Block *blocks, size_t count, const uint8_t *address)
{
    for (size_t i = 0; i < count; i++)
        if (block_has(&blocks[i], address))
            return true;
    return false;
}

static bool
v4_is_private(const uint8_t address[V4_SIZE])
{
    return blocks_have(v4_blocks, G_N_ELEMENTS(v4_blocks), address);
}

static bool
v6_is_private(const uint8_t address[V6_SIZE])
{
    for (size_t i = 0; i < G_N_ELEMENTS(v6_carriers); i++)
        if (block_has(&v6_carriers[i].block, address))
            return v4_is_private(address + v6_carriers[i].at);
    return !block_has(&v6_global, address) ||
           blocks_have(v6_blocks, G_N_ELEMENTS(v6_blocks), address);
}

bool
network_is_private(const struct sockaddr *address)
{
    switch (address->sa_family) {
    case AF_INET:
        return v4_is_private(
            (const uint8_t *)&((const struct sockaddr_in *)(const void *)address)->sin_addr);
    case AF_INET6:
        return v6_is_private(
            ((const struct sockaddr_in6 *)(const void *)address)->sin6_addr.s6_addr);
    default: return true;
    }
}

bool
network_text_is_private(const char *text)
{
    uint8_t address[V6_SIZE];
    if (inet_pton(AF_INET, text, address) == 1)
        return v4_is_private(address);
    return inet_pton(AF_INET6, text, address) == 1 && v6_is_private(address);
}
