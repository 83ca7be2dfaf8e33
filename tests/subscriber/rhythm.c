#include "subscriber/rhythm.h"

#include <string.h>
#include "base/clock.h"

static const struct {
    const char *rule;
    const char *frequency, *day, *hour, *zone;
    const char *expect;
} cases[] = {
    { "nothing said", NULL, NULL, NULL, NULL, "daily 06:00 UTC" },
    { "an hour alone", NULL, NULL, "7", NULL, "daily 07:00 UTC" },
    { "an hour in two digits", NULL, NULL, "07", NULL, "daily 07:00 UTC" },
    { "an hour with minutes", "daily", NULL, "17:05", "Europe/Berlin",
      "daily 17:05 Europe/Berlin" },
    { "weekly without a day", "weekly", NULL, NULL, NULL, "weekly mon 06:00 UTC" },
    { "weekly with one", "weekly", "sun", "9:30", NULL, "weekly sun 09:30 UTC" },
    { "a day that nothing asks for", "daily", "sun", NULL, NULL, "daily 06:00 UTC" },
    { "each has no hour", "each", NULL, "7", "Europe/Berlin", "each" },
    { "hourly has no zone", "hourly", NULL, NULL, "Europe/Berlin", "hourly" },
    { "weekdays", "weekdays", NULL, NULL, NULL, "weekdays 06:00 UTC" },
    { "monthly", "monthly", NULL, "23:59", NULL, "monthly 23:59 UTC" },
};

static void
test_words(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        Rhythm rhythm, again;
        g_autoptr(GError) error = NULL;
        g_test_message("%s", cases[i].rule);
        g_assert_true(rhythm_parse(&rhythm, cases[i].frequency, cases[i].day, cases[i].hour,
                                   cases[i].zone, NULL, &error));
        g_assert_no_error(error);
        g_autofree char *text = rhythm_text(&rhythm);
        g_assert_cmpstr(text, ==, cases[i].expect);
        g_assert_true(rhythm_from_text(&again, text));
        g_autofree char *text_again = rhythm_text(&again);
        g_assert_cmpstr(text_again, ==, text);
        g_assert_cmpint(again.frequency, ==, rhythm.frequency);
        g_assert_cmpint(again.minute, ==, rhythm.minute);
        g_assert_cmpint(again.weekday, ==, rhythm.weekday);
        g_assert_true(again.zone == rhythm.zone); /* interned */
    }
}

static void
test_defaults(void)
{
    Rhythm defaults, rhythm;
    g_assert_true(rhythm_parse(&defaults, "weekly", "fri", "16:00", "Europe/Berlin", NULL, NULL));
    g_assert_true(rhythm_parse(&rhythm, NULL, NULL, "8", NULL, &defaults, NULL));
    g_autofree char *text = rhythm_text(&rhythm);
    g_assert_cmpstr(text, ==, "weekly fri 08:00 Europe/Berlin");
}

static const struct {
    const char *frequency, *day, *hour, *zone;
    const char *named;
} mistakes[] = {
    { "sometimes", NULL, NULL, NULL, "sometimes" },
    { NULL, "someday", NULL, NULL, "someday" },
    { NULL, NULL, "24:00", NULL, "24:00" },
    { NULL, NULL, "7:60", NULL, "7:60" },
    { NULL, NULL, "7:5", NULL, "7:5" },
    { NULL, NULL, "", NULL, "hour" },
    { NULL, NULL, "noon", NULL, "noon" },
    { NULL, NULL, "123", NULL, "123" },
    { NULL, NULL, ":30", NULL, ":30" },
    { NULL, NULL, "12:3:", NULL, "12:3:" },
    { NULL, NULL, NULL, "Europe/Nowhere", "Nowhere" },
    { NULL, NULL, NULL, "../etc/passwd", "passwd" },
};

static void
test_mistakes(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(mistakes); i++) {
        Rhythm rhythm = { RHYTHM_MONTHLY, 0, 1, "x" };
        g_autoptr(GError) error = NULL;
        g_test_message("%s", mistakes[i].named);
        g_assert_false(rhythm_parse(&rhythm, mistakes[i].frequency, mistakes[i].day,
                                    mistakes[i].hour, mistakes[i].zone, NULL, &error));
        g_assert_nonnull(strstr(error->message, mistakes[i].named));
        g_assert_cmpint(rhythm.frequency, ==, RHYTHM_MONTHLY); /* left alone */
    }
    static const char *const texts[] = { "",
                                         "daily 06:00",
                                         "daily 06:00 UTC more words",
                                         "never",
                                         "daily 06:00 UTC UTC",
                                         "daily  06:00 UTC",
                                         "weekly xyz 06:00 UTC",
                                         "weekly mon tue 06:00 UTC" };
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        Rhythm rhythm;
        g_assert_false(rhythm_from_text(&rhythm, texts[i]));
    }
}

static const struct {
    const char *rule;
    const char *before, *defaults;
    const char *frequency, *hour;
    const char *expect;
} changes[] = {
    { "what is not named stays", "weekly fri 07:30 Europe/Berlin", "daily 06:00 UTC", NULL, "8",
      "weekly fri 08:00 Europe/Berlin" },
    { "hour and zone outlive a frequency", "weekly fri 07:30 Europe/Berlin", "daily 06:00 UTC",
      "daily", NULL, "daily 07:30 Europe/Berlin" },
    { "who had no hour gets the newsletter's", "each", "daily 06:00 Europe/Berlin", "daily", NULL,
      "daily 06:00 Europe/Berlin" },
    { "nothing named at all", "each", "daily 06:00 Europe/Berlin", NULL, NULL, "each" },
    { "the newsletter's day", "daily 07:00 UTC", "weekly sun 06:00 UTC", "weekly", NULL,
      "weekly sun 07:00 UTC" },
};

static void
test_changes(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(changes); i++) {
        Rhythm before, defaults, after;
        g_test_message("%s", changes[i].rule);
        g_assert_true(rhythm_from_text(&before, changes[i].before));
        g_assert_true(rhythm_from_text(&defaults, changes[i].defaults));
        g_assert_true(rhythm_change(&after, &before, changes[i].frequency, NULL, changes[i].hour,
                                    NULL, &defaults, NULL));
        g_autofree char *text = rhythm_text(&after);
        g_assert_cmpstr(text, ==, changes[i].expect);
    }
}

/* A newsletter that is sent with each run still says at which hour others get it. */
static void
test_defaults_keep_their_hour(void)
{
    Rhythm defaults, rhythm;
    g_assert_true(
        rhythm_parse_defaults(&defaults, "each", "sun", "7:15", "Europe/Berlin", NULL, NULL));
    g_assert_true(rhythm_parse(&rhythm, "weekly", NULL, NULL, NULL, &defaults, NULL));
    g_autofree char *weekly = rhythm_text(&rhythm);
    g_assert_cmpstr(weekly, ==, "weekly sun 07:15 Europe/Berlin");
    g_autofree char *each = rhythm_text(&defaults);
    g_assert_cmpstr(each, ==, "each");
}

static void
test_floor(void)
{
    for (int floor = RHYTHM_EACH; floor <= RHYTHM_MONTHLY; floor++) {
        for (int frequency = RHYTHM_EACH; frequency <= RHYTHM_MONTHLY; frequency++) {
            const Rhythm rhythm = { .frequency = (RhythmFrequency)frequency };
            g_autoptr(GError) error = NULL;
            bool fine = rhythm_check_floor(&rhythm, (RhythmFrequency)floor, &error);
            g_assert_true(fine == (frequency >= floor) && fine == (error == NULL));
        }
    }
}

static const struct {
    const char *text, *zone;
    const char *expect; /* NULL: a mistake */
} returns[] = {
    { "2026-12-24", "Europe/Berlin", "2026-12-23T23:00:00Z" },
    { "2026-07-01", "Europe/Berlin", "2026-06-30T22:00:00Z" },
    { "2026-12-24", "UTC", "2026-12-24T00:00:00Z" },
    { "2026-09-06", "America/Santiago", "2026-09-06T04:00:00Z" }, /* has no midnight */
    { "2026-12-24T06:00:00+01:00", "America/Santiago", "2026-12-24T05:00:00Z" },
    { "2026-12-24T06:00", "Europe/Berlin", "2026-12-24T06:00:00Z" },
    { "24.12.2026", "UTC", NULL },
    { "2026-02-30", "UTC", NULL },
    { "", "UTC", NULL },
};

static void
test_returns(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(returns); i++) {
        int64_t time = 0;
        g_autoptr(GError) error = NULL;
        g_test_message("%s in %s", returns[i].text, returns[i].zone);
        bool fine = return_parse(&time, returns[i].text, returns[i].zone, &error);
        g_assert_true(fine == (returns[i].expect != NULL) && fine == (error == NULL));
        g_autofree char *text = time_text(time);
        if (fine)
            g_assert_cmpstr(text, ==, returns[i].expect);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/subscriber/rhythm/words", test_words);
    g_test_add_func("/subscriber/rhythm/defaults", test_defaults);
    g_test_add_func("/subscriber/rhythm/mistakes", test_mistakes);
    g_test_add_func("/subscriber/rhythm/changes", test_changes);
    g_test_add_func("/subscriber/rhythm/defaults-keep-their-hour", test_defaults_keep_their_hour);
    g_test_add_func("/subscriber/rhythm/floor", test_floor);
    g_test_add_func("/subscriber/rhythm/returns", test_returns);
    return g_test_run();
}
