#include "net/freshness.h"

#include <glib.h>

typedef struct {
    const char *name;
    FreshnessHeaders headers;
    int64_t seconds;
} Case;

#define NOON   "Mon, 23 Nov 2026 12:00:00 GMT"
#define HALF_1 "Mon, 23 Nov 2026 12:30:00 GMT"
#define NOW    1795435800 /* 12:10 of that day */

static const Case cases[] = {
    { "nothing said", { 0 }, 0 },
    { "max-age", { .cache_control = "max-age=600" }, 600 },
    { "among others, in capitals",
      { .cache_control = "public, Max-Age=600 ,must-revalidate" },
      600 },
    { "in quotes", { .cache_control = "max-age=\"600\"" }, 600 },
    { "the first counts", { .cache_control = "max-age=600, max-age=900" }, 600 },
    { "no number is stale", { .cache_control = "max-age=soon" }, 0 },
    { "negative is stale", { .cache_control = "max-age=-1" }, 0 },
    { "that of shared caches is not ours", { .cache_control = "s-maxage=600" }, 0 },
    { "no-cache", { .cache_control = "no-cache, max-age=600" }, 0 },
    { "no-cache behind it", { .cache_control = "max-age=600, no-cache=\"set-cookie\"" }, 0 },
    { "no-store", { .cache_control = "no-store,max-age=600" }, 0 },
    { "older by its age", { .cache_control = "max-age=600", .age = "100" }, 500 },
    { "too old", { .cache_control = "max-age=600", .age = "700" }, 0 },
    { "too large", { .cache_control = "max-age=99999999999999999999" }, 10LL * 366 * 86400 },
    { "Expires after Date", { .expires = HALF_1, .date = NOON }, 1800 },
    { "Expires without Date", { .expires = HALF_1 }, 1200 },
    { "Expires that is past", { .expires = NOON, .date = HALF_1 }, 0 },
    { "Expires that is no date", { .expires = "0", .date = NOON }, 0 },
    { "Expires of -1", { .expires = "-1", .date = NOON }, 0 },
    { "max-age beats Expires",
      { .cache_control = "max-age=60", .expires = HALF_1, .date = NOON },
      60 },
    { "other directives do not",
      { .cache_control = "public", .expires = HALF_1, .date = NOON },
      1800 },
};

static void
test_case(const void *data)
{
    const Case *test = data;
    g_assert_cmpint(freshness_seconds(&test->headers, NOW), ==, test->seconds);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/freshness/", cases[i].name, NULL);
        g_test_add_data_func(path, &cases[i], test_case);
    }
    return g_test_run();
}
