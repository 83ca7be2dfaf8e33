#include "digest/mustache.h"

#include <string.h>
#include "base/error.h"
#include "base/json.h"

/* The cases are files in tests/data/mustache: lists of
 *     {"rule", "template", "data", "partials", "expect" or "error", "name"}
 * where "name" is the template's file name and decides on escaping. */
static const char *const files[] = { "values",   "sections",    "lines",
                                     "partials", "inheritance", "mistakes" };

static const char *
find_partial(const char *name, const char **file, void *data)
{
    return data != NULL ? value_find_string(data, name) : NULL;
}

static char *
render(const char *name, const char *template, const Value *data, Value *partials, GError **error)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(Mustache) mustache = mustache_parse(name, template, error);
    if (mustache == NULL || !mustache_render(mustache, data, find_partial, partials, out, error))
        return NULL;
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static Value *
cases_load(const char *file)
{
    g_autofree char *path = g_strdup_printf("%s/mustache/%s.json", TEST_DATA, file);
    g_autofree char *text = NULL;
    gsize size;
    g_autoptr(GError) error = NULL;
    g_file_get_contents(path, &text, &size, &error);
    g_assert_no_error(error);
    g_autoptr(GBytes) bytes = g_bytes_new(text, size);
    Value *cases = json_parse(bytes, &error);
    g_assert_no_error(error);
    return cases;
}

/* A settled template renders as the template does, whatever part of the data the frame has. */
static void
assert_settles(const char *name, const char *template, const Value *data, const Value *frame,
               Value *partials, const char *expect)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(Mustache) mustache = mustache_parse(name, template, NULL);
    g_autoptr(Mustache) settled = mustache_settle(mustache, frame, find_partial, partials);
    if (settled == NULL)
        return;
    g_assert_true(mustache_render(settled, data, NULL, NULL, out, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(out->str, ==, expect);
}

static Value *
only_members(const Value *data, size_t from, size_t to)
{
    Value *map = value_new_map();
    for (size_t i = from; i < to; i++)
        value_take(map, value_key(data, i), value_ref(value_item(data, i)));
    return map;
}

static void
assert_settles_with_parts(const char *name, const char *template, const Value *data,
                          Value *partials, const char *expect)
{
    if (value_kind(data) != VALUE_MAP)
        return;
    size_t count = value_length(data);
    for (size_t from = 0; from <= count; from++) {
        for (size_t to = from; to <= count; to++) {
            g_autoptr(Value) frame = only_members(data, from, to);
            assert_settles(name, template, data, frame, partials, expect);
        }
    }
}

static void
test_case(gconstpointer data)
{
    const Value *test = data;
    const char *given_name = value_find_string(test, "name");
    const char *name = given_name != NULL ? given_name : "t.mustache";
    const char *template = value_find_string(test, "template");
    const char *expect = value_find_string(test, "expect");
    const char *expected_error = value_find_string(test, "error");
    g_autoptr(Value) nothing = value_new_map();
    const Value *given_data = value_find(test, "data");
    const Value *values = given_data != NULL ? given_data : nothing;
    Value *partials = value_find(test, "partials");
    g_autoptr(GError) error = NULL;
    g_autofree char *out = render(name, template, values, partials, &error);
    if (expected_error != NULL) {
        g_assert_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT);
        g_assert_cmpstr(error->message, ==, expected_error);
        g_assert_null(out);
    } else {
        g_assert_no_error(error);
        g_assert_cmpstr(out, ==, expect);
        assert_settles_with_parts(name, template, values, partials, expect);
    }
}

static void
assert_fails(const char *template, const Value *data, Value *partials, const char *pattern)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *out = render("t.mustache", template, data, partials, &error);
    g_assert_null(out);
    g_assert_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT);
    if (!g_pattern_match_simple(pattern, error->message))
        g_error("\"%s\" is not like \"%s\"", error->message, pattern);
}

static char *
repeated(const char *text, size_t times)
{
    g_autoptr(GString) out = g_string_new(NULL);
    for (size_t i = 0; i < times; i++)
        g_string_append(out, text);
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static void
test_output_limit(void)
{
    g_autoptr(Value) data = value_new_map();
    g_autofree char *text = repeated("0123456789", 100 * 1000);
    value_set_string(data, "text", text);
    g_autofree char *fits = repeated("{{text}}", 5);
    g_autofree char *too_much = repeated("{{text}}", 6);
    g_autoptr(GError) error = NULL;
    g_autofree char *out = render("t.mustache", fits, data, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(strlen(out), ==, 5 * strlen(text));
    assert_fails(too_much, data, NULL, "*the result is larger than 5 MB");
}

/* Each partial calls the next one twice, and the last one writes nothing: 2^40 calls. */
static void
test_work_limit(void)
{
    g_autoptr(Value) partials = value_new_map();
    g_autoptr(Value) data = value_new_map();
    for (int i = 0; i < 40; i++) {
        g_autofree char *name = g_strdup_printf("p%d", i);
        g_autofree char *text = g_strdup_printf("{{>p%d}}{{>p%d}}", i + 1, i + 1);
        value_set_string(partials, name, text);
    }
    assert_fails("{{>p0}}", data, partials, "*the template does not come to an end");
}

static void
test_nesting_limit(void)
{
    g_autoptr(Value) data = value_new_map();
    g_autofree char *begin = repeated("{{#a}}", 100 * 1000);
    assert_fails(begin, data, NULL, "*tags are nested deeper than 128 levels");

    g_autoptr(Value) partials = value_new_map();
    g_autofree char *open = repeated("{{^a}}", 100);
    g_autofree char *close = repeated("{{/a}}", 100);
    g_autofree char *text = g_strconcat(open, "{{>p}}", close, NULL);
    value_set_string(partials, "p", text);
    assert_fails("{{>p}}", data, partials, "*sections and partials are nested too deep");
}

static Value *
parse_data(const char *json)
{
    g_autoptr(GBytes) bytes = g_bytes_new(json, strlen(json));
    g_autoptr(GError) error = NULL;
    Value *data = json_parse(bytes, &error);
    g_assert_no_error(error);
    return data;
}

/* The data may have more than the frame in maps: what a mail adds to "t". */
static void
test_settled_maps_may_grow(void)
{
    static const char template[] =
        "{{a}} {{t.x}}{{t.y}} {{#t}}{{x}}{{y}}{{/t}} {{#list}}{{n}}{{a}}{{later}} {{/list}}"
        "{{^t.y}}no{{/t.y}}{{#later}}{{a}}{{/later}}";
    g_autoptr(Value) frame =
        parse_data("{\"a\":\"<\",\"t\":{\"x\":\"X\"},\"list\":[{\"n\":1},{\"n\":2,\"a\":3}]}");
    g_autoptr(Value) data = value_new_map_over(frame);
    Value *strings = value_new_map_over(value_find(frame, "t"));
    value_set_string(strings, "y", "Y");
    value_take(data, "t", strings);
    value_set_string(data, "later", "!");

    g_autoptr(Mustache) mustache = mustache_parse("t.mustache", template, NULL);
    g_autoptr(Mustache) settled = mustache_settle(mustache, frame, NULL, NULL);
    g_assert_nonnull(settled);
    g_autoptr(GString) out = g_string_new(NULL);
    g_assert_true(mustache_render(settled, data, NULL, NULL, out, NULL));
    g_assert_cmpstr(out->str, ==, "&lt; XY XY 1&lt;! 23! &lt;");
}

static void
test_what_cannot_be_settled(void)
{
    g_autoptr(Value) frame = value_new_map();
    g_autoptr(Value) partials =
        parse_data("{\"tree\":\"<{{#more}}{{>tree}}{{/more}}>\",\"two\":\"{{#a}}{{>two}}{{>two}}{{/a}}\","
                   "\"wrong\":\"{{#a}}\"}");
    static const char *const templates[] = { "{{>*name}}", "{{>tree}}", "{{>two}}", "{{>wrong}}" };
    for (size_t i = 0; i < G_N_ELEMENTS(templates); i++) {
        g_autoptr(Mustache) mustache = mustache_parse("t.mustache", templates[i], NULL);
        g_assert_null(mustache_settle(mustache, frame, find_partial, partials));
    }
}

static const char *
count_calls(const char *name, const char **file, void *data)
{
    ++*(int *)data;
    return g_str_equal(name, "p") ? "x" : NULL;
}

static void
test_partials_are_compiled_once(void)
{
    int calls = 0;
    g_autoptr(Value) data = value_new_map();
    g_autoptr(Mustache) mustache = mustache_parse("t.mustache", "{{>p}}{{>p}}{{>q}}{{>q}}", NULL);
    g_autoptr(GString) out = g_string_new("before ");
    g_assert_true(mustache_render(mustache, data, count_calls, &calls, out, NULL));
    g_assert_true(mustache_render(mustache, data, count_calls, &calls, out, NULL));
    g_assert_cmpstr(out->str, ==, "before xxxx");
    g_assert_cmpint(calls, ==, 2);
}

static void
test_without_loader(void)
{
    g_autoptr(Value) data = value_new_map();
    g_autoptr(Mustache) mustache = mustache_parse("t.mustache", "[{{>p}}]", NULL);
    g_autoptr(GString) out = g_string_new(NULL);
    g_assert_true(mustache_render(mustache, data, NULL, NULL, out, NULL));
    g_assert_cmpstr(out->str, ==, "[]");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_autoptr(GPtrArray) loaded = g_ptr_array_new_with_free_func((GDestroyNotify)value_unref);
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        Value *cases = cases_load(files[i]);
        g_ptr_array_add(loaded, cases);
        for (size_t k = 0; k < value_length(cases); k++) {
            const Value *test = value_item(cases, k);
            g_autofree char *rule =
                g_strdelimit(g_strdup(value_find_string(test, "rule")), "/", '|');
            g_autofree char *path = g_strdup_printf("/digest/mustache/%s/%s", files[i], rule);
            g_test_add_data_func(path, test, test_case);
        }
    }
    g_test_add_func("/digest/mustache/limits/output", test_output_limit);
    g_test_add_func("/digest/mustache/limits/work", test_work_limit);
    g_test_add_func("/digest/mustache/limits/nesting", test_nesting_limit);
    g_test_add_func("/digest/mustache/partials are compiled once", test_partials_are_compiled_once);
    g_test_add_func("/digest/mustache/settled: maps may grow", test_settled_maps_may_grow);
    g_test_add_func("/digest/mustache/settled: what cannot be", test_what_cannot_be_settled);
    g_test_add_func("/digest/mustache/without a loader there are no partials", test_without_loader);
    return g_test_run();
}
