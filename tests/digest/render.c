#include "digest/render.h"

#include <string.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/placeholder.h"
#include "base/shared.h"
#include "feed/article.h"
#include "subscriber/subscription.h"

/* An issue with everything that rendering needs; tests change what they are about. */
typedef struct {
    Settings *settings;
    Templates *templates;
    GPtrArray *articles;
    GPtrArray *chosen; /* names of topics */
    Selection *selection;
    RenderContext context;
    RenderAudience audience;
} Fixture;

static void
fixture_clear(Fixture *fixture)
{
    settings_free(fixture->settings);
    templates_free(fixture->templates);
    g_ptr_array_unref(fixture->articles);
    g_ptr_array_unref(fixture->chosen);
    selection_free(fixture->selection);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Fixture, fixture_clear)

static int64_t
time_of(const char *text)
{
    int64_t time = 0;
    g_assert_true(time_parse(text, &time));
    return time;
}

static void
add_article(const Fixture *fixture, const char *title, const char *excerpt)
{
    Article *article = article_new();
    article->title = g_strdup(title);
    article->excerpt = g_strdup(excerpt);
    article->content = g_strdup("");
    article->feed = g_strdup("hafenblatt");
    article->feed_title = g_strdup("Hafenblatt");
    article->url = g_strdup_printf("https://hafenblatt.example.org/%u", fixture->articles->len + 1);
    article->published = time_of("2026-11-22T23:30:00Z");
    g_ptr_array_add(fixture->articles, article);
}

/* Puts the next COUNT articles under the topic with that index; -1: under none. */
static void
add_group(const Fixture *fixture, int topic, guint count)
{
    Selection *selection = fixture->selection;
    SelectionGroup group = {
        .topic = topic >= 0 ? fixture->settings->topics->pdata[topic] : NULL,
        .first = selection->count,
        .count = count,
    };
    for (guint i = 0; i < count; i++, selection->count++)
        g_array_append_val(selection->articles, selection->count);
    g_array_append_val(selection->groups, group);
}

static Settings *
sample_settings(void)
{
    Settings *settings = settings_new();
    settings->newsletter = g_strdup("morgen");
    settings->title = g_strdup("Hafenblatt am Morgen");
    settings->language = g_strdup("de");
    settings->zone = g_strdup("Europe/Berlin");
    settings->template_name = g_strdup("plain");
    settings->imprint = g_strdup("https://hafenblatt.example.org/impressum");
    settings->postal_address = g_strdup("Hafenblatt Verlag, Am Alten Pegel 3, 28195 Beispielhafen");
    g_assert_true(settings_add_topic(settings, "ki", "Künstliche Intelligenz", "ki", NULL));
    g_assert_true(settings_add_topic(settings, "stadt", "Stadt", "stadt", NULL));
    return settings;
}

static void
fixture_init(Fixture *fixture)
{
    g_autoptr(GError) error = NULL;
    fixture->settings = sample_settings();
    fixture->templates = templates_load(TEST_SOURCE "/templates", &error);
    g_assert_no_error(error);
    fixture->articles = g_ptr_array_new_with_free_func((GDestroyNotify)article_free);
    fixture->chosen = g_ptr_array_new_with_free_func(g_free);
    fixture->selection = selection_new();
    fixture->context = (RenderContext){ fixture->settings, fixture->templates, 12,
                                        time_of("2026-11-23T05:00:00Z"), true };
    fixture->audience = (RenderAudience){ "de", FORMAT_BOTH, false, fixture->chosen };
}

/* Two articles under one topic, one under none. */
static void
fixture_init_with_articles(Fixture *fixture)
{
    fixture_init(fixture);
    add_article(
        fixture, "Sprachmodell lernt Plattdeutsch & <Missingsch>",
        "Ein Jahr lang haben Forscherinnen zugehört. Jetzt versteht ihr Modell mehr als die "
        "meisten Enkel.");
    add_article(fixture, "Kommission einigt sich", "");
    add_article(fixture, "Die Fähre fährt elektrisch", "Sie ist leiser.");
    add_group(fixture, 0, 2);
    add_group(fixture, -1, 1);
}

/* Files by name, in place of the shipped templates. */
static void
use_templates(Fixture *fixture, const char *const files[][2], size_t count)
{
    g_autoptr(Value) map = value_new_map();
    g_autoptr(GString) json = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    value_set_string(map, "strings/en.json", "{}");
    for (size_t i = 0; i < count; i++)
        value_set_string(map, files[i][0], files[i][1]);
    json_write(json, map, 0);
    g_autoptr(GBytes) bytes = g_bytes_new(json->str, json->len);
    templates_free(fixture->templates);
    fixture->templates = templates_parse(bytes, &error);
    g_assert_no_error(error);
    fixture->context.templates = fixture->templates;
}

static void
use_template(const Fixture *fixture, const char *name)
{
    g_free(fixture->settings->template_name);
    fixture->settings->template_name = g_strdup(name);
}

static Rendition *
digest(const Fixture *fixture)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Renderer) renderer = renderer_new(&fixture->context, fixture->articles, &error);
    g_assert_no_error(error);
    Rendition *rendition =
        renderer_digest(renderer, fixture->selection, &fixture->audience, &error);
    g_assert_no_error(error);
    return rendition;
}

static Rendition *
post(const Fixture *fixture, const char *markdown)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Renderer) renderer = renderer_new(&fixture->context, NULL, &error);
    g_assert_no_error(error);
    g_autoptr(Post) post = post_new("In eigener Sache", markdown);
    Rendition *rendition = renderer_post(renderer, post, &fixture->audience, &error);
    g_assert_no_error(error);
    return rendition;
}

static void
assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        g_error("\"%s\" is not in:\n%s", part, text);
}

static void
assert_lacks(const char *text, const char *part)
{
    if (strstr(text, part) != NULL)
        g_error("\"%s\" is in:\n%s", part, text);
}

/* Digests */

static void
test_text(void)
{
    g_auto(Fixture) fixture = { 0 };
    fixture_init_with_articles(&fixture);
    fixture.audience.named = true;
    g_ptr_array_add(fixture.chosen, g_strdup("ki"));
    fixture.selection->more = 2;
    g_autoptr(Rendition) rendition = digest(&fixture);
    g_autoptr(GString) text = g_string_new(rendition->text);
    g_string_replace(text, PLACEHOLDER_NAME, "{name}", 0);
    g_string_replace(text, PLACEHOLDER_ADDRESS, "{address}", 0);
    g_string_replace(text, PLACEHOLDER_UNSUBSCRIBE, "{unsubscribe}", 0);
    g_string_replace(text, PLACEHOLDER_PREFERENCES, "{preferences}", 0);
    g_autofree char *expected = NULL;
    g_assert_true(g_file_get_contents(TEST_DATA "/render/digest-de.txt", &expected, NULL, NULL));
    g_assert_cmpstr(text->str, ==, expected);
}

static void
test_html(void)
{
    g_auto(Fixture) fixture = { 0 };
    fixture_init_with_articles(&fixture);
    g_autoptr(Rendition) rendition = digest(&fixture);
    const char *html = rendition->html;
    g_assert_true(g_str_has_prefix(html, "<!doctype html>\n<html lang=\"de\" dir=\"ltr\""));
    assert_has(html, "<title>Hafenblatt am Morgen: Sprachmodell");
    assert_has(html, "Kommission einigt sich · Die Fähre fährt elektrisch"); /* the preheader */
    assert_has(html, ">Hafenblatt am Morgen</h1>");
    assert_has(html, ">Künstliche Intelligenz</h2>");
    assert_has(html, ">Weitere Meldungen</h2>");
    assert_has(html, "Sprachmodell lernt Plattdeutsch &amp; &lt;Missingsch&gt;</a></h3>");
    assert_has(html, "href=\"https://hafenblatt.example.org/1\"");
    assert_has(html, "href=\"" PLACEHOLDER_UNSUBSCRIBE "\"");
    assert_has(html, ">Abbestellen</a>");
    assert_has(html, "href=\"https://hafenblatt.example.org/impressum\"");
    assert_has(html, PLACEHOLDER_ADDRESS);
    assert_has(html, "28195 Beispielhafen");
    assert_lacks(html, PLACEHOLDER_NAME);
    assert_lacks(html, "<Missingsch>");
    assert_lacks(html, "<img");
    assert_lacks(html, "<script");
    assert_lacks(html, "{{");
}

static void
test_no_headings_without_topics(void)
{
    g_auto(Fixture) fixture = { 0 };
    fixture_init(&fixture);
    add_article(&fixture, "Eine Meldung", "Sie steht allein.");
    add_group(&fixture, -1, 1);
    g_autoptr(Rendition) rendition = digest(&fixture);
    assert_lacks(rendition->html, "<h2");
    assert_lacks(rendition->text, "Weitere");
    assert_has(rendition->text, "2026 · eine Meldung\n");
    assert_has(rendition->html, ">Sie steht allein."); /* the preheader of one article */
    assert_lacks(rendition->text, "Ihre Themen");
    g_assert_cmpstr(rendition->subject, ==, "Hafenblatt am Morgen: Eine Meldung");
}

static void
test_also(void)
{
    g_auto(Fixture) fixture = { 0 };
    const Retelling others[] = { { 0, 1, 1 }, { 0, 2, 2 } };
    fixture_init(&fixture);
    for (int i = 0; i < 3; i++)
        add_article(&fixture, "Die Fähre fährt elektrisch", "");
    g_free(((Article *)fixture.articles->pdata[1])->feed_title);
    ((Article *)fixture.articles->pdata[1])->feed_title = g_strdup("Küste & Kai");
    add_group(&fixture, -1, 1);
    g_array_append_vals(fixture.selection->also, others, G_N_ELEMENTS(others));
    g_autoptr(Rendition) rendition = digest(&fixture);
    assert_has(rendition->text, "https://hafenblatt.example.org/1\n"
                                "Auch bei Küste & Kai:\nhttps://hafenblatt.example.org/2\n"
                                "Auch bei Hafenblatt:\nhttps://hafenblatt.example.org/3\n");
    assert_has(rendition->html, "Auch bei <a");
    assert_has(rendition->html, "href=\"https://hafenblatt.example.org/2\"");
    assert_has(rendition->html, ">Küste &amp; Kai</a>, <a");
    assert_has(rendition->html, ">Hafenblatt</a></p>");
}

/* What had no room is named or follows, and the rendition says how much that is. */
static void
test_rest(void)
{
    g_auto(Fixture) fixture = { 0 };
    fixture_init_with_articles(&fixture);
    add_article(&fixture, "Der Deich hält & mehr", "Steht in keiner Mail.");
    const guint linked = 3;
    fixture.selection->more = 3;
    fixture.selection->keeps = true;
    g_array_append_val(fixture.selection->linked, linked);
    g_autoptr(Rendition) rendition = digest(&fixture);
    g_assert_cmpuint(rendition->shown, ==, 3);
    g_assert_cmpuint(rendition->linked, ==, 1);
    assert_has(rendition->text, "Auch neu\n\nDer Deich hält & mehr\n"
                                "Hafenblatt:\nhttps://hafenblatt.example.org/4\n");
    assert_has(rendition->text, "2 weitere Meldungen\nSie stehen in Ihren nächsten Mails.\n");
    assert_has(rendition->html, "href=\"https://hafenblatt.example.org/4\"");
    assert_has(rendition->html, ">Der Deich hält &amp; mehr</a></h3>");
    assert_has(rendition->html, ">Sie stehen in Ihren nächsten Mails.</p>");
    assert_lacks(rendition->html, "Steht in keiner Mail.");
}

static void
test_english(void)
{
    g_auto(Fixture) fixture = { 0 };
    fixture_init_with_articles(&fixture);
    fixture.audience.language = "en-GB";
    g_autoptr(Rendition) rendition = digest(&fixture);
    assert_has(rendition->text, "Monday, 23 November 2026 · 3 articles\n");
    assert_has(rendition->text, "More articles\n-------------\n");
    assert_has(rendition->html, "<html lang=\"en-GB\"");
    assert_has(rendition->html, ">Unsubscribe</a>");
}

static void
test_text_alone(void)
{
    g_auto(Fixture) fixture = { 0 };
    fixture_init_with_articles(&fixture);
    fixture.audience.format = FORMAT_TEXT;
    g_autoptr(Rendition) rendition = digest(&fixture);
    g_assert_null(rendition->html);
    assert_has(rendition->text, PLACEHOLDER_UNSUBSCRIBE);
}

static void
test_without_url_and_imprint_url(void)
{
    g_auto(Fixture) fixture = { 0 };
    fixture_init(&fixture);
    add_article(&fixture, "Ohne Adresse", "");
    add_group(&fixture, -1, 1);
    Article *article = fixture.articles->pdata[0];
    g_clear_pointer(&article->url, g_free);
    g_free(fixture.settings->imprint);
    fixture.settings->imprint = g_strdup("Verantwortlich: Jana Petersen");
    g_clear_pointer(&fixture.settings->postal_address, g_free);
    g_autoptr(Rendition) rendition = digest(&fixture);
    assert_has(rendition->html, ">Ohne Adresse</h3>");
    assert_has(rendition->html, "<p style=\"margin:0\">Verantwortlich: Jana Petersen</p>");
    assert_has(rendition->text, "Impressum:\nVerantwortlich: Jana Petersen\n");
    assert_lacks(rendition->text, "Beispielhafen");
    assert_lacks(rendition->html, "href=\"\"");
}

/* Without web pages a pause is asked for by mail: jobs/receive knows these words in the subject. */
static void
test_pause(void)
{
    g_auto(Fixture) fixture = { 0 };
    fixture_init_with_articles(&fixture);
    g_autoptr(Rendition) with_pages = digest(&fixture);
    assert_has(with_pages->html, "href=\"" PLACEHOLDER_PREFERENCES "\"");
    assert_has(with_pages->text, "Themen, Rhythmus, Pause:\n" PLACEHOLDER_PREFERENCES "\n");
    assert_lacks(with_pages->html, "Zwei Wochen Pause");
    assert_lacks(with_pages->text, "Zwei Wochen Pause");
    fixture.context.web = false;
    g_autoptr(Rendition) rendition = digest(&fixture);
    assert_lacks(rendition->html, PLACEHOLDER_PREFERENCES);
    assert_has(rendition->html, "href=\"" PLACEHOLDER_PAUSE "?subject=pause%2014%20Tage\"");
    assert_has(rendition->text,
               "Zwei Wochen Pause:\n" PLACEHOLDER_PAUSE "?subject=pause%2014%20Tage\n");
}

static void
test_subjects(void)
{
    static const struct {
        const char *rule, *template, *title, *subject;
    } cases[] = {
        { "the first title and how many more", NULL, "Eins", "Hafenblatt am Morgen: Eins (+1)" },
        { "a long title is cut, what follows is not", NULL,
          "Sprachmodell lernt Plattdeutsch, und eine ganze Gegend zwischen Weser und Ems hört zu",
          "Hafenblatt am Morgen: Sprachmodell lernt Plattdeutsch, und eine ganze Gegend zwischen "
          "Weser… (+1)" },
        { "the newsletter's own line", "{{newsletter.title}} vom {{issue.date}}", "Eins",
          "Hafenblatt am Morgen vom 23. November 2026" },
        { "nothing is escaped", "{{headline}}", "R&D <b>", "R&D <b>" },
        { "always one line", "a\n\tb {{headline}}\n", "Eins", "a b Eins" },
        { "the number and the count", "{{issue.number}}/{{count}}/{{others}}", "Eins", "12/2/1" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(Fixture) fixture = { 0 };
        g_test_message("%s", cases[i].rule);
        fixture_init(&fixture);
        add_article(&fixture, cases[i].title, "");
        add_article(&fixture, "Zwei", "");
        add_group(&fixture, 0, 2);
        fixture.settings->subject = g_strdup(cases[i].template);
        g_autoptr(Rendition) rendition = digest(&fixture);
        g_assert_cmpstr(rendition->subject, ==, cases[i].subject);
    }
}

static void
test_subject_with_a_mistake(void)
{
    g_auto(Fixture) fixture = { 0 };
    g_autoptr(GError) error = NULL;
    fixture_init_with_articles(&fixture);
    fixture.settings->subject = g_strdup("{{#headline}}");
    g_assert_null(renderer_new(&fixture.context, fixture.articles, &error));
    g_assert_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT);
    assert_has(error->message, "subject.txt.mustache:1:1: {{#headline}} is never closed");
}

/* Gmail hides the end of a longer mail, and the unsubscribe link with it. The text has no such limit. */
static void
test_room(void)
{
    static const struct {
        const char *rule, *template;
        guint articles;
        bool all_shown;
    } cases[] = {
        { "articles become links, from the end on", "plain", 100, true },
        { "then they are only counted", "plain", 500, false },
        { "links, with a list of contents", "news", 100, true },
        { "counted, with a list of contents", "news", 400, false },
        { "links behind a large first article", "magazine", 100, true },
        { "counted behind a large first article", "magazine", 500, false },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(Fixture) fixture = { 0 };
        g_autofree char *excerpt = g_strnfill(600, 'x');
        guint count = cases[i].articles;
        g_test_message("%s", cases[i].rule);
        fixture_init(&fixture);
        use_template(&fixture, cases[i].template);
        for (guint k = 0; k < count; k++)
            add_article(&fixture, "Eine Meldung von mittlerer Länge", excerpt);
        add_group(&fixture, 0, count / 2);
        add_group(&fixture, -1, count / 2);
        g_autoptr(Rendition) rendition = digest(&fixture);
        g_autofree char *last = g_strdup_printf("https://hafenblatt.example.org/%u\"", count);
        g_autofree char *last_text = g_strdup_printf("https://hafenblatt.example.org/%u\n", count);
        g_assert_cmpuint(strlen(rendition->html), <=, 90000 - 1000);
        g_assert_cmpuint(strlen(rendition->html), >, 85000);
        assert_has(rendition->html, PLACEHOLDER_UNSUBSCRIBE);
        assert_has(rendition->html, "28195 Beispielhafen");
        g_assert_true((strstr(rendition->html, last) != NULL) == cases[i].all_shown);
        g_assert_true((strstr(rendition->html, "+ ") == NULL) == cases[i].all_shown);
        g_assert_true((strstr(rendition->text, last_text) != NULL) == cases[i].all_shown);
        g_assert_true((strstr(rendition->text, "+ ") == NULL) == cases[i].all_shown);
        g_assert_true((rendition->shown == count) == cases[i].all_shown);
    }
}

static void
test_same_bytes(void)
{
    g_auto(Fixture) fixture = { 0 };
    fixture_init_with_articles(&fixture);
    g_autoptr(Rendition) one = digest(&fixture);
    g_autoptr(Rendition) two = digest(&fixture);
    g_assert_cmpstr(one->subject, ==, two->subject);
    g_assert_cmpstr(one->text, ==, two->text);
    g_assert_cmpstr(one->html, ==, two->html);
}

/* What a rendition shares stands in it where it says, and where it is kept. */
static size_t
check_shared(const char *text, const GArray *shared)
{
    size_t size = 0, end = 0;
    for (guint i = 0; i < shared->len; i++) {
        const SharedText *each = &g_array_index(shared, SharedText, i);
        g_assert_cmpuint(each->at, >=, end);
        end = each->at + each->size;
        g_assert_cmpuint(end, <=, strlen(text));
        g_assert_cmpmem(text + each->at, each->size, each->text, each->size);
        size += each->size;
    }
    return size;
}

static bool
shares(const GArray *shared, const char *text)
{
    for (guint i = 0; i < shared->len; i++)
        if (g_array_index(shared, SharedText, i).text == text)
            return true;
    return false;
}

static void
test_shared(void)
{
    g_auto(Fixture) fixture = { 0 };
    fixture_init_with_articles(&fixture);
    g_autoptr(Renderer) renderer = renderer_new(&fixture.context, fixture.articles, NULL);
    g_autoptr(Rendition) one =
        renderer_digest(renderer, fixture.selection, &fixture.audience, NULL);
    fixture.selection->more = 2;
    g_autoptr(Rendition) two =
        renderer_digest(renderer, fixture.selection, &fixture.audience, NULL);
    g_assert_cmpstr(one->html, !=, two->html);
    g_assert_cmpuint(check_shared(one->html, one->html_shared), ==,
                     check_shared(two->html, two->html_shared));
    g_assert_cmpuint(check_shared(one->html, one->html_shared), >, strlen(one->html) / 2);
    g_assert_cmpuint(check_shared(one->text, one->text_shared), >, 0);
    for (guint i = 0; i < one->html_shared->len; i++)
        g_assert_true(
            shares(two->html_shared, g_array_index(one->html_shared, SharedText, i).text));
}

/* What the table at the top of render.c promises. */
static void
test_model(void)
{
    static const struct {
        const char *template, *text;
    } cases[] = {
        { "{{newsletter.name}} {{newsletter.title}} {{newsletter.imprint_is_url}}",
          "morgen Hafenblatt am Morgen true" },
        { "{{issue.number}} {{issue.date_iso}} {{issue.weekday}}", "12 2026-11-23 " },
        { "{{subscriber.address}} {{subscriber.name}} {{unsubscribe_url}}",
          PLACEHOLDER_ADDRESS "  " PLACEHOLDER_UNSUBSCRIBE },
        { "{{subject}} {{headline}} {{count}} {{others}}",
          "Hafenblatt am Morgen: Eins (+2) Eins 3 2" },
        { "{{more}} {{has_more}} {{language}} {{dir}}", "0 false de ltr" },
        { "{{#topics}}{{title}}:{{count}}:{{first}}:{{last}} {{/topics}}",
          "Künstliche Intelligenz:2:true:false Stadt:1:false:true " },
        { "{{#topics}}{{#articles}}{{index}}:{{title}}:{{first}}:{{last}} {{/articles}}{{/topics}}",
          "1:Eins:true:false 2:Zwei:false:true 3:Drei:true:true " },
        { "{{#topics}}{{#articles}}{{#first}}{{host}} {{source}} {{date_iso}} {{/first}}"
          "{{/articles}}{{/topics}}",
          "hafenblatt.example.org Hafenblatt 2026-11-23 "
          "hafenblatt.example.org Hafenblatt 2026-11-23 " },
        { "{{#topics}}{{#last}}{{#articles}}{{author}} {{#categories}}<{{.}}>{{/categories}} "
          "{{has_image}} {{image}} {{{content_html}}} "
          "{{language}}{{/articles}}{{/last}}{{/topics}}",
          "Jana Petersen <Kultur><Stadt> true https://example.org/1.jpg <p>&amp;</p> nds" },
        { "{{#your_topics}}[{{.}}]{{/your_topics}} {{topics_line}} {{has_topics}}",
          "[Künstliche Intelligenz][Stadt] Künstliche Intelligenz, Stadt true" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(Fixture) fixture = { 0 };
        fixture_init(&fixture);
        add_article(&fixture, "Eins", "");
        add_article(&fixture, "Zwei", "");
        add_article(&fixture, "Drei", "");
        Article *article = fixture.articles->pdata[2];
        g_free(article->content);
        article->content = g_strdup("<p>&amp;</p>");
        article->author = g_strdup("Jana Petersen");
        article->language = g_strdup("nds");
        article->image = g_strdup("https://example.org/1.jpg");
        g_ptr_array_add(article->categories, g_strdup("Kultur"));
        g_ptr_array_add(article->categories, g_strdup("Stadt"));
        add_group(&fixture, 0, 2);
        add_group(&fixture, 1, 1);
        g_ptr_array_add(fixture.chosen, g_strdup("stadt"));
        g_ptr_array_add(fixture.chosen, g_strdup("ki"));
        g_ptr_array_add(fixture.chosen, g_strdup("gibt-es-nicht-mehr"));
        fixture.audience.format = FORMAT_TEXT;
        const char *const files[][2] = { { "plain/digest.txt.mustache", cases[i].template } };
        use_templates(&fixture, files, 1);
        g_autoptr(Rendition) rendition = digest(&fixture);
        g_assert_cmpstr(rendition->text, ==, cases[i].text);
    }
}

static void
test_dates(void)
{
    static const struct {
        const char *zone, *time, *text;
    } cases[] = {
        { "Europe/Berlin", "2026-11-22T23:30:00Z", "Mo 23.11. 00:30" },
        { "UTC", "2026-11-22T23:30:00Z", "So 22.11. 23:30" },
        { "America/New_York", "2026-07-01T03:05:00Z", "Di 30.6. 23:05" },
        { "No/Such_Zone", "2026-01-01T00:00:00Z", "Do 1.1. 00:00" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(Fixture) fixture = { 0 };
        const char *const files[][2] = {
            { "plain/post.txt.mustache", "{{issue.date_long}} {{issue.date}} {{issue.time}}" },
            { "strings/de.json",
              "{\"weekdays\": [\"Mo\", \"Di\", \"Mi\", \"Do\", \"Fr\", \"Sa\", \"So\"],"
              "\"months\": [1, 2, 3, 4, 5, \"6.\", 7, 8, 9, 10, \"11.\", 12],"
              "\"format_date\": \"{{day}}.{{month}}\", \"format_date_long\": \"{{weekday}}\","
              "\"format_time\": \"{{hour}}:{{minute}}\"}" },
        };
        fixture_init(&fixture);
        use_templates(&fixture, files, G_N_ELEMENTS(files));
        g_free(fixture.settings->zone);
        fixture.settings->zone = g_strdup(cases[i].zone);
        fixture.context.time = time_of(cases[i].time);
        fixture.audience.format = FORMAT_TEXT;
        g_autoptr(Rendition) rendition = post(&fixture, "");
        if (i < 3)
            g_assert_cmpstr(rendition->text, ==, cases[i].text);
        else
            g_assert_cmpstr(rendition->text, ==, "Do 1. 00:00"); /* that month has no name */
    }
}

static void
test_strings(void)
{
    g_auto(Fixture) fixture = { 0 };
    const char *const files[][2] = {
        { "plain/digest.txt.mustache",
          "{{t.count}}|{{t.more}}|{{t.who}}|{{t_wrapped.long}}|{{t.number}}" },
        { "strings/de.json",
          "{\"count_one\": \"eine\", \"count_other\": \"{{count}} da\", \"more_one\": \"noch "
          "eine\","
          "\"more_other\": \"noch {{more}}\", \"who\": \"an {{subscriber.address}}\", \"number\": "
          "7,"
          "\"long\": \"Dieser Satz ist mit Absicht so lang, dass er nicht in eine einzige Zeile "
          "passt.\"}" },
    };
    fixture_init_with_articles(&fixture);
    use_templates(&fixture, files, G_N_ELEMENTS(files));
    fixture.selection->more = 1;
    fixture.audience.format = FORMAT_TEXT;
    g_autoptr(Rendition) rendition = digest(&fixture);
    g_assert_cmpstr(rendition->text, ==,
                    "3 da|noch eine|an " PLACEHOLDER_ADDRESS
                    "|Dieser Satz ist mit Absicht so lang, dass er nicht in eine einzige Zeile\n"
                    "passt.|");
}

/* Polish: three forms. */
static void
test_plural_forms(void)
{
    static const struct {
        guint more;
        const char *text;
    } cases[] = { { 1, "1 jeden" },   { 2, "2 kilka" },     { 5, "5 wiele" },
                  { 22, "22 kilka" }, { 112, "112 wiele" }, { 21, "21 wiele" } };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(Fixture) fixture = { 0 };
        const char *const files[][2] = {
            { "plain/digest.txt.mustache", "{{more}} {{t.more}}" },
            { "strings/de.json",
              "{\"plural_one\": \"n = 1\", \"plural_few\": \"n % 10 = 2..4 and n % 100 != 12..14\","
              "\"more_one\": \"jeden\", \"more_few\": \"kilka\", \"more_other\": \"wiele\","
              "\"too_many\": \"no plural\"}" },
        };
        fixture_init_with_articles(&fixture);
        use_templates(&fixture, files, G_N_ELEMENTS(files));
        fixture.selection->more = cases[i].more;
        fixture.audience.format = FORMAT_TEXT;
        g_autoptr(Rendition) rendition = digest(&fixture);
        g_assert_cmpstr(rendition->text, ==, cases[i].text);
    }
}

static void
test_audience(void)
{
    static const char *const topics[] = { "ki", "ki stadt", "stadt" };
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    g_autoptr(GPtrArray) one = g_ptr_array_new();
    g_autoptr(GPtrArray) two = g_ptr_array_new();
    g_ptr_array_add(one, (gpointer)topics[0]);
    g_ptr_array_add(two, (gpointer)topics[0]);
    g_ptr_array_add(two, (gpointer)topics[2]);
    const RenderAudience audiences[] = {
        { "de", FORMAT_BOTH, false, none }, { "en", FORMAT_BOTH, false, none },
        { "de", FORMAT_TEXT, false, none }, { "de", FORMAT_BOTH, true, none },
        { "de", FORMAT_BOTH, false, one },  { "de", FORMAT_BOTH, false, two },
    };
    g_autoptr(GHashTable) keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(audiences); i++) {
        GString *key = g_string_new(NULL);
        render_audience_write(key, &audiences[i]);
        g_assert_true(g_hash_table_add(keys, g_string_free(key, FALSE)));
    }
}

/* Letters */

static void
test_letter(void)
{
    g_auto(Fixture) fixture = { 0 };
    fixture_init(&fixture);
    g_autoptr(Rendition) rendition = post(&fixture, "Liebe Leser,\n\nes gibt **Neues**.");
    g_assert_cmpstr(rendition->subject, ==, "In eigener Sache");
    g_assert_true(g_str_has_prefix(rendition->text, "Hafenblatt am Morgen\n"
                                                    "====================\n"
                                                    "Montag, 23. November 2026\n"
                                                    "\n\n"
                                                    "In eigener Sache\n"
                                                    "\n"
                                                    "Liebe Leser,\n"
                                                    "\n"
                                                    "es gibt *Neues*.\n"
                                                    "\n\n"
                                                    "-- \n"));
    assert_has(rendition->html, "<p>es gibt <strong>Neues</strong>.</p>");
    assert_has(rendition->html, ">In eigener Sache</h1>");
    assert_has(rendition->html, ">Liebe Leser, es gibt Neues."); /* the preheader */
    assert_has(rendition->html, PLACEHOLDER_UNSUBSCRIBE);
    assert_has(rendition->text, PLACEHOLDER_UNSUBSCRIBE);
}

static void
test_letter_is_harmless(void)
{
    g_auto(Fixture) fixture = { 0 };
    fixture_init(&fixture);
    g_autoptr(Rendition) rendition = post(
        &fixture, "<script>alert(1)</script>\n\n<b onclick=x>a</b> [b](javascript:c)\n\n{{d}}");
    assert_lacks(rendition->html, "alert(1)");
    assert_lacks(rendition->html, "onclick");
    assert_lacks(rendition->html, "javascript:");
    assert_has(rendition->html, "{{d}}"); /* a letter is no template */
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/digest/render/text", test_text);
    g_test_add_func("/digest/render/rest", test_rest);
    g_test_add_func("/digest/render/html", test_html);
    g_test_add_func("/digest/render/no headings without topics", test_no_headings_without_topics);
    g_test_add_func("/digest/render/who else has it", test_also);
    g_test_add_func("/digest/render/english", test_english);
    g_test_add_func("/digest/render/text alone", test_text_alone);
    g_test_add_func("/digest/render/without addresses", test_without_url_and_imprint_url);
    g_test_add_func("/digest/render/a pause by mail", test_pause);
    g_test_add_func("/digest/render/subjects", test_subjects);
    g_test_add_func("/digest/render/a subject with a mistake", test_subject_with_a_mistake);
    g_test_add_func("/digest/render/room", test_room);
    g_test_add_func("/digest/render/the same gives the same bytes", test_same_bytes);
    g_test_add_func("/digest/render/what is shared", test_shared);
    g_test_add_func("/digest/render/the model", test_model);
    g_test_add_func("/digest/render/dates", test_dates);
    g_test_add_func("/digest/render/strings", test_strings);
    g_test_add_func("/digest/render/plural forms", test_plural_forms);
    g_test_add_func("/digest/render/audiences have keys of their own", test_audience);
    g_test_add_func("/digest/render/letter", test_letter);
    g_test_add_func("/digest/render/a letter is harmless", test_letter_is_harmless);
    return g_test_run();
}
