/* pace.h - how fast and how wide a way out may be used. Pure: time and chance are arguments.
 *
 * A width (so many at a time) that is halved when the other side asks for it and comes back by the clock, with
 * each second in which something goes well, and rates (so many a second, minute, hour) as token buckets with
 * room for hardly more than one: what goes out is even. One Pace belongs to a relay or to a group of
 * recipients' domains. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Messages; 0: no limit. */
typedef struct {
    int per_second;
    int per_minute;
    int per_hour;
} PaceRates;

typedef struct {
    double tokens;
    double size;  /* as many as can be saved up: 0 is no limit */
    double every; /* microseconds for one more */
} PaceBucket;

/* Plain memory: nothing to clear. */
typedef struct {
    int width_max;
    double width;       /* at a time, now; grows by fractions */
    double share;       /* of the rates, now: 1, or less after a complaint */
    int64_t eased_at;   /* of the last halving */
    int64_t grown_at;   /* of the last step back */
    int64_t rest_until; /* nothing begins before that */
    int64_t filled_at;
    PaceBucket buckets[3];
} Pace;

/* NOW and all times here are microseconds of a clock that only goes forward. */
void pace_init(Pace *pace, int width, const PaceRates *rates, int64_t now);

/* Others have used the rates before, and were to wait for WAIT microseconds: so nothing begins before
 * that. It is not believed further than the rates make anybody wait. */
void pace_resume(Pace *pace, int64_t wait, int64_t now);

/* How many may be at work at a time, now. The caller counts them. */
int pace_width(const Pace *pace);

/* How many the rates let begin within a second, and one at least; INT_MAX where there are none. */
int pace_in_a_second(const Pace *pace);

/* Microseconds until the rates allow the next one; 0: now. */
int64_t pace_wait(Pace *pace, int64_t now);

/* The next one begins. */
void pace_take(Pace *pace);

/* It went well: after a complaint, width and rates come back slowly, a step for each second in which
 * something does. */
void pace_grow(Pace *pace, int64_t now);

/* The other side asked to slow down: halves width and rates, down to one at a time, and rests for a
 * moment. Complaints that come together count once. CHANCE (0 to 1) spreads those who were sent away
 * at the same moment. */
void pace_ease(Pace *pace, int64_t now, double chance);
