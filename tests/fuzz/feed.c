/* libFuzzer's door to the readers of feeds and of their HTML: contrib/fuzz feed. The test suite gives it
 * corpus/feed (replay.c).                                                                        */
#include "feed/article.h"
#include "feed/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GBytes) bytes = g_bytes_new_static(data, size);
    g_autoptr(GError) error = NULL;
    g_autoptr(Feed) feed = feed_parse(bytes, NULL, "https://example.org/feed", &error);
    g_assert_true((feed == NULL) == (error != NULL));
    for (guint i = 0; feed != NULL && i < feed->entries->len; i++) {
        g_autoptr(Article) article =
            article_from_entry(feed->entries->pdata[i], feed, "https://example.org/feed", 1);
        g_assert_true(article == NULL || g_utf8_validate(article->content, -1, NULL));
    }
    return 0;
}
