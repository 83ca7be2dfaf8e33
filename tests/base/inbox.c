#include "base/inbox.h"

#define THREADS 4
#define ITEMS   2000

typedef struct {
    Inbox *inbox;
    guint first;
} Writer;

/* Puts ITEMS numbers, some at a time. */
static void *
write_items(void *data)
{
    const Writer *writer = data;
    g_autoptr(GPtrArray) items = g_ptr_array_new();
    for (guint i = 0; i < ITEMS; i++) {
        g_ptr_array_add(items, GUINT_TO_POINTER(writer->first + i));
        if (i % 7 == 0)
            inbox_put(writer->inbox, items);
    }
    inbox_put(writer->inbox, items);
    g_assert_cmpuint(items->len, ==, 0);
    return NULL;
}

/* Everything arrives once, and what one thread put in comes out in its order. */
static void
test_many_writers(void)
{
    g_autoptr(Inbox) inbox = inbox_new();
    g_autoptr(GPtrArray) items = g_ptr_array_new();
    Writer writers[THREADS];
    GThread *threads[THREADS];
    guint next[THREADS];
    for (guint i = 0; i < THREADS; i++) {
        writers[i] = (Writer){ inbox, i * ITEMS };
        next[i] = i * ITEMS;
        threads[i] = g_thread_new("writer", write_items, &writers[i]);
    }
    while (items->len < THREADS * ITEMS)
        inbox_take(inbox, 1 + items->len % 5, g_get_monotonic_time() + G_USEC_PER_SEC / 100, items);
    for (guint i = 0; i < THREADS; i++)
        g_thread_join(threads[i]);
    for (guint i = 0; i < items->len; i++) {
        guint item = GPOINTER_TO_UINT(items->pdata[i]);
        g_assert_cmpuint(item, ==, next[item / ITEMS]);
        next[item / ITEMS]++;
    }
    g_assert_cmpuint(items->len, ==, THREADS * ITEMS);
}

static void
test_time_runs_out(void)
{
    g_autoptr(Inbox) inbox = inbox_new();
    g_autoptr(GPtrArray) items = g_ptr_array_new();
    inbox_take(inbox, 1, g_get_monotonic_time() + 1000, items);
    g_assert_cmpuint(items->len, ==, 0);
    g_ptr_array_add(items, GUINT_TO_POINTER(7));
    inbox_put(inbox, items);
    inbox_take(inbox, 2, g_get_monotonic_time() + 1000, items); /* what there is, if not enough */
    g_assert_cmpuint(items->len, ==, 1);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/inbox/many-writers", test_many_writers);
    g_test_add_func("/inbox/time-runs-out", test_time_runs_out);
    return g_test_run();
}
