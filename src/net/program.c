#include "net/program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"

/* Of what it says on stderr: the end is kept, where a traceback has its reason. */
#define COMPLAINT_BYTES_MAX 4096u
#define COMPLAINT_MAX       300u /* characters of a line that is shown */

struct Program {
    char *name;
    GPid pid; /* also its group's; 0: reaped */
    int exit_fd;
    int out_fd;
    int error_fd;
    int64_t deadline; /* of g_get_monotonic_time() */
    int64_t pumped_at;
    int seconds;
    size_t bytes_max;
    GByteArray *output;
    GString *complaint;
    bool is_held; /* it has more to say than there is room for */
    bool is_late;
    bool is_too_large;
    int status; /* of waitpid(), once it is reaped */
};

/* Starting */

/* Between fork and exec, so nothing here may take memory. We block SIGPIPE, and a program expects
 * that writing to a pipe nobody reads ends it. */
static void
child_set_up(void *data)
{
    sigset_t none;
    setpgid(0, 0);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static char **
command_words(const char *command, GError **error)
{
    g_autoptr(GError) problem = NULL;
    char **words = NULL;
    if (!g_shell_parse_argv(command, NULL, &words, &problem)) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "no command: \"%s\" (%s)", command,
                    problem->message);
        return NULL;
    }
    if (g_str_has_prefix(words[0], "~/")) {
        char *path = g_build_filename(g_get_home_dir(), words[0] + 2, NULL);
        g_free(words[0]);
        words[0] = path;
    }
    return words;
}

static void
do_not_block(int fd)
{
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/* A file without a name that holds INPUT: a program may read it, or not, at its own pace. Returns its
 * descriptor, or -1 with errno. */
static int
input_file(GBytes *input)
{
    size_t left;
    const char *at = g_bytes_get_data(input, &left);
    FILE *file = tmpfile();
    if (file == NULL)
        return -1;
    bool is_written = fwrite(at, 1, left, file) == left && fflush(file) == 0;
    int fd = is_written ? dup(fileno(file)) : -1;
    fclose(file);
    if (fd >= 0)
        lseek(fd, 0, SEEK_SET);
    return fd;
}

static void
close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* Runs WORDS; the program has INPUT (-1: nothing) as its standard input. */
static bool
spawn(Program *program, char **words, const char *directory, int input, GError **error)
{
    g_autoptr(GError) problem = NULL;
    if (!g_spawn_async_with_pipes_and_fds(
            directory, (const char *const *)words, NULL,
            G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD, child_set_up, NULL, input, -1, -1,
            NULL, NULL, 0, &program->pid, NULL, &program->out_fd, &program->error_fd, &problem)) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "cannot run \"%s\": %s", words[0],
                    problem->message);
        return false;
    }
    do_not_block(program->out_fd);
    do_not_block(program->error_fd);
    program->exit_fd = pidfd_open(program->pid, 0);
    if (program->exit_fd >= 0)
        return true;
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "cannot watch \"%s\": %s", words[0],
                g_strerror(errno));
    return false;
}

Program *
program_start(const char *command, GBytes *input, const ProgramLimits *limits, GError **error)
{
    g_auto(GStrv) words = command_words(command, error);
    if (words == NULL)
        return NULL;
    g_autoptr(Program) program = g_new0(Program, 1);
    *program = (Program){ .name = g_path_get_basename(words[0]),
                          .exit_fd = -1,
                          .out_fd = -1,
                          .error_fd = -1,
                          .deadline = g_get_monotonic_time() + limits->seconds * G_USEC_PER_SEC,
                          .seconds = limits->seconds,
                          .bytes_max = limits->bytes_max,
                          .output = g_byte_array_new(),
                          .complaint = g_string_new(NULL) };
    int file = input != NULL ? input_file(input) : -1;
    if (input != NULL && file < 0) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "no input for \"%s\": %s",
                    words[0], g_strerror(errno));
        return NULL;
    }
    bool is_running = spawn(program, words, limits->directory, file, error);
    close_fd(&file);
    return is_running ? g_steal_pointer(&program) : NULL;
}

/* Ending */

/* The group goes before its leader is reaped: until then nobody else can have its number. */
static void
program_end(Program *program)
{
    if (program->pid == 0)
        return;
    kill(-program->pid, SIGKILL);
    while (waitpid(program->pid, &program->status, 0) < 0 && errno == EINTR)
        continue;
    program->pid = 0;
}

void
program_free(Program *program)
{
    if (program == NULL)
        return;
    program_end(program);
    close_fd(&program->exit_fd);
    close_fd(&program->out_fd);
    close_fd(&program->error_fd);
    g_clear_pointer(&program->output, g_byte_array_unref);
    g_string_free(program->complaint, TRUE);
    g_free(program->name);
    g_free(program);
}

/* Running */

/* Nothing happens to one that is held, or has ended. */
static bool
is_waited_for(const Program *program)
{
    return !program->is_held && program->pid != 0;
}

void
program_fds(const Program *program, int fds[PROGRAM_FDS])
{
    const int all[PROGRAM_FDS] = { program->exit_fd, program->out_fd, program->error_fd };
    for (size_t i = 0; i < PROGRAM_FDS; i++)
        fds[i] = is_waited_for(program) ? all[i] : -1;
}

int
program_milliseconds(const Program *program)
{
    int64_t left = program->deadline - g_get_monotonic_time();
    if (!is_waited_for(program))
        return INT_MAX;
    return left <= 0 ? 0 : (int)MIN(left / 1000 + 1, INT_MAX);
}

size_t
program_size(const Program *program)
{
    return program->output->len;
}

static void
program_take_bytes(Program *program, const uint8_t *bytes, size_t size)
{
    g_byte_array_append(program->output, bytes, (guint)size);
}

static void
program_take_complaint(Program *program, const uint8_t *bytes, size_t size)
{
    g_string_append_len(program->complaint, (const char *)bytes, (gssize)size);
    if (program->complaint->len > COMPLAINT_BYTES_MAX)
        g_string_erase(program->complaint, 0,
                       (gssize)(program->complaint->len - COMPLAINT_BYTES_MAX));
}

/* Reads *FD to its present end, at most MAX octets. A writer that never stops must not keep us from
 * looking at the clock, so there is an end to it. */
static void
program_drain(Program *program, int *fd, size_t max,
              void (*take)(Program *, const uint8_t *, size_t))
{
    enum { READS_MAX = 64 };
    uint8_t block[16384];
    for (int i = 0; i < READS_MAX && *fd >= 0 && max > 0; i++) {
        ssize_t size = read(*fd, block, MIN(sizeof block, max));
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0 && errno == EAGAIN)
            return;
        if (size <= 0) {
            close_fd(fd);
            return;
        }
        take(program, block, (size_t)size);
        max -= (size_t)size;
    }
}

/* Whether there is something to read. What has come to its end is closed, lest it be polled. */
static bool
has_something(int *fd)
{
    struct pollfd watch = { .fd = *fd, .events = POLLIN };
    if (poll(&watch, 1, 0) <= 0)
        return false;
    if ((watch.revents & POLLIN) != 0)
        return true;
    close_fd(fd);
    return false;
}

/* The time in which it was held is not its own. */
static void
count_time(Program *program)
{
    int64_t now = g_get_monotonic_time();
    if (program->is_held)
        program->deadline += now - program->pumped_at;
    program->pumped_at = now;
}

bool
program_pump(Program *program, size_t room)
{
    if (program->pid == 0)
        return true;
    count_time(program);
    bool exited =
        has_something(&program->exit_fd); /* before reading: what it wrote last is there */
    program_drain(program, &program->out_fd, room - program->output->len, program_take_bytes);
    program_drain(program, &program->error_fd, SIZE_MAX, program_take_complaint);
    bool has_more = has_something(&program->out_fd);
    bool is_full = program->output->len == room && has_more;
    /* A child of its own may keep the pipe open for ever; that is not what we wait for. */
    bool is_over = exited && !has_more;
    program->is_too_large = is_full && room == program->bytes_max;
    program->is_held = is_full && room < program->bytes_max;
    program->is_late = !is_over && !program->is_held && program->pumped_at >= program->deadline;
    if (!is_over && !program->is_late && !program->is_too_large)
        return false;
    program_end(program);
    return true;
}

bool
program_is_held(const Program *program)
{
    return program->is_held;
}

/* What came of it */

/* The last line it said on stderr, as ": LINE"; "" when it said nothing. */
static char *
last_complaint(const Program *program)
{
    g_autofree char *text = text_repair(program->complaint->str, program->complaint->len);
    g_strchomp(text);
    const char *last = strrchr(text, '\n');
    g_autofree char *line = text_single_line(last != NULL ? last : text);
    g_autofree char *cut = text_truncate(line, COMPLAINT_MAX);
    return *cut == '\0' ? g_strdup("") : g_strconcat(": ", cut, NULL);
}

static char *
program_fault(const Program *program)
{
    if (program->is_late)
        return g_strdup_printf("did not end within %d s", program->seconds);
    if (program->is_too_large)
        return g_strdup_printf("printed more than %zu MB", program->bytes_max / (1024 * 1024));
    if (WIFSIGNALED(program->status))
        return g_strdup_printf("was ended by a signal (%s)",
                               g_strsignal(WTERMSIG(program->status)));
    return g_strdup_printf("ended with status %d", WEXITSTATUS(program->status));
}

GBytes *
program_take_output(Program *program, GError **error)
{
    if (!program->is_late && !program->is_too_large && WIFEXITED(program->status) &&
        WEXITSTATUS(program->status) == 0)
        return g_byte_array_free_to_bytes(g_steal_pointer(&program->output));
    g_autofree char *fault = program_fault(program);
    g_autofree char *complaint = last_complaint(program);
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "\"%s\" %s%s", program->name, fault,
                complaint);
    return NULL;
}
