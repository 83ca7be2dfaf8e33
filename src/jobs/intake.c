#include "jobs/intake.h"

#include <string.h>

#include "jobs/choices.h"
#include "jobs/intake_keeper-internal.h"
#include "jobs/newsletter.h"
#include "store/consents.h"

/* An index of a million addresses has 12,000 pages. Rows that come in no order change another page each,
 * so they wait, as text, and are put in by their order: the more wait, the less often is each page
 * written. */
#define PILE_BYTES ((size_t)10 * 1024 * 1024)

/* Others can write in between: a transaction takes some hundredths of a second. A row takes some 700
 * octets. */
#define BATCH_SIZE 6000u

/* One is stored while the next is made. */
#define BATCHES_MAX 2u

typedef enum {
    FATE_OPEN,
    FATE_TAKEN,
    FATE_BAD,   /* it has a mistake */
    FATE_TWICE, /* the address has come before */
} Fate;

/* A row, from when it is found until its pile is stored. */
typedef struct {
    uint64_t
        rank;  /* how the key begins, as a number of the same order: most differ there already */
    guint key; /* where it lies in the bytes: mostly in the text */
    guint key_size;
    guint text; /* so this */
    guint text_size;
    int line;
    bool is_whole;
    uint8_t fate; /* Fate */
} Waiting;

typedef struct {
    GByteArray *bytes;
    GArray *rows;         /* of Waiting */
    const Waiting *taken; /* once they are in order: the last who was taken; NULL: nobody yet */
} Pile;

/* A file while it is taken in. */
typedef struct {
    Instance *instance;
    const IntakeScope *scope;
    IntakeReport *report;
    Settings *offer;
    Import *import;
    Pile finding;       /* gets what is found in the file */
    Pile storing;       /* is in order, and goes to the keeper */
    IntakeBatch *batch; /* the one that is made */
    Keeper *keeper;
    guint given;         /* batches that it has */
    GHashTable *doubled; /* lines of STORING that the store says have come before */
} Intake;

static void
pile_init(Pile *pile)
{
    *pile =
        (Pile){ .bytes = g_byte_array_new(), .rows = g_array_new(FALSE, FALSE, sizeof(Waiting)) };
}

static void
pile_empty(Pile *pile)
{
    g_byte_array_set_size(pile->bytes, 0);
    g_array_set_size(pile->rows, 0);
    pile->taken = NULL;
}

static void
pile_clear(Pile *pile)
{
    g_byte_array_unref(pile->bytes);
    g_array_unref(pile->rows);
}

static bool
pile_is_high(const Pile *pile)
{
    return pile->bytes->len + pile->rows->len * sizeof(Waiting) >= PILE_BYTES;
}

static Waiting *
pile_row(const Pile *pile, guint i)
{
    return &g_array_index(pile->rows, Waiting, i);
}

static CsvRow
row_of(const Pile *pile, const Waiting *waiting)
{
    return (CsvRow){ .line = waiting->line,
                     .text = (const char *)pile->bytes->data + waiting->text,
                     .size = waiting->text_size,
                     .is_whole = waiting->is_whole };
}

static guint
append(Pile *pile, const char *text, size_t size)
{
    guint at = pile->bytes->len;
    g_byte_array_append(pile->bytes, (const guint8 *)text, (guint)size);
    return at;
}

static uint64_t
rank_of(const char *key, size_t size)
{
    uint64_t rank = 0;
    memcpy(&rank, key, MIN(size, sizeof rank));
    return GUINT64_FROM_BE(rank);
}

static void
pile_add(Pile *pile, const GString *key, const CsvRow *row)
{
    const char *found = memmem(row->text, row->size, key->str, key->len);
    Waiting waiting = { .rank = rank_of(key->str, key->len),
                        .key_size = (guint)key->len,
                        .text = append(pile, row->text, row->size),
                        .text_size = (guint)row->size,
                        .line = row->line,
                        .is_whole = row->is_whole };
    waiting.key = found != NULL ? waiting.text + (guint)(found - row->text)
                                : append(pile, key->str, key->len);
    g_array_append_val(pile->rows, waiting);
}

/* The order of their keys. */
static int
compare_keys(const Waiting *left, const Waiting *right, const char *bytes)
{
    if (left->rank != right->rank)
        return left->rank < right->rank ? -1 : 1;
    int order = memcmp(bytes + left->key, bytes + right->key, MIN(left->key_size, right->key_size));
    return order != 0 ? order : (int)left->key_size - (int)right->key_size;
}

/* Neighbours in the index come one after the other; of an address that is there twice, the first row
 * stays first. */
static int
compare_waiting(gconstpointer a, gconstpointer b, void *bytes)
{
    const Waiting *left = a, *right = b;
    int order = compare_keys(left, right, bytes);
    return order != 0 ? order : left->line - right->line;
}

static int
compare_lines(gconstpointer a, gconstpointer b)
{
    return ((const Waiting *)a)->line - ((const Waiting *)b)->line;
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
    pile_clear(&intake->finding);
    pile_clear(&intake->storing);
    g_hash_table_unref(intake->doubled);
    import_free(intake->import);
    settings_free(intake->offer);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Intake, intake_clear)

void
intake_report_clear(IntakeReport *report)
{
    g_clear_pointer(&report->left_out, g_ptr_array_unref);
}

/* Rows */

/* Who cannot have what they chose is a mistake as well. */
static void
read_row(const Intake *intake, const Waiting *waiting, ImportRow *row)
{
    const CsvRow csv = row_of(&intake->storing, waiting);
    g_autoptr(GError) problem = NULL;
    import_read(intake->import, &csv, row);
    if (row->kind != IMPORT_PERSON ||
        (choice_check_topics(row->choice, intake->offer, &problem) &&
         choice_settle(row->choice, intake->scope->newsletter, intake->offer, &problem)))
        return;
    row->kind = IMPORT_BAD;
    row->problem = g_strdup(problem->message);
}

/* The store finds those that came with an earlier pile. */
static bool
is_twice(const Pile *pile, const Waiting *waiting)
{
    const char *bytes = (const char *)pile->bytes->data;
    return pile->taken != NULL && compare_keys(pile->taken, waiting, bytes) == 0;
}

static void
take_person(Intake *intake, Waiting *waiting, ImportRow *row)
{
    if (is_twice(&intake->storing, waiting)) {
        waiting->fate = FATE_TWICE;
        return;
    }
    waiting->fate = FATE_TAKEN;
    intake->storing.taken = waiting;
    g_ptr_array_add(intake->batch->choices, g_steal_pointer(&row->choice));
}

static void
take_row(Intake *intake, Waiting *waiting)
{
    g_auto(ImportRow) row = { 0 };
    read_row(intake, waiting, &row);
    intake->report->rows++;
    intake->report->octets += (int64_t)row.csv.size + 1;
    switch (row.kind) {
    case IMPORT_PERSON: take_person(intake, waiting, &row); return;
    case IMPORT_UNCONFIRMED: intake->report->unconfirmed++; return;
    case IMPORT_LEFT:
    case IMPORT_BLOCKED:
        intake->report->left += row.kind == IMPORT_LEFT;
        intake->report->blocked += row.kind == IMPORT_BLOCKED;
        g_ptr_array_add(intake->batch->gone, g_steal_pointer(&row.choice));
        g_array_append_val(intake->batch->reasons, row.kind);
        return;
    case IMPORT_BAD: waiting->fate = FATE_BAD; return;
    }
    g_assert_not_reached();
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

/* What became of the batch that was given first. */
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
        const Choice *choice = batch->doubled->pdata[i];
        g_hash_table_add(intake->doubled, GINT_TO_POINTER(choice->line));
    }
    intake->scope->progress(intake->scope->user, intake->report);
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

static bool
is_full(const IntakeBatch *batch)
{
    return batch->choices->len >= BATCH_SIZE || batch->gone->len >= BATCH_SIZE;
}

static bool
store_pile(Intake *intake, GError **error)
{
    for (guint i = 0; i < intake->storing.rows->len; i++) {
        take_row(intake, pile_row(&intake->storing, i));
        if (is_full(intake->batch) && !give_batch(intake, error))
            return false;
    }
    return give_batch(intake, error);
}

/* Rows that were not taken */

static void
reject(const Intake *intake, const Waiting *waiting, const char *problem)
{
    const CsvRow row = row_of(&intake->storing, waiting);
    intake->report->rejected++;
    intake->scope->reject(intake->scope->user, &row, problem);
}

static bool
is_rejected(const Intake *intake, const Waiting *waiting)
{
    return waiting->fate == FATE_BAD || waiting->fate == FATE_TWICE ||
           g_hash_table_contains(intake->doubled, GINT_TO_POINTER(waiting->line));
}

/* What is wrong with it was not kept: most rows are right. */
static void
reject_again(const Intake *intake, const Waiting *waiting)
{
    g_auto(ImportRow) row = { 0 };
    if (waiting->fate == FATE_BAD) {
        read_row(intake, waiting, &row);
        reject(intake, waiting, row.problem);
    } else {
        reject(intake, waiting, "the address is in it twice; the first row counts");
    }
}

/* In the order of their lines. */
static void
reject_rows(const Intake *intake)
{
    const Pile *pile = &intake->storing;
    guint count = 0;
    for (guint i = 0; i < pile->rows->len; i++)
        if (is_rejected(intake, pile_row(pile, i)))
            *pile_row(pile, count++) = *pile_row(pile, i);
    g_array_set_size(pile->rows, count);
    g_array_sort(pile->rows, compare_lines);
    for (guint i = 0; i < count; i++)
        reject_again(intake, pile_row(pile, i));
}

/* Piles */

/* All of the pile comes back from the keeper. */
static bool
finish_pile(Intake *intake, GError **error)
{
    while (intake->given > 0)
        if (!take_back(intake, error))
            return false;
    reject_rows(intake);
    pile_empty(&intake->storing);
    g_hash_table_remove_all(intake->doubled);
    return true;
}

/* What was found goes to the keeper, and while it stores the last of it, the next is found. */
static bool
turn_piles(Intake *intake, GError **error)
{
    pile_sort(&intake->finding);
    if (!finish_pile(intake, error))
        return false;
    const Pile empty = intake->storing;
    intake->storing = intake->finding;
    intake->finding = empty;
    return store_pile(intake, error);
}

static bool
take_rows(Intake *intake, GError **error)
{
    CsvRow row;
    GError *problem = NULL;
    g_autoptr(GString) key = g_string_new(NULL);
    while (import_next(intake->import, &row, key, &problem)) {
        pile_add(&intake->finding, key, &row);
        if (pile_is_high(&intake->finding) && !turn_piles(intake, error))
            return false;
    }
    if (problem != NULL) {
        g_propagate_error(error, problem);
        return false;
    }
    return turn_piles(intake, error) && finish_pile(intake, error) &&
           keeper_finish(intake->keeper, error);
}

bool
intake(Instance *instance, const IntakeScope *scope, IntakeReport *report, GError **error)
{
    Rhythm defaults;
    g_auto(Intake) work = { .instance = instance, .scope = scope, .report = report };
    pile_init(&work.finding);
    pile_init(&work.storing);
    work.doubled = g_hash_table_new(g_direct_hash, g_direct_equal);
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
