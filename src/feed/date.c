#include "feed/date.h"

#include <string.h>
#include <glib.h>

#include "base/clock.h"

/* A date that is longer is none. */
#define DATE_MAX 80u

typedef struct {
    const char *at;
    int year, month, day; /* 0: not seen yet */
    int hour, minute, second;
    int offset; /* seconds east of UTC */
    bool has_time;
    GTimeZone *zone; /* of a zone by its IANA name, or NULL */
} Date;

static void
date_clear(Date *date)
{
    g_clear_pointer(&date->zone, g_time_zone_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Date, date_clear)

/* Beginnings of month names, in lower case without accents: English, German, French, Spanish. */
static const struct {
    const char *start;
    int month;
} months[] = {
    { "jan", 1 },  { "ene", 1 },  { "feb", 2 },  { "fev", 2 },  { "mar", 3 },  { "mae", 3 },
    { "mrz", 3 },  { "apr", 4 },  { "avr", 4 },  { "abr", 4 },  { "may", 5 },  { "mai", 5 },
    { "jun", 6 },  { "juin", 6 }, { "juil", 7 }, { "jul", 7 },  { "aug", 8 },  { "aou", 8 },
    { "ago", 8 },  { "sep", 9 },  { "oct", 10 }, { "okt", 10 }, { "nov", 11 }, { "dec", 12 },
    { "dez", 12 }, { "dic", 12 },
};

/* Zone names that feeds use. Military letters were defined the wrong way round (RFC 2822, 4.3) and
 * are taken for UTC, as is every name that is not here. */
static const struct {
    const char *name;
    int minutes;
} zones[] = {
    { "wet", 0 },    { "west", 60 },  { "bst", 60 },    { "cet", 60 },    { "mez", 60 },
    { "cest", 120 }, { "mesz", 120 }, { "eet", 120 },   { "sast", 120 },  { "eest", 180 },
    { "msk", 180 },  { "ist", 330 },  { "sgt", 480 },   { "hkt", 480 },   { "awst", 480 },
    { "jst", 540 },  { "kst", 540 },  { "acst", 570 },  { "aest", 600 },  { "acdt", 630 },
    { "aedt", 660 }, { "nzst", 720 }, { "nzdt", 780 },  { "brt", -180 },  { "art", -180 },
    { "adt", -180 }, { "ndt", -150 }, { "nst", -210 },  { "ast", -240 },  { "edt", -240 },
    { "est", -300 }, { "cdt", -300 }, { "cst", -360 },  { "mdt", -360 },  { "mst", -420 },
    { "pdt", -420 }, { "pst", -480 }, { "akdt", -480 }, { "akst", -540 }, { "hst", -600 },
};

/* COUNT digits at *AT as a number; *AT moves behind them. */
static bool
read_digits(const char **at, int count, int *number)
{
    int value = 0;
    for (int i = 0; i < count; i++) {
        if (!g_ascii_isdigit((*at)[i]))
            return false;
        value = value * 10 + g_ascii_digit_value((*at)[i]);
    }
    *at += count;
    *number = value;
    return true;
}

static size_t
count_digits(const char *at)
{
    return strspn(at, "0123456789");
}

/* "10:20", "10:20:30", "10:20:30.123"; one digit will do for the hour. */
static bool
read_clock(Date *date)
{
    const char *at = date->at;
    if (!read_digits(&at, count_digits(at) == 1 ? 1 : 2, &date->hour) || *at != ':')
        return false;
    at++;
    if (!read_digits(&at, 2, &date->minute))
        return false;
    date->second = 0;
    if (*at == ':') {
        at++;
        if (!read_digits(&at, 2, &date->second))
            return false;
        if (*at == '.' || *at == ',')
            at += 1 + count_digits(at + 1);
    }
    date->has_time = true;
    date->at = at;
    return true;
}

/* "+02:00", "+0200", "-7" behind the time, also behind "GMT". */
static bool
read_offset(Date *date)
{
    int hours = 0, minutes = 0;
    int sign = *date->at == '-' ? -1 : 1;
    const char *at = date->at + 1;
    size_t digits = count_digits(at);
    if (digits == 3) /* "+200" */
        digits = 1;
    if (digits == 0 || digits > 4 || !read_digits(&at, digits == 1 ? 1 : 2, &hours))
        return false;
    if (*at == ':')
        at++;
    if (count_digits(at) == 2 && !read_digits(&at, 2, &minutes))
        return false;
    if (hours > 15 || minutes > 59 || g_ascii_isdigit(*at))
        return false;
    date->offset = sign * (hours * 3600 + minutes * 60);
    date->at = at;
    return true;
}

/* ISO 8601: "2026-11-23", "2026-11", "20261123", and behind it "T" or a space and the time. */
static bool
read_iso(Date *date)
{
    date->month = date->day = 1;
    if (!read_digits(&date->at, 4, &date->year))
        return false;
    bool is_basic = g_ascii_isdigit(*date->at);
    char mark = *date->at;
    if (!is_basic && mark != '-' && mark != '/')
        return *date->at == '\0';
    date->at += !is_basic;
    if (!read_digits(&date->at, 2, &date->month))
        return false;
    if (!is_basic && *date->at == mark)
        date->at++;
    else if (!is_basic)
        return *date->at == '\0';
    if (!read_digits(&date->at, 2, &date->day))
        return false;
    if (*date->at == 'T' || *date->at == 't')
        date->at++;
    date->at += strspn(date->at, " ");
    if (g_ascii_isdigit(*date->at) && !read_clock(date)) {
        date->has_time = true; /* "T102030", "T1020" */
        if (!read_digits(&date->at, 2, &date->hour) || !read_digits(&date->at, 2, &date->minute))
            return false;
        if (count_digits(date->at) == 2 && !read_digits(&date->at, 2, &date->second))
            return false;
    }
    return true;
}

/* A number of a date in words: the day, or the year. */
static bool
read_number(Date *date)
{
    int number;
    int digits = (int)MIN(count_digits(date->at), 5);
    if (date->at[digits] == ':')
        return !date->has_time && read_clock(date);
    if (!read_digits(&date->at, digits, &number))
        return false;
    if (digits <= 2 && date->day == 0) {
        date->day = number;
        for (const char *const *end = (const char *const[]){ "st", "nd", "rd", "th", NULL };
             *end != NULL; end++)
            date->at += g_ascii_strncasecmp(date->at, *end, 2) == 0 ? 2 : 0;
        return true;
    }
    if (digits == 5 || date->year != 0 || digits == 1)
        return false;
    /* RFC 2822, 4.3 */
    date->year = digits == 4 ? number : digits == 3 || number >= 50 ? 1900 + number : 2000 + number;
    return true;
}

static int
month_of(const char *word)
{
    int month = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(months); i++) {
        if (g_str_has_prefix(word, months[i].start))
            month = months[i].month;
    }
    return month;
}

static void
set_zone(Date *date, const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(zones); i++) {
        if (strcmp(name, zones[i].name) == 0)
            date->offset = zones[i].minutes * 60;
    }
}

/* "America/Los_Angeles" */
static bool
read_zone_name(Date *date)
{
    size_t size = strcspn(date->at, " ,;()");
    if (memchr(date->at, '/', size) == NULL)
        return false;
    g_autofree char *name = g_strndup(date->at, size);
    GTimeZone *zone = time_zone_find(name);
    if (zone == NULL)
        return false;
    g_clear_pointer(&date->zone, g_time_zone_unref);
    date->zone = zone;
    date->at += size;
    return true;
}

/* A word: month, weekday, zone, half of the day. Of two months before the time, the last counts:
 * "mar. 12 mai" is a Tuesday in French. */
static void
read_word(Date *date)
{
    if (date->has_time && read_zone_name(date))
        return;
    size_t size = 0;
    while (g_ascii_isalpha(date->at[size]))
        size++;
    g_autofree char *word = g_ascii_strdown(date->at, (gssize)size);
    date->at += size;
    int month = month_of(word);
    if (month != 0 && (date->month == 0 || !date->has_time))
        date->month = month;
    else if (strcmp(word, "pm") == 0 && date->hour < 12)
        date->hour += 12;
    else if (strcmp(word, "am") == 0 && date->hour == 12)
        date->hour = 0;
    else if (date->has_time)
        set_zone(date, word);
}

static bool
read_words(Date *date)
{
    while (*date->at != '\0') {
        bool is_offset = date->has_time && (*date->at == '+' || *date->at == '-') &&
                         g_ascii_isdigit(date->at[1]);
        if (is_offset ? !read_offset(date) : g_ascii_isdigit(*date->at) && !read_number(date))
            return false;
        if (g_ascii_isalpha(*date->at))
            read_word(date);
        else if (*date->at != '\0' && !g_ascii_isdigit(*date->at))
            date->at++; /* what stands between: spaces, commas, hyphens, parentheses */
    }
    return date->year != 0 && date->month != 0 && date->day != 0;
}

/* Days since 1970-01-01 in the Gregorian calendar. The year begins in March, so that the day that
 * comes and goes is its last. */
static int64_t
days_of(int year, int month, int day)
{
    int64_t y = year - (month <= 2);
    int64_t era = y / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static bool
date_resolve(const Date *date, int64_t *time)
{
    if (!g_date_valid_dmy((GDateDay)date->day, (GDateMonth)date->month, (GDateYear)date->year))
        return false;
    bool is_midnight = date->hour == 24 && date->minute == 0 && date->second == 0;
    if ((date->hour > 23 && !is_midnight) || date->minute > 59 || date->second > 60)
        return false;
    int64_t local = days_of(date->year, date->month, date->day) * 86400 + date->hour * 3600 +
                    date->minute * 60 + date->second;
    int offset = date->offset;
    if (date->zone != NULL) {
        int interval = g_time_zone_adjust_time(date->zone, G_TIME_TYPE_STANDARD, &local);
        offset = g_time_zone_get_offset(date->zone, interval);
    }
    *time = local - offset;
    return true;
}

bool
feed_date_parse(const char *text, int64_t *time)
{
    while (g_ascii_isspace(*text))
        text++;
    size_t size = strlen(text);
    while (size > 0 && g_ascii_isspace(text[size - 1]))
        size--;
    if (size == 0 || size > DATE_MAX)
        return false;
    /* Accents go, so that "Février" and "März" are plain letters. */
    g_autofree char *trimmed = g_strndup(text, size);
    g_autofree char *plain = g_str_to_ascii(trimmed, "C");
    g_auto(Date) date = { .at = plain };
    bool is_iso = count_digits(plain) == 4 || count_digits(plain) == 8;
    if (is_iso && !read_iso(&date))
        return false;
    if (!is_iso) {
        if (!read_words(&date))
            return false;
    } else {
        date.at += strspn(date.at, " ");
        if ((*date.at == '+' || *date.at == '-') && !read_offset(&date))
            return false;
        read_word(&date);
        if (*date.at != '\0')
            return false;
    }
    return date_resolve(&date, time);
}
