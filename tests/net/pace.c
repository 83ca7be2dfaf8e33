#include "net/pace.h"

#include <glib.h>

#define SECOND      ((int64_t)G_USEC_PER_SEC)
#define MILLISECOND ((int64_t)1000)

static const PaceRates none = { 0 };

static void
test_width_comes_back(void)
{
    Pace pace;
    pace_init(&pace, 8, &none, 0);
    g_assert_cmpint(pace_width(&pace), ==, 8);
    g_assert_cmpint(pace_in_a_second(&pace), >, 1000000);
    pace_ease(&pace, SECOND, 0.5);
    g_assert_cmpint(pace_width(&pace), ==, 4);
    int last = 4;
    for (int i = 1; i <= 2000; i++) {
        pace_grow(&pace, SECOND + i * 20 * MILLISECOND);
        g_assert_cmpint(pace_width(&pace), >=, last);
        last = pace_width(&pace);
        if (i == 250)
            g_assert_cmpint(last, ==, 4); /* slowly, however often it goes well */
    }
    g_assert_cmpint(last, ==, 8);
}

static void
test_complaints_that_come_together_count_once(void)
{
    Pace pace;
    pace_init(&pace, 8, &none, 0);
    for (int i = 0; i < 8; i++)
        pace_ease(&pace, SECOND + i, 0.5);
    g_assert_cmpint(pace_width(&pace), ==, 4);
    pace_ease(&pace, 20 * SECOND, 0.5);
    g_assert_cmpint(pace_width(&pace), ==, 2);
    pace_ease(&pace, 40 * SECOND, 0.5);
    pace_ease(&pace, 60 * SECOND, 0.5);
    pace_ease(&pace, 80 * SECOND, 0.5);
    g_assert_cmpint(pace_width(&pace), ==, 1); /* never none */
}

static void
test_a_complaint_rests(void)
{
    const double chances[] = { 0, 0.5, 1 };
    for (size_t i = 0; i < G_N_ELEMENTS(chances); i++) {
        Pace pace;
        pace_init(&pace, 8, &none, 0);
        g_assert_cmpint(pace_wait(&pace, SECOND), ==, 0);
        pace_ease(&pace, SECOND, chances[i]);
        int64_t wait = pace_wait(&pace, SECOND);
        g_assert_cmpint(wait, >=, SECOND);
        g_assert_cmpint(wait, <=, 2 * SECOND + 1);
        g_assert_cmpint(pace_wait(&pace, SECOND + wait), ==, 0);
    }
}

typedef struct {
    const char *rule;
    PaceRates rates;
    int minutes;
    int most; /* messages in that time */
} Rate;

static const Rate rates[] = {
    { "a second", { .per_second = 5 }, 2, 2 * 60 * 5 + 1 },
    { "many a second", { .per_second = 1000 }, 1, 60 * 1000 + 1 },
    { "a minute", { .per_minute = 30 }, 10, 10 * 30 + 1 },
    { "an hour", { .per_hour = 60 }, 60, 60 + 1 },
    { "the narrowest holds", { .per_second = 5, .per_minute = 60 }, 10, 10 * 60 + 1 },
};

/* Takes as many as it may, as early as it may. */
static void
test_rates(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rates); i++) {
        Pace pace;
        int64_t now = 0, wait;
        int taken = 0;
        g_test_message("%s", rates[i].rule);
        pace_init(&pace, 8, &rates[i].rates, now);
        while (now < rates[i].minutes * 60 * SECOND) {
            while ((wait = pace_wait(&pace, now)) == 0) {
                pace_take(&pace);
                taken++;
            }
            now += wait;
        }
        g_assert_cmpint(taken, <=, rates[i].most);
        g_assert_cmpint(taken, >=, rates[i].most * 95 / 100);
    }
}

/* In no second, the first one and those after a pause included, goes more than the rate says, and one. */
static void
test_rates_are_even(void)
{
    int64_t taken[64], now = 0;
    guint count = 0;
    Pace pace;
    pace_init(&pace, 8, &(PaceRates){ .per_second = 10 }, now);
    for (int part = 0; part < 2; part++, now += 60 * SECOND)
        for (int64_t end = now + 2 * SECOND; now < end; now += 7 * MILLISECOND)
            while (pace_wait(&pace, now) == 0 && count < G_N_ELEMENTS(taken)) {
                pace_take(&pace);
                taken[count++] = now;
            }
    g_assert_cmpint(count, >=, 38); /* although it is looked at late */
    for (guint i = 0; i + 11 < count; i++)
        g_assert_cmpint(taken[i + 11] - taken[i], >=, SECOND - 7 * MILLISECOND);
}

static void
test_a_rate_goes_on_where_another_has_left_off(void)
{
    Pace pace;
    pace_init(&pace, 8, &(PaceRates){ .per_hour = 10 }, 0);
    pace_resume(&pace, 100 * SECOND, 0);
    g_assert_cmpint(pace_wait(&pace, 0), ==, 100 * SECOND + 1);
    g_assert_cmpint(pace_wait(&pace, 100 * SECOND), ==, 0);
    pace_resume(&pace, INT64_MAX / 2, 0); /* a clock that was wrong */
    g_assert_cmpint(pace_wait(&pace, 0), ==, 360 * SECOND + 1);
    g_assert_cmpint(pace_in_a_second(&pace), ==, 1);
    pace_resume(&pace, -SECOND, 0);
    g_assert_cmpint(pace_wait(&pace, 0), ==, 0);
    pace_init(&pace, 8, &none, 0); /* the rate is gone */
    pace_resume(&pace, 100 * SECOND, 0);
    g_assert_cmpint(pace_wait(&pace, 0), ==, 0);
}

static void
test_a_complaint_halves_the_rate(void)
{
    Pace pace;
    int64_t now = 10 * SECOND;
    pace_init(&pace, 8, &(PaceRates){ .per_second = 10 }, now);
    pace_ease(&pace, now, 0);
    now += 3 * SECOND;
    int taken = 0;
    for (int64_t end = now + 20 * SECOND; now < end; now += MAX(pace_wait(&pace, now), 1))
        while (pace_wait(&pace, now) == 0) {
            pace_take(&pace);
            taken++;
        }
    g_assert_cmpint(pace_in_a_second(&pace), ==, 5);
    g_assert_cmpint(taken, >=, 95);
    g_assert_cmpint(taken, <=, 20 * 5 + 2);
    for (int i = 0; i < 1000; i++)
        pace_grow(&pace, now + i * 10 * MILLISECOND); /* ten seconds of success */
    g_assert_cmpfloat(pace.share, >, 0.5);
    g_assert_cmpfloat(pace.share, <, 0.75);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pace/width-comes-back", test_width_comes_back);
    g_test_add_func("/pace/complaints-that-come-together-count-once",
                    test_complaints_that_come_together_count_once);
    g_test_add_func("/pace/a-complaint-rests", test_a_complaint_rests);
    g_test_add_func("/pace/rates", test_rates);
    g_test_add_func("/pace/rates-are-even", test_rates_are_even);
    g_test_add_func("/pace/a-rate-goes-on-where-another-has-left-off",
                    test_a_rate_goes_on_where_another_has_left_off);
    g_test_add_func("/pace/a-complaint-halves-the-rate", test_a_complaint_halves_the_rate);
    return g_test_run();
}
