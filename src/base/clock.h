/* clock.h - what time it is, as a thing that can be set, and time as text.
 *
 * A time is an int64_t of seconds since 1970-01-01T00:00:00Z everywhere in the program. Pure code
 * takes it as an argument; only jobs and cli ask a Clock. "--at TIME" is clock_new_fixed().      */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>

typedef struct Clock Clock;

Clock *clock_new_system(void);
Clock *clock_new_fixed(int64_t now); /* stands still, so that the same run gives the same bytes */
void clock_free(Clock *clock);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Clock, clock_free)

int64_t clock_now(const Clock *clock);

/* "2026-11-23T06:00:00Z": RFC 3339 in UTC, appended to OUT. Years are clamped to 0000..9999. */
void time_write(GString *out, int64_t time);
char *time_text(int64_t time);

/* Reads RFC 3339, also without seconds or offset (then UTC) and a date alone (then midnight UTC).
 * False, and *TIME untouched, when TEXT is anything else. */
bool time_parse(const char *text, int64_t *time);

/* An IANA zone by name, or NULL when the system does not know it. The caller owns it. */
GTimeZone *time_zone_find(const char *name);

/* "2026-12-24": the day that TIME is of in ZONE (in UTC where the system does not know it), the caller's.
 * NULL when it is beyond all calendars. */
char *time_day_text(int64_t time, const char *zone);
