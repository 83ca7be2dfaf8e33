/* sandbox.h - run a parser over hostile bytes in a child process.
 *
 * The child has no more than the given CPU time, memory and wall time; it may not open files,
 * start processes or make sockets. A crash, a hang or a bomb costs that one input and is named.
 *
 * iconv's tables are files too: WORK can convert from a character set other than UTF-8 only when
 * the parent has opened (and not closed) that converter before.                                  */
#pragma once

#include <stdbool.h>
#include <glib.h>

typedef struct {
    unsigned cpu_seconds;
    unsigned wall_seconds; /* from when the parent begins to wait or to look */
    size_t memory;         /* bytes of address space on top of what the parent has */
    size_t output_max;     /* bytes the child may answer */
} SandboxLimits;

/* Runs in the child: reads INPUT, as it was when the child began, and appends its answer to OUTPUT;
 * false with ERROR set as usual. */
typedef bool (*SandboxWork)(void *input, GString *output, GError **error);

/* For WORK: gives the parent what is in OUTPUT so far and empties it, so that a long answer need not
 * be held as a whole. */
void sandbox_flush(GString *output);

/* What WORK answered, or NULL: the child's own error, or DEPESCHE_ERROR_INPUT saying which limit it
 * met or which signal ended it; DEPESCHE_ERROR_TEMPORARY when there could be no child or somebody
 * killed it. The caller must be single-threaded or WORK must not need locks. */
GBytes *sandbox_run(SandboxWork work, void *input, const SandboxLimits *limits, GError **error);

/* A child at work, for who has something else to do meanwhile. NULL and DEPESCHE_ERROR_TEMPORARY
 * when there can be none. LIMITS is borrowed until the end. */
typedef struct Sandbox Sandbox;
Sandbox *sandbox_start(SandboxWork work, void *input, const SandboxLimits *limits, GError **error);

/* Waits for the next part of the answer, as it was flushed, and appends it to ANSWER: that adds
 * nothing when it was the last one. False with an error as of sandbox_run(), or with
 * DEPESCHE_ERROR_TEMPORARY when there has never been a child. */
bool sandbox_read(Sandbox *sandbox, GString *answer, GError **error);

/* Whether sandbox_read() will not wait for the child: there is something to read, it has ended, or its
 * time is over. */
bool sandbox_is_ready(Sandbox *sandbox);

/* Can be read when sandbox_is_ready() may have become true. */
int sandbox_fd(const Sandbox *sandbox);

/* Sets ERROR to CODE and MESSAGE as a child gave them, made fit to be shown: a child that was taken
 * over writes what it likes. */
void sandbox_take_error(int64_t code, const char *message, GError **error);

/* Ends the child, whatever it is doing. */
void sandbox_free(Sandbox *sandbox);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Sandbox, sandbox_free)
