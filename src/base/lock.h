/* lock.h - one process at a time. The kernel drops the lock when the process ends, however it
 * ends, so there is no stale lock to clean up. */
#pragma once

#include <glib.h>

typedef struct Lock Lock;

/* Takes the lock file PATH (made when it is not there, never removed). DEPESCHE_ERROR_TEMPORARY
 * and the holder's process id when somebody has it; it never waits. */
Lock *lock_take(const char *path, GError **error);
void lock_free(Lock *lock);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Lock, lock_free)
