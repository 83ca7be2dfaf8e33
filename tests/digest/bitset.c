#include "digest/bitset.h"

#define BITS 300

static Bitset *
random_set(GRand *random)
{
    Bitset *set = bitset_new((size_t)g_rand_int_range(random, 0, BITS));
    int rarity = g_rand_int_range(random, 1, 40); /* from full to all but empty */
    for (size_t i = 0; i < set->bits; i++)
        if (g_rand_int_range(random, 0, rarity) == 0)
            bitset_add(set, i);
    return set;
}

static void
check_members(const Bitset *set)
{
    guint members[BITS], count = bitset_members(set, members), expected = 0;
    for (guint i = 0; i < set->bits; i++)
        if (bitset_has(set, i))
            g_assert_cmpuint(members[expected++], ==, i);
    g_assert_cmpuint(count, ==, expected);
    g_assert_cmpuint(bitset_count(set), ==, expected);
}

static void
check_split(const Bitset *set, size_t most)
{
    g_autoptr(Bitset) first = bitset_copy(set);
    g_autoptr(Bitset) rest = bitset_new(set->bits);
    bitset_invert(rest); /* what was in it is forgotten */
    size_t others = bitset_split(first, rest, most), before = 0;
    for (size_t i = 0; i < set->bits; i++) {
        g_assert_true(bitset_has(first, i) == (bitset_has(set, i) && before < most));
        g_assert_true(bitset_has(rest, i) == (bitset_has(set, i) && before >= most));
        before += bitset_has(set, i);
    }
    g_assert_cmpuint(others, ==, before - MIN(before, most));
}

static void
test_random(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(20261126);
    for (int round = 0; round < 2000; round++) {
        g_autoptr(Bitset) set = random_set(random);
        check_members(set);
        check_split(set, (size_t)g_rand_int_range(random, 0, BITS));
        check_split(set, bitset_count(set));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/digest/bitset/random", test_random);
    return g_test_run();
}
