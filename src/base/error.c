#include "base/error.h"

#include <sysexits.h>

G_DEFINE_QUARK(depesche - error, depesche_error)

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
