#include "digest/story.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "feed/article.h"

#define HOUR 3600

static const StorySettings usual = { STORY_SIMILARITY_DEFAULT, STORY_HOURS_DEFAULT, "de-AT" };

static Article *
make(const char *title, const char *text, const char *url, const char *language, int64_t published)
{
    Article *article = article_new();
    article->title = g_strdup(title);
    article->excerpt = g_strdup(text != NULL ? text : "");
    article->content = g_strdup("");
    article->url = g_strdup(url);
    article->language = g_strdup(language);
    article->published = published;
    return article;
}

/* Rules */

#define AGENCY                                                                                     \
    "Der Stadtrat hat am Abend nach langer Debatte beschlossen, die alte Brücke über den Fluss " \
    "nun doch abzureißen und bis zum nächsten Sommer durch eine neue zu ersetzen."

typedef struct {
    const char *title;
    const char *text;
    const char *url;
    const char *language;
    int hours;
} Piece;

/* The story of each piece as a letter: "aab" are two articles of one story, and one of another. */
static const struct {
    const char *rule;
    Piece pieces[4];
    const char *expect;
} cases[] = {
    { "nothing in common",
      { { "Kran stürzt um", NULL, NULL, "de", 0 }, { "Regen im Süden", NULL, NULL, "de", 0 } },
      "ab" },
    { "the same in other words",
      { { "Kran stürzt auf Schulhof in Bremen", NULL, NULL, "de", 0 },
        { "Bremen: Umgestürzter Kran trifft Schulhof", NULL, NULL, "de", 2 },
        { "Regen im Süden", NULL, NULL, "de", 2 } },
      "aab" },
    { "the same subject is not the same story",
      { { "Gold für Lehner im Zweierbob", NULL, NULL, "de", 0 },
        { "Snowboarderin Sommer gewinnt Gold", NULL, NULL, "de", 1 },
        { "Zweierbob: Lehner fährt zu Gold", NULL, NULL, "de", 2 } },
      "aba" },
    { "the same title",
      { { "Alles auf Anfang", NULL, NULL, "de", 0 }, { "Alles auf ANFANG!", NULL, NULL, "de", 5 } },
      "aa" },
    { "never across languages",
      { { "Bundesliga Champions League", NULL, NULL, "de", 0 },
        { "Bundesliga Champions League", NULL, NULL, "en", 0 } },
      "ab" },
    { "a region is no other language, and none is the usual one",
      { { "Alles auf Anfang", NULL, NULL, "de-AT", 0 },
        { "Alles auf Anfang", NULL, NULL, "de", 0 },
        { "Alles auf Anfang", NULL, NULL, NULL, 0 } },
      "aaa" },
    { "what is more than three days apart is not compared",
      { { "Alles auf Anfang", NULL, NULL, "de", 0 }, { "Alles auf Anfang", NULL, NULL, "de", 73 } },
      "ab" },
    { "but the same page is the same article",
      { { "Kran stürzt um", NULL, "https://example.org/kran?utm_source=x", "de", 0 },
        { "Was vom Kran blieb", NULL, "http://www.example.org/kran/", "de", 100 } },
      "aa" },
    { "a front page is no article",
      { { "Kran stürzt um", NULL, "https://example.org/", "de", 0 },
        { "Regen im Süden", NULL, "https://example.org", "de", 0 } },
      "ab" },
    { "the text of an agency",
      { { "Aus für die Brücke", AGENCY, NULL, "de", 0 },
        { "Neubau kommt", "Wie das Rathaus mitteilt: " AGENCY " Die Kosten sind offen.", NULL, "de",
          3 },
        { "Regen im Süden", "Am Bodensee werden Keller leer gepumpt.", NULL, "de", 3 } },
      "aab" },
};

static GPtrArray *
articles_of(const Piece *pieces)
{
    GPtrArray *articles = g_ptr_array_new_with_free_func((GDestroyNotify)article_free);
    for (int i = 0; i < 4 && pieces[i].title != NULL; i++)
        g_ptr_array_add(articles, make(pieces[i].title, pieces[i].text, pieces[i].url,
                                       pieces[i].language, (int64_t)pieces[i].hours * HOUR));
    return articles;
}

static void
test_rules(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GPtrArray) articles = articles_of(cases[i].pieces);
        g_autoptr(GArray) stories = stories_find(articles, &usual);
        g_autoptr(GString) letters = g_string_new(NULL);
        char known[4];
        guint count = 0;
        for (guint k = 0; k < stories->len; k++) {
            guint story = g_array_index(stories, guint, k);
            known[k] = story == k ? (char)('a' + count++) : known[story];
            g_string_append_c(letters, known[k]);
        }
        g_test_message("%s", cases[i].rule);
        g_assert_cmpstr(letters->str, ==, cases[i].expect);
    }
}

static void
test_nothing(void)
{
    g_autoptr(GPtrArray) articles = g_ptr_array_new();
    g_autoptr(GArray) stories = stories_find(articles, &usual);
    g_assert_cmpuint(stories->len, ==, 0);
}

/* How well stories are found. The files in tests/data/stories were written for this test, two games
 * and the news of two weeks, each report in the manner of another paper; many are of the same
 * subject but not of the same story. They are no measure of other people's headlines. */

typedef struct {
    GPtrArray *articles;
    GPtrArray *labels; /* of char *, the stories as they are meant */
} Sample;

static void
sample_read(Sample *sample, const char *name)
{
    g_autofree char *path = g_strconcat(TEST_DATA "/stories/", name, NULL);
    g_autofree char *content = NULL;
    g_assert_true(g_file_get_contents(path, &content, NULL, NULL));
    g_auto(GStrv) lines = g_strsplit(content, "\n", -1);
    sample->articles = g_ptr_array_new_with_free_func((GDestroyNotify)article_free);
    sample->labels = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; lines[i] != NULL && *lines[i] != '\0'; i++) {
        g_autoptr(GBytes) bytes = g_bytes_new(lines[i], strlen(lines[i]));
        g_autoptr(Value) map = json_parse(bytes, NULL);
        int64_t published;
        g_assert_true(time_parse(value_find_string(map, "published"), &published));
        g_ptr_array_add(sample->articles,
                        make(value_find_string(map, "title"), value_find_string(map, "text"), NULL,
                             value_find_string(map, "language"), published));
        g_ptr_array_add(sample->labels, g_strdup(value_find_string(map, "story")));
    }
}

static void
sample_clear(Sample *sample)
{
    g_ptr_array_unref(sample->articles);
    g_ptr_array_unref(sample->labels);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Sample, sample_clear)

typedef struct {
    double precision;
    double recall;
    double f1;
} Score;

/* B-cubed (Bagga and Baldwin, 1998): for each article the share of its story that belongs there, and
 * the share of what belongs there that is; means over the articles. */
static Score
score_of(const Sample *sample, const GArray *stories)
{
    Score score = { 0, 0, 0 };
    guint count = stories->len;
    for (guint i = 0; i < count; i++) {
        guint found = 0, meant = 0, both = 0;
        for (guint k = 0; k < count; k++) {
            bool together = g_array_index(stories, guint, i) == g_array_index(stories, guint, k);
            bool belongs = g_str_equal(sample->labels->pdata[i], sample->labels->pdata[k]);
            found += together;
            meant += belongs;
            both += together && belongs;
        }
        score.precision += (double)both / found / count;
        score.recall += (double)both / meant / count;
    }
    score.f1 = 2 * score.precision * score.recall / (score.precision + score.recall);
    return score;
}

static const struct {
    const char *file;
    double precision;
    double f1;
} qualities[] = {
    { "de.jsonl", 0.90, 0.80 },
    { "en.jsonl", 0.90, 0.80 },
    { "texts.jsonl", 1.00, 0.85 },
    /* Markets, weather, results, tickers: much is worded alike that is not the same. */
    { "alike-de.jsonl", 0.70, 0.75 },
    { "alike-en.jsonl", 0.80, 0.80 },
};

static void
test_quality(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(qualities); i++) {
        g_auto(Sample) sample;
        sample_read(&sample, qualities[i].file);
        g_autoptr(GArray) stories = stories_find(sample.articles, &usual);
        Score score = score_of(&sample, stories);
        g_test_message("%s: %u articles, precision %.3f, recall %.3f, F1 %.3f", qualities[i].file,
                       stories->len, score.precision, score.recall, score.f1);
        g_assert_cmpfloat(score.precision, >=, qualities[i].precision - 1e-9);
        g_assert_cmpfloat(score.f1, >=, qualities[i].f1);
    }
}

/* "Tokasen wins gold in luge for Austria": a winter of such headlines, each a story of its own, does not
 * become one, not even with a setting that joins nearly everything. */
static void
test_many_alike(void)
{
    static const char *const syllables[] = { "to",  "ka",  "ren", "mi",  "val", "ost", "ber", "lu",
                                             "sen", "dra", "fel", "gru", "ny",  "pek", "sho" };
    static const char *const wordings[] = { "%s wins gold in %s for %s",
                                            "%s crashes out of %s: %s shocked",
                                            "%s retires after %s final in %s",
                                            "%s disqualified from %s, %s appeals" };
    static const char *const sports[] = { "luge", "slalom", "curling", "biathlon", "aerials" };
    static const char *const countries[] = { "Austria", "Norway", "Canada", "Japan", "Italy" };
    g_autoptr(GPtrArray) articles = g_ptr_array_new_with_free_func((GDestroyNotify)article_free);
    g_autoptr(GRand) random = g_rand_new_with_seed(11);
#define ANY(list) list[g_rand_int_range(random, 0, G_N_ELEMENTS(list))]
    for (int i = 0; i < 1000; i++) {
        g_autofree char *name = g_strconcat(ANY(syllables), ANY(syllables), ANY(syllables), NULL);
        Article *article = article_new();
        article->title = g_strdup_printf(ANY(wordings), name, ANY(sports), ANY(countries));
        article->excerpt = g_strdup("");
        article->content = g_strdup("");
        article->language = g_strdup("en");
        article->published = 1800000000 + g_rand_int_range(random, 0, 16 * 86400);
        g_ptr_array_add(articles, article);
    }
#undef ANY
    StorySettings lenient = usual;
    lenient.similarity = 15;
    g_autoptr(GArray) stories = stories_find(articles, &lenient);
    g_autofree guint *sizes = g_new0(guint, articles->len);
    guint largest = 0;
    for (guint i = 0; i < articles->len; i++) {
        guint size = ++sizes[g_array_index(stories, guint, i)];
        largest = MAX(largest, size);
    }
    g_test_message("the largest story has %u of %u articles", largest, articles->len);
    g_assert_cmpuint(largest, <=, articles->len / 5);
}

/* The order in which articles are given makes no difference. */
static void
test_order(void)
{
    g_auto(Sample) sample;
    sample_read(&sample, "de.jsonl");
    g_autoptr(GPtrArray) turned = g_ptr_array_new();
    g_autoptr(GRand) random = g_rand_new_with_seed(7);
    guint count = sample.articles->len;
    for (guint i = 0; i < count; i++)
        g_ptr_array_insert(turned, g_rand_int_range(random, 0, (int)i + 1),
                           sample.articles->pdata[i]);
    g_autoptr(GArray) before = stories_find(sample.articles, &usual);
    g_autoptr(GArray) after = stories_find(turned, &usual);
    for (guint i = 0; i < count; i++) {
        guint there;
        g_assert_true(g_ptr_array_find(turned, sample.articles->pdata[i], &there));
        g_assert_true(sample.articles->pdata[g_array_index(before, guint, i)] ==
                      turned->pdata[g_array_index(after, guint, there)]);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/story/rules", test_rules);
    g_test_add_func("/story/nothing", test_nothing);
    g_test_add_func("/story/quality", test_quality);
    g_test_add_func("/story/many-alike", test_many_alike);
    g_test_add_func("/story/order", test_order);
    return g_test_run();
}
