#include "digest/settings.h"

#include <string.h>

static Settings *
sample(void)
{
    Settings *settings = settings_new();
    settings->newsletter = g_strdup("morgen");
    settings->title = g_strdup("Der Überblick „am Morgen“");
    settings->from = g_strdup("Redaktion <r@example.org>");
    settings->list_id = g_strdup("morgen.example.org");
    settings->language = g_strdup("de");
    settings->zone = g_strdup("Europe/Berlin");
    settings->template_name = g_strdup("plain");
    settings->imprint = g_strdup("https://example.org/impressum");
    settings->max_articles = 30;
    settings->welcome_articles = 5;
    settings->story_similarity = 40;
    settings->contact = g_strdup("r@example.org");
    settings->looks.accent = g_strdup("#a3003c");
    settings->looks.width = 640;
    settings_add_sponsor(settings, "Werkzeug", "Es hält.", "https://example.org/w", SPONSOR_ABOVE);
    settings_add_sponsor(settings, "Stelle frei", NULL, NULL, SPONSOR_BELOW);
    g_ptr_array_add(settings->sources, g_strdup("heise"));
    g_assert_true(
        settings_add_topic(settings, "ki", "KI", "ki or \"künstliche intelligenz\"", NULL));
    g_assert_true(settings_add_topic(settings, "rest", "Rest", "-ki", NULL));
    g_assert_true(settings_set_filter(settings, "not werbung", NULL));
    return settings;
}

static char *
written(const Settings *settings)
{
    GString *text = g_string_new(NULL);
    settings_write(text, settings);
    return g_string_free(text, FALSE);
}

static void
test_round_trip(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Settings) settings = sample();
    g_autofree char *text = written(settings);
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
    g_autoptr(Settings) read = settings_parse(bytes, &error);
    g_assert_no_error(error);
    g_autofree char *again = written(read);
    g_assert_cmpstr(again, ==, text);
    g_assert_cmpstr(read->title, ==, settings->title);
    g_assert_null(read->reply_to);
    g_assert_cmpint(read->welcome_articles, ==, 5);
    g_assert_cmpint(read->story_similarity, ==, 40);
    g_assert_cmpuint(read->sources->len, ==, 1);
    g_assert_cmpstr(read->sources->pdata[0], ==, "heise");
    g_assert_cmpuint(read->topics->len, ==, 2);
    g_assert_nonnull(read->filter);
    g_assert_cmpstr(read->contact, ==, "r@example.org");
    g_assert_cmpstr(read->looks.accent, ==, "#a3003c");
    g_assert_cmpint(read->looks.width, ==, 640);
    g_assert_cmpuint(read->sponsors->len, ==, 2);
    const Sponsor *sponsor = read->sponsors->pdata[1];
    g_assert_cmpstr(sponsor->title, ==, "Stelle frei");
    g_assert_null(sponsor->url);
    g_assert_cmpint(sponsor->place, ==, SPONSOR_BELOW);

    g_autoptr(Settings) equal = sample();
    g_autofree char *same = written(equal);
    g_assert_cmpstr(same, ==, text);
    equal->max_articles++;
    g_autofree char *other = written(equal);
    g_assert_cmpstr(other, !=, text);
}

/* Issues that were cut before there were stories are sent as they were meant. */
static void
test_without_stories(void)
{
    g_autoptr(Settings) settings = sample();
    g_autofree char *text = written(settings);
    g_autoptr(GString) before = g_string_new(text);
    g_assert_cmpuint(
        g_string_replace(before, ",\"story_similarity\":40,\"sources\":[\"heise\"]", "", 0), ==, 1);
    g_autoptr(GBytes) bytes = g_bytes_new(before->str, before->len);
    g_autoptr(Settings) read = settings_parse(bytes, NULL);
    g_assert_nonnull(read);
    g_assert_cmpint(read->story_similarity, ==, 0);
    g_assert_cmpuint(read->sources->len, ==, 0);
}

static void
test_damage(void)
{
    g_autoptr(Settings) settings = sample();
    g_autofree char *text = written(settings);
    size_t size = strlen(text);
    static const char *const broken[] = { "", "[]", "{}", "{\"newsletter\": 3}" };
    for (gsize i = 0; i < G_N_ELEMENTS(broken); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GBytes) bytes = g_bytes_new(broken[i], strlen(broken[i]));
        g_assert_null(settings_parse(bytes, &error));
        g_assert_nonnull(error);
    }
    for (size_t cut = 0; cut < size; cut += 7) {
        g_autoptr(GBytes) bytes = g_bytes_new(text, cut);
        g_assert_null(settings_parse(bytes, NULL));
    }
}

static void
test_bad_filters(void)
{
    g_autoptr(Settings) settings = sample();
    g_autoptr(GError) error = NULL;
    g_assert_false(settings_add_topic(settings, "x", "X", "(", &error));
    g_assert_nonnull(error);
    g_assert_cmpuint(settings->topics->len, ==, 2);
    g_assert_false(settings_set_filter(settings, "(", NULL));
    g_assert_nonnull(settings->filter);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/digest/settings/round-trip", test_round_trip);
    g_test_add_func("/digest/settings/without-stories", test_without_stories);
    g_test_add_func("/digest/settings/damage", test_damage);
    g_test_add_func("/digest/settings/bad-filters", test_bad_filters);
    return g_test_run();
}
