#include "jobs/intake.h"

#include <string.h>

#include "jobs/choices.h"
#include "store/consents.h"
#include "store/people.h"
#include "store/suppressions.h"

/* An index of a million addresses has 12,000 pages, and a batch changes nearly all of them: the larger it
 * is, the less often each is written. It takes some 700 bytes a row. */
#define BATCH_SIZE 40000u

/* A file while it is taken in. */
typedef struct {
    Instance *instance;
    const IntakeScope *scope;
    IntakeReport *report;
    Settings *offer;
    GPtrArray *choices; /* of Choice *: the batch */
    GPtrArray *rows;    /* of its choices, as they stood (char *) */
    GPtrArray *doubled; /* of Choice *, borrowed */
    GPtrArray *gone;    /* of Choice *: those to be suppressed */
    GArray *reasons;    /* of ImportKind, of each of them */
} Intake;

static void
intake_init(Intake *intake, Instance *instance, const IntakeScope *scope, IntakeReport *report)
{
    *intake = (Intake){ .instance = instance, .scope = scope, .report = report };
    intake->choices = g_ptr_array_new_with_free_func((GDestroyNotify)choice_free);
    intake->rows = g_ptr_array_new_with_free_func(g_free);
    intake->doubled = g_ptr_array_new();
    intake->gone = g_ptr_array_new_with_free_func((GDestroyNotify)choice_free);
    intake->reasons = g_array_new(FALSE, FALSE, sizeof(ImportKind));
}

static void
intake_clear(Intake *intake)
{
    settings_free(intake->offer);
    g_ptr_array_unref(intake->choices);
    g_ptr_array_unref(intake->rows);
    g_ptr_array_unref(intake->doubled);
    g_ptr_array_unref(intake->gone);
    g_array_unref(intake->reasons);
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

/* The batch into the store */

/* Rows whose address came before are told with their text, which is kept until then. */
static void
reject_doubled(const Intake *intake)
{
    for (guint i = 0; i < intake->doubled->len; i++) {
        const Choice *choice = intake->doubled->pdata[i];
        guint place = 0;
        g_ptr_array_find(intake->choices, choice, &place);
        const char *text = intake->rows->pdata[place];
        const CsvRow row = { .line = choice->line, .text = text, .size = strlen(text) };
        reject(intake, &row, "the address is in it twice; the first row counts");
    }
}

/* Before the others are put in, and in a transaction of its own: a savepoint of thousands of rows would
 * keep a copy of each page that they change. */
static bool
suppress_gone(const Intake *intake, int64_t now, GError **error)
{
    g_autoptr(StoreBatch) batch = store_batch_begin(intake->instance->store, error);
    if (batch == NULL)
        return false;
    for (guint i = 0; i < intake->gone->len; i++) {
        const Choice *choice = intake->gone->pdata[i];
        bool is_blocked = g_array_index(intake->reasons, ImportKind, i) == IMPORT_BLOCKED;
        if (!store_suppression_add(intake->instance->store, address_key(choice->address),
                                   is_blocked ? "import: blocked where they come from"
                                              : "import: unsubscribed where they come from",
                                   now, error))
            return false;
    }
    return store_batch_commit(batch, error);
}

static void
count(IntakeReport *report, const PeopleChange *change)
{
    report->added += change->added;
    report->changed += change->changed;
    report->unchanged += change->unchanged;
    report->kept_out += change->kept_out;
}

/* Neighbours in the index come one after the other; of an address that is there twice, the first row
 * stays first. */
static int
compare_choices(gconstpointer a, gconstpointer b)
{
    const Choice *left = *(const Choice *const *)a, *right = *(const Choice *const *)b;
    int order = strcmp(address_key(left->address), address_key(right->address));
    return order != 0 ? order : left->line - right->line;
}

static bool
store_batch(Intake *intake, GError **error)
{
    Store *store = intake->instance->store;
    int64_t now = clock_now(intake->instance->clock);
    PeopleChange change = { 0 };
    g_autoptr(GPtrArray) sorted = g_ptr_array_copy(intake->choices, NULL, NULL);
    g_ptr_array_set_free_func(sorted, NULL);
    g_ptr_array_sort(sorted, compare_choices);
    if (!suppress_gone(intake, now, error) ||
        !store_subscriptions_declare(store, intake->scope->newsletter->name, sorted, ORIGIN_IMPORT,
                                     intake->scope->consent->id, now, &change, intake->doubled,
                                     error))
        return false;
    count(intake->report, &change);
    reject_doubled(intake);
    g_ptr_array_set_size(intake->choices, 0);
    g_ptr_array_set_size(intake->rows, 0);
    g_ptr_array_set_size(intake->doubled, 0);
    g_ptr_array_set_size(intake->gone, 0);
    g_array_set_size(intake->reasons, 0);
    intake->scope->progress(intake->scope->user, intake->report->rows);
    return true;
}

/* Rows */

static void
take_person(Intake *intake, ImportRow *row)
{
    g_autoptr(GError) problem = NULL;
    if (!choice_settle(row->choice, intake->scope->newsletter, intake->offer, &problem)) {
        reject(intake, &row->csv, problem->message);
        return;
    }
    g_ptr_array_add(intake->choices, g_steal_pointer(&row->choice));
    g_ptr_array_add(intake->rows, g_strndup(row->csv.text, row->csv.size));
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
        g_ptr_array_add(intake->gone, g_steal_pointer(&row->choice));
        g_array_append_val(intake->reasons, row->kind);
        return;
    case IMPORT_BAD: reject(intake, &row->csv, row->problem); return;
    }
    g_assert_not_reached();
}

static bool
take_rows(Intake *intake, Import *import, GError **error)
{
    g_auto(ImportRow) row = { 0 };
    GError *problem = NULL;
    while (import_next(import, &row, &problem)) {
        take_row(intake, &row);
        if (intake->choices->len + intake->gone->len >= BATCH_SIZE && !store_batch(intake, error))
            return false;
    }
    if (problem != NULL) {
        g_propagate_error(error, problem);
        return false;
    }
    return store_batch(intake, error);
}

bool
intake(Instance *instance, const IntakeScope *scope, IntakeReport *report, GError **error)
{
    Rhythm defaults;
    g_auto(Intake) work;
    intake_init(&work, instance, scope, report);
    work.offer = newsletter_settings(instance->config, scope->newsletter, error);
    if (work.offer == NULL || !newsletter_rhythm(scope->newsletter, &defaults, error))
        return false;
    g_autoptr(Import) import =
        import_open(scope->source, scope->user, scope->name, &defaults, scope->keep, error);
    if (import == NULL || !store_consent_add(instance->store, scope->consent, error))
        return false;
    report->left_out = g_ptr_array_ref(import_left_out(import));
    return take_rows(&work, import, error);
}
