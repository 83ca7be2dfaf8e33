#include "net/pace.h"

#include <limits.h>
#include <string.h>
#include <glib.h>

#define SECOND ((double)G_USEC_PER_SEC)

/* Ten connections that are told the same thing tell it once. */
#define EASE_SECONDS 5
#define REST_SECONDS 1
/* A rate is never halved into standing still. */
#define SHARE_MIN 0.05
/* From nothing to everything; a half comes back in half of it. */
#define RECOVERY_SECONDS 60
/* Whoever looks a little late has not lost what came meanwhile. */
#define SAVING_SECONDS 0.1

static PaceBucket
bucket_of(int messages, double seconds)
{
    PaceBucket bucket = { 0 };
    if (messages <= 0)
        return bucket;
    bucket.every = seconds * SECOND / messages;
    /* "600 a minute" means one each tenth of a second, and no burst of 600, nor of ten. */
    bucket.size = 1.0 + messages / seconds * SAVING_SECONDS;
    bucket.tokens = 1.0;
    return bucket;
}

void
pace_init(Pace *pace, int width, const PaceRates *rates, int64_t now)
{
    memset(pace, 0, sizeof *pace);
    pace->width_max = MAX(width, 1);
    pace->width = pace->width_max;
    pace->share = 1.0;
    pace->filled_at = now;
    pace->grown_at = now;
    pace->eased_at = now - EASE_SECONDS * G_USEC_PER_SEC;
    pace->buckets[0] = bucket_of(rates->per_second, 1);
    pace->buckets[1] = bucket_of(rates->per_minute, 60);
    pace->buckets[2] = bucket_of(rates->per_hour, 3600);
}

void
pace_resume(Pace *pace, int64_t wait, int64_t now)
{
    double most = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(pace->buckets); i++)
        most = MAX(most, pace->buckets[i].every);
    pace->rest_until = now + CLAMP(wait, 0, (int64_t)most);
}

int
pace_width(const Pace *pace)
{
    return MAX((int)pace->width, 1);
}

int
pace_in_a_second(const Pace *pace)
{
    double most = INT_MAX;
    for (size_t i = 0; i < G_N_ELEMENTS(pace->buckets); i++)
        if (pace->buckets[i].size > 0)
            most = MIN(most, SECOND / pace->buckets[i].every * pace->share);
    return MAX((int)most, 1);
}

static void
fill(Pace *pace, int64_t now)
{
    double passed = (double)MAX(now - pace->filled_at, 0) * pace->share;
    pace->filled_at = now;
    for (size_t i = 0; i < G_N_ELEMENTS(pace->buckets); i++) {
        PaceBucket *bucket = &pace->buckets[i];
        if (bucket->size > 0)
            bucket->tokens = MIN(bucket->size, bucket->tokens + passed / bucket->every);
    }
}

int64_t
pace_wait(Pace *pace, int64_t now)
{
    fill(pace, now);
    double wait = (double)MAX(pace->rest_until - now, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(pace->buckets); i++) {
        const PaceBucket *bucket = &pace->buckets[i];
        if (bucket->size > 0 && bucket->tokens < 1)
            wait = MAX(wait, (1 - bucket->tokens) * bucket->every / pace->share);
    }
    return wait > 0 ? (int64_t)wait + 1 : 0;
}

void
pace_take(Pace *pace)
{
    for (size_t i = 0; i < G_N_ELEMENTS(pace->buckets); i++)
        if (pace->buckets[i].size > 0)
            pace->buckets[i].tokens -= 1;
}

/* By the clock: a fast server is not asked for everything again before it has got its breath. */
void
pace_grow(Pace *pace, int64_t now)
{
    if (now - pace->grown_at < G_USEC_PER_SEC)
        return;
    pace->grown_at = now;
    pace->width = MIN(pace->width_max, pace->width + (double)pace->width_max / RECOVERY_SECONDS);
    pace->share = MIN(1.0, pace->share + 1.0 / RECOVERY_SECONDS);
}

void
pace_ease(Pace *pace, int64_t now, double chance)
{
    if (now - pace->eased_at < EASE_SECONDS * G_USEC_PER_SEC)
        return;
    pace->eased_at = pace->grown_at = now;
    pace->width = MAX(1.0, pace->width / 2);
    pace->share = MAX(SHARE_MIN, pace->share / 2);
    pace->rest_until = now + (int64_t)(REST_SECONDS * SECOND * (1 + chance));
}
