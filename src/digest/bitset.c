#include "digest/bitset.h"

#include <string.h>

Bitset *
bitset_new(size_t bits)
{
    Bitset *set = g_new0(Bitset, 1);
    set->bits = bits;
    set->words = g_new0(uint64_t, MAX(bitset_word_count(set), 1));
    return set;
}

Bitset *
bitset_copy(const Bitset *set)
{
    Bitset *copy = bitset_new(set->bits);
    memcpy(copy->words, set->words, bitset_word_count(set) * sizeof(uint64_t));
    return copy;
}

void
bitset_free(Bitset *set)
{
    if (set == NULL)
        return;
    g_free(set->words);
    g_free(set);
}

void
bitset_clear(Bitset *set)
{
    memset(set->words, 0, bitset_word_count(set) * sizeof(uint64_t));
}

void
bitset_assign(Bitset *set, const Bitset *other)
{
    g_assert(set->bits == other->bits);
    memcpy(set->words, other->words, bitset_word_count(set) * sizeof(uint64_t));
}

void
bitset_and(Bitset *set, const Bitset *other)
{
    g_assert(set->bits == other->bits);
    for (size_t i = 0, count = bitset_word_count(set); i < count; i++)
        set->words[i] &= other->words[i];
}

void
bitset_or(Bitset *set, const Bitset *other)
{
    g_assert(set->bits == other->bits);
    for (size_t i = 0, count = bitset_word_count(set); i < count; i++)
        set->words[i] |= other->words[i];
}

void
bitset_and_not(Bitset *set, const Bitset *other)
{
    g_assert(set->bits == other->bits);
    for (size_t i = 0, count = bitset_word_count(set); i < count; i++)
        set->words[i] &= ~other->words[i];
}

void
bitset_invert(Bitset *set)
{
    for (size_t i = 0, words = bitset_word_count(set); i < words; i++)
        set->words[i] = ~set->words[i];
    /* Bits behind the last stay clear, so that counting is counting. */
    if (set->bits % BITSET_WORD != 0)
        set->words[set->bits / BITSET_WORD] &= (UINT64_C(1) << (set->bits % BITSET_WORD)) - 1;
}

/* The ones in WORD, by adding neighbours: without a special instruction it is quicker than a table,
 * and done for several words at once. */
static uint64_t
count_ones(uint64_t word)
{
    word -= word >> 1 & UINT64_C(0x5555555555555555);
    word = (word & UINT64_C(0x3333333333333333)) + (word >> 2 & UINT64_C(0x3333333333333333));
    word = (word + (word >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    return (word * UINT64_C(0x0101010101010101)) >> 56;
}

size_t
bitset_count(const Bitset *set)
{
    size_t count = 0;
    for (size_t i = 0, words = bitset_word_count(set); i < words; i++)
        count += count_ones(set->words[i]);
    return count;
}

/* The lowest COUNT ones of WORD. */
static uint64_t
lowest_ones(uint64_t word, size_t count)
{
    uint64_t rest = word;
    for (; count > 0; count--)
        rest &= rest - 1;
    return word & ~rest;
}

size_t
bitset_move_first(Bitset *into, Bitset *set, size_t most)
{
    size_t moved = 0;
    g_assert(into->bits == set->bits);
    for (size_t i = 0, count = bitset_word_count(set); i < count && moved < most; i++) {
        size_t ones = count_ones(set->words[i]);
        uint64_t taken =
            ones <= most - moved ? set->words[i] : lowest_ones(set->words[i], most - moved);
        into->words[i] |= taken;
        set->words[i] &= ~taken;
        moved += MIN(ones, most - moved);
    }
    return moved;
}
