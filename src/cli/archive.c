#include "cli/command.h"

#include "jobs/archive.h"

static bool
archive_build_command(const Invocation *invocation, GError **error)
{
    ArchiveReport report = { 0 };
    const char *word = invocation_word(invocation, 0);
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_READ, error);
    if (instance == NULL)
        return false;
    g_autofree char *folder = word != NULL
                                  ? g_strdup(word)
                                  : g_build_filename(instance->config->directory, "archive", NULL);
    if (!archive_build(instance, folder, &report, error))
        return false;
    log_info(instance->log, "%u issues and %u feeds are in %s", report.issues, report.feeds,
             folder);
    return true;
}

const Command archive_commands[] = {
    { "archive build", "[DIR]", 0, 1,
      "write the issues that were sent as web pages, with Atom feeds and a sitemap", NULL,
      archive_build_command },
    { NULL },
};
