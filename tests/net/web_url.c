#include "net/web_url.h"

#include <glib.h>

typedef struct {
    const char *home;
    const char *url;
    bool same;
} PlaceCase;

static const PlaceCase places[] = {
    { "http://a.example/feed", "http://a.example/other?x#y", true },
    { "http://a.example/feed", "http://A.EXAMPLE:80/", true },
    { "http://ann:secret@a.example/feed", "http://a.example/", true },
    { "https://a.example/feed", "https://a.example:443/", true },
    { "http://a.example/feed", "https://a.example/", true },
    { "http://a.example:80/feed", "https://a.example:443/", true },
    { "https://a.example/feed", "http://a.example/", false },
    { "http://a.example/feed", "https://a.example:8443/", false },
    { "http://a.example:8080/feed", "https://a.example/", false },
    { "http://a.example:8080/feed", "http://a.example/", false },
    { "http://a.example:8080/feed", "http://a.example:8081/", false },
    { "http://a.example/feed", "http://www.a.example/", false },
    { "http://a.example/feed", "http://a.example.evil.example/", false },
    { "http://a.example/feed", "http://a.example@evil.example/", false },
    { "http://a.example/feed", "no url", false },
    { "exec:feed", "http://a.example/", false },
    { "exec:feed", "exec:feed", false },
    { "file:///feed", "file:///feed", false },
};

static void
test_places(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        g_test_message("%s, %s", places[i].home, places[i].url);
        g_assert_cmpint(web_url_is_home(places[i].home, places[i].url), ==, places[i].same);
    }
}

typedef struct {
    const char *url;
    const char *host;
    const char *user;
    const char *password;
    const char *bare;
} PartsCase;

static const PartsCase parts[] = {
    { "HTTP://WWW.Example.ORG/a?b", "www.example.org", NULL, NULL, "HTTP://WWW.Example.ORG/a?b" },
    { "HTTP://WWW.Example.ORG/a#b", "www.example.org", NULL, NULL, "http://WWW.Example.ORG/a" },
    { "http://a.example:8080/#top", "a.example", NULL, NULL, "http://a.example:8080/" },
    { "http://ann@a.example/", "a.example", "ann", NULL, "http://a.example/" },
    { "https://a%40b:c%3Ad@a.example/e", "a.example", "a@b", "c:d", "https://a.example/e" },
    { "http://[::1]/", "[::1]", NULL, NULL, "http://[::1]/" },
    { "exec:print 'two words'", "", NULL, NULL, "exec:print 'two words'" },
    { "http://", "", NULL, NULL, "http://" },
    { "", "", NULL, NULL, "" },
};

static void
test_parts(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *host = web_url_host(parts[i].url);
        g_autofree char *bare = web_url_bare(parts[i].url);
        g_assert_cmpstr(host, ==, parts[i].host);
        g_assert_cmpstr(bare, ==, parts[i].bare);
        WebUrl read = web_url_read(parts[i].url);
        g_assert_cmpstr(read.host, ==, parts[i].host);
        g_assert_cmpstr(read.user, ==, parts[i].user);
        g_assert_cmpstr(read.password, ==, parts[i].password);
        g_assert_cmpstr(read.bare, ==, parts[i].bare);
        web_url_clear(&read);
    }
}

/* A login is carried over as it is written: what was escaped stays so. */
static void
test_login_of_another(void)
{
    g_autofree char *moved =
        web_url_with_login_of("https://b.example/new", "http://a%40b:c%20d@a.example/old");
    g_autofree char *none =
        web_url_with_login_of("https://ann:x@b.example/new", "http://a.example/old");
    g_assert_cmpstr(moved, ==, "https://a%40b:c%20d@b.example/new");
    g_assert_cmpstr(none, ==, "https://b.example/new");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/web_url/places", test_places);
    g_test_add_func("/web_url/parts", test_parts);
    g_test_add_func("/web_url/login-of-another", test_login_of_another);
    return g_test_run();
}
