#include "base/value.h"

static void
test_order(void)
{
    g_autoptr(Value) map = value_new_map();
    value_set_integer(map, "b", 1);
    value_set_integer(map, "a", 2);
    value_set_integer(map, "b", 3);
    g_assert_cmpuint(value_length(map), ==, 2);
    g_assert_cmpstr(value_key(map, 0), ==, "b");
    g_assert_cmpint(value_integer(value_item(map, 0)), ==, 3);
    g_assert_cmpstr(value_key(map, 1), ==, "a");
}

/* Beyond a few members a map is searched by an index; nothing may change for the caller. */
static void
test_many_members(void)
{
    g_autoptr(Value) map = value_new_map();
    for (int i = 0; i < 1000; i++) {
        g_autofree char *key = g_strdup_printf("key %d", i);
        value_set_integer(map, key, i);
    }
    value_set_integer(map, "key 7", -7);
    value_set_integer(map, "key 700", -700);
    g_assert_cmpuint(value_length(map), ==, 1000);
    for (int i = 0; i < 1000; i++) {
        g_autofree char *key = g_strdup_printf("key %d", i);
        g_assert_cmpstr(value_key(map, (size_t)i), ==, key);
        int64_t expect = i == 7 || i == 700 ? -i : i;
        g_assert_cmpint(value_integer(value_find(map, key)), ==, expect);
    }
    g_assert_null(value_find(map, "key 1000"));
}

/* Short keys lie elsewhere than long ones. */
static void
test_lengths_of_keys(void)
{
    g_autoptr(Value) map = value_new_map();
    for (gsize length = 0; length < 40; length++) {
        g_autofree char *key = g_strnfill(length, 'k');
        value_set_integer(map, key, (int64_t)length);
        value_set_integer(map, key, -(int64_t)length);
    }
    g_assert_cmpuint(value_length(map), ==, 40);
    for (gsize length = 0; length < 40; length++) {
        g_autofree char *key = g_strnfill(length, 'k');
        g_assert_cmpstr(value_key(map, length), ==, key);
        g_assert_cmpint(value_integer(value_find(map, key)), ==, -(int64_t)length);
    }
}

static void
test_missing(void)
{
    g_autoptr(Value) map = value_new_map();
    g_autoptr(Value) list = value_new_list();
    value_set_integer(map, "number", 1);
    value_set_string(map, "text", "x");
    value_set_string(map, "nothing", NULL);
    g_assert_null(value_find(map, "other"));
    g_assert_null(value_find(list, "text"));
    g_assert_cmpstr(value_find_string(map, "text"), ==, "x");
    g_assert_null(value_find_string(map, "number"));
    g_assert_null(value_find_string(map, "nothing"));
    g_assert_cmpint(value_kind(value_find(map, "nothing")), ==, VALUE_NULL);
}

static void
test_times(void)
{
    g_autoptr(Value) map = value_new_map();
    value_set_time(map, "never", 0);
    value_set_time(map, "once", 1795413600);
    g_assert_cmpint(value_kind(value_find(map, "never")), ==, VALUE_NULL);
    g_assert_cmpstr(value_find_string(map, "once"), ==, "2026-11-23T06:00:00Z");
}

/* The sanitizer sees a count that is wrong, one way or the other. */
static void
test_shared(void)
{
    g_autoptr(Value) shared = value_new_string("x");
    {
        g_autoptr(Value) list = value_new_list();
        value_take_item(list, value_ref(shared));
        value_take_item(list, value_ref(shared));
        g_assert_true(value_item(list, 0) == value_item(list, 1));
    }
    g_assert_cmpstr(value_string(shared), ==, "x");
    value_unref(NULL);
}

static void
test_over(void)
{
    g_autoptr(Value) base = value_new_map();
    value_set_string(base, "both", "below");
    value_set_string(base, "below", "x");
    g_autoptr(Value) middle = value_new_map_over(base);
    g_autoptr(Value) map = value_new_map_over(middle);
    value_set_string(map, "both", "above");
    value_set_string(map, "nothing", NULL);
    value_set_string(base, "nothing", "hidden");
    g_assert_cmpstr(value_find_string(map, "both"), ==, "above");
    g_assert_cmpstr(value_find_string(map, "below"), ==, "x");
    g_assert_cmpstr(value_find_string(base, "both"), ==, "below");
    g_assert_null(value_find_string(map, "nothing"));
    g_assert_null(value_find(map, "other"));
    g_assert_cmpuint(value_length(map), ==, 2);
}

static void
test_numbers(void)
{
    g_autoptr(Value) integer = value_new_integer(3);
    g_autoptr(Value) flag = value_new_bool(true);
    g_assert_cmpfloat(value_real(integer), ==, 3.0);
    g_assert_true(value_bool(flag));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/value/members keep their order and their place", test_order);
    g_test_add_func("/value/many members", test_many_members);
    g_test_add_func("/value/keys of all lengths", test_lengths_of_keys);
    g_test_add_func("/value/what is missing or of another kind", test_missing);
    g_test_add_func("/value/no time is null", test_times);
    g_test_add_func("/value/a value is shared by counting", test_shared);
    g_test_add_func("/value/a map over another", test_over);
    g_test_add_func("/value/an integer is a real too", test_numbers);
    return g_test_run();
}
