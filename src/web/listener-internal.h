/* listener-internal.h - the socket on which pages are asked for. */
#pragma once

#include <glib.h>

/* A socket that listens on PLACE ("127.0.0.1:8025", "[::1]:8025", "unix:/run/depesche.sock"), or
 * the one that systemd hands over: the caller's. *UNIX_PATH, the caller's too, is what is to be
 * removed when it is closed; or NULL. -1 with DEPESCHE_ERROR_SETUP. */
int listener_open(const char *place, char **unix_path, GError **error);

/* Where FD listens, which was CONFIGURED; with port 0 the system has chosen one. The caller's. */
char *listener_place(int fd, const char *configured);
