#include "cli/command.h"

#include <string.h>
#include "base/error.h"
#include "base/text.h"
#include "cli/feed-internal.h"
#include "cli/feed_show.h"
#include "cli/print.h"
#include "feed/due.h"
#include "feed/parse.h"
#include "html/link.h"
#include "store/comments.h"
#include "store/feeds.h"
#include "store/fetches.h"

#define WEEKS_COUNTED 4 /* FeedRecord.month */

#define FETCH_SECONDS_MAX 600

static Value *
recovered_percent(const FeedRecord *feed)
{
    if (feed->parses == 0)
        return value_new_null();
    return value_new_integer((feed->recovered * 100 + feed->parses / 2) / feed->parses);
}

static Value *
problem_of(const FeedRecord *feed)
{
    g_autofree char *left_out = feed_left_out_text(feed->left_out);
    if (feed->problem == NULL && feed->left_out > 0)
        return value_new_string(left_out);
    return value_new_string(feed->problem);
}

Value *
source_to_value(const Source *source, const FeedCounts *counts, int64_t now)
{
    const FeedRecord *feed = source->feed;
    bool moved = strcmp(source->url, feed->url) != 0;
    int64_t next_at = source->fetch->state.next_at;
    Value *map = value_new_map();
    value_set_string(map, "name", feed->name);
    value_set_string(map, "url", feed->url);
    value_set_string(map, "moved_to", moved ? source->url : NULL);
    value_set_string(map, "title", feed->title != NULL ? feed->title : feed->own_title);
    value_set_string(map, "origin", feed_origin_name(feed->origin));
    bool unseen = feed->state == FEED_OK && feed->checked_at == 0;
    value_set_string(map, "state", unseen ? "new" : feed_state_name(feed->state));
    value_set_time(map, "checked", feed->checked_at);
    value_set_time(map, "succeeded", feed->succeeded_at);
    value_set_time(map, "next_due", due_is_waiting(next_at, now) ? next_at : 0);
    value_set_integer(map, "failures", feed->failures);
    value_set_time(map, "failing_since", feed->failing_since);
    value_take(map, "problem", problem_of(feed));
    value_set_integer(map, "articles", counts->articles);
    value_take(map, "articles_per_week", value_new_real((double)counts->month / WEEKS_COUNTED));
    value_take(map, "recovered_percent", recovered_percent(feed));
    value_set_integer(map, "left_out", feed->left_out);
    value_set_integer(map, "held", counts->held);
    value_set_time(map, "held_since", feed->held_since);
    value_set_string(map, "category", feed->category);
    return map;
}

/* A feed of the configuration that no run has taken over yet. */
static Value *
new_feed_to_value(const FeedConfig *config)
{
    static const Fetch no_fetch = { 0 };
    static const FeedCounts no_counts = { 0 };
    const FeedRecord feed = {
        .name = config->name,
        .url = config->url,
        .title = config->title,
        .origin = FEED_FROM_CONFIG,
        .state = config->paused ? FEED_PAUSED : FEED_OK,
    };
    const Source source = { .feed = (FeedRecord *)&feed, .fetch = &no_fetch, .url = config->url };
    return source_to_value(&source, &no_counts, 0);
}

static void
list_take_new(Value *list, const Config *config, const SourceList *sources)
{
    for (guint i = 0; i < config->feeds->len; i++) {
        const FeedConfig *feed = config->feeds->pdata[i];
        if (source_list_find(sources, feed->name) == NULL)
            value_take_item(list, new_feed_to_value(feed));
    }
}

static bool
feed_list(const Invocation *invocation, GError **error)
{
    static const Column columns[] = {
        { "NAME", "name", 0 },
        { "STATE", "state", 0 },
        { "ARTICLES", "articles", 0 },
        { "A WEEK", "articles_per_week", 0 },
        { "HELD", "held", 0 },
        { "MENDED %", "recovered_percent", 0 },
        { "SUCCEEDED", "succeeded", 0 },
        { "NEXT DUE", "next_due", 0 },
        { "URL", "url", 60 },
        { "MOVED TO", "moved_to", 60 },
        { "PROBLEM", "problem", 60 },
        { NULL },
    };
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_READ, error);
    if (instance == NULL)
        return false;
    g_autoptr(SourceList) sources = source_list_load(instance->store, instance->config, error);
    if (sources == NULL)
        return false;
    g_autoptr(Value) list = value_new_list();
    for (guint i = 0; i < sources->sources->len; i++) {
        const Source *source = sources->sources->pdata[i];
        FeedCounts counts;
        if (!store_feed_count(instance->store, source->feed->id, &counts, error))
            return false;
        value_take_item(list, source_to_value(source, &counts, clock_now(instance->clock)));
    }
    list_take_new(list, instance->config, sources);
    print_list(invocation->global->json, list, columns);
    return true;
}

char *
feed_name_of(const char *text)
{
    g_autoptr(GString) name = g_string_new(NULL);
    for (const char *at = text; *at != '\0' && name->len < CONFIG_NAME_MAX; at++) {
        if (g_ascii_isalnum(*at))
            g_string_append_c(name, g_ascii_tolower(*at));
        else if (name->len > 0 && name->str[name->len - 1] != '-')
            g_string_append_c(name, '-');
    }
    if (g_str_has_suffix(name->str, "-"))
        g_string_truncate(name, name->len - 1);
    return g_string_free(g_steal_pointer(&name), FALSE);
}

/* "www.heise.de" is "heise-de". */
char *
feed_name_of_url(const char *url)
{
    g_autofree char *host = link_host(url);
    if (host == NULL)
        host = g_path_get_basename(url);
    return feed_name_of(host);
}

/* What KEY of a feed in the configuration would hold; NAME is what messages call it. */
static char *
feed_text(const char *name, const char *key, const char *text, GError **error)
{
    g_autoptr(GError) problem = NULL;
    char *value = config_feed_text(key, text, &problem);
    if (value == NULL)
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_USAGE, "%s %s", name, problem->message);
    return value;
}

/* *TEXT is what OPTION holds, NULL when it was not given. */
static bool
text_of_option(const Invocation *invocation, const char *option, const char *key, char **text,
               GError **error)
{
    const char *given = invocation_option(invocation, option);
    if (given != NULL)
        *text = feed_text(option, key, given, error);
    return given == NULL || *text != NULL;
}

/* The URL that is stored: http or https, or with ALLOW_FILE a file: one made absolute, or with
 * ALLOW_EXEC a command. */
static char *
url_of_word(const char *word, bool allow_file, bool allow_exec, GError **error)
{
    if (allow_exec && g_str_has_prefix(word, "exec:"))
        return feed_text("URL", "url", word, error);
    if (allow_file && g_str_has_prefix(word, "file:")) {
        if (g_str_has_prefix(word, "file://"))
            return g_strdup(word);
        g_autofree char *path = g_canonicalize_filename(word + strlen("file:"), NULL);
        return g_filename_to_uri(path, NULL, error);
    }
    char *url = link_resolve_feed(NULL, word);
    if (url == NULL)
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "\"%s\" is no http or https URL%s",
                    word,
                    g_str_has_prefix(word, "file:")   ? "; see --allow-file"
                    : g_str_has_prefix(word, "exec:") ? "; see --allow-exec"
                                                      : "");
    return url;
}

/* How a feed that is added shall be asked. What is secret has its place in the configuration. */
static bool
settings_of_options(const Invocation *invocation, FetchSettings *settings, GError **error)
{
    int64_t timeout;
    if (!invocation_number(invocation, "--timeout", 1, FETCH_SECONDS_MAX, 0, &timeout, error) ||
        !text_of_option(invocation, "--proxy", "proxy", &settings->proxy, error))
        return false;
    settings->timeout = (int)timeout;
    settings->http1 = invocation_option(invocation, "--http1") != NULL;
    settings->keep_url = invocation_option(invocation, "--keep-url") != NULL;
    settings->allow_exec = invocation_option(invocation, "--allow-exec") != NULL;
    settings->allow_private = invocation_option(invocation, "--allow-private") != NULL;
    return true;
}

static bool
store_new_feed(Store *store, const FeedRecord *feed, const FetchSettings *settings, GError **error)
{
    g_autoptr(StoreBatch) batch = store_batch_begin(store, error);
    g_autoptr(FeedRecord) stored = NULL;
    if (batch == NULL || !store_feed_add(store, feed, error) ||
        !store_feed_find(store, feed->name, &stored, error))
        return false;
    return store_fetch_set(store, stored->id, settings, error) && store_batch_commit(batch, error);
}

static bool
feed_add(const Invocation *invocation, GError **error)
{
    bool allow_file = invocation_option(invocation, "--allow-file") != NULL;
    g_autoptr(FeedRecord) feed = feed_record_new();
    g_autoptr(Fetch) fetch = g_new0(Fetch, 1);
    if (!settings_of_options(invocation, &fetch->settings, error) ||
        !text_of_option(invocation, "--user-agent", "user_agent", &feed->user_agent, error) ||
        !text_of_option(invocation, "--title", "title", &feed->title, error))
        return false;
    feed->url =
        url_of_word(invocation_word(invocation, 0), allow_file, fetch->settings.allow_exec, error);
    if (feed->url == NULL)
        return false;
    const char *name = invocation_option(invocation, "--name");
    feed->name = name != NULL ? g_strdup(name) : feed_name_of_url(feed->url);
    if (!config_is_name(feed->name)) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_USAGE,
                    "\"%s\" is no name for a feed (a-z, 0-9 and '-'); give one with --name",
                    feed->name);
        return false;
    }
    feed->allow_file = allow_file;
    feed->origin = FEED_FROM_COMMAND;
    feed->state = FEED_OK;
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_CHANGE, error);
    if (instance == NULL)
        return false;
    if (config_find_feed(instance->config, feed->name) != NULL) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                    "the configuration has a feed \"%s\" already", feed->name);
        return false;
    }
    if (!store_new_feed(instance->store, feed, &fetch->settings, error))
        return false;
    log_info(instance->log, "feed %s: added", feed->name);
    return true;
}

static bool
feed_remove(const Invocation *invocation, GError **error)
{
    const char *name = invocation_word(invocation, 0);
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_CHANGE, error);
    if (instance == NULL)
        return false;
    const FeedConfig *configured = config_find_feed(instance->config, name);
    if (configured != NULL) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                    "feed \"%s\" comes from the configuration: take it out there (%s)", name,
                    config_place(instance->config, &configured->name));
        return false;
    }
    bool found;
    if (!store_feed_remove(instance->store, name, &found, error))
        return false;
    if (!found) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "there is no feed \"%s\"", name);
        return false;
    }
    log_info(instance->log, "feed %s: removed", name);
    return true;
}

/* Of a file or URL it works without configuration and state: it is how one finds out what a feed
 * really says. */
static bool
feed_show(const Invocation *invocation, GError **error)
{
    const char *word = invocation_word(invocation, 0);
    bool is_name = config_is_name(word) || comments_is_feed(word);
    if (invocation->words->len == 1 && is_name && !g_file_test(word, G_FILE_TEST_EXISTS))
        return feed_show_record(invocation, word, error);
    return documents_show(invocation, error);
}

static const CommandOption add_options[] = {
    { "--name", 0, "NAME", "how commands and filters call it; else made of the host" },
    { "--title", 0, "TEXT", "shown to readers as the source" },
    { "--user-agent", 0, "TEXT", "for a server that wants another one" },
    { "--proxy", 0, "URL", "who makes the connection; \"direct:\" is nobody" },
    { "--timeout", 0, "SECONDS", "instead of fetch.timeout" },
    { "--http1", 0, NULL, "never speak HTTP/2" },
    { "--keep-url", 0, NULL, "do not follow it to a new address for good" },
    { "--allow-file", 0, NULL, "URL may be file:PATH" },
    { "--allow-exec", 0, NULL, "URL may be \"exec:PROGRAM WORD…\"" },
    { "--allow-private", 0, NULL, "it may be on this host or its network" },
    { NULL },
};

static const CommandOption show_options[] = {
    { "--base-url", 0, "URL", "what relative links stand against" },
    { "--allow-private", 0, NULL, "URL may be on this host or its network" },
    { "--content-type", 0, "TYPE", "what the server would say: \"text/xml; charset=utf-8\"" },
    { "--sanitized", 0, NULL, "summaries and contents as a mail would carry them" },
    { NULL },
};

const Command feed_commands[] = {
    { "feed add", "URL", 1, 1, "add a feed", add_options, feed_add },
    { "feed list", "", 0, 0, "list the feeds and how they are", NULL, feed_list },
    { "feed show", "NAME|FILE|FOLDER|URL|-…", 1, -1,
      "show how a feed of yours is; of files and URLs what they say, without any state",
      show_options, feed_show },
    { "feed remove", "NAME", 1, 1, "remove a feed that was added by command", NULL, feed_remove },
    { NULL },
};
