#include "feed/date.h"

#include <stdlib.h>
#include <string.h>
#include <glib.h>

/* A date in the making; -1: not read yet. */
typedef struct {
    int year, month, day;
    int hour, minute, second;
    int offset; /* seconds east of UTC */
} Parts;

static const struct {
    const char *name; /* beginning, folded; three letters where they are enough */
    int month;
} months[] = {
    { "jan", 1 },  { "jän", 1 },  { "ene", 1 },  { "feb", 2 },  { "fév", 2 },  { "fev", 2 },
    { "mar", 3 },  { "mär", 3 },  { "maer", 3 }, { "mrz", 3 },  { "apr", 4 },  { "avr", 4 },
    { "abr", 4 },  { "may", 5 },  { "mai", 5 },  { "jun", 6 },  { "juin", 6 }, { "juil", 7 },
    { "jul", 7 },  { "aug", 8 },  { "aoû", 8 },  { "aou", 8 },  { "ago", 8 },  { "sep", 9 },
    { "oct", 10 }, { "okt", 10 }, { "nov", 11 }, { "dec", 12 }, { "dez", 12 }, { "déc", 12 },
    { "dic", 12 },
};

/* RFC 822's zones and those that stand in feeds; minutes east of UTC. */
static const struct {
    const char *name;
    int minutes;
} zones[] = {
    { "ut", 0 },      { "utc", 0 },     { "gmt", 0 },    { "z", 0 },      { "wet", 0 },
    { "west", 60 },   { "bst", 60 },    { "cet", 60 },   { "met", 60 },   { "mez", 60 },
    { "cest", 120 },  { "mest", 120 },  { "mesz", 120 }, { "eet", 120 },  { "eest", 180 },
    { "msk", 180 },   { "ist", 330 },   { "jst", 540 },  { "kst", 540 },  { "aest", 600 },
    { "aedt", 660 },  { "nzst", 720 },  { "nzdt", 780 }, { "ast", -240 }, { "adt", -180 },
    { "est", -300 },  { "edt", -240 },  { "et", -300 },  { "cst", -360 }, { "cdt", -300 },
    { "mst", -420 },  { "mdt", -360 },  { "pst", -480 }, { "pdt", -420 }, { "pt", -480 },
    { "akst", -540 }, { "akdt", -480 }, { "hst", -600 },
};

static bool
is_word_byte(char c)
{
    return g_ascii_isalpha(c) || (unsigned char)c >= 0x80;
}

/* The number of SIZE digits at *AT, which moves behind it. */
static int
take_number(const char **at, size_t size)
{
    int number = 0;
    for (size_t i = 0; i < size; i++)
        number = number * 10 + (*(*at)++ - '0');
    return number;
}

static size_t
digits_at(const char *at)
{
    return strspn(at, "0123456789");
}

/* RFC 822 knew two-digit years: those of the last century begin at 70. */
static int
full_year(int year, size_t digits)
{
    if (digits == 2)
        return year < 70 ? 2000 + year : 1900 + year;
    return digits == 3 ? 1900 + year : year; /* 3: a program that counts from 1900 */
}

/* Time of day and zone, the same in all formats */

/* "12:00", "12:00:30.5", "9:05 pm". */
static bool
take_time(const char **at, Parts *parts)
{
    size_t digits = digits_at(*at);
    if (digits < 1 || digits > 2 || (*at)[digits] != ':' || !g_ascii_isdigit((*at)[digits + 1]))
        return false;
    parts->hour = take_number(at, digits);
    (*at)++;
    parts->minute = take_number(at, MIN(digits_at(*at), 2));
    parts->second = 0;
    if (**at == ':' && g_ascii_isdigit((*at)[1])) {
        (*at)++;
        parts->second = take_number(at, MIN(digits_at(*at), 2));
    }
    if ((**at == '.' || **at == ',') && g_ascii_isdigit((*at)[1]))
        *at += 1 + digits_at(*at + 1);
    return true;
}

static void
take_meridiem(const char *word, size_t size, Parts *parts)
{
    if (size != 2 || g_ascii_tolower(word[1]) != 'm' || parts->hour < 1 || parts->hour > 12)
        return;
    parts->hour = parts->hour % 12 + (g_ascii_tolower(word[0]) == 'p' ? 12 : 0);
}

/* "+0100", "+01:00", "+1", "-05". */
static bool
take_offset(const char **at, Parts *parts)
{
    int sign = **at == '-' ? -1 : 1;
    const char *digit = *at + 1;
    size_t digits = digits_at(digit);
    if ((**at != '+' && **at != '-') || digits < 1 || digits > 4)
        return false;
    int hours = take_number(&digit, digits > 2 ? digits - 2 : digits);
    int minutes = digits > 2 ? take_number(&digit, 2) : 0;
    if (digits <= 2 && *digit == ':' && digits_at(digit + 1) == 2) {
        digit++;
        minutes = take_number(&digit, 2);
    }
    if (hours > 15 || minutes > 59)
        return false;
    parts->offset = sign * (hours * 3600 + minutes * 60);
    *at = digit;
    return true;
}

static bool
take_zone_name(const char *word, size_t size, Parts *parts)
{
    g_autofree char *name = g_ascii_strdown(word, (gssize)size);
    for (size_t i = 0; i < G_N_ELEMENTS(zones); i++) {
        if (strcmp(zones[i].name, name) == 0) {
            parts->offset = zones[i].minutes * 60;
            return true;
        }
    }
    return false;
}

/* A zone of the IANA ("America/Los_Angeles"): its offset at the time that was read. */
static bool
take_zone_place(const char *word, size_t size, Parts *parts)
{
    g_autofree char *name = g_strndup(word, size);
    g_autoptr(GTimeZone) zone = strchr(name, '/') == NULL ? NULL : g_time_zone_new_identifier(name);
    if (zone == NULL || parts->year < 1 || parts->month < 1 || parts->day < 1)
        return false;
    g_autoptr(GDateTime) local = g_date_time_new(zone, parts->year, parts->month, parts->day,
                                                 MAX(parts->hour, 0), MAX(parts->minute, 0), 0);
    if (local != NULL)
        parts->offset = (int)(g_date_time_get_utc_offset(local) / G_TIME_SPAN_SECOND);
    return local != NULL;
}

/* ISO 8601: 2026-11-23T06:00:00Z, 20261123T060000, 2026-11-23 06:00, 2026-11 */

static bool
take_iso_date(const char **at, Parts *parts)
{
    size_t digits = digits_at(*at);
    if (digits == 8) {
        parts->year = take_number(at, 4);
        parts->month = take_number(at, 2);
        parts->day = take_number(at, 2);
        return true;
    }
    if (digits != 4 || strchr("-/.", (*at)[4]) == NULL)
        return false;
    char separator = (*at)[4];
    parts->year = take_number(at, 4);
    parts->month = parts->day = 1;
    for (int i = 0; i < 2 && separator != '\0' && **at == separator; i++) {
        size_t size = digits_at(*at + 1);
        if (size < 1 || size > 2)
            return false;
        (*at)++;
        *(i == 0 ? &parts->month : &parts->day) = take_number(at, size);
    }
    return true;
}

static void
take_iso_time(const char **at, Parts *parts)
{
    *at += strspn(*at, " \tTt");
    size_t digits = digits_at(*at);
    if ((digits == 4 || digits == 6) && (*at)[digits] != ':') {
        parts->hour = take_number(at, 2);
        parts->minute = take_number(at, 2);
        parts->second = digits == 6 ? take_number(at, 2) : 0;
    } else {
        take_time(at, parts);
    }
}

static bool
parse_iso(const char *text, Parts *parts)
{
    const char *at = text;
    if (!take_iso_date(&at, parts))
        return false;
    take_iso_time(&at, parts);
    at += strspn(at, " \t");
    if (take_offset(&at, parts))
        return true;
    size_t word = strcspn(at, " \t");
    return word == 0 || take_zone_name(at, word, parts) || take_zone_place(at, word, parts) ||
           parts->hour >= 0;
}

/* RFC 822 and its relatives: words and numbers in about this order */

static int
find_month(const char *word, size_t size)
{
    g_autofree char *part = g_strndup(word, size);
    g_autofree char *name = g_utf8_validate(part, -1, NULL) ? g_utf8_strdown(part, -1) : NULL;
    int found = 0;
    size_t longest = 0;
    for (size_t i = 0; name != NULL && i < G_N_ELEMENTS(months); i++) {
        size_t length = strlen(months[i].name);
        if (length > longest && g_str_has_prefix(name, months[i].name)) {
            longest = length;
            found = months[i].month;
        }
    }
    return found;
}

/* A number that is no time: a day, then a year ("23 Nov 2026", "Nov 23, 2026", "23.11.2026"). */
static bool
take_day_or_year(const char **at, Parts *parts)
{
    size_t digits = digits_at(*at);
    int number = take_number(at, MIN(digits, 4));
    if (digits > 4)
        return false;
    if (digits <= 2 && parts->day < 0)
        parts->day = number;
    else if (digits <= 2 && parts->month < 0 && (*at)[-1 - (int)digits] == '.')
        parts->month = number; /* a German date in digits */
    else if (parts->year < 0)
        parts->year = full_year(number, digits);
    else
        return false;
    return true;
}

static bool
take_word(const char **at, Parts *parts)
{
    const char *word = *at;
    while (is_word_byte(**at) || **at == '/' || **at == '_')
        (*at)++;
    size_t size = (size_t)(*at - word);
    int month = parts->month < 0 ? find_month(word, size) : 0;
    /* "Mar" after a weekday is a month; "mar." alone before the day is Spanish Tuesday. */
    if (month > 0 && (parts->day >= 0 || **at != ',')) {
        parts->month = month;
        return true;
    }
    if (parts->hour >= 0 && parts->year >= 0) {
        take_meridiem(word, size, parts);
        if (!take_zone_name(word, size, parts))
            take_zone_place(word, size, parts);
    }
    return true; /* weekdays, "at", "de", "um", "Uhr" say nothing */
}

static bool
parse_words(const char *text, Parts *parts)
{
    const char *at = text;
    while (*at != '\0') {
        bool behind_time = parts->hour >= 0 && (*at == '+' || *at == '-');
        if (behind_time && take_offset(&at, parts))
            continue;
        if (g_ascii_isdigit(*at)) {
            if (!(parts->hour < 0 && take_time(&at, parts)) && !take_day_or_year(&at, parts))
                return false;
        } else if (is_word_byte(*at)) {
            take_word(&at, parts);
        } else {
            at++;
        }
    }
    return parts->day > 0 && parts->month > 0 && parts->year >= 0;
}

/* Both */

static bool
take_moment(Parts *parts, int64_t *time)
{
    int hour = MAX(parts->hour, 0), minute = MAX(parts->minute, 0), second = MAX(parts->second, 0);
    bool midnight = hour == 24 && minute == 0 && second == 0; /* the end of the day */
    if (parts->year < 1 || parts->year > 9999 || parts->month < 1 || parts->month > 12 ||
        parts->day < 1 || (hour > 23 && !midnight) || minute > 59 || second > 60 ||
        !g_date_valid_dmy((GDateDay)parts->day, (GDateMonth)parts->month, (GDateYear)parts->year))
        return false;
    g_autoptr(GDateTime) day = g_date_time_new_utc(parts->year, parts->month, parts->day, 0, 0, 0);
    *time = g_date_time_to_unix(day) + hour * 3600 + minute * 60 + MIN(second, 59) - parts->offset;
    return true;
}

bool
feed_date_parse(const char *text, int64_t *time)
{
    Parts parts = { -1, -1, -1, -1, -1, -1, 0 };
    g_autofree char *line = g_strstrip(g_strdup(text));
    if (strlen(line) > 100)
        return false;
    if (parse_iso(line, &parts))
        return take_moment(&parts, time);
    parts = (Parts){ -1, -1, -1, -1, -1, -1, 0 };
    return parse_words(line, &parts) && take_moment(&parts, time);
}
