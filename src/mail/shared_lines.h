/* shared_lines.h - lines that many messages have in them (base/shared.h), made quoted-printable once.
 *
 * A line that is whole is encoded alike whatever stands before and behind it, so it does not matter to
 * the bytes of a message which of its lines come from here.                                       */
#pragma once

#include <glib.h>
#include "base/shared.h"

/* Some of the lines of a text. */
typedef struct {
    size_t begin, end; /* they are between these, in what they were asked for */
    char *bytes;       /* encoded */
    size_t size;
} EncodedLines;

typedef struct SharedLines SharedLines;

SharedLines *shared_lines_new(void);
void shared_lines_free(SharedLines *lines);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SharedLines, shared_lines_free)

/* From any thread. The whole lines of what SHARED says that TEXT (of SIZE) has there, up to the first one
 * with a placeholder. NULL: there are none, or not the same as elsewhere. What is returned lives as
 * long as LINES. */
const EncodedLines *shared_lines_get(SharedLines *lines, const char *text, size_t size,
                                     const SharedText *shared);
