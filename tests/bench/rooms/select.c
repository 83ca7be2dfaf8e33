/* bench-select ARTICLES FILTERS SUBSCRIPTIONS - how fast digests are selected.
 *
 * Makes articles of words, feeds and categories, and filters over them, both by Zipf's law; then
 * selects for one subscription after the other, each with a filter drawn by the same law, as a sending
 * does (jobs/edition.c): one corpus, one selector, one selection, and the key under which renditions
 * are shared. Always the same input. One line of JSON tells processor seconds, the memory at its
 * highest, and what came out, so that whoever calls this can see that nothing was left out.         */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "digest/selection.h"
#include "feed/article.h"

#define WORDS             50000
#define WORDS_A_TEXT      400
#define WORDS_A_TITLE     8
#define FEEDS             200
#define CATEGORIES        100
#define TOPICS            300
#define TERMS_MAX         5 /* of a filter: three on average */
#define ARTICLES_A_MAIL   30
#define NOW               INT64_C(1795600000)
#define SECONDS_A_ARTICLE 60

/* Draws numbers below N, the first ones more often: number i in proportion to 1 / (i + 1). */
typedef struct {
    double *sums;
    int n;
} Zipf;

static Zipf
zipf_new(int n)
{
    Zipf zipf = { g_new(double, n), n };
    double sum = 0;
    for (int i = 0; i < n; i++)
        zipf.sums[i] = sum += 1.0 / (i + 1);
    return zipf;
}

static int
zipf_draw(const Zipf *zipf, GRand *random)
{
    double wanted = g_rand_double_range(random, 0, zipf->sums[zipf->n - 1]);
    int low = 0, high = zipf->n - 1;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (zipf->sums[middle] < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* "wabcd": letters alone, so that it is one word. */
static void
word_write(GString *out, int number)
{
    g_string_append_c(out, 'w');
    for (; number > 0; number /= 26)
        g_string_append_c(out, (char)('a' + number % 26));
}

static char *
text_new(const Zipf *words, GRand *random, int count)
{
    GString *text = g_string_new(NULL);
    for (int i = 0; i < count; i++) {
        word_write(text, zipf_draw(words, random));
        g_string_append_c(text, ' ');
    }
    return g_string_free(text, FALSE);
}

static GPtrArray *
articles_new(const Zipf *words, GRand *random, int count)
{
    GPtrArray *articles = g_ptr_array_new_with_free_func((GDestroyNotify)article_free);
    for (int i = 0; i < count; i++) {
        Article *article = article_new();
        article->seq = article->news_seq = i + 1;
        article->published = NOW - (int64_t)i * SECONDS_A_ARTICLE;
        article->title = text_new(words, random, WORDS_A_TITLE);
        article->excerpt = g_strdup("");
        article->content = text_new(words, random, WORDS_A_TEXT);
        article->language = g_strdup(i % 3 == 0 ? "en" : "de");
        article->feed = g_strdup_printf("feed-%d", g_rand_int_range(random, 0, FEEDS));
        g_ptr_array_add(article->categories,
                        g_strdup_printf("category%d", g_rand_int_range(random, 0, CATEGORIES)));
        g_ptr_array_add(articles, article);
    }
    articles_rank(articles);
    return articles;
}

static void
term_write(GString *out, GRand *random)
{
    /* From words that one article in six has to such that are in one or two. */
    int word = (int)(200 * pow(100, g_rand_double(random)));
    switch (g_rand_int_range(random, 0, 10)) {
    case 0: g_string_append_printf(out, "feed:feed-%d", g_rand_int_range(random, 0, FEEDS)); break;
    case 1:
        g_string_append_printf(out, "category:category%d", g_rand_int_range(random, 0, CATEGORIES));
        break;
    case 2:
        g_string_append(out, "title:");
        word_write(out, word);
        break;
    default: word_write(out, word); break;
    }
}

/* "(a or b) c -d": terms in groups. */
static char *
filter_new(GRand *random)
{
    GString *text = g_string_new(NULL);
    int terms = g_rand_int_range(random, 1, TERMS_MAX + 1);
    for (int i = 0; i < terms; i++) {
        static const char *const joints[] = { " or ", " or ", " or ", " ", " -" };
        if (i > 0)
            g_string_append(text, joints[g_rand_int_range(random, 0, G_N_ELEMENTS(joints))]);
        term_write(text, random);
    }
    return g_string_free(text, FALSE);
}

static Settings *
settings_with_topics(GRand *random)
{
    Settings *settings = settings_new();
    settings->max_articles = ARTICLES_A_MAIL;
    settings->welcome_articles = ARTICLES_A_MAIL;
    for (int i = 0; i < TOPICS; i++) {
        g_autofree char *name = g_strdup_printf("topic-%d", i);
        g_autofree char *filter = filter_new(random);
        g_assert(settings_add_topic(settings, name, name, filter, NULL));
    }
    return settings;
}

/* The filter of each subscription. */
static uint16_t *
choices_new(GRand *random, int filters, int subscriptions)
{
    Zipf law = zipf_new(filters);
    uint16_t *choices = g_new(uint16_t, subscriptions);
    for (int i = 0; i < subscriptions; i++)
        choices[i] = (uint16_t)zipf_draw(&law, random);
    g_free(law.sums);
    return choices;
}

static double
processor_seconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* What came out of all selections. */
typedef struct {
    int64_t mails;
    int64_t articles;
    int64_t cut;
    int64_t sum; /* of indexes and lengths of keys: two runs that select alike have the same */
} Outcome;

static void
count_selection(Outcome *outcome, const Selection *selection, GString *key)
{
    if (selection->count == 0)
        return;
    g_string_truncate(key, 0);
    selection_write_key(key, selection);
    outcome->mails++;
    outcome->articles += selection->count;
    outcome->cut += selection->more;
    outcome->sum += (int64_t)key->len;
    for (guint i = 0; i < selection->count; i++)
        outcome->sum += g_array_index(selection->articles, guint, i);
}

static void
select_all(Selector *selector, const GPtrArray *filters, const uint16_t *choices, int subscriptions,
           Outcome *outcome)
{
    Rhythm rhythm = { RHYTHM_DAILY, 0, 360, "UTC" };
    g_autoptr(Address) address = address_parse("a@example.org", NULL);
    g_autoptr(Subscription) subscription = subscription_new();
    g_autoptr(Selection) selection = selection_new();
    g_autoptr(GString) key = g_string_new(NULL);
    subscription->served = true;
    subscription->slot_mark = -1;
    subscription->choice = choice_new(address, &rhythm);
    for (int i = 0; i < subscriptions; i++) {
        g_autoptr(GError) error = NULL;
        subscription->choice->filter = filters->pdata[choices[i]];
        if (!selector_select(selector, subscription, selection, &error))
            g_error("%s: %s", subscription->choice->filter, error->message);
        count_selection(outcome, selection, key);
    }
    subscription->choice->filter = NULL; /* borrowed */
}

static int
number_of(const char *word, int most)
{
    gint64 number = 0;
    if (!g_ascii_string_to_signed(word, 10, 1, most, &number, NULL))
        g_error("not a number from 1 to %d: %s", most, word);
    return (int)number;
}

int
main(int argc, char **argv)
{
    if (argc != 4)
        g_error("usage: bench-select ARTICLES FILTERS SUBSCRIPTIONS");
    int article_count = number_of(argv[1], G_MAXINT),
        filter_count = number_of(argv[2], G_MAXUINT16);
    int subscription_count = number_of(argv[3], G_MAXINT);
    g_autoptr(GRand) random = g_rand_new_with_seed(20261125);
    Zipf words = zipf_new(WORDS);
    g_autoptr(GPtrArray) articles = articles_new(&words, random, article_count);
    g_autoptr(Settings) settings = settings_with_topics(random);
    g_autoptr(GPtrArray) filters = g_ptr_array_new_with_free_func(g_free);
    for (int i = 0; i < filter_count; i++)
        g_ptr_array_add(filters, filter_new(random));
    g_free(words.sums);
    g_autofree uint16_t *choices = choices_new(random, filter_count, subscription_count);

    double start = processor_seconds();
    g_autoptr(Corpus) corpus = corpus_new(articles, "de", NOW);
    g_autoptr(Selector) selector = selector_new(settings, corpus, 0);
    double prepared = processor_seconds();
    Outcome outcome = { 0 };
    select_all(selector, filters, choices, subscription_count, &outcome);
    double done = processor_seconds();

    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("{\"prepare\": %.3f, \"select\": %.3f, \"memory\": %.1f, \"mails\": %" G_GINT64_FORMAT
           ", \"articles\": %" G_GINT64_FORMAT ", \"cut\": %" G_GINT64_FORMAT
           ", \"sum\": %" G_GINT64_FORMAT "}\n",
           prepared - start, done - prepared, (double)usage.ru_maxrss / 1024, outcome.mails,
           outcome.articles, outcome.cut, outcome.sum);
    return 0;
}
