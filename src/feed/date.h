/* date.h - dates as feeds write them: RFC 822 in all its abuse, ISO 8601, and what lies between. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Reads RFC 822/2822 (optional weekday, two-digit years, zones by name, place and number, months in
 * some twenty languages) and ISO 8601/RFC 3339 (also weeks, days of the year, and the basic form),
 * and what lies between: "5.3.2026", "March 5, 2026 1:30 pm", "2026/3/5". No zone is UTC; 24:00 is
 * the next day. False, *TIME untouched, for anything else: for "03/05/2026", which has two
 * meanings, for bare numbers, and for the year 1, which other systems write for "none". */
bool feed_date_parse(const char *text, int64_t *time);
