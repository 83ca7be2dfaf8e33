#include "base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/error.h"

struct Lock {
    int fd;
};

static void
say_holder(int fd, const char *path, GError **error)
{
    char holder[32] = "";
    ssize_t size = pread(fd, holder, sizeof holder - 1, 0);
    holder[MAX(size, 0)] = '\0';
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_TEMPORARY,
                "another depesche is at work (process %s; lock file \"%s\")",
                *holder != '\0' ? g_strstrip(holder) : "unknown", path);
}

Lock *
lock_take(const char *path, GError **error)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP, "cannot open lock file \"%s\": %s",
                    path, g_strerror(errno));
        return NULL;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK)
            say_holder(fd, path, error);
        else
            g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP, "cannot lock \"%s\": %s", path,
                        g_strerror(errno));
        close(fd);
        return NULL;
    }
    /* For the message of whoever comes second; the lock does not depend on it. */
    if (ftruncate(fd, 0) == 0)
        dprintf(fd, "%ld\n", (long)getpid());
    Lock *lock = g_new0(Lock, 1);
    lock->fd = fd;
    return lock;
}

void
lock_free(Lock *lock)
{
    if (lock == NULL)
        return;
    close(lock->fd);
    g_free(lock);
}
