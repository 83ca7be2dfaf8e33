#include "jobs/collect.h"

#include <string.h>

#include "base/error.h"
#include "feed/safe.h"
#include "jobs/health.h"
#include "net/fetch.h"
#include "store/feeds.h"

/* To one host at a time: more gets a reader blocked, and a newspaper's feeds share a server. */
#define FETCH_PER_HOST 2

static bool
is_named(const FeedRecord *feed, const char *const *names)
{
    return names == NULL || g_strv_contains(names, feed->name);
}

static bool
names_are_known(const GPtrArray *feeds, const char *const *names, GError **error)
{
    for (guint n = 0; names != NULL && names[n] != NULL; n++) {
        bool known = false;
        for (guint i = 0; i < feeds->len && !known; i++)
            known = strcmp(((const FeedRecord *)feeds->pdata[i])->name, names[n]) == 0;
        if (!known) {
            g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_USAGE, "there is no feed \"%s\"",
                        names[n]);
            return false;
        }
    }
    return true;
}

static bool
feed_failed(Instance *instance, const FeedRecord *feed, FeedState state, const char *problem,
            CollectReport *report, GError **error)
{
    int64_t now = clock_now(instance->clock);
    FeedState then = state == FEED_FAILING ? health_after_failure(feed, now) : state;
    report->failed++;
    log_warn(instance->log, "feed \"%s\" (%s): %s", feed->name, feed->url, problem);
    return store_feed_failed(instance->store, feed->id, then, problem, now, error);
}

static bool
feed_brought(Instance *instance, const FeedRecord *feed, const FetchReply *reply,
             CollectReport *report, GError **error)
{
    int64_t now = clock_now(instance->clock);
    g_autoptr(GError) problem = NULL;
    g_autoptr(GPtrArray) articles = g_ptr_array_new_with_free_func((GDestroyNotify)article_free);
    g_autoptr(SafeReader) reader = safe_reader_new();
    const SafeDocument fetched = { reply->body, reply->content_type, reply->effective_url };
    g_autoptr(Feed) document = safe_reader_articles(reader, &fetched, now, articles, &problem);
    if (document == NULL)
        return feed_failed(instance, feed, FEED_FAILING, problem->message, report, error);

    FeedHarvest harvest = {
        .etag = reply->etag,
        .last_modified = reply->last_modified,
        .title = document->title,
        .recovered = document->recovered,
        .articles = articles,
        .keep = (guint)instance->config->new_feed_articles,
    };
    HarvestReport taken;
    if (!store_feed_harvest(instance->store, feed->id, &harvest, now, &taken, error))
        return false;
    report->taken += taken.taken;
    report->held += taken.held;
    log_detail(instance->log, "feed \"%s\": %u new of %u%s", feed->name, taken.taken, articles->len,
               document->recovered ? " (not well-formed, repaired)" : "");
    if (taken.held > 0)
        log_warn(instance->log,
                 "feed \"%s\": it changed its ids or was imported anew: %u articles are held until "
                 "\"feed approve %s\" or \"feed drop %s\"",
                 feed->name, taken.held, feed->name, feed->name);
    return true;
}

static bool
collect_reply(Instance *instance, const FeedRecord *feed, const FetchReply *reply,
              CollectReport *report, GError **error)
{
    if (reply->moved_to != NULL)
        log_info(instance->log, "feed \"%s\" has moved for good: its url should be %s", feed->name,
                 reply->moved_to);
    switch (reply->outcome) {
    case FETCH_NEW: return feed_brought(instance, feed, reply, report, error);
    case FETCH_UNCHANGED:
        report->unchanged++;
        return store_feed_unchanged(instance->store, feed->id, clock_now(instance->clock), error);
    case FETCH_GONE:
        return feed_failed(instance, feed, FEED_GONE, "gone for good (HTTP 410)", report, error);
    case FETCH_FAILED:
        return feed_failed(instance, feed, FEED_FAILING, reply->problem, report, error);
    }
    g_assert_not_reached();
}

static Fetcher *
open_fetcher(const Config *config, GError **error)
{
    FetchLimits limits = {
        .parallel = config->fetch_parallel,
        .per_host = FETCH_PER_HOST,
        .timeout = config->fetch_timeout,
        .max_bytes = (size_t)config->fetch_max_bytes,
        .user_agent = config->user_agent,
    };
    return fetcher_open(&limits, error);
}

bool
collect(Instance *instance, const char *const *names, CollectReport *report, GError **error)
{
    g_autoptr(GPtrArray) feeds = store_feeds_list(instance->store, error);
    if (feeds == NULL || !names_are_known(feeds, names, error))
        return false;
    g_autoptr(Fetcher) fetcher = open_fetcher(instance->config, error);
    if (fetcher == NULL)
        return false;

    for (guint i = 0; i < feeds->len; i++) {
        FeedRecord *feed = feeds->pdata[i];
        /* A name on the command line asks again what is paused or gone. */
        bool resting = feed->state == FEED_PAUSED || feed->state == FEED_GONE;
        if (!is_named(feed, names) || (names == NULL && resting))
            continue;
        FetchRequest request = {
            .url = feed->url,
            .etag = feed->etag,
            .last_modified = feed->last_modified,
            .user_agent = feed->user_agent,
            .allow_file = feed->allow_file,
        };
        fetcher_add(fetcher, &request, feed);
        report->feeds++;
    }
    for (;;) {
        void *tag = NULL;
        g_autoptr(FetchReply) reply = fetcher_next(fetcher, &tag);
        if (reply == NULL)
            return true;
        if (!collect_reply(instance, tag, reply, report, error))
            return false;
    }
}
