#include "digest/front_matter.h"

#include <string.h>

typedef struct {
    const char *rule;
    const char *text;
    const char *expect; /* what was read, or the error */
} MatterCase;

static const MatterCase cases[] = {
    { "none", "# Hello\n", "|# Hello\n" },
    { "a line is no fence", "----\na: b\n----\n", "|----\na: b\n----\n" },
    { "all keys",
      "---\nsubject: We are moving\nnewsletter: morning\ntopics: [ai, \"harbour\"]\n"
      "language: en\nsend: 2026-11-24 06:00\nto: a@example.org\n---\nText\n",
      "We are moving|morning|ai|harbour|en|2026-11-24 06:00|a@example.org|Text\n" },
    { "quotes", "---\nsubject: \"A: B # c\"\n---\n", "A: B # c|" },
    { "an apostrophe is none", "---\nsubject: 'tis\n---\n", "'tis|" },
    { "comments and empty lines", "---\n\n# no\ntopic: ai\n---\nx", "ai|x" },
    { "a colon in the value", "---\nsubject: a: b\n---\nx", "a: b|x" },
    { "an unknown key", "---\nsubject: a\nsubjet: b\n---\n",
      "line 3: a letter has no \"subjet\"; is \"subject\" meant?" },
    { "no key", "---\nhello\n---\n", "line 2: \"key: value\" was expected, not \"hello\"" },
    { "no end", "---\nsubject: a\n", "line 1: \"---\" is never closed by another one" },
    { "nothing", "", "|" },
};

static void
add(GString *out, const char *text)
{
    if (text != NULL)
        g_string_append_printf(out, "%s|", text);
}

static void
test_case(const void *data)
{
    const MatterCase *test = data;
    g_autoptr(GError) error = NULL;
    g_autofree char *exact = g_memdup2(test->text, strlen(test->text) + 1);
    g_autoptr(FrontMatter) matter = front_matter_parse(exact, &error);
    if (matter == NULL) {
        g_assert_cmpstr(error->message, ==, test->expect);
        return;
    }
    g_autoptr(GString) read = g_string_new(NULL);
    add(read, matter->subject);
    add(read, matter->newsletter);
    for (guint i = 0; i < matter->topics->len; i++)
        add(read, matter->topics->pdata[i]);
    add(read, matter->language);
    add(read, matter->send);
    add(read, matter->to);
    if (read->len == 0)
        g_string_append_c(read, '|');
    g_string_append(read, matter->body);
    g_assert_cmpstr(read->str, ==, test->expect);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_set_nonfatal_assertions(); /* all cases that fail at once */
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *name = g_strdup_printf("/digest/front_matter/%s", cases[i].rule);
        g_test_add_data_func(name, &cases[i], test_case);
    }
    return g_test_run();
}
