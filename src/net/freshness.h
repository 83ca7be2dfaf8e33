/* freshness.h - how long an HTTP reply stays fresh (RFC 9111, 4.2). Pure.
 *
 * Headers are given as they stand; NULL: not there.                                              */
#pragma once

#include <stdint.h>

typedef struct {
    const char *cache_control;
    const char *expires;
    const char *date;
    const char *age;
} FreshnessHeaders;

/* Seconds from now on; 0 when nothing is said, when it is stale already, and when the server wants
 * to be asked every time (no-cache, no-store). NOW stands in for a missing Date. max-age counts more
 * than Expires. */
int64_t freshness_seconds(const FreshnessHeaders *headers, int64_t now);
