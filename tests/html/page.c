#include "html/page.h"

#include <string.h>

typedef struct {
    const char *rule;
    const char *html;
    const char *expect; /* "url title" a feed, separated by "; " */
} PageCase;

static const PageCase pages[] = {
    { "a declaration", "<head><link rel=alternate type=application/rss+xml href=/a title='A b'>",
      "https://x.example/a A b" },
    { "in any case, with more words",
      "<LINK REL='Alternate home' TYPE='Application/Atom+XML; charset=utf-8' HREF='a'>",
      "https://x.example/dir/a" },
    { "JSON Feed", "<link rel=alternate type=application/feed+json href=/f>",
      "https://x.example/f" },
    { "JSON Feed 1.0", "<link rel=alternate type=application/json href=/f>",
      "https://x.example/f" },
    { "another type", "<link rel=alternate type=application/json+oembed href=/o>", "" },
    { "the relation says it, without a type", "<link rel=feed href=/f>", "https://x.example/f" },
    { "the relation, with another type", "<link rel=feed type=text/html href=/feeds>", "" },
    { "by the scheme that browsers had",
      "<link rel=alternate type=text/xml href=feed:https://y.example/a>"
      "<a href='feed://y.example/rss'>b</a>",
      "https://y.example/a; http://y.example/rss b" },
    { "another place on the same page", "<a href='#rss'>RSS</a>", "" },
    { "without a fragment, once", "<a href='/rss#a'>A</a><a href='/rss#b'>B</a>",
      "https://x.example/rss A" },
    { "another relation", "<link rel=stylesheet type=text/xml href=/rss>", "" },
    { "another language of the page", "<link rel=alternate hreflang=de href=/de/>", "" },
    { "its own base", "<base href='https://y.example/z/'><link rel=alternate type=text/xml href=a>",
      "https://y.example/z/a" },
    { "a link that looks like one", "<body><p><a href='/blog/feed.xml'>Abo <b>hier</b></a>",
      "https://x.example/blog/feed.xml Abo hier" },
    { "words, not parts of words", "<a href='/feedback'>a</a><a href='/press'>b</a>", "" },
    { "not the host's name", "<a href='https://rss.example/about'>a</a>", "" },
    { "declared ones first, each once",
      "<a href='/b?format=rss'>B</a><a href='/a/'>x</a>"
      "<link rel=alternate type=application/rss+xml href=/rss><a "
      "href='http://x.example/rss/'>R</a>",
      "https://x.example/rss; https://x.example/b?format=rss B" },
    { "a script is no feed",
      "<a href='javascript:feed()'>a</a>"
      "<link rel=alternate type=text/xml href='data:text/xml,feed'>",
      "" },
    { "text in a comment", "<!-- <link rel=alternate type=text/xml href=/feed> -->", "" },
    { "nothing", "", "" },
};

static void
test_page(const void *data)
{
    const PageCase *test = data;
    g_autofree char *exact = g_memdup2(test->html, strlen(test->html) + 1);
    g_autoptr(GPtrArray) feeds = page_feeds(exact, "https://x.example/dir/page");
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < feeds->len; i++) {
        const PageFeed *feed = feeds->pdata[i];
        g_string_append_printf(text, "%s%s%s%s", i > 0 ? "; " : "", feed->url,
                               feed->title != NULL ? " " : "",
                               feed->title != NULL ? feed->title : "");
    }
    g_assert_cmpstr(text->str, ==, test->expect);
}

static void
test_many(void)
{
    g_autoptr(GString) html = g_string_new(NULL);
    for (int i = 0; i < 1000; i++)
        g_string_append_printf(html, "<div><a href='/feed/%d'>x</a>", i);
    g_autoptr(GPtrArray) feeds = page_feeds(html->str, "https://x.example/");
    g_assert_cmpuint(feeds->len, ==, PAGE_FEEDS_MAX);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_set_nonfatal_assertions(); /* all cases that fail at once */
    for (size_t i = 0; i < G_N_ELEMENTS(pages); i++) {
        g_autofree char *name = g_strdup_printf("/html/page/%s", pages[i].rule);
        g_test_add_data_func(name, &pages[i], test_page);
    }
    g_test_add_func("/html/page/many", test_many);
    return g_test_run();
}
