/* block.h - sixteen octets at a time: for those who look through megabytes in which nothing is to do.
 *
 * The operators of C work on a Block octet by octet; a comparison gives 0xFF where it holds. GCC and
 * Clang make the processor's own vectors of that.                                                */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

typedef unsigned char Block __attribute__((vector_size(16)));

static inline Block
block_load(const char *at)
{
    Block block;
    memcpy(&block, at, sizeof block);
    return block;
}

/* True when no octet of a comparison holds. */
static inline bool
block_is_zero(Block block)
{
    uint64_t halves[2];
    memcpy(halves, &block, sizeof halves);
    return (halves[0] | halves[1]) == 0;
}
