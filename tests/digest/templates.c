#include "digest/templates.h"

#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/error.h"

/* A folder of templates that lives as long as a test. */
typedef struct {
    char *path;
} Folder;

static int
remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
    return remove(path);
}

static void
folder_clear(Folder *folder)
{
    nftw(folder->path, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    g_free(folder->path);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Folder, folder_clear)

static void
folder_put(const Folder *folder, const char *name, const char *text, gssize size)
{
    g_autofree char *path = g_build_filename(folder->path, name, NULL);
    g_autofree char *parent = g_path_get_dirname(path);
    g_autoptr(GError) error = NULL;
    g_assert_cmpint(g_mkdir_with_parents(parent, 0700), ==, 0);
    g_file_set_contents(path, text, size, &error);
    g_assert_no_error(error);
}

static Folder
folder_new(void)
{
    Folder folder = { g_dir_make_tmp("depesche-templates-XXXXXX", NULL) };
    folder_put(&folder, "strings/en.json", "{\"hello\": \"Hello\", \"bye\": \"Bye\"}", -1);
    return folder;
}

static char *
render(Templates *templates, const char *name)
{
    g_autoptr(Value) data = value_new_map();
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    value_set_string(data, "x", "R&D");
    g_assert_true(templates_render(templates, name, data, out, &error));
    g_assert_no_error(error);
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static Templates *
load(const Folder *folder)
{
    g_autoptr(GError) error = NULL;
    Templates *templates = templates_load(folder->path, &error);
    g_assert_no_error(error);
    return templates;
}

static void
assert_load_fails(const Folder *folder, DepescheError code, const char *reason)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(templates_load(folder->path, &error));
    g_assert_error(error, DEPESCHE_ERROR, (int)code);
    g_assert_nonnull(strstr(error->message, folder->path));
    if (strstr(error->message, reason) == NULL)
        g_error("\"%s\" does not say \"%s\"", error->message, reason);
}

static void
test_partials(void)
{
    g_auto(Folder) folder = folder_new();
    folder_put(&folder, "a/mail.html.mustache",
               "{{>both}} {{>mine}} {{>shared}} {{>any}} {{>b/far}}", -1);
    folder_put(&folder, "a/mail.txt.mustache",
               "{{>both}} {{>mine}} {{>shared}} {{>any}} {{>b/far}}", -1);
    folder_put(&folder, "a/both.html.mustache", "html {{x}}", -1);
    folder_put(&folder, "a/both.txt.mustache", "text {{x}}", -1);
    folder_put(&folder, "a/mine.mustache", "beside", -1);
    folder_put(&folder, "partials/mine.html.mustache", "not this one", -1);
    folder_put(&folder, "partials/shared.mustache", "shared", -1);
    folder_put(&folder, "partials/any.html.mustache", "html", -1);
    folder_put(&folder, "b/far.mustache", "far", -1);
    g_autoptr(Templates) templates = load(&folder);
    g_autofree char *html = render(templates, "a/mail.html.mustache");
    g_autofree char *text = render(templates, "a/mail.txt.mustache");
    g_assert_cmpstr(html, ==, "html R&amp;D beside shared html far");
    g_assert_cmpstr(text, ==, "text R&D beside shared  far");
    g_assert_true(templates_has(templates, "a/mail.txt.mustache"));
    g_assert_false(templates_has(templates, "b/mail.txt.mustache"));
}

static void
test_missing_template(void)
{
    g_auto(Folder) folder = folder_new();
    g_autoptr(Templates) templates = load(&folder);
    g_autoptr(Value) data = value_new_map();
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    g_assert_false(templates_render(templates, "a/mail.html.mustache", data, out, &error));
    g_assert_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP);
    g_assert_cmpstr(error->message, ==, "there is no template \"a/mail.html.mustache\"");
}

static void
test_strings(void)
{
    static const struct {
        const char *rule, *language, *hello, *bye;
    } cases[] = {
        { "the language itself", "de", "Hallo", "Tschüss" },
        { "a region has its own words, and else those of the language", "de-AT", "Servus",
          "Tschüss" },
        { "case does not matter", "DE-at", "Servus", "Tschüss" },
        { "an unknown region is the language", "de-CH", "Hallo", "Tschüss" },
        { "an unknown script and region, too", "de-Latn-CH", "Hallo", "Tschüss" },
        { "what a language lacks is English", "nl", "Hoi", "Bye" },
        { "an unknown language is English", "fr", "Hello", "Bye" },
        { "no language is English", "", "Hello", "Bye" },
        { "a language is not a path", "../de", "Hello", "Bye" },
    };
    g_auto(Folder) folder = folder_new();
    folder_put(&folder, "strings/de.json", "{\"hello\": \"Hallo\", \"bye\": \"Tschüss\"}", -1);
    folder_put(&folder, "strings/de-AT.json", "{\"hello\": \"Servus\"}", -1);
    folder_put(&folder, "strings/nl.json", "{\"hello\": \"Hoi\"}", -1);
    g_autoptr(Templates) templates = load(&folder);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const Value *strings = templates_strings(templates, cases[i].language);
        g_test_message("%s", cases[i].rule);
        g_assert_cmpstr(value_find_string(strings, "hello"), ==, cases[i].hello);
        g_assert_cmpstr(value_find_string(strings, "bye"), ==, cases[i].bye);
    }
}

static GBytes *
snapshot(const Templates *templates)
{
    g_autoptr(GString) out = g_string_new(NULL);
    templates_write(out, templates);
    return g_string_free_to_bytes(g_steal_pointer(&out));
}

static void
test_snapshot(void)
{
    static const char *const names[] = { "b/x.mustache", "a/x.txt.mustache", "a/x.html.mustache" };
    g_auto(Folder) one = folder_new();
    g_auto(Folder) two = folder_new();
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        folder_put(&one, names[i], "„{{x}}“\n", -1);
        folder_put(&two, names[G_N_ELEMENTS(names) - 1 - i], "„{{x}}“\n", -1);
    }
    g_autoptr(Templates) first = load(&one);
    g_autoptr(Templates) second = load(&two);
    g_autoptr(GBytes) bytes = snapshot(first);
    g_autoptr(GBytes) other = snapshot(second);
    g_assert_true(g_bytes_equal(bytes, other));

    g_autoptr(GError) error = NULL;
    g_autoptr(Templates) parsed = templates_parse(bytes, &error);
    g_assert_no_error(error);
    g_autoptr(GBytes) again = snapshot(parsed);
    g_assert_true(g_bytes_equal(bytes, again));
    g_autofree char *text = render(parsed, "a/x.html.mustache");
    g_assert_cmpstr(text, ==, "„R&amp;D“\n");
    g_assert_cmpstr(value_find_string(templates_strings(parsed, "en"), "hello"), ==, "Hello");
}

static void
test_damaged_snapshot(void)
{
    static const char *const cases[] = {
        "",
        "[]",
        "{}",
        "{\"strings/en.json\": 1}",
        "{\"strings/en.json\": \"{\"}",
        "{\"strings/en.json\": \"{}\", \"etc/passwd\": \"\"}",
        "{\"strings/en.json\": \"{}\", \"a b.mustache\": \"\"}",
        "{\"strings/en.json\": \"{}\", \"a.mustache\": \"{{#x}}\"}",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        size_t size = strlen(cases[i]);
        g_autoptr(GBytes) bytes = g_bytes_new_take(g_memdup2(cases[i], size), size);
        g_autoptr(GError) error = NULL;
        g_test_message("%s", cases[i]);
        g_assert_null(templates_parse(bytes, &error));
        g_assert_true(error->domain == DEPESCHE_ERROR);
    }
}

static void
test_passed_by(void)
{
    g_auto(Folder) folder = folder_new();
    folder_put(&folder, "README", "{{#", -1);
    folder_put(&folder, "a/.mail.html.mustache.swp", "{{#", -1);
    folder_put(&folder, "a/.mail.mustache", "{{#", -1);
    folder_put(&folder, "a/mail.html.mustache~", "{{#", -1);
    folder_put(&folder, "sample.json", "{", -1);
    g_autoptr(Templates) templates = load(&folder);
    g_autoptr(GBytes) bytes = snapshot(templates);
    g_autofree char *text = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
    g_assert_true(g_str_has_prefix(text, "{\"strings/en.json\":"));
    g_assert_null(strstr(text, "{{#"));
}

static void
test_mistakes(void)
{
    static const struct {
        const char *rule, *name, *text;
        gssize size;
        DepescheError code;
        const char *reason;
    } cases[] = {
        { "a template with a mistake", "a/x.html.mustache", "ok\n{{#y}}", -1, DEPESCHE_ERROR_INPUT,
          "a/x.html.mustache:2:1: {{#y}} is never closed" },
        { "strings that are no JSON", "strings/de.json", "{\n,}", -1, DEPESCHE_ERROR_INPUT,
          "strings/de.json: line 2" },
        { "strings that are a list", "strings/de.json", "[]", -1, DEPESCHE_ERROR_INPUT,
          "strings/de.json: it is no JSON object" },
        { "a file in Latin-1", "a/x.mustache", "Gr\xfc\xdf", -1, DEPESCHE_ERROR_INPUT,
          "a/x.mustache: it is not UTF-8 text" },
        { "a file with a NUL", "a/x.mustache", "a\0b", 3, DEPESCHE_ERROR_INPUT,
          "a/x.mustache: it is not UTF-8 text" },
        { "a name with a blank", "a/my mail.mustache", "", -1, DEPESCHE_ERROR_INPUT,
          "\"a/my mail.mustache\"" },
        { "a name that is not ASCII", "a/grüße.mustache", "", -1, DEPESCHE_ERROR_INPUT,
          "\"a/grüße.mustache\"" },
        { "folders in folders in folders", "1/2/3/4/5/x.mustache", "", -1, DEPESCHE_ERROR_SETUP,
          "nested too deep" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(Folder) folder = folder_new();
        g_test_message("%s", cases[i].rule);
        folder_put(&folder, cases[i].name, cases[i].text, cases[i].size);
        assert_load_fails(&folder, cases[i].code, cases[i].reason);
    }
}

static void
test_links_are_not_followed(void)
{
    g_auto(Folder) folder = folder_new();
    g_autofree char *link = g_build_filename(folder.path, "x.mustache", NULL);
    g_assert_cmpint(symlink("/etc/passwd", link), ==, 0);
    assert_load_fails(&folder, DEPESCHE_ERROR_SETUP, "\"x.mustache\": it is a link");
}

static void
test_linked_folders_are_not_entered(void)
{
    g_auto(Folder) folder = folder_new();
    g_auto(Folder) other = folder_new();
    g_autofree char *link = g_build_filename(folder.path, "other", NULL);
    folder_put(&other, "x.mustache", "x", -1);
    g_assert_cmpint(symlink(other.path, link), ==, 0);
    g_autoptr(Templates) templates = load(&folder);
    g_assert_false(templates_has(templates, "other/x.mustache"));
}

static void
test_no_folder(void)
{
    g_auto(Folder) folder = folder_new();
    g_autofree char *english = g_build_filename(folder.path, "strings", "en.json", NULL);
    g_assert_cmpint(remove(english), ==, 0);
    assert_load_fails(&folder, DEPESCHE_ERROR_SETUP, "there is no strings/en.json");
    Folder missing = { g_build_filename(folder.path, "missing", NULL) };
    assert_load_fails(&missing, DEPESCHE_ERROR_SETUP, "No such file or directory");
    g_free(missing.path);
}

static void
test_limits(void)
{
    g_auto(Folder) large = folder_new();
    g_autofree char *text = g_strnfill(3 * 1024 * 1024, 'x');
    folder_put(&large, "a.mustache", text, -1);
    folder_put(&large, "b.mustache", text, -1);
    assert_load_fails(&large, DEPESCHE_ERROR_SETUP, "more than 5 MB");

    g_auto(Folder) many = folder_new();
    for (int i = 0; i < 1000; i++) {
        g_autofree char *name = g_strdup_printf("%d.mustache", i);
        folder_put(&many, name, "", 0);
    }
    assert_load_fails(&many, DEPESCHE_ERROR_SETUP, "more than 1000 templates");
}

/* What is shipped must at least be readable, in both languages. */
static void
test_shipped(void)
{
    static const char *const names[] = { "digest.html.mustache", "digest.txt.mustache",
                                         "post.html.mustache", "post.txt.mustache",
                                         "subject.txt.mustache" };
    g_autoptr(GError) error = NULL;
    g_autoptr(Templates) templates = templates_load(TEST_SOURCE "/templates", &error);
    g_assert_no_error(error);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *name = g_strconcat("plain/", names[i], NULL);
        g_assert_true(templates_has(templates, name));
    }
    const Value *german = templates_strings(templates, "de");
    const Value *english = templates_strings(templates, "en");
    g_assert_cmpstr(value_find_string(german, "unsubscribe"), ==, "Abbestellen");
    g_assert_cmpstr(value_find_string(english, "unsubscribe"), ==, "Unsubscribe");
    g_assert_cmpuint(value_length(german), ==, value_length(english));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/digest/templates/where partials are found", test_partials);
    g_test_add_func("/digest/templates/a template that is not there", test_missing_template);
    g_test_add_func("/digest/templates/strings of a language", test_strings);
    g_test_add_func("/digest/templates/equal files give equal snapshots", test_snapshot);
    g_test_add_func("/digest/templates/a damaged snapshot is refused", test_damaged_snapshot);
    g_test_add_func("/digest/templates/other files are passed by", test_passed_by);
    g_test_add_func("/digest/templates/mistakes are told with their place", test_mistakes);
    g_test_add_func("/digest/templates/links are not followed", test_links_are_not_followed);
    g_test_add_func("/digest/templates/linked folders are not entered",
                    test_linked_folders_are_not_entered);
    g_test_add_func("/digest/templates/a folder that lacks something", test_no_folder);
    g_test_add_func("/digest/templates/limits", test_limits);
    g_test_add_func("/digest/templates/the shipped templates", test_shipped);
    return g_test_run();
}
