#include "base/radix.h"

#include <stdlib.h>
#include <glib.h>

static int
by_number(gconstpointer a, gconstpointer b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

/* As many as COUNT of no more than BITS bits: sorted as qsort() sorts them. */
static void
check_random(size_t count, unsigned bits)
{
    g_autofree uint32_t *numbers = g_new(uint32_t, count);
    for (size_t i = 0; i < count; i++)
        numbers[i] = (uint32_t)g_test_rand_int() >> (32 - bits);
    g_autofree uint32_t *expected = g_memdup2(numbers, count * sizeof *numbers);
    if (count > 0)
        qsort(expected, count, sizeof *expected, by_number);
    radix_sort(numbers, count);
    g_assert_cmpmem(numbers, count * sizeof *numbers, expected, count * sizeof *expected);
}

static void
test_random(void)
{
    for (unsigned bits = 1; bits <= 32; bits++) {
        check_random(0, bits);
        check_random(1, bits);
        check_random(2, bits);
        check_random(1000, bits);
    }
}

static void
test_equal_and_extreme(void)
{
    uint32_t zeros[] = { 0, 0, 0 };
    radix_sort(zeros, G_N_ELEMENTS(zeros));
    g_assert_cmpuint(zeros[0] + zeros[1] + zeros[2], ==, 0);
    uint32_t numbers[] = { UINT32_MAX, 0, 0x100, 0xff, UINT32_MAX, 0x10000 };
    const uint32_t expected[] = { 0, 0xff, 0x100, 0x10000, UINT32_MAX, UINT32_MAX };
    radix_sort(numbers, G_N_ELEMENTS(numbers));
    g_assert_cmpmem(numbers, sizeof numbers, expected, sizeof expected);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/radix/random", test_random);
    g_test_add_func("/radix/equal-and-extreme", test_equal_and_extreme);
    return g_test_run();
}
