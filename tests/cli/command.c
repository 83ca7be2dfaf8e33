#include "cli/command.h"

#include <string.h>
#include "capture.h"

typedef struct {
    const char *rule;
    const char *line; /* split at spaces */
    int status;
    const char *out;  /* stands in stdout; NULL: it is empty */
    const char *talk; /* stands in stderr; NULL: it is empty */
} Case;

static const Case cases[] = {
    { "a command", "depesche version", 0, "depesche ", NULL },
    { "no command", "depesche", 64, NULL, "no command" },
    { "an unknown command", "depesche rnu", 64, NULL, "\"rnu\", did you mean \"run\"?" },
    { "an unknown first word of two", "depesche fedd list", 64, NULL, "did you mean \"feed\"?" },
    { "an unknown second word", "depesche feed lst", 64, NULL, "did you mean \"feed list\"?" },
    { "half a command", "depesche feed", 64, NULL, "\"feed\" needs a second word" },
    { "an unknown option", "depesche version --jsn", 64, NULL, "did you mean \"--json\"?" },
    { "an option of another command", "depesche fetch --subject x", 64, NULL, "unknown option" },
    { "an option before its command", "depesche --subject x post a.md", 64, NULL,
      "unknown option" },
    { "an unknown letter", "depesche version -x", 64, NULL, "unknown option \"-x\"" },
    { "global options stand anywhere", "depesche -n --json version -v", 0, "depesche ", NULL },
    { "between the words of a command too", "depesche config -c /nowhere/x show", 78, NULL,
      "/nowhere/x" },
    { "letters together", "depesche -nvq version", 0, "depesche ", NULL },
    { "a letter and its text in one word", "depesche config show -c/nowhere/y", 78, NULL,
      "/nowhere/y" },
    { "text behind an equals sign", "depesche config show --config=/nowhere/z=1", 78, NULL,
      "/nowhere/z=1" },
    { "a flag takes no text", "depesche version --json=yes", 64, NULL, "no text belongs to" },
    { "an option at the end without its text", "depesche version --at", 64, NULL,
      "--at needs TIME" },
    { "a time that is none", "depesche version --at soon", 64, NULL, "\"soon\"" },
    { "too many words", "depesche version please", 64, NULL, "unexpected word \"please\"" },
    { "too few words", "depesche feed show", 64, NULL,
      "usage: depesche feed show NAME|FILE|FOLDER|URL|-" },
    { "what stands behind -- is no option", "depesche feed show -- --json", 65, NULL,
      "cannot read \"--json\"" },
    { "help", "depesche help", 0, "subscriber import", NULL },
    { "help by option", "depesche --help", 0, "usage: depesche", NULL },
    { "help of a command", "depesche help post", 0, "--topic NAME", NULL },
    { "help of a command by letter", "depesche post -h", 0, "--topic NAME", NULL },
    { "help of a family", "depesche help feed", 0, "feed remove NAME", NULL },
    { "help of what is not there", "depesche help fede", 64, NULL, "did you mean \"feed\"?" },
    { "the version by option", "depesche --version", 0, "depesche ", NULL },
    { "a letter that is not there", "depesche post a.md", 65, NULL, "a.md" },
    { "an issue is a number", "depesche send morgen", 64, NULL, "not \"morgen\"" },
    { "a preview is somebody's", "depesche issue preview", 64, NULL, "--as ADDRESS" },
    { "a number out of range", "depesche article list --limit -1", 64, NULL,
      "--limit must be a number from 0" },
    { "a file that is not there", "depesche feed show /nowhere/feed.xml", 65, NULL,
      "cannot read \"/nowhere/feed.xml\"" },
    { "inbound is temporary whatever is wrong", "depesche inbound -c /nowhere/x", 75, NULL,
      "/nowhere/x" },
    { "an option that inbound does not know", "depesche inbound --foo", 75, NULL, "\"--foo\"" },
    { "what is wrong in front of it", "depesche --foo bar inbound", 75, NULL, "\"--foo\"" },
    { "only the first mistake is told", "depesche -x --foo inbound", 75, NULL,
      "unknown option \"-x\"\n" },
    { "inbound poll is a command like others", "depesche --foo inbound poll", 64, NULL,
      "\"--foo\"" },
    { "a word that is none of a command", "depesche --foo issue list inbound", 64, NULL,
      "\"--foo\"" },
};

/* Runs the program in this process, with an empty stdin. */
static int
run(const char *line, char **out, char **talk)
{
    g_auto(GStrv) words = g_strsplit(line, " ", -1);
    g_assert_nonnull(freopen("/dev/null", "r", stdin));
    Capture output = capture_begin(stdout);
    Capture errors = capture_begin(stderr);
    int status = command_main((int)g_strv_length(words), words);
    *talk = capture_end(errors, stderr);
    *out = capture_end(output, stdout);
    return status;
}

static void
assert_shows(const char *text, const char *expected)
{
    if (expected == NULL)
        g_assert_cmpstr(text, ==, "");
    else if (strstr(text, expected) == NULL)
        g_error("\"%s\" does not show \"%s\"", text, expected);
}

static void
test_case(const void *data)
{
    const Case *each = data;
    g_autofree char *out = NULL;
    g_autofree char *talk = NULL;
    int status = run(each->line, &out, &talk);
    g_assert_cmpint(status, ==, each->status);
    assert_shows(out, each->out);
    assert_shows(talk, each->talk);
}

static void
test_render(void)
{
    g_autofree char *folder = g_dir_make_tmp("depesche-XXXXXX", NULL);
    const struct {
        const char *name;
        const char *text;
    } files[] = {
        { "t.mustache", "{{name}}{{>part}}{{>gone}}" },
        { "part.mustache", "[{{.}}]" },
        { "data.json", "{\"name\": \"A & B\"}" },
        { "text.json", "\"x\"" },
        { "bad.json", "{" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_build_filename(folder, files[i].name, NULL);
        g_assert_true(g_file_set_contents(path, files[i].text, -1, NULL));
    }
    const struct {
        const char *form;
        int status;
        const char *out;
    } runs[] = {
        { "depesche template render %s/t.mustache %s/data.json", 0, "A &amp; B" },
        { "depesche template render %s/t.mustache %s/text.json --partials %s", 0, "[x]" },
        { "depesche template render %s/t.mustache %s/bad.json", 65, "" },
        { "depesche template render %s/gone.mustache %s/data.json", 65, "" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(runs); i++) {
        g_autoptr(GString) line = g_string_new(runs[i].form);
        g_string_replace(line, "%s", folder, 0);
        g_autofree char *out = NULL;
        g_autofree char *talk = NULL;
        g_assert_cmpint(run(line->str, &out, &talk), ==, runs[i].status);
        g_assert_cmpstr(out, ==, runs[i].out);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_build_filename(folder, files[i].name, NULL);
        g_unlink(path);
    }
    g_rmdir(folder);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strdup_printf("/command/%s", cases[i].rule);
        g_test_add_data_func(path, &cases[i], test_case);
    }
    g_test_add_func("/command/a template is filled without any configuration", test_render);
    return g_test_run();
}
