/* sandbox-internal.h - what the two ways to a child share: sandbox_start(), which forks the caller, and
 * nursery.h, which has another process do it.                                                       */
#pragma once

#include <sys/types.h>

#include "base/sandbox.h"

/* In the new process: leaves all behind but FD, to which the answer goes, does WORK and ends. PARENT is
 * with whom it dies. With TELL_PID, the first thing that it says is its own process number. */
void G_GNUC_NORETURN sandbox_run_child(SandboxWork work, void *input, const SandboxLimits *limits,
                                       int fd, pid_t parent, bool tell_pid);

/* The two ends of a pipe as answers need it, the reading one first. */
bool sandbox_make_pipe(int ends[2], GError **error);

/* A child that will answer through FD, which is taken over. PID 0: it will say so itself first, or
 * nothing if there could be none. */
Sandbox *sandbox_new(pid_t pid, int fd, const SandboxLimits *limits);
