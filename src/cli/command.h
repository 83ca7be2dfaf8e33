/* command.h - the command line: commands as data, one file for each. */
#pragma once

#include <stdbool.h>
#include "base/value.h"
#include "jobs/instance.h"

/* What every command may be given, wherever it stands on the line. */
typedef struct {
    char *config;  /* -c FILE, or NULL */
    bool dry_run;  /* -n */
    bool json;     /* --json */
    bool yes;      /* --yes */
    LogLevel level; /* -v, -q */
    int64_t at;    /* --at TIME; 0: now */
} GlobalOptions;

/* One run of a command: options and words as the table promised them. */
typedef struct {
    const GlobalOptions *global;
    GHashTable *options; /* name -> text; flags have "" */
    GPtrArray *words;    /* what is no option, as many as the command takes */
    Log *log;
} Invocation;

/* The text of an option, or NULL when it was not given. */
const char *invocation_option(const Invocation *invocation, const char *name);
const char *invocation_word(const Invocation *invocation, guint i); /* or NULL */

/* Opens the instance of -c, with --at's clock; INSTANCE_DRY_RUN instead of MODE with -n. */
Instance *invocation_open(const Invocation *invocation, InstanceMode mode, GError **error);

typedef struct {
    const char *name;     /* "--newsletter" */
    char letter;          /* or 0 */
    const char *argument; /* "NAME" in the help; NULL: a flag */
    const char *help;
} CommandOption;

typedef struct {
    const char *verb;     /* "feed add" */
    const char *words;    /* "URL", "[NAME…]": for the help */
    int words_min;
    int words_max;        /* -1: any number */
    const char *help;     /* one line */
    const CommandOption *options; /* ended by an entry without a name; or NULL */
    /* Exit status 0 when true; the error's (error_exit_status) when false. */
    bool (*run)(const Invocation *invocation, GError **error);
} Command;

/* All commands, ended by one without a verb, in the order of the help. */
extern const Command *const command_groups[]; /* one array per file, NULL-terminated */

int command_main(int argc, char **argv);

/* Data on stdout: a Value as one JSON document with a line feed. */
void print_json(const Value *value);
