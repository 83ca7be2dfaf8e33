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
    unsigned wall_seconds;
    size_t memory;     /* bytes of address space on top of what the parent has */
    size_t output_max; /* bytes the child may answer */
} SandboxLimits;

/* Runs in the child: reads INPUT, appends its answer to OUTPUT; false with ERROR set as usual. */
typedef bool (*SandboxWork)(GBytes *input, GString *output, GError **error);

/* What WORK answered, or NULL: the child's own error, or DEPESCHE_ERROR_INPUT saying which limit it
 * met or which signal ended it. The caller must be single-threaded or WORK must not need locks. */
GBytes *sandbox_run(SandboxWork work, GBytes *input, const SandboxLimits *limits, GError **error);
