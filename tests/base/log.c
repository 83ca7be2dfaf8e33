#include "base/log.h"

/* Each case runs in a process of its own, whose stderr GLib collects. */

static void
say_all(LogLevel level)
{
    g_autoptr(Log) log = log_new(level);
    log_error(log, "cannot read feed \"%s\"", "a");
    log_warn(log, "feed %d", 1);
    log_info(log, "3 articles");
    log_detail(log, "step");
}

static void
test_levels(void)
{
    if (g_test_subprocess()) {
        say_all(LOG_INFO);
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_passed();
    g_test_trap_assert_stderr("depesche: cannot read feed \"a\"\n"
                              "depesche: warning: feed 1\n"
                              "depesche: 3 articles\n");
}

static void
test_quiet(void)
{
    if (g_test_subprocess()) {
        say_all(LOG_ERRORS);
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_stderr("depesche: cannot read feed \"a\"\n");
}

static void
test_controls(void)
{
    if (g_test_subprocess()) {
        g_autoptr(Log) log = log_new(LOG_INFO);
        log_info(log, "%s",
                 "a\x1B[2J\r\nb\tc\x7F \xC2\x9B"
                 "1m ü\xC2\xA0 \xC2");
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_stderr("depesche: a\?[2J\?\?b\?c\? \?\?1m ü\xC2\xA0 \xC2\n");
    /* '?' matches any character in the pattern above. */
    g_test_trap_assert_stderr_unmatched("*\x1B*");
    g_test_trap_assert_stderr_unmatched("*\x9B*");
    g_test_trap_assert_stderr_unmatched("*\r*");
    g_test_trap_assert_stderr_unmatched("*\n*\n*");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/log/up to its level, warnings with their word", test_levels);
    g_test_add_func("/log/quiet says only what stops the command", test_quiet);
    g_test_add_func("/log/control characters do not reach the terminal", test_controls);
    return g_test_run();
}
