#include "base/sandbox-internal.h"

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
#include <sys/uio.h>
#include <sys/wait.h>
#include <sysexits.h>
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

/* What comes through the pipe: parts, each with a head of a sign and its size (four octets, as the
 * machine has them). The last one is an end without an error or an error as "CODE MESSAGE". */
#define PART_DATA  '+'
#define PART_END   '.'
#define PART_ERROR '-'
#define HEAD_SIZE  (1 + sizeof(guint32))

#define ANSWER_FD 3
/* As much as the system lets anybody have: the child goes on while the parent works. */
#define PIPE_SIZE (1024 * 1024)

/* Characters of a message that are believed of a child that hostile bytes may have taken over. */
#define MESSAGE_MAX 400
/* Octets of one from there. */
#define ERROR_MAX 4096u

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

/* Whoever started the program may have had signals blocked or ignored, and the program has its own ways with some;
 * the parent tells by them how the child ended. Who asks the program to end means the parent, with which the
 * child dies: the parent's handlers would make no sense of it here. */
static void
hear_the_right_signals(void)
{
    static const int telling[] = { SIGXCPU, SIGTRAP, SIGABRT };
    static const int asking[] = { SIGTERM, SIGHUP, SIGINT, SIGALRM, SIGPIPE };
    for (size_t i = 0; i < G_N_ELEMENTS(telling); i++)
        signal(telling[i], SIG_DFL);
    for (size_t i = 0; i < G_N_ELEMENTS(asking); i++)
        signal(asking[i], SIG_IGN);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Keeps nothing of the parent's open but the pipe, and dies with the parent. */
static bool
leave_the_parent(int fd, pid_t parent)
{
    hear_the_right_signals();
    prctl(PR_SET_DUMPABLE, 0);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
        return false;
    return dup2(fd, ANSWER_FD) == ANSWER_FD &&
           syscall(SYS_close_range, 0u, ANSWER_FD - 1u, 0u) == 0 &&
           syscall(SYS_close_range, ANSWER_FD + 1u, ~0u, 0u) == 0;
}

/* At once, or the parent would be woken for the head alone. */
static void
write_part(char sign, const char *bytes, size_t size)
{
    char head[HEAD_SIZE] = { sign };
    guint32 octets = (guint32)size;
    memcpy(head + 1, &octets, sizeof octets);
    for (size_t done = 0; done < sizeof head + size;) {
        size_t of_head = MIN(done, sizeof head);
        size_t of_bytes = done - of_head;
        const struct iovec left[] = {
            { head + of_head, sizeof head - of_head },
            { (char *)bytes + of_bytes, size - of_bytes },
        };
        ssize_t written = writev(ANSWER_FD, left, G_N_ELEMENTS(left));
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return; /* the parent has given up on us */
        done += (size_t)written;
    }
}

void
sandbox_flush(GString *output)
{
    if (output->len > 0)
        write_part(PART_DATA, output->str, output->len);
    g_string_truncate(output, 0);
}

void
sandbox_run_child(SandboxWork work, void *input, const SandboxLimits *limits, int fd, pid_t parent,
                  bool tell_pid)
{
    if (!leave_the_parent(fd, parent))
        _exit(EX_TEMPFAIL);
    pid_t pid = getpid();
    if (tell_pid && write(ANSWER_FD, &pid, sizeof pid) != sizeof pid)
        _exit(EX_TEMPFAIL);
    limit_resources(limits);
    if (!close_the_doors())
        _exit(EX_TEMPFAIL);

    GString *output = g_string_new(NULL);
    GError *error = NULL;
    if (work(input, output, &error)) {
        sandbox_flush(output);
        write_part(PART_END, "", 0);
    } else {
        int code = error->domain == DEPESCHE_ERROR ? error->code : DEPESCHE_ERROR_INPUT;
        g_string_printf(output, "%d %s", code, error->message);
        write_part(PART_ERROR, output->str, MIN(output->len, ERROR_MAX));
    }
    _exit(0);
}

/* The parent */

struct Sandbox {
    pid_t pid;       /* 0: has ended */
    bool is_unnamed; /* its pid is the first that it will say */
    int fd;
    int64_t deadline; /* 0: nobody waits yet */
    const SandboxLimits *limits;
    size_t taken; /* octets of the answer so far */
};

/* Exactly SIZE octets. False: *WHY says what the child did, or is left alone when it has ended. */
static bool
read_exactly(Sandbox *sandbox, char *to, size_t size, const char **why)
{
    while (size > 0) {
        int64_t left = sandbox->deadline - g_get_monotonic_time();
        struct pollfd poller = { .fd = sandbox->fd, .events = POLLIN };
        int ready = left <= 0 ? 0 : poll(&poller, 1, (int)(left / 1000) + 1);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0) {
            *why = "took too long";
            return false;
        }
        ssize_t part = read(sandbox->fd, to, size);
        if (part < 0 && errno == EINTR)
            continue;
        if (part <= 0)
            return false;
        to += part;
        size -= (size_t)part;
    }
    return true;
}

static void
begin_to_wait(Sandbox *sandbox)
{
    if (sandbox->deadline == 0)
        sandbox->deadline =
            g_get_monotonic_time() + (int64_t)sandbox->limits->wall_seconds * G_USEC_PER_SEC;
}

/* Waits for the pid of a child that has not said it yet. It does so before it has seen any of its input.
 * False: there is no child. */
static bool
learn_pid(Sandbox *sandbox)
{
    pid_t pid;
    const char *why = NULL;
    if (!sandbox->is_unnamed)
        return sandbox->pid != 0;
    begin_to_wait(sandbox);
    sandbox->is_unnamed = false;
    if (read_exactly(sandbox, (char *)&pid, sizeof pid, &why))
        sandbox->pid = pid;
    return sandbox->pid != 0;
}

/* Waits for the end of a child, which is never one that lives. One that is ending by itself keeps its
 * own exit status. */
static int
end_child(Sandbox *sandbox)
{
    int status = 0;
    if (!learn_pid(sandbox))
        return status;
    kill(sandbox->pid, SIGKILL);
    while (waitpid(sandbox->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    sandbox->pid = 0;
    return status;
}

void
sandbox_take_error(int64_t code, const char *message, GError **error)
{
    g_autofree char *text = text_repair(message, strlen(message));
    if (code < DEPESCHE_ERROR_TEMPORARY || code > DEPESCHE_ERROR_USAGE)
        code = DEPESCHE_ERROR_INPUT;
    g_autofree char *line = text_single_line(text);
    g_autofree char *cut = text_truncate(line, MESSAGE_MAX);
    g_set_error_literal(error, DEPESCHE_ERROR, (int)code, cut);
}

/* The child's own error, "CODE MESSAGE". */
static void
take_error(const GString *part, GError **error)
{
    char *message = part->str;
    int64_t code = g_ascii_strtoll(part->str, &message, 10);
    sandbox_take_error(code, message, error);
}

/* For a child that did not come to the end of its answer. WHY is what the parent found; else the
 * kernel says how it ended. No limit of ours kills, so who was killed met somebody else: the one who looks
 * for memory when there is none left, an impatient operator. The next try may get further. */
static void
set_end_error(Sandbox *sandbox, const char *why, GError **error)
{
    int status = end_child(sandbox);
    int ended_by = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    /* It could not be shut in, or its parent's way to end was still its own. */
    bool has_not_begun = WIFEXITED(status) && WEXITSTATUS(status) == EX_TEMPFAIL;
    bool is_temporary = why == NULL && (ended_by == SIGKILL || has_not_begun);
    g_autofree char *death = g_strdup_printf("died: %s", g_strsignal(ended_by));
    if (why == NULL && ended_by == SIGXCPU)
        why = "used too much processor time";
    else if (why == NULL && ended_by == SIGTRAP) /* so GLib ends a program that gets no memory */
        why = "needed too much memory";
    else if (why == NULL && ended_by != 0)
        why = death;
    else if (why == NULL)
        why = "ended without an answer";
    g_set_error(error, DEPESCHE_ERROR,
                is_temporary ? DEPESCHE_ERROR_TEMPORARY : DEPESCHE_ERROR_INPUT,
                "cannot be read: the reader %s", why);
}

bool
sandbox_make_pipe(int ends[2], GError **error)
{
    if (pipe2(ends, O_CLOEXEC) != 0) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_TEMPORARY, "cannot make a pipe: %s",
                    g_strerror(errno));
        return false;
    }
    fcntl(ends[1], F_SETPIPE_SZ, PIPE_SIZE);
    return true;
}

Sandbox *
sandbox_new(pid_t pid, int fd, const SandboxLimits *limits)
{
    Sandbox *sandbox = g_new0(Sandbox, 1);
    sandbox->pid = pid;
    sandbox->is_unnamed = pid == 0;
    sandbox->fd = fd;
    sandbox->limits = limits;
    return sandbox;
}

Sandbox *
sandbox_start(SandboxWork work, void *input, const SandboxLimits *limits, GError **error)
{
    int ends[2];
    if (!sandbox_make_pipe(ends, error))
        return NULL;
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
        sandbox_run_child(work, input, limits, ends[1], parent, false);
    close(ends[1]);
    return sandbox_new(pid, ends[0], limits);
}

void
sandbox_free(Sandbox *sandbox)
{
    if (sandbox == NULL)
        return;
    end_child(sandbox);
    close(sandbox->fd);
    g_free(sandbox);
}

/* The head of the next part: SIZE is what may be read of it. */
static bool
read_head(Sandbox *sandbox, char *sign, guint32 *size, const char **why)
{
    char head[HEAD_SIZE];
    if (!read_exactly(sandbox, head, sizeof head, why))
        return false;
    *sign = head[0];
    memcpy(size, head + 1, sizeof *size);
    if (*sign == PART_END)
        return true;
    if (*sign == PART_ERROR) {
        *size = MIN(*size, ERROR_MAX);
        return true;
    }
    if (*sign == PART_DATA && *size <= sandbox->limits->output_max - sandbox->taken)
        return true;
    *why = *sign == PART_DATA ? "gave too much" : "gave an answer that makes no sense";
    return false;
}

static bool
has_input(const Sandbox *sandbox)
{
    struct pollfd poller = { .fd = sandbox->fd, .events = POLLIN };
    return poll(&poller, 1, 0) > 0;
}

bool
sandbox_is_ready(Sandbox *sandbox)
{
    begin_to_wait(sandbox);
    if (!has_input(sandbox))
        return g_get_monotonic_time() >= sandbox->deadline;
    if (!sandbox->is_unnamed)
        return true;
    return !learn_pid(sandbox) || has_input(sandbox);
}

int
sandbox_fd(const Sandbox *sandbox)
{
    return sandbox->fd;
}

bool
sandbox_read(Sandbox *sandbox, GString *answer, GError **error)
{
    const char *why = NULL;
    char sign;
    guint32 size;
    if (!learn_pid(sandbox)) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_TEMPORARY, "cannot start a process");
        return false;
    }
    begin_to_wait(sandbox);
    if (!read_head(sandbox, &sign, &size, &why)) {
        set_end_error(sandbox, why, error);
        return false;
    }
    if (sign == PART_END)
        return true;
    g_autoptr(GString) message = g_string_new(NULL);
    GString *to = sign == PART_ERROR ? message : answer;
    size_t before = to->len;
    g_string_set_size(to, before + size);
    if (!read_exactly(sandbox, to->str + before, size, &why)) {
        g_string_truncate(to, before);
        set_end_error(sandbox, why, error);
        return false;
    }
    sandbox->taken += size;
    if (sign == PART_ERROR)
        take_error(message, error);
    return sign == PART_DATA;
}

GBytes *
sandbox_run(SandboxWork work, void *input, const SandboxLimits *limits, GError **error)
{
    g_autoptr(Sandbox) sandbox = sandbox_start(work, input, limits, error);
    g_autoptr(GString) answer = g_string_new(NULL);
    if (sandbox == NULL)
        return NULL;
    for (;;) {
        size_t before = answer->len;
        if (!sandbox_read(sandbox, answer, error))
            return NULL;
        if (answer->len == before)
            return g_string_free_to_bytes(g_steal_pointer(&answer));
    }
}
