#include "base/nursery.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/sandbox-internal.h"

/* Descriptors that come with each order: the input, and where the answer goes. */
#define FDS 2

struct Nursery {
    pid_t pid;
    int fd;
};

/* What is asked of the nursery. */
typedef struct {
    SandboxLimits limits;
    size_t size; /* of the input */
} Order;

/* The nursery */

typedef struct {
    SandboxWork work;
    NurseryLoad load;
    void *data;
    int fd;
    pid_t parent;
} Place;

/* The next order. False: there will be no more. */
static bool
receive_order(int fd, Order *order, int fds[FDS])
{
    struct iovec part = { order, sizeof *order };
    union {
        struct cmsghdr head;
        char octets[CMSG_SPACE(FDS * sizeof(int))];
    } control;
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
    };
    ssize_t size;
    do
        size = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    while (size < 0 && errno == EINTR);
    const struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    if (size != (ssize_t)sizeof *order || head == NULL ||
        head->cmsg_len != CMSG_LEN(FDS * sizeof(int)))
        return false;
    memcpy(fds, CMSG_DATA(head), FDS * sizeof(int));
    return true;
}

/* A child of the caller's. glibc has no function for that; nothing of what its fork() does besides is
 * missed by a process without threads. */
static pid_t
fork_sibling(void)
{
    return (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, NULL);
}

/* Without a child the pipe is just closed: an answer without a beginning says that there was none. */
static void
fill_order(const Place *place, const Order *order, int input_fd, int answer_fd)
{
    void *input = order->size == 0
                      ? NULL
                      : mmap(NULL, order->size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, input_fd, 0);
    if (input == MAP_FAILED)
        return;
    g_autoptr(GBytes) bytes = g_bytes_new_static(input, order->size);
    place->load(place->data, bytes);
    if (fork_sibling() == 0)
        sandbox_run_child(place->work, bytes, &order->limits, answer_fd, place->parent, true);
    if (input != NULL)
        munmap(input, order->size);
}

static void G_GNUC_NORETURN
nursery_run(const Place *place)
{
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != place->parent)
        _exit(1);
    if (place->fd > STDERR_FILENO + 1)
        syscall(SYS_close_range, STDERR_FILENO + 1u, (unsigned)place->fd - 1u, 0u);
    syscall(SYS_close_range, (unsigned)place->fd + 1u, ~0u, 0u);
    Order order;
    int fds[FDS];
    while (receive_order(place->fd, &order, fds)) {
        fill_order(place, &order, fds[0], fds[1]);
        for (size_t i = 0; i < FDS; i++)
            close(fds[i]);
    }
    _exit(0);
}

/* The caller */

static void
set_error(const char *what, GError **error)
{
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_TEMPORARY, "cannot %s: %s", what,
                g_strerror(errno));
}

Nursery *
nursery_open(SandboxWork work, NurseryLoad load, void *data, GError **error)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        set_error("make a socket", error);
        return NULL;
    }
    const Place place = { work, load, data, ends[1], getpid() };
    pid_t pid = fork();
    if (pid == 0)
        nursery_run(&place);
    close(ends[1]);
    if (pid < 0) {
        set_error("start a process", error);
        close(ends[0]);
        return NULL;
    }
    Nursery *nursery = g_new0(Nursery, 1);
    nursery->pid = pid;
    nursery->fd = ends[0];
    return nursery;
}

void
nursery_close(Nursery *nursery)
{
    if (nursery == NULL)
        return;
    close(nursery->fd);
    while (waitpid(nursery->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    g_free(nursery);
}

static bool
write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(fd, bytes, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes += written;
        size -= (size_t)written;
    }
    return true;
}

/* A file in memory with all PARTS, whose sizes are added to *SIZE; -1 with errno when there can be none. */
static int
make_file(const struct iovec *parts, size_t count, size_t *size)
{
    int fd = memfd_create("input", MFD_CLOEXEC);
    for (size_t i = 0; fd >= 0 && i < count; i++) {
        *size += parts[i].iov_len;
        if (write_all(fd, parts[i].iov_base, parts[i].iov_len))
            continue;
        close(fd);
        return -1;
    }
    return fd;
}

static bool
send_order(int fd, Order *order, const int fds[FDS])
{
    struct iovec part = { order, sizeof *order };
    union {
        struct cmsghdr head;
        char octets[CMSG_SPACE(FDS * sizeof(int))];
    } control = { .octets = { 0 } };
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
    };
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(FDS * sizeof(int));
    memcpy(CMSG_DATA(head), fds, FDS * sizeof(int));
    ssize_t size;
    do
        size = sendmsg(fd, &message, MSG_NOSIGNAL);
    while (size < 0 && errno == EINTR);
    return size == (ssize_t)sizeof *order;
}

Sandbox *
nursery_start(Nursery *nursery, const struct iovec *parts, size_t count,
              const SandboxLimits *limits, GError **error)
{
    Order order = { .limits = *limits };
    int input_fd = make_file(parts, count, &order.size);
    if (input_fd < 0) {
        set_error("make a file in memory", error);
        return NULL;
    }
    int ends[2];
    if (!sandbox_make_pipe(ends, error)) {
        close(input_fd);
        return NULL;
    }
    bool sent = send_order(nursery->fd, &order, (const int[FDS]){ input_fd, ends[1] });
    if (!sent)
        set_error("start a process", error);
    close(input_fd);
    close(ends[1]);
    if (sent)
        return sandbox_new(0, ends[0], limits);
    close(ends[0]);
    return NULL;
}
