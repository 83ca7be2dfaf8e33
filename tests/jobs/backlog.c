/* What can be told from answers, and what cannot: times in microseconds. */
#include "jobs/backlog.h"

#define RELAYS      3
#define ANSWERS_MAX 8

typedef struct {
    const char *rule;
    int64_t times[RELAYS][ANSWERS_MAX]; /* by relay, each given forty times over; 0: the end */
    int64_t least, most;                /* of what is left */
} Case;

static const Case cases[] = {
    { "nobody has answered", { { 0 } }, 0, 0 },
    { "a server far away has no queue", { { 50000, 51000, 49000 } }, 0, 0 },
    { "what takes a little longer than the shortest may be anything", { { 5000, 9000 } }, 0, 0 },
    { "a server near at hand with much to do has one", { { 300, 3000, 3000, 3000 } }, 2000, 3500 },
    { "an answer in no time at all", { { 0 }, { 1, 1000, 1000 } }, 500, 1333 },
    { "the shortest queue counts", { { 300, 9000 }, { 50000 } }, 0, 0 },
    { "not that of a relay that is not used", { { 0 }, { 300, 3000, 3000, 3000 } }, 2000, 3500 },
};

static void
test_cases(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Backlog) backlog = backlog_new(RELAYS);
        g_test_message("%s", cases[i].rule);
        for (guint round = 0; round < 40; round++)
            for (guint relay = 0; relay < RELAYS; relay++)
                for (const int64_t *time = cases[i].times[relay]; *time > 0; time++)
                    backlog_learn(backlog, relay, *time);
        g_assert_cmpint(backlog_left(backlog), >=, cases[i].least);
        g_assert_cmpint(backlog_left(backlog), <=, cases[i].most);
    }
}

static void
test_shortest_answer(void)
{
    g_autoptr(Backlog) backlog = backlog_new(2);
    g_assert_cmpint(backlog_answer(backlog, 1), ==, 0);
    backlog_learn(backlog, 0, 50000);
    backlog_learn(backlog, 1, 9000);
    backlog_learn(backlog, 1, 300);
    backlog_learn(backlog, 1, 9000);
    g_assert_cmpint(backlog_answer(backlog, 0), ==, 50000);
    g_assert_cmpint(backlog_answer(backlog, 1), ==, 300);
    backlog_forget(backlog, 1);
    g_assert_cmpint(backlog_answer(backlog, 1), ==, 0);
}

/* A server that has worked off its queue is seen to have none, soon. */
static void
test_forgets(void)
{
    g_autoptr(Backlog) backlog = backlog_new(1);
    backlog_learn(backlog, 0, 300);
    for (guint i = 0; i < 100; i++)
        backlog_learn(backlog, 0, 5000);
    g_assert_cmpint(backlog_left(backlog), >, 4000);
    for (guint i = 0; i < 40; i++)
        backlog_learn(backlog, 0, 400);
    g_assert_cmpint(backlog_left(backlog), ==, 0);
}

/* Nor does a relay that is lost keep the others from theirs. */
static void
test_lost(void)
{
    g_autoptr(Backlog) backlog = backlog_new(2);
    backlog_learn(backlog, 1, 50000);
    for (guint i = 0; i < 40; i++)
        backlog_learn(backlog, 0, i == 0 ? 300 : 3000);
    g_assert_cmpint(backlog_left(backlog), ==, 0);
    backlog_forget(backlog, 1);
    g_assert_cmpint(backlog_left(backlog), >, 2000);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/jobs/backlog/cases", test_cases);
    g_test_add_func("/jobs/backlog/the-shortest-answer", test_shortest_answer);
    g_test_add_func("/jobs/backlog/a-lost-relay", test_lost);
    g_test_add_func("/jobs/backlog/what-is-over-is-forgotten", test_forgets);
    return g_test_run();
}
