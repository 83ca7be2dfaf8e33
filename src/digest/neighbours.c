/* Which articles are similar, by an index of their features: the second half of story.h. */
#include "digest/story-internal.h"

#include <string.h>

/* A headline alone has few words to share: the cosine of two that report the same is 0.14 where that of
 * texts is 0.40. What is measured is raised as far as the shorter one falls short of a text. */
#define HEADLINE_WORDS 15u
#define HEADLINE_GAIN  2.8f
#define TEXT_WORDS     80u

/* Two reports from the ends of the window have to be more similar than two of the same hour: what
 * is alike and days apart mostly is the next match, the next meeting. */
#define LATE_LOSS 0.3f

/* What so many articles of one window have in common tells no story, and would be dear to follow. */
#define POSTINGS_MAX 150u

/* Features lie anywhere in memory, and waiting for it is most of the work: what is needed so many features later
 * is asked for now. */
#define FETCH_AHEAD 8u

typedef struct {
    guint report;
    float weight;
} Posting;

/* Those of one feature, in order of time. */
typedef struct {
    guint begin; /* the first within the window */
    guint end;   /* behind the last so far */
} Stretch;

/* Who has a feature: its postings lie together. */
typedef struct {
    Posting *postings;
    Stretch stretches[VECTOR_SPACE];
} Index;

static Index *
index_new(const GPtrArray *reports)
{
    Index *index = g_new0(Index, 1);
    guint total = 0;
    for (guint i = 0; i < reports->len; i++) {
        const Vector *vector = ((const Report *)reports->pdata[i])->vector;
        for (guint f = 0; f < vector->length; f++)
            index->stretches[vector->features[f].feature].end++;
    }
    for (guint f = 0; f < VECTOR_SPACE; f++) {
        guint count = index->stretches[f].end;
        index->stretches[f] = (Stretch){ total, total };
        total += count;
    }
    index->postings = g_new(Posting, total);
    return index;
}

static void
index_free(Index *index)
{
    g_free(index->postings);
    g_free(index);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Index, index_free)

/* Adds to SCORES the part that FEATURE has in the cosines with each report from EARLIEST on. */
static void
compare_feature(const Index *index, Stretch *stretch, const VectorFeature *feature, guint earliest,
                float *scores)
{
    const Posting *postings = index->postings;
    while (stretch->begin < stretch->end && postings[stretch->begin].report < earliest)
        stretch->begin++;
    if (stretch->end - stretch->begin > POSTINGS_MAX)
        return;
    for (guint p = stretch->begin; p < stretch->end; p++)
        scores[postings[p].report] += feature->weight * postings[p].weight;
}

/* Has memory fetch what the features behind F will ask for, first the stretch and then the postings. */
static void
fetch_ahead(const Index *index, const Vector *vector, guint f)
{
    if (f + 2 * FETCH_AHEAD >= vector->length)
        return;
    const VectorFeature *next = &vector->features[f + FETCH_AHEAD];
    __builtin_prefetch(&index->stretches[next[FETCH_AHEAD].feature]);
    __builtin_prefetch(&index->postings[index->stretches[next->feature].begin]);
}

/* Adds to SCORES the cosine of VECTOR, which is that of REPORT, with each report from EARLIEST on, and then
 * REPORT to the index: in one go, since looking for its features in memory is what takes the time. */
static void
index_compare_and_add(Index *index, guint report, const Vector *vector, guint earliest,
                      float *scores)
{
    for (guint f = 0; f < vector->length; f++) {
        const VectorFeature *feature = &vector->features[f];
        Stretch *stretch = &index->stretches[feature->feature];
        fetch_ahead(index, vector, f);
        compare_feature(index, stretch, feature, earliest, scores);
        index->postings[stretch->end++] = (Posting){ report, feature->weight };
    }
}

static float
gain_of(guint words)
{
    if (words >= TEXT_WORDS)
        return 1;
    float missing =
        (float)(TEXT_WORDS - MAX(words, HEADLINE_WORDS)) / (TEXT_WORDS - HEADLINE_WORDS);
    return 1 + missing * (HEADLINE_GAIN - 1);
}

static float
similarity_of(const Report *earlier, const Report *later, float cosine, int64_t window)
{
    int64_t between = seconds_between(earlier, later);
    float late = window > 0 ? (float)between / (float)window : 0;
    return cosine * gain_of(MIN(earlier->vector->words, later->vector->words)) *
           (1 - LATE_LOSS * late);
}

static int
nearest_first(gconstpointer a, gconstpointer b)
{
    const Neighbour *left = a, *right = b;
    if (left->similarity != right->similarity)
        return left->similarity < right->similarity ? 1 : -1;
    return (left->report > right->report) - (left->report < right->report);
}

static void
add_neighbours(GPtrArray *all, guint a, guint b, float similarity)
{
    const Neighbour left = { a, similarity }, right = { b, similarity };
    g_array_append_val((GArray *)all->pdata[a], right);
    g_array_append_val((GArray *)all->pdata[b], left);
}

GPtrArray *
neighbours_find(const GPtrArray *reports, int64_t window, float least)
{
    GPtrArray *all = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
    g_autofree float *scores = g_new0(float, reports->len);
    g_autoptr(Index) index = index_new(reports);
    const float gain_max = gain_of(0);
    guint earliest = 0;
    for (guint i = 0; i < reports->len; i++) {
        const Report *report = reports->pdata[i];
        g_ptr_array_add(all, g_array_new(FALSE, FALSE, sizeof(Neighbour)));
        while (seconds_between(reports->pdata[earliest], report) > window)
            earliest++;
        index_compare_and_add(index, i, report->vector, earliest, scores);
        for (guint other = earliest; other < i; other++) {
            if (scores[other] * gain_max < least) /* nearly all: one look, not one at each report */
                continue;
            float similarity = similarity_of(reports->pdata[other], report, scores[other], window);
            if (similarity >= least)
                add_neighbours(all, other, i, similarity);
        }
        memset(scores + earliest, 0, (i - earliest) * sizeof *scores);
    }
    for (guint i = 0; i < all->len; i++)
        g_array_sort(all->pdata[i], nearest_first);
    return all;
}
