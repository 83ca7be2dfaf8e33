#include "cli/command.h"

#include <stdio.h>
#include <string.h>

#define USAGE_COLUMNS 33

static void
options_print(const char *heading, const CommandOption *options)
{
    printf("\n%s:\n", heading);
    for (const CommandOption *option = options; option->name != NULL; option++) {
        g_autofree char *letter =
            option->letter != 0 ? g_strdup_printf("-%c, ", option->letter) : g_strdup("    ");
        g_autofree char *name =
            g_strdup_printf("%s%s%s%s", letter, option->name, option->argument != NULL ? " " : "",
                            option->argument != NULL ? option->argument : "");
        printf("  %-26s %s\n", name, option->help);
    }
}

static void
command_print(const Command *command)
{
    printf("usage: depesche %s%s%s%s\n\n%s\n", command->verb, *command->words != '\0' ? " " : "",
           command->words, command->options != NULL ? " [OPTION…]" : "", command->help);
    if (command->options != NULL)
        options_print("options", command->options);
    options_print("options of every command", global_options);
}

/* One line for each command whose verb begins with the words of FAMILY; how many there were. */
static unsigned
family_print(const char *family)
{
    size_t length = strlen(family);
    unsigned count = 0;
    for (size_t group = 0; command_groups[group] != NULL; group++)
        for (const Command *command = command_groups[group]; command->verb != NULL; command++) {
            bool member = strncmp(command->verb, family, length) == 0 &&
                          (length == 0 || command->verb[length] == ' ');
            if (!member)
                continue;
            g_autofree char *usage = g_strconcat(command->verb, " ", command->words, NULL);
            int pad = MAX(0, USAGE_COLUMNS - (int)g_utf8_strlen(usage, -1));
            printf("  %s%*s %s\n", usage, pad, "", command->help);
            count++;
        }
    return count;
}

static void
program_print(void)
{
    puts("depesche " DEPESCHE_VERSION " - turns feeds into the newsletter people asked for\n\n"
         "usage: depesche [OPTION…] COMMAND [WORD…]\n");
    family_print("");
    options_print("options of every command", global_options);
    puts("\n\"depesche help COMMAND\" tells more, depesche(1) and depesche.conf(5) tell all.");
}

bool
help_print(const char *verb)
{
    if (verb == NULL) {
        program_print();
        return true;
    }
    for (size_t group = 0; command_groups[group] != NULL; group++)
        for (const Command *command = command_groups[group]; command->verb != NULL; command++)
            if (strcmp(command->verb, verb) == 0) {
                command_print(command);
                return true;
            }
    return family_print(verb) > 0;
}

static bool
help_run(const Invocation *invocation, GError **error)
{
    if (invocation->words->len == 0)
        return help_print(NULL);
    g_autoptr(GString) verb = g_string_new(invocation_word(invocation, 0));
    for (guint i = 1; i < invocation->words->len; i++)
        g_string_append_printf(verb, " %s", invocation_word(invocation, i));
    if (help_print(verb->str))
        return true;
    return usage_error(error, "unknown command", verb->str, verb_nearest(verb->str));
}

const Command help_commands[] = {
    { "help", "[COMMAND]", 0, -1, "show what a command does and takes", NULL, help_run },
    { NULL },
};
