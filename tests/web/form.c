#include "web/form.h"

#include <string.h>

#define MULTIPART "multipart/form-data; boundary=x"

static const struct {
    const char *rule;
    const char *type;
    const char *body;
    const char *name;
    const char *expect; /* values of NAME, joined by '|'; NULL: there are none */
} cases[] = {
    { "urlencoded", "application/x-www-form-urlencoded", "a=1&b=2", "b", "2" },
    { "without a type", NULL, "List-Unsubscribe=One-Click", "List-Unsubscribe", "One-Click" },
    { "escapes and plus", NULL, "a=x%20y+z%C3%A4", "a", "x y zä" },
    { "escapes that are none stay", NULL, "a=100%&b=%zz%4", "a", "100%" },
    { "escapes cut off at the end", NULL, "a=%4", "a", "%4" },
    { "a name without a value", NULL, "a&b=1", "a", "" },
    { "values are trimmed", NULL, "a=+x+", "a", "x" },
    { "several boxes", NULL, "t=ki&t=sport&u=1", "t", "ki|sport" },
    { "a NUL ends nothing", NULL, "a=x%00y", "a", "xy" },
    { "what is no UTF-8", NULL, "a=%FF", "a", "\xEF\xBF\xBD" },
    { "nothing at all", NULL, "", "a", NULL },
    { "no name", NULL, "=1&&=", "", NULL },
    { "multipart", MULTIPART,
      "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x\r\nContent-Disposition: "
      "form-data; name=b\r\n\r\ntwo\r\nlines\r\n--x--\r\n",
      "b", "two\nlines" },
    { "multipart with a quoted boundary and other headers",
      "Multipart/Form-Data; charset=utf-8; boundary=\"a b\"",
      "--a b\r\nContent-Type: text/plain\r\ncontent-disposition: form-data; "
      "name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--a b--",
      "List-Unsubscribe", "One-Click" },
    { "multipart with bare line feeds", MULTIPART,
      "--x\nContent-Disposition: form-data; name=\"a\"\n\n1\n--x--\n", "a", "1" },
    { "multipart that is cut off", MULTIPART,
      "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1", "a", "1" },
    { "multipart without a boundary", "multipart/form-data", "a=1", "a", NULL },
    { "multipart of boundaries alone", MULTIPART, "--x--x--x--x", "a", NULL },
};

static void
test_table(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        /* An exact copy, so that the sanitizer sees one octet too far. */
        size_t size = strlen(cases[i].body);
        g_autofree char *body = g_memdup2(cases[i].body, size);
        g_autoptr(Form) form = form_parse(cases[i].type, size > 0 ? body : "", size);
        g_autoptr(GPtrArray) values = form_values(form, cases[i].name);
        g_test_message("%s", cases[i].rule);
        g_assert_cmpuint(values->len > 0, ==, cases[i].expect != NULL);
        g_ptr_array_add(values, NULL);
        g_autofree char *joined = g_strjoinv("|", (char **)values->pdata);
        g_assert_cmpstr(joined, ==, cases[i].expect != NULL ? cases[i].expect : "");
        const char *first = form_find(form, cases[i].name);
        g_assert_cmpstr(first, ==, values->pdata[0]);
    }
}

static void
test_many_fields(void)
{
    g_autoptr(GString) body = g_string_new(NULL);
    for (int i = 0; i < 5000; i++)
        g_string_append(body, "a=1&");
    g_autoptr(Form) form = form_parse(NULL, body->str, body->len);
    g_autoptr(GPtrArray) values = form_values(form, "a");
    g_assert_cmpuint(values->len, ==, 100);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/web/form/table", test_table);
    g_test_add_func("/web/form/many-fields", test_many_fields);
    return g_test_run();
}
