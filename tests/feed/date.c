#include "feed/date.h"

#include <string.h>
#include <glib.h>

#include "base/clock.h"

typedef struct {
    const char *rule;
    const char *text;
    const char *expect; /* NULL: this is no date */
} DateCase;

static const DateCase cases[] = {
    { "RFC 822 as it should be", "Thu, 01 Jan 2004 19:48:21 GMT", "2004-01-01T19:48:21Z" },
    { "numeric zone", "Thu, 01 Jan 2004 19:48:21 +0130", "2004-01-01T18:18:21Z" },
    { "zone with colon", "01 Jan 2004 19:48:21 -02:00", "2004-01-01T21:48:21Z" },
    { "no weekday", "1 Jan 2004 19:48:21 Z", "2004-01-01T19:48:21Z" },
    { "wrong weekday", "Mon, 01 Jan 2004 00:00:00 UT", "2004-01-01T00:00:00Z" },
    { "long names", "Thursday, 1 January 2004 19:48 UTC", "2004-01-01T19:48:00Z" },
    { "no seconds", "01 Jan 2004 19:48 GMT", "2004-01-01T19:48:00Z" },
    { "one digit for the hour", "01 Jan 2004 9:48:00 GMT", "2004-01-01T09:48:00Z" },
    { "no time", "01 Jan 2004", "2004-01-01T00:00:00Z" },
    { "no zone is UTC", "01 Jan 2004 19:48:21", "2004-01-01T19:48:21Z" },
    { "two digits for a year after 2000", "01 Jan 04 19:48 GMT", "2004-01-01T19:48:00Z" },
    { "two digits for a year before", "01 Jan 99 00:00 GMT", "1999-01-01T00:00:00Z" },
    { "American zones", "01 Jan 2004 19:48:21 EST", "2004-01-02T00:48:21Z" },
    { "American summer", "01 Jul 2004 19:48:21 PDT", "2004-07-02T02:48:21Z" },
    { "European zones", "01 Jan 2004 19:48:21 CET", "2004-01-01T18:48:21Z" },
    { "German zones", "01 Jul 2004 19:48:21 MESZ", "2004-07-01T17:48:21Z" },
    { "zones by place", "Thu, 01 Jul 2004 12:00:00 America/Los_Angeles", "2004-07-01T19:00:00Z" },
    { "unknown zones are UTC", "01 Jan 2004 19:48:21 XYZ", "2004-01-01T19:48:21Z" },
    { "GMT and an offset", "01 Jan 2004 19:48:21 GMT+7", "2004-01-01T12:48:21Z" },
    { "offset and a comment", "01 Jan 2004 19:48:21 +0100 (CET)", "2004-01-01T18:48:21Z" },
    { "hyphens between", "01-Jan-2004 19:48:21 GMT", "2004-01-01T19:48:21Z" },
    { "as C's asctime writes", "Thu Jan  1 19:48:21 2004", "2004-01-01T19:48:21Z" },
    { "American order", "January 1, 2004 7:48 pm", "2004-01-01T19:48:00Z" },
    { "midnight by half days", "Jan 1st, 2004 12:05 AM", "2004-01-01T00:05:00Z" },
    { "German", "Do, 12. März 2026 08:00:00 +0100", "2026-03-12T07:00:00Z" },
    { "German December", "24. Dez. 2026", "2026-12-24T00:00:00Z" },
    { "French", "jeu., 12 févr. 2026 08:00:00 +0000", "2026-02-12T08:00:00Z" },
    { "French Tuesday is no March", "mar., 12 mai 2026 08:00:00 GMT", "2026-05-12T08:00:00Z" },
    { "French summer", "12 août 2026", "2026-08-12T00:00:00Z" },
    { "Spanish", "12 de enero de 2026", "2026-01-12T00:00:00Z" },
    { "white space around", "\n  01 Jan 2004 00:00:00 GMT \t", "2004-01-01T00:00:00Z" },
    { "24:00 is the next day", "31 Dec 2003 24:00:00 GMT", "2004-01-01T00:00:00Z" },
    { "leap second", "31 Dec 2016 23:59:60 GMT", "2017-01-01T00:00:00Z" },
    { "leap day", "29 Feb 2024 00:00 GMT", "2024-02-29T00:00:00Z" },
    { "RFC 3339", "2026-11-23T10:20:30Z", "2026-11-23T10:20:30Z" },
    { "offset", "2026-11-23T10:20:30+02:00", "2026-11-23T08:20:30Z" },
    { "offset without colon", "2026-11-23T10:20:30-0230", "2026-11-23T12:50:30Z" },
    { "fractions", "2026-11-23T10:20:30.123456Z", "2026-11-23T10:20:30Z" },
    { "fractions after a comma", "2026-11-23T10:20:30,5Z", "2026-11-23T10:20:30Z" },
    { "small letters", "2026-11-23t10:20:30z", "2026-11-23T10:20:30Z" },
    { "space for T", "2026-11-23 10:20:30 +0100", "2026-11-23T09:20:30Z" },
    { "without seconds", "2026-11-23T10:20Z", "2026-11-23T10:20:00Z" },
    { "without zone is UTC", "2026-11-23T10:20:30", "2026-11-23T10:20:30Z" },
    { "date alone", "2026-11-23", "2026-11-23T00:00:00Z" },
    { "month alone", "2026-11", "2026-11-01T00:00:00Z" },
    { "year alone", "2026", "2026-01-01T00:00:00Z" },
    { "basic form", "20261123T102030Z", "2026-11-23T10:20:30Z" },
    { "basic date", "20261123", "2026-11-23T00:00:00Z" },
    { "ISO 24:00", "2026-12-31T24:00:00Z", "2027-01-01T00:00:00Z" },
    { "slashes", "2026/11/23 10:20:30", "2026-11-23T10:20:30Z" },
    { "before 1970", "1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z" },
    { "an offset says more than its name", "05 Mar 2026 21:30 +0800 (CST)",
      "2026-03-05T13:30:00Z" },
    { "offset at once behind the time", "05 Mar 2026 14:30+0100", "2026-03-05T13:30:00Z" },
    { "week", "2026-W10-4", "2026-03-05T00:00:00Z" },
    { "first week begins in the old year", "2026-W01-1", "2025-12-29T00:00:00Z" },
    { "week 53", "2020-W53-7", "2021-01-03T00:00:00Z" },
    { "day of the year", "2024-366", "2024-12-31T00:00:00Z" },
    { "day first with dots", "5.3.2026 14:30", "2026-03-05T14:30:00Z" },
    { "dots and spaces", "5. 3. 2026 14:30", "2026-03-05T14:30:00Z" },
    { "dots in the time", "Do, 5.3.2026, 8.30 Uhr", "2026-03-05T08:30:00Z" },
    { "dots in the time, behind words", "Thu, 05 Mar 2026 13.30.15 +0100", "2026-03-05T12:30:15Z" },
    { "a dot behind the day is no time", "5. 12. März 2026", NULL },
    { "hours and h", "5 mars 2026 13 h 30", "2026-03-05T13:30:00Z" },
    { "hours alone", "5. März 2026, 13 Uhr", "2026-03-05T13:00:00Z" },
    { "hours alone, with h", "jeudi 5 mars 2026 à 13h", "2026-03-05T13:00:00Z" },
    { "hours alone, by half days", "March 5, 2026 1 pm", "2026-03-05T13:00:00Z" },
    { "a number alone is no hour", "March 5, 2026 13", NULL },
    { "the longest beginning", "5. marraskuuta 2026", "2026-11-05T00:00:00Z" },
    { "Russian capitals", "5 АВГУСТА 2026", "2026-08-05T00:00:00Z" },
    { "half of the day first", "2026-03-05 오후 01:30", "2026-03-05T13:30:00Z" },
    { "no week 54", "2026-W54-1", NULL },
    { "no day 366 in 2026", "2026-366", NULL },
    { "day or month first", "03/05/2026", NULL },
    { "year 1", "0001-01-01T00:00:00Z", NULL },
    { "nothing", "", NULL },
    { "blank", "  \n", NULL },
    { "words", "yesterday", NULL },
    { "no month 13", "2026-13-01", NULL },
    { "no 30 February", "30 Feb 2026 00:00 GMT", NULL },
    { "no 29 February in 2026", "2026-02-29", NULL },
    { "no hour 25", "2026-01-01T25:00:00Z", NULL },
    { "no minute 60", "01 Jan 2026 10:60 GMT", NULL },
    { "no year", "01 Jan 10:00 GMT", NULL },
    { "no day", "Jan 2026", NULL },
    { "something behind", "2026-01-01T00:00:00Z!", NULL },
    { "seconds since 1970", "1767225600", NULL },
    { "zeros", "0000-00-00 00:00:00", NULL },
    { "a digit and the end", "1", NULL },
    { "two times", "01 Jan 2026 10:00 11:00", NULL },
    { "far too long",
      "01 Jan 2026 10:00:00 GMT and so on and so on and so on and so on and so on "
      "and on",
      NULL },
};

static void
test_case(const void *data)
{
    const DateCase *test = data;
    g_autofree char *exact = g_memdup2(test->text, strlen(test->text) + 1);
    int64_t time = 42;
    bool is_date = feed_date_parse(exact, &time);
    g_autofree char *text = is_date ? time_text(time) : NULL;
    g_assert_cmpstr(text, ==, test->expect);
    if (!is_date)
        g_assert_cmpint(time, ==, 42);
}

/* Every beginning of every date, at the end of its buffer. */
static void
test_beginnings(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        for (size_t size = 0; size < strlen(cases[i].text); size++) {
            g_autofree char *exact = g_strndup(cases[i].text, size);
            int64_t time = 42;
            if (!feed_date_parse(exact, &time))
                g_assert_cmpint(time, ==, 42);
        }
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_set_nonfatal_assertions(); /* all cases that fail at once */
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *name = g_strdup_printf("/feed/date/%s", cases[i].rule);
        g_test_add_data_func(name, &cases[i], test_case);
    }
    g_test_add_func("/feed/date beginnings", test_beginnings);
    return g_test_run();
}
