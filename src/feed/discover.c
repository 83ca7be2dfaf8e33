#include "feed/discover.h"

#include "base/error.h"
#include "base/text.h"
#include "feed/safe_list-internal.h"

const char *const discover_paths[] = { "/feed",      "/feed.xml",  "/rss.xml",
                                       "/atom.xml",  "/rss",       "/index.xml",
                                       "/feed.json", "/feed.atom", NULL };

static void *
new_page_feed(void)
{
    return g_new0(PageFeed, 1);
}

static const Fact page_feed_facts[] = {
    { "url", FACT_TEXT, offsetof(PageFeed, url) },
    { "title", FACT_TEXT, offsetof(PageFeed, title) },
    { "declared", FACT_FLAG, offsetof(PageFeed, declared) },
};
G_STATIC_ASSERT(sizeof(PageFeed) == 8 * G_N_ELEMENTS(page_feed_facts));

static const FactTable page_feed_table = { page_feed_facts, G_N_ELEMENTS(page_feed_facts),
                                           new_page_feed };

static bool
read_page(const char *text, size_t size, const SafeDocument *document, GPtrArray *list,
          GError **error)
{
    g_autofree char *html = text_repair(text, size); /* without NUL, with an end */
    g_autoptr(GPtrArray) feeds = page_feeds(html, document->base_url);
    g_ptr_array_extend_and_steal(list, g_steal_pointer(&feeds));
    return true;
}

GPtrArray *
discover_in_page(const SafeDocument *page, GError **error)
{
    static const SafeListKind kind = { &page_feed_table, (GDestroyNotify)page_feed_free,
                                       read_page };
    g_autoptr(GPtrArray) feeds = safe_list_read(&kind, page, error);
    for (guint i = 0; feeds != NULL && i < feeds->len; i++) {
        if (((const PageFeed *)feeds->pdata[i])->url == NULL) {
            g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "a feed without a URL");
            return NULL;
        }
    }
    return g_steal_pointer(&feeds);
}
