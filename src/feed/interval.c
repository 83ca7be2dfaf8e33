#include "feed/interval-internal.h"

#include <string.h>

#include "feed/xml-internal.h"

#define MINUTE 60
#define DAY    (24 * 60 * MINUTE)
#define YEAR   (365 * DAY)

/* The number that ELEMENT holds, from 0 to MAX; -1 when it holds none. */
static int64_t
number_in(const xmlNode *element, int64_t max)
{
    g_autofree char *text = xml_text(element);
    guint64 number;
    if (text == NULL || !g_ascii_string_to_unsigned(text, 10, 0, G_MAXINT64, &number, NULL))
        return -1;
    return number > (guint64)max ? max : (int64_t)number;
}

/* 0.91 counts from 1 to 24, 2.0 from 0 to 23: midnight is either. */
static void
read_hours(Interval *interval, const xmlNode *element)
{
    for (const xmlNode *hour = element->children; hour != NULL; hour = hour->next) {
        int64_t number = hour->type == XML_ELEMENT_NODE ? number_in(hour, 99) : -1;
        if (number >= 0 && number <= 24)
            interval->skip_hours |= 1u << (number % 24);
    }
}

/* The names are English by the format; three letters tell them apart. */
static void
read_days(Interval *interval, const xmlNode *element)
{
    static const char *const names[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };
    for (const xmlNode *day = element->children; day != NULL; day = day->next) {
        g_autofree char *text = day->type == XML_ELEMENT_NODE ? xml_text(day) : NULL;
        for (size_t i = 0; text != NULL && i < G_N_ELEMENTS(names); i++) {
            if (g_ascii_strncasecmp(text, names[i], 3) == 0)
                interval->skip_days = (guint8)(interval->skip_days | 1u << i);
        }
    }
}

static void
read_period(Interval *interval, const xmlNode *element)
{
    static const struct {
        const char *name;
        int64_t seconds;
    } periods[] = {
        { "hourly", 60 * MINUTE }, { "daily", DAY },   { "weekly", 7 * DAY },
        { "monthly", 30 * DAY },   { "yearly", YEAR },
    };
    g_autofree char *text = xml_text(element);
    for (size_t i = 0; text != NULL && i < G_N_ELEMENTS(periods); i++) {
        if (g_ascii_strcasecmp(text, periods[i].name) == 0)
            interval->period = periods[i].seconds;
    }
}

void
interval_read(Interval *interval, const xmlNode *element)
{
    const char *name = xml_name(element);
    if (g_ascii_strcasecmp(name, "ttl") == 0)
        interval->ttl = MAX(number_in(element, YEAR / MINUTE), 0) * MINUTE;
    else if (g_ascii_strcasecmp(name, "skipHours") == 0)
        read_hours(interval, element);
    else if (g_ascii_strcasecmp(name, "skipDays") == 0)
        read_days(interval, element);
    else if (g_ascii_strcasecmp(name, "updatePeriod") == 0)
        read_period(interval, element);
    else if (g_ascii_strcasecmp(name, "updateFrequency") == 0)
        interval->frequency = MAX(number_in(element, DAY), 0);
}

void
interval_apply(const Interval *interval, Feed *feed)
{
    feed->ttl = interval->ttl;
    feed->skip_hours = interval->skip_hours;
    feed->skip_days = interval->skip_days;
    /* Without a period a frequency is one of days, without a frequency it is once (the module). */
    if (interval->period > 0 || interval->frequency > 0)
        feed->update_period = (interval->period > 0 ? interval->period : DAY) /
                              (interval->frequency > 0 ? interval->frequency : 1);
}
