#include "cli/print.h"

#include "capture.h"

static const Column columns[] = {
    { "NAME", "name", 6 },
    { "N", "n", 0 },
    { "MORE", "more", 0 },
    { NULL },
};

static Value *
row_new(const char *name, int64_t n, Value *more)
{
    Value *map = value_new_map();
    value_set_string(map, "name", name);
    value_set_integer(map, "n", n);
    if (more != NULL)
        value_take(map, "more", more);
    return map;
}

static Value *
words_new(const char *one, const char *two)
{
    Value *list = value_new_list();
    value_take_item(list, value_new_string(one));
    value_take_item(list, value_new_string(two));
    return list;
}

static void
test_list(void)
{
    g_autoptr(Value) list = value_new_list();
    value_take_item(list, row_new("ärgern", 7, value_new_bool(true)));
    value_take_item(list, row_new("東京", 12345, words_new("a", "b")));
    value_take_item(list, row_new("x\n\ty", -1, NULL));
    Capture capture = capture_begin(stdout);
    print_list(false, list, columns);
    g_autofree char *out = capture_end(capture, stdout);
    g_assert_cmpstr(out, ==,
                    "NAME    N      MORE\n"
                    "ärgern  7      yes\n"
                    "東京    12345  a b\n"
                    "x y     -1     -\n");
}

static void
test_empty_list(void)
{
    g_autoptr(Value) list = value_new_list();
    Capture capture = capture_begin(stdout);
    print_list(false, list, columns);
    g_autofree char *out = capture_end(capture, stdout);
    g_assert_cmpstr(out, ==, "");
    capture = capture_begin(stdout);
    print_list(true, list, columns);
    g_autofree char *json = capture_end(capture, stdout);
    g_assert_cmpstr(json, ==, "[]\n");
}

static void
test_map(void)
{
    g_autoptr(Value) map = row_new("a\rb", 3, value_new_null());
    Value *rows = value_new_list();
    value_take_item(rows, row_new("hidden", 1, NULL));
    value_take(map, "longest", value_new_bool(false));
    value_take(map, "rows", rows);
    value_take(map, "none", value_new_list());
    Value *counts = value_new_map();
    value_set_integer(counts, "sent", 2);
    value_set_bool(counts, "open", true);
    value_take(map, "counts", counts);
    Capture capture = capture_begin(stdout);
    print_map(false, map);
    g_autofree char *out = capture_end(capture, stdout);
    g_assert_cmpstr(out, ==,
                    "name:    a b\n"
                    "n:       3\n"
                    "longest: no\n"
                    "counts:  sent 2, open yes\n");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/print/columns are as wide as their widest text on a terminal", test_list);
    g_test_add_func("/print/an empty list is nothing for people", test_empty_list);
    g_test_add_func("/print/a map is a line for each fact", test_map);
    return g_test_run();
}
