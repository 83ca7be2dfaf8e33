#include "base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/error.h"

#ifndef __has_feature
#define __has_feature(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define LIMITS_MEMORY false
#else
#define LIMITS_MEMORY true
#endif

static const SandboxLimits limits = {
    .cpu_seconds = 1,
    .wall_seconds = 60, /* far off, so that a busy machine meets the other limits first */
    .memory = 64 * 1024 * 1024,
    .output_max = 100000,
};

static GBytes *
run(SandboxWork work, const SandboxLimits *with, GError **error)
{
    g_autoptr(GBytes) input = g_bytes_new_static("input", 5);
    return sandbox_run(work, input, with, error);
}

/* GLib has no address for the data of an empty answer. */
static char *
answer_text(GBytes *answer)
{
    size_t size;
    const char *data = g_bytes_get_data(answer, &size);
    return size > 0 ? g_strndup(data, size) : g_strdup("");
}

static bool
echo(void *input, GString *output, GError **error)
{
    g_string_append_len(output, g_bytes_get_data(input, NULL), (gssize)g_bytes_get_size(input));
    return true;
}

static bool
say_nothing(void *input, GString *output, GError **error)
{
    return true;
}

static bool
fill_output(void *input, GString *output, GError **error)
{
    g_string_set_size(output, limits.output_max);
    memset(output->str, 'x', output->len);
    return true;
}

static void
test_answer(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) answer = run(echo, &limits, &error);
    g_assert_no_error(error);
    g_assert_cmpmem(g_bytes_get_data(answer, NULL), g_bytes_get_size(answer), "input", 5);

    g_autoptr(GBytes) nothing = run(say_nothing, &limits, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(g_bytes_get_size(nothing), ==, 0);

    g_autoptr(GBytes) full = run(fill_output, &limits, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(g_bytes_get_size(full), ==, limits.output_max);
}

static bool
count_up(void *input, GString *output, GError **error)
{
    for (int i = 0; i < 3; i++) {
        g_string_append_printf(output, "%d", i);
        sandbox_flush(output);
    }
    return true;
}

/* A child's answer comes in the parts it gives, while others are at work. */
static void
test_parts(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Sandbox) other = sandbox_start(count_up, NULL, &limits, &error);
    g_autoptr(Sandbox) sandbox = sandbox_start(count_up, NULL, &limits, &error);
    g_autoptr(Sandbox) unread = sandbox_start(count_up, NULL, &limits, &error);
    g_assert_no_error(error);
    g_autoptr(GString) answer = g_string_new(NULL);
    static const char *const wanted[] = { "0", "01", "012", "012" };
    for (size_t i = 0; i < G_N_ELEMENTS(wanted); i++) {
        g_assert_true(sandbox_read(sandbox, answer, &error));
        g_assert_cmpstr(answer->str, ==, wanted[i]);
    }
    g_string_truncate(answer, 0);
    g_assert_true(sandbox_read(other, answer, &error));
    g_assert_cmpstr(answer->str, ==, "0");
}

/* What hostile bytes may make a parser do, and what is then said of them. */

static bool
fail_own(void *input, GString *output, GError **error)
{
    g_string_append(output, "half an answer");
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP, "no use (%d %%)", 7);
    return false;
}

static bool
fail_foreign(void *input, GString *output, GError **error)
{
    g_set_error_literal(error, G_FILE_ERROR, G_FILE_ERROR_PERM, "from\nelsewhere\x1B[1m");
    return false;
}

static bool
crash(void *input, GString *output, GError **error)
{
    signal(SIGSEGV, SIG_DFL); /* the sanitizer would report it and exit */
    raise(SIGSEGV);
    return true;
}

static bool
abort_itself(void *input, GString *output, GError **error)
{
    signal(SIGABRT, SIG_DFL);
    abort();
}

static bool
loop(void *input, GString *output, GError **error)
{
    for (volatile bool on = true; on;)
        continue;
    return true;
}

static bool
sleep_on(void *input, GString *output, GError **error)
{
    for (volatile bool on = true; on;)
        g_usleep(G_USEC_PER_SEC);
    return true;
}

static bool
fill_output_and_more(void *input, GString *output, GError **error)
{
    fill_output(input, output, error);
    g_string_append_c(output, 'x');
    return true;
}

static bool
forge_code(void *input, GString *output, GError **error)
{
    static const char forged[] = "-99999999999 forged";
    const guint32 size = sizeof forged - 1;
    (void)!write(3, "-", 1);
    (void)!write(3, &size, sizeof size);
    (void)!write(3, forged, size);
    _exit(0);
}

static bool
forge_parts(void *input, GString *output, GError **error)
{
    (void)!write(3, "garbage", 7);
    _exit(0);
}

static bool
end_halfway(void *input, GString *output, GError **error)
{
    g_string_append(output, "half an answer");
    sandbox_flush(output);
    _exit(0);
}

/* As the kernel does when the machine runs out of memory. */
static bool
be_killed(void *input, GString *output, GError **error)
{
    syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGKILL);
    return true;
}

static bool
exit_silently(void *input, GString *output, GError **error)
{
    _exit(0);
}

/* All that the program answers by a handler of its own. */
static const int asking[] = { SIGTERM, SIGHUP, SIGINT, SIGALRM };

static bool
be_asked_to_end(void *input, GString *output, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(asking); i++)
        syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), asking[i]);
    g_string_append(output, "went on");
    return true;
}

static void
end_at_once(int number)
{
    _exit(75);
}

static void
test_asked_to_end(void)
{
    g_autoptr(GError) error = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(asking); i++)
        signal(asking[i], end_at_once);
    g_autoptr(GBytes) answer = run(be_asked_to_end, &limits, &error);
    for (size_t i = 0; i < G_N_ELEMENTS(asking); i++)
        signal(asking[i], SIG_DFL);
    g_assert_no_error(error);
    g_autofree char *text = answer_text(answer);
    g_assert_cmpstr(text, ==, "went on");
}

typedef struct {
    const char *rule;
    SandboxWork work;
    unsigned wall_seconds; /* 0: as usual */
    DepescheError code;
    const char *message;
} FailureCase;

static const FailureCase failures[] = {
    { "its own error travels", fail_own, 0, DEPESCHE_ERROR_SETUP, "no use (7 %)" },
    { "a foreign error is one of the input, on one line", fail_foreign, 0, DEPESCHE_ERROR_INPUT,
      "from elsewhere[1m" },
    { "a crash is named", crash, 0, DEPESCHE_ERROR_INPUT,
      "cannot be read: the reader died: Segmentation fault" },
    { "an abort is named", abort_itself, 0, DEPESCHE_ERROR_INPUT,
      "cannot be read: the reader died: Aborted" },
    { "who was killed met somebody else", be_killed, 0, DEPESCHE_ERROR_TEMPORARY,
      "cannot be read: the reader died: Killed" },
    { "an endless loop", loop, 0, DEPESCHE_ERROR_INPUT,
      "cannot be read: the reader used too much processor time" },
    { "a sleep", sleep_on, 1, DEPESCHE_ERROR_INPUT, "cannot be read: the reader took too long" },
    { "too much output", fill_output_and_more, 0, DEPESCHE_ERROR_INPUT,
      "cannot be read: the reader gave too much" },
    { "a forged code becomes one there is", forge_code, 0, DEPESCHE_ERROR_INPUT, "forged" },
    { "what is no answer at all", forge_parts, 0, DEPESCHE_ERROR_INPUT,
      "cannot be read: the reader gave an answer that makes no sense" },
    { "half an answer is none", end_halfway, 0, DEPESCHE_ERROR_INPUT,
      "cannot be read: the reader ended without an answer" },
    { "no answer is none", exit_silently, 0, DEPESCHE_ERROR_INPUT,
      "cannot be read: the reader ended without an answer" },
};

static void
test_failure(const void *data)
{
    const FailureCase *test = data;
    SandboxLimits with = limits;
    if (test->wall_seconds > 0)
        with.wall_seconds = test->wall_seconds;
    g_autoptr(GError) error = NULL;
    g_assert_null(run(test->work, &with, &error));
    g_assert_error(error, DEPESCHE_ERROR, (int)test->code);
    g_assert_cmpstr(error->message, ==, test->message);
    g_assert_cmpint(waitpid(-1, NULL, WNOHANG), ==, -1); /* nobody is left behind */
}

static bool
take_memory(void *input, GString *output, GError **error)
{
    const size_t size = 16 * 1024 * 1024;
    for (int i = 0; i < 64; i++) {
        void *block = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (block == MAP_FAILED) {
            g_string_printf(output, "%d", i);
            return true;
        }
    }
    return true;
}

static void
test_memory(void)
{
    if (!LIMITS_MEMORY) {
        g_test_skip("the sanitizer needs all address space");
        return;
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) answer = run(take_memory, &limits, &error);
    g_assert_no_error(error);
    g_autofree char *text = answer_text(answer);
    g_assert_cmpint(atoi(text), >=, 1);
    g_assert_cmpint(atoi(text), <=, 4);
}

/* One line for each door that stands open. */
static void
check(GString *output, const char *door, bool refused)
{
    if (!refused)
        g_string_append_printf(output, "%s\n", door);
}

static bool
try_doors(void *input, GString *output, GError **error)
{
    struct stat facts;
    int ends[2];
    check(output, "open", open("/etc/passwd", O_RDONLY) < 0 && errno == EPERM);
    check(output, "create", open("/tmp/depesche-sandbox", O_CREAT | O_WRONLY, 0600) < 0);
    check(output, "stat", stat("/etc/passwd", &facts) < 0 && errno == EPERM);
    check(output, "unlink", unlink("/nonexistent") < 0 && errno == EPERM);
    check(output, "socket", socket(AF_INET, SOCK_STREAM, 0) < 0 && errno == EPERM);
    check(output, "pipe", pipe(ends) < 0 && errno == EPERM);
    check(output, "exec", execl("/bin/true", "true", NULL) < 0 && errno == EPERM);
    check(output, "kill", kill(getppid(), 0) < 0 && errno == EPERM);
    check(output, "tgkill", syscall(SYS_tgkill, 1, 1, 0) < 0 && errno == EPERM);
    check(output, "clone", syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) < 0 && errno == EPERM);
    check(output, "clone3", syscall(SYS_clone3, NULL, 0) < 0 && errno == EPERM);
    check(output, "unknown call", syscall(1000) < 0 && errno == EPERM);
#if defined(__x86_64__)
    check(output, "x32", syscall(0x40000000 | SYS_getpid) < 0 && errno == EPERM);
#endif
    for (int fd = 0; fd < 64; fd++)
        check(output, "descriptor", fd == 3 || (write(fd, "", 0) < 0 && errno == EBADF));
    return true;
}

static void
test_doors(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) answer = run(try_doors, &limits, &error);
    g_assert_no_error(error);
    g_autofree char *open_doors = answer_text(answer);
    g_assert_cmpstr(open_doors, ==, "");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sandbox/the answer comes back, up to its limit", test_answer);
    g_test_add_func("/sandbox/the answer comes in parts", test_parts);
    for (size_t i = 0; i < G_N_ELEMENTS(failures); i++) {
        g_autofree char *path = g_strdup_printf("/sandbox/failure/%s", failures[i].rule);
        g_test_add_data_func(path, &failures[i], test_failure);
    }
    g_test_add_func("/sandbox/memory has an end", test_memory);
    g_test_add_func("/sandbox/who is asked to end goes on", test_asked_to_end);
    g_test_add_func("/sandbox/no file, socket, process or descriptor", test_doors);
    return g_test_run();
}
