#include "feed/date.h"

#include <string.h>
#include <glib.h>

#include "base/clock.h"
#include "feed/date_word-internal.h"

/* A date that is longer is none. */
#define DATE_MAX 80
/* Systems that know no date write their zero: year 1, or year -1. */
#define YEAR_MIN 1000

typedef enum { HALF_UNSAID, HALF_MORNING, HALF_AFTERNOON } Half;

typedef struct {
    const char *at;
    int year, month, day; /* 0: not seen yet */
    int hour, minute, second;
    Half half;
    int offset; /* seconds east of UTC */
    bool has_time;
    bool has_offset; /* by number, which says more than a name */
    GTimeZone *zone; /* of a zone by its IANA name, or NULL */
} Date;

static void
date_clear(Date *date)
{
    g_clear_pointer(&date->zone, g_time_zone_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Date, date_clear)

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

static int
count_digits(const char *at)
{
    return (int)strspn(at, "0123456789");
}

/* One or two digits. */
static bool
read_pair(const char **at, int *number)
{
    return read_digits(at, count_digits(*at) == 1 ? 1 : 2, number);
}

/* The time of day */

/* "10:20", "10:20:30", "10:20:30.123", "10.20.30", "10h20", "10 h 20". */
static bool
read_clock(Date *date)
{
    const char *at = date->at;
    if (!read_pair(&at, &date->hour))
        return false;
    at += strspn(at, " ");
    char mark = *at++;
    if (mark != ':' && mark != '.' && mark != 'h')
        return false;
    at += mark == 'h' ? strspn(at, " ") : 0;
    if (!read_digits(&at, 2, &date->minute))
        return false;
    date->second = 0;
    if (*at == ':' || (*at == '.' && mark == '.')) {
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

/* "102030", "1020" and "10", as ISO 8601 has them behind its 'T'. */
static bool
read_basic_clock(Date *date)
{
    int digits = count_digits(date->at);
    if (digits != 2 && digits != 4 && digits != 6)
        return false;
    int *const parts[] = { &date->hour, &date->minute, &date->second };
    for (int i = 0; i < digits / 2; i++)
        read_digits(&date->at, 2, parts[i]);
    date->has_time = true;
    return true;
}

/* "+02:00", "+0200", "-7" behind the time, also behind "GMT". */
static bool
read_offset(Date *date)
{
    int hours = 0, minutes = 0;
    int sign = *date->at == '-' ? -1 : 1;
    const char *at = date->at + 1;
    int digits = count_digits(at);
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
    date->has_offset = true;
    date->at = at;
    return true;
}

/* Dates in numbers. Each leaves DATE alone when it begins otherwise. */

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

/* The day that is DAYS behind the first of January. */
static void
set_day_of_year(Date *date, int year, int days)
{
    g_autoptr(GDate) day = g_date_new_dmy(1, 1, (GDateYear)year);
    if (days >= 0)
        g_date_add_days(day, (guint)days);
    else
        g_date_subtract_days(day, (guint)-days);
    date->year = g_date_get_year(day);
    date->month = (int)g_date_get_month(day);
    date->day = g_date_get_day(day);
}

/* "W10-4", "W104", "W10" of YEAR: the first week has the year's first Thursday. */
static bool
read_week(Date *date, const char *at, int year)
{
    int week, weekday = 1;
    at++;
    if (!read_digits(&at, 2, &week))
        return false;
    at += *at == '-';
    if (count_digits(at) == 1)
        read_digits(&at, 1, &weekday);
    if (year < YEAR_MIN || week < 1 || week > 53 || weekday < 1 || weekday > 7)
        return false;
    /* 1970-01-01 was a Thursday; 0 is Monday. */
    int first_weekday = (int)(((days_of(year, 1, 1) + 3) % 7 + 7) % 7);
    int first_monday = first_weekday <= 3 ? -first_weekday : 7 - first_weekday;
    set_day_of_year(date, year, first_monday + (week - 1) * 7 + weekday - 1);
    date->at = at;
    return true;
}

/* The day of the year, three digits at AT. */
static bool
read_ordinal(Date *date, const char *at, int year)
{
    int days;
    if (!read_digits(&at, 3, &days) || days < 1 || year < YEAR_MIN ||
        days > (g_date_is_leap_year((GDateYear)year) ? 366 : 365))
        return false;
    set_day_of_year(date, year, days - 1);
    date->at = at;
    return true;
}

/* "03-05" or "03" behind a year and MARK, which stands between the numbers. */
static bool
read_month_and_day(Date *date, const char *at, int year, char mark)
{
    int month, day = 1;
    if (!read_pair(&at, &month))
        return false;
    if (*at == mark) {
        at++;
        at += strspn(at, " ");
        if (!read_pair(&at, &day))
            return false;
    }
    date->year = year;
    date->month = month;
    date->day = day;
    date->at = at;
    return true;
}

/* "2026-03-05", "2026/3/5", "2026-03", "2026-064", "2026-W10-4", "2026"; a space may follow the
 * marks. */
static bool
read_year_first(Date *date)
{
    const char *at = date->at;
    int year;
    if (count_digits(at) != 4 || !read_digits(&at, 4, &year))
        return false;
    if (*at == '\0') {
        date->year = year;
        date->month = date->day = 1;
        date->at = at;
        return true;
    }
    char mark = *at;
    if (mark == 'W')
        return read_week(date, at, year);
    if (strchr("-/.", mark) == NULL)
        return false;
    at++;
    at += strspn(at, " ");
    if (*at == 'W')
        return read_week(date, at, year);
    if (count_digits(at) == 3)
        return read_ordinal(date, at, year);
    return read_month_and_day(date, at, year, mark);
}

/* "20260305", "2026064", "20260305133015". */
static bool
read_digits_only(Date *date)
{
    const char *at = date->at;
    int digits = count_digits(at);
    int year;
    if (digits == 7)
        return read_digits(&at, 4, &year) && read_ordinal(date, at, year);
    if (digits != 8 && digits != 12 && digits != 14)
        return false;
    read_digits(&date->at, 4, &date->year);
    read_digits(&date->at, 2, &date->month);
    read_digits(&date->at, 2, &date->day);
    return digits == 8 || read_basic_clock(date);
}

/* "5.3.2026", "5. 3. 2026" as it is written where dots are. With slashes or hyphens nobody knows
 * whether the day or the month comes first. */
static bool
read_day_first(Date *date)
{
    const char *at = date->at;
    int year, month, day;
    if (count_digits(at) > 2 || !read_pair(&at, &day) || *at++ != '.')
        return false;
    at += strspn(at, " ");
    if (count_digits(at) > 2 || !read_pair(&at, &month) || *at++ != '.')
        return false;
    at += strspn(at, " ");
    if (count_digits(at) != 4 || !read_digits(&at, 4, &year))
        return false;
    date->year = year;
    date->month = month;
    date->day = day;
    date->at = at;
    return true;
}

/* Dates in words */

static bool
is_letter(char c)
{
    return g_ascii_isalpha(c) || (unsigned char)c >= 0x80;
}

static bool
has_day(const Date *date)
{
    return date->year != 0 && date->month != 0 && date->day != 0;
}

/* Whether the number of DIGITS is an hour with minutes behind it. Dots stand between these as well, but
 * only behind a date that has all of its own. */
static bool
begins_clock(const Date *date, int digits)
{
    const char *mark = date->at + digits;
    if (digits > 2 || *mark == ':')
        return digits <= 2;
    if (*mark == '.')
        return has_day(date) && g_ascii_isdigit(mark[1]);
    mark += strspn(mark, " ");
    return *mark == 'h' && g_ascii_isdigit(mark[1 + strspn(mark + 1, " ")]);
}

/* The day, the year or the time. */
static bool
read_number(Date *date)
{
    int number;
    int digits = count_digits(date->at);
    if (begins_clock(date, digits))
        return !date->has_time && read_clock(date);
    if (digits > 4 || !read_digits(&date->at, digits, &number))
        return false;
    if (digits <= 2 && date->day == 0) {
        date->day = number;
        return true;
    }
    /* "13 Uhr", "13h", "1 pm" */
    if (digits <= 2 && has_day(date) && !date->has_time &&
        is_letter(date->at[strspn(date->at, " ")])) {
        date->hour = number;
        date->has_time = true;
        return true;
    }
    if (date->year != 0 || digits == 1)
        return false;
    /* RFC 2822, 4.3 */
    date->year = digits == 4 ? number : digits == 3 || number >= 50 ? 1900 + number : 2000 + number;
    return true;
}

/* "America/Los_Angeles" */
static bool
read_zone_name(Date *date)
{
    size_t size = strcspn(date->at, " ,;()[]");
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

/* "am", "p.m.", "오후": the half of the day that WORD, with REST behind it, stands for. */
static Half
half_of(const char *word, const char *rest)
{
    static const struct {
        const char *word;
        Half half;
    } halves[] = {
        { "am", HALF_MORNING },     { "pm", HALF_AFTERNOON },   { "오전", HALF_MORNING },
        { "오후", HALF_AFTERNOON }, { "上午", HALF_MORNING },   { "下午", HALF_AFTERNOON },
        { "午前", HALF_MORNING },   { "午後", HALF_AFTERNOON },
    };
    bool has_dots = strlen(word) == 1 && g_ascii_strncasecmp(rest, ".m", 2) == 0;
    for (size_t i = 0; i < G_N_ELEMENTS(halves); i++) {
        if (strcmp(word, halves[i].word) == 0 || (has_dots && word[0] == halves[i].word[0]))
            return halves[i].half;
    }
    return HALF_UNSAID;
}

/* A word: month, weekday, zone, half of the day. Of two months before the time, the last counts:
 * "mar. 12 mai" is a Tuesday in French. */
static void
read_word(Date *date)
{
    if (date->has_time && read_zone_name(date))
        return;
    size_t size = 0;
    while (is_letter(date->at[size]))
        size++;
    g_autofree char *word = g_utf8_casefold(date->at, (gssize)size);
    date->at += size;
    int month = date_word_month(word);
    Half half = half_of(word, date->at);
    if (month != 0 && (date->month == 0 || !date->has_time))
        date->month = month;
    else if (half != HALF_UNSAID)
        date->half = half;
    else if (date->has_time && !date->has_offset)
        date_word_zone(word, &date->offset);
}

/* What is left, in any order. */
static bool
read_rest(Date *date)
{
    while (*date->at != '\0') {
        char c = *date->at;
        bool is_offset = date->has_time && (c == '+' || c == '-') && g_ascii_isdigit(date->at[1]);
        bool is_read = true;
        if (is_letter(c))
            read_word(date);
        else if (g_ascii_isdigit(c))
            is_read = read_number(date);
        else if (is_offset)
            is_read = read_offset(date);
        else
            is_read = strchr(" \t\r\n,;.-/()[]'", *date->at++) != NULL;
        if (!is_read)
            return false;
    }
    return true;
}

static bool
date_resolve(const Date *date, int64_t *time)
{
    if (date->year < YEAR_MIN || date->month == 0 || date->day == 0 ||
        !g_date_valid_dmy((GDateDay)date->day, (GDateMonth)date->month, (GDateYear)date->year))
        return false;
    int hour = date->hour;
    if (date->half == HALF_AFTERNOON && hour < 12)
        hour += 12;
    if (date->half == HALF_MORNING && hour == 12)
        hour = 0;
    bool is_midnight = hour == 24 && date->minute == 0 && date->second == 0;
    if ((hour > 23 && !is_midnight) || date->minute > 59 || date->second > 60)
        return false;
    int64_t local = days_of(date->year, date->month, date->day) * 86400 + hour * 3600 +
                    date->minute * 60 + date->second;
    int offset = date->offset;
    if (date->zone != NULL) {
        int interval = g_time_zone_adjust_time(date->zone, G_TIME_TYPE_STANDARD, &local);
        offset = g_time_zone_get_offset(date->zone, interval);
    }
    *time = local - offset;
    return true;
}

/* East Asian dates have units behind their numbers: as hyphens they are ISO 8601. */
static char
mark_of(gunichar c)
{
    switch (c) {
    case 0x5E74: /* year */
    case 0xB144:
    case 0x6708: /* month */
    case 0xC6D4:
    case 0x2212: /* minus */ return '-';
    case 0x65E5: /* day */
    case 0xC77C: return ' ';
    default: return '\0';
    }
}

/* TEXT without accents, so that "Février" and "März" are plain letters, and with wide digits and
 * spaces as ASCII has them. */
static char *
plain_of(const char *text, size_t size)
{
    GString *plain = g_string_sized_new(size);
    const char *end = text + size;
    for (const char *at = text; at < end; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        if (c < 0x80) {
            g_string_append_c(plain, (char)c);
            continue;
        }
        gunichar parts[G_UNICHAR_MAX_DECOMPOSITION_LENGTH] = { c };
        bool is_hangul = c >= 0xAC00 && c <= 0xD7A3; /* whose letters are no accents */
        size_t count = 1;
        if (mark_of(c) != '\0')
            parts[0] = (gunichar)mark_of(c);
        else if (c >= 0x80 && !is_hangul)
            count = g_unichar_fully_decompose(c, TRUE, parts, G_N_ELEMENTS(parts));
        for (size_t i = 0; i < count; i++) {
            if (!g_unichar_ismark(parts[i]))
                g_string_append_unichar(plain, parts[i]);
        }
    }
    return g_string_free(plain, FALSE);
}

/* Behind the "Thu, " of "Thu, 2026-03-05" and "Do, 5.3.2026". */
static const char *
skip_weekday(const char *at)
{
    const char *number = at;
    while (is_letter(*number))
        number++;
    number += strspn(number, "., ");
    char mark = number[count_digits(number)];
    return mark == '-' || mark == '/' || mark == '.' ? number : at;
}

bool
feed_date_parse(const char *text, int64_t *time)
{
    while (g_ascii_isspace(*text))
        text++;
    size_t size = strlen(text);
    while (size > 0 && g_ascii_isspace(text[size - 1]))
        size--;
    if (size == 0 || g_utf8_strlen(text, (gssize)size) > DATE_MAX)
        return false;
    g_autofree char *plain = plain_of(text, size);
    g_auto(Date) date = { .at = skip_weekday(plain) };
    bool is_numeric = read_year_first(&date) || read_digits_only(&date) || read_day_first(&date);
    if (!is_numeric)
        date.at = plain;
    if (is_numeric && (*date.at == 'T' || *date.at == 't') && g_ascii_isdigit(date.at[1])) {
        date.at++;
        if (!read_clock(&date) && !read_basic_clock(&date))
            return false;
    }
    return read_rest(&date) && date_resolve(&date, time);
}
