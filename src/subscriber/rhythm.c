#include "subscriber/rhythm.h"

#include <stdlib.h>
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

bool
rhythm_frequency_find(const char *name, RhythmFrequency *frequency)
{
    int found = find_word(name, frequencies, G_N_ELEMENTS(frequencies));
    if (found >= 0)
        *frequency = (RhythmFrequency)found;
    return found >= 0;
}

/* "6", "06" or "06:30". */
static bool
parse_hour(const char *text, int *minute)
{
    static const char digits[] = "0123456789";
    size_t hour_size = strspn(text, digits);
    const char *colon = text + hour_size;
    bool has_minutes = *colon == ':' && strspn(colon + 1, digits) == 2;
    if (hour_size < 1 || hour_size > 2 || colon[has_minutes ? 3 : 0] != '\0')
        return false;
    int hours = atoi(text), minutes = has_minutes ? atoi(colon + 1) : 0;
    if (hours > 23 || minutes > 59)
        return false;
    *minute = hours * 60 + minutes;
    return true;
}

static bool
looks_at_the_clock(const Rhythm *rhythm)
{
    return rhythm->frequency != RHYTHM_EACH && rhythm->frequency != RHYTHM_HOURLY;
}

/* Rhythms that do not look at the clock share one slot, whatever hour or zone was said; only a
 * weekly one has a day. */
static void
rhythm_reduce(Rhythm *rhythm)
{
    if (rhythm->frequency != RHYTHM_WEEKLY)
        rhythm->weekday = 0;
    else if (rhythm->weekday == 0)
        rhythm->weekday = 1;
    if (!looks_at_the_clock(rhythm)) {
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
rhythm_parse_defaults(Rhythm *rhythm, const char *frequency, const char *day, const char *hour,
                      const char *zone, const Rhythm *defaults, GError **error)
{
    Rhythm parsed = { RHYTHM_DAILY, 0, DEFAULT_MINUTE, g_intern_static_string("UTC") };
    if (defaults != NULL)
        parsed = *defaults;
    if (frequency != NULL && !rhythm_frequency_find(frequency, &parsed.frequency))
        return fail("frequency", frequency, "each, hourly, daily, weekdays, weekly or monthly",
                    error);
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
    *rhythm = parsed;
    return true;
}

bool
rhythm_parse(Rhythm *rhythm, const char *frequency, const char *day, const char *hour,
             const char *zone, const Rhythm *defaults, GError **error)
{
    Rhythm parsed;
    if (!rhythm_parse_defaults(&parsed, frequency, day, hour, zone, defaults, error))
        return false;
    rhythm_reduce(&parsed);
    *rhythm = parsed;
    return true;
}

bool
rhythm_change(Rhythm *rhythm, const Rhythm *before, const char *frequency, const char *day,
              const char *hour, const char *zone, const Rhythm *defaults, GError **error)
{
    Rhythm base = looks_at_the_clock(before) ? *before : *defaults;
    base.frequency = before->frequency;
    if (base.weekday == 0)
        base.weekday = defaults->weekday;
    return rhythm_parse(rhythm, frequency, day, hour, zone, &base, error);
}

bool
rhythm_check_floor(const Rhythm *rhythm, RhythmFrequency floor, GError **error)
{
    if (rhythm->frequency >= floor) /* they stand in the order of how seldom they come */
        return true;
    g_autofree char *expected =
        g_strdup_printf("%s or rarer (min_frequency of the newsletter)", frequencies[floor]);
    return fail("frequency", frequencies[rhythm->frequency], expected, error);
}

bool
return_parse(int64_t *time, const char *text, const char *zone, GError **error)
{
    if (!time_parse(text, time))
        return fail("pause_until", text, "a date like \"2026-12-24\" or a time", error);
    if (strlen(text) > strlen("2026-12-24"))
        return true;
    g_autoptr(GTimeZone) there = time_zone_find(zone);
    g_autoptr(GDateTime) day = g_date_time_new_from_unix_utc(*time);
    g_autoptr(GDateTime) midnight =
        there == NULL
            ? NULL
            : g_date_time_new(there, g_date_time_get_year(day), g_date_time_get_month(day),
                              g_date_time_get_day_of_month(day), 0, 0, 0);
    if (midnight != NULL)
        *time = g_date_time_to_unix(midnight);
    return true;
}

char *
rhythm_text(const Rhythm *rhythm)
{
    Rhythm reduced = *rhythm;
    rhythm_reduce(&reduced);
    const char *name = frequencies[reduced.frequency];
    if (!looks_at_the_clock(&reduced))
        return g_strdup(name);
    const char *day = reduced.weekday > 0 ? days[reduced.weekday - 1] : "";
    return g_strdup_printf("%s%s%s %02d:%02d %s", name, *day != '\0' ? " " : "", day,
                           reduced.minute / 60, reduced.minute % 60, reduced.zone);
}

/* Read with every recipient: nothing is allocated. */
bool
rhythm_from_text(Rhythm *rhythm, const char *text)
{
    char words[sizeof "weekdays mon 06:00"];
    const char *zone = strrchr(text, ' ');
    if (zone == NULL)
        return rhythm_parse(rhythm, text, NULL, NULL, NULL, NULL, NULL);
    if ((size_t)(zone - text) >= sizeof words)
        return false;
    g_strlcpy(words, text, (size_t)(zone - text) + 1);
    char *hour = strrchr(words, ' ');
    if (hour == NULL)
        return false;
    *hour++ = '\0';
    char *day = strchr(words, ' ');
    if (day != NULL)
        *day++ = '\0';
    if (!rhythm_parse(rhythm, words, day, hour, NULL, NULL, NULL))
        return false;
    /* The zone was known when it was written; to look it up for every row read would be most of
     * the work of a send. */
    rhythm->zone = g_intern_string(zone + 1);
    return true;
}
