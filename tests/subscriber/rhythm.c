#include "subscriber/rhythm.h"

#include <string.h>

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
    static const char *const texts[] = { "", "daily 06:00", "daily 06:00 UTC more words", "never",
                                         "weekly xyz 06:00 UTC" };
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        Rhythm rhythm;
        g_assert_false(rhythm_from_text(&rhythm, texts[i]));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/subscriber/rhythm/words", test_words);
    g_test_add_func("/subscriber/rhythm/defaults", test_defaults);
    g_test_add_func("/subscriber/rhythm/mistakes", test_mistakes);
    return g_test_run();
}
