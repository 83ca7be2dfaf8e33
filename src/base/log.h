/* log.h - talk for the operator, on stderr; stdout is kept for data.
 *
 * Only jobs, web and cli log; rooms below them return errors. Messages follow "what failed, on
 * what, why": no capital, no full stop. Control characters in a message are shown as '?', so that
 * a feed's title cannot paint the terminal.                                                      */
#pragma once

#include <stdbool.h>
#include <glib.h>

typedef enum {
    LOG_ERRORS, /* what stops the command */
    LOG_WARN,   /* what failed beside the rest, and is shown until it is mended */
    LOG_INFO,   /* what was done (the default) */
    LOG_DETAIL, /* each step, with -v */
} LogLevel;

typedef struct Log Log;

/* Writes messages up to LEVEL to stderr. */
Log *log_new(LogLevel level);
void log_free(Log *log);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Log, log_free)

/* Whether stderr is a terminal whose user wants to hear what is done. */
bool log_has_terminal(const Log *log);

/* Shows TEXT below the messages, in place of the last one; NULL takes it away. Only on a terminal. */
void log_status(Log *log, const char *text);

void log_write(Log *log, LogLevel level, const char *format, ...) G_GNUC_PRINTF(3, 4);

#define log_error(log, ...)  log_write((log), LOG_ERRORS, __VA_ARGS__)
#define log_warn(log, ...)   log_write((log), LOG_WARN, __VA_ARGS__)
#define log_info(log, ...)   log_write((log), LOG_INFO, __VA_ARGS__)
#define log_detail(log, ...) log_write((log), LOG_DETAIL, __VA_ARGS__)
