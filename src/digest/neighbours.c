/* Which articles are similar, by an index of their features: the second half of story.h. */
#include "digest/story-internal.h"

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

typedef struct {
    guint report;
    float weight;
} Posting;

/* Who has a feature: the postings of each lie together, in order of time. */
typedef struct {
    Posting *postings;
    guint begin[VECTOR_SPACE]; /* of the first within the window */
    guint end[VECTOR_SPACE];   /* behind the last so far */
} Index;

static Index *
index_new(const GPtrArray *reports)
{
    Index *index = g_new0(Index, 1);
    guint total = 0;
    for (guint i = 0; i < reports->len; i++) {
        const Vector *vector = ((const Report *)reports->pdata[i])->vector;
        for (guint f = 0; f < vector->length; f++)
            index->end[vector->features[f].feature]++;
    }
    for (guint f = 0; f < VECTOR_SPACE; f++) {
        guint count = index->end[f];
        index->begin[f] = index->end[f] = total;
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

static void
index_add(Index *index, guint report, const Vector *vector)
{
    for (guint f = 0; f < vector->length; f++) {
        const VectorFeature *feature = &vector->features[f];
        index->postings[index->end[feature->feature]++] = (Posting){ report, feature->weight };
    }
}

/* The postings of FEATURE from report EARLIEST on, *COUNT of them. */
static const Posting *
index_find(Index *index, uint32_t feature, guint earliest, guint *count)
{
    guint begin = index->begin[feature], end = index->end[feature];
    while (begin < end && index->postings[begin].report < earliest)
        begin++;
    index->begin[feature] = begin;
    *count = end - begin;
    return index->postings + begin;
}

/* Adds to SCORES the cosine of VECTOR with each report from EARLIEST on. */
static void
index_compare(Index *index, const Vector *vector, guint earliest, float *scores)
{
    for (guint f = 0; f < vector->length; f++) {
        const VectorFeature *feature = &vector->features[f];
        guint count;
        const Posting *postings = index_find(index, feature->feature, earliest, &count);
        if (count > POSTINGS_MAX)
            continue;
        for (guint p = 0; p < count; p++)
            scores[postings[p].report] += feature->weight * postings[p].weight;
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
    guint earliest = 0;
    for (guint i = 0; i < reports->len; i++) {
        const Report *report = reports->pdata[i];
        g_ptr_array_add(all, g_array_new(FALSE, FALSE, sizeof(Neighbour)));
        while (seconds_between(reports->pdata[earliest], report) > window)
            earliest++;
        index_compare(index, report->vector, earliest, scores);
        index_add(index, i, report->vector);
        for (guint other = earliest; other < i; other++) {
            float similarity = scores[other] == 0 ? 0
                                                  : similarity_of(reports->pdata[other], report,
                                                                  scores[other], window);
            scores[other] = 0;
            if (similarity >= least)
                add_neighbours(all, other, i, similarity);
        }
    }
    for (guint i = 0; i < all->len; i++)
        g_array_sort(all->pdata[i], nearest_first);
    return all;
}
