#include "base/error.h"

#include <sysexits.h>

/* The formatter would put blanks around the hyphen, and they would be in the name. */
/* clang-format off */
G_DEFINE_QUARK(depesche-error, depesche_error)
/* clang-format on */

int
error_exit_status(const GError *error)
{
    if (error->domain != DEPESCHE_ERROR)
        return EX_SOFTWARE;
    switch ((DepescheError)error->code) {
    case DEPESCHE_ERROR_TEMPORARY: return EX_TEMPFAIL;
    case DEPESCHE_ERROR_INPUT: return EX_DATAERR;
    case DEPESCHE_ERROR_SETUP: return EX_CONFIG;
    case DEPESCHE_ERROR_USAGE: return EX_USAGE;
    }
    g_assert_not_reached();
}
