#include "digest/schedule.h"

#include <glib.h>

#define HOUR_SECONDS 3600
#define DAY_SECONDS  86400

static int
offset_at(GTimeZone *zone, int64_t moment)
{
    return g_time_zone_get_offset(zone,
                                  g_time_zone_find_interval(zone, G_TIME_TYPE_UNIVERSAL, moment));
}

/* The moment at which the clock on the wall shows DATE and MINUTE. Around a change the wall's time
 * can be read by two offsets, the one of the day before and the one of the day after: in autumn
 * both readings are true, and the earlier moment is taken; in spring a skipped time has no true
 * reading, and the change itself, which lies between the two moments, is taken. */
static int64_t
moment_of(const GDate *date, int minute, GTimeZone *zone)
{
    g_autoptr(GDateTime) midnight = g_date_time_new_utc(
        g_date_get_year(date), (int)g_date_get_month(date), g_date_get_day(date), 0, 0, 0);
    int64_t wall = g_date_time_to_unix(midnight) + (int64_t)minute * 60;
    int before = offset_at(zone, wall - DAY_SECONDS);
    int after = offset_at(zone, wall + DAY_SECONDS);
    int64_t early = wall - MAX(before, after);
    int64_t late = wall - MIN(before, after);
    if (early + offset_at(zone, early) == wall)
        return early;
    if (late + offset_at(zone, late) == wall)
        return late;
    while (early < late) {
        int64_t middle = early + (late - early) / 2;
        if (offset_at(zone, middle) == after)
            late = middle;
        else
            early = middle + 1;
    }
    return late;
}

static bool
is_day(const Rhythm *rhythm, const GDate *date)
{
    int weekday = (int)g_date_get_weekday(date); /* 1 is Monday, as in Rhythm */
    switch (rhythm->frequency) {
    case RHYTHM_DAILY: return true;
    case RHYTHM_WEEKDAYS: return weekday <= 5;
    case RHYTHM_WEEKLY: return weekday == rhythm->weekday;
    case RHYTHM_MONTHLY: return g_date_get_day(date) == 1;
    case RHYTHM_EACH:
    case RHYTHM_HOURLY: break;
    }
    g_assert_not_reached();
}

static void
date_of(GDate *date, int64_t moment, GTimeZone *zone)
{
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(moment + offset_at(zone, moment));
    g_date_clear(date, 1);
    g_date_set_dmy(date, (GDateDay)g_date_time_get_day_of_month(utc),
                   (GDateMonth)g_date_time_get_month(utc), (GDateYear)g_date_time_get_year(utc));
}

static GTimeZone *
zone_of(const Rhythm *rhythm)
{
    GTimeZone *zone = g_time_zone_new_identifier(rhythm->zone);
    /* rhythm_parse() knew it; a zone that the system has lost since is better wrong than deadly. */
    return zone != NULL ? zone : g_time_zone_new_utc();
}

int64_t
schedule_last(const Rhythm *rhythm, int64_t now)
{
    if (rhythm->frequency == RHYTHM_EACH)
        return now;
    if (rhythm->frequency == RHYTHM_HOURLY)
        return now - ((now % HOUR_SECONDS) + HOUR_SECONDS) % HOUR_SECONDS;
    g_autoptr(GTimeZone) zone = zone_of(rhythm);
    GDate date;
    for (date_of(&date, now, zone);; g_date_subtract_days(&date, 1)) {
        if (!is_day(rhythm, &date))
            continue;
        int64_t moment = moment_of(&date, rhythm->minute, zone);
        if (moment <= now)
            return moment;
    }
}

int64_t
schedule_next(const Rhythm *rhythm, int64_t now)
{
    if (rhythm->frequency == RHYTHM_EACH)
        return now + 1;
    if (rhythm->frequency == RHYTHM_HOURLY)
        return schedule_last(rhythm, now) + HOUR_SECONDS;
    g_autoptr(GTimeZone) zone = zone_of(rhythm);
    GDate date;
    for (date_of(&date, now, zone);; g_date_add_days(&date, 1)) {
        if (!is_day(rhythm, &date))
            continue;
        int64_t moment = moment_of(&date, rhythm->minute, zone);
        if (moment > now)
            return moment;
    }
}
