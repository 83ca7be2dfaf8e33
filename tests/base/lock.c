#include "base/lock.h"

#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <glib/gstdio.h>
#include "base/error.h"

typedef struct {
    char *folder;
    char *path;
} Fixture;

static void
fixture_set_up(Fixture *fixture, const void *data)
{
    fixture->folder = g_dir_make_tmp("depesche-XXXXXX", NULL);
    fixture->path = g_build_filename(fixture->folder, "lock", NULL);
}

static void
fixture_tear_down(Fixture *fixture, const void *data)
{
    g_unlink(fixture->path);
    g_rmdir(fixture->folder);
    g_free(fixture->path);
    g_free(fixture->folder);
}

/* A process that has taken the lock and keeps it until it is killed. */
static pid_t
start_holder(const char *path)
{
    int ends[2];
    g_assert_cmpint(pipe(ends), ==, 0);
    pid_t pid = fork();
    g_assert_cmpint(pid, >=, 0);
    if (pid == 0) {
        bool taken = lock_take(path, NULL) != NULL;
        if (write(ends[1], taken ? "+" : "-", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    char answer = 0;
    g_assert_cmpint(read(ends[0], &answer, 1), ==, 1);
    g_assert_cmpint(answer, ==, '+');
    close(ends[0]);
    close(ends[1]);
    return pid;
}

static void
test_second_process(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    pid_t pid = start_holder(fixture->path);
    g_assert_null(lock_take(fixture->path, &error));
    g_assert_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_TEMPORARY);
    g_autofree char *expect = g_strdup_printf(
        "another depesche is at work (process %ld; lock file \"%s\")", (long)pid, fixture->path);
    g_assert_cmpstr(error->message, ==, expect);

    kill(pid, SIGKILL);
    g_assert_cmpint(waitpid(pid, NULL, 0), ==, pid);
    g_autoptr(Lock) lock = lock_take(fixture->path, NULL);
    g_assert_nonnull(lock);
}

static void
test_again(Fixture *fixture, const void *data)
{
    Lock *first = lock_take(fixture->path, NULL);
    g_assert_nonnull(first);
    g_assert_null(lock_take(fixture->path, NULL));
    lock_free(first);
    g_assert_true(g_file_test(fixture->path, G_FILE_TEST_EXISTS));
    g_autoptr(Lock) second = lock_take(fixture->path, NULL);
    g_assert_nonnull(second);
    lock_free(NULL);
}

static void
test_setup(Fixture *fixture, const void *data)
{
    g_autofree char *nowhere = g_build_filename(fixture->folder, "no", "lock", NULL);
    g_autoptr(GError) error = NULL;
    g_assert_null(lock_take(nowhere, &error));
    g_assert_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP);
    g_assert_nonnull(strstr(error->message, nowhere));

    g_clear_error(&error);
    g_assert_cmpint(symlink("elsewhere", fixture->path), ==, 0);
    g_assert_null(lock_take(fixture->path, &error));
    g_assert_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP);
}

#define ADD(path, test) g_test_add(path, Fixture, NULL, fixture_set_up, test, fixture_tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/lock/a second process is told who holds it, until that one is killed",
        test_second_process);
    ADD("/lock/once given back it can be taken again", test_again);
    ADD("/lock/where no lock can be, and no link is followed", test_setup);
    return g_test_run();
}
