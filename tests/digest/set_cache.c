#include "digest/set_cache-internal.h"

#define BYTES (64u * 1024)

static char *
text_of(int number)
{
    return g_strdup_printf("word-%d", number);
}

static bool
is_there(SetCache *cache, int number)
{
    g_autofree char *text = text_of(number);
    const Bitset *set = set_cache_find(cache, text);
    g_assert_true(set == NULL || bitset_has(set, (size_t)number % 1000));
    return set != NULL;
}

/* A set that stands for NUMBER. */
static void
add(SetCache *cache, int number)
{
    g_autofree char *text = text_of(number);
    g_autoptr(Bitset) set = bitset_new(1000);
    bitset_add(set, (size_t)number % 1000);
    g_assert_true(bitset_has(set_cache_add(cache, text, set), (size_t)number % 1000));
}

static void
test_limit(void)
{
    g_autoptr(SetCache) cache = set_cache_new(BYTES);
    int kept = 0;
    for (int i = 0; i < 1000; i++)
        add(cache, i);
    for (int i = 0; i < 1000; i++)
        kept += is_there(cache, i);
    g_assert_cmpint(kept, >, 100);
    g_assert_cmpint(kept, <, (int)(BYTES / 128)); /* which is what their bits take alone */
    g_assert_true(is_there(cache, 999));
}

static void
test_what_is_asked_for_stays(void)
{
    g_autoptr(SetCache) cache = set_cache_new(BYTES);
    add(cache, 0);
    for (int i = 1; i < 1000; i++) {
        add(cache, i);
        g_assert_true(is_there(cache, 0));
    }
    g_assert_false(is_there(cache, 1));
}

static void
test_the_last_is_always_kept(void)
{
    g_autoptr(SetCache) cache = set_cache_new(1);
    for (int i = 0; i < 3; i++) {
        add(cache, i);
        g_assert_true(is_there(cache, i));
        g_assert_false(i > 0 && is_there(cache, i - 1));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/digest/set_cache/limit", test_limit);
    g_test_add_func("/digest/set_cache/what-is-asked-for-stays", test_what_is_asked_for_stays);
    g_test_add_func("/digest/set_cache/the-last-is-always-kept", test_the_last_is_always_kept);
    return g_test_run();
}
