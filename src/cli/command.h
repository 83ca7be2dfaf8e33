/* command.h - the command line: commands as data, one file for each. */
#pragma once

#include <stdbool.h>
#include "base/value.h"
#include "jobs/instance.h"

/* What every command may be given, wherever it stands on the line. */
typedef struct {
    char *config;   /* -c FILE, or NULL */
    bool dry_run;   /* -n */
    bool json;      /* --json */
    bool yes;       /* --yes */
    LogLevel level; /* -v, -q */
    int64_t at;     /* --at TIME; 0: now */
} GlobalOptions;

/* One run of a command: options and words as the table promised them. */
typedef struct {
    const GlobalOptions *global;
    GHashTable *options; /* name -> GPtrArray of texts, NULL at its end; flags have "" */
    GPtrArray *words;    /* what is no option, as many as the command takes */
    Log *log;
} Invocation;

/* The text of an option, the last when it was given several times; NULL when it was not. */
const char *invocation_option(const Invocation *invocation, const char *name);
/* The same made one line of valid text, as it may go into a mail or the store; the caller's. */
char *invocation_line(const Invocation *invocation, const char *name);
/* All texts of an option, NULL-terminated; NULL when it was not given. */
const char *const *invocation_options(const Invocation *invocation, const char *name);
/* The number of an option from MIN to MAX, or FALLBACK when it was not given. */
bool invocation_number(const Invocation *invocation, const char *name, int64_t min, int64_t max,
                       int64_t fallback, int64_t *number, GError **error);
const char *invocation_word(const Invocation *invocation, guint i); /* or NULL */
/* The issue that the first word names; *ID is 0 when there is none. */
bool invocation_issue(const Invocation *invocation, int64_t *id, GError **error);

/* The configuration of -c, or of where it is looked for. Its mistakes are logged, one a line. */
Config *invocation_config(const Invocation *invocation, GError **error);

/* Opens the instance of that configuration, once it is checked (jobs/check.h), with --at's clock; with -n
 * INSTANCE_DRY_RUN instead of MODE. */
Instance *invocation_open(const Invocation *invocation, InstanceMode mode, GError **error);

/* The same with CONFIG, which it takes over and does not check. */
Instance *invocation_open_with(const Invocation *invocation, const Config *config,
                               InstanceMode mode, GError **error);

typedef struct {
    const char *name;     /* "--newsletter" */
    char letter;          /* or 0 */
    const char *argument; /* "NAME" in the help; NULL: a flag */
    const char *help;
} CommandOption;

typedef struct {
    const char *verb;  /* "feed add" */
    const char *words; /* "URL", "[NAME…]": for the help */
    int words_min;
    int words_max;                /* -1: any number */
    const char *help;             /* one line */
    const CommandOption *options; /* ended by an entry without a name; or NULL */
    /* Exit status 0 when true; the error's (error_exit_status) when false. */
    bool (*run)(const Invocation *invocation, GError **error);
    /* A mail server hands it mail. Whatever is wrong, its line too, is temporary then: the server keeps the
     * mail until that is mended. Any other exit status would bounce a person's wish to leave. */
    bool gets_mail;
} Command;

/* The commands of each file, ended by one without a verb. */
extern const Command init_commands[], run_commands[], post_commands[], feed_commands[],
    feed_care_commands[], feed_opml_commands[], feed_discover_commands[], article_commands[],
    desk_commands[], article_group_commands[], article_extract_commands[],
    article_search_commands[], topic_commands[], explain_commands[], subscriber_commands[],
    subscriber_show_commands[], follow_commands[], subscriber_file_commands[],
    suppression_commands[], issue_commands[], issue_diff_commands[], archive_commands[],
    delivery_commands[], report_commands[], db_commands[], inbound_commands[],
    inbound_poll_commands[], serve_commands[], template_commands[], config_commands[],
    version_commands[], help_commands[];

/* Those that this program has, in the order of the help; NULL at the end: all of them (commands.c), or
 * what a program names that has fewer (depesche.c). */
extern const Command *const command_groups[];

/* What every command takes, ended by an entry without a name. */
extern const CommandOption global_options[];

/* Runs the command that the line names; the exit status. */
int command_main(int argc, char **argv);

/* Whether the line is without mistake and asks one of command_groups to do its work, not for help. */
bool command_is_here(int argc, char **argv);

/* The help of VERB, of all verbs that begin with its words, or (NULL) of the program, on stdout.
 * False when there is no such verb. */
bool help_print(const char *verb);

/* The verb nearest to VERB, or NULL. */
const char *verb_nearest(const char *verb);

/* Sets DEPESCHE_ERROR_USAGE: WHAT, the WORD in quotes, and what may have been meant (or NULL).
 * Always false. */
bool usage_error(GError **error, const char *what, const char *word, const char *near);

/* Whether NEWSLETTER has TOPIC; the error names the nearest. */
bool topic_check(const NewsletterConfig *newsletter, const char *topic, GError **error);

/* Name and version, on stdout. */
void version_print(void);

/* The size-limited content of the file NAME, or of stdin when it is "-". */
GBytes *file_read(const char *name, size_t max, GError **error);
