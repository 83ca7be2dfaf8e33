#include "jobs/full_text.h"

#include <string.h>

#include "feed/extraction.h"
#include "html/lines.h"
#include "net/web_url.h"
#include "store/pages.h"

/* So many pages of one document are fetched, the newest: a new feed may list hundreds. */
#define PAGES_MAX 30u
/* So many are fetched together. An article has 256 kB at the most (feed/article.h). */
#define PAGES_TOGETHER 128u

/* Documents of this size together are enough to go on with. */
#define ENOUGH_SIZE ((size_t)8 * 1024 * 1024)

/* A finding that waits for pages. */
typedef struct {
    Finding *finding;
    GPtrArray *articles; /* whose they are (of Article *, the finding's) */
} Work;

typedef struct {
    const Source *source;
    Article *article; /* borrowed */
} Page;

struct FullText {
    Instance *instance;
    GQueue works; /* of Work * */
    size_t size;  /* of the documents that they are of */
};

static void
work_free(Work *work)
{
    finding_free(work->finding);
    g_ptr_array_unref(work->articles);
    g_free(work);
}

FullText *
full_text_new(Instance *instance)
{
    FullText *full_text = g_new0(FullText, 1);
    full_text->instance = instance;
    g_queue_init(&full_text->works);
    return full_text;
}

void
full_text_free(FullText *full_text)
{
    if (full_text == NULL)
        return;
    g_queue_clear_full(&full_text->works, (GDestroyNotify)work_free);
    g_free(full_text);
}

/* Taking */

static bool
is_wanted(const Finding *finding)
{
    const FeedConfig *config = finding->source->config;
    return finding->document != NULL && config != NULL && config->full_text;
}

/* The articles of FINDING whose pages are to be fetched. */
static GPtrArray *
find_articles(const Instance *instance, const Finding *finding, GError **error)
{
    g_autoptr(GPtrArray) articles = g_ptr_array_new();
    g_autoptr(GPtrArray) news =
        store_feed_find_news(instance->store, finding->source->feed->id, finding->articles,
                             clock_now(instance->clock), error);
    if (news == NULL)
        return NULL;
    for (guint i = 0; i < news->len && articles->len < PAGES_MAX; i++) {
        Article *article = news->pdata[i];
        if (article->url != NULL)
            g_ptr_array_add(articles, article);
    }
    return g_steal_pointer(&articles);
}

static void
add_work(FullText *full_text, Finding *finding, GPtrArray *articles)
{
    Work *work = g_new0(Work, 1);
    work->finding = finding;
    work->articles = articles;
    full_text->size += finding->size;
    g_queue_push_tail(&full_text->works, work);
}

bool
full_text_take(FullText *full_text, GPtrArray *findings, GError **error)
{
    for (guint i = findings->len; i-- > 0;) {
        if (!is_wanted(findings->pdata[i]))
            continue;
        g_autoptr(GPtrArray) articles =
            find_articles(full_text->instance, findings->pdata[i], error);
        if (articles == NULL)
            return false;
        if (articles->len > 0)
            add_work(full_text, g_ptr_array_steal_index(findings, i), g_steal_pointer(&articles));
    }
    return true;
}

bool
full_text_has_enough(const FullText *full_text)
{
    return full_text->size >= ENOUGH_SIZE;
}

bool
full_text_is_empty(const FullText *full_text)
{
    return g_queue_is_empty((GQueue *)&full_text->works);
}

/* Pages */

static bool
is_page(const FetchReply *reply)
{
    const char *type = reply->content_type;
    return reply->outcome == FETCH_NEW &&
           (type == NULL || g_ascii_strncasecmp(type, "text/html", 9) == 0 ||
            g_ascii_strncasecmp(type, "application/xhtml+xml", 21) == 0);
}

/* What is in the page of REPLY, or NULL: nothing that could be used. */
static Extract *
extract(const Instance *instance, const Page *page, const FetchReply *reply)
{
    if (!is_page(reply)) {
        log_detail(instance->log, "feed \"%s\": no page at %s: %s", page->source->feed->name,
                   page->article->url,
                   reply->problem != NULL ? reply->problem : "it is something else");
        return NULL;
    }
    const SafeDocument document = {
        .bytes = reply->body,
        .content_type = reply->content_type,
        .base_url = reply->effective_url,
    };
    g_autoptr(GError) problem = NULL;
    Extract *found = extraction_of_page(&document, &problem);
    if (found == NULL)
        log_detail(instance->log, "feed \"%s\": %s: %s", page->source->feed->name,
                   page->article->url, problem->message);
    return found;
}

/* Takes out of EXTRACT what other pages of the host have as well. */
static bool
drop_repeated(Instance *instance, const FetchReply *reply, Extract *extract, GError **error)
{
    g_autofree char *host = web_url_host(reply->effective_url);
    g_autoptr(Html) html = html_new(extract->html);
    g_autoptr(GPtrArray) lines = html_lines(html);
    g_autoptr(GHashTable) repeated = NULL;
    if (!store_page_lines(instance->store, host, lines, clock_now(instance->clock), &repeated,
                          error))
        return false;
    if (g_hash_table_size(repeated) == 0)
        return true;
    html_drop_lines(html, repeated);
    g_free(extract->html);
    extract->html = html_clean(html, reply->effective_url);
    return true;
}

static bool
take_page(Instance *instance, const Page *page, const FetchReply *reply, GError **error)
{
    g_autoptr(Extract) found = extract(instance, page, reply);
    if (found == NULL)
        return true;
    if (!drop_repeated(instance, reply, found, error))
        return false;
    article_take_page(page->article, found);
    return true;
}

/* The pages of what came first, whose findings move to DONE. */
static GPtrArray *
take_pages(FullText *full_text, GPtrArray *done)
{
    GPtrArray *pages = g_ptr_array_new_with_free_func(g_free);
    Work *work;
    while (pages->len < PAGES_TOGETHER && (work = g_queue_pop_head(&full_text->works)) != NULL) {
        for (guint i = 0; i < work->articles->len; i++) {
            const Page page = { work->finding->source, work->articles->pdata[i] };
            g_ptr_array_add(pages, g_memdup2(&page, sizeof page));
        }
        full_text->size -= work->finding->size;
        g_ptr_array_add(done, g_steal_pointer(&work->finding));
        work_free(work);
    }
    return pages;
}

bool
full_text_complete(FullText *full_text, Fetcher *fetcher, GPtrArray *done, GError **error)
{
    g_autoptr(GPtrArray) pages = take_pages(full_text, done);
    for (guint i = 0; i < pages->len; i++) {
        Page *page = pages->pdata[i];
        FetchRequest request;
        source_request_other(page->source, page->article->url, &request);
        fetcher_add(fetcher, &request, page);
    }
    for (;;) {
        void *page = NULL;
        g_autoptr(FetchReply) reply = fetcher_next(fetcher, &page);
        if (reply == NULL)
            return true;
        if (!take_page(full_text->instance, page, reply, error))
            return false;
    }
}
