#include "delivery/retry.h"

#include <stdbool.h>
#include <glib.h>

#define MINUTE 60

int64_t
retry_next(int attempt, int64_t first, int64_t now, int64_t not_after)
{
    static const int64_t waits[] = { 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, 60 * MINUTE };
    const int64_t later = 120 * MINUTE;
    gsize step = (gsize)MAX(attempt, 1) - 1;
    int64_t next = now + (step < G_N_ELEMENTS(waits) ? waits[step] : later);
    bool too_late = next - first > RETRY_SECONDS_MAX || (not_after > 0 && next > not_after);
    return too_late ? 0 : next;
}
