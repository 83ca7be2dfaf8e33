#include "subscriber/score.h"

#include <string.h>

#define HOUR_SECONDS ((int64_t)60 * 60)
#define DAY_SECONDS  (24 * HOUR_SECONDS)

const char *
bounce_group_name(BounceGroup group)
{
    switch (group) {
    case BOUNCE_NEW: return "new";
    case BOUNCE_DEAD: return "dead address";
    case BOUNCE_MAILBOX: return "mailbox";
    case BOUNCE_POLICY: return "policy";
    case BOUNCE_BROKEN: return "broken relay";
    }
    g_assert_not_reached();
}

/* Refused for who sends it or what is in it: policy (5.7), the form of a message (5.6), a sender's address
 * that nobody answers at (5.1.7, 5.1.8). */
static bool
is_about_us(const char *status)
{
    bool has_subject = strlen(status) > 2;
    bool is_sender = g_str_equal(status + 1, ".1.7") || g_str_equal(status + 1, ".1.8");
    return has_subject && (status[2] == '7' || status[2] == '6' || is_sender);
}

BounceGroup
bounce_group_of(const char *status)
{
    static const char *const dead[] = {
        "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", NULL
    };
    if (status == NULL)
        return BOUNCE_MAILBOX;
    if (g_strv_contains(dead, status))
        return BOUNCE_DEAD;
    return is_about_us(status) ? BOUNCE_POLICY : BOUNCE_MAILBOX;
}

/* How many of GROUP since SINCE, each at least GAP after the last that counted. */
static int
count_apart(const GArray *entries, BounceGroup group, int64_t since, int64_t gap)
{
    int count = 0;
    int64_t last = 0;
    for (guint i = 0; i < entries->len; i++) {
        const ScoreEntry *entry = &g_array_index(entries, ScoreEntry, i);
        bool counts =
            entry->group == group && entry->at >= since && (count == 0 || entry->at >= last + gap);
        if (!counts)
            continue;
        count++;
        last = entry->at;
    }
    return count;
}

bool
score_suspends(const GArray *entries, const ScoreLimits *limits, int64_t now)
{
    int dead = count_apart(entries, BOUNCE_DEAD, now - limits->dead_days * DAY_SECONDS,
                           limits->dead_hours * HOUR_SECONDS);
    int mailbox =
        count_apart(entries, BOUNCE_MAILBOX, now - limits->mailbox_days * DAY_SECONDS, DAY_SECONDS);
    return dead >= limits->dead_count || mailbox >= limits->mailbox_count;
}

bool
breaker_trips(int64_t dead, int64_t mails, int64_t minimum, int percent)
{
    return dead >= minimum && dead * 100 > mails * percent;
}
