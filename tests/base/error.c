#include "base/error.h"

#include <sysexits.h>

static int
status_of(GQuark domain, int code)
{
    g_autoptr(GError) error = g_error_new_literal(domain, code, "x");
    return error_exit_status(error);
}

static void
test_exit_status(void)
{
    g_assert_cmpint(status_of(DEPESCHE_ERROR, DEPESCHE_ERROR_TEMPORARY), ==, EX_TEMPFAIL);
    g_assert_cmpint(status_of(DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT), ==, EX_DATAERR);
    g_assert_cmpint(status_of(DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP), ==, EX_CONFIG);
    g_assert_cmpint(status_of(DEPESCHE_ERROR, DEPESCHE_ERROR_USAGE), ==, EX_USAGE);
    g_assert_cmpint(status_of(G_FILE_ERROR, G_FILE_ERROR_NOENT), ==, EX_SOFTWARE);
}

static void
test_name(void)
{
    g_assert_cmpstr(g_quark_to_string(DEPESCHE_ERROR), ==, "depesche-error");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/error/each kind has its exit status", test_exit_status);
    g_test_add_func("/error/the domain has its name", test_name);
    return g_test_run();
}
