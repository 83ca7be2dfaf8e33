#include "base/nursery.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/error.h"

static const SandboxLimits limits = {
    .cpu_seconds = 5,
    .wall_seconds = 60,
    .memory = 64 * 1024 * 1024,
    .output_max = 100000,
};

/* What the nursery counts, and its children see. */
typedef struct {
    int loaded;
} Counter;

static Counter counter;

static void
count(void *data, GBytes *input)
{
    Counter *own = data;
    own->loaded++;
}

/* Answers how many inputs the nursery has seen, and the input; "die" ends it before that. */
static bool
answer(void *input, GString *output, GError **error)
{
    size_t size;
    const char *text = g_bytes_get_data(input, &size);
    if (size == 3 && memcmp(text, "die", 3) == 0) {
        signal(SIGABRT, SIG_DFL); /* the sanitizer would report it and exit */
        abort();
    }
    g_string_append_printf(output, "%d ", counter.loaded);
    g_string_append_len(output, text, (gssize)size);
    return true;
}

static Sandbox *
start(Nursery *nursery, const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *exact = g_memdup2(text, strlen(text));
    const struct iovec part = { exact, strlen(text) };
    Sandbox *sandbox = nursery_start(nursery, &part, 1, &limits, &error);
    g_assert_no_error(error);
    return sandbox;
}

static void
assert_answer(Sandbox *sandbox, const char *expect)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    g_assert_true(sandbox_read(sandbox, text, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(text->str, ==, expect);
}

/* A child sees its own input and what the nursery had loaded by then, and nothing of the others. */
static void
test_children(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Nursery) nursery = nursery_open(answer, count, &counter, &error);
    g_assert_no_error(error);
    g_autoptr(Sandbox) first = start(nursery, "a");
    g_autoptr(Sandbox) second = start(nursery, "bc");
    g_autoptr(Sandbox) empty = start(nursery, "");
    assert_answer(second, "2 bc");
    assert_answer(first, "1 a");
    assert_answer(empty, "3 ");
    g_assert_cmpint(counter.loaded, ==, 0);
}

static void
test_death(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(Nursery) nursery = nursery_open(answer, count, &counter, &error);
    g_autoptr(Sandbox) dying = start(nursery, "die");
    g_autoptr(Sandbox) other = start(nursery, "a");
    g_assert_false(sandbox_read(dying, text, &error));
    g_assert_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT);
    g_assert_nonnull(strstr(error->message, "Aborted"));
    assert_answer(other, "2 a");
}

/* Children end with who asked for them, read or not, and none is left to be waited for. */
static void
test_ends(void)
{
    g_autoptr(GError) error = NULL;
    Nursery *nursery = nursery_open(answer, count, &counter, &error);
    Sandbox *unread = start(nursery, "a");
    Sandbox *late = start(nursery, "b");
    nursery_close(nursery);
    assert_answer(late, "2 b");
    sandbox_free(late);
    sandbox_free(unread);
    g_assert_cmpint(waitpid(-1, NULL, WNOHANG), ==, -1);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/nursery/children", test_children);
    g_test_add_func("/nursery/a child dies", test_death);
    g_test_add_func("/nursery/ends", test_ends);
    return g_test_run();
}
