/* bench-rendering mustache TEMPLATE DATA SECONDS - how fast a template is filled.
 * bench-rendering digests TEMPLATES NAME COUNT - how fast digests are rendered.
 *
 * The first fills one template with one set of data, over and over; its output goes to stdout once.
 * The second makes COUNT digests of 15 articles each, out of the 1,000 of an issue, no two with the
 * same articles, for readers who have chosen all three topics: subject, text and HTML, as a sending
 * does (jobs/edition.c), with the template NAME of the folder TEMPLATES. What is made once for each
 * article is in it; choosing and encoding are not. Always the same input. A line of JSON on stderr
 * tells processor seconds and what came out, so that whoever calls this can see that nothing was left
 * out.                                                                                           */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "base/text.h"
#include "digest/mustache.h"
#include "digest/render.h"
#include "feed/article.h"
#include "subscriber/subscription.h"

#define ARTICLES        1000
#define ARTICLES_A_MAIL 15
#define TOPICS          3
#define NOW             INT64_C(1795600000)

static double
processor_seconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void
must(bool done, GError *const *error)
{
    if (!done)
        g_error("%s", (*error)->message);
}

/* One template */

static int
fill_template(const char *template_name, const char *data_name, double seconds)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *template = NULL;
    g_autofree char *json = NULL;
    gsize size;
    must(g_file_get_contents(template_name, &template, NULL, &error), &error);
    must(g_file_get_contents(data_name, &json, &size, &error), &error);
    g_autoptr(GBytes) bytes = g_bytes_new(json, size);
    g_autoptr(Value) data = json_parse(bytes, &error);
    must(data != NULL, &error);
    g_autoptr(Mustache) mustache = mustache_parse("bench.html.mustache", template, &error);
    must(mustache != NULL, &error);

    g_autoptr(GString) out = g_string_new(NULL);
    int64_t count = 0;
    double begin = processor_seconds(), end;
    do {
        for (int i = 0; i < 100; i++, count++) {
            g_string_truncate(out, 0);
            must(mustache_render(mustache, data, NULL, NULL, out, &error), &error);
        }
        end = processor_seconds();
    } while (end - begin < seconds);
    fwrite(out->str, 1, out->len, stdout);
    fprintf(stderr, "{\"count\": %" G_GINT64_FORMAT ", \"seconds\": %.6f}\n", count, end - begin);
    return 0;
}

/* Digests */

static GPtrArray *
articles_new(GRand *random)
{
    static const char *const words[] = { "Hafen", "Strom",  "Brücke", "Rathaus", "und", "eine",
                                         "neue",  "Fähre",  "kommt",  "später",  "als", "geplant",
                                         "in",    "Bremen", "heute",  "wieder" };
    GPtrArray *articles = g_ptr_array_new_with_free_func((GDestroyNotify)article_free);
    for (int i = 0; i < ARTICLES; i++) {
        Article *article = article_new();
        GString *text = g_string_new(NULL);
        for (int k = 0; k < 35; k++)
            g_string_append_printf(text, k > 0 ? " %s" : "%s",
                                   words[g_rand_int_range(random, 0, G_N_ELEMENTS(words))]);
        article->seq = i + 1;
        g_autofree char *beginning = text_truncate(text->str, 40);
        article->title = g_strdup_printf("Nummer %d: %s", i, beginning);
        article->excerpt = g_string_free(text, FALSE);
        article->content = g_strdup("");
        article->feed = g_strdup("hafenblatt");
        article->feed_title = g_strdup("Hafenblatt");
        article->author = g_strdup("Jördis Brömmelkamp");
        article->language = g_strdup("de");
        article->url = g_strdup_printf("https://hafenblatt.example.org/2026/11/artikel-%d", i);
        if (i % 3 > 0)
            article->image = g_strdup_printf("https://hafenblatt.example.org/bilder/%d.jpg", i);
        article->published = NOW - i * 60;
        g_ptr_array_add(articles, article);
    }
    return articles;
}

static Settings *
settings_for(const char *template_name)
{
    Settings *settings = settings_new();
    settings->newsletter = g_strdup("morgen");
    settings->title = g_strdup("Hafenblatt am Morgen");
    settings->language = g_strdup("de");
    settings->zone = g_strdup("Europe/Berlin");
    settings->template_name = g_strdup(template_name);
    settings->imprint = g_strdup("https://hafenblatt.example.org/impressum");
    settings->postal_address = g_strdup("Hafenblatt Verlag, Am Alten Pegel 3, 28195 Beispielhafen");
    for (int i = 0; i < TOPICS; i++) {
        g_autofree char *name = g_strdup_printf("thema-%d", i);
        g_assert_true(settings_add_topic(settings, name, "Ein Thema", "hafen", NULL));
    }
    return settings;
}

static bool
has_article(const Selection *selection, guint place)
{
    for (guint i = 0; i < selection->articles->len; i++)
        if (g_array_index(selection->articles, guint, i) == place)
            return true;
    return false;
}

/* Articles drawn for one mail, in three groups. */
static void
choose(Selection *selection, const Settings *settings, GRand *random)
{
    g_array_set_size(selection->articles, 0);
    g_array_set_size(selection->groups, 0);
    selection->count = ARTICLES_A_MAIL;
    while (selection->articles->len < ARTICLES_A_MAIL) {
        guint place = (guint)g_rand_int_range(random, 0, ARTICLES);
        if (!has_article(selection, place))
            g_array_append_val(selection->articles, place);
    }
    for (guint i = 0; i < TOPICS; i++) {
        SelectionGroup group = { .topic = settings->topics->pdata[i],
                                 .first = i * ARTICLES_A_MAIL / TOPICS,
                                 .count = ARTICLES_A_MAIL / TOPICS };
        g_array_append_val(selection->groups, group);
    }
}

static int
render_digests(const char *folder, const char *template_name, int64_t count)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Templates) templates = templates_load(folder, &error);
    must(templates != NULL, &error);
    g_autoptr(GRand) random = g_rand_new_with_seed(20261126);
    g_autoptr(Settings) settings = settings_for(template_name);
    g_autoptr(GPtrArray) articles = articles_new(random);
    g_autoptr(GPtrArray) topics = g_ptr_array_new();
    g_autoptr(Selection) selection = selection_new();
    const RenderContext context = {
        .settings = settings, .templates = templates, .number = 1, .time = NOW, .web = true
    };
    const RenderAudience audience = { "de", FORMAT_BOTH, true, topics };
    for (guint i = 0; i < settings->topics->len; i++)
        g_ptr_array_add(topics, ((Topic *)settings->topics->pdata[i])->name);
    g_autoptr(Renderer) renderer = renderer_new(&context, articles, &error);
    must(renderer != NULL, &error);

    int64_t octets = 0;
    double begin = processor_seconds();
    for (int64_t i = 0; i < count; i++) {
        choose(selection, settings, random);
        g_autoptr(Rendition) rendition = renderer_digest(renderer, selection, &audience, &error);
        must(rendition != NULL, &error);
        octets += (int64_t)(strlen(rendition->subject) + strlen(rendition->text) +
                            strlen(rendition->html));
    }
    double end = processor_seconds();
    fprintf(stderr,
            "{\"count\": %" G_GINT64_FORMAT ", \"seconds\": %.6f, \"octets\": %" G_GINT64_FORMAT
            "}\n",
            count, end - begin, octets);
    return 0;
}

int
main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "mustache") == 0)
        return fill_template(argv[2], argv[3], g_ascii_strtod(argv[4], NULL));
    if (argc == 5 && strcmp(argv[1], "digests") == 0)
        return render_digests(argv[2], argv[3], g_ascii_strtoll(argv[4], NULL, 10));
    g_error("usage: bench-rendering mustache TEMPLATE DATA SECONDS | digests TEMPLATES NAME COUNT");
}
