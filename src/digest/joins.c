/* A binary heap: each join comes before the two at twice its place. */
#include "digest/story-internal.h"

static bool
comes_before(const Join *left, const Join *right)
{
    if (left->similarity != right->similarity)
        return left->similarity > right->similarity;
    return left->a != right->a ? left->a < right->a : left->b < right->b;
}

void
joins_add(GArray *joins, const Join *join)
{
    g_array_append_val(joins, *join);
    Join *heap = (Join *)(void *)joins->data;
    guint at = joins->len - 1;
    while (at > 0 && comes_before(join, &heap[(at - 1) / 2])) {
        heap[at] = heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap[at] = *join;
}

Join
joins_take(GArray *joins)
{
    Join *heap = (Join *)(void *)joins->data;
    const Join first = heap[0], last = heap[joins->len - 1];
    guint at = 0, child;
    g_array_set_size(joins, joins->len - 1);
    while ((child = 2 * at + 1) < joins->len) {
        if (child + 1 < joins->len && comes_before(&heap[child + 1], &heap[child]))
            child++;
        if (!comes_before(&heap[child], &last))
            break;
        heap[at] = heap[child];
        at = child;
    }
    if (joins->len > 0)
        heap[at] = last;
    return first;
}
