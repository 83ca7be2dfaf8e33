#include "jobs/sync.h"

#include <string.h>

#include "jobs/choices.h"
#include "store/feeds.h"
#include "store/people.h"

static FeedRecord *
record_of(const FeedConfig *config)
{
    FeedRecord *feed = feed_record_new();
    feed->name = g_strdup(config->name);
    feed->url = g_strdup(config->url);
    feed->title = g_strdup(config->title);
    feed->user_agent = g_strdup(config->user_agent);
    feed->allow_file = config->allow_file;
    feed->origin = FEED_FROM_CONFIG;
    feed->state = config->paused ? FEED_PAUSED : FEED_OK;
    return feed;
}

static bool
sync_feeds(Instance *instance, GError **error)
{
    const GPtrArray *configured = instance->config->feeds;
    g_autoptr(GPtrArray) feeds = g_ptr_array_new_with_free_func((GDestroyNotify)feed_record_free);
    for (guint i = 0; i < configured->len; i++)
        g_ptr_array_add(feeds, record_of(configured->pdata[i]));
    return store_feeds_sync(instance->store, feeds, error);
}

/* A newsletter may name feeds that "feed add" brought, so the store has to be asked. */
static bool
warn_of_missing_feeds(const Instance *instance, const NewsletterConfig *newsletter, GError **error)
{
    for (guint i = 0; i < newsletter->feeds->len; i++) {
        const char *name = newsletter->feeds->pdata[i];
        g_autoptr(FeedRecord) feed = NULL;
        if (strcmp(name, "*") == 0)
            continue;
        if (!store_feed_find(instance->store, name, &feed, error))
            return false;
        if (feed == NULL)
            log_warn(instance->log, "%s: there is no feed \"%s\"",
                     config_place(instance->config, &newsletter->feeds), name);
    }
    return true;
}

static void
log_roster_change(const Instance *instance, const NewsletterConfig *newsletter,
                  const PeopleChange *change)
{
    if (change->added + change->changed + change->removed == 0)
        return;
    log_info(instance->log,
             "newsletter \"%s\": roster: %u added, %u changed, %u removed, %u kept out",
             newsletter->name, change->added, change->changed, change->removed, change->kept_out);
}

/* A roster with a mistake in it is left as it was last time, and told at every run until it is
 * mended: nobody loses a digest to another one's typing error. */
static bool
sync_roster(Instance *instance, const NewsletterConfig *newsletter, GError **error)
{
    g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) choices = NULL;
    g_autoptr(GError) problem = NULL;
    if (!choices_load(instance->config, newsletter, problems, &choices, &problem)) {
        if (problems->len == 0)
            log_warn(instance->log, "%s", problem->message);
        for (guint i = 0; i < problems->len; i++)
            log_warn(instance->log, "%s", (const char *)problems->pdata[i]);
        log_warn(instance->log, "newsletter \"%s\": the roster was not taken over",
                 newsletter->name);
        return true;
    }
    PeopleChange change = { 0 };
    if (!store_roster_reconcile(instance->store, newsletter->name, choices,
                                clock_now(instance->clock), &change, error))
        return false;
    log_roster_change(instance, newsletter, &change);
    return true;
}

static bool
plan_roster(Instance *instance, const NewsletterConfig *newsletter, GPtrArray *plan, GError **error)
{
    g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) choices = NULL;
    PeopleChange change = { .plan = lines };
    if (!choices_load(instance->config, newsletter, problems, &choices, error) ||
        !store_roster_reconcile(instance->store, newsletter->name, choices,
                                clock_now(instance->clock), &change, error))
        return false;
    for (guint i = 0; i < lines->len; i++)
        g_ptr_array_add(plan,
                        g_strdup_printf("%s: %s", newsletter->name, (const char *)lines->pdata[i]));
    return true;
}

/* What it would be is found by doing it, in a transaction that is taken back. */
bool
instance_plan(Instance *instance, GPtrArray *plan, GError **error)
{
    const GPtrArray *newsletters = instance->config->newsletters;
    g_autoptr(StoreBatch) batch = store_batch_begin(instance->store, error);
    for (guint i = 0; batch != NULL && i < newsletters->len; i++) {
        const NewsletterConfig *newsletter = newsletters->pdata[i];
        if (newsletter->subscribers != NULL && !plan_roster(instance, newsletter, plan, error))
            return false;
    }
    return batch != NULL;
}

bool
instance_sync(Instance *instance, GError **error)
{
    if (!sync_feeds(instance, error))
        return false;
    const GPtrArray *newsletters = instance->config->newsletters;
    for (guint i = 0; i < newsletters->len; i++) {
        const NewsletterConfig *newsletter = newsletters->pdata[i];
        if (!warn_of_missing_feeds(instance, newsletter, error))
            return false;
        if (newsletter->subscribers != NULL && !sync_roster(instance, newsletter, error))
            return false;
    }
    return true;
}
