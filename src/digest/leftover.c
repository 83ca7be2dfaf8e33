#include "digest/leftover.h"

#include <string.h>

#include "feed/article.h"

static void
add_article(GArray *left, const GPtrArray *articles, size_t place)
{
    const Article *article = articles->pdata[place];
    g_array_append_val(left, article->seq);
}

static void
add_hidden(GArray *left, const Selection *selection, const GPtrArray *articles, guint shown)
{
    for (guint i = shown; i < selection->count; i++)
        add_article(left, articles, g_array_index(selection->articles, guint, i));
}

/* What is too few to make a digest. */
static void
add_waiting(GArray *left, const Selection *selection, const GPtrArray *articles)
{
    if (selection->waiting == 0)
        return;
    for (size_t i = bitset_next(selection->waits, 0); i < selection->waits->bits;
         i = bitset_next(selection->waits, i + 1))
        add_article(left, articles, i);
}

/* What the maximum cut, but for the first ones, which the mail names. */
static void
add_cut(GArray *left, const Selection *selection, const GPtrArray *articles, guint linked)
{
    if (selection->more == 0)
        return;
    guint rank = 0;
    for (size_t i = bitset_next(selection->cut, 0); i < selection->cut->bits;
         i = bitset_next(selection->cut, i + 1))
        if (rank++ >= linked)
            add_article(left, articles, i);
}

static int
compare_numbers(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static bool
same_numbers(const GArray *a, const GArray *b)
{
    return a->len == b->len && memcmp(a->data, b->data, a->len * sizeof(int64_t)) == 0;
}

GArray *
leftover_find(const Selection *selection, const GPtrArray *articles, guint shown, guint linked,
              const Carry *carry, int64_t to_seq)
{
    bool is_all = selection->more == 0 && selection->waiting == 0 && shown == selection->count;
    if (carry->settled || (is_all && carry->articles == NULL))
        return NULL;
    g_autoptr(GArray) left = g_array_new(FALSE, FALSE, sizeof(int64_t));
    if (selection->keeps) {
        add_waiting(left, selection, articles);
        add_hidden(left, selection, articles, shown);
    }
    /* Of a later issue, which was sent before: a welcome that comes late takes nothing from it. */
    if (carry->written >= to_seq)
        g_array_append_vals(left, selection->unseen->data, selection->unseen->len);
    if (selection->keeps)
        add_cut(left, selection, articles, linked);
    g_array_set_size(left, MIN(left->len, LEFTOVER_MAX));
    g_array_sort(left, compare_numbers);
    bool is_same = carry->articles != NULL ? same_numbers(left, carry->articles) : left->len == 0;
    return is_same ? NULL : g_steal_pointer(&left);
}
