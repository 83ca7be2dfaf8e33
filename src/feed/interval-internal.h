/* interval-internal.h - how often a feed wants to be asked: what its elements say of that. */
#pragma once

#include <libxml/tree.h>
#include "feed/entry.h"

typedef struct {
    int64_t ttl;        /* seconds; 0: not said, here and below */
    guint32 skip_hours; /* a bit for each hour */
    guint8 skip_days;   /* a bit for each day of the week, Monday first */
    int64_t period;     /* seconds */
    int64_t frequency;  /* times in a period */
} Interval;

/* One of ttl, skipHours and skipDays (RSS 0.91 and 2.0) and sy:updatePeriod and sy:updateFrequency
 * (RSS 1.0's module, in use everywhere); any other element says nothing. */
void interval_read(Interval *interval, const xmlNode *element);

/* Puts into FEED what was said. */
void interval_apply(const Interval *interval, Feed *feed);
