#include "jobs/tidy.h"

#include "store/issues.h"

bool
tidy(Instance *instance, GError **error)
{
    g_autoptr(GPtrArray) issues = store_issues_list(instance->store, NULL, true, error);
    if (issues == NULL)
        return false;
    for (guint i = 0; i < issues->len; i++) {
        const Issue *issue = issues->pdata[i];
        bool finished = false;
        if (!store_issue_settle(instance->store, issue->id, clock_now(instance->clock), &finished,
                                error))
            return false;
        if (finished)
            log_detail(instance->log, "newsletter \"%s\": issue %" G_GINT64_FORMAT " is finished",
                       issue->newsletter, issue->number);
    }
    return true;
}
