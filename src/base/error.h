/* error.h - the one error domain, and what a caller can do about each kind of error.
 *
 * GError is for what kept us from getting an answer. What the world may rightly say (not modified,
 * mailbox full, token unknown) is a value in the result of the function, never a GError.         */
#pragma once

#include <glib.h>

#define DEPESCHE_ERROR (depesche_error_quark())

typedef enum {
    DEPESCHE_ERROR_TEMPORARY, /* try again later: locked, unreachable, disk full; exit 75 */
    DEPESCHE_ERROR_INPUT,     /* what we were given cannot be used: mend the data; exit 65 */
    DEPESCHE_ERROR_SETUP,     /* the configuration or the installation is wrong; exit 78 */
    DEPESCHE_ERROR_USAGE,     /* the command line is wrong; exit 64 */
} DepescheError;

GQuark depesche_error_quark(void);

/* The exit status of sysexits.h that stands for ERROR; EX_SOFTWARE (70) for a foreign domain. */
int error_exit_status(const GError *error);
