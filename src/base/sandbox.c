#include "base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"

/* The sanitizer maps terabytes of address space, so that cannot be limited under it. */
#ifndef __has_feature /* Clang says it so, GCC with a macro */
#define __has_feature(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define SANDBOX_LIMITS_MEMORY 0
#else
#define SANDBOX_LIMITS_MEMORY 1
#endif

/* The answer's first byte: what WORK appended follows, or an error as "CODE MESSAGE". */
#define ANSWER_GOOD '+'
#define ANSWER_BAD  '-'
#define ANSWER_FD   3

/* Characters of a message that are believed of a child that hostile bytes may have taken over. */
#define MESSAGE_MAX 400

#if defined(__x86_64__)
#define SANDBOX_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define SANDBOX_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "sandbox.c: name this architecture's AUDIT_ARCH constant"
#endif

/* The child */

static void
limit(int resource, rlim_t soft, rlim_t hard)
{
    struct rlimit now;
    getrlimit(resource, &now);
    now.rlim_max = MIN(now.rlim_max, hard);
    now.rlim_cur = MIN(now.rlim_max, soft);
    setrlimit(resource, &now);
}

/* What the program has mapped at the fork, in bytes: the limit on memory counts from there. */
static rlim_t
mapped_memory(void)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents("/proc/self/statm", &text, NULL, NULL))
        return 0;
    return (rlim_t)g_ascii_strtoull(text, NULL, 10) * (rlim_t)sysconf(_SC_PAGESIZE);
}

static void
limit_resources(const SandboxLimits *limits)
{
    if (SANDBOX_LIMITS_MEMORY) {
        rlim_t most = mapped_memory() + limits->memory;
        limit(RLIMIT_AS, most, most);
    }
    /* SIGXCPU at the soft limit tells computing too long from being killed for another reason. */
    limit(RLIMIT_CPU, limits->cpu_seconds, limits->cpu_seconds + 1);
    limit(RLIMIT_CORE, 0, 0);
    limit(RLIMIT_FSIZE, 0, 0);
    limit(RLIMIT_NPROC, 0, 0);
    limit(RLIMIT_NOFILE, ANSWER_FD + 1, ANSWER_FD + 1);
}

/* All that a parser needs: memory, the pipe that is open, time, chance and its end. A list of what
 * is allowed, since a list of what is refused misses the call that the next kernel brings. */
static const unsigned allowed_calls[] = {
    SYS_read,          SYS_write,        SYS_writev,          SYS_mmap,         SYS_munmap,
    SYS_mremap,        SYS_mprotect,     SYS_madvise,         SYS_brk,          SYS_futex,
    SYS_clock_gettime, SYS_gettimeofday, SYS_clock_nanosleep, SYS_nanosleep,    SYS_sched_yield,
    SYS_getrandom,     SYS_getpid,       SYS_gettid,          SYS_rt_sigaction, SYS_rt_sigprocmask,
    SYS_rt_sigreturn,  SYS_sigaltstack,  SYS_restart_syscall, SYS_exit,         SYS_exit_group,
#ifdef SYS_time /* a call that newer architectures never had */
    SYS_time,
#endif
};

/* Refuses every other call with EPERM. Jumps count from the next statement. A call of the x32 table
 * (bit 30 set) is in no list. tgkill is how abort() ends, so it may be aimed at oneself. */
static bool
close_the_doors(void)
{
    enum { COUNT = G_N_ELEMENTS(allowed_calls) };
    struct sock_filter filter[COUNT + 9] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SANDBOX_ARCHITECTURE, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    };
    size_t n = 4;
    for (size_t i = 0; i < COUNT; i++)
        filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, allowed_calls[i],
                                                   (unsigned char)(COUNT - i + 3), 0);
    const struct sock_filter rest[] = {
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_tgkill, 0, 2),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)getpid(), 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    memcpy(filter + n, rest, sizeof rest);
    n += G_N_ELEMENTS(rest);
    struct sock_fprog program = { .len = (unsigned short)n, .filter = filter };
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* Keeps nothing of the parent's open but the pipe, and dies with the parent. */
static bool
leave_the_parent(int fd, pid_t parent)
{
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_DUMPABLE, 0);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
        return false;
    return dup2(fd, ANSWER_FD) == ANSWER_FD &&
           syscall(SYS_close_range, 0u, ANSWER_FD - 1u, 0u) == 0 &&
           syscall(SYS_close_range, ANSWER_FD + 1u, ~0u, 0u) == 0;
}

static void
write_all(const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(ANSWER_FD, bytes, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return; /* the parent has given up on us */
        bytes += written;
        size -= (size_t)written;
    }
}

static void G_GNUC_NORETURN
child_run(SandboxWork work, GBytes *input, const SandboxLimits *limits, int fd, pid_t parent)
{
    if (!leave_the_parent(fd, parent))
        _exit(1);
    limit_resources(limits);
    if (!close_the_doors())
        _exit(1);

    GString *output = g_string_new(NULL);
    GError *error = NULL;
    char sign = ANSWER_GOOD;
    if (!work(input, output, &error)) {
        int code = error->domain == DEPESCHE_ERROR ? error->code : DEPESCHE_ERROR_INPUT;
        sign = ANSWER_BAD;
        g_string_printf(output, "%d %s", code, error->message);
    }
    write_all(&sign, 1);
    write_all(output->str, output->len);
    _exit(0);
}

/* The parent */

/* What the child writes, until it ends, is late, or writes too much. NULL: *WHY says which. */
static GByteArray *
read_answer(int fd, const SandboxLimits *limits, const char **why)
{
    g_autoptr(GByteArray) answer = g_byte_array_new();
    int64_t deadline = g_get_monotonic_time() + (int64_t)limits->wall_seconds * G_USEC_PER_SEC;
    for (;;) {
        uint8_t block[16384];
        int64_t left = deadline - g_get_monotonic_time();
        struct pollfd poller = { .fd = fd, .events = POLLIN };
        int ready = left <= 0 ? 0 : poll(&poller, 1, (int)(left / 1000) + 1);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0) {
            *why = "took too long";
            return NULL;
        }
        ssize_t size = read(fd, block, sizeof block);
        if (size < 0 && errno == EINTR)
            continue;
        if (size <= 0)
            return g_steal_pointer(&answer);
        g_byte_array_append(answer, block, (guint)size);
        if (answer->len > limits->output_max + 1) {
            *why = "gave too much";
            return NULL;
        }
    }
}

/* The child's own error, "CODE MESSAGE". A child that was taken over writes what it likes. */
static void
take_error(const GByteArray *answer, GError **error)
{
    g_autofree char *text = text_repair((const char *)answer->data + 1, answer->len - 1);
    char *message = text;
    int64_t code = g_ascii_strtoll(text, &message, 10);
    if (code < DEPESCHE_ERROR_TEMPORARY || code > DEPESCHE_ERROR_USAGE)
        code = DEPESCHE_ERROR_INPUT;
    g_autofree char *line = text_single_line(message);
    g_autofree char *cut = text_truncate(line, MESSAGE_MAX);
    g_set_error_literal(error, DEPESCHE_ERROR, (int)code, cut);
}

/* WHY is what the parent found; STATUS what the kernel says of the child's end. */
static GBytes *
take_answer(const GByteArray *answer, const char *why, int status, GError **error)
{
    bool ended_well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (answer != NULL && answer->len > 0 && ended_well) {
        if (answer->data[0] == ANSWER_GOOD)
            return g_bytes_new(answer->data + 1, answer->len - 1);
        take_error(answer, error);
        return NULL;
    }
    g_autofree char *signal_text = NULL;
    if (why == NULL && WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
        why = "used too much processor time";
    else if (why == NULL && WIFSIGNALED(status))
        why = signal_text = g_strdup_printf("died: %s", g_strsignal(WTERMSIG(status)));
    else if (why == NULL)
        why = "ended without an answer";
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "cannot be read: the reader %s", why);
    return NULL;
}

GBytes *
sandbox_run(SandboxWork work, GBytes *input, const SandboxLimits *limits, GError **error)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_TEMPORARY, "cannot make a pipe: %s",
                    g_strerror(errno));
        return NULL;
    }
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid < 0) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_TEMPORARY, "cannot start a process: %s",
                    g_strerror(errno));
        close(ends[0]);
        close(ends[1]);
        return NULL;
    }
    if (pid == 0)
        child_run(work, input, limits, ends[1], parent);

    close(ends[1]);
    const char *why = NULL;
    g_autoptr(GByteArray) answer = read_answer(ends[0], limits, &why);
    close(ends[0]);
    /* Whatever became of the pipe, we never wait for a child that lives. One that is ending by
     * itself keeps its own exit status. */
    kill(pid, SIGKILL);
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return take_answer(answer, why, status, error);
}
