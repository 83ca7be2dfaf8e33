/* Sets of article indexes: the arithmetic of filters (corpus.h). */
#include "digest/corpus.h"

#include <string.h>

#define WORD_BITS 64u

static size_t
word_count(const Bitset *set)
{
    return (set->bits + WORD_BITS - 1) / WORD_BITS;
}

Bitset *
bitset_new(size_t bits)
{
    Bitset *set = g_new0(Bitset, 1);
    set->bits = bits;
    set->words = g_new0(uint64_t, MAX(word_count(set), 1));
    return set;
}

Bitset *
bitset_copy(const Bitset *set)
{
    Bitset *copy = bitset_new(set->bits);
    memcpy(copy->words, set->words, word_count(set) * sizeof(uint64_t));
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

bool
bitset_has(const Bitset *set, size_t i)
{
    return i < set->bits && (set->words[i / WORD_BITS] >> (i % WORD_BITS) & 1) != 0;
}

void
bitset_add(Bitset *set, size_t i)
{
    g_assert(i < set->bits);
    set->words[i / WORD_BITS] |= UINT64_C(1) << (i % WORD_BITS);
}

void
bitset_and(Bitset *set, const Bitset *other)
{
    g_assert(set->bits == other->bits);
    for (size_t i = 0; i < word_count(set); i++)
        set->words[i] &= other->words[i];
}

void
bitset_or(Bitset *set, const Bitset *other)
{
    g_assert(set->bits == other->bits);
    for (size_t i = 0; i < word_count(set); i++)
        set->words[i] |= other->words[i];
}

void
bitset_invert(Bitset *set)
{
    for (size_t i = 0; i < word_count(set); i++)
        set->words[i] = ~set->words[i];
    /* Bits behind the last stay clear, so that counting is counting. */
    if (set->bits % WORD_BITS != 0)
        set->words[set->bits / WORD_BITS] &= (UINT64_C(1) << (set->bits % WORD_BITS)) - 1;
}

size_t
bitset_count(const Bitset *set)
{
    size_t count = 0;
    for (size_t i = 0; i < word_count(set); i++)
        count += (size_t)__builtin_popcountll(set->words[i]);
    return count;
}
