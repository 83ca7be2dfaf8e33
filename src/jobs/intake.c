#include "jobs/intake.h"

#include <string.h>

#include "jobs/choices.h"
#include "jobs/intake_keeper-internal.h"
#include "store/consents.h"

/* An index of a million addresses has 12,000 pages. Rows that come in no order change another page each,
 * so they wait, as text, and are put in by their order: the more wait, the less often is each page
 * written. As long as there is little to be written again they do not wait long: while some are stored,
 * the next ones are read. */
#define PILE_BYTES_MIN ((size_t)2 * 1024 * 1024)
#define PILE_BYTES_MAX ((size_t)8 * 1024 * 1024)

/* Others can write in between: a transaction takes a tenth of a second. A row takes some 700 octets. */
#define BATCH_SIZE 6000u

/* One is stored while the next is made. */
#define BATCHES_MAX 2u

/* Whether the keeper wants another batch is looked at every so many rows that are read. */
#define LOOK_EVERY 256

/* A row whose turn has not come. */
typedef struct {
    guint text; /* where in the bytes it lies */
    guint text_size;
    guint key; /* its address_key(): mostly a part of the text */
    guint key_size;
    int line;
} Waiting;

typedef struct {
    GByteArray *bytes;
    GArray *rows; /* of Waiting */
    guint next;   /* once they are in order: whose turn it is */
} Pile;

/* A file while it is taken in. */
typedef struct {
    Instance *instance;
    const IntakeScope *scope;
    IntakeReport *report;
    Settings *offer;
    Import *import;
    Pile reading;       /* gets what is read */
    Pile storing;       /* is in order, and goes to the keeper */
    size_t stored;      /* octets that went through the latter */
    IntakeBatch *batch; /* the one that is made */
    Keeper *keeper;
    guint given; /* batches that it has */
} Intake;

static void
pile_init(Pile *pile)
{
    *pile = (Pile){ g_byte_array_new(), g_array_new(FALSE, FALSE, sizeof(Waiting)), 0 };
}

static void
pile_empty(Pile *pile)
{
    g_byte_array_set_size(pile->bytes, 0);
    g_array_set_size(pile->rows, 0);
    pile->next = 0;
}

static void
pile_clear(Pile *pile)
{
    g_byte_array_unref(pile->bytes);
    g_array_unref(pile->rows);
}

static const Waiting *
pile_row(const Pile *pile, guint i)
{
    return &g_array_index(pile->rows, Waiting, i);
}

static CsvRow
row_of(const Pile *pile, const Waiting *waiting)
{
    const char *text = (const char *)pile->bytes->data + waiting->text;
    return (CsvRow){ .line = waiting->line, .text = text, .size = waiting->text_size };
}

static guint
append(Pile *pile, const char *text, size_t size)
{
    guint at = pile->bytes->len;
    g_byte_array_append(pile->bytes, (const guint8 *)text, (guint)size);
    return at;
}

static void
pile_add(Pile *pile, const char *key, const CsvRow *row)
{
    size_t size = strlen(key);
    const char *found = memmem(row->text, row->size, key, size);
    Waiting waiting = { .text = append(pile, row->text, row->size),
                        .text_size = (guint)row->size,
                        .key_size = (guint)size,
                        .line = row->line };
    waiting.key =
        found != NULL ? waiting.text + (guint)(found - row->text) : append(pile, key, size);
    g_array_append_val(pile->rows, waiting);
}

static int
compare_key(const char *bytes, const Waiting *waiting, const char *key, guint size)
{
    int order = memcmp(bytes + waiting->key, key, MIN(waiting->key_size, size));
    return order != 0 ? order : (int)waiting->key_size - (int)size;
}

/* Neighbours in the index come one after the other; of an address that is there twice, the first row
 * stays first. */
static int
compare_waiting(gconstpointer a, gconstpointer b, void *bytes)
{
    const Waiting *left = a, *right = b;
    int order = compare_key(bytes, left, (const char *)bytes + right->key, right->key_size);
    return order != 0 ? order : left->line - right->line;
}

static void
pile_sort(Pile *pile)
{
    g_array_sort_with_data(pile->rows, compare_waiting, pile->bytes->data);
}

static void
intake_clear(Intake *intake)
{
    keeper_free(intake->keeper);
    intake_batch_free(intake->batch);
    pile_clear(&intake->reading);
    pile_clear(&intake->storing);
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

/* The row that CHOICE was made of. */
static CsvRow
find_row(const Pile *pile, const Choice *choice)
{
    const char *bytes = (const char *)pile->bytes->data, *key = address_key(choice->address);
    guint low = 0, high = pile->rows->len, size = (guint)strlen(key);
    while (low + 1 < high) {
        guint middle = low + (high - low) / 2;
        const Waiting *waiting = pile_row(pile, middle);
        int order = compare_key(bytes, waiting, key, size);
        if (order < 0 || (order == 0 && waiting->line <= choice->line))
            low = middle;
        else
            high = middle;
    }
    return row_of(pile, pile_row(pile, low));
}

/* What became of the batch that was given first. */
static bool
take_back(Intake *intake, IntakeBatch *take_batch, GError **error)
{
    g_autoptr(IntakeBatch) batch = take_batch;
    intake->given--;
    if (batch->problem != NULL) {
        g_propagate_error(error, g_steal_pointer(&batch->problem));
        return false;
    }
    count(intake->report, &batch->change);
    for (guint i = 0; i < batch->doubled->len; i++) {
        const CsvRow row = find_row(&intake->storing, batch->doubled->pdata[i]);
        reject_twice(intake, &row);
    }
    intake->scope->progress(intake->scope->user, intake->report->rows);
    return true;
}

static bool
give_batch(Intake *intake, GError **error)
{
    while (intake->given >= BATCHES_MAX)
        if (!take_back(intake, keeper_take(intake->keeper), error))
            return false;
    keeper_give(intake->keeper, g_steal_pointer(&intake->batch));
    intake->given++;
    intake->batch = intake_batch_new(clock_now(intake->instance->clock));
    return true;
}

/* Piles */

/* False with PROBLEM when the person cannot have what they chose. */
static bool
settle(const Intake *intake, ImportRow *row, GError **problem)
{
    return choice_settle(row->choice, intake->scope->newsletter, intake->offer, problem);
}

/* Whether the address of row I came before; the store finds those that came with an earlier pile. */
static bool
is_twice(const Pile *pile, guint i)
{
    if (i == 0)
        return false;
    const char *bytes = (const char *)pile->bytes->data;
    const Waiting *row = pile_row(pile, i);
    return compare_key(bytes, pile_row(pile, i - 1), bytes + row->key, row->key_size) == 0;
}

static bool
is_stored(const Pile *pile)
{
    return pile->next == pile->rows->len;
}

/* The next ones in order are a batch, and given to the keeper. */
static bool
store_some(Intake *intake, GError **error)
{
    Pile *pile = &intake->storing;
    g_auto(ImportRow) row = { 0 };
    for (; !is_stored(pile) && intake->batch->choices->len < BATCH_SIZE; pile->next++) {
        const CsvRow text = row_of(pile, pile_row(pile, pile->next));
        if (is_twice(pile, pile->next)) {
            reject_twice(intake, &text);
            continue;
        }
        import_again(intake->import, &text, &row);
        if (!settle(intake, &row, error))
            return false;
        g_ptr_array_add(intake->batch->choices, g_steal_pointer(&row.choice));
    }
    return give_batch(intake, error);
}

/* All of the pile goes to the keeper, and comes back. */
static bool
store_rest(Intake *intake, GError **error)
{
    while (!is_stored(&intake->storing) || intake->batch->gone->len > 0)
        if (!store_some(intake, error))
            return false;
    while (intake->given > 0)
        if (!take_back(intake, keeper_take(intake->keeper), error))
            return false;
    intake->stored += intake->storing.bytes->len;
    pile_empty(&intake->storing);
    return true;
}

/* What was read is stored from now on, and what is read goes where that was. */
static bool
turn_piles(Intake *intake, GError **error)
{
    pile_sort(&intake->reading);
    if (!store_rest(intake, error))
        return false;
    const Pile empty = intake->storing;
    intake->storing = intake->reading;
    intake->reading = empty;
    return true;
}

static bool
is_high(const Intake *intake)
{
    return intake->reading.bytes->len >= CLAMP(intake->stored, PILE_BYTES_MIN, PILE_BYTES_MAX);
}

/* While rows are read: a keeper that has little to do gets more. */
static bool
look_after_keeper(Intake *intake, GError **error)
{
    IntakeBatch *batch;
    while ((batch = keeper_try_take(intake->keeper)) != NULL)
        if (!take_back(intake, batch, error))
            return false;
    return intake->given >= BATCHES_MAX || is_stored(&intake->storing) || store_some(intake, error);
}

/* Rows */

static void
take_person(Intake *intake, ImportRow *row)
{
    g_autoptr(GError) problem = NULL;
    if (settle(intake, row, &problem))
        pile_add(&intake->reading, address_key(row->choice->address), &row->csv);
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
        if (is_high(intake) && !turn_piles(intake, error))
            return false;
        if (intake->report->rows % LOOK_EVERY == 0 && !look_after_keeper(intake, error))
            return false;
        if (intake->batch->gone->len >= BATCH_SIZE && !give_batch(intake, error))
            return false;
    }
    if (problem != NULL) {
        g_propagate_error(error, problem);
        return false;
    }
    return turn_piles(intake, error) && store_rest(intake, error);
}

bool
intake(Instance *instance, const IntakeScope *scope, IntakeReport *report, GError **error)
{
    Rhythm defaults;
    g_auto(Intake) work = { .instance = instance, .scope = scope, .report = report };
    pile_init(&work.reading);
    pile_init(&work.storing);
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
