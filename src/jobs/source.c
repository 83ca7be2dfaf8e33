#include "jobs/source.h"

#include <string.h>

#include "base/error.h"
#include "feed/due.h"
#include "net/web_url.h"

/* So many failures in a row where a feed has moved to, and it is asked at its own url again. */
#define FAILURES_AWAY 3

/* Of a feed that was never asked and has no settings of its own. */
static const Fetch no_fetch = { 0 };

static void
source_free(Source *source)
{
    g_free(source->url);
    g_free(source->host);
    g_free(source);
}

void
source_list_free(SourceList *list)
{
    if (list == NULL)
        return;
    g_clear_pointer(&list->by_name, g_hash_table_unref);
    g_clear_pointer(&list->sources, g_ptr_array_unref);
    g_clear_pointer(&list->feeds, g_ptr_array_unref);
    g_clear_pointer(&list->fetches, g_hash_table_unref);
    g_free(list);
}

static bool
keeps_url(const Source *source)
{
    return source->config != NULL ? source->config->keep_url : source->fetch->settings.keep_url;
}

static Source *
source_new(FeedRecord *feed, const Fetch *fetch, const FeedConfig *config)
{
    Source *source = g_new0(Source, 1);
    source->feed = feed;
    source->fetch = fetch != NULL ? fetch : &no_fetch;
    source->config = config;
    bool stays = keeps_url(source) || feed->failures >= FAILURES_AWAY;
    const char *moved_to = stays ? NULL : source->fetch->state.moved_to;
    source->url = g_strdup(moved_to != NULL ? moved_to : feed->url);
    return source;
}

/* config_find_feed() for many: a thousand feeds in a list of a thousand. */
static GHashTable *
configured_by_name(const Config *config)
{
    GHashTable *feeds = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < config->feeds->len; i++) {
        FeedConfig *feed = config->feeds->pdata[i];
        g_hash_table_insert(feeds, feed->name, feed);
    }
    return feeds;
}

SourceList *
source_list_load(Store *store, const Config *config, GError **error)
{
    g_autoptr(SourceList) list = g_new0(SourceList, 1);
    list->feeds = store_feeds_list(store, error);
    if (list->feeds == NULL)
        return NULL;
    list->fetches = store_fetches_list(store, error);
    if (list->fetches == NULL)
        return NULL;
    g_autoptr(GHashTable) configured = configured_by_name(config);
    list->sources = g_ptr_array_new_with_free_func((GDestroyNotify)source_free);
    list->by_name = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < list->feeds->len; i++) {
        FeedRecord *feed = list->feeds->pdata[i];
        bool ours = feed->origin == FEED_FROM_CONFIG;
        Source *source = source_new(feed, g_hash_table_lookup(list->fetches, &feed->id),
                                    ours ? g_hash_table_lookup(configured, feed->name) : NULL);
        g_ptr_array_add(list->sources, source);
        g_hash_table_insert(list->by_name, feed->name, source);
    }
    return g_steal_pointer(&list);
}

Source *
source_list_find(const SourceList *list, const char *name)
{
    return g_hash_table_lookup(list->by_name, name);
}

const char *
source_host(Source *source)
{
    if (source->host == NULL)
        source->host = web_url_host(source->url);
    return source->host;
}

bool
source_is_due(const Source *source, int64_t now)
{
    const FetchState *state = &source->fetch->state;
    return !due_is_waiting(state->next_at, now) &&
           !due_is_skipped(state->skip_hours, state->skip_days, source->feed->checked_at, now);
}

bool
source_is_blank(const Source *source)
{
    return source->feed->etag == NULL && source->feed->last_modified == NULL &&
           source->fetch->state.fingerprint == NULL;
}

static FetchAuth
auth_of(const char *word)
{
    if (strcmp(word, "basic") == 0)
        return FETCH_AUTH_BASIC;
    return strcmp(word, "digest") == 0 ? FETCH_AUTH_DIGEST : FETCH_AUTH_AUTO;
}

/* "direct:" is no proxy, although there is a general one. */
static const char *
proxy_of(const char *proxy)
{
    return g_strcmp0(proxy, "direct:") == 0 ? "" : proxy;
}

static void
request_take_config(FetchRequest *request, const FeedConfig *config)
{
    request->proxy = proxy_of(config->proxy);
    request->user = config->user;
    request->password = config->password;
    request->auth = auth_of(config->auth);
    request->cookies = config->cookies;
    request->headers = config->headers;
    request->ca_file = config->ca_file;
    request->any_certificate = config->any_certificate;
    request->timeout = config->timeout;
    request->http1 = strcmp(config->http, "1.1") == 0;
    request->through = config->through;
    request->allow_exec = config->allow_exec;
    request->allow_private = config->allow_private;
}

static void
request_take_settings(FetchRequest *request, const FetchSettings *settings)
{
    request->proxy = proxy_of(settings->proxy);
    request->timeout = settings->timeout;
    request->http1 = settings->http1;
    request->allow_exec = settings->allow_exec;
    request->allow_private = settings->allow_private;
}

/* What is secret, and whoever is believed without proof, are of the place that its owner has named. */
static void
request_leave_home(FetchRequest *request)
{
    request->any_certificate = false;
    request->user = request->password = request->cookies = NULL;
    request->headers = NULL;
}

void
source_request(const Source *source, FetchRequest *request)
{
    const FeedRecord *feed = source->feed;
    *request = (FetchRequest){
        .url = source->url,
        .etag = feed->etag,
        .last_modified = feed->last_modified,
        .fingerprint = source->fetch->state.fingerprint,
        .user_agent = feed->user_agent,
        .allow_file = feed->allow_file,
    };
    if (source->config != NULL)
        request_take_config(request, source->config);
    else
        request_take_settings(request, &source->fetch->settings);
    if (strcmp(source->url, feed->url) != 0 && !web_url_is_home(feed->url, source->url))
        request_leave_home(request);
}

void
source_request_other(const Source *source, const char *url, FetchRequest *request)
{
    source_request(source, request);
    request->url = url;
    request->etag = request->last_modified = request->fingerprint = NULL;
    request->through = NULL;
    request->allow_file = request->allow_exec = false;
    if (web_url_is_home(source->feed->url, url))
        return;
    request->ca_file = NULL;
    request_leave_home(request);
}

bool
source_moves(const Source *source, const FetchReply *reply)
{
    return reply->moved_to != NULL && !keeps_url(source) &&
           strcmp(reply->moved_to, source->url) != 0;
}

/* Where the feed is to be asked after REPLY, in which it was (borrowed); NULL: at its own url. */
static char *
new_place(const Source *source, const FetchReply *reply)
{
    if (source_moves(source, reply))
        return reply->moved_to;
    bool is_asked_at_home = strcmp(source->url, source->feed->url) == 0;
    return is_asked_at_home && !keeps_url(source) ? NULL : source->fetch->state.moved_to;
}

void
source_state(const Source *source, const FetchReply *reply, const Feed *document, int failures,
             int64_t now, FetchState *state)
{
    *state = source->fetch->state;
    if (failures == 0)
        state->moved_to = new_place(source, reply);
    if (document != NULL) {
        state->fingerprint = reply->fingerprint;
        state->own_wait = due_own_wait(document);
        state->skip_hours = document->skip_hours;
        state->skip_days = document->skip_days;
    }
    const DueFacts facts = { .retry_after = reply->retry_after,
                             .fresh_for = reply->fresh_for,
                             .own_wait = state->own_wait,
                             .failures = failures };
    int64_t due = due_next(&facts, now);
    int64_t next_at = MAX(due, source->rest_until);
    state->next_at = next_at > now ? next_at : 0;
}

bool
source_has_state(const Source *source, const FetchState *state)
{
    const FetchState *known = &source->fetch->state;
    return !source->fetch->outdated && g_strcmp0(known->moved_to, state->moved_to) == 0 &&
           g_strcmp0(known->fingerprint, state->fingerprint) == 0 &&
           known->next_at == state->next_at && known->own_wait == state->own_wait &&
           known->skip_hours == state->skip_hours && known->skip_days == state->skip_days;
}

/* Checking */

void
source_check(const FeedConfig *feed, SourceProblem tell, void *user)
{
    if (g_str_has_prefix(feed->url, "file:") && !feed->allow_file)
        tell(user, &feed->url, "a feed that is a file needs allow_file = true");
    if (g_str_has_prefix(feed->url, "exec:") && !feed->allow_exec)
        tell(user, &feed->url, "a feed that is a program needs allow_exec = true");
    if (feed->through != NULL && !feed->allow_exec)
        tell(user, &feed->through, "a program that documents go through needs allow_exec = true");
    if (feed->password != NULL && feed->user == NULL)
        tell(user, &feed->password, "a password needs a user");
    if (feed->user != NULL && feed->password == NULL)
        tell(user, &feed->user, "a user needs a password");
    for (guint i = 0; i < feed->headers->len; i++) {
        g_autoptr(GError) error = NULL;
        if (!fetch_header_check(feed->headers->pdata[i], &error))
            tell(user, &feed->headers, error->message);
    }
}
