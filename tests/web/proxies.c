#include "web/proxies.h"

#include <arpa/inet.h>

#include "base/error.h"

static Proxies *
make(const char *names, GError **error)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new();
    g_auto(GStrv) words = g_strsplit(names, " ", -1);
    for (guint i = 0; words[i] != NULL && *words[i] != '\0'; i++)
        g_ptr_array_add(list, words[i]);
    return proxies_new(list, error);
}

static const struct {
    const char *rule;
    const char *names;
    const char *address;
    bool expect;
} cases[] = {
    { "this host is one where that is said", "loopback", "127.0.0.1", true },
    { "all of 127.0.0.0/8 is this host", "loopback", "127.9.8.7", true },
    { "so is ::1", "loopback", "::1", true },
    { "and not where it is not said", "192.0.2.7", "127.0.0.1", false },
    { "nobody is believed when nobody is named", "", "127.0.0.1", false },
    { "an address", "192.0.2.7", "192.0.2.7", true },
    { "not its neighbour", "192.0.2.7", "192.0.2.6", false },
    { "a block", "loopback 192.0.2.0/25", "192.0.2.127", true },
    { "not behind its end", "192.0.2.0/25", "192.0.2.128", false },
    { "a block of IPv6", "2001:db8::/33", "2001:db8:7fff::1", true },
    { "not behind its end, either", "2001:db8::/33", "2001:db8:8000::1", false },
    { "IPv4 on a socket of IPv6", "192.0.2.7", "::ffff:192.0.2.7", true },
    { "everybody", "0.0.0.0/0", "203.0.113.5", true },
};

static void
test_have(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Proxies) proxies = make(cases[i].names, NULL);
        struct sockaddr_in four = { .sin_family = AF_INET };
        struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
        bool is_four = inet_pton(AF_INET, cases[i].address, &four.sin_addr) == 1;
        g_test_message("%s", cases[i].rule);
        g_assert_true(is_four || inet_pton(AF_INET6, cases[i].address, &six.sin6_addr) == 1);
        g_assert_cmpint(
            proxies_have(proxies, is_four ? (struct sockaddr *)&four : (struct sockaddr *)&six), ==,
            cases[i].expect);
    }
}

static void
test_peer(void)
{
    static const struct {
        const char *forwarded;
        const char *expect;
    } table[] = {
        { "198.51.100.7", "198.51.100.7" },
        { "203.0.113.1, 198.51.100.7",
          "198.51.100.7" },                            /* the first one anybody may have written */
        { "198.51.100.7, 192.0.2.9", "198.51.100.7" }, /* the last is a proxy of ours */
        { "192.0.2.9", "192.0.2.9" },
        { "", "" },
        { ",,", "" },
        { "rubbish", "rubbish" },
        { "198.51.100.7:4711, 192.0.2.9:80", "198.51.100.7" },
        { "[2001:db8::7]:4711", "2001:db8::7" },
        { "2001:db8::7", "2001:db8::7" },
    };
    g_autoptr(Proxies) proxies = make("192.0.2.0/24", NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *peer = proxies_find_peer(proxies, table[i].forwarded);
        g_assert_cmpstr(peer, ==, table[i].expect);
    }
}

static void
test_wrong(void)
{
    static const char *const names[] = { "example.org", "192.0.2.0/33", "192.0.2.0/",
                                         "::/129",      "192.0.2",      "/8" };
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Proxies) proxies = make(names[i], &error);
        g_assert_null(proxies);
        g_assert_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP);
        g_assert_nonnull(strstr(error->message, names[i]));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/web/proxies/have", test_have);
    g_test_add_func("/web/proxies/peer", test_peer);
    g_test_add_func("/web/proxies/wrong", test_wrong);
    return g_test_run();
}
