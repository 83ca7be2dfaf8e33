#include <string.h>

#include "subscriber/roster.h"

static GPtrArray *
parse(const char *text, size_t size, GPtrArray *problems, GError **error)
{
    /* An exact copy, so that the sanitizer sees one octet too far. */
    g_autoptr(GBytes) bytes = g_bytes_new_take(g_memdup2(text, size), size);
    Rhythm rhythm = { RHYTHM_DAILY, 0, 360, g_intern_static_string("UTC") };
    return roster_parse_csv(bytes, "list.csv", &rhythm, problems, error);
}

/* "address|name|topics; …" of what was taken. */
static char *
taken(const GPtrArray *choices)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < choices->len; i++) {
        const Choice *choice = choices->pdata[i];
        g_string_append_printf(text, "%s%s|%s|", i > 0 ? "; " : "", address_text(choice->address),
                               choice->name != NULL ? choice->name : "");
        for (guint t = 0; t < choice->topics->len; t++)
            g_string_append_printf(text, "%s%s", t > 0 ? "," : "",
                                   (const char *)choice->topics->pdata[t]);
    }
    return g_string_free(text, FALSE);
}

static const struct {
    const char *rule;
    const char *csv;
    const char *expect;
    const char *problem; /* part of the first, or NULL: there is none */
} cases[] = {
    { "commas", "address,name\na@example.org,Anna\n", "a@example.org|Anna|", NULL },
    { "semicolons, as German spreadsheets write", "email;name\na@example.org;Anna\n",
      "a@example.org|Anna|", NULL },
    { "tabs", "E-Mail\tName\na@example.org\tAnna\n", "a@example.org|Anna|", NULL },
    { "a byte order mark",
      "\xEF\xBB\xBF"
      "address\na@example.org\n",
      "a@example.org||", NULL },
    { "CRLF and no last line end", "address,name\r\na@example.org,Anna", "a@example.org|Anna|",
      NULL },
    { "Windows-1252", "address,name\na@example.org,J\xF6rg\n", "a@example.org|Jörg|", NULL },
    { "quotes, with what separates inside", "address,name\na@example.org,\"Petersen, \"\"A\"\"\"\n",
      "a@example.org|Petersen, \"A\"|", NULL },
    { "a line end in quotes", "address,name\na@example.org,\"A\nB\"\nb@example.org,C\n",
      "a@example.org|A B|; b@example.org|C|", NULL },
    { "topics by spaces and strokes", "address,topics\na@example.org,ki|sport kunst\n",
      "a@example.org||ki,kunst,sport", NULL },
    { "empty lines", "address\n\na@example.org\n\n", "a@example.org||", NULL },
    { "fields that are missing", "address,name,topics\na@example.org\n", "a@example.org||", NULL },
    { "fields too many", "address\na@example.org,x,y\n", "a@example.org||", NULL },
    { "a bad row is named and the others stay", "address\na@example.org\nnobody\nb@example.org\n",
      "a@example.org||; b@example.org||", "list.csv:3: " },
    { "lines are counted through quotes", "address,name\na@example.org,\"A\n\nB\"\nnobody,x\n",
      "a@example.org|A B|", "list.csv:5: " },
    { "twice the same person, the first row counts",
      "address,name\na@example.org,Anna\nA@EXAMPLE.org,Other\n", "a@example.org|Anna|",
      "list.csv:3: " },
    { "a column that nobody knows", "address,shoe size\na@example.org,44\n", "a@example.org||",
      "shoe size" },
    { "a bad number", "address,max_articles\na@example.org,many\nb@example.org,5\n",
      "b@example.org||", "list.csv:2: max_articles" },
    { "a header alone", "address\n", "", NULL },
    { "an address that wants to be two lines",
      "address\n\"a@example.org>\nRCPT TO:<b@example.org\"\n", "", "list.csv:2: " },
    { "a quote that is never closed", "address,name\na@example.org,\"Anna\nb@example.org,x\n",
      "a@example.org|Anna b@example.org,x|", NULL },
};

static void
test_table(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(GError) error = NULL;
        g_test_message("%s", cases[i].rule);
        g_autoptr(GPtrArray) choices = parse(cases[i].csv, strlen(cases[i].csv), problems, &error);
        g_assert_no_error(error);
        g_autofree char *text = taken(choices);
        g_assert_cmpstr(text, ==, cases[i].expect);
        if (cases[i].problem == NULL)
            g_assert_cmpuint(problems->len, ==, 0);
        else
            g_assert_nonnull(strstr(problems->pdata[0], cases[i].problem));
    }
}

static void
test_no_header(void)
{
    static const char *const texts[] = { "", "a@example.org\n", "name\nAnna\n", "\0\0\0" };
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(GError) error = NULL;
        g_assert_null(parse(texts[i], strlen(texts[i]), problems, &error));
        g_assert_nonnull(strstr(error->message, "list.csv:1"));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/subscriber/csv/table", test_table);
    g_test_add_func("/subscriber/csv/no-header", test_no_header);
    return g_test_run();
}
