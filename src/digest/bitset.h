/* bitset.h - sets of small numbers, as filters compute with them: which articles, which topics. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <glib.h>

/* Numbers from 0 to bits - 1. */
typedef struct {
    size_t bits;
    uint64_t words[];
} Bitset;

Bitset *bitset_new(size_t bits); /* empty */
Bitset *bitset_copy(const Bitset *set);
void bitset_free(Bitset *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Bitset, bitset_free)
void bitset_clear(Bitset *set);
void bitset_invert(Bitset *set);
size_t bitset_count(const Bitset *set);

/* SET becomes what is in OTHER, in both, in any, in SET alone. They are of the same size. */
void bitset_assign(Bitset *set, const Bitset *other);
void bitset_and(Bitset *set, const Bitset *other);
void bitset_or(Bitset *set, const Bitset *other);
void bitset_and_not(Bitset *set, const Bitset *other);

/* SET keeps its first MOST members; REST becomes the others. Says how many those are. */
size_t bitset_split(Bitset *set, Bitset *rest, size_t most);

/* Puts the members of SET into MEMBERS, in their order, and says how many they are. */
guint bitset_members(const Bitset *set, guint *members);

#define BITSET_WORD 64u /* bits in a word */

static inline size_t
bitset_word_count(const Bitset *set)
{
    return (set->bits + BITSET_WORD - 1) / BITSET_WORD;
}

static inline bool
bitset_has(const Bitset *set, size_t i)
{
    return i < set->bits && (set->words[i / BITSET_WORD] >> (i % BITSET_WORD) & 1) != 0;
}

static inline void
bitset_add(Bitset *set, size_t i)
{
    g_assert(i < set->bits);
    set->words[i / BITSET_WORD] |= UINT64_C(1) << (i % BITSET_WORD);
}

static inline void
bitset_remove(Bitset *set, size_t i)
{
    g_assert(i < set->bits);
    set->words[i / BITSET_WORD] &= ~(UINT64_C(1) << (i % BITSET_WORD));
}

/* The first member from FROM on; set->bits when there is none. */
static inline size_t
bitset_next(const Bitset *set, size_t from)
{
    if (from >= set->bits)
        return set->bits;
    size_t count = bitset_word_count(set), at = from / BITSET_WORD;
    uint64_t word = set->words[at] & (~UINT64_C(0) << (from % BITSET_WORD));
    while (word == 0) {
        if (++at == count)
            return set->bits;
        word = set->words[at];
    }
    return at * BITSET_WORD + (size_t)__builtin_ctzll(word);
}
