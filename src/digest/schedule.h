/* schedule.h - when a slot is due: wall-clock times in a zone, and what DST does to them. Pure. */
#pragma once

#include <stdint.h>
#include "subscriber/rhythm.h"

/* The last time at or before NOW at which RHYTHM comes round. A wall-clock time that a spring
 * change skips happens at the first moment after the gap; one that an autumn change repeats happens
 * at its first. RHYTHM_EACH comes round at NOW. */
int64_t schedule_last(const Rhythm *rhythm, int64_t now);

/* The first time after NOW at which it comes round; NOW + 1 for RHYTHM_EACH. */
int64_t schedule_next(const Rhythm *rhythm, int64_t now);
