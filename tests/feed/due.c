#include "feed/due.h"

#include <inttypes.h>

#include "base/clock.h"

#define MINUTE 60
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

typedef struct {
    const char *name;
    DueFacts facts;
    int64_t wait;
} Case;

static const Case cases[] = {
    { "nobody says anything: with every run", { 0 }, 0 },
    { "the reply stays fresh for an hour: the hourly run asks",
      { .fresh_for = HOUR },
      HOUR - MINUTE },
    { "the feed wants an hour", { .own_wait = HOUR }, HOUR - MINUTE },
    { "the longer of both counts", { .fresh_for = HOUR, .own_wait = 2 * HOUR }, 2 * HOUR - 72 },
    { "whoever says it", { .fresh_for = 3 * HOUR, .own_wait = 2 * HOUR }, 3 * HOUR - 108 },
    { "less than a minute is nothing", { .fresh_for = 30 }, 0 },
    { "a year is a day", { .fresh_for = 365 * DAY }, DAY - DAY / 100 },
    { "of the feed too", { .own_wait = 365 * DAY }, DAY - DAY / 100 },
    { "asked to wait: to the second", { .retry_after = 90, .failures = 1 }, 90 },
    { "asked to wait: beats what else is said",
      { .retry_after = 90, .fresh_for = HOUR, .own_wait = HOUR },
      90 },
    { "asked to wait two days", { .retry_after = 2 * DAY, .failures = 1 }, 2 * DAY },
    { "asked to wait for ever: a week", { .retry_after = INT64_MAX, .failures = 1 }, 7 * DAY },
    { "failed once: the next run asks", { .failures = 1 }, 0 },
    { "failed twice", { .failures = 2 }, 9 * MINUTE },
    { "failed three times", { .failures = 3 }, 19 * MINUTE },
    { "failed for weeks: once a day", { .failures = 500 }, DAY - DAY / 100 },
    { "failed: what was fresh does not matter", { .failures = 2, .fresh_for = DAY }, 9 * MINUTE },
};

static void
test_case(const void *data)
{
    const Case *test = data;
    int64_t now = 1700000000;
    g_assert_cmpint(due_next(&test->facts, now), ==, now + test->wait);
}

static void
test_own_wait(void)
{
    static const struct {
        int64_t ttl, update_period, wait;
    } own[] = {
        { 0, 0, 0 },
        { HOUR, 0, HOUR },
        { 0, HOUR, HOUR },
        { HOUR, DAY, DAY },
        { 2 * HOUR, HOUR, 2 * HOUR },
        { 30 * DAY, 0, DAY },
        { -5, 0, 0 },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(own); i++) {
        g_autoptr(Feed) feed = feed_new();
        feed->ttl = own[i].ttl;
        feed->update_period = own[i].update_period;
        g_assert_cmpint(due_own_wait(feed), ==, own[i].wait);
    }
}

static void
test_skipped(void)
{
    static const struct {
        const char *now;
        int64_t since; /* that it was asked */
        guint32 hours;
        guint8 days;
        bool skipped;
    } skips[] = {
        { "2026-11-23T05:30:00Z", HOUR, 0, 0, false },
        { "2026-11-23T05:30:00Z", HOUR, 1u << 5, 0, true },
        { "2026-11-23T06:00:00Z", HOUR, 1u << 5, 0, false },
        { "2026-11-23T23:59:59Z", HOUR, 1u << 23, 0, true },
        { "2026-11-23T05:30:00Z", HOUR, 0, 1u << 0, true }, /* a Monday */
        { "2026-11-29T05:30:00Z", HOUR, 0, 1u << 6, true }, /* a Sunday */
        { "2026-11-29T05:30:00Z", HOUR, 0, 1u << 0, false },
        { "2026-11-26T05:30:00Z", HOUR, 1u << 4, 1u << 3, true },
        { "2026-11-26T05:30:00Z", HOUR, (1u << 24) - 1, 0, false }, /* all hours: a mistake */
        { "2026-11-26T05:30:00Z", HOUR, 0, (1u << 7) - 1, false },
        { "2026-11-26T05:30:00Z", HOUR, (1u << 24) - 1, 1u << 3, true },
        /* Cron asks at 5 alone, or on Mondays alone. */
        { "2026-11-23T05:30:00Z", DAY - MINUTE, 1u << 5, 0, false },
        { "2026-11-23T05:30:00Z", DAY - MINUTE, 0, 1u << 0, true },
        { "2026-11-23T05:30:00Z", 3 * DAY, 1u << 5, 1u << 0, true },
        { "2026-11-23T05:30:00Z", 7 * DAY - MINUTE, 1u << 5, 1u << 0, false },
        { "2026-11-23T05:30:00Z", 1700000000, 1u << 5, 1u << 0, false }, /* never */
    };
    for (size_t i = 0; i < G_N_ELEMENTS(skips); i++) {
        int64_t now = 0;
        g_assert_true(time_parse(skips[i].now, &now));
        g_test_message("%s, asked %" PRId64 " s before", skips[i].now, skips[i].since);
        g_assert_cmpint(due_is_skipped(skips[i].hours, skips[i].days, now - skips[i].since, now),
                        ==, skips[i].skipped);
    }
}

static void
test_wrong_clock(void)
{
    const int64_t now = 1800000000;
    g_assert_false(due_is_waiting(now, now));
    g_assert_true(due_is_waiting(now + 1, now));
    g_assert_true(due_is_waiting(now + DUE_RETRY_MAX, now));
    g_assert_false(
        due_is_waiting(now + DUE_RETRY_MAX + 1, now)); /* set in a future that was none */
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/due/next/", cases[i].name, NULL);
        g_test_add_data_func(path, &cases[i], test_case);
    }
    g_test_add_func("/due/own-wait", test_own_wait);
    g_test_add_func("/due/skipped", test_skipped);
    g_test_add_func("/feed/due/a-clock-that-was-wrong", test_wrong_clock);
    return g_test_run();
}
