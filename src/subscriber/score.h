/* score.h - when an address that bounces gets no more mail. Pure.
 *
 *     group           examples                        what comes of it
 *     dead address    5.1.1 5.1.2 5.1.10 5.2.1        suspended at the second, on another day
 *     mailbox         5.2.2 5.3.4 4.x.x               suspended when it bounces on many days, and again
 *     policy          5.7.1 5.7.26 4.7.0 5.6.0 5.1.8  nobody's fault but ours: costs nobody anything
 *     broken          dead ones beyond belief         a relay or a provider is broken: do not count
 *
 * A day is a stretch of hours, not one of a calendar: a server that fails around midnight fails once. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>

typedef enum {
    BOUNCE_NEW, /* nobody has looked at it yet */
    BOUNCE_DEAD,
    BOUNCE_MAILBOX,
    BOUNCE_POLICY,
    BOUNCE_BROKEN,
} BounceGroup;

const char *bounce_group_name(BounceGroup group); /* "dead address" */

/* What STATUS (RFC 3463) says of the address; NULL says as little as "5.0.0". */
BounceGroup bounce_group_of(const char *status);

typedef struct {
    int dead_count;    /* suspended at so many dead ones, each so many hours after the last */
    int dead_hours;    /* at least */
    int dead_days;     /* and none older than this */
    int mailbox_count; /* the same of the others, of which one a day counts */
    int mailbox_days;
} ScoreLimits;

typedef struct {
    int64_t at;
    BounceGroup group;
} ScoreEntry;

/* Whether what happened up to NOW is enough. ENTRIES (of ScoreEntry) are those of one address, oldest
 * first. */
bool score_suspends(const GArray *entries, const ScoreLimits *limits, int64_t now);

/* Whether DEAD addresses among MAILS are beyond belief: at least MINIMUM, and more than PERCENT. */
bool breaker_trips(int64_t dead, int64_t mails, int64_t minimum, int percent);
