#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

struct Log {
    LogLevel level;
    bool is_terminal;
    bool has_status; /* a line without an end stands on the terminal */
};

Log *
log_new(LogLevel level)
{
    Log *log = g_new0(Log, 1);
    log->level = level;
    log->is_terminal = isatty(STDERR_FILENO) == 1;
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

bool
log_has_terminal(const Log *log)
{
    return log->is_terminal && log->level >= LOG_INFO;
}

/* Back to the beginning of the line, and it is empty (ECMA-48: CR, EL). */
static void
clear_status(Log *log)
{
    if (log->has_status)
        fputs("\r\033[K", stderr);
    log->has_status = false;
}

void
log_status(Log *log, const char *text)
{
    clear_status(log);
    if (text == NULL || !log_has_terminal(log))
        return;
    g_autofree char *shown = g_strdup(text);
    hide_controls(shown);
    fputs(shown, stderr);
    fflush(stderr);
    log->has_status = true;
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
    clear_status(log);
    fprintf(stderr, "depesche: %s%s\n", level == LOG_WARN ? "warning: " : "", message);
}
