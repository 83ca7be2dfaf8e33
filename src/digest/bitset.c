#include "digest/bitset.h"

#include <string.h>

Bitset *
bitset_new(size_t bits)
{
    size_t words = (bits + BITSET_WORD - 1) / BITSET_WORD;
    Bitset *set = g_malloc0(sizeof(Bitset) + words * sizeof(uint64_t));
    set->bits = bits;
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
bitset_split(Bitset *set, Bitset *rest, size_t most)
{
    size_t members = bitset_count(set), i = 0;
    g_assert(rest->bits == set->bits);
    bitset_clear(rest);
    if (members <= most)
        return 0;
    size_t room = most;
    for (size_t ones; (ones = count_ones(set->words[i])) <= room; i++)
        room -= ones;
    uint64_t kept = lowest_ones(set->words[i], room);
    memcpy(&rest->words[i], &set->words[i], (bitset_word_count(set) - i) * sizeof(uint64_t));
    memset(&set->words[i], 0, (bitset_word_count(set) - i) * sizeof(uint64_t));
    set->words[i] = kept;
    rest->words[i] &= ~kept;
    return members - most;
}

guint
bitset_members(const Bitset *set, guint *members)
{
    guint *next = members;
    for (size_t i = 0, count = bitset_word_count(set); i < count; i++)
        for (uint64_t word = set->words[i]; word != 0; word &= word - 1)
            *next++ = (guint)(i * BITSET_WORD) + (guint)__builtin_ctzll(word);
    return (guint)(next - members);
}
