#include "net/network.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>
#include <glib.h>

typedef struct {
    const char *address;
    bool is_private;
} Case;

static const Case cases[] = {
    { "0.0.0.0", true },
    { "0.255.255.255", true },
    { "1.0.0.0", false },
    { "9.255.255.255", false },
    { "10.0.0.0", true },
    { "10.255.255.255", true },
    { "11.0.0.0", false },
    { "100.63.255.255", false },
    { "100.64.0.0", true },
    { "100.127.255.255", true },
    { "100.128.0.0", false },
    { "127.0.0.1", true },
    { "127.255.255.254", true },
    { "128.0.0.0", false },
    { "169.253.255.255", false },
    { "169.254.169.254", true },
    { "172.15.255.255", false },
    { "172.16.0.0", true },
    { "172.31.255.255", true },
    { "172.32.0.0", false },
    { "192.0.0.1", true },
    { "192.0.1.1", false },
    { "192.0.2.1", true },
    { "192.88.99.1", true },
    { "192.167.255.255", false },
    { "192.168.1.1", true },
    { "192.169.0.0", false },
    { "198.17.255.255", false },
    { "198.18.0.1", true },
    { "198.19.255.255", true },
    { "198.20.0.0", false },
    { "198.51.100.7", true },
    { "203.0.113.7", true },
    { "223.255.255.255", false },
    { "224.0.0.1", true },
    { "239.255.255.255", true },
    { "240.0.0.1", true },
    { "255.255.255.255", true },
    { "::", true },
    { "::1", true },
    { "::127.0.0.1", true },
    { "::ffff:127.0.0.1", true },
    { "::ffff:10.1.2.3", true },
    { "::ffff:93.184.216.34", false },
    { "64:ff9b::10.0.0.1", true },
    { "64:ff9b::93.184.216.34", false },
    { "64:ff9b:1::1", true },
    { "100::1", true },
    { "1fff::1", true },
    { "2000::1", false },
    { "2001::1", true },
    { "2001:1ff:ffff::1", true },
    { "2001:200::1", false },
    { "2001:db8::1", true },
    { "2001:db9::1", false },
    { "2002:0a00:0001::1", true },
    { "2002:7f00:0001::", true },
    { "2002:5db8:d822::1", false },
    { "2606:2800:220:1:248:1893:25c8:1946", false },
    { "3ffe::1", false },
    { "3fff::1", true },
    { "3fff:1000::1", false },
    { "4000::1", true },
    { "5f00::1", true },
    { "fc00::1", true },
    { "fd12:3456:789a::1", true },
    { "fe80::1", true },
    { "fec0::1", true },
    { "ff02::1", true },
};

static bool
ask(const char *text)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return network_is_private((const struct sockaddr *)&v4);
    g_assert_cmpint(inet_pton(AF_INET6, text, &v6.sin6_addr), ==, 1);
    return network_is_private((const struct sockaddr *)&v6);
}

static void
test_address(const void *data)
{
    const Case *test = data;
    g_assert_true(ask(test->address) == test->is_private);
    g_assert_true(network_text_is_private(test->address) == test->is_private);
}

static void
test_other(void)
{
    struct sockaddr_un local = { .sun_family = AF_UNIX };
    g_assert_true(network_is_private((const struct sockaddr *)&local));
    g_assert_false(network_text_is_private("example.org"));
    g_assert_false(network_text_is_private(""));
    g_assert_false(network_text_is_private("127.1")); /* a name, as far as we are asked */
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/network/", cases[i].address, NULL);
        g_test_add_data_func(path, &cases[i], test_address);
    }
    g_test_add_func("/network/other", test_other);
    return g_test_run();
}
