#include "jobs/health.h"

#define NOW ((int64_t)1800000000)
#define DAY ((int64_t)86400)

typedef struct {
    const char *rule;
    int failures;  /* before this one */
    int64_t since; /* when they began, before NOW; 0: this is the first */
    FeedState expect;
} FailureCase;

static const FailureCase failures[] = {
    { "the first", 0, 0, FEED_FAILING },
    { "many on one day", 500, DAY, FEED_FAILING },
    { "for a week", 7, 7 * DAY, FEED_DEAD },
    { "a week ago, and now again: nobody asked meanwhile", 1, 7 * DAY, FEED_FAILING },
};

static void
test_failure(const void *data)
{
    const FailureCase *test = data;
    FeedRecord feed = {
        .failures = test->failures,
        .failing_since = test->since != 0 ? NOW - test->since : 0,
    };
    g_assert_cmpint(health_after_failure(&feed, NOW), ==, test->expect);
}

typedef struct {
    const char *rule;
    FeedState state;
    int failures;
    FeedState told;
    FeedState expect;
} TellCase;

static const TellCase tells[] = {
    { "a hiccup", FEED_FAILING, 2, FEED_OK, FEED_OK },
    { "more than that", FEED_FAILING, 3, FEED_OK, FEED_FAILING },
    { "still so", FEED_FAILING, 9, FEED_FAILING, FEED_FAILING },
    { "dead", FEED_DEAD, 9, FEED_FAILING, FEED_DEAD },
    { "gone is dead, at once", FEED_GONE, 1, FEED_OK, FEED_DEAD },
    { "well again", FEED_OK, 0, FEED_DEAD, FEED_OK },
    { "well again before anybody was told", FEED_OK, 0, FEED_OK, FEED_OK },
    { "asked anew in vain", FEED_FAILING, 1, FEED_DEAD, FEED_DEAD },
    { "paused by hand", FEED_PAUSED, 5, FEED_FAILING, FEED_FAILING },
};

static void
test_tell(const void *data)
{
    const TellCase *test = data;
    FeedRecord feed = {
        .state = test->state,
        .failures = test->failures,
        .told_state = test->told,
    };
    g_assert_cmpint(health_to_tell(&feed), ==, test->expect);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(failures); i++) {
        g_autofree char *name = g_strdup_printf("/jobs/health/failure/%s", failures[i].rule);
        g_test_add_data_func(name, &failures[i], test_failure);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(tells); i++) {
        g_autofree char *name = g_strdup_printf("/jobs/health/tell/%s", tells[i].rule);
        g_test_add_data_func(name, &tells[i], test_tell);
    }
    return g_test_run();
}
