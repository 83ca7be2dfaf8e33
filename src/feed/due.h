/* due.h - when a feed is asked again.
 *
 * What the server said last, what the feed says of itself and how often it failed in a row become
 * the time before which nobody need ask. Pure: the only place that knows these rules.
 *
 *   1. A server that says how long to wait (Retry-After) is obeyed, up to DUE_RETRY_MAX.
 *   2. A feed that fails is asked again with the next run; from its second failure in a row on it
 *      waits 10 minutes, 20, 40 … up to DUE_WAIT_MAX.
 *   3. Otherwise the longest of what server and feed say counts (how long the reply stays fresh; ttl
 *      and sy:updatePeriod of the feed), up to DUE_WAIT_MAX. Who says nothing is due with every run.
 *
 * skipHours and skipDays hold at the moment of asking: due_is_skipped(). They hold for those who could ask
 * at another time, which a run that comes once a day or once a week cannot.                       */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>
#include "feed/entry.h"

#define DUE_WAIT_MAX  (24 * 60 * 60)     /* seconds: nobody reads a daily digest of older news */
#define DUE_RETRY_MAX (7 * 24 * 60 * 60) /* seconds: longer is a mistake, not a wish */

typedef struct {
    int64_t retry_after; /* seconds the server wants us to wait; 0: not said */
    int64_t fresh_for;   /* seconds the reply stays fresh by its headers; 0: not said */
    int64_t own_wait;    /* due_own_wait() */
    int failures;        /* in a row, the present one included; 0: it went well */
} DueFacts;

/* A time, not before NOW. */
int64_t due_next(const DueFacts *facts, int64_t now);

/* Whether a feed that is not to be asked before NEXT_AT waits. A wait that due_next() would never set is
 * one of a clock that was wrong, and does not count. */
bool due_is_waiting(int64_t next_at, int64_t now);

/* How long FEED itself says that it need not be asked again, in seconds. */
int64_t due_own_wait(const Feed *feed);

/* Whether a feed whose bits these are (entry.h), and that was asked last at ASKED_AT (0: never), does not
 * want to be asked at NOW. One that names every hour or every day means none of them. */
bool due_is_skipped(guint32 skip_hours, guint8 skip_days, int64_t asked_at, int64_t now);
