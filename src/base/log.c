#include "base/log.h"

#include <stdarg.h>
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

void
log_write(Log *log, LogLevel level, const char *format, ...)
{
    if (level > log->level)
        return;
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    for (char *at = message; *at != '\0'; at++) {
        if (g_ascii_iscntrl(*at))
            *at = '?';
    }
    const char *word = level == LOG_WARN ? "warning: " : level == LOG_ERRORS ? "error: " : "";
    fprintf(stderr, "depesche: %s%s\n", word, message);
}
