#include "digest/shelves-internal.h"

struct Shelves {
    const Settings *settings;
    const GPtrArray *sets;
    /* For those who chose no topics, and so get articles under the first of all: */
    guint *places;    /* by article: of its first topic; behind them all when it has none */
    guint *order;     /* the articles, by place, then by rank */
    guint *positions; /* by article: where it stands in ORDER */
    Bitset *some;     /* scratch, as the next one: of positions, or of articles */
    Bitset *left;
};

/* Takes those of SHELVES.left that are in WANTED, or all. */
static guint
take_group(Shelves *shelves, const Bitset *wanted, guint *articles)
{
    bitset_assign(shelves->some, shelves->left);
    if (wanted != NULL)
        bitset_and(shelves->some, wanted);
    bitset_and_not(shelves->left, shelves->some);
    return bitset_members(shelves->some, articles);
}

static void
put_in_order(Shelves *shelves)
{
    guint position = 0;
    bitset_invert(shelves->left); /* which was empty */
    for (guint place = 0; place <= shelves->sets->len; place++) {
        bool is_topic = place < shelves->sets->len;
        const Bitset *wanted = is_topic ? shelves->sets->pdata[place] : NULL;
        guint count = take_group(shelves, wanted, shelves->order + position);
        for (; count > 0; count--, position++) {
            shelves->places[shelves->order[position]] = place;
            shelves->positions[shelves->order[position]] = position;
        }
    }
}

Shelves *
shelves_new(const Settings *settings, const GPtrArray *sets, guint articles)
{
    Shelves *shelves = g_new0(Shelves, 1);
    shelves->settings = settings;
    shelves->sets = sets;
    shelves->places = g_new(guint, articles);
    shelves->order = g_new(guint, articles);
    shelves->positions = g_new(guint, articles);
    shelves->some = bitset_new(articles);
    shelves->left = bitset_new(articles);
    put_in_order(shelves);
    return shelves;
}

void
shelves_free(Shelves *shelves)
{
    if (shelves == NULL)
        return;
    g_free(shelves->places);
    g_free(shelves->order);
    g_free(shelves->positions);
    bitset_free(shelves->some);
    bitset_free(shelves->left);
    g_free(shelves);
}

/* Both ways of sorting fill the articles of SELECTION, group by group, and say how many groups these
 * are, of which they tell the place and the first article. */

/* Under the first of all topics. To sort positions is to make a set of them. */
static guint
sort_all(Shelves *shelves, const Bitset *set, Selection *selection)
{
    guint *articles = &g_array_index(selection->articles, guint, 0);
    SelectionGroup *groups = &g_array_index(selection->groups, SelectionGroup, 0);
    guint count = bitset_members(set, articles), group_count = 0, before = G_MAXUINT;
    bitset_clear(shelves->some);
    for (guint i = 0; i < count; i++)
        bitset_add(shelves->some, shelves->positions[articles[i]]);
    bitset_members(shelves->some, articles);
    for (guint i = 0; i < count; i++) {
        guint article = articles[i] = shelves->order[articles[i]];
        guint place = shelves->places[article];
        /* No branch: nobody can guess which way it would go. */
        groups[group_count].place = place;
        groups[group_count].first = i;
        group_count += place != before;
        before = place;
    }
    selection->count = count;
    return group_count;
}

/* Under the first of HEADINGS; what is followed may be under none. */
static guint
sort_chosen(Shelves *shelves, const Bitset *set, const Bitset *headings, Selection *selection)
{
    guint *articles = &g_array_index(selection->articles, guint, 0);
    SelectionGroup *groups = &g_array_index(selection->groups, SelectionGroup, 0);
    guint group_count = 0;
    selection->count = 0;
    bitset_assign(shelves->left, set);
    for (size_t place = 0; place <= headings->bits; place++) {
        place = bitset_next(headings, place);
        bool is_topic = place < headings->bits;
        const Bitset *wanted = is_topic ? shelves->sets->pdata[place] : NULL;
        guint count = take_group(shelves, wanted, articles + selection->count);
        groups[group_count].place = (guint)place;
        groups[group_count].first = selection->count;
        group_count += count > 0;
        selection->count += count;
    }
    return group_count;
}

void
shelves_fill(Shelves *shelves, const Bitset *set, const Bitset *headings, Selection *selection)
{
    guint topics = shelves->sets->len;
    g_array_set_size(selection->articles, (guint)set->bits);
    g_array_set_size(selection->groups, topics + 2); /* and one that is the end */
    guint count = headings == NULL ? sort_all(shelves, set, selection)
                                   : sort_chosen(shelves, set, headings, selection);
    SelectionGroup *groups = &g_array_index(selection->groups, SelectionGroup, 0);
    groups[count].first = selection->count;
    for (SelectionGroup *group = groups; group < groups + count; group++) {
        bool is_topic = group->place < topics;
        group->topic = is_topic ? shelves->settings->topics->pdata[group->place] : NULL;
        group->count = group[1].first - group->first;
    }
    g_array_set_size(selection->articles, selection->count);
    g_array_set_size(selection->groups, count);
}
