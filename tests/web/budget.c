#include "web/budget.h"

static void
test_bucket(void)
{
    g_autoptr(Budget) budget = budget_new(3, 10);
    for (int i = 0; i < 3; i++)
        g_assert_true(budget_take(budget, "a", 1000));
    g_assert_false(budget_take(budget, "a", 1000));
    g_assert_false(budget_has(budget, "a", 1009));
    g_assert_true(budget_take(budget, "b", 1000)); /* of its own */
    g_assert_true(budget_take(budget, "a", 1010));
    g_assert_false(budget_take(budget, "a", 1010));
    for (int i = 0; i < 3; i++) /* never more than it holds */
        g_assert_true(budget_take(budget, "a", 9000));
    g_assert_false(budget_take(budget, "a", 9000));
}

static void
test_clock_set_back(void)
{
    g_autoptr(Budget) budget = budget_new(1, 10);
    g_assert_true(budget_take(budget, "a", 5000));
    g_assert_false(budget_take(budget, "a", 1000));
    g_assert_true(budget_take(budget, "a", 5010));
}

static void
test_many_blocks(void)
{
    g_autoptr(Budget) budget = budget_new(1, 10);
    for (int i = 0; i < 100000; i++) {
        g_autofree char *block = g_strdup_printf("%d", i);
        g_assert_true(budget_take(budget, block, 1000));
    }
    g_assert_false(budget_has(budget, "99999", 1000));
}

static const struct {
    const char *address;
    const char *block;
} blocks[] = {
    { "192.0.2.77", "192.0.2.0" },
    { "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::" },
    { "2001:db8:1:2::9", "2001:db8:1:2::" },
    { "local", "local" },
    { "300.1.1.1", "300.1.1.1" },
};

static void
test_blocks(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(blocks); i++) {
        g_autofree char *block = address_block(blocks[i].address);
        g_assert_cmpstr(block, ==, blocks[i].block);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/web/budget/bucket", test_bucket);
    g_test_add_func("/web/budget/clock-set-back", test_clock_set_back);
    g_test_add_func("/web/budget/many-blocks", test_many_blocks);
    g_test_add_func("/web/budget/blocks", test_blocks);
    return g_test_run();
}
