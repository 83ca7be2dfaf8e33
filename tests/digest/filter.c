#include "digest/filter.h"

#include <string.h>
#include <strings.h>

#include "feed/article.h"

#define DAY 86400
#define NOW (INT64_C(20000) * DAY)

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
    static const struct {
        const char *url;
        int days;
    } facts[] = { { "https://www.hafenblatt.example/a", 0 },
                  { "https://häfen.example/b", 3 },
                  { NULL, 20 } };
    for (guint i = 0; i < articles->len; i++) {
        Article *article = articles->pdata[i];
        article->url = g_strdup(facts[i].url);
        article->published = NOW - (int64_t)facts[i].days * DAY;
    }
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
    { "a stem of an umlaut that is spelled out", "haeuser", "a" },
    { "a site has its subdomains", "site:hafenblatt.example", "a" },
    { "but not the other way round", "site:m.www.hafenblatt.example", "" },
    { "nor what only ends alike", "site:blatt.example", "" },
    { "a site with an umlaut", "site:HÄFEN.example", "b" },
    { "a language has its regions", "lang:de", "ab" },
    { "a region has not its language", "lang:de-AT", "b" },
    { "an unknown topic is empty", "topic:fort", "" },
    { "a topic", "topic:bahn", "ac" },
    { "not a topic", "-topic:bahn", "b" },
    { "younger than", "age<3d", "a" },
    { "at most so old", "age<=3d", "ab" },
    { "older than", "age>72h", "c" },
    { "at least so old, with spaces", "age >= 3D (krypto or ki)", "b" },
    { "in weeks", "-age<2w", "c" },
    { "age without a comparison is a word", "age", "" },
    { "a word that no article has", "gibtesnicht", "" },
    { "not of what is nowhere", "-gibtesnicht", "abc" },
};

static void
test_table(void)
{
    g_autoptr(GPtrArray) articles = samples();
    g_autoptr(Corpus) corpus = corpus_new(articles, NULL, NOW);
    g_autoptr(Filter) topic = filter_parse("straßenbahn or tram", NULL);
    g_autoptr(Bitset) of_topic = filter_select(topic, corpus);
    corpus_add_topic(corpus, "bahn", of_topic);
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
    { "a site that is none", "ki site:https://a.example/", "column 9: expected a host" },
    { "a site cannot be open", "site:a*", "column 6: expected a host" },
    { "numbers of articles are not known here", "like:4711", "column 6: expected words" },
    { "a language that is none", "lang:dä", "column 6: expected a language" },
    { "an age without a unit", "age<3", "column 5: expected an age" },
    { "an age without a number", "age < d", "column 7: expected an age" },
    { "an age in another unit", "age<3min", "column 5: expected an age" },
    { "an age beyond all bounds", "age<9999999d", "column 5: expected an age" },
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

/* Random filters over random articles, against an evaluator that knows nothing of sets, indexes,
 * folding and stems: it has a table of words that says which are the same. */

typedef struct {
    const char *word;
    int spelling; /* words with the same number are one word in two spellings */
    int stem;     /* in German; words with the same number have one stem */
} Word;

static const Word vocabulary[] = {
    { "Haus", 0, 0 },         { "Häuser", 1, 0 },       { "Haeuser", 1, 0 }, { "Zeitung", 2, 1 },
    { "Zeitungen", 3, 1 },    { "STRASSE", 4, 2 },      { "Straße", 4, 2 },  { "krypto", 5, 3 },
    { "Kryptobörse", 6, 4 },  { "Kryptoboerse", 6, 4 }, { "ki", 7, 5 },      { "KI", 7, 5 },
    { "Cafe\xCC\x81", 8, 6 }, { "Caf\xC3\xA9", 8, 6 },
};

#define TEXT_WORDS_MAX 6

/* A text as indexes into the vocabulary. */
typedef struct {
    int words[TEXT_WORDS_MAX];
    int count;
} Words;

typedef struct {
    Words title, text, category;
    const char *feed, *site, *language;
    int days;
} Sample;

static const char *const sample_feeds[] = { "hafen-blatt", "Hafen", "post" };
static const char *const sample_sites[] = { "example.org", "www.example.org", "myexample.org" };
static const char *const sample_languages[] = { NULL, "de", "de-AT", "fa" };

#define PICK(random, list) (list)[g_rand_int_range(random, 0, G_N_ELEMENTS(list))]

static Words
random_words(GRand *random)
{
    Words words = { .count = g_rand_int_range(random, 0, TEXT_WORDS_MAX + 1) };
    for (int i = 0; i < words.count; i++)
        words.words[i] = g_rand_int_range(random, 0, G_N_ELEMENTS(vocabulary));
    return words;
}

static Sample
random_sample(GRand *random)
{
    return (Sample){
        .title = random_words(random),
        .text = random_words(random),
        .category = random_words(random),
        .feed = PICK(random, sample_feeds),
        .site = PICK(random, sample_sites),
        .language = PICK(random, sample_languages),
        .days = g_rand_int_range(random, 0, 10),
    };
}

/* Words between what separates words: a space, a hyphen, mark-up. */
static char *
words_text(GRand *random, const Words *words, bool html)
{
    static const char *const plain[] = { " ", "-", ", " };
    static const char *const marked[] = { " ", "<br>", "&nbsp;", "-" };
    GString *text = g_string_new(NULL);
    for (int i = 0; i < words->count; i++)
        g_string_append_printf(text, "%s%s", html ? PICK(random, marked) : PICK(random, plain),
                               vocabulary[words->words[i]].word);
    return g_string_free(text, FALSE);
}

static Article *
sample_article(GRand *random, const Sample *sample)
{
    g_autofree char *title = words_text(random, &sample->title, false);
    g_autofree char *text = words_text(random, &sample->text, true);
    g_autofree char *category = words_text(random, &sample->category, false);
    Article *article = make(sample->feed, title, text, category, NULL, sample->language);
    article->url = g_strdup_printf("https://%s/a", sample->site);
    article->published = NOW - (int64_t)sample->days * DAY;
    return article;
}

/* What a term is about. */
typedef enum {
    TERM_WORD,
    TERM_PREFIX,
    TERM_PHRASE,
    TERM_FEED,
    TERM_SITE,
    TERM_LANG,
    TERM_AGE
} What;

typedef struct {
    What what;
    const char *field; /* of the first three: "", "title:", "text:" or "category:" */
    int words[2];
    const char *value;
    int days;
} Term;

static Term
random_term(GRand *random)
{
    static const char *const places[] = { "", "title:", "text:", "category:" };
    static const char *const feeds[] = { "HAFEN", "hafen-blatt", "post", "blatt" };
    static const char *const sites[] = { "example.org", "www.example.org", "org" };
    static const char *const languages[] = { "de", "de-at", "fa", "d" };
    Term term = {
        .what = g_rand_int_range(random, TERM_WORD, TERM_AGE + 1),
        .field = PICK(random, places),
        .words = { g_rand_int_range(random, 0, G_N_ELEMENTS(vocabulary)),
                   g_rand_int_range(random, 0, G_N_ELEMENTS(vocabulary)) },
        .days = g_rand_int_range(random, 0, 10),
    };
    if (term.what == TERM_FEED)
        term.value = PICK(random, feeds);
    if (term.what == TERM_SITE)
        term.value = PICK(random, sites);
    if (term.what == TERM_LANG)
        term.value = PICK(random, languages);
    return term;
}

static void
term_write(GString *out, const Term *term)
{
    const char *first = vocabulary[term->words[0]].word, *second = vocabulary[term->words[1]].word;
    switch (term->what) {
    case TERM_WORD: g_string_append_printf(out, "%s%s", term->field, first); break;
    case TERM_PREFIX: g_string_append_printf(out, "%skrypto*", term->field); break;
    case TERM_PHRASE: g_string_append_printf(out, "%s\"%s %s\"", term->field, first, second); break;
    case TERM_FEED: g_string_append_printf(out, "feed:%s", term->value); break;
    case TERM_SITE: g_string_append_printf(out, "site:%s", term->value); break;
    case TERM_LANG: g_string_append_printf(out, "lang:%s", term->value); break;
    case TERM_AGE: g_string_append_printf(out, "age<=%dd", term->days); break;
    }
}

static bool
is_german(const Sample *sample)
{
    return sample->language != NULL && g_str_has_prefix(sample->language, "de");
}

/* Whether TERM stands in WORDS at I. */
static bool
stands_at(const Term *term, const Sample *sample, const Words *words, int i)
{
    const Word *here = &vocabulary[words->words[i]], *first = &vocabulary[term->words[0]];
    switch (term->what) {
    case TERM_WORD:
        return here->spelling == first->spelling ||
               (is_german(sample) && here->stem == first->stem);
    case TERM_PREFIX: return strncasecmp(here->word, "krypto", 6) == 0;
    case TERM_PHRASE:
        return i + 1 < words->count && here->spelling == first->spelling &&
               vocabulary[words->words[i + 1]].spelling == vocabulary[term->words[1]].spelling;
    case TERM_FEED:
    case TERM_SITE:
    case TERM_LANG:
    case TERM_AGE: break;
    }
    g_assert_not_reached();
}

static bool
stands_in(const Term *term, const Sample *sample, const Words *words)
{
    for (int i = 0; i < words->count; i++)
        if (stands_at(term, sample, words, i))
            return true;
    return false;
}

static bool
naive_term(const Term *term, const Sample *sample)
{
    switch (term->what) {
    case TERM_WORD:
    case TERM_PREFIX:
    case TERM_PHRASE:
        if (strcmp(term->field, "title:") == 0)
            return stands_in(term, sample, &sample->title);
        if (strcmp(term->field, "text:") == 0)
            return stands_in(term, sample, &sample->text);
        if (strcmp(term->field, "category:") == 0)
            return stands_in(term, sample, &sample->category);
        return stands_in(term, sample, &sample->title) || stands_in(term, sample, &sample->text);
    case TERM_FEED: return g_ascii_strcasecmp(term->value, sample->feed) == 0;
    case TERM_SITE:
        return strcmp(term->value, sample->site) == 0 || strcmp(term->value, "org") == 0 ||
               (strcmp(term->value, "example.org") == 0 &&
                strcmp(sample->site, "www.example.org") == 0);
    case TERM_LANG:
        return sample->language != NULL &&
               (g_ascii_strcasecmp(term->value, sample->language) == 0 ||
                (strcmp(term->value, "de") == 0 && is_german(sample)));
    case TERM_AGE: return sample->days <= term->days;
    }
    g_assert_not_reached();
}

/* A filter in prefix form: '!', '&', '|', or a letter for each of its terms in their order. */
typedef struct {
    GString *form;
    GArray *terms; /* of Term */
    GString *text;
} RandomFilter;

static void
random_filter(GRand *random, int depth, RandomFilter *filter)
{
    int kind = depth == 0 ? 3 : g_rand_int_range(random, 0, 4);
    if (kind == 3) {
        Term term = random_term(random);
        g_string_append_c(filter->form, '.');
        g_array_append_val(filter->terms, term);
        term_write(filter->text, &term);
        return;
    }
    g_string_append_c(filter->form, "!&|"[kind]);
    g_string_append(filter->text, kind == 0 ? "not (" : "(");
    random_filter(random, depth - 1, filter);
    if (kind != 0) {
        g_string_append(filter->text, kind == 1 ? " " : " or ");
        random_filter(random, depth - 1, filter);
    }
    g_string_append_c(filter->text, ')');
}

static bool
naive(const char **form, const Term **term, const Sample *sample)
{
    char kind = *(*form)++;
    if (kind == '.')
        return naive_term((*term)++, sample);
    bool left = naive(form, term, sample);
    if (kind == '!')
        return !left;
    bool right = naive(form, term, sample);
    return kind == '&' ? left && right : left || right;
}

#define SAMPLES 200

static void
test_random(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(20261123);
    g_autoptr(GPtrArray) articles = g_ptr_array_new_with_free_func((GDestroyNotify)article_free);
    Sample samples[SAMPLES];
    for (int i = 0; i < SAMPLES; i++) {
        samples[i] = random_sample(random);
        g_ptr_array_add(articles, sample_article(random, &samples[i]));
    }
    g_autoptr(Corpus) corpus = corpus_new(articles, NULL, NOW);
    for (int round = 0; round < 3000; round++) {
        g_autoptr(GString) form = g_string_new(NULL);
        g_autoptr(GString) text = g_string_new(NULL);
        g_autoptr(GArray) terms = g_array_new(FALSE, FALSE, sizeof(Term));
        g_autoptr(GError) error = NULL;
        random_filter(random, 4, &(RandomFilter){ form, terms, text });
        g_autoptr(Filter) filter = filter_parse(text->str, &error);
        g_assert_no_error(error);
        g_autoptr(GString) canonical = g_string_new(NULL);
        filter_write(canonical, filter);
        g_autoptr(Filter) again = filter_parse(canonical->str, &error);
        g_assert_no_error(error);
        g_autoptr(Bitset) set = filter_select(filter, corpus);
        g_autoptr(Bitset) same = filter_select(again, corpus);
        for (int i = 0; i < SAMPLES; i++) {
            const char *at = form->str;
            const Term *term = (const Term *)(void *)terms->data;
            bool expected = naive(&at, &term, &samples[i]);
            if (bitset_has(set, i) != expected || bitset_has(same, i) != expected)
                g_error("article %d: \"%s\" (\"%s\")", i, text->str, canonical->str);
        }
    }
}

static void
test_canonical(void)
{
    static const struct {
        const char *rule, *filter, *canonical;
    } spellings[] = {
        { "ages in their largest unit", "age < 48H or age>=14d or age>36h",
          "age<2d or age>=2w or age>36h" },
        { "hosts in ASCII", "SITE:Bücher.Example", "site:xn--bcher-kva.example" },
        { "languages in lower case", "lang:pt-BR", "lang:pt-br" },
        { "what is alike keeps its words", "Like-Wide:\"Elbtunnel  Stau\"",
          "like-wide:\"elbtunnel stau\"" },
        { "topics as they stand", "topic:KI and x", "topic:KI x" },
    };
    for (gsize i = 0; i < G_N_ELEMENTS(spellings); i++) {
        g_autoptr(Filter) filter = filter_parse(spellings[i].filter, NULL);
        g_autoptr(GString) text = g_string_new(NULL);
        g_test_message("%s", spellings[i].rule);
        filter_write(text, filter);
        g_assert_cmpstr(text->str, ==, spellings[i].canonical);
    }
}

/* Who names no language is taken to write in that of the newsletter. */
static void
test_language(void)
{
    g_autoptr(GPtrArray) articles = g_ptr_array_new_with_free_func((GDestroyNotify)article_free);
    g_ptr_array_add(articles, make("f", "Investitionen", "", NULL, NULL, NULL));
    g_autoptr(Corpus) corpus = corpus_new(articles, "de", NOW);
    g_autoptr(Filter) filter = filter_parse("investition lang:de", NULL);
    g_autoptr(Bitset) set = filter_select(filter, corpus);
    g_assert_cmpuint(bitset_count(set), ==, 1);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/digest/filter/table", test_table);
    g_test_add_func("/digest/filter/mistakes", test_mistakes);
    g_test_add_func("/digest/filter/limits", test_limits);
    g_test_add_func("/digest/filter/canonical", test_canonical);
    g_test_add_func("/digest/filter/language", test_language);
    g_test_add_func("/digest/filter/random", test_random);
    return g_test_run();
}
