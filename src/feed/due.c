#include "feed/due.h"

#define FIRST_BACK_OFF (10 * 60)
#define HOUR_SECONDS   3600
#define DAY_HOURS      24
#define WEEK_DAYS      7
#define EPOCH_WEEKDAY  3 /* 1970-01-01 was a Thursday; Monday is 0 */
#define ALL_HOURS      ((1u << DAY_HOURS) - 1)
#define ALL_DAYS       ((1u << WEEK_DAYS) - 1)

/* Cron starts a run every hour or every day, but a feed gets its turn some time sooner or later in it: what
 * is due so little later than the next run comes along in that. Seconds, or a part of the wait. */
#define SLACK      60
#define SLACK_PART 100

/* Who has not asked for so long has no other hour, or no other day, to ask at. */
#define NO_OTHER_HOUR (23 * HOUR_SECONDS)
#define NO_OTHER_DAY  (6 * DAY_HOURS * HOUR_SECONDS)

/* Nothing after the first failure: most are over in a moment, or the operator is mending something. */
static int64_t
back_off(int failures)
{
    int64_t wait = failures > 1 ? FIRST_BACK_OFF : 0;
    for (int i = 2; i < failures && wait < DUE_WAIT_MAX; i++)
        wait *= 2;
    return wait;
}

int64_t
due_next(const DueFacts *facts, int64_t now)
{
    if (facts->retry_after > 0)
        return now + MIN(facts->retry_after, DUE_RETRY_MAX);
    int64_t wait =
        facts->failures > 0 ? back_off(facts->failures) : MAX(facts->fresh_for, facts->own_wait);
    wait = MIN(wait, DUE_WAIT_MAX);
    return now + MAX(wait - MAX(SLACK, wait / SLACK_PART), 0);
}

bool
due_is_waiting(int64_t next_at, int64_t now)
{
    return now < next_at && next_at - now <= DUE_RETRY_MAX;
}

int64_t
due_own_wait(const Feed *feed)
{
    return CLAMP(MAX(feed->ttl, feed->update_period), 0, DUE_WAIT_MAX);
}

bool
due_is_skipped(guint32 skip_hours, guint8 skip_days, int64_t asked_at, int64_t now)
{
    int64_t hours = now / HOUR_SECONDS;
    int64_t days = hours / DAY_HOURS;
    int64_t since = now - asked_at;
    bool skips_hour =
        (skip_hours & ALL_HOURS) != ALL_HOURS && (skip_hours >> (hours % DAY_HOURS) & 1u) != 0;
    bool skips_day = (skip_days & ALL_DAYS) != ALL_DAYS &&
                     (skip_days >> ((days + EPOCH_WEEKDAY) % WEEK_DAYS) & 1u) != 0;
    return (skips_day && since < NO_OTHER_DAY) || (skips_hour && since < NO_OTHER_HOUR);
}
