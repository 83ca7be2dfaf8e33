#include "digest/selection.h"

#include <string.h>

#include "feed/article.h"

/* Own filters that are kept compiled: a million people share far fewer. */
#define FILTERS_MAX 4096

struct Selector {
    const Settings *settings;
    Corpus *corpus;
    int64_t from_seq;
    Bitset *all;         /* what the newsletter's filter lets through */
    Bitset *fresh;       /* of them: behind the issue's mark, and no backlog */
    GPtrArray *topics;   /* of Bitset *, by topic of SETTINGS */
    GArray *order;       /* of guint: indexes of articles, the newest first */
    GHashTable *filters; /* text -> Bitset */
};

static void
group_free(SelectionGroup *group)
{
    g_array_unref(group->articles);
    g_free(group);
}

void
selection_free(Selection *selection)
{
    if (selection == NULL)
        return;
    g_ptr_array_unref(selection->groups);
    g_free(selection->key);
    g_free(selection);
}

/* What is the same for everybody */

static const Article *
article_at(const Selector *selector, guint i)
{
    return corpus_articles(selector->corpus)->pdata[i];
}

static int
newest_first(gconstpointer a, gconstpointer b, gpointer data)
{
    const Article *left = article_at(data, *(const guint *)a);
    const Article *right = article_at(data, *(const guint *)b);
    if (left->published != right->published)
        return left->published < right->published ? 1 : -1;
    return (left->seq < right->seq) - (left->seq > right->seq);
}

/* Adds the articles behind MARK that are no backlog. */
static void
add_behind(const Selector *selector, int64_t mark, Bitset *set)
{
    size_t count = corpus_articles(selector->corpus)->len;
    for (guint i = 0; i < count; i++) {
        const Article *article = article_at(selector, i);
        if (article->news_seq > mark && !article->backlog)
            bitset_add(set, i);
    }
}

Selector *
selector_new(const Settings *settings, Corpus *corpus, int64_t from_seq)
{
    Selector *selector = g_new0(Selector, 1);
    size_t count = corpus_articles(corpus)->len;
    selector->settings = settings;
    selector->corpus = corpus;
    selector->from_seq = from_seq;
    selector->fresh = bitset_new(count);
    selector->topics = g_ptr_array_new_with_free_func((GDestroyNotify)bitset_free);
    selector->order = g_array_sized_new(FALSE, FALSE, sizeof(guint), (guint)count);
    selector->filters =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)bitset_free);

    for (guint i = 0; i < settings->topics->len; i++) {
        const Topic *topic = settings->topics->pdata[i];
        Bitset *set = filter_select(topic->filter, corpus);
        g_ptr_array_add(selector->topics, set);
        corpus_add_topic(corpus, topic->name, set); /* for the filters behind it */
    }
    if (settings->filter != NULL) {
        selector->all = filter_select(settings->filter, corpus);
    } else {
        selector->all = bitset_new(count);
        bitset_invert(selector->all);
    }
    add_behind(selector, from_seq, selector->fresh);
    bitset_and(selector->fresh, selector->all);
    for (guint i = 0; i < count; i++)
        g_array_append_val(selector->order, i);
    g_array_sort_with_data(selector->order, newest_first, selector);
    return selector;
}

void
selector_free(Selector *selector)
{
    if (selector == NULL)
        return;
    bitset_free(selector->all);
    bitset_free(selector->fresh);
    g_ptr_array_unref(selector->topics);
    g_array_unref(selector->order);
    g_hash_table_unref(selector->filters);
    g_free(selector);
}

/* One subscription */

static bool
is_first_issue(const Selector *selector, const Subscription *subscription)
{
    return subscription->slot_mark == selector->from_seq;
}

/* Rules 1 and 2: what could be in it at all. */
static Bitset *
candidates_of(const Selector *selector, const Subscription *subscription)
{
    if (!is_first_issue(selector, subscription))
        return bitset_copy(selector->fresh);
    if (!subscription->served)
        return bitset_copy(selector->all);
    Bitset *set = bitset_new(selector->all->bits);
    add_behind(selector, subscription->since_seq, set);
    bitset_and(set, selector->all);
    return set;
}

static bool
chose(const Choice *choice, const Topic *topic)
{
    return choice->topics->len == 0 ||
           g_ptr_array_find_with_equal_func(choice->topics, topic->name, g_str_equal, NULL);
}

/* Rule 3. */
static void
narrow_to_topics(const Selector *selector, const Choice *choice, Bitset *set)
{
    if (choice->topics->len == 0)
        return;
    g_autoptr(Bitset) any = bitset_new(set->bits);
    for (guint i = 0; i < selector->topics->len; i++) {
        if (chose(choice, selector->settings->topics->pdata[i]))
            bitset_or(any, selector->topics->pdata[i]);
    }
    bitset_and(set, any);
}

static const Bitset *
find_filter(Selector *selector, const char *text, GError **error)
{
    Bitset *set = g_hash_table_lookup(selector->filters, text);
    if (set != NULL)
        return set;
    g_autoptr(Filter) filter = filter_parse(text, error);
    if (filter == NULL) {
        g_prefix_error(error, "own filter: ");
        return NULL;
    }
    if (g_hash_table_size(selector->filters) >= FILTERS_MAX)
        g_hash_table_remove_all(selector->filters);
    set = filter_select(filter, selector->corpus);
    g_hash_table_insert(selector->filters, g_strdup(text), set);
    return set;
}

/* Rule 6: how many at the most. */
static guint
maximum_of(const Selector *selector, const Subscription *subscription)
{
    int own = subscription->choice->max_articles;
    int most = own > 0 ? own : selector->settings->max_articles;
    if (is_first_issue(selector, subscription) && !subscription->served)
        most = MIN(most, selector->settings->welcome_articles);
    return (guint)most;
}

/* Rule 5: the place of article I among the groups: its first topic, or behind them all. */
static guint
group_of(const Selector *selector, const Choice *choice, guint i)
{
    for (guint t = 0; t < selector->topics->len; t++) {
        if (bitset_has(selector->topics->pdata[t], i) &&
            chose(choice, selector->settings->topics->pdata[t]))
            return t;
    }
    return selector->topics->len;
}

/* The newest MAXIMUM of SET, sorted into groups; the rest is counted. */
static Selection *
arrange(const Selector *selector, const Choice *choice, const Bitset *set, guint maximum)
{
    Selection *selection = g_new0(Selection, 1);
    guint places = selector->topics->len + 1;
    g_autofree SelectionGroup **groups = g_new0(SelectionGroup *, places);
    g_autoptr(GString) key = g_string_new(NULL);

    for (guint n = 0; n < selector->order->len; n++) {
        guint i = g_array_index(selector->order, guint, n);
        if (!bitset_has(set, i))
            continue;
        if (selection->count == maximum) {
            selection->more++;
            continue;
        }
        guint place = group_of(selector, choice, i);
        if (groups[place] == NULL) {
            groups[place] = g_new0(SelectionGroup, 1);
            groups[place]->articles = g_array_new(FALSE, FALSE, sizeof(guint));
            if (place < selector->topics->len)
                groups[place]->topic = selector->settings->topics->pdata[place];
        }
        g_array_append_val(groups[place]->articles, i);
        selection->count++;
    }
    selection->groups = g_ptr_array_new_with_free_func((GDestroyNotify)group_free);
    for (guint place = 0; place < places; place++) {
        if (groups[place] == NULL)
            continue;
        g_ptr_array_add(selection->groups, groups[place]);
        g_string_append_printf(key, "%u:", place);
        for (guint n = 0; n < groups[place]->articles->len; n++)
            g_string_append_printf(key, "%u,", g_array_index(groups[place]->articles, guint, n));
    }
    g_string_append_printf(key, "+%u", selection->more);
    selection->key = g_string_free(g_steal_pointer(&key), FALSE);
    return selection;
}

Selection *
selector_select(Selector *selector, const Subscription *subscription, GError **error)
{
    const Choice *choice = subscription->choice;
    g_autoptr(Bitset) set = candidates_of(selector, subscription);
    narrow_to_topics(selector, choice, set);
    if (choice->filter != NULL) {
        const Bitset *own = find_filter(selector, choice->filter, error);
        if (own == NULL)
            return NULL;
        bitset_and(set, own);
    }
    return arrange(selector, choice, set, maximum_of(selector, subscription));
}
