#include "subscriber/score.h"

#define HOUR ((int64_t)60 * 60)
#define DAY  (24 * HOUR)
#define NOW  ((int64_t)1700000000)

static const struct {
    const char *status;
    BounceGroup group;
} statuses[] = {
    { "5.1.1", BOUNCE_DEAD },     { "5.1.10", BOUNCE_DEAD },    { "5.2.1", BOUNCE_DEAD },
    { "5.2.2", BOUNCE_MAILBOX },  { "5.3.4", BOUNCE_MAILBOX },  { "4.4.7", BOUNCE_MAILBOX },
    { "4.1.1", BOUNCE_MAILBOX },  { "5.0.0", BOUNCE_MAILBOX },  { NULL, BOUNCE_MAILBOX },
    { "5.7.1", BOUNCE_POLICY },   { "5.7.515", BOUNCE_POLICY }, { "4.7.0", BOUNCE_POLICY },
    { "5.6.0", BOUNCE_POLICY },   { "5.1.8", BOUNCE_POLICY },   { "4.1.7", BOUNCE_POLICY },
    { "5.1.71", BOUNCE_MAILBOX }, { "5", BOUNCE_MAILBOX },
};

static void
test_groups(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(statuses); i++)
        g_assert_cmpint(bounce_group_of(statuses[i].status), ==, statuses[i].group);
}

#define DEAD(hours)                                                                                \
    {                                                                                              \
        NOW - (hours)*HOUR, BOUNCE_DEAD                                                            \
    }
#define MAILBOX(hours)                                                                             \
    {                                                                                              \
        NOW - (hours)*HOUR, BOUNCE_MAILBOX                                                         \
    }
#define POLICY(hours)                                                                              \
    {                                                                                              \
        NOW - (hours)*HOUR, BOUNCE_POLICY                                                          \
    }
#define BROKEN(hours)                                                                              \
    {                                                                                              \
        NOW - (hours)*HOUR, BOUNCE_BROKEN                                                          \
    }

/* With two dead ones a day apart, within 90 days, or three other days within 30. */
static const struct {
    const char *rule;
    ScoreEntry entries[8];
    bool suspends;
} histories[] = {
    { "nothing happened", { { 0 } }, false },
    { "one is none", { DEAD(0) }, false },
    { "two on one day are one", { DEAD(23), DEAD(0) }, false },
    { "two a day apart", { DEAD(24), DEAD(0) }, true },
    { "a day apart from the first, not from each other", { DEAD(30), DEAD(12), DEAD(0) }, true },
    { "an old one is forgotten", { DEAD(91 * 24), DEAD(0) }, false },
    { "full twice", { MAILBOX(24), MAILBOX(0) }, false },
    { "full on three days", { MAILBOX(48), MAILBOX(24), MAILBOX(0) }, true },
    { "full three times on two days", { MAILBOX(30), MAILBOX(29), MAILBOX(0) }, false },
    { "full a while ago", { MAILBOX(31 * 24), MAILBOX(24), MAILBOX(0) }, false },
    { "dead once, full once", { DEAD(48), MAILBOX(24) }, false },
    { "policy costs nobody anything", { POLICY(72), POLICY(48), POLICY(24), POLICY(0) }, false },
    { "nor does a broken relay", { BROKEN(48), DEAD(0) }, false },
};

static void
test_scores(void)
{
    static const ScoreLimits limits = { 2, 24, 90, 3, 30 };
    for (gsize i = 0; i < G_N_ELEMENTS(histories); i++) {
        g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(ScoreEntry));
        for (gsize k = 0; histories[i].entries[k].at != 0; k++)
            g_array_append_val(entries, histories[i].entries[k]);
        g_test_message("%s", histories[i].rule);
        g_assert_cmpint(score_suspends(entries, &limits, NOW), ==, histories[i].suspends);
    }
}

static void
test_breaker(void)
{
    g_assert_false(breaker_trips(9, 10, 10, 10));
    g_assert_true(breaker_trips(10, 10, 10, 10));
    g_assert_false(breaker_trips(10, 100, 10, 10));
    g_assert_true(breaker_trips(11, 100, 10, 10));
    g_assert_false(breaker_trips(0, 0, 1, 50));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/score/groups", test_groups);
    g_test_add_func("/score/scores", test_scores);
    g_test_add_func("/score/breaker", test_breaker);
    return g_test_run();
}
