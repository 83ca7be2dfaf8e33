/* retry.h - when a deferred delivery is tried again. Pure. */
#pragma once

#include <stdint.h>

/* A digest that is two days old is no news any more. */
#define RETRY_SECONDS_MAX (2 * 24 * 60 * 60)

/* After failed attempt number ATTEMPT (1 is the first) at NOW, the first having been at FIRST: 5,
 * 15, 30, 60 minutes, then every 2 hours. 0 when that would be later than RETRY_SECONDS_MAX after
 * FIRST, or than NOT_AFTER (0: no limit): give up. */
int64_t retry_next(int attempt, int64_t first, int64_t now, int64_t not_after);
