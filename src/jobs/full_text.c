#include "jobs/full_text.h"

#include <string.h>

#include "feed/extraction.h"
#include "html/lines.h"
#include "net/web_url.h"
#include "store/pages.h"

/* So many pages of one document are fetched, the newest: a new feed may list hundreds. */
#define PAGES_MAX 30u

typedef struct {
    Source *source;
    Article *article; /* borrowed */
} Page;

bool
full_text_is_wanted(const Source *source)
{
    return source->config != NULL && source->config->full_text;
}

static bool
add_pages(Instance *instance, const Finding *finding, GPtrArray *pages, GError **error)
{
    int64_t now = clock_now(instance->clock);
    g_autoptr(GPtrArray) news = store_feed_find_news(instance->store, finding->source->feed->id,
                                                     finding->articles, now, error);
    if (news == NULL)
        return false;
    guint count = 0;
    for (guint i = 0; i < news->len && count < PAGES_MAX; i++) {
        Article *article = news->pdata[i];
        if (article->url == NULL)
            continue;
        Page *page = g_new0(Page, 1);
        page->source = finding->source;
        page->article = article;
        g_ptr_array_add(pages, page);
        count++;
    }
    return true;
}

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

bool
full_text_complete(Instance *instance, Fetcher *fetcher, const GPtrArray *findings, GError **error)
{
    g_autoptr(GPtrArray) pages = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < findings->len; i++)
        if (!add_pages(instance, findings->pdata[i], pages, error))
            return false;
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
        if (!take_page(instance, page, reply, error))
            return false;
    }
}
