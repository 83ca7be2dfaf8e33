#include "digest/shelves-internal.h"

/* The articles of one shelf, by rank. */
typedef struct {
    guint first;
    guint last;
} Chain;

struct Shelves {
    const Settings *settings;
    const GPtrArray *sets;
    guint *first_places; /* by article: of its first topic of all */
    /* Scratch: */
    Bitset *used;  /* shelves with articles */
    Chain *chains; /* by place; one more than topics, for articles under none */
    guint *next;   /* by article: the next one in its chain */
};

/* Of all topics; behind them when none has ARTICLE. */
static guint
first_place(const Shelves *shelves, guint article)
{
    guint place = 0;
    while (place < shelves->sets->len && !bitset_has(shelves->sets->pdata[place], article))
        place++;
    return place;
}

Shelves *
shelves_new(const Settings *settings, const GPtrArray *sets, guint articles)
{
    Shelves *shelves = g_new0(Shelves, 1);
    shelves->settings = settings;
    shelves->sets = sets;
    shelves->used = bitset_new(sets->len + 1);
    shelves->chains = g_new(Chain, sets->len + 1);
    shelves->next = g_new(guint, articles);
    shelves->first_places = g_new(guint, articles);
    for (guint i = 0; i < articles; i++)
        shelves->first_places[i] = first_place(shelves, i);
    return shelves;
}

void
shelves_free(Shelves *shelves)
{
    if (shelves == NULL)
        return;
    bitset_free(shelves->used);
    g_free(shelves->chains);
    g_free(shelves->next);
    g_free(shelves->first_places);
    g_free(shelves);
}

/* The place of the first topic in HEADINGS that has ARTICLE; behind them all when none has. */
static size_t
find_place(const Shelves *shelves, const Bitset *headings, size_t article)
{
    if (headings == NULL)
        return shelves->first_places[article];
    size_t place = bitset_next(headings, 0);
    while (place < headings->bits && !bitset_has(shelves->sets->pdata[place], article))
        place = bitset_next(headings, place + 1);
    return place;
}

static void
put(Shelves *shelves, size_t place, guint article)
{
    Chain *chain = &shelves->chains[place];
    if (bitset_has(shelves->used, place))
        shelves->next[chain->last] = article;
    else
        chain->first = article;
    chain->last = article;
    bitset_add(shelves->used, place);
}

static void
add_group(const Shelves *shelves, guint place, Selection *selection)
{
    const Chain *chain = &shelves->chains[place];
    SelectionGroup group = { .first = selection->count, .place = place };
    if (place < shelves->sets->len)
        group.topic = shelves->settings->topics->pdata[place];
    guint article = chain->first;
    for (;; article = shelves->next[article]) {
        g_array_index(selection->articles, guint, selection->count++) = article;
        if (article == chain->last)
            break;
    }
    group.count = selection->count - group.first;
    g_array_append_val(selection->groups, group);
}

void
shelves_fill(Shelves *shelves, const Bitset *set, const Bitset *headings, Selection *selection)
{
    bitset_clear(shelves->used);
    for (size_t i = bitset_next(set, 0); i < set->bits; i = bitset_next(set, i + 1))
        put(shelves, find_place(shelves, headings, i), (guint)i);

    g_array_set_size(selection->articles, (guint)set->bits);
    g_array_set_size(selection->groups, 0);
    selection->count = 0;
    for (size_t place = bitset_next(shelves->used, 0); place < shelves->used->bits;
         place = bitset_next(shelves->used, place + 1))
        add_group(shelves, (guint)place, selection);
    g_array_set_size(selection->articles, selection->count);
}
