#include "digest/schedule.h"

#include "base/clock.h"

static int64_t
at(const char *text)
{
    int64_t time = 0;
    g_assert_true(time_parse(text, &time));
    return time;
}

static void
assert_time(int64_t time, const char *expected)
{
    g_autofree char *text = time_text(time);
    g_assert_cmpstr(text, ==, expected);
}

static const struct {
    const char *rule;
    const char *rhythm;
    const char *now;
    const char *last;
    const char *next;
} cases[] = {
    { "each comes round now", "each", "2026-11-23T10:20:30Z", "2026-11-23T10:20:30Z",
      "2026-11-23T10:20:31Z" },
    { "hourly at the full hour", "hourly", "2026-11-23T10:20:30Z", "2026-11-23T10:00:00Z",
      "2026-11-23T11:00:00Z" },
    { "the full hour itself counts", "hourly", "2026-11-23T10:00:00Z", "2026-11-23T10:00:00Z",
      "2026-11-23T11:00:00Z" },
    { "daily in winter", "daily 06:00 Europe/Berlin", "2026-11-23T07:00:00Z",
      "2026-11-23T05:00:00Z", "2026-11-24T05:00:00Z" },
    { "before the hour yesterday's counts", "daily 06:00 Europe/Berlin", "2026-11-23T04:59:59Z",
      "2026-11-22T05:00:00Z", "2026-11-23T05:00:00Z" },
    { "on the second itself", "daily 06:00 Europe/Berlin", "2026-11-23T05:00:00Z",
      "2026-11-23T05:00:00Z", "2026-11-24T05:00:00Z" },
    { "spring: 02:30 does not exist, the change itself is taken", "daily 02:30 Europe/Berlin",
      "2026-03-29T12:00:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z" },
    { "spring: an hour later is an hour earlier in UTC", "daily 06:00 Europe/Berlin",
      "2026-03-28T12:00:00Z", "2026-03-28T05:00:00Z", "2026-03-29T04:00:00Z" },
    { "autumn: 02:30 comes twice, the first counts", "daily 02:30 Europe/Berlin",
      "2026-10-25T12:00:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z" },
    { "autumn: between the two it has been", "daily 02:30 Europe/Berlin", "2026-10-25T01:00:00Z",
      "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z" },
    { "the southern half, spring", "daily 02:30 Australia/Sydney", "2026-10-04T12:00:00Z",
      "2026-10-03T16:00:00Z", "2026-10-04T15:30:00Z" },
    { "the southern half, autumn", "daily 02:30 Australia/Sydney", "2026-04-05T12:00:00Z",
      "2026-04-04T15:30:00Z", "2026-04-05T16:30:00Z" },
    { "a change at midnight", "daily 00:15 America/Santiago", "2026-09-06T12:00:00Z",
      "2026-09-06T04:00:00Z", "2026-09-07T03:15:00Z" },
    { "weekdays wait over the weekend", "weekdays 06:00 UTC", "2026-11-22T12:00:00Z",
      "2026-11-20T06:00:00Z", "2026-11-23T06:00:00Z" },
    { "weekly on its day", "weekly fri 16:00 UTC", "2026-11-23T12:00:00Z", "2026-11-20T16:00:00Z",
      "2026-11-27T16:00:00Z" },
    { "monthly on the first", "monthly 06:00 UTC", "2026-03-01T05:59:59Z", "2026-02-01T06:00:00Z",
      "2026-03-01T06:00:00Z" },
    { "a leap day is a day", "daily 06:00 UTC", "2028-02-29T12:00:00Z", "2028-02-29T06:00:00Z",
      "2028-03-01T06:00:00Z" },
    { "a year ends", "daily 00:00 Pacific/Auckland", "2026-12-31T12:00:00Z", "2026-12-31T11:00:00Z",
      "2027-01-01T11:00:00Z" },
};

static void
test_table(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        Rhythm rhythm;
        g_test_message("%s", cases[i].rule);
        g_assert_true(rhythm_from_text(&rhythm, cases[i].rhythm));
        assert_time(schedule_last(&rhythm, at(cases[i].now)), cases[i].last);
        assert_time(schedule_next(&rhythm, at(cases[i].now)), cases[i].next);
    }
}

/* Through a year in steps: what came last is over, what comes next is not, and from one to the
 * other nothing comes in between. */
static void
test_year(void)
{
    static const char *const rhythms[] = {
        "hourly",
        "daily 02:30 Europe/Berlin",
        "daily 00:00 America/Santiago",
        "weekdays 02:59 Australia/Sydney",
        "weekly sun 02:00 America/New_York",
        "monthly 23:59 Asia/Kathmandu",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rhythms); i++) {
        Rhythm rhythm;
        g_assert_true(rhythm_from_text(&rhythm, rhythms[i]));
        int64_t before = 0;
        for (int64_t now = at("2026-01-01"); now < at("2027-01-01"); now += 11 * 3600 + 900) {
            int64_t last = schedule_last(&rhythm, now);
            int64_t next = schedule_next(&rhythm, now);
            g_assert_cmpint(last, <=, now);
            g_assert_cmpint(next, >, now);
            g_assert_cmpint(last, >=, before);
            g_assert_cmpint(schedule_last(&rhythm, next - 1), ==, last);
            g_assert_cmpint(schedule_last(&rhythm, next), ==, next);
            before = last;
        }
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/digest/schedule/table", test_table);
    g_test_add_func("/digest/schedule/a-year", test_year);
    return g_test_run();
}
