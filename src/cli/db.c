#include "cli/command.h"

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

static bool
db_adopt(const Invocation *invocation, GError **error)
{
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_RUN, error);
    if (instance == NULL || !generation_adopt(instance, error))
        return false;
    log_info(instance->log, "this database is the valid one from now on");
    guint count = 0;
    if (!suppressions_recover(instance, &count, error))
        return false;
    if (count > 0)
        log_info(instance->log, "%u suppressions that came after it were put back", count);
    if (!departures_recover(instance, &count, error))
        return false;
    if (count > 0)
        log_info(instance->log, "%u people who left after it have left again", count);
    return tell_open_issues(instance, error);
}

static bool
db_backup(const Invocation *invocation, GError **error)
{
    const char *file = invocation_word(invocation, 0);
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_READ, error);
    if (instance == NULL)
        return false;
    if (!instance->dry_run && !store_backup(instance->store, file, error))
        return false;
    log_info(instance->log, "the copy %s in %s", instance->dry_run ? "would be" : "is", file);
    return true;
}

const Command db_commands[] = {
    { "db backup", "FILE", 1, 1, "write a copy of the database, whoever is at work", NULL,
      db_backup },
    { "db adopt", "", 0, 0, "send with this database although it is an older copy", NULL,
      db_adopt },
    { NULL },
};
