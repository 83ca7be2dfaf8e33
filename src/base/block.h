/* block.h - sixteen octets at a time: for those who look through megabytes in which nothing is to do.
 *
 * The operators of C work on a Block octet by octet; a comparison gives 0xFF where it holds. GCC and
 * Clang make the processor's own vectors of that.                                                */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <glib.h>

typedef unsigned char Block __attribute__((vector_size(16)));

static inline Block
block_load(const char *at)
{
    Block block;
    memcpy(&block, at, sizeof block);
    return block;
}

/* The first octet for which a comparison holds; sizeof(Block) when there is none. */
static inline size_t
block_first(Block holds)
{
    uint64_t halves[2];
    memcpy(halves, &holds, sizeof halves);
    if (halves[0] != 0)
        return (size_t)__builtin_ctzll(GUINT64_FROM_LE(halves[0])) / 8;
    if (halves[1] != 0)
        return 8 + (size_t)__builtin_ctzll(GUINT64_FROM_LE(halves[1])) / 8;
    return sizeof holds;
}
