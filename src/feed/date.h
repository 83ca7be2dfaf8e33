/* date.h - dates as feeds write them: RFC 822 in all its abuse, ISO 8601, and what lies between. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Reads RFC 822/2822 (optional weekday, two-digit years, zone names, missing zone = UTC, English,
 * German, French and Spanish month names) and ISO 8601/RFC 3339 (date only, fractions, missing
 * zone = UTC, "24:00"). False, *TIME untouched, for anything else. */
bool feed_date_parse(const char *text, int64_t *time);
