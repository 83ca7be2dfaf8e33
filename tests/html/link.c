#include "html/link.h"

#include <string.h>
#include <glib.h>

typedef struct {
    const char *rule;
    const char *base;
    const char *reference;
    const char *expect;
} ResolveCase;

#define BASE "http://a.example/b/c/d;p?q"

/* The first are RFC 3986, 5.4, with a longer host. */
static const ResolveCase resolved[] = {
    { "name", BASE, "g", "http://a.example/b/c/g" },
    { "here", BASE, "./g/", "http://a.example/b/c/g/" },
    { "root", BASE, "/g", "http://a.example/g" },
    { "other host", BASE, "//g.example", "http://g.example" },
    { "query", BASE, "?y", "http://a.example/b/c/d;p?y" },
    { "fragment", BASE, "#s", "http://a.example/b/c/d;p?q#s" },
    { "nothing", BASE, "", "http://a.example/b/c/d;p?q" },
    { "parent", BASE, "../g", "http://a.example/b/g" },
    { "more parents than there are", BASE, "../../../../g", "http://a.example/g" },
    { "dots in names", BASE, "..g", "http://a.example/b/c/..g" },
    { "dots in queries", BASE, "g?y/../x", "http://a.example/b/c/g?y/../x" },
    { "absolute stays to the letter", BASE, "HTTPS://A.example/%7ex/./?b=%zz",
      "HTTPS://A.example/%7ex/./?b=%25zz" },
    { "brackets in a query", BASE, "/x?a[]=1", "http://a.example/x?a[]=1" },
    { "spaces and letters are encoded", BASE, " /ü b\"<>\n",
      "http://a.example/%C3%BC%20b%22%3C%3E" },
    { "line feeds are dropped", NULL, "http://x.example/a\r\n b", "http://x.example/a%20b" },
    { "without base, relative is nothing", NULL, "/x", NULL },
    { "without base, absolute is fine", NULL, "http://x.example/", "http://x.example/" },
    { "javascript", BASE, "javascript:alert(1)", NULL },
    { "javascript in pieces", BASE, "java\nscript:alert(1)", NULL },
    { "data", BASE, "data:text/html,x", NULL },
    { "files", BASE, "file:///etc/passwd", NULL },
    { "relative to a file", "file:///a/b", "c", NULL },
    { "mail is no page", BASE, "mailto:a@b.example", NULL },
    { "no host", NULL, "http:///x", NULL },
    { "no slashes", NULL, "http:x", NULL },
    { "only a scheme", NULL, "https://", NULL },
};

static const ResolveCase anchors[] = {
    { "pages", BASE, "g", "http://a.example/b/c/g" },
    { "mail", BASE, "mailto:a@b.example", "mailto:a@b.example" },
    { "telephone", NULL, "tel:+49-30-1", "tel:+49-30-1" },
    { "javascript", BASE, "JavaScript:x", NULL },
    { "page without host", NULL, "https:/x", NULL },
};

typedef struct {
    const char *rule;
    const char *url;
    const char *expect;
} UrlCase;

static const UrlCase trackers[] = {
    { "campaigns go", "https://x.example/a?utm_source=rss&utm_medium=feed", "https://x.example/a" },
    { "others stay in order", "https://x.example/?b=1&utm_x=2&a=3&fbclid=4",
      "https://x.example/?b=1&a=3" },
    { "the fragment stays", "https://x.example/?gclid=1#top", "https://x.example/#top" },
    { "case does not matter", "https://x.example/?UTM_Source=1", "https://x.example/" },
    { "a name that only begins so stays", "https://x.example/?fbclidx=1",
      "https://x.example/?fbclidx=1" },
    { "an empty query goes", "https://x.example/?", "https://x.example/" },
    { "the rest stays to the letter", "https://x.example/?a;b=1&&c",
      "https://x.example/?a;b=1&&c" },
    { "a path is no parameter", "https://x.example/utm_source=1",
      "https://x.example/utm_source=1" },
    { "a fragment can track too", "https://x.example/a#xtor=RSS-1", "https://x.example/a" },
    { "what stands beside it stays", "https://x.example/a#utm_source=1&b=2",
      "https://x.example/a#b=2" },
    { "ref is none where no site is known", "https://x.example/?ref=x.example",
      "https://x.example/?ref=x.example" },
};

#define SITE "x.example"

static const UrlCase canonical[] = {
    { "ref names the site", "https://y.example/a?ref=x.example", "https://y.example/a" },
    { "with www, as a URL, in any case",
      "https://y.example/a?REF=https%3A%2F%2Fwww.X.example%2F&b=1", "https://y.example/a?b=1" },
    { "ref that names something else", "https://y.example/a?ref=main",
      "https://y.example/a?ref=main" },
    { "ref that only ends so", "https://y.example/a?ref=evil-x.example",
      "https://y.example/a?ref=evil-x.example" },
    { "ref alone", "https://y.example/a?ref", "https://y.example/a?ref" },
    { "Google Alerts",
      "https://www.google.com/url?rct=j&sa=t&url=https://y.example/"
      "a%3Fb%3D1%26utm_source%3Dg&ct=ga",
      "https://y.example/a?b=1" },
    { "in another country, by its older name",
      "https://www.google.de/url?q=https%3A%2F%2Fy.example%2F", "https://y.example/" },
    { "Google News of old", "http://news.google.com/news/url?sa=t&url=http://y.example/1",
      "http://y.example/1" },
    { "Google News, the page's name",
      "https://news.google.com/rss/articles/CBMiE2h0dHBzOi8veS5leGFtcGxlLzHSAQA?oc=5",
      "https://y.example/1" },
    { "Google News as of today does not say", "https://news.google.com/rss/articles/CBMiAUFV?oc=5",
      "https://news.google.com/rss/articles/CBMiAUFV?oc=5" },
    { "a name that is cut off", "https://news.google.com/rss/articles/CBMi",
      "https://news.google.com/rss/articles/CBMi" },
    { "a length beyond its end", "https://news.google.com/rss/articles/CBMi_39o",
      "https://news.google.com/rss/articles/CBMi_39o" },
    { "Bing News",
      "http://www.bing.com/news/apiclick.aspx?ref=FexRss&tid=1&url=https%3a%2f%2fy.example%2fa&c=2",
      "https://y.example/a" },
    { "a redirect to no page", "https://www.google.com/url?url=javascript:x&ct=ga",
      "https://www.google.com/url?url=javascript:x&ct=ga" },
    { "another site's url", "https://y.example/url?url=https://z.example/",
      "https://y.example/url?url=https://z.example/" },
    { "another page of Google", "https://www.google.com/search?url=https://z.example/",
      "https://www.google.com/search?url=https://z.example/" },
};

static const UrlCase keys[] = {
    { "scheme, www and slash", "https://www.X.example/a/", "//x.example/a" },
    { "the same by http", "http://x.example/a", "//x.example/a" },
    { "ports that are the default", "https://x.example:443/a", "//x.example/a" },
    { "others count", "http://x.example:8080/a", "//x.example:8080/a" },
    { "a path's case counts", "http://x.example/A", "//x.example/A" },
    { "query and fragment count, trackers do not", "http://x.example/a/?b=1&utm_a=2#c",
      "//x.example/a?b=1#c" },
    { "a slash before a fragment", "http://x.example/a/#c", "//x.example/a#c" },
    { "user and password do not", "http://u:p@x.example/", "//x.example" },
    { "what is no URL stays", "tag:x,1:2", "tag:x,1:2" },
};

static const UrlCase hosts[] = {
    { "lower case, no www", "https://WWW.Heise.example/a", "heise.example" },
    { "no port", "http://x.example:80?a", "x.example" },
    { "no user", "http://evil.example@x.example/", "x.example" },
    { "IPv6", "http://[2001:db8::1]:8080/", "[2001:db8::1]" },
    { "none", "mailto:a@x.example", NULL },
};

static void
test_resolve(const void *data)
{
    const ResolveCase *test = data;
    g_autofree char *exact = g_memdup2(test->reference, strlen(test->reference) + 1);
    g_autofree char *url = link_resolve(test->base, exact);
    g_assert_cmpstr(url, ==, test->expect);
}

static void
test_anchor(const void *data)
{
    const ResolveCase *test = data;
    g_autofree char *url = link_resolve_anchor(test->base, test->reference);
    g_assert_cmpstr(url, ==, test->expect);
}

static void
test_trackers(const void *data)
{
    const UrlCase *test = data;
    g_autofree char *url = link_without_trackers(test->url);
    g_assert_cmpstr(url, ==, test->expect);
}

static void
test_canonical(const void *data)
{
    const UrlCase *test = data;
    g_autofree char *exact = g_memdup2(test->url, strlen(test->url) + 1);
    g_autofree char *url = link_canonical(exact, SITE);
    g_assert_cmpstr(url, ==, test->expect);
}

static void
test_key(const void *data)
{
    const UrlCase *test = data;
    g_autofree char *key = link_key(test->url);
    g_assert_cmpstr(key, ==, test->expect);
}

static void
test_host(const void *data)
{
    const UrlCase *test = data;
    g_autofree char *host = link_host(test->url);
    g_assert_cmpstr(host, ==, test->expect);
}

static void
test_long(void)
{
    g_autofree char *path = g_strnfill(2000, 'a');
    g_autofree char *url = g_strconcat("http://x.example/", path, NULL);
    g_assert_null(link_resolve(NULL, url));
    g_assert_null(link_resolve("http://x.example/", path));
    url[2000] = '\0';
    g_autofree char *kept = link_resolve(NULL, url);
    g_assert_cmpstr(kept, ==, url);
}

#define ADD(group, list, run)                                                                      \
    for (size_t i = 0; i < G_N_ELEMENTS(list); i++) {                                              \
        g_autofree char *name = g_strdup_printf("/html/link/" group "/%s", list[i].rule);          \
        g_test_add_data_func(name, &list[i], run);                                                 \
    }

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_set_nonfatal_assertions(); /* all cases that fail at once */
    ADD("resolve", resolved, test_resolve)
    ADD("anchor", anchors, test_anchor)
    ADD("trackers", trackers, test_trackers)
    ADD("canonical", canonical, test_canonical)
    ADD("key", keys, test_key)
    ADD("host", hosts, test_host)
    g_test_add_func("/html/link/long", test_long);
    return g_test_run();
}
