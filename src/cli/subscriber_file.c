/* subscriber_file.c - people from files and into files: import, export, sync. */
#include "cli/subscriber-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/error.h"
#include "base/text.h"
#include "cli/print.h"
#include "jobs/intake.h"
#include "jobs/progress.h"
#include "jobs/suppress.h"
#include "jobs/sync.h"
#include "store/people.h"

/* So many bad rows are told on stderr, when all are in a report. */
#define PROBLEMS_TOLD       10
#define STATUS_MICROSECONDS (G_USEC_PER_SEC / 4)
#define EXPORT_PAGE         1000

/* Import */

typedef struct {
    const char *name; /* of the file; "-" is stdin */
    FILE *file;
    int64_t size; /* 0: not known */
    Log *log;
    char *report_path; /* NULL: no report is written */
    FILE *report;      /* NULL: nothing is in it yet */
    int told;
    int64_t begun_at; /* monotonic */
    int64_t shown_at;
    GError *problem; /* that kept the report from being written */
} ImportRun;

static void
import_run_clear(ImportRun *run)
{
    if (run->file != NULL && run->file != stdin)
        fclose(run->file);
    if (run->report != NULL)
        fclose(run->report);
    g_free(run->report_path);
    g_clear_error(&run->problem);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ImportRun, import_run_clear)

static bool
open_file(ImportRun *run, GError **error)
{
    struct stat facts;
    run->file = strcmp(run->name, "-") == 0 ? stdin : fopen(run->name, "re");
    if (run->file == NULL) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "cannot read \"%s\": %s",
                    run->name, g_strerror(errno));
        return false;
    }
    if (fstat(fileno(run->file), &facts) == 0 && S_ISREG(facts.st_mode))
        run->size = facts.st_size;
    return true;
}

static bool
read_file(void *user, char *bytes, size_t size, size_t *got, GError **error)
{
    ImportRun *run = user;
    *got = fread(bytes, 1, size, run->file);
    if (!ferror(run->file))
        return true;
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "cannot read \"%s\": %s", run->name,
                g_strerror(errno));
    return false;
}

/* The report has what people wrote about themselves: nobody else may read it. */
static void
open_report(ImportRun *run)
{
    int fd = open(run->report_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    run->report = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (run->report == NULL) {
        g_set_error(&run->problem, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "cannot write \"%s\": %s",
                    run->report_path, g_strerror(errno));
        return;
    }
    fputs("line,reason,row\n", run->report);
}

static void
reject_row(void *user, const CsvRow *row, const char *problem)
{
    ImportRun *run = user;
    if (run->told++ < PROBLEMS_TOLD || run->report_path == NULL)
        log_warn(run->log, "%s:%d: %s", run->name, row->line, problem);
    if (run->report == NULL && run->report_path != NULL && run->problem == NULL)
        open_report(run);
    if (run->report == NULL)
        return;
    g_autofree char *text = text_repair(row->text, row->size);
    g_autoptr(GString) line = g_string_new(NULL);
    g_string_append_printf(line, "%d,", row->line);
    csv_write_field(line, problem);
    g_string_append_c(line, ',');
    csv_write_field(line, text);
    g_string_append_c(line, '\n');
    fputs(line->str, run->report);
}

static void
show_progress(void *user, const IntakeReport *report)
{
    ImportRun *run = user;
    int64_t now = g_get_monotonic_time();
    if (!log_has_terminal(run->log) || now - run->shown_at < STATUS_MICROSECONDS)
        return;
    run->shown_at = now;
    double rate = (double)report->rows * G_USEC_PER_SEC / (double)MAX(now - run->begun_at, 1);
    g_autofree char *bar = run->size > 0 ? progress_bar((double)report->octets / (double)run->size)
                                         : g_strdup("importing");
    g_autofree char *text =
        g_strdup_printf("%s  %" G_GINT64_FORMAT " rows  %.0f/s", bar, report->rows, rate);
    log_status(run->log, text);
}

/* Where rows that are not taken go; NULL: what stdin brings is told on stderr alone. */
static char *
report_path(const Invocation *invocation, const char *name)
{
    const char *given = invocation_option(invocation, "--report");
    if (invocation->global->dry_run || (given == NULL && strcmp(name, "-") == 0))
        return NULL;
    return given != NULL ? g_strdup(given) : g_strconcat(name, ".rejected.csv", NULL);
}

/* The report is no use when it is not whole. */
static bool
close_report(ImportRun *run, GError **error)
{
    FILE *report = g_steal_pointer(&run->report);
    if (report != NULL && fclose(report) != 0)
        g_set_error(&run->problem, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "cannot write \"%s\": %s",
                    run->report_path, g_strerror(errno));
    if (run->problem == NULL)
        return true;
    g_propagate_error(error, g_steal_pointer(&run->problem));
    return false;
}

static Value *
report_to_value(const IntakeReport *report)
{
    const struct {
        const char *key;
        int64_t number;
    } counts[] = {
        { "rows", report->rows },         { "added", report->added },
        { "changed", report->changed },   { "unchanged", report->unchanged },
        { "kept_out", report->kept_out }, { "unconfirmed", report->unconfirmed },
        { "left", report->left },         { "blocked", report->blocked },
        { "rejected", report->rejected },
    };
    Value *map = value_new_map();
    for (size_t i = 0; i < G_N_ELEMENTS(counts); i++)
        value_set_integer(map, counts[i].key, counts[i].number);
    return map;
}

static void
tell_import(const ImportRun *run, const char *newsletter, const IntakeReport *report)
{
    for (guint i = 0; i < report->left_out->len; i++)
        log_info(run->log, "column \"%s\" is left out (--keep takes it over as an attribute)",
                 (const char *)report->left_out->pdata[i]);
    if (run->told > 0 && run->report_path != NULL)
        log_warn(run->log, "rows that were not taken: %d; they are in \"%s\" with the reason",
                 run->told, run->report_path);
    log_info(run->log,
             "imported into %s: %" G_GINT64_FORMAT " added, %" G_GINT64_FORMAT
             " changed, %" G_GINT64_FORMAT " unchanged, %" G_GINT64_FORMAT
             " kept out (unsubscribed or suppressed)",
             newsletter, report->added, report->changed, report->unchanged, report->kept_out);
    if (report->unconfirmed + report->left + report->blocked > 0)
        log_info(run->log,
                 "left out by what the file says of them: %" G_GINT64_FORMAT
                 " not confirmed, %" G_GINT64_FORMAT " unsubscribed, %" G_GINT64_FORMAT " blocked",
                 report->unconfirmed, report->left, report->blocked);
}

static bool
subscriber_import(const Invocation *invocation, GError **error)
{
    g_auto(ImportRun) run = { .name = invocation_word(invocation, 0) };
    g_auto(IntakeReport) report = { 0 };
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_CHANGE, error);
    if (instance == NULL)
        return false;
    const NewsletterConfig *newsletter =
        instance_newsletter(instance, invocation_option(invocation, "--newsletter"), error);
    g_autoptr(Consent) consent =
        newsletter == NULL
            ? NULL
            : invocation_consent(invocation, "import", run.name, clock_now(instance->clock), error);
    if (consent == NULL || !open_file(&run, error))
        return false;
    const char *keep = invocation_option(invocation, "--keep");
    g_auto(GStrv) kept = g_strsplit(keep != NULL ? keep : "", ",", -1);
    run.log = instance->log;
    run.begun_at = g_get_monotonic_time();
    run.report_path = report_path(invocation, run.name);
    const IntakeScope scope = { newsletter, run.name,     read_file,
                                &run,       consent,      (const char *const *)kept,
                                reject_row, show_progress };
    bool fine = intake(instance, &scope, &report, error);
    log_status(run.log, NULL);
    if (!fine)
        return false;
    if (report.left + report.blocked > 0 && !suppressions_mirror(instance, error))
        return false;
    tell_import(&run, newsletter->name, &report);
    if (invocation->global->json) {
        g_autoptr(Value) map = report_to_value(&report);
        print_map(true, map);
    }
    return close_report(&run, error);
}

/* Export */

static const char *const export_columns[] = {
    "address", "newsletter",   "state",       "name",      "language", "topics",
    "without", "filter",       "frequency",   "day",       "hour",     "zone",
    "format",  "max_articles", "pause_until", "attributes"
};

static void
write_list(GString *out, const GPtrArray *names)
{
    for (guint i = 0; i < names->len; i++)
        g_string_append_printf(out, "%s%s", i > 0 ? " " : "", (const char *)names->pdata[i]);
    g_string_append_c(out, ',');
}

static void
write_field(GString *out, const char *text)
{
    if (text != NULL)
        csv_write_field(out, text);
    g_string_append_c(out, ',');
}

/* Frequency, day, hour and zone. */
static void
write_rhythm(GString *out, const Rhythm *rhythm)
{
    static const char *const days[] = { "", "mon", "tue", "wed", "thu", "fri", "sat", "sun" };
    bool has_hour = rhythm->frequency != RHYTHM_EACH && rhythm->frequency != RHYTHM_HOURLY;
    g_string_append_printf(out, "%s,%s,", rhythm_frequency_name(rhythm->frequency),
                           days[rhythm->weekday]);
    if (has_hour)
        g_string_append_printf(out, "%02d:%02d,%s,", rhythm->minute / 60, rhythm->minute % 60,
                               rhythm->zone);
    else
        g_string_append(out, ",,");
}

static void
write_subscription(GString *out, const Subscription *subscription)
{
    const Choice *choice = subscription->choice;
    write_field(out, address_text(choice->address));
    write_field(out, subscription->newsletter);
    write_field(out, subscription_state_name(subscription->state));
    write_field(out, choice->name);
    write_field(out, choice->language);
    write_list(out, choice->topics);
    write_list(out, choice->without);
    write_field(out, choice->filter);
    write_rhythm(out, &choice->rhythm);
    write_field(out, choice->format == FORMAT_TEXT ? "text" : "html");
    g_string_append_printf(out, "%d,", choice->max_articles);
    g_autofree char *until =
        subscription->paused_until != 0 ? time_text(subscription->paused_until) : NULL;
    write_field(out, until);
    if (choice->attributes != NULL)
        csv_write_field(out, choice->attributes);
    g_string_append_c(out, '\n');
}

static bool
subscriber_export(const Invocation *invocation, GError **error)
{
    SubscriptionQuery query = { .newsletter = invocation_option(invocation, "--newsletter"),
                                .state = -1,
                                .no_comments = true, /* no file can bring them */
                                .limit = EXPORT_PAGE };
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_READ, error);
    if (instance == NULL || (query.newsletter != NULL &&
                             instance_newsletter(instance, query.newsletter, error) == NULL))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(export_columns); i++)
        printf("%s%s", i > 0 ? "," : "", export_columns[i]);
    putchar('\n');
    for (;;) {
        g_autoptr(GPtrArray) page = store_subscriptions_list(instance->store, &query, error);
        if (page == NULL)
            return false;
        g_autoptr(GString) out = g_string_new(NULL);
        for (guint i = 0; i < page->len; i++)
            write_subscription(out, page->pdata[i]);
        fputs(out->str, stdout);
        if (page->len < EXPORT_PAGE)
            return true;
        query.after_id = ((Subscription *)page->pdata[page->len - 1])->id;
    }
}

/* Sync */

/* True when the operator says yes; without a terminal nobody can. */
static bool
agrees(const Invocation *invocation, GError **error)
{
    if (invocation->global->yes || invocation->global->dry_run)
        return true;
    char answer[16] = "";
    if (isatty(STDIN_FILENO)) {
        fputs("do this? [y/N] ", stderr);
        if (fgets(answer, sizeof answer, stdin) != NULL && g_ascii_tolower(answer[0]) == 'y')
            return true;
    }
    g_set_error_literal(error, DEPESCHE_ERROR, DEPESCHE_ERROR_USAGE,
                        "nothing was changed (--yes answers the question)");
    return false;
}

static bool
subscriber_sync(const Invocation *invocation, GError **error)
{
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_RUN, error);
    g_autoptr(GPtrArray) plan = g_ptr_array_new_with_free_func(g_free);
    if (instance == NULL || !instance_plan(instance, plan, error))
        return false;
    for (guint i = 0; i < plan->len; i++)
        puts(plan->pdata[i]);
    fflush(stdout);
    if (plan->len == 0) {
        log_info(instance->log, "nothing to do: the state is as the files say");
        return true;
    }
    return agrees(invocation, error) && instance_sync(instance, error);
}

static const CommandOption import_options[] = {
    NEWSLETTER_OPTION("into this newsletter; needed when there are several"),
    CONSENT_OPTIONS,
    { "--keep", 0, "COLUMNS", "of other columns, keep these as attributes (separated by commas)" },
    { "--report", 0, "FILE", "where rows that cannot be taken go; FILE.rejected.csv" },
    { NULL },
};

static const CommandOption export_options[] = {
    NEWSLETTER_OPTION("of this newsletter"),
    { NULL },
};

const Command subscriber_file_commands[] = {
    { "subscriber import", "FILE|-", 1, 1, "add people from a CSV file or a list of addresses",
      import_options, subscriber_import },
    { "subscriber export", "", 0, 0, "print subscriptions as CSV, as import reads it",
      export_options, subscriber_export },
    { "subscriber sync", "", 0, 0, "bring the state up to the roster files, after showing the plan",
      NULL, subscriber_sync },
    { NULL },
};
