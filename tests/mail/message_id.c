#include "mail/message_id.h"

#include <glib.h>

static void
expect(int64_t issue, uint64_t subscription, const char *domain, const char *text)
{
    g_autofree char *id = message_id_new(issue, subscription, domain);
    g_assert_cmpstr(id, ==, text);
}

/* Mails in the world bear these names: a change here makes repeated mails strangers. */
static void
test_never_changes(void)
{
    expect(12, 81985529216486895, "example.org", "i12.mobnhashud7gdbxxy23zyocmzi@example.org");
    expect(9223372036854775807, 18446744073709551615u, "localhost",
           "i9223372036854775807.ymbpudgg6kpjo62vmvwd5ufaei@localhost");
}

/* The domain is where it was sent from, not what it is: the hash does not know it. */
static void
test_domain_is_no_part(void)
{
    expect(12, 81985529216486895, "example.net", "i12.mobnhashud7gdbxxy23zyocmzi@example.net");
}

static void
test_all_differ(void)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (int64_t issue = 1; issue <= 40; issue++) {
        for (uint64_t subscription = 1; subscription <= 40; subscription++)
            g_assert_true(g_hash_table_add(seen, message_id_new(issue, subscription, "a.example")));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/message-id/never-changes", test_never_changes);
    g_test_add_func("/message-id/domain-is-no-part", test_domain_is_no_part);
    g_test_add_func("/message-id/all-differ", test_all_differ);
    return g_test_run();
}
