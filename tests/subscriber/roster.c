#include "subscriber/roster.h"

#include <string.h>
#include <glib/gstdio.h>

static Rhythm
daily(void)
{
    return (Rhythm){ RHYTHM_DAILY, 0, 360, g_intern_static_string("Europe/Berlin") };
}

/* Reads TEXT as a roster file; PROBLEMS gets what is wrong. */
static GPtrArray *
load(const char *text, size_t size, GPtrArray *problems, GError **error)
{
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("roster-XXXXXX.conf", &path, NULL);
    g_assert_cmpint(fd, >=, 0);
    g_assert_true(g_close(fd, NULL));
    g_assert_true(g_file_set_contents(path, text, (gssize)size, NULL));
    Rhythm rhythm = daily();
    GPtrArray *choices = roster_load(path, &rhythm, problems, error);
    g_unlink(path);
    return choices;
}

static void
test_sample(void)
{
    g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;
    Rhythm rhythm = daily();
    g_autoptr(GPtrArray) choices =
        roster_load(TEST_SOURCE "/subscribers/newsroom.conf", &rhythm, problems, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(problems->len, ==, 0);
    g_assert_cmpuint(choices->len, ==, 5);

    const Choice *weekly = choices->pdata[1];
    g_autofree char *text = rhythm_text(&weekly->rhythm);
    g_assert_cmpstr(text, ==, "weekly mon 07:30 Europe/Berlin");
    g_assert_cmpstr(weekly->name, ==, "Jörg Müßig");
    const Choice *plain = choices->pdata[2];
    g_assert_cmpint(plain->format, ==, FORMAT_TEXT);
    g_assert_cmpstr(plain->filter, ==, "not straßenbahn");
    const Choice *english = choices->pdata[3];
    g_assert_cmpstr(english->language, ==, "en");
    g_assert_cmpint(english->max_articles, ==, 4);
    g_assert_cmpuint(english->topics->len, ==, 2);
    g_assert_cmpstr(english->topics->pdata[0], ==, "energie"); /* sorted */
    const Choice *bare = choices->pdata[4];
    g_assert_null(bare->name);
    g_assert_cmpuint(bare->topics->len, ==, 0);
}

static const struct {
    const char *rule;
    const char *text;
    const char *problem; /* part of the first, behind the file's name */
} mistakes[] = {
    { "an unknown key, with the one that is meant",
      "subscribers = (\n { address = \"a@example.org\"; tpoics = [\"x\"]; } );",
      ":2: unknown key \"tpoics\", did you mean \"topics\"?" },
    { "a bad address", "subscribers = (\n { address = \"a@@example.org\"; } );", ":2: " },
    { "no address", "subscribers = (\n\n { name = \"A\"; } );", ":3: the address is missing" },
    { "twice the same person",
      "subscribers = ( { address = \"a@example.org\"; },\n { address = \"A@Example.org\"; } );",
      ":2: \"a@example.org\" is in it twice, first in line 1" },
    { "a number for a text", "subscribers = ( { address = \"a@example.org\"; name = 3; } );",
      ":1: name must be a text in quotes" },
    { "a text for a list", "subscribers = ( { address = \"a@example.org\"; topics = \"x\"; } );",
      ":1: topics must be a list" },
    { "a number among topics",
      "subscribers = ( { address = \"a@example.org\"; topics = [ 1 ]; } );", ":1: topics must be" },
    { "a topic that can be none",
      "subscribers = ( { address = \"a@example.org\"; topics = [ \"K I\" ]; } );", ":1: " },
    { "max_articles as a text",
      "subscribers = ( { address = \"a@example.org\"; max_articles = \"5\"; } );",
      ":1: max_articles must be a number" },
    { "no articles at all", "subscribers = ( { address = \"a@example.org\"; max_articles = 0; } );",
      ":1: max_articles" },
    { "a rhythm", "subscribers = ( { address = \"a@example.org\"; hour = \"25\"; } );", ":1: " },
    { "a format", "subscribers = ( { address = \"a@example.org\"; format = \"pdf\"; } );",
      ":1: format must be html or text" },
    { "a language", "subscribers = ( { address = \"a@example.org\"; language = \"!\"; } );",
      ":1: not a language" },
    { "named groups", "subscribers : { anna = { address = \"a@example.org\"; }; };",
      ":1: subscribers must be a list" },
    { "an entry that is no group", "subscribers = (\n \"a@example.org\" );", ":2: an entry must" },
    { "another key", "people = ( );\nsubscribers = ( );", ":1: unknown key \"people\"" },
    { "nothing", "", ":1: \"subscribers = ( … );\" is missing" },
    { "a syntax error", "subscribers = (\n { address = ; } );", ":2: syntax error" },
    { "another file", "# x\n  @include \"/etc/passwd\"\nsubscribers = ( );",
      ":2: a roster cannot include" },
    { "not UTF-8", "subscribers = ( { name = \"\xFC\"; } );", ":1: not UTF-8 text" },
};

static void
test_mistakes(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(mistakes); i++) {
        g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(GError) error = NULL;
        g_test_message("%s", mistakes[i].rule);
        g_assert_null(load(mistakes[i].text, strlen(mistakes[i].text), problems, &error));
        g_assert_nonnull(error);
        g_assert_cmpuint(problems->len, >=, 1);
        const char *first = problems->pdata[0];
        g_assert_nonnull(strstr(first, mistakes[i].problem));
        g_assert_cmpstr(error->message, ==, first);
    }
}

static void
test_all_mistakes_are_told(void)
{
    static const char text[] = "subscribers = ( { address = \"a@example.org\"; x = 1; },\n"
                               " { address = \"b\"; },\n { address = \"c@example.org\"; } );";
    g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
    g_assert_null(load(text, strlen(text), problems, NULL));
    g_assert_cmpuint(problems->len, ==, 2);
}

static void
test_too_many(void)
{
    g_autoptr(GString) text = g_string_new("subscribers = (\n");
    for (int i = 0; i <= ROSTER_ENTRIES_MAX; i++)
        g_string_append_printf(text, "%s{ address = \"p%d@example.org\"; }", i > 0 ? "," : "", i);
    g_string_append(text, ");");
    g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
    g_assert_null(load(text->str, text->len, problems, NULL));
    g_assert_nonnull(strstr(problems->pdata[0], "subscriber import"));
}

static void
test_no_file(void)
{
    g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;
    Rhythm rhythm = daily();
    g_assert_null(roster_load("/nowhere/roster.conf", &rhythm, problems, &error));
    g_assert_nonnull(strstr(error->message, "/nowhere/roster.conf"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/subscriber/roster/the-sample-that-ships", test_sample);
    g_test_add_func("/subscriber/roster/mistakes", test_mistakes);
    g_test_add_func("/subscriber/roster/all-mistakes", test_all_mistakes_are_told);
    g_test_add_func("/subscriber/roster/too-many", test_too_many);
    g_test_add_func("/subscriber/roster/no-file", test_no_file);
    return g_test_run();
}
