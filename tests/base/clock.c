#include "base/clock.h"

#include <string.h>

typedef struct {
    const char *rule;
    const char *text;
    int64_t time; /* UNREADABLE: it must be refused */
} ParseCase;

#define UNREADABLE INT64_MIN

static const ParseCase readings[] = {
    { "the usual form", "2026-11-23T06:00:00Z", 1795413600 },
    { "the epoch", "1970-01-01T00:00:00Z", 0 },
    { "before the epoch", "1969-12-31T23:59:59Z", -1 },
    { "an offset to the east", "2026-11-23T07:00:00+01:00", 1795413600 },
    { "an offset to the west crosses midnight", "2026-11-22T23:30:00-06:30", 1795413600 },
    { "lower case and a blank", "2026-11-23 06:00:00z", 1795413600 },
    { "without seconds", "2026-11-23T06:00Z", 1795413600 },
    { "without offset it is UTC", "2026-11-23T06:00:00", 1795413600 },
    { "a date alone is its midnight", "2026-11-23", 1795392000 },
    { "fractions are cut off", "2026-11-23T06:00:00.999Z", 1795413600 },
    { "a leap second is the last of its minute", "2016-12-31T23:59:60Z", 1483228799 },
    { "a leap day", "2024-02-29", 1709164800 },
    { "no leap day in a common year", "2026-02-29", UNREADABLE },
    { "no leap day in 1900", "1900-02-29", UNREADABLE },
    { "month 13", "2026-13-01", UNREADABLE },
    { "day 0", "2026-01-00", UNREADABLE },
    { "year 0", "0000-01-01", UNREADABLE },
    { "hour 24", "2026-11-23T24:00:00Z", UNREADABLE },
    { "minute 60", "2026-11-23T06:60:00Z", UNREADABLE },
    { "offset 24 hours", "2026-11-23T06:00:00+24:00", UNREADABLE },
    { "offset without colon", "2026-11-23T06:00:00+0100", UNREADABLE },
    { "a point without digits", "2026-11-23T06:00:00.Z", UNREADABLE },
    { "fractions of a minute", "2026-11-23T06:00.5Z", UNREADABLE },
    { "a T without clock", "2026-11-23T", UNREADABLE },
    { "something behind it", "2026-11-23T06:00:00Zx", UNREADABLE },
    { "something before it", " 2026-11-23", UNREADABLE },
    { "one digit", "2026-1-3", UNREADABLE },
    { "signs are no digits", "2026-+1-03", UNREADABLE },
    { "broken off", "2026-11-23T06:", UNREADABLE },
    { "a name", "yesterday", UNREADABLE },
    { "nothing", "", UNREADABLE },
};

static void
test_parse(const void *data)
{
    const ParseCase *test = data;
    g_autofree char *exact = g_memdup2(test->text, strlen(test->text) + 1);
    int64_t time = UNREADABLE;
    g_assert_cmpint(time_parse(exact, &time), ==, test->time != UNREADABLE);
    g_assert_cmpint(time, ==, test->time);
}

static const struct {
    int64_t time;
    const char *expect;
} writings[] = {
    { 0, "1970-01-01T00:00:00Z" },          { -1, "1969-12-31T23:59:59Z" },
    { 1795413600, "2026-11-23T06:00:00Z" }, { 2147483648, "2038-01-19T03:14:08Z" },
    { INT64_MAX, "9999-12-31T23:59:59Z" },  { INT64_MIN, "0000-01-01T00:00:00Z" },
};

static void
test_write(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(writings); i++) {
        g_autofree char *text = time_text(writings[i].time);
        g_assert_cmpstr(text, ==, writings[i].expect);
    }
    g_autoptr(GString) out = g_string_new("at ");
    time_write(out, 0);
    g_assert_cmpstr(out->str, ==, "at 1970-01-01T00:00:00Z");
}

static void
test_fixed(void)
{
    g_autoptr(Clock) clock = clock_new_fixed(42);
    g_assert_cmpint(clock_now(clock), ==, 42);
    g_assert_cmpint(clock_now(clock), ==, 42);
}

static void
test_system(void)
{
    g_autoptr(Clock) clock = clock_new_system();
    int64_t before = g_get_real_time() / G_USEC_PER_SEC - 1; /* time() may lag by a tick */
    int64_t now = clock_now(clock);
    g_assert_cmpint(now, >=, before);
    g_assert_cmpint(now, <=, g_get_real_time() / G_USEC_PER_SEC);
}

/* GLib's complaint about a file that is no zone would end the test. */
static void
test_zones(void)
{
    static const char *const unknown[] = { "",
                                           "Nowhere/Land",
                                           "europe/berlin",
                                           "+01:00",
                                           "CET-1CEST",
                                           "leapseconds",
                                           "zone.tab",
                                           "tzdata.zi",
                                           "posix/Europe/Berlin",
                                           "../../x",
                                           "Europe/../../../../etc/passwd",
                                           "/etc/passwd" };
    for (size_t i = 0; i < G_N_ELEMENTS(unknown); i++)
        g_assert_null(time_zone_find(unknown[i]));

    g_autoptr(GTimeZone) utc = time_zone_find("UTC");
    g_assert_nonnull(utc);
    g_autoptr(GTimeZone) berlin = time_zone_find("Europe/Berlin");
    if (berlin == NULL) {
        g_test_skip("this system has no table of time zones");
        return;
    }
    int summer = g_time_zone_find_interval(berlin, G_TIME_TYPE_UNIVERSAL, 1782000000);
    g_assert_cmpint(g_time_zone_get_offset(berlin, summer), ==, 7200);

    g_autofree char *there = time_day_text(1782000000 - 1782000000 % 86400 - 3600, "Europe/Berlin");
    g_autofree char *in_utc = time_day_text(1782000000 - 1782000000 % 86400 - 3600, "Nowhere/Land");
    g_assert_cmpstr(there, ==, "2026-06-21");
    g_assert_cmpstr(in_utc, ==, "2026-06-20");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(readings); i++) {
        g_autofree char *path = g_strdup_printf("/time/parse/%s", readings[i].rule);
        g_test_add_data_func(path, &readings[i], test_parse);
    }
    g_test_add_func("/time/write/years are clamped to four digits", test_write);
    g_test_add_func("/time/zone/only names of zones are known", test_zones);
    g_test_add_func("/clock/a fixed clock stands still", test_fixed);
    g_test_add_func("/clock/the system's clock tells the time", test_system);
    return g_test_run();
}
