#include "jobs/bounces.h"

#include "mail/status.h"
#include "store/bounces.h"
#include "store/people.h"

#define DAY_SECONDS ((int64_t)24 * 60 * 60)
/* Judged in one transaction. */
#define BATCH_SIZE 500
/* Suspended again after so many other chances, an address stays so. */
#define PROBES 3

static ScoreLimits
score_limits(const Config *config)
{
    return (ScoreLimits){
        .dead_count = config->bounce_dead_count,
        .dead_hours = config->bounce_dead_hours,
        .dead_days = config->bounce_dead_days,
        .mailbox_count = config->bounce_mailbox_count,
        .mailbox_days = config->bounce_mailbox_days,
    };
}

/* Whether so much of ISSUE, to DOMAIN ("": to all), is dead that it cannot be true. */
static bool
look_at_share(Instance *instance, int64_t issue, const char *domain, bool *broken, GError **error)
{
    const Config *config = instance->config;
    bool is_all = *domain == '\0';
    int percent = is_all ? config->bounce_breaker_percent : config->bounce_breaker_domain_percent;
    int64_t minimum = config->bounce_breaker_minimum;
    int64_t dead;
    int64_t mails;
    if (!store_bounces_share(instance->store, issue, domain, minimum, &dead, &mails, error))
        return false;
    *broken = breaker_trips(dead, mails, minimum, percent);
    if (!*broken)
        return true;
    log_warn(instance->log,
             "issue %" G_GINT64_FORMAT "%s%s: %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT
             " mails came back as from dead addresses: something is broken, nobody is suspended",
             issue, is_all ? "" : " to ", domain, dead, mails);
    return store_bounces_void(instance->store, issue, domain, error);
}

/* Takes out of BOUNCES, those of one address, what cannot be true. */
static bool
leave_out_broken(Instance *instance, GPtrArray *bounces, GError **error)
{
    for (guint i = 0; i < bounces->len; i++) {
        Bounce *bounce = bounces->pdata[i];
        bool broken = false;
        if (bounce->group != BOUNCE_DEAD || bounce->issue == 0)
            continue;
        if (!look_at_share(instance, bounce->issue, "", &broken, error) ||
            (!broken && !look_at_share(instance, bounce->issue, bounce->domain, &broken, error)))
            return false;
        if (broken)
            bounce->group = BOUNCE_BROKEN;
    }
    return true;
}

static bool
is_enough(const GPtrArray *bounces, const ScoreLimits *limits, int64_t now)
{
    g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(ScoreEntry));
    for (guint i = 0; i < bounces->len; i++) {
        const Bounce *bounce = bounces->pdata[i];
        ScoreEntry entry = { bounce->at, bounce->group };
        g_array_append_val(entries, entry);
    }
    return score_suspends(entries, limits, now);
}

/* The whole address is dead: so is everything that goes there. */
static bool
suspend(Instance *instance, const Bounce *bounce, GError **error)
{
    g_autoptr(GArray) ids =
        store_subscriptions_sharing(instance->store, bounce->subscription, error);
    const char *reason = bounce->diagnostic != NULL ? bounce->diagnostic : bounce->status;
    for (guint i = 0; ids != NULL && i < ids->len; i++) {
        int64_t id = g_array_index(ids, int64_t, i);
        LifecycleOutcome outcome;
        if (!store_subscription_event(instance->store, id, EVENT_SUSPEND, WILL_OPERATOR, "bounces",
                                      reason, bounce->at, &outcome, error))
            return false;
        if (outcome == LIFECYCLE_CHANGED)
            log_info(instance->log, "subscription %" G_GINT64_FORMAT " is suspended: it bounces",
                     id);
    }
    return ids != NULL;
}

/* Whether a relay is broken is only asked before somebody would be suspended for it. */
static bool
judge(Instance *instance, const Bounce *bounce, GError **error)
{
    const ScoreLimits limits = score_limits(instance->config);
    int64_t since = bounce->at - MAX(limits.dead_days, limits.mailbox_days) * DAY_SECONDS;
    g_autofree char *code = status_refine(bounce->status, bounce->diagnostic);
    BounceGroup group = bounce_group_of(code);
    if (!store_bounce_judge(instance->store, bounce->id, group, error))
        return false;
    if (group == BOUNCE_POLICY) {
        log_detail(instance->log, "issue %" G_GINT64_FORMAT " was refused by policy: %s",
                   bounce->issue, bounce->diagnostic != NULL ? bounce->diagnostic : code);
        return true;
    }
    g_autoptr(GPtrArray) bounces =
        store_bounces_list(instance->store, bounce->subscription, since, error);
    if (bounces == NULL)
        return false;
    if (!is_enough(bounces, &limits, bounce->at))
        return true;
    return leave_out_broken(instance, bounces, error) &&
           (!is_enough(bounces, &limits, bounce->at) || suspend(instance, bounce, error));
}

bool
bounces_judge(Instance *instance, GError **error)
{
    for (;;) {
        g_autoptr(StoreBatch) batch = store_batch_begin(instance->store, error);
        g_autoptr(GPtrArray) list =
            batch == NULL ? NULL : store_bounces_new(instance->store, BATCH_SIZE, error);
        if (list == NULL)
            return false;
        for (guint i = 0; i < list->len; i++) {
            if (!judge(instance, list->pdata[i], error))
                return false;
        }
        if (!store_batch_commit(batch, error))
            return false;
        if (list->len < BATCH_SIZE)
            return true;
    }
}

/* Back again, one bounce more is enough: the old ones still count. */
bool
bounces_probe(Instance *instance, GError **error)
{
    int64_t now = clock_now(instance->clock);
    int64_t before = now - instance->config->bounce_probe_days * DAY_SECONDS;
    if (instance->config->bounce_probe_days == 0)
        return true;
    g_autoptr(GArray) ids = store_subscriptions_to_probe(instance->store, before, PROBES, error);
    for (guint i = 0; ids != NULL && i < ids->len; i++) {
        LifecycleOutcome outcome;
        if (!store_subscription_event(instance->store, g_array_index(ids, int64_t, i),
                                      EVENT_REINSTATE, WILL_OPERATOR, "probe", NULL, now, &outcome,
                                      error))
            return false;
    }
    if (ids != NULL && ids->len > 0)
        log_info(instance->log, "subscribers: %u who bounced are tried again", ids->len);
    return ids != NULL;
}

bool
bounces_tell(Instance *instance, GError **error)
{
    int64_t counts[BOUNCE_BROKEN + 1];
    int64_t since = clock_now(instance->clock) - DAY_SECONDS;
    if (!store_bounces_count(instance->store, since, counts, error))
        return false;
    int64_t all = counts[BOUNCE_DEAD] + counts[BOUNCE_MAILBOX] + counts[BOUNCE_BROKEN];
    if (all > 0)
        log_info(instance->log,
                 "bounces since yesterday: %" G_GINT64_FORMAT
                 " of dead addresses, %" G_GINT64_FORMAT " of mailboxes, %" G_GINT64_FORMAT
                 " not believed",
                 counts[BOUNCE_DEAD], counts[BOUNCE_MAILBOX], counts[BOUNCE_BROKEN]);
    if (counts[BOUNCE_POLICY] > 0)
        log_warn(instance->log,
                 "%" G_GINT64_FORMAT " mails since yesterday were refused by policy: that is about "
                 "us, not about the people (\"delivery list\" has the servers' words)",
                 counts[BOUNCE_POLICY]);
    return true;
}
