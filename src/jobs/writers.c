#include "jobs/writers.h"

/* So many empty messages are kept for the next letters. */
#define EMPTY_MAX 64u

/* What is written in less time is not worth the way to a thread and back. */
#define QUICK_MICROSECONDS 40

/* So many messages are told of together, unless there are no more to write. */
#define BATCH 8

struct Writers {
    void (*wake)(void *user);
    void *user;
    GPtrArray *threads;    /* of GThread * */
    GAsyncQueue *letters;  /* of Letter *: to be written by threads */
    GAsyncQueue *finished; /* of Written * */
    GAsyncQueue *empty;    /* of Message *: for the next letters */
    int time;              /* atomic: that a letter takes, of the last few; microseconds */
    int ended;             /* atomic */
};

/* In the queue of letters: ends a thread. */
static const Letter the_end;

static Message *
take_empty(Writers *writers)
{
    Message *message = g_async_queue_try_pop(writers->empty);
    return message != NULL ? message : message_new();
}

static void
give_empty(Writers *writers, Message *take_message)
{
    message_clear(take_message);
    if (g_async_queue_length(writers->empty) < (int)EMPTY_MAX)
        g_async_queue_push_front(writers->empty, take_message);
    else
        message_free(take_message);
}

void
writers_take_back(Writers *writers, Mail *mail)
{
    give_empty(writers, g_steal_pointer(&mail->message));
    mail_free(mail);
}

static void
write_letter(Writers *writers, Letter *letter, Written *written)
{
    const Subscription *subscription = letter->recipient->subscription;
    g_autoptr(Address) sender = NULL;
    *written = (Written){ .letter = letter, .outcome = EDITION_READY };

    Message *message = take_empty(writers);
    g_clear_pointer(&letter->left, g_array_unref);
    bool fine = edition_write(letter->edition, subscription, message, &sender, &letter->left,
                              &written->outcome, &written->problem);
    if (!fine || written->outcome != EDITION_READY) {
        give_empty(writers, message);
        return;
    }
    Address *to = address_copy(subscription->choice->address);
    written->mail = mail_new_take(g_steal_pointer(&sender), to, message, letter);
    /* As all that a stencil writes, but for such addresses in the header. */
    written->mail->is_plain = !mail_needs_utf8(written->mail);
}

/* Each letter counts for an eighth; it does not matter when two threads forget one. */
static void
learn_time(Writers *writers, int64_t taken)
{
    int time = g_atomic_int_get(&writers->time);
    g_atomic_int_set(&writers->time, time + ((int)MIN(taken, G_USEC_PER_SEC) - time) / 8);
}

static void
finish_letter(Writers *writers, Letter *letter)
{
    Written *written = g_new(Written, 1);
    int64_t begun = g_get_monotonic_time();
    write_letter(writers, letter, written);
    learn_time(writers, g_get_monotonic_time() - begun);
    g_async_queue_push(writers->finished, written);
}

/* Whoever waits is not woken for each message: those that come together share a commit, too. */
static bool
is_worth_telling(const Writers *writers)
{
    return g_async_queue_length(writers->finished) >= BATCH ||
           g_async_queue_length(writers->letters) <= 0;
}

static void *
writer_run(void *data)
{
    Writers *writers = data;
    for (;;) {
        Letter *letter = g_async_queue_pop(writers->letters);
        if (letter == &the_end)
            return NULL;
        if (g_atomic_int_get(&writers->ended) != 0)
            continue;
        finish_letter(writers, letter);
        if (is_worth_telling(writers))
            writers->wake(writers->user);
    }
}

static void
written_free(Written *written)
{
    mail_free(written->mail);
    g_clear_error(&written->problem);
    g_free(written);
}

Writers *
writers_new(guint threads, void (*wake)(void *user), void *user)
{
    Writers *writers = g_new0(Writers, 1);
    writers->wake = wake;
    writers->user = user;
    writers->letters = g_async_queue_new();
    writers->finished = g_async_queue_new_full((GDestroyNotify)written_free);
    writers->empty = g_async_queue_new_full((GDestroyNotify)message_free);
    writers->threads = g_ptr_array_new();
    for (guint i = 0; i < threads; i++)
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
        g_async_queue_push(writers->letters, (void *)&the_end);
    for (guint i = 0; i < writers->threads->len; i++)
        g_thread_join(writers->threads->pdata[i]);
    g_ptr_array_unref(writers->threads);
    g_async_queue_unref(writers->letters);
    g_async_queue_unref(writers->finished);
    g_async_queue_unref(writers->empty);
    g_free(writers);
}

void
writers_give(Writers *writers, Letter *letter)
{
    if (g_atomic_int_get(&writers->time) < QUICK_MICROSECONDS)
        finish_letter(writers, letter);
    else
        g_async_queue_push(writers->letters, letter);
}

bool
writers_next(Writers *writers, Written *written)
{
    g_autofree Written *finished = g_async_queue_try_pop(writers->finished);
    if (finished != NULL)
        *written = *finished;
    return finished != NULL;
}
