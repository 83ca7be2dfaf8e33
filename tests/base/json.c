#include "base/json.h"

#include <string.h>
#include "base/error.h"

/* As it would lie in a file: no byte behind it. */
static Value *
parse_exact(const char *text, size_t size, GError **error)
{
    g_autoptr(GBytes) bytes = g_bytes_new_take(g_memdup2(text, size), size);
    return json_parse(bytes, error);
}

typedef struct {
    const char *rule;
    const char *text;
    const char *expect; /* NULL: the same */
} RoundTrip;

static const RoundTrip round_trips[] = {
    { "null", "null", NULL },
    { "true", "true", NULL },
    { "false", "false", NULL },
    { "a text", "\"Grüße\"", NULL },
    { "an empty text", "\"\"", NULL },
    { "the smallest integer", "-9223372036854775808", NULL },
    { "the largest integer", "9223372036854775807", NULL },
    { "the shortest form of a fraction", "0.1", NULL },
    { "all digits where they are needed", "0.30000000000000004", NULL },
    { "a real that is whole stays a real", "1.0", NULL },
    { "a large real", "1e300", "1e+300" },
    { "an integer beyond 64 bits is a real", "100000000000000000000", "1e+20" },
    { "members keep their order", "{\"z\":1,\"a\":2,\"m\":{}}", NULL },
    { "a list in a list", "[[],[1,[2]],\"\"]", NULL },
    { "white space goes", " { \"a\" : [ 1 , 2 ] } \n", "{\"a\":[1,2]}" },
    { "what must be escaped", "\"\\\"\\\\\\n\\t\\r\\u0001\\u001f\"", NULL },
    { "what need not be escaped", "\"\\/\\u00fc\\ud83d\\ude00\"", "\"/ü😀\"" },
    { "of repeated members the last holds", "{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":3,\"b\":2}" },
};

static void
test_round_trip(const void *data)
{
    const RoundTrip *test = data;
    g_autoptr(GError) error = NULL;
    g_autoptr(Value) value = parse_exact(test->text, strlen(test->text), &error);
    g_assert_no_error(error);
    g_autoptr(GString) out = g_string_new(NULL);
    json_write(out, value, 0);
    g_assert_cmpstr(out->str, ==, test->expect != NULL ? test->expect : test->text);
}

typedef struct {
    const char *rule;
    const char *text;
    size_t size;       /* 0: TEXT is a C string */
    const char *begin; /* of the message */
} Mistake;

static const Mistake mistakes[] = {
    { "nothing", "", 0, "line 1, column 0: " },
    { "a comma at the end", "[1,\n 2,]", 0, "line 2, column " },
    { "two values", "1 2", 0, "line 1, column 3: " },
    { "an open text", "{\n\n \"a", 0, "line 3, column " },
    { "an open list", "[1", 0, "line 1, column 2: " },
    { "NUL as an escape", "\"a\\u0000b\"", 0, "line 1, column " },
    { "NUL as a byte", "\"a\0b\"", 5, "line 1, column " },
    { "NUL in a member's name", "{\"a\\u0000\":1}", 0, "line 1, column " },
    { "Latin-1", "\"\xFC\"", 0, "line 1, column " },
    { "a comment", "/* x */ 1", 0, "line 1, column " },
    { "half a surrogate pair", "\"\\ud83d\"", 0, "line 1, column " },
};

static void
test_mistake(const void *data)
{
    const Mistake *test = data;
    g_autoptr(GError) error = NULL;
    size_t size = test->size > 0 ? test->size : strlen(test->text);
    g_assert_null(parse_exact(test->text, size, &error));
    g_assert_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT);
    if (!g_str_has_prefix(error->message, test->begin))
        g_error("\"%s\" does not begin with \"%s\"", error->message, test->begin);
}

static bool
parses_nested(size_t levels)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (size_t i = 0; i < levels; i++)
        g_string_append_c(text, '[');
    for (size_t i = 0; i < levels; i++)
        g_string_append_c(text, ']');
    g_autoptr(GError) error = NULL;
    g_autoptr(Value) value = parse_exact(text->str, text->len, &error);
    if (value == NULL)
        g_assert_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT);
    return value != NULL;
}

static void
test_depth(void)
{
    g_assert_true(parses_nested(128));
    g_assert_false(parses_nested(129));
    g_assert_false(parses_nested(100000));
}

static void
test_kinds(void)
{
    const char *text = "[1, 1.5, \"1\", true, null, [], {}]";
    static const ValueKind kinds[] = { VALUE_INTEGER, VALUE_REAL, VALUE_STRING, VALUE_BOOL,
                                       VALUE_NULL,    VALUE_LIST, VALUE_MAP };
    g_autoptr(Value) list = parse_exact(text, strlen(text), NULL);
    g_assert_cmpuint(value_length(list), ==, G_N_ELEMENTS(kinds));
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        g_assert_cmpint(value_kind(value_item(list, i)), ==, kinds[i]);
}

static void
test_indent(void)
{
    const char *text = "{\"a\":[1,2],\"b\":{},\"c\":[]}";
    g_autoptr(Value) value = parse_exact(text, strlen(text), NULL);
    g_autoptr(GString) out = g_string_new(NULL);
    json_write(out, value, 2);
    g_assert_cmpstr(out->str, ==,
                    "{\n"
                    "  \"a\": [\n"
                    "    1,\n"
                    "    2\n"
                    "  ],\n"
                    "  \"b\": {},\n"
                    "  \"c\": []\n"
                    "}");
}

static void
test_infinity(void)
{
    g_autoptr(Value) value = value_new_real(G_MAXDOUBLE * 2);
    g_autoptr(GString) out = g_string_new(NULL);
    json_write(out, value, 0);
    g_assert_cmpstr(out->str, ==, "null");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(round_trips); i++) {
        g_autofree char *path = g_strdup_printf("/json/round trip/%s", round_trips[i].rule);
        g_test_add_data_func(path, &round_trips[i], test_round_trip);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(mistakes); i++) {
        g_autofree char *path = g_strdup_printf("/json/mistake/%s", mistakes[i].rule);
        g_test_add_data_func(path, &mistakes[i], test_mistake);
    }
    g_test_add_func("/json/128 levels and no more", test_depth);
    g_test_add_func("/json/each kind is told apart", test_kinds);
    g_test_add_func("/json/indented", test_indent);
    g_test_add_func("/json/there is no infinity", test_infinity);
    return g_test_run();
}
