#include "delivery/retry.h"

#include <glib.h>

#define MINUTE 60

int64_t
retry_next(int attempt, int64_t first, int64_t now)
{
    static const int64_t waits[] = { 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, 60 * MINUTE };
    const int64_t later = 120 * MINUTE;
    gsize step = (gsize)MAX(attempt, 1) - 1;
    int64_t next = now + (step < G_N_ELEMENTS(waits) ? waits[step] : later);
    return next - first > RETRY_SECONDS_MAX ? 0 : next;
}
