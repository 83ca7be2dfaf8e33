/* "feed import" and "feed export": lists of feeds as other readers have them. */
#include "cli/command.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "cli/feed-internal.h"
#include "cli/print.h"
#include "feed/opml.h"
#include "html/link.h"
#include "store/fetches.h"

/* Import */

typedef struct {
    GHashTable *names; /* in use, of char *, owned */
    GHashTable *urls;  /* link_key() -> name, both owned */
    GPtrArray *added;  /* of FeedRecord *, owned */
    Value *report;
    guint known;
    guint refused;
} Import;

static void
import_clear(Import *import)
{
    g_hash_table_unref(import->names);
    g_hash_table_unref(import->urls);
    g_ptr_array_unref(import->added);
    value_unref(import->report);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Import, import_clear)

static void
note_feed(Import *import, const char *name, const char *url)
{
    g_hash_table_add(import->names, g_strdup(name));
    g_hash_table_insert(import->urls, link_key(url), g_strdup(name));
}

static bool
import_init(Import *import, const Instance *instance, GError **error)
{
    *import = (Import){
        .names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        .urls = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
        .added = g_ptr_array_new_with_free_func((GDestroyNotify)feed_record_free),
        .report = value_new_list(),
    };
    g_autoptr(GPtrArray) feeds = store_feeds_list(instance->store, error);
    if (feeds == NULL)
        return false;
    for (guint i = 0; i < feeds->len; i++) {
        const FeedRecord *feed = feeds->pdata[i];
        if (feed->origin != FEED_FROM_FOLLOW)
            note_feed(import, feed->name, feed->url);
    }
    /* Those that no run has taken over yet. */
    for (guint i = 0; i < instance->config->feeds->len; i++) {
        const FeedConfig *feed = instance->config->feeds->pdata[i];
        note_feed(import, feed->name, feed->url);
    }
    return true;
}

static void
report(Import *import, const char *result, const char *name, const Outline *outline)
{
    Value *map = value_new_map();
    value_set_string(map, "result", result);
    value_set_string(map, "name", name);
    value_set_string(map, "url", outline->url);
    value_set_string(map, "category", outline->category);
    value_take_item(import->report, map);
}

/* The name for a feed: of its title, else of its host; with a number when that is taken. */
static char *
new_name(const Import *import, const Outline *outline, const char *url)
{
    g_autofree char *name = outline->title != NULL ? feed_name_of(outline->title) : g_strdup("");
    if (!config_is_name(name)) {
        g_free(name);
        name = feed_name_of_url(url);
    }
    if (!config_is_name(name)) {
        g_free(name);
        name = g_strdup("feed");
    }
    g_autofree char *unique = g_strdup(name);
    for (guint number = 2; g_hash_table_contains(import->names, unique); number++) {
        g_autofree char *suffix = g_strdup_printf("-%u", number);
        g_free(unique);
        unique = g_strdup_printf("%.*s%s", (int)(CONFIG_NAME_MAX - strlen(suffix)), name, suffix);
    }
    return g_steal_pointer(&unique);
}

static void
import_feed(Import *import, const Outline *outline)
{
    g_autofree char *url = link_resolve_feed(NULL, outline->url);
    if (url == NULL) {
        import->refused++;
        report(import, "refused", NULL, outline);
        return;
    }
    g_autofree char *key = link_key(url);
    const char *known = g_hash_table_lookup(import->urls, key);
    if (known != NULL) {
        import->known++;
        report(import, "known", known, outline);
        return;
    }
    FeedRecord *feed = feed_record_new();
    g_ptr_array_add(import->added, feed);
    feed->name = new_name(import, outline, url);
    feed->url = g_steal_pointer(&url);
    feed->title = g_strdup(outline->title);
    feed->category = g_strdup(outline->category);
    feed->origin = FEED_FROM_COMMAND;
    note_feed(import, feed->name, feed->url);
    report(import, "added", feed->name, outline);
}

static bool
allow_private(Store *store, const FeedRecord *feed, GError **error)
{
    const FetchSettings settings = { .allow_private = true };
    g_autoptr(FeedRecord) stored = feed_get(store, feed->name, error);
    return stored != NULL && store_fetch_set(store, stored->id, &settings, error);
}

/* All that is new, or nothing. */
static bool
save(Store *store, const GPtrArray *added, bool private, GError **error)
{
    g_autoptr(StoreBatch) batch = store_batch_begin(store, error);
    if (batch == NULL || !store_feeds_put(store, added, error))
        return false;
    for (guint i = 0; private && i < added->len; i++) {
        if (!allow_private(store, added->pdata[i], error))
            return false;
    }
    return store_batch_commit(batch, error);
}

static bool
feed_import(const Invocation *invocation, GError **error)
{
    static const Column columns[] = {
        { "RESULT", "result", 0 },
        { "NAME", "name", 0 },
        { "URL", "url", 0 },
        { "CATEGORY", "category", 40 },
        { NULL },
    };
    const char *file = invocation_word(invocation, 0);
    g_autoptr(GBytes) bytes = file_read(file, OPML_BYTES_MAX, error);
    if (bytes == NULL)
        return false;
    g_autoptr(GPtrArray) outlines = opml_parse(bytes, error);
    if (outlines == NULL) {
        g_prefix_error(error, "cannot read \"%s\": ", file);
        return false;
    }
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_CHANGE, error);
    if (instance == NULL)
        return false;
    g_auto(Import) import;
    if (!import_init(&import, instance, error))
        return false;
    for (guint i = 0; i < outlines->len; i++)
        import_feed(&import, outlines->pdata[i]);
    bool private = invocation_option(invocation, "--allow-private") != NULL;
    if (!save(instance->store, import.added, private, error))
        return false;
    print_list(invocation->global->json, import.report, columns);
    log_info(instance->log, "feeds: %u added, %u known, %u refused", import.added->len,
             import.known, import.refused);
    return true;
}

/* Export */

static int
by_category(gconstpointer a, gconstpointer b)
{
    const Outline *left = *(Outline *const *)a;
    const Outline *right = *(Outline *const *)b;
    return g_strcmp0(left->category, right->category);
}

static bool
feed_export(const Invocation *invocation, GError **error)
{
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_READ, error);
    if (instance == NULL)
        return false;
    g_autoptr(GPtrArray) feeds = store_feeds_list(instance->store, error);
    if (feeds == NULL)
        return false;
    g_autoptr(GPtrArray) outlines = g_ptr_array_new_with_free_func((GDestroyNotify)outline_free);
    for (guint i = 0; i < feeds->len; i++) {
        const FeedRecord *feed = feeds->pdata[i];
        /* Files and programs of this host are nobody else's, and comments only their followers'. */
        if (!g_str_has_prefix(feed->url, "http") || feed->origin == FEED_FROM_FOLLOW)
            continue;
        const char *title = feed->title != NULL ? feed->title : feed->own_title;
        g_ptr_array_add(outlines,
                        outline_new(feed->url, title != NULL ? title : feed->name, feed->category));
    }
    g_ptr_array_sort(outlines, by_category); /* stable: within a folder by name */
    g_autoptr(GString) text = g_string_new(NULL);
    opml_write(text, "depesche", outlines);
    fputs(text->str, stdout);
    return true;
}

static const CommandOption import_options[] = {
    { "--allow-private", 0, NULL, "the feeds may be on this host or its network" },
    { NULL },
};

const Command feed_opml_commands[] = {
    { "feed import", "FILE|-", 1, 1, "add the feeds of an OPML file that are not there yet",
      import_options, feed_import },
    { "feed export", "", 0, 0, "print the feeds as OPML", NULL, feed_export },
    { NULL },
};
