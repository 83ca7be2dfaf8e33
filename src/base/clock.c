#include "base/clock.h"

#include <string.h>
#include <time.h>

struct Clock {
    bool is_fixed;
    int64_t now;
};

Clock *
clock_new_system(void)
{
    return g_new0(Clock, 1);
}

Clock *
clock_new_fixed(int64_t now)
{
    Clock *clock = g_new0(Clock, 1);
    clock->is_fixed = true;
    clock->now = now;
    return clock;
}

void
clock_free(Clock *clock)
{
    g_free(clock);
}

int64_t
clock_now(const Clock *clock)
{
    return clock->is_fixed ? clock->now : (int64_t)time(NULL);
}

#define YEAR_0    INT64_C(-62167219200) /* 0000-01-01T00:00:00Z */
#define YEAR_9999 INT64_C(253402300799) /* 9999-12-31T23:59:59Z */

void
time_write(GString *out, int64_t time)
{
    time_t clamped = (time_t)CLAMP(time, YEAR_0, YEAR_9999);
    struct tm tm;
    gmtime_r(&clamped, &tm);
    g_string_append_printf(out, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1,
                           tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

char *
time_text(int64_t time)
{
    GString *text = g_string_sized_new(24);
    time_write(text, time);
    return g_string_free(text, FALSE);
}

/* Reads exactly DIGITS digits at *AT. */
static bool
read_number(const char **at, int digits, int *number)
{
    int value = 0;
    for (int i = 0; i < digits; i++) {
        if (!g_ascii_isdigit((*at)[i]))
            return false;
        value = value * 10 + ((*at)[i] - '0');
    }
    *at += digits;
    *number = value;
    return true;
}

static bool
skip(const char **at, char expected)
{
    if (**at != expected)
        return false;
    (*at)++;
    return true;
}

static bool
read_date(const char **at, struct tm *tm)
{
    int year, month, day;
    if (!read_number(at, 4, &year) || !skip(at, '-') || !read_number(at, 2, &month) ||
        !skip(at, '-') || !read_number(at, 2, &day))
        return false;
    if (year < 1 || !g_date_valid_dmy((GDateDay)day, (GDateMonth)month, (GDateYear)year))
        return false;
    tm->tm_year = year - 1900;
    tm->tm_mon = month - 1;
    tm->tm_mday = day;
    return true;
}

/* ":SS" and fractions of a second may be missing; a leap second counts as the last of its minute. */
static bool
read_clock(const char **at, struct tm *tm)
{
    if (!read_number(at, 2, &tm->tm_hour) || !skip(at, ':') || !read_number(at, 2, &tm->tm_min))
        return false;
    if (skip(at, ':')) {
        if (!read_number(at, 2, &tm->tm_sec))
            return false;
        if (skip(at, '.')) {
            if (!g_ascii_isdigit(**at))
                return false;
            *at += strspn(*at, "0123456789");
        }
    }
    if (tm->tm_hour > 23 || tm->tm_min > 59 || tm->tm_sec > 60)
        return false;
    tm->tm_sec = MIN(tm->tm_sec, 59);
    return true;
}

/* "Z", "+01:00" or nothing: seconds east of UTC. */
static bool
read_offset(const char **at, int *seconds)
{
    int hours, minutes;
    *seconds = 0;
    if (**at == '\0' || skip(at, 'Z') || skip(at, 'z'))
        return true;
    int sign = **at == '-' ? -1 : 1;
    if (!skip(at, '+') && !skip(at, '-'))
        return false;
    if (!read_number(at, 2, &hours) || !skip(at, ':') || !read_number(at, 2, &minutes) ||
        hours > 23 || minutes > 59)
        return false;
    *seconds = sign * (hours * 3600 + minutes * 60);
    return true;
}

bool
time_parse(const char *text, int64_t *time)
{
    struct tm tm = { 0 };
    int offset = 0;
    const char *at = text;
    if (!read_date(&at, &tm))
        return false;
    if (skip(&at, 'T') || skip(&at, 't') || skip(&at, ' ')) {
        if (!read_clock(&at, &tm) || !read_offset(&at, &offset))
            return false;
    }
    if (*at != '\0')
        return false;
    *time = (int64_t)timegm(&tm) - offset;
    return true;
}

GTimeZone *
time_zone_find(const char *name)
{
    /* GLib opens whatever file stands there and complains on stderr when it is no zone. Names of
     * zones begin with a capital; what else lies in the folder ("leapseconds", "posix", "right",
     * "zone.tab") does not, and neither do "+01:00", "" and "../". */
    if (!g_ascii_isupper(name[0]) || strchr(name, '.') != NULL)
        return NULL;
    return g_time_zone_new_identifier(name);
}

char *
time_day_text(int64_t time, const char *zone)
{
    g_autoptr(GTimeZone) there = time_zone_find(zone);
    if (there == NULL)
        there = g_time_zone_new_utc();
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(time);
    g_autoptr(GDateTime) local = utc == NULL ? NULL : g_date_time_to_timezone(utc, there);
    return local == NULL ? NULL : g_date_time_format(local, "%Y-%m-%d");
}
