#include "digest/coverage.h"

#include "digest/story.h"
#include "feed/article.h"

/* One article of a story, with what is asked of it for each subscription. */
typedef struct {
    guint article;
    guint feed; /* a number for its feed's name */
    guint rank; /* of its feed among the sources */
    int64_t published;
    int64_t seq;
} Report;

struct Coverage {
    GPtrArray *stories; /* GArrays of Report, the best first: those of more than one feed */
    guint *story_of;    /* by article: its place in STORIES, for those that are in one */
    Bitset *reports;    /* the articles that are */
    /* Scratch: */
    Bitset *some;   /* of the articles at hand, those that are in a story */
    Bitset *told;   /* their stories */
    Bitset *shared; /* stories of more than one of them */
};

static guint
rank_of(const Settings *settings, const char *feed)
{
    guint rank;
    return g_ptr_array_find_with_equal_func(settings->sources, feed, g_str_equal, &rank)
               ? rank
               : settings->sources->len;
}

/* FEEDS numbers the names it meets. */
static Report
report_of(const Article *article, guint index, GHashTable *feeds, const Settings *settings)
{
    void *number = g_hash_table_lookup(feeds, article->feed);
    if (number == NULL) {
        number = GUINT_TO_POINTER(g_hash_table_size(feeds) + 1);
        g_hash_table_insert(feeds, article->feed, number);
    }
    return (Report){ index, GPOINTER_TO_UINT(number), rank_of(settings, article->feed),
                     article->published, article->seq };
}

static int
best_first(gconstpointer a, gconstpointer b)
{
    const Report *left = a, *right = b;
    if (left->rank != right->rank)
        return left->rank < right->rank ? -1 : 1;
    if (left->published != right->published)
        return left->published < right->published ? -1 : 1;
    return (left->seq > right->seq) - (left->seq < right->seq);
}

static bool
has_several_feeds(const GArray *reports)
{
    for (guint i = 1; i < reports->len; i++)
        if (g_array_index(reports, Report, i).feed != g_array_index(reports, Report, 0).feed)
            return true;
    return false;
}

/* Puts the articles of each story together, at the place of its earliest one. */
static GPtrArray *
reports_by_story(const GPtrArray *articles, const Settings *settings)
{
    const StorySettings story = { .similarity = settings->story_similarity,
                                  .hours = STORY_HOURS_DEFAULT,
                                  .language = settings->language };
    g_autoptr(GArray) names = stories_find(articles, &story);
    g_autoptr(GHashTable) feeds = g_hash_table_new(g_str_hash, g_str_equal);
    GPtrArray *stories = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
    for (guint i = 0; i < articles->len; i++)
        g_ptr_array_add(stories, g_array_new(FALSE, FALSE, sizeof(Report)));
    for (guint i = 0; i < articles->len; i++) {
        const Report report = report_of(articles->pdata[i], i, feeds, settings);
        g_array_append_val((GArray *)stories->pdata[g_array_index(names, guint, i)], report);
    }
    return stories;
}

static void
add_story(Coverage *coverage, GArray *reports)
{
    g_array_sort(reports, best_first);
    for (guint i = 0; i < reports->len; i++) {
        guint article = g_array_index(reports, Report, i).article;
        coverage->story_of[article] = coverage->stories->len;
        bitset_add(coverage->reports, article);
    }
    g_ptr_array_add(coverage->stories, g_array_ref(reports));
}

Coverage *
coverage_new(const GPtrArray *articles, const Settings *settings)
{
    Coverage *coverage = g_new0(Coverage, 1);
    coverage->stories = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
    coverage->story_of = g_new0(guint, articles->len);
    coverage->reports = bitset_new(articles->len);
    if (settings->story_similarity > 0) {
        g_autoptr(GPtrArray) stories = reports_by_story(articles, settings);
        for (guint i = 0; i < stories->len; i++)
            if (has_several_feeds(stories->pdata[i]))
                add_story(coverage, stories->pdata[i]);
    }
    coverage->some = bitset_new(articles->len);
    coverage->told = bitset_new(coverage->stories->len);
    coverage->shared = bitset_new(coverage->stories->len);
    return coverage;
}

void
coverage_free(Coverage *coverage)
{
    if (coverage == NULL)
        return;
    g_ptr_array_unref(coverage->stories);
    g_free(coverage->story_of);
    bitset_free(coverage->reports);
    bitset_free(coverage->some);
    bitset_free(coverage->told);
    bitset_free(coverage->shared);
    g_free(coverage);
}

/* Whether a retelling from FIRST on is of FEED already. */
static bool
names_feed(const GArray *retellings, guint first, guint feed)
{
    for (guint i = first; i < retellings->len; i++)
        if (g_array_index(retellings, Retelling, i).feed == feed)
            return true;
    return false;
}

static void
narrow_story(const GArray *reports, Bitset *set, GArray *retellings)
{
    const Report *teller = NULL;
    guint first = retellings->len;
    for (guint i = 0; i < reports->len; i++) {
        const Report *report = &g_array_index(reports, Report, i);
        if (!bitset_has(set, report->article))
            continue;
        if (teller == NULL)
            teller = report;
        if (report->feed == teller->feed)
            continue;
        bitset_remove(set, report->article);
        if (names_feed(retellings, first, report->feed))
            continue;
        const Retelling retelling = { teller->article, report->article, report->feed };
        g_array_append_val(retellings, retelling);
    }
}

/* The stories of more than one article of SET: nobody else has anything to leave out. */
static const Bitset *
find_shared(const Coverage *coverage, const Bitset *set)
{
    bitset_assign(coverage->some, set);
    bitset_and(coverage->some, coverage->reports);
    bitset_clear(coverage->told);
    bitset_clear(coverage->shared);
    for (size_t i = bitset_next(coverage->some, 0); i < set->bits;
         i = bitset_next(coverage->some, i + 1)) {
        guint story = coverage->story_of[i];
        bitset_add(bitset_has(coverage->told, story) ? coverage->shared : coverage->told, story);
    }
    return coverage->shared;
}

void
coverage_narrow(const Coverage *coverage, Bitset *set, GArray *retellings)
{
    g_array_set_size(retellings, 0);
    if (coverage->stories->len == 0)
        return;
    const Bitset *shared = find_shared(coverage, set);
    for (size_t i = bitset_next(shared, 0); i < shared->bits; i = bitset_next(shared, i + 1))
        narrow_story(coverage->stories->pdata[i], set, retellings);
}
