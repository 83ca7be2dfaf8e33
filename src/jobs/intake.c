#include "jobs/intake.h"

#include <string.h>

#include "jobs/choices.h"
#include "jobs/intake_keeper-internal.h"
#include "store/consents.h"

/* An index of a million addresses has 12,000 pages. Rows that come in no order change another page each,
 * so they wait, as text, and are put in by their order: the more wait, the less often is each page
 * written. */
#define WAITING_BYTES ((size_t)20 * 1024 * 1024)

/* Others can write in between: a transaction takes a tenth of a second. A row takes some 700 octets. */
#define BATCH_SIZE 8000u

/* One is stored while the next is made. */
#define BATCHES_MAX 2u

/* A row whose turn has not come. */
typedef struct {
    size_t key; /* where in the bytes its address_key() lies, with a NUL and then its text */
    guint size; /* of the text */
    int line;
} Waiting;

/* A file while it is taken in. */
typedef struct {
    Instance *instance;
    const IntakeScope *scope;
    IntakeReport *report;
    Settings *offer;
    Import *import;
    GByteArray *bytes;
    GArray *waiting;    /* of Waiting */
    IntakeBatch *batch; /* the one that is made */
    Keeper *keeper;
    guint given; /* batches that it has */
} Intake;

static void
intake_clear(Intake *intake)
{
    keeper_free(intake->keeper);
    intake_batch_free(intake->batch);
    g_array_unref(intake->waiting);
    g_byte_array_unref(intake->bytes);
    import_free(intake->import);
    settings_free(intake->offer);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Intake, intake_clear)

void
intake_report_clear(IntakeReport *report)
{
    g_clear_pointer(&report->left_out, g_ptr_array_unref);
}

static void
reject(const Intake *intake, const CsvRow *row, const char *problem)
{
    intake->report->rejected++;
    intake->scope->reject(intake->scope->user, row, problem);
}

static void
reject_twice(const Intake *intake, const CsvRow *row)
{
    reject(intake, row, "the address is in it twice; the first row counts");
}

/* Batches */

static void
count(IntakeReport *report, const PeopleChange *change)
{
    report->added += change->added;
    report->changed += change->changed;
    report->unchanged += change->unchanged;
    report->kept_out += change->kept_out;
}

static const char *
key_of(const Intake *intake, const Waiting *waiting)
{
    return (const char *)intake->bytes->data + waiting->key;
}

static CsvRow
row_of(const Intake *intake, const Waiting *waiting)
{
    const char *key = key_of(intake, waiting);
    return (CsvRow){ .line = waiting->line, .text = key + strlen(key) + 1, .size = waiting->size };
}

/* The row that CHOICE was made of; they are in order by now. */
static CsvRow
find_row(const Intake *intake, const Choice *choice)
{
    guint low = 0, high = intake->waiting->len;
    while (low + 1 < high) {
        guint middle = low + (high - low) / 2;
        const Waiting *waiting = &g_array_index(intake->waiting, Waiting, middle);
        int order = strcmp(key_of(intake, waiting), address_key(choice->address));
        if (order < 0 || (order == 0 && waiting->line <= choice->line))
            low = middle;
        else
            high = middle;
    }
    return row_of(intake, &g_array_index(intake->waiting, Waiting, low));
}

/* Takes back the batch that was given first. */
static bool
take_back(Intake *intake, GError **error)
{
    g_autoptr(IntakeBatch) batch = keeper_take(intake->keeper);
    intake->given--;
    if (batch->problem != NULL) {
        g_propagate_error(error, g_steal_pointer(&batch->problem));
        return false;
    }
    count(intake->report, &batch->change);
    for (guint i = 0; i < batch->doubled->len; i++) {
        const CsvRow row = find_row(intake, batch->doubled->pdata[i]);
        reject_twice(intake, &row);
    }
    intake->scope->progress(intake->scope->user, intake->report->rows);
    return true;
}

static bool
give_batch(Intake *intake, GError **error)
{
    while (intake->given >= BATCHES_MAX)
        if (!take_back(intake, error))
            return false;
    keeper_give(intake->keeper, g_steal_pointer(&intake->batch));
    intake->given++;
    intake->batch = intake_batch_new(clock_now(intake->instance->clock));
    return true;
}

/* Rows that wait */

static void
wait(Intake *intake, const char *key, const CsvRow *row)
{
    const Waiting waiting = { intake->bytes->len, (guint)row->size, row->line };
    g_byte_array_append(intake->bytes, (const guint8 *)key, (guint)strlen(key) + 1);
    g_byte_array_append(intake->bytes, (const guint8 *)row->text, waiting.size);
    g_array_append_val(intake->waiting, waiting);
}

/* Neighbours in the index come one after the other; of an address that is there twice, the first row
 * stays first. */
static int
compare_waiting(gconstpointer a, gconstpointer b, void *bytes)
{
    const Waiting *left = a, *right = b;
    const char *base = bytes;
    int order = strcmp(base + left->key, base + right->key);
    return order != 0 ? order : left->line - right->line;
}

/* False with PROBLEM when the person cannot have what they chose. */
static bool
settle(const Intake *intake, ImportRow *row, GError **problem)
{
    return choice_settle(row->choice, intake->scope->newsletter, intake->offer, problem);
}

/* Whether the address of row I came before; the store finds those that came before all that waits. */
static bool
is_twice(const Intake *intake, guint i)
{
    const Waiting *row = &g_array_index(intake->waiting, Waiting, i);
    return i > 0 && strcmp(key_of(intake, row), key_of(intake, row - 1)) == 0;
}

/* All that waits goes into the store, in order. */
static bool
store_waiting(Intake *intake, GError **error)
{
    g_auto(ImportRow) row = { 0 };
    g_array_sort_with_data(intake->waiting, compare_waiting, intake->bytes->data);
    for (guint i = 0; i < intake->waiting->len; i++) {
        const Waiting *waiting = &g_array_index(intake->waiting, Waiting, i);
        const CsvRow text = row_of(intake, waiting);
        if (is_twice(intake, i)) {
            reject_twice(intake, &text);
            continue;
        }
        import_again(intake->import, &text, &row);
        if (!settle(intake, &row, error))
            return false;
        g_ptr_array_add(intake->batch->choices, g_steal_pointer(&row.choice));
        if (intake->batch->choices->len >= BATCH_SIZE && !give_batch(intake, error))
            return false;
    }
    if (!give_batch(intake, error))
        return false;
    while (intake->given > 0)
        if (!take_back(intake, error))
            return false;
    g_array_set_size(intake->waiting, 0);
    g_byte_array_set_size(intake->bytes, 0);
    return true;
}

/* Rows */

static void
take_person(Intake *intake, ImportRow *row)
{
    g_autoptr(GError) problem = NULL;
    if (settle(intake, row, &problem))
        wait(intake, address_key(row->choice->address), &row->csv);
    else
        reject(intake, &row->csv, problem->message);
}

static void
take_row(Intake *intake, ImportRow *row)
{
    intake->report->rows++;
    switch (row->kind) {
    case IMPORT_PERSON: take_person(intake, row); return;
    case IMPORT_UNCONFIRMED: intake->report->unconfirmed++; return;
    case IMPORT_LEFT:
    case IMPORT_BLOCKED:
        intake->report->left += row->kind == IMPORT_LEFT;
        intake->report->blocked += row->kind == IMPORT_BLOCKED;
        g_ptr_array_add(intake->batch->gone, g_steal_pointer(&row->choice));
        g_array_append_val(intake->batch->reasons, row->kind);
        return;
    case IMPORT_BAD: reject(intake, &row->csv, row->problem); return;
    }
    g_assert_not_reached();
}

static bool
take_rows(Intake *intake, GError **error)
{
    g_auto(ImportRow) row = { 0 };
    GError *problem = NULL;
    while (import_next(intake->import, &row, &problem)) {
        take_row(intake, &row);
        if (intake->bytes->len >= WAITING_BYTES && !store_waiting(intake, error))
            return false;
        if (intake->batch->gone->len >= BATCH_SIZE && !give_batch(intake, error))
            return false;
    }
    if (problem != NULL) {
        g_propagate_error(error, problem);
        return false;
    }
    return store_waiting(intake, error);
}

bool
intake(Instance *instance, const IntakeScope *scope, IntakeReport *report, GError **error)
{
    Rhythm defaults;
    g_auto(Intake) work = { .instance = instance, .scope = scope, .report = report };
    work.bytes = g_byte_array_new();
    work.waiting = g_array_new(FALSE, FALSE, sizeof(Waiting));
    work.batch = intake_batch_new(clock_now(instance->clock));
    work.offer = newsletter_settings(instance->config, scope->newsletter, error);
    if (work.offer == NULL || !newsletter_rhythm(scope->newsletter, &defaults, error))
        return false;
    work.import =
        import_open(scope->source, scope->user, scope->name, &defaults, scope->keep, error);
    if (work.import == NULL || !store_consent_add(instance->store, scope->consent, error))
        return false;
    report->left_out = g_ptr_array_ref(import_left_out(work.import));
    work.keeper = keeper_new(instance->store, scope);
    return take_rows(&work, error);
}
