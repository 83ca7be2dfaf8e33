#include "jobs/writers.h"

/* Where a message usually ends: spares the buffer some growing. */
#define MESSAGE_SIZE ((size_t)16 * 1024)

/* So many buffers are kept for the next messages. */
#define BUFFERS_MAX 64u

struct Writers {
    WritersListener listener;
    GPtrArray *threads;  /* of GThread * */
    GAsyncQueue *orders; /* of GPtrArray * of Letter *; an empty one ends a thread */
    int ended;           /* atomic */
    GMutex mutex;
    GPtrArray *buffers; /* of GString *: with the mutex */
};

static GString *
take_buffer(Writers *writers)
{
    g_mutex_lock(&writers->mutex);
    guint count = writers->buffers->len;
    GString *buffer = count > 0 ? g_ptr_array_steal_index(writers->buffers, count - 1) : NULL;
    g_mutex_unlock(&writers->mutex);
    return buffer != NULL ? buffer : g_string_sized_new(MESSAGE_SIZE);
}

static void
give_buffer(Writers *writers, GString *buffer)
{
    g_mutex_lock(&writers->mutex);
    bool kept = writers->buffers->len < BUFFERS_MAX;
    if (kept)
        g_ptr_array_add(writers->buffers, buffer);
    g_mutex_unlock(&writers->mutex);
    if (!kept)
        g_string_free(buffer, TRUE);
}

void
writers_take_back(Writers *writers, Mail *mail)
{
    give_buffer(writers, g_steal_pointer(&mail->message));
    mail_free(mail);
}

/* The message for LETTER; NULL: there is none, and the listener was told. */
static Mail *
write_letter(Writers *writers, Letter *letter)
{
    const WritersListener *listener = &writers->listener;
    const Subscription *subscription = letter->recipient->subscription;
    g_autoptr(GError) problem = NULL;
    g_autoptr(Address) sender = NULL;
    EditionOutcome outcome = EDITION_READY;

    GString *message = take_buffer(writers);
    bool fine = edition_write(letter->edition, subscription, message, &sender, &outcome, &problem);
    if (!fine || outcome != EDITION_READY) {
        give_buffer(writers, message);
        listener->not_written(listener->user, letter, outcome, g_steal_pointer(&problem));
        return NULL;
    }
    Address *to = address_copy(subscription->choice->address);
    return mail_new_take(g_steal_pointer(&sender), to, message, letter);
}

static void
write_letters(Writers *writers, const GPtrArray *letters)
{
    g_autoptr(GPtrArray) mails = g_ptr_array_new();
    for (guint i = 0; i < letters->len && g_atomic_int_get(&writers->ended) == 0; i++) {
        Mail *mail = write_letter(writers, letters->pdata[i]);
        if (mail != NULL)
            g_ptr_array_add(mails, mail);
    }
    writers->listener.written(writers->listener.user, mails);
}

static void *
writer_run(void *data)
{
    Writers *writers = data;
    for (;;) {
        g_autoptr(GPtrArray) letters = g_async_queue_pop(writers->orders);
        if (letters->len == 0)
            return NULL;
        write_letters(writers, letters);
    }
}

Writers *
writers_new(guint count, const WritersListener *listener)
{
    Writers *writers = g_new0(Writers, 1);
    writers->listener = *listener;
    g_mutex_init(&writers->mutex);
    writers->buffers = g_ptr_array_new();
    writers->orders = g_async_queue_new_full((GDestroyNotify)g_ptr_array_unref);
    writers->threads = g_ptr_array_new();
    for (guint i = 0; i < count; i++)
        g_ptr_array_add(writers->threads, g_thread_new("writer", writer_run, writers));
    return writers;
}

void
writers_free(Writers *writers)
{
    if (writers == NULL)
        return;
    g_atomic_int_set(&writers->ended, 1);
    for (guint i = 0; i < writers->threads->len; i++)
        g_async_queue_push(writers->orders, g_ptr_array_new());
    for (guint i = 0; i < writers->threads->len; i++)
        g_thread_join(writers->threads->pdata[i]);
    g_ptr_array_unref(writers->threads);
    g_async_queue_unref(writers->orders);
    for (guint i = 0; i < writers->buffers->len; i++)
        g_string_free(writers->buffers->pdata[i], TRUE);
    g_ptr_array_unref(writers->buffers);
    g_mutex_clear(&writers->mutex);
    g_free(writers);
}

void
writers_give(Writers *writers, GPtrArray *letters)
{
    guint count = writers->threads->len;
    guint share = (letters->len + count - 1) / count;
    for (guint i = 0; i < letters->len; i += share) {
        GPtrArray *some = g_ptr_array_new();
        for (guint n = i; n < MIN(i + share, letters->len); n++)
            g_ptr_array_add(some, letters->pdata[n]);
        g_async_queue_push(writers->orders, some);
    }
    g_ptr_array_set_size(letters, 0);
}
