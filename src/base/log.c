#include "base/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

struct Log {
    LogLevel level;
};

Log *
log_new(LogLevel level)
{
    Log *log = g_new0(Log, 1);
    log->level = level;
    return log;
}

void
log_free(Log *log)
{
    g_free(log);
}

/* Both bytes of a C1 control (U+0080 to U+009F) go too: terminals obey U+009B like ESC [. */
static void
hide_controls(char *message)
{
    for (unsigned char *at = (unsigned char *)message; *at != '\0'; at++) {
        bool is_c1 = at[0] == 0xC2 && at[1] >= 0x80 && at[1] <= 0x9F;
        if (is_c1)
            at[1] = '?';
        if (is_c1 || *at < 0x20 || *at == 0x7F)
            *at = '?';
    }
}

void
log_write(Log *log, LogLevel level, const char *format, ...)
{
    if (level > log->level)
        return;
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    hide_controls(message);
    fprintf(stderr, "depesche: %s%s\n", level == LOG_WARN ? "warning: " : "", message);
}
