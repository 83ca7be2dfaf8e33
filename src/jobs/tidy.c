#include "jobs/tidy.h"

#include "jobs/bounces.h"
#include "jobs/suppress.h"
#include "store/answers.h"
#include "store/bounces.h"
#include "store/feeds.h"
#include "store/history.h"
#include "store/issues.h"
#include "store/requests.h"
#include "store/pages.h"
#include "store/pictures.h"

#define DAY_SECONDS ((int64_t)24 * 60 * 60)
/* What a feed has not listed for so long may come back as new. */
#define MEMORY_DAYS 90
/* No mail is tried for longer. */
#define PICTURE_DAYS 30
/* No mail server tries for so long to hand us the same message; those that stay in a mailbox are looked at
 * more often. */
#define MESSAGE_DAYS 60

/* Of mails that were sent days ago, one bit is enough. */
static bool
compact(Instance *instance, GError **error)
{
    guint count = 0;
    int64_t kept = instance->config->details_days * DAY_SECONDS;
    if (!history_compact(instance->store, clock_now(instance->clock) - kept, &count, error))
        return false;
    if (count > 0)
        log_detail(instance->log, "%u issues: the details of sent mails were let go", count);
    return true;
}

static bool
forget(Instance *instance, GError **error)
{
    guint count = 0;
    int64_t now = clock_now(instance->clock);
    int64_t before = now - MEMORY_DAYS * DAY_SECONDS;
    if (!store_feeds_forget(instance->store, before, &count, error) ||
        !store_page_lines_forget(instance->store, before, now, error) ||
        !store_pictures_forget(instance->store, now - PICTURE_DAYS * DAY_SECONDS, error))
        return false;
    if (count > 0)
        log_detail(instance->log, "%u identities of old articles were let go", count);
    return true;
}

static bool
forget_messages(Instance *instance, GError **error)
{
    int64_t before = clock_now(instance->clock) - MESSAGE_DAYS * DAY_SECONDS;
    return store_messages_forget(instance->store, before, error) &&
           store_answers_forget(instance->store, before, error);
}

/* What nobody confirmed is not kept. */
static bool
expire(Instance *instance, GError **error)
{
    guint count = 0;
    if (!store_requests_expire(instance->store, clock_now(instance->clock), &count, error))
        return false;
    if (count > 0)
        log_info(instance->log,
                 "sign-ups: %u were not confirmed within seven days, and are deleted", count);
    return true;
}

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
    return bounces_judge(instance, error) && bounces_tell(instance, error) &&
           compact(instance, error) && forget(instance, error) && expire(instance, error) &&
           forget_messages(instance, error) && suppressions_mirror(instance, error);
}
