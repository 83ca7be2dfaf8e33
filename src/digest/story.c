#include "digest/story.h"

#include <string.h>

#include "digest/story-internal.h"
#include "html/sanitize.h"

/* What is less similar than this part of the setting counts as not similar at all. */
#define NEIGHBOUR_SHARE 0.5

/* How many members of a story an article is compared with: those of a long story are not all
 * about the same moment of it. */
#define NEAREST 5u

/* Of a story with more than NEAREST times so many, that is too few to tell: then the similarity counts the
 * less the longer it is, or what is always worded alike would make one story of a whole winter. */
#define LONG_SHARE 8u

/* What is seen of a story from another one. */
typedef struct {
    double out;    /* the sum of similarities that count */
    guint member;  /* who looks */
    guint counted; /* how much of it has been counted for this one */
} Sight;

/* The nearest that an article sees of another story, the most similar first. */
typedef struct {
    float nearest[NEAREST];
    guint count;
} View;

/* The articles of one language. */
typedef struct {
    double similarity;     /* from which on stories are joined */
    GPtrArray *reports;    /* of Report *, in order of time */
    GPtrArray *neighbours; /* by report: GArray of Neighbour */
    GPtrArray *stories;    /* GArrays of guint, their reports; NULL when it was joined to another */
    guint *story_of;       /* by report: index into STORIES */
    GArray *joins;         /* of Join, a heap; of stories that may be gone */
    Sight *sights;         /* by story; blank but while one is looked around from, like … */
    View *views;           /* by report, and … */
    GArray *seen;          /* of guint: the stories that are not blank */
} Pool;

/* Reports */

static char *
text_of(const Article *article)
{
    g_autofree char *text = html_to_text(article->content);
    return *text != '\0' ? g_steal_pointer(&text) : g_strdup(article->excerpt);
}

static Report *
report_new(const Article *article, guint index)
{
    Report *report = g_new0(Report, 1);
    report->article = article;
    report->index = index;
    report->text = text_of(article);
    report->vector = vector_new(article->title, report->text);
    return report;
}

static void
report_free(Report *report)
{
    vector_free(report->vector);
    g_free(report->text);
    g_free(report);
}

/* An order of the articles themselves, whatever order they are given in. */
static int
by_time(gconstpointer a, gconstpointer b)
{
    const Report *left = *(const Report *const *)a, *right = *(const Report *const *)b;
    if (left->article->published != right->article->published)
        return left->article->published < right->article->published ? -1 : 1;
    int order = strcmp(left->article->title, right->article->title);
    if (order == 0)
        order = g_strcmp0(left->article->url, right->article->url);
    return order != 0 ? order : (left->index > right->index) - (left->index < right->index);
}

static void
weigh(const GPtrArray *reports, const char *language)
{
    g_autoptr(Frequencies) frequencies = frequencies_new(language);
    for (guint i = 0; i < reports->len; i++)
        frequencies_add(frequencies, ((const Report *)reports->pdata[i])->vector);
    for (guint i = 0; i < reports->len; i++)
        vector_weigh(((Report *)reports->pdata[i])->vector, frequencies);
}

/* How similar two stories are */

static guint
size_of(const Pool *pool, guint story)
{
    return ((const GArray *)pool->stories->pdata[story])->len;
}

static void
view_add(View *view, float similarity)
{
    guint at = MIN(view->count, NEAREST);
    while (at > 0 && view->nearest[at - 1] < similarity) {
        if (at < NEAREST)
            view->nearest[at] = view->nearest[at - 1];
        at--;
    }
    if (at < NEAREST)
        view->nearest[at] = similarity;
    view->count = MIN(view->count + 1, NEAREST);
}

/* Adds what MEMBER of STORY and the stories around see of each other: to OUT of each of them the
 * NEAREST that MEMBER sees there, and to the view of each of their members what it sees of MEMBER.
 * Later stories will look at this one themselves. */
static void
look_around(Pool *pool, guint story, guint member)
{
    const GArray *near = pool->neighbours->pdata[member];
    for (guint i = 0; i < near->len; i++) {
        const Neighbour *neighbour = &g_array_index(near, Neighbour, i);
        guint other = pool->story_of[neighbour->report];
        Sight *sight = &pool->sights[other];
        if (other >= story)
            continue;
        if (sight->out == 0)
            g_array_append_val(pool->seen, other);
        if (sight->member != member) {
            sight->member = member;
            sight->counted = 0;
        }
        if (sight->counted++ < NEAREST)
            sight->out += (double)neighbour->similarity;
        view_add(&pool->views[neighbour->report], neighbour->similarity);
    }
}

/* The sum of what the members of STORY see, which is forgotten. */
static double
take_views(Pool *pool, guint story)
{
    const GArray *members = pool->stories->pdata[story];
    double sum = 0;
    for (guint i = 0; i < members->len; i++) {
        View *view = &pool->views[g_array_index(members, guint, i)];
        for (guint n = 0; n < view->count; n++)
            sum += (double)view->nearest[n];
        view->count = 0;
    }
    return sum;
}

/* SUM over the members of FROM, made the mean over them of the mean of their nearest in TO. */
static double
mean_of(const Pool *pool, double sum, guint from, guint to)
{
    guint size = size_of(pool, to);
    return sum / size_of(pool, from) / MAX(MIN(size, NEAREST), size / LONG_SHARE);
}

/* Proposes to join STORY with all earlier ones that are similar enough. */
static void
propose_around(Pool *pool, guint story)
{
    const GArray *members = pool->stories->pdata[story];
    for (guint i = 0; i < members->len; i++)
        look_around(pool, story, g_array_index(members, guint, i));
    for (guint i = 0; i < pool->seen->len; i++) {
        guint other = g_array_index(pool->seen, guint, i);
        double out = mean_of(pool, pool->sights[other].out, story, other);
        double back = mean_of(pool, take_views(pool, other), other, story);
        pool->sights[other] = (Sight){ 0 };
        if ((out + back) / 2 < pool->similarity)
            continue;
        const Join join = { other, story, (out + back) / 2 };
        joins_add(pool->joins, &join);
    }
    g_array_set_size(pool->seen, 0);
}

/* Joining */

static void
pool_init(Pool *pool, GPtrArray *reports, const StorySettings *settings)
{
    int64_t window = (int64_t)settings->hours * 3600;
    pool->similarity = settings->similarity / 100.0;
    pool->reports = reports;
    pool->neighbours =
        neighbours_find(reports, window, (float)(pool->similarity * NEIGHBOUR_SHARE));
    pool->stories = g_ptr_array_new();
    pool->story_of = g_new0(guint, reports->len);
    pool->joins = g_array_new(FALSE, FALSE, sizeof(Join));
    pool->sights = g_new0(Sight, 2 * reports->len); /* each joining makes a new one */
    pool->views = g_new0(View, reports->len);
    pool->seen = g_array_new(FALSE, FALSE, sizeof(guint));

    g_autoptr(GArray) originals = copies_find(reports, window);
    for (guint i = 0; i < reports->len; i++) {
        guint original = g_array_index(originals, guint, i);
        pool->story_of[i] = original == i ? pool->stories->len : pool->story_of[original];
        if (original == i)
            g_ptr_array_add(pool->stories, g_array_new(FALSE, FALSE, sizeof(guint)));
        g_array_append_val((GArray *)pool->stories->pdata[pool->story_of[i]], i);
    }
}

static void
pool_clear(Pool *pool)
{
    for (guint i = 0; i < pool->stories->len; i++)
        g_clear_pointer((GArray **)&pool->stories->pdata[i], g_array_unref);
    g_ptr_array_unref(pool->stories);
    g_ptr_array_unref(pool->neighbours);
    g_array_unref(pool->joins);
    g_free(pool->story_of);
    g_free(pool->sights);
    g_free(pool->views);
    g_array_unref(pool->seen);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Pool, pool_clear)

/* Makes one new story of two. */
static void
join_stories(Pool *pool, guint a, guint b)
{
    GArray *left = g_steal_pointer((GArray **)&pool->stories->pdata[a]);
    g_autoptr(GArray) right = g_steal_pointer((GArray **)&pool->stories->pdata[b]);
    guint joined = pool->stories->len;
    g_array_append_vals(left, right->data, right->len);
    for (guint i = 0; i < left->len; i++)
        pool->story_of[g_array_index(left, guint, i)] = joined;
    g_ptr_array_add(pool->stories, left);
}

static void
join_all(Pool *pool)
{
    guint stories = pool->stories->len;
    for (guint i = 0; i < stories; i++)
        propose_around(pool, i);
    while (pool->joins->len > 0) {
        Join join = joins_take(pool->joins);
        if (pool->stories->pdata[join.a] == NULL || pool->stories->pdata[join.b] == NULL)
            continue;
        join_stories(pool, join.a, join.b);
        propose_around(pool, pool->stories->len - 1);
    }
}

/* Names each story of LANGUAGE by its earliest article. */
static void
group(GPtrArray *reports, const char *language, const StorySettings *settings, GArray *stories)
{
    g_auto(Pool) pool;
    g_ptr_array_sort(reports, by_time);
    weigh(reports, language);
    pool_init(&pool, reports, settings);
    join_all(&pool);

    g_autofree guint *earliest = g_new(guint, pool.stories->len);
    memset(earliest, 0xff, pool.stories->len * sizeof(guint));
    for (guint i = 0; i < reports->len; i++) {
        const Report *report = reports->pdata[i];
        guint *name = &earliest[pool.story_of[i]];
        if (*name == G_MAXUINT)
            *name = report->index;
        g_array_index(stories, guint, report->index) = *name;
    }
}

static char *
primary_language(const Article *article, const StorySettings *settings)
{
    const char *language = article->language != NULL    ? article->language
                           : settings->language != NULL ? settings->language
                                                        : "";
    return g_ascii_strdown(language, (gssize)strcspn(language, "-_"));
}

GArray *
stories_find(const GPtrArray *articles, const StorySettings *settings)
{
    g_autoptr(GHashTable) languages =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
    GArray *stories = g_array_new(FALSE, TRUE, sizeof(guint));
    GHashTableIter iterator;
    void *language, *reports;
    g_array_set_size(stories, articles->len);
    for (guint i = 0; i < articles->len; i++) {
        g_autofree char *name = primary_language(articles->pdata[i], settings);
        reports = g_hash_table_lookup(languages, name);
        if (reports == NULL) {
            reports = g_ptr_array_new_with_free_func((GDestroyNotify)report_free);
            g_hash_table_insert(languages, g_strdup(name), reports);
        }
        g_ptr_array_add(reports, report_new(articles->pdata[i], i));
    }
    g_hash_table_iter_init(&iterator, languages);
    while (g_hash_table_iter_next(&iterator, &language, &reports))
        group(reports, language, settings, stories);
    return stories;
}
