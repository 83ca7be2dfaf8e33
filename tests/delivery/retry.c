#include "delivery/retry.h"

#include <glib.h>

#define MINUTE 60
#define FIRST  1000000

static void
test_waits(void)
{
    static const int minutes[] = { 5, 15, 30, 60, 120, 120, 120 };
    for (int i = 0; i < (int)G_N_ELEMENTS(minutes); i++)
        g_assert_cmpint(retry_next(i + 1, FIRST, FIRST + 7, 0), ==,
                        FIRST + 7 + (int64_t)minutes[i] * MINUTE);
}

static void
test_gives_up(void)
{
    int64_t last = FIRST + RETRY_SECONDS_MAX - 120 * MINUTE;
    g_assert_cmpint(retry_next(20, FIRST, last, 0), ==, FIRST + RETRY_SECONDS_MAX);
    g_assert_cmpint(retry_next(20, FIRST, last + 1, 0), ==, 0);
    g_assert_cmpint(retry_next(1, FIRST, FIRST + RETRY_SECONDS_MAX, 0), ==, 0);
}

static void
test_not_after(void)
{
    g_assert_cmpint(retry_next(1, FIRST, FIRST, FIRST + 5 * MINUTE), ==, FIRST + 5 * MINUTE);
    g_assert_cmpint(retry_next(1, FIRST, FIRST, FIRST + 5 * MINUTE - 1), ==, 0);
}

/* Followed to its end, a delivery is tried for two days and no longer. */
static void
test_ends(void)
{
    int attempt = 1;
    int64_t now = FIRST;
    for (int64_t next; (next = retry_next(attempt, FIRST, now, 0)) != 0; attempt++) {
        g_assert_cmpint(next, >, now);
        now = next;
        g_assert_cmpint(attempt, <, 100);
    }
    g_assert_cmpint(now - FIRST, <=, RETRY_SECONDS_MAX);
    g_assert_cmpint(now - FIRST, >, RETRY_SECONDS_MAX - 120 * MINUTE);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/delivery/retry/waits-longer-each-time", test_waits);
    g_test_add_func("/delivery/retry/gives-up-after-two-days", test_gives_up);
    g_test_add_func("/delivery/retry/not-after-the-end-of-the-issue", test_not_after);
    g_test_add_func("/delivery/retry/ends", test_ends);
    return g_test_run();
}
