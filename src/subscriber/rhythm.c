#include "subscriber/rhythm.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"

#define DEFAULT_MINUTE (6 * 60)

static const char *const frequencies[] = {
    [RHYTHM_EACH] = "each",         [RHYTHM_HOURLY] = "hourly", [RHYTHM_DAILY] = "daily",
    [RHYTHM_WEEKDAYS] = "weekdays", [RHYTHM_WEEKLY] = "weekly", [RHYTHM_MONTHLY] = "monthly",
};

static const char *const days[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };

const char *
rhythm_frequency_name(RhythmFrequency frequency)
{
    return frequencies[frequency];
}

/* The place of WORD in WORDS, or -1. */
static int
find_word(const char *word, const char *const *words, int count)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(word, words[i]) == 0)
            return i;
    }
    return -1;
}

/* "6", "06" or "06:30". */
static bool
parse_hour(const char *text, int *minute)
{
    int hours = 0, minutes = 0, read = 0;
    size_t size = strlen(text);
    if (size > 5 || strspn(text, "0123456789:") != size)
        return false;
    if (strchr(text, ':') == NULL)
        read = sscanf(text, "%2d", &hours) == 1 && size <= 2;
    else
        read = sscanf(text, "%2d:%2d", &hours, &minutes) == 2 && size >= 4 && text[size - 3] == ':';
    if (!read || hours > 23 || minutes > 59)
        return false;
    *minute = hours * 60 + minutes;
    return true;
}

/* Rhythms that do not look at the clock share one slot, whatever hour or zone was said; only a
 * weekly one has a day. */
static void
rhythm_reduce(Rhythm *rhythm)
{
    if (rhythm->frequency != RHYTHM_WEEKLY)
        rhythm->weekday = 0;
    if (rhythm->frequency == RHYTHM_EACH || rhythm->frequency == RHYTHM_HOURLY) {
        rhythm->minute = 0;
        rhythm->zone = g_intern_static_string("UTC");
    }
}

static bool
fail(const char *what, const char *word, const char *expected, GError **error)
{
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "%s is \"%s\", but must be %s", what,
                word, expected);
    return false;
}

static bool
parse_zone(const char *zone, Rhythm *rhythm, GError **error)
{
    g_autoptr(GTimeZone) known = time_zone_find(zone);
    if (known == NULL)
        return fail("zone", zone, "a time zone like \"Europe/Berlin\"", error);
    rhythm->zone = g_intern_string(zone);
    return true;
}

bool
rhythm_parse(Rhythm *rhythm, const char *frequency, const char *day, const char *hour,
             const char *zone, const Rhythm *defaults, GError **error)
{
    Rhythm parsed = { RHYTHM_DAILY, 0, DEFAULT_MINUTE, g_intern_static_string("UTC") };
    if (defaults != NULL)
        parsed = *defaults;
    if (frequency != NULL) {
        int found = find_word(frequency, frequencies, G_N_ELEMENTS(frequencies));
        if (found < 0)
            return fail("frequency", frequency, "each, hourly, daily, weekdays, weekly or monthly",
                        error);
        parsed.frequency = (RhythmFrequency)found;
    }
    if (day != NULL) {
        int found = find_word(day, days, G_N_ELEMENTS(days));
        if (found < 0)
            return fail("day", day, "mon, tue, wed, thu, fri, sat or sun", error);
        parsed.weekday = found + 1;
    }
    if (hour != NULL && !parse_hour(hour, &parsed.minute))
        return fail("hour", hour, "a time of day like \"06:30\"", error);
    if (zone != NULL && !parse_zone(zone, &parsed, error))
        return false;
    if (parsed.frequency == RHYTHM_WEEKLY && parsed.weekday == 0)
        parsed.weekday = 1;
    rhythm_reduce(&parsed);
    *rhythm = parsed;
    return true;
}

char *
rhythm_text(const Rhythm *rhythm)
{
    const char *name = frequencies[rhythm->frequency];
    if (rhythm->frequency == RHYTHM_EACH || rhythm->frequency == RHYTHM_HOURLY)
        return g_strdup(name);
    const char *day = rhythm->weekday > 0 ? days[rhythm->weekday - 1] : "";
    return g_strdup_printf("%s%s%s %02d:%02d %s", name, *day != '\0' ? " " : "", day,
                           rhythm->minute / 60, rhythm->minute % 60, rhythm->zone);
}

bool
rhythm_from_text(Rhythm *rhythm, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    guint count = g_strv_length(words);
    bool has_day = count == 4;
    if (count == 1)
        return rhythm_parse(rhythm, words[0], NULL, NULL, NULL, NULL, NULL);
    if (count != 3 && count != 4)
        return false;
    if (!rhythm_parse(rhythm, words[0], has_day ? words[1] : NULL, words[count - 2], NULL, NULL,
                      NULL))
        return false;
    /* The zone was known when it was written; to look it up for every row read would be most of
     * the work of a send. */
    rhythm->zone = g_intern_string(words[count - 1]);
    return true;
}
