#include "jobs/intake_keeper-internal.h"

#include "store/suppressions.h"

struct Keeper {
    Store *store;
    const IntakeScope *scope;
    GByteArray *met;     /* Declared.met */
    GThread *thread;     /* NULL: it has ended */
    GError *problem;     /* of its end */
    GAsyncQueue *given;  /* of IntakeBatch * */
    GAsyncQueue *stored; /* of IntakeBatch * */
};

/* In the queue of what is given: ends the thread. */
static IntakeBatch the_end;

IntakeBatch *
intake_batch_new(int64_t now)
{
    IntakeBatch *batch = g_new0(IntakeBatch, 1);
    batch->choices = g_ptr_array_new_with_free_func((GDestroyNotify)choice_free);
    batch->gone = g_ptr_array_new_with_free_func((GDestroyNotify)choice_free);
    batch->reasons = g_array_new(FALSE, FALSE, sizeof(ImportKind));
    batch->now = now;
    batch->doubled = g_ptr_array_new();
    return batch;
}

void
intake_batch_free(IntakeBatch *batch)
{
    if (batch == NULL)
        return;
    g_ptr_array_unref(batch->choices);
    g_ptr_array_unref(batch->gone);
    g_array_unref(batch->reasons);
    g_ptr_array_unref(batch->doubled);
    g_clear_error(&batch->problem);
    g_free(batch);
}

/* Before the others are put in, and in a transaction of its own: a savepoint of thousands of rows would
 * keep a copy of each page that they change. */
static bool
suppress_gone(Store *store, const IntakeBatch *batch, GError **error)
{
    if (batch->gone->len == 0)
        return true;
    g_autoptr(StoreBatch) transaction = store_batch_begin(store, error);
    if (transaction == NULL)
        return false;
    for (guint i = 0; i < batch->gone->len; i++) {
        const Choice *choice = batch->gone->pdata[i];
        bool is_blocked = g_array_index(batch->reasons, ImportKind, i) == IMPORT_BLOCKED;
        if (!store_suppression_add(store, address_key(choice->address),
                                   is_blocked ? "import: blocked where they come from"
                                              : "import: unsubscribed where they come from",
                                   batch->now, error))
            return false;
    }
    return store_batch_commit(transaction, error);
}

static bool
store_choices(const Keeper *keeper, IntakeBatch *batch, GError **error)
{
    const IntakeScope *scope = keeper->scope;
    const Declared declared = { scope->consent->id, batch->doubled, keeper->met };
    return batch->choices->len == 0 ||
           store_subscriptions_declare(keeper->store, scope->newsletter->name, batch->choices,
                                       ORIGIN_IMPORT, &declared, batch->now, &batch->change, error);
}

static void *
keeper_run(void *data)
{
    Keeper *keeper = data;
    g_autoptr(GError) problem = NULL;
    bool fine = store_bulk_begin(keeper->store, &problem);
    for (;;) {
        IntakeBatch *batch = g_async_queue_pop(keeper->given);
        if (batch == &the_end)
            break;
        if (problem != NULL)
            batch->problem = g_steal_pointer(&problem);
        fine = fine && suppress_gone(keeper->store, batch, &batch->problem) &&
               store_choices(keeper, batch, &batch->problem);
        g_async_queue_push(keeper->stored, batch);
    }
    store_bulk_end(keeper->store, &keeper->problem);
    return NULL;
}

Keeper *
keeper_new(Store *store, const IntakeScope *scope)
{
    Keeper *keeper = g_new0(Keeper, 1);
    keeper->store = store;
    keeper->scope = scope;
    keeper->met = g_byte_array_new();
    keeper->given = g_async_queue_new();
    keeper->stored = g_async_queue_new_full((GDestroyNotify)intake_batch_free);
    keeper->thread = g_thread_new("keeper", keeper_run, keeper);
    return keeper;
}

static void
end_thread(Keeper *keeper)
{
    if (keeper->thread == NULL)
        return;
    g_async_queue_push(keeper->given, &the_end);
    g_thread_join(g_steal_pointer(&keeper->thread));
}

bool
keeper_finish(Keeper *keeper, GError **error)
{
    end_thread(keeper);
    if (keeper->problem == NULL)
        return true;
    g_propagate_error(error, g_steal_pointer(&keeper->problem));
    return false;
}

void
keeper_free(Keeper *keeper)
{
    if (keeper == NULL)
        return;
    end_thread(keeper);
    g_clear_error(&keeper->problem);
    g_async_queue_unref(keeper->given);
    g_async_queue_unref(keeper->stored);
    g_byte_array_unref(keeper->met);
    g_free(keeper);
}

void
keeper_give(Keeper *keeper, IntakeBatch *take_batch)
{
    g_async_queue_push(keeper->given, take_batch);
}

IntakeBatch *
keeper_take(Keeper *keeper)
{
    return g_async_queue_pop(keeper->stored);
}
