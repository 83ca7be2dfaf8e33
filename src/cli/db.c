#include "cli/command.h"

#include <string.h>

#include "jobs/departures.h"
#include "jobs/generation.h"
#include "jobs/suppress.h"
#include "store/issues.h"

/* What would go out now, so that the operator can cancel what went out before. */
static bool
tell_open_issues(const Instance *instance, GError **error)
{
    g_autoptr(GPtrArray) issues = store_issues_list(instance->store, NULL, true, error);
    if (issues == NULL)
        return false;
    for (guint i = 0; i < issues->len; i++) {
        const Issue *issue = issues->pdata[i];
        log_warn(instance->log,
                 "issue %" G_GINT64_FORMAT " (newsletter \"%s\", number %" G_GINT64_FORMAT
                 ") is not finished here; if it was sent, \"depesche issue cancel %" G_GINT64_FORMAT
                 "\" before the next run",
                 issue->id, issue->newsletter, issue->number, issue->id);
    }
    return true;
}

/* It is adopted at the end: who is interrupted, or cannot read what lies beside the database, begins anew. */
static bool
db_adopt(const Invocation *invocation, GError **error)
{
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_RUN, error);
    guint put_back = 0, left = 0;
    if (instance == NULL || !suppressions_recover(instance, &put_back, error) ||
        !departures_recover(instance, &left, error) || !tell_open_issues(instance, error) ||
        !generation_adopt(instance, error))
        return false;
    log_info(instance->log, "this database %s the valid one from now on",
             instance->dry_run ? "would be" : "is");
    if (put_back > 0)
        log_info(instance->log, "%u suppressions that came after it were put back", put_back);
    if (left > 0)
        log_info(instance->log, "%u people who left after it have left again", left);
    return true;
}

static bool
db_backup(const Invocation *invocation, GError **error)
{
    const char *file = invocation_word(invocation, 0);
    bool is_dry = invocation->global->dry_run;
    if (strcmp(file, "-") == 0)
        return usage_error(error, "a copy needs a file of its own, not", file, NULL);
    g_autoptr(Config) config = invocation_config(invocation, error);
    if (config == NULL || !store_backup_check(file, error) ||
        (!is_dry && !store_backup(config->database, file, error)))
        return false;
    log_info(invocation->log, "the copy %s in %s", is_dry ? "would be" : "is", file);
    return true;
}

const Command db_commands[] = {
    { "db backup", "FILE", 1, 1, "write a copy of the database, whoever is at work", NULL,
      db_backup },
    { "db adopt", "", 0, 0, "send with this database although it is an older copy", NULL,
      db_adopt },
    { NULL },
};
