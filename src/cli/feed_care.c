/* Commands for a feed that needs its operator: to rest, to begin anew, to be judged. */
#include "cli/command.h"

#include "base/error.h"
#include "cli/feed-internal.h"
#include "cli/print.h"
#include "store/fetches.h"

static bool
no_such_feed(const char *name, GError **error)
{
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "there is no feed \"%s\"", name);
    return false;
}

FeedRecord *
feed_get(Store *store, const char *name, GError **error)
{
    g_autoptr(FeedRecord) feed = NULL;
    if (!store_feed_find(store, name, &feed, error))
        return NULL;
    if (feed == NULL)
        no_such_feed(name, error);
    return g_steal_pointer(&feed);
}

bool
feed_show_record(const Invocation *invocation, const char *name, GError **error)
{
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_READ, error);
    if (instance == NULL)
        return false;
    g_autoptr(SourceList) sources = source_list_load(instance->store, instance->config, error);
    if (sources == NULL)
        return false;
    const Source *source = source_list_find(sources, name);
    if (source == NULL)
        return no_such_feed(name, error);
    FeedCounts counts;
    if (!store_feed_count(instance->store, source->feed->id, &counts, error))
        return false;
    g_autoptr(Value) map = source_to_value(source, &counts, clock_now(instance->clock));
    print_map(invocation->global->json, map);
    return true;
}

/* The next run would undo what is said of a feed that the configuration has. */
static bool
is_ours(const Instance *instance, const FeedRecord *feed, GError **error)
{
    const FeedConfig *configured = config_find_feed(instance->config, feed->name);
    if (configured == NULL)
        return true;
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                "feed \"%s\" comes from the configuration: set \"paused\" there (%s)", feed->name,
                config_place(instance->config, &configured->name));
    return false;
}

static bool
set_state(const Invocation *invocation, FeedState state, const char *done, GError **error)
{
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_CHANGE, error);
    if (instance == NULL)
        return false;
    g_autoptr(FeedRecord) feed = feed_get(instance->store, invocation_word(invocation, 0), error);
    if (feed == NULL || !is_ours(instance, feed, error) ||
        !store_feed_set_state(instance->store, feed->id, state, error))
        return false;
    log_info(instance->log, "feed %s: %s", feed->name, done);
    return true;
}

static bool
feed_pause(const Invocation *invocation, GError **error)
{
    return set_state(invocation, FEED_PAUSED, "paused", error);
}

static bool
feed_resume(const Invocation *invocation, GError **error)
{
    return set_state(invocation, FEED_OK, "resumed", error);
}

static bool
feed_reset(const Invocation *invocation, GError **error)
{
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_CHANGE, error);
    if (instance == NULL)
        return false;
    g_autoptr(FeedRecord) feed = feed_get(instance->store, invocation_word(invocation, 0), error);
    if (feed == NULL || !store_feed_reset(instance->store, feed->id, error) ||
        !store_fetch_forget(instance->store, feed->id, error))
        return false;
    log_info(instance->log, "feed %s: the next fetch asks for all of it", feed->name);
    return true;
}

/* What is held: JUDGE it, and say what it is now. */
static bool
decide(const Invocation *invocation,
       bool (*judge)(Store *store, int64_t feed_id, guint *count, GError **error), const char *now,
       GError **error)
{
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_CHANGE, error);
    if (instance == NULL)
        return false;
    g_autoptr(FeedRecord) feed = feed_get(instance->store, invocation_word(invocation, 0), error);
    if (feed == NULL)
        return false;
    guint count = 0;
    if (!judge(instance->store, feed->id, &count, error))
        return false;
    if (count == 0)
        log_info(instance->log, "feed %s: nothing is held", feed->name);
    else
        log_info(instance->log, "feed %s: %u held articles %s", feed->name, count, now);
    return true;
}

static bool
feed_approve(const Invocation *invocation, GError **error)
{
    return decide(invocation, store_feed_release, "are news from now on", error);
}

static bool
feed_drop(const Invocation *invocation, GError **error)
{
    return decide(invocation, store_feed_drop, "count as seen", error);
}

const Command feed_care_commands[] = {
    { "feed pause", "NAME", 1, 1, "leave a feed out until it is resumed", NULL, feed_pause },
    { "feed resume", "NAME", 1, 1, "fetch a paused feed again", NULL, feed_resume },
    { "feed reset", "NAME", 1, 1, "forget failures and what the server said; articles stay known",
      NULL, feed_reset },
    { "feed approve", "NAME", 1, 1, "let held articles go out as new", NULL, feed_approve },
    { "feed drop", "NAME", 1, 1, "take held articles for seen before: nobody gets them", NULL,
      feed_drop },
    { NULL },
};
