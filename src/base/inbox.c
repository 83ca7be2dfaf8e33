#include "base/inbox.h"

struct Inbox {
    GMutex mutex;
    GCond enough;
    GPtrArray *items;
    guint wanted; /* by the reader that waits; 0: none does */
};

Inbox *
inbox_new(void)
{
    Inbox *inbox = g_new0(Inbox, 1);
    g_mutex_init(&inbox->mutex);
    g_cond_init(&inbox->enough);
    inbox->items = g_ptr_array_new();
    return inbox;
}

void
inbox_free(Inbox *inbox)
{
    if (inbox == NULL)
        return;
    g_assert(inbox->items->len == 0);
    g_ptr_array_unref(inbox->items);
    g_cond_clear(&inbox->enough);
    g_mutex_clear(&inbox->mutex);
    g_free(inbox);
}

static void
move(GPtrArray *from, GPtrArray *to)
{
    for (guint i = 0; i < from->len; i++)
        g_ptr_array_add(to, from->pdata[i]);
    g_ptr_array_set_size(from, 0);
}

void
inbox_put(Inbox *inbox, GPtrArray *items)
{
    if (items->len == 0)
        return;
    g_mutex_lock(&inbox->mutex);
    move(items, inbox->items);
    bool is_enough = inbox->wanted > 0 && inbox->items->len >= inbox->wanted;
    if (is_enough)
        inbox->wanted = 0;
    g_mutex_unlock(&inbox->mutex);
    if (is_enough)
        g_cond_signal(&inbox->enough);
}

void
inbox_take(Inbox *inbox, guint enough, int64_t until, GPtrArray *items)
{
    g_mutex_lock(&inbox->mutex);
    while (inbox->items->len < enough) {
        inbox->wanted = enough;
        if (!g_cond_wait_until(&inbox->enough, &inbox->mutex, until))
            break;
    }
    inbox->wanted = 0;
    move(inbox->items, items);
    g_mutex_unlock(&inbox->mutex);
}
