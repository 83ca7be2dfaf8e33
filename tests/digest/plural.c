#include "digest/plural.h"

#include "base/error.h"

static void
test_conditions(void)
{
    static const struct {
        const char *rule, *condition;
        int64_t n;
        bool holds;
    } cases[] = {
        { "a number", "n = 1", 1, true },
        { "another", "n = 1", 21, false },
        { "a number below zero counts like that above", "n = 1", -1, true },
        { "the smallest number of all", "n != 0", INT64_MIN, true },
        { "unlike", "n != 1", 2, true },
        { "a remainder", "n % 10 = 1", 21, true },
        { "the end of a range", "n = 2..4", 4, true },
        { "beyond it", "n = 2..4", 5, false },
        { "one of several", "n = 0, 3..10", 3, true },
        { "none of several", "n = 0, 3..10", 2, false },
        { "in none", "n != 0, 3..10", 3, false },
        { "both", "n % 10 = 2..4 and n % 100 != 12..14", 22, true },
        { "only one of both", "n % 10 = 2..4 and n % 100 != 12..14", 12, false },
        { "either", "n % 10 = 5..9 or n % 100 = 11..14", 11, true },
        { "neither", "n % 10 = 5..9 or n % 100 = 11..14", 21, false },
        { "and before or", "n = 1 and n = 2 or n = 3", 3, true },
        { "without blanks", "n%10=1andn!=11", 31, true },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        bool holds;
        g_test_message("%s", cases[i].rule);
        g_assert_true(plural_test(cases[i].condition, cases[i].n, &holds, &error));
        g_assert_true(holds == cases[i].holds);
    }
}

static void
test_mistakes(void)
{
    static const char *const conditions[] = { "",         "n",           "n =",      "n = x",
                                              "n % = 1",  "n % 0 = 1",   "i = 1",    "n = 1 and",
                                              "n = 1 or", "n = 1 n = 2", "n = 1..",  "n = 1,",
                                              "n == 1",   "n > 1",       "n = 1; 2", "n = -1" };
    for (size_t i = 0; i < G_N_ELEMENTS(conditions); i++) {
        g_autoptr(GError) error = NULL;
        bool holds;
        g_test_message("%s", conditions[i]);
        g_assert_false(plural_test(conditions[i], 1, &holds, &error));
        g_assert_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/digest/plural/conditions", test_conditions);
    g_test_add_func("/digest/plural/mistakes", test_mistakes);
    return g_test_run();
}
