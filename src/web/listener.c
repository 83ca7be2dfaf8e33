#include "web/listener-internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"

#define BACKLOG 1024
/* The first descriptor of a socket that systemd hands over: sd_listen_fds(3). */
#define SYSTEMD_FD  3
#define UNIX_PREFIX "unix:"

static void
fail(GError **error, const char *listen_on, const char *why)
{
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP, "cannot listen on \"%s\": %s",
                listen_on, why);
}

/* A socket that systemd has opened for us (LISTEN_PID says that it is meant); -1: none. */
static int
take_systemd_socket(void)
{
    const char *pid = g_getenv("LISTEN_PID");
    const char *count = g_getenv("LISTEN_FDS");
    if (pid == NULL || count == NULL || atoi(pid) != getpid() || atoi(count) < 1)
        return -1;
    int flags = fcntl(SYSTEMD_FD, F_GETFL);
    if (flags >= 0) /* systemd leaves it as it was made */
        fcntl(SYSTEMD_FD, F_SETFL, flags | O_NONBLOCK);
    return SYSTEMD_FD;
}

static bool
parse_place(const char *text, struct sockaddr_storage *address, socklen_t *size)
{
    const char *colon = strrchr(text, ':');
    if (colon == NULL)
        return false;
    bool is_six = text[0] == '[' && colon > text && colon[-1] == ']';
    g_autofree char *host = is_six ? g_strndup(text + 1, (gsize)(colon - text - 2))
                                   : g_strndup(text, (gsize)(colon - text));
    guint64 port = 0;
    if (!g_ascii_string_to_unsigned(colon + 1, 10, 0, 65535, &port, NULL))
        return false;
    struct sockaddr_in *four = (struct sockaddr_in *)address;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)address;
    memset(address, 0, sizeof *address);
    if (is_six) {
        six->sin6_family = AF_INET6;
        six->sin6_port = htons((uint16_t)port);
        *size = sizeof *six;
        return inet_pton(AF_INET6, host, &six->sin6_addr) == 1;
    }
    four->sin_family = AF_INET;
    four->sin_port = htons((uint16_t)port);
    *size = sizeof *four;
    return inet_pton(AF_INET, host, &four->sin_addr) == 1;
}

/* A socket that nobody listens on is left over from a crash. A file that is none refuses connections, too. */
static bool
is_left_over(const struct sockaddr_un *address)
{
    struct stat facts;
    if (lstat(address->sun_path, &facts) != 0 || !S_ISSOCK(facts.st_mode))
        return false;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_dead = connect(fd, (const struct sockaddr *)address, sizeof *address) != 0 &&
                   errno == ECONNREFUSED;
    close(fd);
    return is_dead;
}

static bool
unix_address(const char *path, struct sockaddr_storage *address, socklen_t *size)
{
    struct sockaddr_un *local = (struct sockaddr_un *)address;
    memset(address, 0, sizeof *address);
    local->sun_family = AF_UNIX;
    *size = sizeof *local;
    if (*path != '/' ||
        g_strlcpy(local->sun_path, path, sizeof local->sun_path) >= sizeof local->sun_path)
        return false;
    if (is_left_over(local))
        unlink(path);
    return true;
}

/* The bound socket, or -1 and ERROR. */
static int
open_socket(const char *place, char **unix_path, GError **error)
{
    struct sockaddr_storage address;
    socklen_t size = 0;
    bool is_unix = g_str_has_prefix(place, UNIX_PREFIX);
    if (is_unix ? !unix_address(place + strlen(UNIX_PREFIX), &address, &size)
                : !parse_place(place, &address, &size)) {
        fail(error, place, "neither ADDRESS:PORT nor unix:/PATH");
        return -1;
    }
    int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int yes = 1;
    if (fd >= 0)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, size) == 0 && listen(fd, BACKLOG) == 0) {
        *unix_path = is_unix ? g_strdup(place + strlen(UNIX_PREFIX)) : NULL;
        return fd;
    }
    fail(error, place, g_strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

int
listener_open(const char *place, char **unix_path, GError **error)
{
    *unix_path = NULL;
    int fd = take_systemd_socket();
    return fd >= 0 ? fd : open_socket(place, unix_path, error);
}

char *
listener_place(int fd, const char *configured)
{
    struct sockaddr_storage address = { 0 };
    socklen_t size = sizeof address;
    char text[INET6_ADDRSTRLEN] = "";
    if (getsockname(fd, (struct sockaddr *)&address, &size) != 0 || address.ss_family == AF_UNIX)
        return g_strdup(configured);
    bool is_six = address.ss_family == AF_INET6;
    const struct sockaddr_in *four = (const struct sockaddr_in *)&address;
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)&address;
    inet_ntop(address.ss_family, is_six ? (const void *)&six->sin6_addr : &four->sin_addr, text,
              sizeof text);
    return g_strdup_printf(is_six ? "[%s]:%u" : "%s:%u", text,
                           ntohs(is_six ? six->sin6_port : four->sin_port));
}
