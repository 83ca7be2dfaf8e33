#include "jobs/writers.h"

/* Where a message usually ends: spares the buffer some growing. */
#define MESSAGE_SIZE ((size_t)16 * 1024)

struct Writers {
    WritersListener listener;
    GThreadPool *pool;
    int ended; /* atomic */
};

/* GFunc of the pool. */
static void
write_letter(void *data, void *user)
{
    Letter *letter = data;
    Writers *writers = user;
    const WritersListener *listener = &writers->listener;
    const Subscription *subscription = letter->recipient->subscription;
    g_autoptr(GError) problem = NULL;
    g_autoptr(Address) sender = NULL;
    EditionOutcome outcome = EDITION_READY;
    if (g_atomic_int_get(&writers->ended) != 0)
        return;

    GString *message = g_string_sized_new(MESSAGE_SIZE);
    bool fine = edition_write(letter->edition, subscription, message, &sender, &outcome, &problem);
    if (!fine || outcome != EDITION_READY) {
        g_string_free(message, TRUE);
        listener->not_written(listener->user, letter, outcome, g_steal_pointer(&problem));
        return;
    }
    Address *to = address_copy(subscription->choice->address);
    listener->written(listener->user, mail_new_take(g_steal_pointer(&sender), to, message, letter));
}

Writers *
writers_new(guint count, const WritersListener *listener)
{
    Writers *writers = g_new0(Writers, 1);
    writers->listener = *listener;
    writers->pool = g_thread_pool_new(write_letter, writers, (int)count, FALSE, NULL);
    return writers;
}

void
writers_free(Writers *writers)
{
    if (writers == NULL)
        return;
    g_atomic_int_set(&writers->ended, 1);
    g_thread_pool_free(writers->pool, FALSE, TRUE);
    g_free(writers);
}

void
writers_give(Writers *writers, Letter *letter)
{
    g_thread_pool_push(writers->pool, letter, NULL);
}
