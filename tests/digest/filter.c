#include "digest/filter.h"

#include <string.h>

#include "feed/article.h"

static Article *
make(const char *feed, const char *title, const char *text, const char *category,
     const char *author, const char *language)
{
    Article *article = article_new();
    article->feed = g_strdup(feed);
    article->title = g_strdup(title);
    article->excerpt = g_strdup("");
    article->content = g_strdup(text);
    article->author = g_strdup(author);
    article->language = g_strdup(language);
    if (category != NULL)
        g_ptr_array_add(article->categories, g_strdup(category));
    return article;
}

static GPtrArray *
samples(void)
{
    GPtrArray *articles = g_ptr_array_new_with_free_func((GDestroyNotify)article_free);
    g_ptr_array_add(articles, make("hafen-blatt", "Neue Investitionen in KI",
                                   "<p>Die Straßenbahn fährt. Häuser werden gebaut.</p>", "Politik",
                                   "Jörg Müller", "de"));
    g_ptr_array_add(articles, make("heise", "E-Auto-Förderung läuft aus",
                                   "<p>Krypto-Aktien fallen, <b>künstliche</b> Intelligenz "
                                   "steigt.</p>",
                                   "Wirtschaft und Börse", NULL, "de-AT"));
    g_ptr_array_add(articles, make("post", "Running the city's trams",
                                   "<p>Investments and or not: a word.</p>", NULL,
                                   "Anna O\xE2\x80\x99Malley", "en"));
    return articles;
}

/* The set as letters: "ac" are the first and the third. */
static char *
letters(const Bitset *set)
{
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < set->bits; i++) {
        if (bitset_has(set, i))
            g_string_append_c(text, (char)('a' + i));
    }
    return g_string_free(text, FALSE);
}

static const struct {
    const char *rule;
    const char *filter;
    const char *found;
} cases[] = {
    { "a word in the title", "investitionen", "a" },
    { "a word in the text", "straßenbahn", "a" },
    { "case does not matter", "KI", "a" },
    { "a word by its stem, in its language", "investition", "a" },
    { "an English stem", "investment", "c" },
    { "a stem with an umlaut", "haus", "a" },
    { "umlauts spelled out", "kuenstliche", "b" },
    { "sharp s spelled out", "strassenbahn", "a" },
    { "umlauts against spelled out", "förderung", "b" },
    { "a part of a compound", "auto", "b" },
    { "a compound as a phrase", "e-auto", "b" },
    { "a compound that is not there", "auto-e", "" },
    { "a beginning", "krypt*", "b" },
    { "a beginning needs its star", "krypt", "" },
    { "a phrase", "\"künstliche intelligenz\"", "b" },
    { "a phrase keeps its order", "\"intelligenz künstliche\"", "" },
    { "a phrase with an open end", "\"künstliche intell*\"", "b" },
    { "a phrase does not reach from title to text", "\"ki die\"", "" },
    { "title alone", "title:straßenbahn", "" },
    { "text alone", "text:straßenbahn", "a" },
    { "the feed's whole name", "feed:heise", "b" },
    { "not a part of it", "feed:hei", "" },
    { "a beginning of it", "feed:hei*", "b" },
    { "a name with a hyphen", "feed:hafen-blatt", "a" },
    { "a category", "category:politik", "a" },
    { "a word of a category", "category:börse", "b" },
    { "an author", "author:müller", "a" },
    { "an author with an apostrophe", "author:o'malley", "c" },
    { "a space means and", "ki straßenbahn", "a" },
    { "and in words", "ki and krypto*", "" },
    { "or", "ki or trams", "ac" },
    { "and binds more than or", "ki or trams heise", "a" },
    { "parentheses", "(ki or trams) city", "c" },
    { "not", "not ki", "bc" },
    { "minus", "-ki -trams", "b" },
    { "not of a group", "not (ki or trams)", "b" },
    { "keywords in capitals", "ki OR trams AND NOT heise", "ac" },
    { "a keyword in quotes is a word", "\"not\"", "c" },
    { "a word that no article has", "gibtesnicht", "" },
    { "not of what is nowhere", "-gibtesnicht", "abc" },
};

static void
test_table(void)
{
    g_autoptr(GPtrArray) articles = samples();
    g_autoptr(Corpus) corpus = corpus_new(articles);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_test_message("%s: %s", cases[i].rule, cases[i].filter);
        g_autoptr(Filter) filter = filter_parse(cases[i].filter, &error);
        g_assert_no_error(error);
        g_autoptr(Bitset) set = filter_select(filter, corpus);
        g_autofree char *found = letters(set);
        g_assert_cmpstr(found, ==, cases[i].found);

        /* The canonical spelling means the same and is its own. */
        g_autoptr(GString) text = g_string_new(NULL);
        filter_write(text, filter);
        g_autoptr(Filter) again = filter_parse(text->str, &error);
        g_assert_no_error(error);
        g_autoptr(Bitset) same = filter_select(again, corpus);
        g_autofree char *found_again = letters(same);
        g_assert_cmpstr(found_again, ==, cases[i].found);
        g_autoptr(GString) text_again = g_string_new(NULL);
        filter_write(text_again, again);
        g_assert_cmpstr(text_again->str, ==, text->str);
    }
}

static const struct {
    const char *rule;
    const char *filter;
    const char *message;
} mistakes[] = {
    { "nothing", "", "column 1: expected a word" },
    { "an open parenthesis", "ki and (aktien", "column 15: expected ')'" },
    { "one too many", "ki) x", "column 3: expected the end" },
    { "an kind without its right side", "ki or", "column 6: expected a word" },
    { "an kind alone", "and", "column 1: expected a word" },
    { "an open quote", "ki \"offen", "column 4: the quote is never closed" },
    { "an unknown field, with the one that is meant", "titel:x", "did you mean \"title\"" },
    { "a field without a word", "title: x", "column 7: expected a word" },
    { "nothing to look for", "ki +++", "column 4: expected a word" },
    { "columns count characters", "größe (", "column 8: expected a word" },
    { "empty parentheses", "()", "column 2: expected a word" },
};

static void
test_mistakes(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(mistakes); i++) {
        g_autoptr(GError) error = NULL;
        g_test_message("%s: %s", mistakes[i].rule, mistakes[i].filter);
        g_assert_null(filter_parse(mistakes[i].filter, &error));
        g_assert_nonnull(error);
        g_assert_nonnull(strstr(error->message, mistakes[i].message));
    }
}

static void
test_limits(void)
{
    g_autoptr(GString) terms = g_string_new("w");
    for (int i = 1; i < FILTER_TERMS_MAX; i++)
        g_string_append(terms, " w");
    g_autoptr(Filter) most = filter_parse(terms->str, NULL);
    g_assert_nonnull(most);
    g_string_append(terms, " w");
    g_assert_null(filter_parse(terms->str, NULL));

    g_autofree char *open = g_strnfill(FILTER_LEVELS_MAX - 1, '(');
    g_autofree char *close = g_strnfill(FILTER_LEVELS_MAX - 1, ')');
    g_autofree char *deep = g_strconcat(open, "w", close, NULL);
    g_autoptr(Filter) deepest = filter_parse(deep, NULL);
    g_assert_nonnull(deepest);
    g_autofree char *deeper = g_strconcat("(", deep, ")", NULL);
    g_assert_null(filter_parse(deeper, NULL));

    g_autofree char *nots = g_strnfill(100000, '-');
    g_assert_null(filter_parse(nots, NULL));
}

/* Random filters over random articles, against an evaluator that knows nothing of sets. */

#define WORDS 6

static bool
naive(const char **at, unsigned words)
{
    char kind = *(*at)++;
    if (kind >= 'a' && kind < 'a' + WORDS)
        return (words >> (kind - 'a') & 1) != 0;
    bool left = naive(at, words);
    if (kind == '!')
        return !left;
    bool right = naive(at, words);
    return kind == '&' ? left && right : left || right;
}

/* Makes a filter in prefix form (for naive()) and as text. */
static void
random_filter(GRand *random, int depth, GString *prefix, GString *text)
{
    int kind = depth == 0 ? 3 : g_rand_int_range(random, 0, 4);
    if (kind == 3) {
        char word = (char)('a' + g_rand_int_range(random, 0, WORDS));
        g_string_append_c(prefix, word);
        g_string_append_printf(text, "%c%c", word, word);
        return;
    }
    g_string_append_c(prefix, kind == 0 ? '!' : kind == 1 ? '&' : '|');
    g_string_append(text, kind == 0 ? "not (" : "(");
    random_filter(random, depth - 1, prefix, text);
    if (kind != 0) {
        g_string_append(text, kind == 1 ? " " : " or ");
        random_filter(random, depth - 1, prefix, text);
    }
    g_string_append_c(text, ')');
}

static void
test_random(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(20261123);
    g_autoptr(GPtrArray) articles = g_ptr_array_new_with_free_func((GDestroyNotify)article_free);
    for (unsigned words = 0; words < 1u << WORDS; words++) {
        g_autoptr(GString) title = g_string_new("-");
        for (int i = 0; i < WORDS; i++) {
            if ((words >> i & 1) != 0)
                g_string_append_printf(title, " %c%c", 'a' + i, 'a' + i);
        }
        g_ptr_array_add(articles, make("f", title->str, "", NULL, NULL, NULL));
    }
    g_autoptr(Corpus) corpus = corpus_new(articles);
    for (int round = 0; round < 3000; round++) {
        g_autoptr(GString) prefix = g_string_new(NULL);
        g_autoptr(GString) text = g_string_new(NULL);
        random_filter(random, 4, prefix, text);
        g_autoptr(Filter) filter = filter_parse(text->str, NULL);
        g_assert_nonnull(filter);
        g_autoptr(GString) canonical = g_string_new(NULL);
        filter_write(canonical, filter);
        g_autoptr(Filter) again = filter_parse(canonical->str, NULL);
        g_assert_nonnull(again);
        g_autoptr(Bitset) set = filter_select(filter, corpus);
        g_autoptr(Bitset) same = filter_select(again, corpus);
        for (unsigned words = 0; words < 1u << WORDS; words++) {
            const char *at = prefix->str;
            bool expected = naive(&at, words);
            g_assert_true(bitset_has(set, words) == expected);
            g_assert_true(bitset_has(same, words) == expected);
        }
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/digest/filter/table", test_table);
    g_test_add_func("/digest/filter/mistakes", test_mistakes);
    g_test_add_func("/digest/filter/limits", test_limits);
    g_test_add_func("/digest/filter/random", test_random);
    return g_test_run();
}
