#include "jobs/discover.h"

#include "base/error.h"
#include "feed/discover.h"
#include "html/link.h"
#include "net/fetch.h"

#define FETCH_SECONDS  30
#define FETCH_PARALLEL 4
#define FETCH_PER_HOST 2

/* A page that may be a feed. */
typedef struct {
    char *url;
    char *title;
    const char *found;
    Discovery *discovery; /* once it has been read and is one; or NULL */
} Candidate;

typedef struct {
    const DiscoverOptions *options;
    Fetcher *fetcher;
    SafeReader *reader;
} Discoverer;

void
discovery_free(Discovery *discovery)
{
    if (discovery == NULL)
        return;
    g_free(discovery->url);
    g_free(discovery->title);
    g_free(discovery);
}

static void
candidate_free(Candidate *candidate)
{
    g_free(candidate->url);
    g_free(candidate->title);
    discovery_free(candidate->discovery);
    g_free(candidate);
}

static void
discoverer_clear(Discoverer *discoverer)
{
    g_clear_pointer(&discoverer->fetcher, fetcher_close);
    g_clear_pointer(&discoverer->reader, safe_reader_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Discoverer, discoverer_clear)

static void
add_candidate(GPtrArray *candidates, const char *url, const char *title, const char *found)
{
    Candidate *candidate = g_new0(Candidate, 1);
    candidate->url = g_strdup(url);
    candidate->title = g_strdup(title);
    candidate->found = found;
    g_ptr_array_add(candidates, candidate);
}

static GPtrArray *
candidates_new(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)candidate_free);
}

static void
ask(const Discoverer *discoverer, const char *url, void *tag)
{
    const FetchRequest request = {
        .url = url,
        .allow_private = discoverer->options->allow_private,
    };
    fetcher_add(discoverer->fetcher, &request, tag);
}

/* What is found at CANDIDATE when REPLY is a feed, else NULL. */
static Discovery *
read_feed(const Discoverer *discoverer, const Candidate *candidate, const FetchReply *reply)
{
    const SafeDocument document = { reply->body, reply->content_type, reply->effective_url };
    g_autoptr(GPtrArray) articles = g_ptr_array_new_with_free_func((GDestroyNotify)article_free);
    g_autoptr(Feed) feed = safe_reader_articles(discoverer->reader, &document, 0, articles, NULL);
    if (feed == NULL)
        return NULL;
    Discovery *discovery = g_new0(Discovery, 1);
    discovery->url = g_strdup(reply->moved_to != NULL ? reply->moved_to : candidate->url);
    discovery->title = g_strdup(feed->title != NULL ? feed->title : candidate->title);
    discovery->format = feed->format;
    discovery->entries = articles->len;
    discovery->found = candidate->found;
    return discovery;
}

/* Fetches and reads CANDIDATES; what is a feed is appended to FOUND in their order, each once. */
static void
verify(const Discoverer *discoverer, const GPtrArray *candidates, GPtrArray *found)
{
    for (guint i = 0; i < candidates->len; i++)
        ask(discoverer, ((const Candidate *)candidates->pdata[i])->url, candidates->pdata[i]);
    for (;;) {
        void *tag = NULL;
        g_autoptr(FetchReply) reply = fetcher_next(discoverer->fetcher, &tag);
        if (reply == NULL)
            break;
        Candidate *candidate = tag;
        if (reply->outcome == FETCH_NEW)
            candidate->discovery = read_feed(discoverer, candidate, reply);
    }
    g_autoptr(GHashTable) keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < candidates->len; i++) {
        Candidate *candidate = candidates->pdata[i];
        if (candidate->discovery != NULL &&
            g_hash_table_add(keys, link_key(candidate->discovery->url)))
            g_ptr_array_add(found, g_steal_pointer(&candidate->discovery));
    }
}

static bool
verify_links(const Discoverer *discoverer, const FetchReply *page, GPtrArray *found, GError **error)
{
    const SafeDocument document = { page->body, page->content_type, page->effective_url };
    g_autoptr(GPtrArray) links = discover_in_page(&document, error);
    if (links == NULL)
        return false;
    g_autoptr(GPtrArray) candidates = candidates_new();
    for (guint i = 0; i < links->len; i++) {
        const PageFeed *link = links->pdata[i];
        add_candidate(candidates, link->url, link->title, link->declared ? "declared" : "link");
    }
    verify(discoverer, candidates, found);
    return true;
}

static void
verify_paths(const Discoverer *discoverer, const char *page_url, GPtrArray *found)
{
    g_autoptr(GPtrArray) candidates = candidates_new();
    for (guint i = 0; discover_paths[i] != NULL; i++) {
        g_autofree char *url = link_resolve(page_url, discover_paths[i]);
        if (url != NULL)
            add_candidate(candidates, url, NULL, "path");
    }
    verify(discoverer, candidates, found);
}

/* The page at URL. */
static FetchReply *
fetch_page(const Discoverer *discoverer, const char *url, GError **error)
{
    ask(discoverer, url, NULL);
    void *tag;
    g_autoptr(FetchReply) page = fetcher_next(discoverer->fetcher, &tag);
    if (page != NULL && page->outcome == FETCH_NEW)
        return g_steal_pointer(&page);
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "cannot fetch \"%s\": %s", url,
                page != NULL && page->problem != NULL ? page->problem : "it is gone");
    return NULL;
}

GPtrArray *
discover(const char *url, const DiscoverOptions *options, GError **error)
{
    const FetchLimits limits = { .parallel = FETCH_PARALLEL,
                                 .per_host = FETCH_PER_HOST,
                                 .timeout = FETCH_SECONDS,
                                 .max_bytes = FEED_BYTES_MAX,
                                 .user_agent = options->user_agent };
    g_auto(Discoverer) discoverer = {
        .options = options,
        .fetcher = fetcher_open(&limits, error),
        .reader = safe_reader_new(),
    };
    if (discoverer.fetcher == NULL)
        return NULL;
    g_autoptr(FetchReply) page = fetch_page(&discoverer, url, error);
    if (page == NULL)
        return NULL;
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func((GDestroyNotify)discovery_free);
    const Candidate itself = { .url = (char *)url, .found = "itself" };
    Discovery *own = read_feed(&discoverer, &itself, page);
    if (own != NULL)
        g_ptr_array_add(found, own);
    else if (!verify_links(&discoverer, page, found, error))
        return NULL;
    if (found->len == 0)
        verify_paths(&discoverer, page->effective_url, found);
    return g_steal_pointer(&found);
}
