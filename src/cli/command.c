#include "cli/command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>
#include "base/error.h"
#include "base/text.h"

const CommandOption global_options[] = {
    { "--config", 'c', "FILE",
      "the configuration; else ./depesche.conf, then the user's, then /etc" },
    { "--dry-run", 'n', NULL, "do everything on a private copy of the state: nothing changes" },
    { "--json", 0, NULL, "print data as JSON" },
    { "--at", 0, "TIME", "act as if it were TIME (2026-11-23T06:00:00Z)" },
    { "--yes", 0, NULL, "do not ask" },
    { "--verbose", 'v', NULL, "say each step" },
    { "--quiet", 'q', NULL, "say only what failed" },
    { "--help", 'h', NULL, "show help" },
    { "--version", 0, NULL, "show the version" },
    { NULL },
};

/* A command line while it is read. */
typedef struct {
    GlobalOptions global;
    Invocation invocation;
    const Command *command; /* NULL until its verb is complete */
    char *verb;             /* the words of the verb so far; or NULL */
    bool help;
    bool version;
} CommandLine;

static void
command_line_init(CommandLine *line)
{
    *line = (CommandLine){ .global.level = LOG_INFO };
    line->invocation.global = &line->global;
    line->invocation.options =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);
    line->invocation.words = g_ptr_array_new();
}

static void
command_line_clear(CommandLine *line)
{
    g_hash_table_unref(line->invocation.options);
    g_ptr_array_unref(line->invocation.words);
    log_free(line->invocation.log);
    g_free(line->global.config);
    g_free(line->verb);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CommandLine, command_line_clear)

static const Command *
verb_find(const char *verb)
{
    for (size_t group = 0; command_groups[group] != NULL; group++)
        for (const Command *command = command_groups[group]; command->verb != NULL; command++)
            if (strcmp(command->verb, verb) == 0)
                return command;
    return NULL;
}

/* True when VERB ("feed") is the first word of longer verbs ("feed add"). */
static bool
verb_is_family(const char *verb)
{
    size_t length = strlen(verb);
    for (size_t group = 0; command_groups[group] != NULL; group++)
        for (const Command *command = command_groups[group]; command->verb != NULL; command++)
            if (strncmp(command->verb, verb, length) == 0 && command->verb[length] == ' ')
                return true;
    return false;
}

const char *
verb_nearest(const char *verb)
{
    g_autoptr(GPtrArray) candidates = g_ptr_array_new();
    for (size_t group = 0; command_groups[group] != NULL; group++) {
        const Command *command = command_groups[group];
        for (; command->verb != NULL; command++) {
            g_autofree char *family = g_strndup(command->verb, strcspn(command->verb, " "));
            g_ptr_array_add(candidates, (char *)command->verb);
            g_ptr_array_add(candidates, (char *)g_intern_string(family));
        }
    }
    g_ptr_array_add(candidates, NULL);
    return text_nearest(verb, (const char *const *)candidates->pdata);
}

static bool
take_word(CommandLine *line, const char *word, GError **error)
{
    g_autofree char *verb =
        line->verb != NULL ? g_strconcat(line->verb, " ", word, NULL) : g_strdup(word);
    const Command *command = verb_find(verb);
    /* "inbound" is a command, and "inbound poll" another one. */
    bool is_longer = command != NULL && line->invocation.words->len == 0;
    if (line->command != NULL && !is_longer) {
        g_ptr_array_add(line->invocation.words, (char *)word);
        return true;
    }
    line->command = command;
    if (line->command == NULL && !verb_is_family(verb))
        return usage_error(error, "unknown command", verb, verb_nearest(verb));
    g_free(line->verb);
    line->verb = g_steal_pointer(&verb);
    return true;
}

static const CommandOption *
option_find(const CommandOption *options, const char *name, char letter)
{
    for (const CommandOption *option = options; option != NULL && option->name != NULL; option++)
        if (name != NULL ? strcmp(option->name, name) == 0 : option->letter == letter)
            return option;
    return NULL;
}

static bool
take_global(CommandLine *line, const CommandOption *option, const char *text, GError **error)
{
    GlobalOptions *global = &line->global;
    if (strcmp(option->name, "--config") == 0) {
        g_free(global->config);
        global->config = g_strdup(text);
    } else if (strcmp(option->name, "--dry-run") == 0) {
        global->dry_run = true;
    } else if (strcmp(option->name, "--json") == 0) {
        global->json = true;
    } else if (strcmp(option->name, "--yes") == 0) {
        global->yes = true;
    } else if (strcmp(option->name, "--verbose") == 0) {
        global->level = LOG_DETAIL;
    } else if (strcmp(option->name, "--quiet") == 0) {
        global->level = LOG_WARN;
    } else if (strcmp(option->name, "--help") == 0) {
        line->help = true;
    } else if (strcmp(option->name, "--version") == 0) {
        line->version = true;
    } else if (!time_parse(text, &global->at)) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_USAGE,
                    "--at must be a time like 2026-11-23T06:00:00Z, not \"%s\"", text);
        return false;
    }
    return true;
}

static void
take_option(CommandLine *line, const CommandOption *option, const char *text)
{
    GPtrArray *texts = g_hash_table_lookup(line->invocation.options, option->name);
    if (texts == NULL) {
        texts = g_ptr_array_new();
        g_hash_table_insert(line->invocation.options, (char *)option->name, texts);
    } else {
        g_ptr_array_set_size(texts, (int)texts->len - 1);
    }
    g_ptr_array_add(texts, (char *)text);
    g_ptr_array_add(texts, NULL);
}

static const CommandOption *
line_find_option(const CommandLine *line, const char *name, char letter, bool *global)
{
    const CommandOption *option = option_find(global_options, name, letter);
    *global = option != NULL;
    if (option == NULL && line->command != NULL)
        option = option_find(line->command->options, name, letter);
    return option;
}

static bool
unknown_option(const CommandLine *line, const char *name, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (const CommandOption *option = global_options; option->name != NULL; option++)
        g_ptr_array_add(names, (char *)option->name);
    const CommandOption *option = line->command != NULL ? line->command->options : NULL;
    for (; option != NULL && option->name != NULL; option++)
        g_ptr_array_add(names, (char *)option->name);
    g_ptr_array_add(names, NULL);
    return usage_error(error, "unknown option", name,
                       text_nearest(name, (const char *const *)names->pdata));
}

/* Takes one option with the text it needs: behind '=' (or, of a letter, at once), else the next
 * word of the line. */
static bool
take_known(CommandLine *line, const CommandOption *option, bool global, const char *attached,
           char ***next, GError **error)
{
    const char *text = attached;
    if (option->argument == NULL) {
        if (attached != NULL)
            return usage_error(error, "no text belongs to", option->name, NULL);
        text = "";
    } else if (text == NULL) {
        text = **next;
        if (text == NULL) {
            g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_USAGE, "%s needs %s", option->name,
                        option->argument);
            return false;
        }
        (*next)++;
    }
    if (global)
        return take_global(line, option, text, error);
    take_option(line, option, text);
    return true;
}

static bool
take_long(CommandLine *line, const char *argument, char ***next, GError **error)
{
    const char *equals = strchr(argument, '=');
    g_autofree char *name =
        equals != NULL ? g_strndup(argument, (size_t)(equals - argument)) : g_strdup(argument);
    bool global;
    const CommandOption *option = line_find_option(line, name, 0, &global);
    if (option == NULL)
        return unknown_option(line, name, error);
    return take_known(line, option, global, equals != NULL ? equals + 1 : NULL, next, error);
}

/* "-nv", "-cFILE", "-c FILE" */
static bool
take_letters(CommandLine *line, const char *argument, char ***next, GError **error)
{
    for (const char *letter = argument + 1; *letter != '\0'; letter++) {
        bool global;
        const CommandOption *option = line_find_option(line, NULL, *letter, &global);
        if (option == NULL)
            return unknown_option(line, argument, error);
        bool attached = option->argument != NULL && letter[1] != '\0';
        if (!take_known(line, option, global, attached ? letter + 1 : NULL, next, error))
            return false;
        if (attached)
            return true;
    }
    return true;
}

static bool
take_argument(CommandLine *line, const char *argument, bool options, char ***next, GError **error)
{
    if (!options || argument[0] != '-' || argument[1] == '\0')
        return take_word(line, argument, error);
    if (argument[1] == '-')
        return take_long(line, argument, next, error);
    return take_letters(line, argument, next, error);
}

/* Behind the first mistake it is read on for the command alone: one that gets mail says what a mistake
 * comes to (gets_mail). */
static bool
command_line_parse(CommandLine *line, char **arguments, GError **error)
{
    bool options = true;
    bool good = true;
    for (char **next = arguments; *next != NULL;) {
        const char *argument = *next++;
        if (options && strcmp(argument, "--") == 0)
            options = false;
        else if (!take_argument(line, argument, options, &next, good ? error : NULL))
            good = false;
    }
    return good;
}

/* Whether the command has as many words as it takes. */
static bool
command_line_check(const CommandLine *line, GError **error)
{
    if (line->verb == NULL) {
        g_set_error_literal(error, DEPESCHE_ERROR, DEPESCHE_ERROR_USAGE,
                            "no command; see \"depesche help\"");
        return false;
    }
    if (line->command == NULL) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_USAGE,
                    "\"%s\" needs a second word; see \"depesche help %s\"", line->verb, line->verb);
        return false;
    }
    int words = (int)line->invocation.words->len;
    const Command *command = line->command;
    if (command->words_max >= 0 && words > command->words_max)
        return usage_error(error, "unexpected word",
                           line->invocation.words->pdata[command->words_max], NULL);
    if (words < command->words_min) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_USAGE, "usage: depesche %s %s",
                    command->verb, command->words);
        return false;
    }
    return true;
}

static bool
command_line_run(CommandLine *line, GError **error)
{
    if (line->version) {
        version_print();
        return true;
    }
    if (line->help)
        return help_print(line->verb);
    if (!command_line_check(line, error))
        return false;
    return line->command->run(&line->invocation, error);
}

bool
command_is_here(int argc, char **argv)
{
    g_auto(CommandLine) line;
    command_line_init(&line);
    return command_line_parse(&line, argv + MIN(argc, 1), NULL) && !line.help && !line.version &&
           command_line_check(&line, NULL);
}

/* STATUS, but a mail server that hears of anything but "later" returns the mail to who sent it. */
static int
status_for(const CommandLine *line, int status)
{
    bool keeps_mail = line->command != NULL && line->command->gets_mail;
    return keeps_mail ? EX_TEMPFAIL : status;
}

/* A descriptor that whoever started us has closed would be that of the next file: what is meant for people would
 * be written into a lock or a database. It stays as unusable as it was. */
static void
keep_standard_files(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int
command_main(int argc, char **argv)
{
    g_auto(CommandLine) line;
    keep_standard_files();
    command_line_init(&line);
    g_autoptr(GError) error = NULL;
    bool parsed = command_line_parse(&line, argv + MIN(argc, 1), &error);
    line.invocation.log = log_new(line.global.level);
    if (!parsed || !command_line_run(&line, &error)) {
        log_error(line.invocation.log, "%s", error->message);
        return status_for(&line, error_exit_status(error));
    }
    if (fflush(stdout) != 0 || ferror(stdout)) {
        log_error(line.invocation.log, "cannot write to stdout: %s", g_strerror(errno));
        return status_for(&line, EX_IOERR);
    }
    return EXIT_SUCCESS;
}
