#include "base/sandbox.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"

/* The sanitizers map terabytes of address space, so it cannot be limited under them. */
#if defined(__SANITIZE_ADDRESS__)
#define SANDBOX_LIMITS_MEMORY 0
#else
#define SANDBOX_LIMITS_MEMORY 1
#endif

/* What the child says first: its answer follows, or an error as "CODE MESSAGE". */
#define ANSWER_GOOD '+'
#define ANSWER_BAD  '-'

#if defined(__x86_64__)
#define SANDBOX_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define SANDBOX_ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

/* The child */

static void
limit(int resource, rlim_t most)
{
    struct rlimit now;
    getrlimit(resource, &now);
    now.rlim_max = MIN(now.rlim_max, most);
    now.rlim_cur = now.rlim_max;
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
    if (SANDBOX_LIMITS_MEMORY)
        limit(RLIMIT_AS, mapped_memory() + limits->memory);
    limit(RLIMIT_CPU, limits->cpu_seconds);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, 0);
    limit(RLIMIT_NPROC, 0);
}

#ifdef SANDBOX_ARCHITECTURE
/* The kernel answers EPERM to everything that reaches beyond the process. A list of what is
 * refused, not of what is allowed: libc, iconv and the sanitizers differ in what they need, and
 * what matters is that no file, socket or process can be reached. */
static const int refused_calls[] = {
    SYS_openat,     SYS_openat2,   SYS_execve,   SYS_execveat,       SYS_socket,
    SYS_socketpair, SYS_connect,   SYS_bind,     SYS_listen,         SYS_sendto,
    SYS_sendmsg,    SYS_ptrace,    SYS_unlinkat, SYS_renameat2,      SYS_linkat,
    SYS_symlinkat,  SYS_mkdirat,   SYS_mount,    SYS_fchmodat,       SYS_fchownat,
    SYS_kill,       SYS_tkill,     SYS_bpf,      SYS_io_uring_setup, SYS_process_vm_writev,
    SYS_truncate,   SYS_setrlimit, SYS_keyctl,   SYS_memfd_create,
#ifdef SYS_open /* calls that newer architectures never had */
    SYS_open,       SYS_creat,     SYS_fork,     SYS_vfork,          SYS_unlink,
    SYS_rename,     SYS_link,      SYS_symlink,  SYS_mkdir,          SYS_rmdir,
    SYS_chmod,      SYS_chown,
#endif
};

static bool
close_the_doors(void)
{
    enum { COUNT = G_N_ELEMENTS(refused_calls) };
    struct sock_filter filter[COUNT + 6];
    size_t n = 0;
    filter[n++] =
        (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
    filter[n++] =
        (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SANDBOX_ARCHITECTURE, 1, 0);
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    filter[n++] =
        (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < COUNT; i++)
        filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, refused_calls[i],
                                                   (unsigned char)(COUNT - i), 0);
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
    struct sock_fprog program = { .len = (unsigned short)n, .filter = filter };
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}
#else
static bool
close_the_doors(void)
{
    return true; /* an architecture whose calls we do not know: the limits must do */
}
#endif

static void
write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(fd, bytes, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return; /* the parent has given up on us */
        bytes += written;
        size -= (size_t)written;
    }
}

static void G_GNUC_NORETURN
child(SandboxWork work, GBytes *input, const SandboxLimits *limits, int fd)
{
    GString *output = g_string_new(NULL);
    GError *error = NULL;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_DUMPABLE, 0);
    signal(SIGPIPE, SIG_IGN);
    dup2(fd, 3);
    syscall(SYS_close_range, 4u, ~0u, 0u);
    limit_resources(limits);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !close_the_doors())
        _exit(1);

    bool good = work(input, output, &error);
    char sign = good ? ANSWER_GOOD : ANSWER_BAD;
    if (!good)
        g_string_printf(output, "%d %s",
                        error->domain == DEPESCHE_ERROR ? error->code : DEPESCHE_ERROR_INPUT,
                        error->message);
    write_all(3, &sign, 1);
    write_all(3, output->str, output->len);
    _exit(0);
}

/* The parent */

/* What the child writes, until it ends, is late, or writes too much. NULL: *WHY says which. */
static GByteArray *
read_answer(int fd, const SandboxLimits *limits, const char **why)
{
    g_autoptr(GByteArray) answer = g_byte_array_new();
    gint64 deadline = g_get_monotonic_time() + (gint64)limits->wall_seconds * G_USEC_PER_SEC;
    for (;;) {
        guint8 block[16384];
        gint64 left = deadline - g_get_monotonic_time();
        struct pollfd poller = { .fd = fd, .events = POLLIN };
        int ready = left <= 0 ? 0 : poll(&poller, 1, (int)(left / 1000) + 1);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0) {
            *why = "took too long";
            return NULL;
        }
        ssize_t size = read(fd, block, sizeof block);
        if (size <= 0)
            return g_steal_pointer(&answer);
        g_byte_array_append(answer, block, (guint)size);
        if (answer->len > limits->output_max + 1) {
            *why = "gave too much";
            return NULL;
        }
    }
}

/* The child's own error, "CODE MESSAGE". */
static void
take_error(const GByteArray *answer, GError **error)
{
    g_autofree char *text = g_strndup((const char *)answer->data + 1, answer->len - 1);
    char *message = NULL;
    int code = (int)g_ascii_strtoll(text, &message, 10);
    g_set_error_literal(error, DEPESCHE_ERROR, code, g_strstrip(message));
}

static GBytes *
take_answer(GByteArray *answer, const char *why, int status, GError **error)
{
    if (answer != NULL && answer->len > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        if (answer->data[0] == ANSWER_GOOD)
            return g_bytes_new(answer->data + 1, answer->len - 1);
        take_error(answer, error);
        return NULL;
    }
    if (why == NULL)
        why = !WIFSIGNALED(status)          ? "ended without an answer"
              : WTERMSIG(status) == SIGXCPU ? "took too much computing"
                                            : strsignal(WTERMSIG(status));
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "cannot be read: the reader %s%s",
                WIFSIGNALED(status) && answer != NULL ? "died: " : "", why);
    return NULL;
}

GBytes *
sandbox_run(SandboxWork work, GBytes *input, const SandboxLimits *limits, GError **error)
{
    int ends[2];
    if (pipe(ends) != 0) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_TEMPORARY, "cannot make a pipe: %s",
                    g_strerror(errno));
        return NULL;
    }
    pid_t pid = fork();
    if (pid < 0) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_TEMPORARY, "cannot start a process: %s",
                    g_strerror(errno));
        close(ends[0]);
        close(ends[1]);
        return NULL;
    }
    if (pid == 0)
        child(work, input, limits, ends[1]);

    close(ends[1]);
    const char *why = NULL;
    g_autoptr(GByteArray) answer = read_answer(ends[0], limits, &why);
    close(ends[0]);
    if (why != NULL)
        kill(pid, SIGKILL);
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return take_answer(answer, why, status, error);
}
