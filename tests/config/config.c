#include "config/config.h"

#include <string.h>
#include <sys/stat.h>
#include <glib/gstdio.h>
#include "base/error.h"

#define RELAY      "relays = ( { url = \"null:\"; } );\n"
#define NEWSLETTER "newsletters = ( { name = \"a\"; title = \"A\"; from = \"a@example.org\"; } );\n"
#define NAME       "depesche.conf"

/* A folder of its own for each test, taken away afterwards. */
typedef struct {
    char *folder;
    char *path;
    GPtrArray *problems;
} Fixture;

static void
fixture_set_up(Fixture *fixture, const void *data)
{
    fixture->folder = g_dir_make_tmp("depesche-XXXXXX", NULL);
    fixture->path = g_build_filename(fixture->folder, NAME, NULL);
    fixture->problems = g_ptr_array_new_with_free_func(g_free);
}

static void
fixture_tear_down(Fixture *fixture, const void *data)
{
    g_autoptr(GDir) folder = g_dir_open(fixture->folder, 0, NULL);
    for (const char *name = g_dir_read_name(folder); name != NULL; name = g_dir_read_name(folder)) {
        g_autofree char *path = g_build_filename(fixture->folder, name, NULL);
        g_unlink(path);
    }
    g_rmdir(fixture->folder);
    g_free(fixture->folder);
    g_free(fixture->path);
    g_ptr_array_unref(fixture->problems);
}

static void
fixture_write(Fixture *fixture, const char *name, const char *text, int mode)
{
    g_autofree char *path = g_build_filename(fixture->folder, name, NULL);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    g_assert_cmpint(g_chmod(path, mode), ==, 0);
}

static Config *
fixture_load(Fixture *fixture, const char *text)
{
    fixture_write(fixture, NAME, text, 0600);
    g_ptr_array_set_size(fixture->problems, 0);
    return config_load(fixture->path, fixture->problems, NULL);
}

typedef struct {
    const char *rule;
    const char *text;
    const char *problems; /* each line without "FOLDER/depesche.conf:" before it */
} Mistake;

static const Mistake mistakes[] = {
    { "an unknown key names the nearest one", RELAY NEWSLETTER "databse = \"x\";\n",
      "3: databse: unknown key, did you mean \"database\"?" },
    { "an unknown key that is like none", RELAY NEWSLETTER "weather = \"fine\";\n",
      "3: weather: unknown key" },
    { "a key inside an element is named by the element's name",
      RELAY
      "newsletters = ( { name = \"morgen\"; title = \"M\";\n fron = \"a@example.org\"; } );\n",
      "3: newsletters.morgen.fron: unknown key, did you mean \"from\"?\n"
      "2: newsletters.morgen.from: is missing" },
    { "an element without a name is named by its place",
      NEWSLETTER "relays = ( {\n url = 5; } );\n",
      "3: relays[0].url: must be a text, not a whole number" },
    { "a topic is named through its newsletter",
      RELAY "newsletters = ( { name = \"a\"; title = \"A\"; from = \"a@example.org\";\n"
            "topics = ( { name = \"ki\"; title = 1; filter = \"ki\"; } ); } );\n",
      "3: newsletters.a.topics.ki.title: must be a text, not a whole number" },
    { "a text is no number", RELAY NEWSLETTER "fetch = { parallel = \"8\"; };\n",
      "3: fetch.parallel: must be a whole number, not a text" },
    { "a fraction is no whole number", RELAY NEWSLETTER "fetch = { timeout = 1.5; };\n",
      "3: fetch.timeout: must be a whole number, not a number with a fraction" },
    { "a number has a range", RELAY NEWSLETTER "fetch = { parallel = 201; };\n",
      "3: fetch.parallel: must be from 1 to 200, not 201" },
    { "a number beyond 32 bits is out of range, not cut",
      RELAY NEWSLETTER "fetch = { parallel = 4294967297L; };\n",
      "3: fetch.parallel: must be from 1 to 200, not 4294967297" },
    { "a flag is true or false",
      RELAY NEWSLETTER
      "feeds = ( { name = \"f\"; url = \"https://example.org/\"; paused = 1; } );\n",
      "3: feeds.f.paused: must be true or false, not a whole number" },
    { "a group is no list", RELAY NEWSLETTER "fetch = ( );\n",
      "3: fetch: must be a group like { … }, not a list ( … )" },
    { "a list is no group", RELAY NEWSLETTER "feeds = { };\n",
      "3: feeds: must be a list like ( { … }, { … } ), not a group { … }" },
    { "an element is a group", RELAY NEWSLETTER "feeds = ( \"https://example.org/\" );\n",
      "3: feeds[0]: must be a group like { … }, not a text" },
    { "a word is one of a few", RELAY NEWSLETTER "on_uncertain = \"retry\";\n",
      "3: on_uncertain: must be one of \"resend\", \"hold\", \"drop\", not \"retry\"" },
    { "an empty text says nothing", RELAY NEWSLETTER "imprint = \"\";\n",
      "3: imprint: must be a text that is not empty" },
    { "a line is one line", RELAY NEWSLETTER "imprint = \"a\\nb\";\n",
      "3: imprint: must be on one line" },
    { "everything that is missing is told at once", "imprint = \"x\";\n",
      "1: relays: is missing\n1: newsletters: is missing" },
    { "a list may not be empty", "relays = ( );\n" NEWSLETTER,
      "1: relays: must have at least 1 element" },
    { "a limit of a relay",
      "relays = ( { url = \"null:\"; },\n { url = \"null:\"; connections = 0; } );\n" NEWSLETTER,
      "2: relays[1].connections: must be from 1 to 200, not 0" },
    { "limits of domains", RELAY NEWSLETTER "domains = ( { names = \"a.example\"; } );\n",
      "3: domains[0].names: must be an array of texts like [ \"a\", \"b\" ], not a text" },
    { "names are unique",
      RELAY NEWSLETTER "feeds = ( { name = \"f\"; url = \"https://example.org/1\"; },\n"
                       "{ name = \"f\"; url = \"https://example.org/2\"; } );\n",
      "4: feeds.f: the name is taken already (line 3)" },
    { "names are short and plain",
      RELAY NEWSLETTER
      "feeds = ( { name = \"Große Zeitung\"; url = \"https://example.org/\"; } );\n",
      "3: feeds[0].name: must be made of a-z, 0-9 and '-' (not first), at most 32 characters, not "
      "\"Große Zeitung\"" },
    { "a program has words", RELAY NEWSLETTER "feeds = ( { name = \"f\"; url = \"exec:  \"; } );\n",
      "3: feeds.f.url: has no command behind \"exec:\": Text was empty (or contained only "
      "whitespace)" },
    { "how a feed is asked has ranges and words too",
      RELAY NEWSLETTER
      "feeds = ( { name = \"f\"; url = \"https://example.org/\"; http = \"2\"; timeout = 601;\n"
      "proxy = \"ftp://example.org\"; auth = \"none\"; header = [ ]; } );\n",
      "3: feeds.f.http: must be one of \"auto\", \"1.1\", not \"2\"\n"
      "3: feeds.f.timeout: must be from 0 to 600, not 601\n"
      "4: feeds.f.proxy: must begin with one of \"direct:\", \"http:\", \"https:\", \"socks4:\", "
      "\"socks4a:\", \"socks5:\", \"socks5h:\", but is \"ftp://example.org\"\n"
      "4: feeds.f.auth: must be one of \"auto\", \"basic\", \"digest\", not \"none\"\n"
      "4: feeds.f.header: unknown key, did you mean \"headers\"?" },
    { "a feed is http, https, a file or a program",
      RELAY NEWSLETTER "feeds = ( { name = \"f\"; url = \"gopher://example.org/\"; } );\n",
      "3: feeds.f.url: must begin with one of \"http:\", \"https:\", \"file:\", \"exec:\", but is "
      "\"gopher://example.org/\"" },
    { "a URL has a host", RELAY NEWSLETTER "feeds = ( { name = \"f\"; url = \"https:x\"; } );\n",
      "3: feeds.f.url: must be a URL, not \"https:x\"" },
    { "tokens do not travel in clear text", RELAY NEWSLETTER "base_url = \"http://example.org\";\n",
      "3: base_url: must begin with \"https://\" (http is for localhost alone), not "
      "\"http://example.org\"" },
    { "base_url stands in headers", RELAY NEWSLETTER "base_url = \"https://example.org/a b\";\n",
      "3: base_url: must be a URL like \"https://news.example.org\", not "
      "\"https://example.org/a b\"" },
    { "base_url has no query", RELAY NEWSLETTER "base_url = \"https://example.org/?a=b\";\n",
      "3: base_url: must be a URL like \"https://news.example.org\", not "
      "\"https://example.org/?a=b\"" },
    { "one password, not two",
      "relays = ( { url = \"null:\"; password = \"a\";\n password_file = \"b\"; } );\n" NEWSLETTER,
      "2: relays[0].password_file: give only one of password, password_file and password_command" },
    { "a password's command that fails",
      "relays = ( { url = \"null:\"; password_command = \"false\"; } );\n" NEWSLETTER,
      "1: relays[0].password_command: cannot run \"false\": Child process exited with code 1" },
    { "an array holds texts",
      RELAY "newsletters = ( { name = \"a\"; title = \"A\"; from = \"a@example.org\";\n"
            "feeds = [ 1, 2 ]; } );\n",
      "3: newsletters.a.feeds[0]: must be a text, not a whole number\n"
      "3: newsletters.a.feeds[1]: must be a text, not a whole number" },
    { "a syntax error has a line", RELAY NEWSLETTER "imprint = ;\n",
      "3: syntax error at \"imprint = ;\"" },
    { "a key twice is a mistake", RELAY NEWSLETTER "imprint = \"a\";\nimprint = \"b\";\n",
      "4: duplicate setting name at \"imprint = …;\"" },
    { "a syntax error does not show a password",
      "relays = ( { user = \"u\"; password = \"ge\\\\\\\"heim\"; url = } );\n" NEWSLETTER,
      "1: syntax error at \"relays = ( { user = …; password = …; url = } );\"" },
    { "no other file is opened", RELAY "  @include \"/etc/passwd\"\n" NEWSLETTER,
      "2: @include: files are not included" },
};

static void
test_mistake(Fixture *fixture, const void *data)
{
    const Mistake *mistake = data;
    g_autoptr(Config) config = fixture_load(fixture, mistake->text);
    g_assert_null(config);
    g_auto(GStrv) expected = g_strsplit(mistake->problems, "\n", -1);
    for (guint i = 0; i < g_strv_length(expected); i++) {
        g_autofree char *line = g_strdup_printf("%s:%s", fixture->path, expected[i]);
        g_assert_cmpuint(fixture->problems->len, >, i);
        g_assert_cmpstr(fixture->problems->pdata[i], ==, line);
    }
    g_assert_cmpuint(fixture->problems->len, ==, g_strv_length(expected));
}

static void
test_defaults(Fixture *fixture, const void *data)
{
    g_autoptr(Config) config = fixture_load(fixture, RELAY NEWSLETTER);
    g_assert_nonnull(config);
    g_autofree char *database = g_strdup_printf("sqlite:%s/depesche.db", fixture->folder);
    g_assert_cmpstr(config->database, ==, database);
    g_autofree char *templates = g_build_filename(fixture->folder, "templates", NULL);
    g_assert_cmpstr(config->templates, ==, templates);
    g_assert_cmpstr(config->separator, ==, "+");
    g_assert_cmpstr(config->on_uncertain, ==, "resend");
    g_assert_cmpint(config->fetch_max_bytes, ==, 16 * 1024 * 1024);
    g_assert_null(config->base_url);
    const RelayConfig *relay = config->relays->pdata[0];
    g_assert_cmpstr(relay->tls, ==, "required");
    const NewsletterConfig *newsletter = config_find_newsletter(config, "a");
    g_assert_cmpuint(newsletter->feeds->len, ==, 1);
    g_assert_cmpstr(newsletter->feeds->pdata[0], ==, "*");
    g_assert_cmpint(newsletter->welcome_articles, ==, 5);
    g_assert_null(config_find_newsletter(config, "b"));
    g_assert_null(config_find_feed(config, "a"));
}

static void
test_paths(Fixture *fixture, const void *data)
{
    g_autoptr(Config) config =
        fixture_load(fixture, NEWSLETTER "relays = ( { url = \"maildir:out/box\"; } );\n"
                                         "database = \"sqlite:/var/lib/x.db\";\n"
                                         "base_url = \"https://example.org/news//\";\n"
                                         "feeds = ( { name = \"f\"; url = \"file:my feed.xml\"; },"
                                         "{ name = \"g\"; url = \"file:///a/b.xml\"; } );\n");
    g_assert_nonnull(config);
    g_autofree char *outbox = g_strdup_printf("maildir:%s/out/box", fixture->folder);
    g_assert_cmpstr(((RelayConfig *)config->relays->pdata[0])->url, ==, outbox);
    g_assert_cmpstr(config->database, ==, "sqlite:/var/lib/x.db");
    g_assert_cmpstr(config->base_url, ==, "https://example.org/news");
    g_autofree char *feed = g_strdup_printf("file://%s/my%%20feed.xml", fixture->folder);
    g_assert_cmpstr(config_find_feed(config, "f")->url, ==, feed);
    g_assert_cmpstr(config_find_feed(config, "g")->url, ==, "file:///a/b.xml");
}

static void
test_places(Fixture *fixture, const void *data)
{
    g_autoptr(Config) config = fixture_load(
        fixture, RELAY "newsletters = ( {\n name = \"a\"; title = \"A\";\n from = \"a@b.org\";\n"
                       "topics = ( { name = \"t\";\n filter = \"x\"; } ); } );\n"
                       "inbound = {\n separator = \"-\"; };\n");
    g_assert_nonnull(config);
    const NewsletterConfig *newsletter = config->newsletters->pdata[0];
    const TopicConfig *topic = newsletter->topics->pdata[0];
    const struct {
        const void *field;
        const char *expect;
    } cases[] = {
        { &newsletter->from, ":4: newsletters.a.from" },
        { &newsletter->filter, ":2: newsletters.a" },
        { &newsletter->max_articles, ":2: newsletters.a" },
        { &topic->filter, ":6: newsletters.a.topics.t.filter" },
        { &topic->title, ":5: newsletters.a.topics.t" },
        { &config->separator, ":8: inbound.separator" },
        { &config->templates, "" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *expect = g_strconcat(fixture->path, cases[i].expect, NULL);
        g_assert_cmpstr(config_place(config, cases[i].field), ==, expect);
    }
}

static void
test_secrets(Fixture *fixture, const void *data)
{
    const char *form =
        "relays = ( { url = \"smtp://u:geheim@mx.example.org\"; user = \"u\"; %s; } );\n"
        "feeds = ( { name = \"f\"; url = \"https://me:geheim@example.org/a@b\"; } );\n" NEWSLETTER;
    fixture_write(fixture, "secret", "geheim\nmore\n", 0600);
    const char *const ways[] = { "password = \"geheim\"", "password_file = \"secret\"",
                                 "password_command = \"sed 1q 'secret'\"" };
    for (size_t i = 0; i < G_N_ELEMENTS(ways); i++) {
        g_autofree char *text = g_strdup_printf(form, ways[i]);
        g_autoptr(Config) config = fixture_load(fixture, text);
        g_assert_nonnull(config);
        g_assert_cmpstr(((RelayConfig *)config->relays->pdata[0])->password, ==, "geheim");
        g_autoptr(Value) value = config_to_value(config);
        Value *relay = value_item(value_find(value, "relays"), 0);
        g_assert_cmpstr(value_find_string(relay, "password"), ==, "***");
        g_assert_cmpstr(value_find_string(relay, "url"), ==, "smtp://***@mx.example.org");
        Value *feed = value_item(value_find(value, "feeds"), 0);
        g_assert_cmpstr(value_find_string(feed, "url"), ==, "https://***@example.org/a@b");
    }
}

static void
test_readable_by_others(Fixture *fixture, const void *data)
{
    const char *text = "relays = ( { url = \"null:\"; password = \"geheim\"; } );\n" NEWSLETTER;
    fixture_write(fixture, NAME, text, 0644);
    g_autoptr(GError) error = NULL;
    g_autoptr(Config) config = config_load(fixture->path, fixture->problems, &error);
    g_assert_null(config);
    g_assert_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP);
    g_assert_nonnull(strstr(error->message, "relays[0].password: others can read this file"));
    g_assert_cmpint(g_chmod(fixture->path, 0640), ==, 0);
    g_autoptr(Config) mended = config_load(fixture->path, fixture->problems, NULL);
    g_assert_nonnull(mended);
}

static void
test_unreadable(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(config_load(fixture->path, fixture->problems, &error));
    g_assert_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP);
    g_assert_cmpuint(fixture->problems->len, ==, 1);
    g_assert_null(config_load(fixture->folder, fixture->problems, NULL));
    g_assert_null(fixture_load(fixture, "imprint = \"\xff\";\n"));
    g_autofree char *deep = g_strnfill(200000, '(');
    g_autofree char *text = g_strconcat("feeds = ", deep, NULL);
    g_assert_null(fixture_load(fixture, text));
}

static void
test_sample(Fixture *fixture, const void *data)
{
    g_autoptr(GString) sample = g_string_new(NULL);
    config_write_sample(sample);
    g_autoptr(Config) config = fixture_load(fixture, sample->str);
    if (config == NULL)
        g_test_message("%s", (char *)fixture->problems->pdata[0]);
    g_assert_nonnull(config);
    g_assert_nonnull(config_find_newsletter(config, "digest"));
}

static void
test_sample_lines(Fixture *fixture, const void *data)
{
    g_autoptr(GString) sample = g_string_new(NULL);
    config_write_sample(sample);
    guint lines = 0;
    for (char *at = strchr(sample->str, '#'); at != NULL; at = strchr(at + 1, '#')) {
        /* A password file that is not there is a mistake by itself. */
        if (!g_ascii_isalpha(at[1]) || g_str_has_prefix(at, "#password_"))
            continue;
        *at = ' ';
        g_autoptr(Config) config = fixture_load(fixture, sample->str);
        if (config == NULL)
            g_error("%s", (char *)fixture->problems->pdata[0]);
        *at = '#';
        lines++;
    }
    g_assert_cmpuint(lines, >, 30);
}

static void
test_find_path(Fixture *fixture, const void *data)
{
    g_autofree char *path = config_find_path("/x/y.conf", NULL);
    g_assert_cmpstr(path, ==, "/x/y.conf");
    g_autofree char *old = g_get_current_dir();
    g_assert_cmpint(g_chdir(fixture->folder), ==, 0);
    fixture_write(fixture, NAME, RELAY NEWSLETTER, 0600);
    g_autofree char *here = config_find_path(NULL, NULL);
    g_assert_cmpint(g_chdir(old), ==, 0);
    g_assert_cmpstr(here, ==, NAME);
}

#define ADD(path, test) g_test_add(path, Fixture, NULL, fixture_set_up, test, fixture_tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(mistakes); i++) {
        g_autofree char *path = g_strdup_printf("/config/mistake/%s", mistakes[i].rule);
        g_test_add(path, Fixture, &mistakes[i], fixture_set_up, test_mistake, fixture_tear_down);
    }
    ADD("/config/what is not given has its default", test_defaults);
    ADD("/config/paths stand against the folder of the file", test_paths);
    ADD("/config/every field has a place, its group's where it is not set", test_places);
    ADD("/config/secrets are read three ways and never shown", test_secrets);
    ADD("/config/a password in a file for everybody is refused", test_readable_by_others);
    ADD("/config/what cannot be read is one problem", test_unreadable);
    ADD("/config/the sample file is right", test_sample);
    ADD("/config/each line of the sample holds without its comment sign", test_sample_lines);
    ADD("/config/the explicit path is first, then the folder one is in", test_find_path);
    return g_test_run();
}
