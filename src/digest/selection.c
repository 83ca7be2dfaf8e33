#include "digest/selection.h"

#include <string.h>

#include "digest/set_cache-internal.h"
#include "digest/shelves-internal.h"
#include "feed/article.h"

/* Own filters that are kept compiled: a million people share far fewer. */
#define FILTERS_BYTES_MAX (6u * 1024 * 1024)

/* A Repeat, by indexes. */
typedef struct {
    guint article;
    guint earlier;
    int64_t from_seq;
    int64_t to_seq;
} RepeatPlace;

struct Selector {
    const Settings *settings;
    Corpus *corpus;
    int64_t from_seq;
    Bitset *fresh; /* behind the issue's mark, and no backlog */
    Bitset *own;   /* articles of the issue: all but the earlier ones */
    Bitset *pinned;
    Bitset *all;         /* what the newsletter's filter lets through; NULL: it has none */
    GPtrArray *topics;   /* of Bitset *, by topic of SETTINGS */
    GHashTable *places;  /* name of a topic -> its place in TOPICS, plus one */
    GHashTable *indexes; /* seq (borrowed from its article) -> index, plus one */
    SetCache *filters;   /* by their text */
    Coverage *coverage;
    GArray *retellings; /* of what RULE_STORY left */
    GArray *unseen;     /* of int64_t: carried to the subscription at hand, and not in the corpus */
    Bitset *set;        /* scratch, as are the next two: what is left of the articles */
    Bitset *some;
    Bitset *carried;  /* to the subscription at hand */
    Bitset *gone;     /* earlier articles that wait for it, and cannot come any more */
    GArray *repeats;  /* of RepeatPlace */
    int64_t to_seq;   /* the issue's upper mark, when it has any of these */
    Bitset *earlier;  /* articles that are in SET only to be compared */
    Bitset *cut;      /* by its maximum */
    guint more;       /* members of CUT */
    Bitset *waits;    /* what is left, and is too few */
    guint waiting;    /* members of WAITS */
    Bitset *followed; /* of its articles, what is like the subjects that it follows */
    Bitset *headings; /* of its topics, by their place, when it chose any */
    Shelves *shelves;
};

/* Selections */

static void
selection_reason_clear(SelectionReason *reason)
{
    g_free(reason->words);
}

Selection *
selection_new(void)
{
    Selection *selection = g_new0(Selection, 1);
    selection->articles = g_array_new(FALSE, FALSE, sizeof(guint));
    selection->groups = g_array_new(FALSE, FALSE, sizeof(SelectionGroup));
    selection->also = g_array_new(FALSE, FALSE, sizeof(Retelling));
    selection->linked = g_array_new(FALSE, FALSE, sizeof(guint));
    selection->reasons = g_array_new(FALSE, FALSE, sizeof(SelectionReason));
    g_array_set_clear_func(selection->reasons, (GDestroyNotify)selection_reason_clear);
    return selection;
}

void
selection_free(Selection *selection)
{
    if (selection == NULL)
        return;
    g_array_unref(selection->articles);
    g_array_unref(selection->groups);
    g_array_unref(selection->also);
    g_array_unref(selection->linked);
    g_array_unref(selection->reasons);
    g_free(selection);
}

/* Digits of base 64; two do for nearly all numbers, and more are told by a sign that is none. */
static char *
put_number(char *at, guint number)
{
    if (number < 64 * 64) {
        *at++ = (char)('0' + number / 64);
        *at++ = (char)('0' + number % 64);
        return at;
    }
    *at++ = '!';
    for (int shift = 30; shift >= 0; shift -= 6)
        *at++ = (char)('0' + (number >> shift) % 64);
    return at;
}

#define NUMBER_LENGTH_MAX 7u

static char *
put_numbers(char *at, const GArray *numbers)
{
    const guint *number = &g_array_index(numbers, guint, 0);
    for (const guint *end = number + numbers->len; number < end; number++)
        at = put_number(at, *number);
    return at;
}

/* A key is written for every mail: no printf. */
void
selection_write_key(GString *out, const Selection *selection)
{
    gsize start = out->len;
    guint numbers = selection->articles->len + 2 * selection->groups->len + selection->also->len +
                    selection->linked->len + 3;
    g_string_set_size(out, start + (gsize)numbers * NUMBER_LENGTH_MAX);
    char *at = put_number(out->str + start, selection->groups->len);
    const SelectionGroup *group = &g_array_index(selection->groups, SelectionGroup, 0);
    for (const SelectionGroup *end = group + selection->groups->len; group < end; group++)
        at = put_number(put_number(at, group->place), group->count);
    at = put_numbers(at, selection->articles);
    at = put_number(put_number(at, selection->more), selection->keeps);
    at = put_numbers(at, selection->linked);
    for (guint i = 0; i < selection->also->len; i++)
        at = put_number(at, g_array_index(selection->also, Retelling, i).other);
    g_string_truncate(out, (gsize)(at - out->str));
    for (guint i = 0; i < selection->reasons->len; i++) {
        const SelectionReason *reason = &g_array_index(selection->reasons, SelectionReason, i);
        g_string_append_printf(out, " %u:%s", reason->article, reason->words);
    }
}

/* What is the same for everybody */

static int
by_rank(gconstpointer a, gconstpointer b)
{
    const Article *left = *(const Article *const *)a;
    const Article *right = *(const Article *const *)b;
    if (left->pinned != right->pinned)
        return left->pinned ? -1 : 1;
    if (left->published != right->published)
        return left->published < right->published ? 1 : -1;
    return (left->seq < right->seq) - (left->seq > right->seq);
}

void
articles_rank(GPtrArray *articles)
{
    g_ptr_array_sort(articles, by_rank);
}

static const Article *
article_at(const Selector *selector, guint i)
{
    return corpus_articles(selector->corpus)->pdata[i];
}

/* Adds the articles behind MARK that are no backlog. */
static void
add_behind(const Selector *selector, int64_t mark, Bitset *set)
{
    for (guint i = 0; i < set->bits; i++) {
        const Article *article = article_at(selector, i);
        if (article->news_seq > mark && !article->backlog && !article->is_earlier)
            bitset_add(set, i);
    }
}

static void
add_topics(Selector *selector)
{
    const GPtrArray *topics = selector->settings->topics;
    for (guint i = 0; i < topics->len; i++) {
        const Topic *topic = topics->pdata[i];
        Bitset *set = filter_select(topic->filter, selector->corpus);
        g_ptr_array_add(selector->topics, set);
        g_hash_table_insert(selector->places, topic->name, GUINT_TO_POINTER(i + 1));
        corpus_add_topic(selector->corpus, topic->name, set); /* for the filters behind it */
    }
}

static void
add_articles(Selector *selector)
{
    for (guint i = 0; i < selector->set->bits; i++) {
        g_hash_table_insert(selector->indexes, (int64_t *)&article_at(selector, i)->seq,
                            GUINT_TO_POINTER(i + 1));
        if (article_at(selector, i)->pinned)
            bitset_add(selector->pinned, i);
        if (!article_at(selector, i)->is_earlier)
            bitset_add(selector->own, i);
    }
}

Selector *
selector_new(const Settings *settings, Corpus *corpus, int64_t from_seq)
{
    Selector *selector = g_new0(Selector, 1);
    guint count = corpus_articles(corpus)->len;
    selector->settings = settings;
    selector->corpus = corpus;
    selector->from_seq = from_seq;
    selector->fresh = bitset_new(count);
    selector->own = bitset_new(count);
    selector->pinned = bitset_new(count);
    selector->topics = g_ptr_array_new_with_free_func((GDestroyNotify)bitset_free);
    selector->places = g_hash_table_new(g_str_hash, g_str_equal);
    selector->indexes = g_hash_table_new(g_int64_hash, g_int64_equal);
    selector->filters = set_cache_new(FILTERS_BYTES_MAX);
    selector->set = bitset_new(count);
    selector->some = bitset_new(count);
    selector->carried = bitset_new(count);
    selector->gone = bitset_new(count);
    selector->repeats = g_array_new(FALSE, FALSE, sizeof(RepeatPlace));
    selector->earlier = bitset_new(count);
    selector->cut = bitset_new(count);
    selector->followed = bitset_new(count);
    selector->waits = bitset_new(count);
    selector->headings = bitset_new(settings->topics->len);

    add_behind(selector, from_seq, selector->fresh);
    add_topics(selector);
    selector->shelves = shelves_new(settings, selector->topics, count);
    if (settings->filter != NULL)
        selector->all = filter_select(settings->filter, corpus);
    add_articles(selector);
    selector->coverage = coverage_new(corpus_articles(corpus), settings);
    selector->retellings = g_array_new(FALSE, FALSE, sizeof(Retelling));
    selector->unseen = g_array_new(FALSE, FALSE, sizeof(int64_t));
    return selector;
}

void
selector_free(Selector *selector)
{
    if (selector == NULL)
        return;
    bitset_free(selector->fresh);
    bitset_free(selector->own);
    bitset_free(selector->pinned);
    bitset_free(selector->all);
    g_ptr_array_unref(selector->topics);
    g_hash_table_unref(selector->places);
    g_hash_table_unref(selector->indexes);
    set_cache_free(selector->filters);
    coverage_free(selector->coverage);
    g_array_unref(selector->retellings);
    g_array_unref(selector->unseen);
    bitset_free(selector->set);
    bitset_free(selector->some);
    bitset_free(selector->carried);
    bitset_free(selector->gone);
    g_array_unref(selector->repeats);
    bitset_free(selector->earlier);
    bitset_free(selector->cut);
    bitset_free(selector->followed);
    bitset_free(selector->waits);
    bitset_free(selector->headings);
    shelves_free(selector->shelves);
    g_free(selector);
}

void
selector_add_repeats(Selector *selector, const GArray *repeats, int64_t to_seq)
{
    selector->to_seq = to_seq;
    /* Whoever wants each report of a story wants all of them. */
    for (guint i = 0; selector->settings->story_similarity > 0 && i < repeats->len; i++) {
        const Repeat *repeat = &g_array_index(repeats, Repeat, i);
        guint article = GPOINTER_TO_UINT(g_hash_table_lookup(selector->indexes, &repeat->seq));
        guint earlier = GPOINTER_TO_UINT(g_hash_table_lookup(selector->indexes, &repeat->earlier));
        RepeatPlace place = { article - 1, earlier - 1, repeat->from_seq, repeat->to_seq };
        if (article > 0 && earlier > 0)
            g_array_append_val(selector->repeats, place);
    }
}

/* One subscription: each rule takes from the selector's set what it does not let pass. */

typedef bool (*RuleFunction)(Selector *selector, const Subscription *subscription, GError **error);

static bool
is_first_issue(const Selector *selector, const Subscription *subscription)
{
    return subscription->slot_mark == selector->from_seq;
}

/* What it gets is a few to begin with: it never had a digest, or has been away. */
static bool
is_short(const Selector *selector, const Subscription *subscription)
{
    return is_first_issue(selector, subscription) &&
           (!subscription->served || subscription->returned);
}

/* Those that were carried over and are in the issue, and those that are not: their feed may be gone. */
static void
find_carried(Selector *selector, const GArray *carried)
{
    bitset_clear(selector->carried);
    for (guint i = 0; i < carried->len; i++) {
        const int64_t *seq = &g_array_index(carried, int64_t, i);
        guint place = GPOINTER_TO_UINT(g_hash_table_lookup(selector->indexes, seq));
        bool is_own = place > 0 && !article_at(selector, place - 1)->is_earlier;
        if (is_own)
            bitset_add(selector->carried, place - 1);
        else
            g_array_append_val(selector->unseen, *seq);
        if (place > 0 && !is_own)
            bitset_add(selector->gone, place - 1);
    }
}

/* Whether it had the digest that had the earlier article, and chose what it chooses now. If what had no room
 * there has been thought over since by a later issue than this one, some may have become too old; and what
 * still waits has not been had, but comes only with an issue that it is in. */
static bool
was_offered(const Selector *selector, const RepeatPlace *repeat, const Subscription *subscription)
{
    return subscription->slot_mark < repeat->from_seq &&
           subscription->chosen_seq < repeat->to_seq &&
           subscription->carry.written <= selector->to_seq &&
           !bitset_has(selector->gone, repeat->earlier);
}

/* Adds the articles of earlier digests: whether they were for the subscription, the same rules say. */
static void
add_earlier(Selector *selector, const Subscription *subscription)
{
    bitset_clear(selector->earlier);
    for (guint i = 0; i < selector->repeats->len; i++) {
        const RepeatPlace *repeat = &g_array_index(selector->repeats, RepeatPlace, i);
        if (was_offered(selector, repeat, subscription) &&
            !bitset_has(selector->set, repeat->earlier)) {
            bitset_add(selector->set, repeat->earlier);
            bitset_add(selector->earlier, repeat->earlier);
        }
    }
}

static bool
keep_news(Selector *selector, const Subscription *subscription, GError **error)
{
    g_array_set_size(selector->unseen, 0);
    bitset_clear(selector->gone);
    if (!is_first_issue(selector, subscription)) {
        bitset_assign(selector->set, selector->fresh);
    } else if (subscription->served) {
        bitset_clear(selector->set);
        add_behind(selector, subscription->since_seq, selector->set);
    } else {
        bitset_assign(selector->set, selector->own);
    }
    if (subscription->carry.articles != NULL) {
        find_carried(selector, subscription->carry.articles);
        bitset_or(selector->set, selector->carried);
    }
    add_earlier(selector, subscription);
    return true;
}

static CorpusField
field_of(const Follow *follow)
{
    switch (follow->strictness) {
    case STRICTNESS_STRICT: return FIELD_LIKE_STRICT;
    case STRICTNESS_NORMAL: return FIELD_LIKE;
    case STRICTNESS_WIDE: return FIELD_LIKE_WIDE;
    }
    g_assert_not_reached();
}

static void
find_followed(Selector *selector, const GPtrArray *follows)
{
    bitset_clear(selector->followed);
    for (guint i = 0; i < follows->len; i++) {
        const Follow *follow = follows->pdata[i];
        bitset_or(selector->followed,
                  corpus_find(selector->corpus, field_of(follow), follow->words, false));
    }
    bitset_and(selector->followed, selector->set);
}

static bool
keep_newsletter(Selector *selector, const Subscription *subscription, GError **error)
{
    if (selector->settings->filter != NULL)
        bitset_and(selector->set, selector->all);
    if (subscription->follows != NULL)
        find_followed(selector, subscription->follows);
    return true;
}

/* What is followed passes whatever it chose otherwise. */
static void
add_followed(Selector *selector, const Subscription *subscription)
{
    if (subscription->follows != NULL)
        bitset_or(selector->set, selector->followed);
}

/* What any topic of NAMES matches. */
static const Bitset *
find_any(Selector *selector, const GPtrArray *names)
{
    bitset_clear(selector->some);
    for (guint i = 0; i < names->len; i++) {
        guint place = GPOINTER_TO_UINT(g_hash_table_lookup(selector->places, names->pdata[i]));
        if (place > 0)
            bitset_or(selector->some, selector->topics->pdata[place - 1]);
    }
    return selector->some;
}

/* The places of the topics of NAMES that are there become HEADINGS: names are looked up but once. */
static void
find_headings(Selector *selector, const GPtrArray *names)
{
    bitset_clear(selector->headings);
    for (guint i = 0; i < names->len; i++) {
        guint place = GPOINTER_TO_UINT(g_hash_table_lookup(selector->places, names->pdata[i]));
        if (place > 0)
            bitset_add(selector->headings, place - 1);
    }
}

/* What any topic of HEADINGS, which are places, matches. */
static const Bitset *
find_under(Selector *selector, const Bitset *headings)
{
    bitset_clear(selector->some);
    for (size_t place = bitset_next(headings, 0); place < headings->bits;
         place = bitset_next(headings, place + 1))
        bitset_or(selector->some, selector->topics->pdata[place]);
    return selector->some;
}

static bool
keep_topics(Selector *selector, const Subscription *subscription, GError **error)
{
    if (subscription->choice->topics->len > 0) {
        find_headings(selector, subscription->choice->topics);
        bitset_and(selector->set, find_under(selector, selector->headings));
    }
    add_followed(selector, subscription);
    return true;
}

static bool
drop_without(Selector *selector, const Subscription *subscription, GError **error)
{
    if (subscription->choice->without->len > 0)
        bitset_and_not(selector->set, find_any(selector, subscription->choice->without));
    add_followed(selector, subscription);
    return true;
}

static const Bitset *
find_filter(Selector *selector, const char *text, GError **error)
{
    const Bitset *known = set_cache_find(selector->filters, text);
    if (known != NULL)
        return known;
    g_autoptr(Filter) filter = filter_parse(text, error);
    if (filter == NULL) {
        g_prefix_error(error, "own filter: ");
        return NULL;
    }
    g_autoptr(Bitset) set = filter_select(filter, selector->corpus);
    return set_cache_add(selector->filters, text, set);
}

static bool
keep_filter(Selector *selector, const Subscription *subscription, GError **error)
{
    if (subscription->choice->filter == NULL)
        return true;
    const Bitset *own = find_filter(selector, subscription->choice->filter, error);
    if (own != NULL)
        bitset_and(selector->set, own);
    add_followed(selector, subscription);
    return own != NULL;
}

static bool
drop_repeats(Selector *selector, const Subscription *subscription, GError **error)
{
    for (guint i = 0; i < selector->repeats->len; i++) {
        const RepeatPlace *repeat = &g_array_index(selector->repeats, RepeatPlace, i);
        if (was_offered(selector, repeat, subscription) &&
            bitset_has(selector->set, repeat->earlier))
            bitset_remove(selector->set, repeat->article);
    }
    if (selector->repeats->len > 0)
        bitset_and_not(selector->set, selector->earlier);
    return true;
}

static bool
keep_story(Selector *selector, const Subscription *subscription, GError **error)
{
    coverage_narrow(selector->coverage, selector->set, selector->retellings);
    return true;
}

static guint
maximum_of(const Selector *selector, const Subscription *subscription)
{
    int own = subscription->choice->max_articles;
    int most = own > 0 ? own : selector->settings->max_articles;
    if (is_short(selector, subscription))
        most = MIN(most, selector->settings->welcome_articles);
    return (guint)most;
}

/* What was carried over has waited: it goes before what is new, but for what is pinned. */
static size_t
cut_new_first(Selector *selector, guint most)
{
    Bitset *first = selector->carried;
    bitset_or(first, selector->pinned);
    bitset_and(first, selector->set);
    bitset_and_not(selector->set, first);
    size_t more = bitset_split(first, selector->some, most);
    more += bitset_split(selector->set, selector->cut, most - bitset_count(first));
    bitset_or(selector->set, first);
    bitset_or(selector->cut, selector->some);
    return more;
}

static bool
keep_maximum(Selector *selector, const Subscription *subscription, GError **error)
{
    guint most = maximum_of(selector, subscription);
    bool carries = subscription->carry.articles != NULL && !is_short(selector, subscription);
    selector->more = (guint)(carries ? cut_new_first(selector, most)
                                     : bitset_split(selector->set, selector->cut, most));
    return true;
}

/* Nobody's maximum is too few. A welcome waits for nothing. */
static bool
keep_minimum(Selector *selector, const Subscription *subscription, GError **error)
{
    guint least = MIN((guint)selector->settings->min_articles, maximum_of(selector, subscription));
    if (least <= 1 || is_short(selector, subscription))
        return true;
    guint count = (guint)bitset_count(selector->set);
    if (count >= least)
        return true;
    selector->waiting = count;
    bitset_assign(selector->waits, selector->set);
    bitset_clear(selector->set);
    return true;
}

static const RuleFunction rules[RULE_COUNT] = {
    [RULE_NEWS] = keep_news,       [RULE_NEWSLETTER] = keep_newsletter,
    [RULE_TOPICS] = keep_topics,   [RULE_WITHOUT] = drop_without,
    [RULE_FILTER] = keep_filter,   [RULE_REPEAT] = drop_repeats,
    [RULE_STORY] = keep_story,     [RULE_MAXIMUM] = keep_maximum,
    [RULE_MINIMUM] = keep_minimum,
};

/* Of what was found, what belongs to articles that were not cut. */
static void
add_retellings(const Selector *selector, Selection *selection)
{
    g_array_set_size(selection->also, 0);
    for (guint i = 0; i < selector->retellings->len; i++) {
        const Retelling *retelling = &g_array_index(selector->retellings, Retelling, i);
        if (bitset_has(selector->set, retelling->teller))
            g_array_append_val(selection->also, *retelling);
    }
}

/* Of what was cut, what the newsletter wants to be named with its link. */
static void
add_links(const Selector *selector, Selection *selection)
{
    g_array_set_size(selection->linked, 0);
    if (!selector->settings->link_rest || !selection->keeps || selection->more == 0)
        return;
    for (size_t i = bitset_next(selector->cut, 0);
         i < selector->cut->bits && selection->linked->len < LINKS_MAX;
         i = bitset_next(selector->cut, i + 1)) {
        guint article = (guint)i;
        g_array_append_val(selection->linked, article);
    }
}

char *
selector_followed_words(Selector *selector, const Subscription *subscription, guint article)
{
    const GPtrArray *follows = subscription->follows;
    for (guint i = 0; follows != NULL && i < follows->len; i++) {
        const Follow *follow = follows->pdata[i];
        if (bitset_has(corpus_find(selector->corpus, field_of(follow), follow->words, false),
                       article))
            return corpus_shared_words(selector->corpus, follow->words, article);
    }
    return NULL;
}

static void
add_reasons(Selector *selector, const Subscription *subscription, Selection *selection)
{
    g_array_set_size(selection->reasons, 0);
    if (subscription->follows == NULL)
        return;
    for (guint i = 0; i < selection->count; i++) {
        guint article = g_array_index(selection->articles, guint, i);
        char *words = selector_followed_words(selector, subscription, article);
        SelectionReason reason = { article, words };
        if (words != NULL)
            g_array_append_val(selection->reasons, reason);
    }
}

bool
selector_select(Selector *selector, const Subscription *subscription, Selection *selection,
                GError **error)
{
    selector->more = selector->waiting = 0;
    for (SelectionRule rule = 0; rule < RULE_COUNT; rule++)
        if (!rules[rule](selector, subscription, error))
            return false;
    bool chose = subscription->choice->topics->len > 0;
    shelves_fill(selector->shelves, selector->set, chose ? selector->headings : NULL, selection);
    add_retellings(selector, selection);
    selection->more = selector->more;
    selection->waiting = selector->waiting;
    selection->waits = selector->waits;
    selection->keeps = !is_short(selector, subscription);
    selection->cut = selector->cut;
    selection->unseen = selector->unseen;
    add_links(selector, selection);
    add_reasons(selector, subscription, selection);
    return true;
}

bool
selector_find_earlier(const Selector *selector, const Subscription *subscription, guint article,
                      guint *earlier)
{
    for (guint i = 0; i < selector->repeats->len; i++) {
        const RepeatPlace *repeat = &g_array_index(selector->repeats, RepeatPlace, i);
        if (repeat->article != article || !was_offered(selector, repeat, subscription))
            continue;
        *earlier = repeat->earlier;
        return true;
    }
    return false;
}

bool
selector_explain(Selector *selector, const Subscription *subscription, size_t article,
                 SelectionRule *rule, GError **error)
{
    for (*rule = 0; *rule < RULE_COUNT; (*rule)++) {
        if (!rules[*rule](selector, subscription, error))
            return false;
        bool is_compared = bitset_has(selector->earlier, article);
        if (!bitset_has(selector->set, article) || is_compared)
            return true;
    }
    return true;
}
