#include "jobs/collect.h"

#include <string.h>

#include "base/error.h"
#include "feed/due.h"
#include "jobs/full_text.h"
#include "jobs/health.h"
#include "jobs/pictures.h"
#include "jobs/reading.h"
#include "net/web_url.h"

/* So many findings, or so much of what they came from, are recorded in one transaction: enough that
 * the disk is hardly waited for, little enough to be held. What is there is recorded after so many
 * milliseconds in any case: a server that hangs is no reason for losing what others said. */
#define RECORD_COUNT        2048
#define RECORD_SIZE         ((size_t)2 * 1024 * 1024)
#define RECORD_MILLISECONDS 1000

/* Of all documents that are on their way together. */
#define BODIES_SIZE ((size_t)24 * 1024 * 1024)

/* One collecting: what all its steps need. */
typedef struct {
    Instance *instance;
    const SourceList *list;
    CollectReport *report;
    FullText *full_text; /* what waits for pages */
} Collect;

static bool
names_are_known(const SourceList *list, const char *const *names, GError **error)
{
    for (guint i = 0; names != NULL && names[i] != NULL; i++) {
        if (source_list_find(list, names[i]) != NULL)
            continue;
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_USAGE, "there is no feed \"%s\"",
                    names[i]);
        return false;
    }
    return true;
}

static bool
remember(const Collect *collect, const Source *source, const FetchReply *reply,
         const Feed *document, int failures, GError **error)
{
    FetchState state;
    int64_t now = clock_now(collect->instance->clock);
    source_state(source, reply, document, failures, now, &state);
    return source_has_state(source, &state) ||
           store_fetch_record(collect->instance->store, source->feed->id, &state, error);
}

static bool
feed_failed(const Collect *collect, const Source *source, const FetchReply *reply, FeedState state,
            const char *problem, GError **error)
{
    Instance *instance = collect->instance;
    FeedRecord *feed = source->feed;
    int64_t now = clock_now(instance->clock);
    FeedState then = state == FEED_FAILING ? health_after_failure(feed, now) : state;
    g_autofree char *url = web_url_bare(source->url); /* logs are mailed */
    collect->report->failed++;
    log_warn(instance->log, "feed \"%s\" (%s): %s", feed->name, url, problem);
    return remember(collect, source, reply, NULL, feed->failures + 1, error) &&
           store_feed_failed(instance->store, feed->id, then, problem, now, error);
}

static void
warn_of_left_out(const Instance *instance, const FeedRecord *feed, const Feed *document)
{
    g_autofree char *text = feed_left_out_text(document->left_out);
    if (document->left_out > 0)
        log_warn(instance->log, "feed \"%s\": it %s", feed->name, text);
}

/* How much of what FEED has first is new. Of comments, all that came since it was read before, also when
 * there were none then: nobody who follows them is to miss any. */
static guint
keep_of(const Instance *instance, const FeedRecord *feed)
{
    bool is_read = feed->origin == FEED_FROM_FOLLOW && feed->succeeded_at != 0;
    return is_read ? G_MAXUINT : (guint)instance->config->new_feed_articles;
}

static bool
feed_brought(const Collect *collect, const Finding *finding, GError **error)
{
    Instance *instance = collect->instance;
    const FeedRecord *feed = finding->source->feed;
    const FetchReply *reply = finding->reply;
    const Feed *document = finding->document;
    if (document == NULL)
        return feed_failed(collect, finding->source, reply, FEED_FAILING, finding->problem->message,
                           error);

    FeedHarvest harvest = {
        .etag = reply->etag,
        .last_modified = reply->last_modified,
        .title = document->title,
        .recovered = document->recovered,
        .left_out = document->left_out,
        .articles = finding->articles,
        .keep = keep_of(instance, feed),
    };
    HarvestReport taken;
    if (!store_feed_harvest(instance->store, feed->id, &harvest, clock_now(instance->clock), &taken,
                            error))
        return false;
    collect->report->taken += taken.taken;
    collect->report->held += taken.held;
    log_detail(instance->log, "feed \"%s\": %u new of %u%s", feed->name, taken.taken,
               finding->articles->len, document->recovered ? " (not well-formed, repaired)" : "");
    warn_of_left_out(instance, feed, document);
    if (taken.held > 0)
        log_warn(instance->log,
                 "feed \"%s\": it changed its ids or was imported anew: %u articles are held until "
                 "\"feed approve %s\" or \"feed drop %s\"",
                 feed->name, taken.held, feed->name, feed->name);
    return remember(collect, finding->source, reply, document, 0, error);
}

/* A reply that says "not now" for all of its host is remembered for the feeds that were not in the
 * queue too, and for those whose replies are on their way. */
static bool
rest_host(const Collect *collect, const FetchReply *reply, GError **error)
{
    int64_t now = clock_now(collect->instance->clock);
    int64_t until = due_next(&(DueFacts){ .retry_after = reply->retry_after }, now);
    for (guint i = 0; i < collect->list->sources->len; i++) {
        Source *source = collect->list->sources->pdata[i];
        FetchState state = source->fetch->state;
        if (strcmp(source_host(source), reply->resting_host) != 0)
            continue;
        source->rest_until = MAX(source->rest_until, until);
        state.next_at = MAX(state.next_at, until);
        if (!store_fetch_record(collect->instance->store, source->feed->id, &state, error))
            return false;
    }
    return true;
}

static void
tell_move(const Instance *instance, const FeedRecord *feed, const FetchReply *reply)
{
    g_autofree char *url = web_url_bare(reply->moved_to);
    log_info(instance->log,
             "feed \"%s\" has moved for good and is asked at its new address from now on: its url "
             "should be %s",
             feed->name, url);
}

static bool
record(const Collect *collect, const Finding *finding, GError **error)
{
    Instance *instance = collect->instance;
    const Source *source = finding->source;
    const FetchReply *reply = finding->reply;
    const FeedRecord *feed = source->feed;
    if (finding->problem == NULL && source_moves(source, reply))
        tell_move(instance, feed, reply);
    switch (reply->outcome) {
    case FETCH_NEW: return feed_brought(collect, finding, error);
    case FETCH_UNCHANGED:
        collect->report->unchanged++;
        return remember(collect, source, reply, NULL, 0, error) &&
               store_feed_unchanged(instance->store, feed, clock_now(instance->clock), error);
    case FETCH_GONE:
        return feed_failed(collect, source, reply, FEED_GONE, "gone for good (HTTP 410)", error);
    case FETCH_FAILED:
        return (reply->resting_host == NULL || rest_host(collect, reply, error)) &&
               feed_failed(collect, source, reply, FEED_FAILING, reply->problem, error);
    case FETCH_POSTPONED:
        collect->report->not_due++;
        log_detail(instance->log, "feed \"%s\": %s", feed->name, reply->problem);
        return true; /* rest_host() has remembered it */
    }
    g_assert_not_reached();
}

/* Records FINDINGS, all of them or nothing. */
static bool
record_all(const Collect *collect, const GPtrArray *findings, GError **error)
{
    if (findings->len == 0)
        return true;
    g_autoptr(StoreBatch) batch = store_batch_begin(collect->instance->store, error);
    if (batch == NULL)
        return false;
    for (guint i = 0; i < findings->len; i++)
        if (!record(collect, findings->pdata[i], error))
            return false;
    return store_batch_commit(batch, error);
}

/* Waits for a reply or for what a child says, and takes it. */
static void
collect_some(const Collect *collect, Fetcher *fetcher, Reading *reading)
{
    void *source = NULL;
    FetchReply *reply = NULL;
    if (fetcher_is_done(fetcher))
        reading_wait(reading, RECORD_MILLISECONDS);
    else if (reading_has_enough(reading))
        fetcher_carry_on(fetcher, RECORD_MILLISECONDS, reading_fds(reading));
    else
        reply = fetcher_next_within(fetcher, RECORD_MILLISECONDS, reading_fds(reading), &source);
    if (reply != NULL)
        reading_take_reply(reading, source, reply, clock_now(collect->instance->clock));
    reading_take_answers(reading);
}

/* Records what READING has ready, but for what waits for pages. When that is enough, no more feeds are
 * begun. */
static bool
record_ready(const Collect *collect, Fetcher *fetcher, Reading *reading, GError **error)
{
    g_autoptr(GPtrArray) findings = reading_steal(reading);
    if (!full_text_take(collect->full_text, findings, error))
        return false;
    if (full_text_has_enough(collect->full_text))
        fetcher_set_aside(fetcher);
    return record_all(collect, findings, error);
}

/* The same for what waited for pages. */
static bool
record_with_pages(const Collect *collect, Fetcher *fetcher, GError **error)
{
    while (!full_text_is_empty(collect->full_text)) {
        g_autoptr(GPtrArray) done = g_ptr_array_new_with_free_func((GDestroyNotify)finding_free);
        if (!full_text_complete(collect->full_text, fetcher, done, error) ||
            !record_all(collect, done, error))
            return false;
    }
    return true;
}

/* Fetches, reads and records side by side: while a document is fetched, others are being read, and
 * what was read waits until there is enough of it to be worth a transaction. */
static bool
collect_feeds(const Collect *collect, Fetcher *fetcher, Reading *reading, GError **error)
{
    int64_t recorded_at = g_get_monotonic_time();
    while (!fetcher_is_done(fetcher) || reading_is_busy(reading)) {
        collect_some(collect, fetcher, reading);
        bool is_enough =
            reading_count(reading) >= RECORD_COUNT || reading_size(reading) >= RECORD_SIZE ||
            g_get_monotonic_time() - recorded_at >= (int64_t)RECORD_MILLISECONDS * 1000;
        if (!is_enough)
            continue;
        if (!record_ready(collect, fetcher, reading, error))
            return false;
        recorded_at = g_get_monotonic_time();
    }
    return record_ready(collect, fetcher, reading, error);
}

static bool
collect_all(const Collect *collect, Fetcher *fetcher, Reading *reading, GError **error)
{
    do {
        if (!collect_feeds(collect, fetcher, reading, error) ||
            !record_with_pages(collect, fetcher, error))
            return false;
    } while (fetcher_take_up(fetcher));
    return pictures_gather(collect->instance, collect->list, fetcher, error);
}

static Fetcher *
open_fetcher(const Config *config, GError **error)
{
    FetchLimits limits = {
        .parallel = config->fetch_parallel,
        .per_host = config->fetch_per_host,
        .spacing = config->fetch_spacing,
        .timeout = config->fetch_timeout,
        .max_bytes = (size_t)config->fetch_max_bytes,
        .max_together = BODIES_SIZE,
        .user_agent = config->user_agent,
        .proxy = config->fetch_proxy,
        .directory = config->directory,
    };
    return fetcher_open(&limits, error);
}

/* A name on the command line asks again what is paused, gone or not due. */
static bool
is_wanted(const Source *source, const CollectScope *scope, int64_t now, CollectReport *report)
{
    const FeedRecord *feed = source->feed;
    if (scope->names != NULL)
        return g_strv_contains(scope->names, feed->name);
    if (feed->state == FEED_PAUSED || feed->state == FEED_GONE)
        return false;
    bool due = scope->even_if_not_due || source_is_due(source, now);
    report->not_due += !due;
    return due;
}

/* Of Source *, borrowed. */
static GPtrArray *
find_wanted(const SourceList *list, const CollectScope *scope, int64_t now, CollectReport *report)
{
    GPtrArray *wanted = g_ptr_array_new();
    for (guint i = 0; i < list->sources->len; i++)
        if (is_wanted(list->sources->pdata[i], scope, now, report))
            g_ptr_array_add(wanted, list->sources->pdata[i]);
    report->feeds = wanted->len;
    return wanted;
}

/* A run in which no feed has changed, as most are, needs nobody who reads. */
static bool
expects_documents(const GPtrArray *wanted)
{
    for (guint i = 0; i < wanted->len; i++)
        if (source_is_blank(wanted->pdata[i]))
            return true;
    return false;
}

bool
collect(Instance *instance, const CollectScope *scope, CollectReport *report, GError **error)
{
    g_autoptr(SourceList) list = source_list_load(instance->store, instance->config, error);
    if (list == NULL || !names_are_known(list, scope->names, error))
        return false;
    g_autoptr(GPtrArray) wanted = find_wanted(list, scope, clock_now(instance->clock), report);
    g_autoptr(Reading) reading = reading_new();
    if (expects_documents(wanted))
        reading_make_ready(reading);
    g_autoptr(Fetcher) fetcher = open_fetcher(instance->config, error);
    if (fetcher == NULL)
        return false;
    for (guint i = 0; i < wanted->len; i++) {
        FetchRequest request;
        source_request(wanted->pdata[i], &request);
        fetcher_add(fetcher, &request, wanted->pdata[i]);
    }
    g_autoptr(FullText) full_text = full_text_new(instance);
    const Collect collect = { instance, list, report, full_text };
    return collect_all(&collect, fetcher, reading, error);
}
