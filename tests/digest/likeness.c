#include "digest/likeness.h"

#include <string.h>

#include "base/json.h"

/* The reports of tests/data/stories: how many that are like one tell its story, and how many of its
 * story are found. */

typedef struct {
    GPtrArray *articles;
    GPtrArray *stories; /* of char *, by article */
} Reports;

static void
reports_clear(Reports *reports)
{
    g_ptr_array_unref(reports->articles);
    g_ptr_array_unref(reports->stories);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Reports, reports_clear)

static void
reports_read(Reports *reports, const char *file)
{
    g_autofree char *path = g_build_filename(TEST_DATA, "stories", file, NULL);
    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    reports->articles = g_ptr_array_new_with_free_func((GDestroyNotify)article_free);
    reports->stories = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; lines[i] != NULL && *lines[i] != '\0'; i++) {
        g_autoptr(GBytes) bytes = g_bytes_new(lines[i], strlen(lines[i]));
        g_autoptr(Value) line = json_parse(bytes, NULL);
        const char *excerpt = value_find_string(line, "text");
        Article *article = article_new();
        article->title = g_strdup(value_find_string(line, "title"));
        article->excerpt = g_strdup(excerpt != NULL ? excerpt : "");
        article->language = g_strdup(value_find_string(line, "language"));
        g_ptr_array_add(reports->articles, article);
        g_ptr_array_add(reports->stories, g_strdup(value_find_string(line, "story")));
    }
}

typedef struct {
    guint found;
    guint right; /* of them, others of the same story */
    guint wanted;
} Score;

static Score
score(const Reports *reports, Strictness strictness)
{
    g_autoptr(Likeness) likeness = likeness_new(reports->articles, "de");
    g_autoptr(Bitset) set = bitset_new(reports->articles->len);
    Score score = { 0 };
    for (guint i = 0; i < reports->articles->len; i++) {
        g_autofree char *words = likeness_words(reports->articles->pdata[i], reports->articles);
        bitset_clear(set);
        likeness_find(likeness, words, strictness, set);
        for (guint k = 0; k < reports->articles->len; k++) {
            bool same = strcmp(reports->stories->pdata[i], reports->stories->pdata[k]) == 0;
            score.wanted += same && i != k;
            score.found += i != k && bitset_has(set, k);
            score.right += same && i != k && bitset_has(set, k);
        }
    }
    return score;
}

/* Headlines alone are hard: the least that each strictness has to reach, in per cent. */
static const struct {
    Strictness strictness;
    guint precision;
    guint recall;
} goals[] = {
    { STRICTNESS_STRICT, 70, 25 },
    { STRICTNESS_NORMAL, 50, 50 },
    { STRICTNESS_WIDE, 40, 60 },
};

static void
test_scores(gconstpointer data)
{
    g_auto(Reports) reports;
    reports_read(&reports, data);
    for (size_t i = 0; i < G_N_ELEMENTS(goals); i++) {
        const Score now = score(&reports, goals[i].strictness);
        g_assert_cmpuint(now.found, >, 0);
        guint precision = 100 * now.right / now.found, recall = 100 * now.right / now.wanted;
        g_test_message("%s, strictness %zu: precision %u, recall %u", (const char *)data, i,
                       precision, recall);
        g_assert_cmpuint(precision, >=, goals[i].precision);
        g_assert_cmpuint(recall, >=, goals[i].recall);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/digest/likeness/german", "de.jsonl", test_scores);
    g_test_add_data_func("/digest/likeness/english", "en.jsonl", test_scores);
    g_test_add_data_func("/digest/likeness/texts", "texts.jsonl", test_scores);
    return g_test_run();
}
