#include "cli/run.h"

#include "base/error.h"
#include "cli/command.h"
#include "cli/print.h"
#include "jobs/answer.h"
#include "jobs/bounces.h"
#include "jobs/collect.h"
#include "jobs/compose.h"
#include "jobs/confirm.h"
#include "jobs/health.h"
#include "jobs/poll.h"
#include "jobs/plan.h"
#include "jobs/sync.h"
#include "jobs/tidy.h"
#include "mail/address.h"

static void
collect_tell(Log *log, const CollectReport *report)
{
    g_autofree char *not_due =
        report->not_due > 0 ? g_strdup_printf(", %u not due", report->not_due) : g_strdup("");
    log_info(log, "feeds: %u fetched, %u unchanged, %u failed%s; new articles: %u", report->feeds,
             report->unchanged, report->failed, not_due, report->taken);
}

static void
compose_tell(Log *log, const ComposeReport *report)
{
    if (report->returned > 0)
        log_info(log, "subscribers: %u back from a pause", report->returned);
    log_info(log, "issues: %u composed, %u due without news", report->issues, report->empty);
}

static void
dispatch_tell(const Instance *instance, const DispatchReport *report)
{
    log_info(instance->log,
             "mails: %u %s, %u deferred, %u refused, %u uncertain, %u dropped, %u failed, %u "
             "without news, %u with too little yet",
             report->sent, instance->dry_run ? "would be sent" : "sent", report->deferred,
             report->refused, report->uncertain, report->dropped, report->failed, report->empty,
             report->waiting);
}

bool
dispatch_and_tell(Instance *instance, const DispatchScope *scope, GError **error)
{
    DispatchReport report = { 0 };
    bool fine = dispatch(instance, scope, &report, error);
    dispatch_tell(instance, &report);
    if (!fine || !tidy(instance, error))
        return false;
    if (!report.stopped)
        return true;
    g_set_error_literal(error, DEPESCHE_ERROR, DEPESCHE_ERROR_TEMPORARY,
                        "sending was stopped; the next run goes on");
    return false;
}

/* "12 nothing in it for them, 1 held as uncertain" */
static char *
reasons_text(const Value *reasons)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (size_t i = 0; i < value_length(reasons); i++) {
        const Value *reason = value_item(reasons, i);
        g_string_append_printf(text, "%s%" G_GINT64_FORMAT " %s", i > 0 ? ", " : "",
                               value_integer(value_find(reason, "count")),
                               value_find_string(reason, "why"));
    }
    return text->len > 0 ? g_string_free(g_steal_pointer(&text), FALSE) : g_strdup("none");
}

/* Tables for people: issues, then slots that stay silent, then who gets nothing at all. */
static void
print_plan(bool json, Value *plan)
{
    static const Column issue_columns[] = {
        { "NEWSLETTER", "newsletter", 0 }, { "NO", "number", 0 },
        { "RHYTHM", "rhythm", 0 },         { "DUE", "due", 0 },
        { "ARTICLES", "articles", 0 },     { "RECIPIENTS", "recipients", 0 },
        { "MAILS", "mails", 0 },           { "RENDITIONS", "renditions", 0 },
        { "NOT SENT", "reasons", 0 },      { NULL },
    };
    static const Column silent_columns[] = {
        { "NEWSLETTER", "newsletter", 0 },
        { "RHYTHM", "rhythm", 0 },
        { "DUE", "due", 0 },
        { "NO ISSUE", "why", 0 },
        { NULL },
    };
    static const Column kept_out_columns[] = {
        { "NEWSLETTER", "newsletter", 0 },
        { "GET NOTHING", "why", 0 },
        { "SUBSCRIPTIONS", "subscriptions", 0 },
        { NULL },
    };
    if (json) {
        print_json(plan);
        return;
    }
    const Value *issues = value_find(plan, "issues");
    for (size_t i = 0; i < value_length(issues); i++) {
        Value *issue = value_item(issues, i);
        g_autofree char *text = reasons_text(value_find(issue, "not_sent"));
        value_set_string(issue, "reasons", text);
    }
    print_list(false, issues, issue_columns);
    print_list(false, value_find(plan, "silent"), silent_columns);
    print_list(false, value_find(plan, "kept_out"), kept_out_columns);
}

static bool
tell_plan(const Invocation *invocation, Instance *instance, const GPtrArray *silent, GError **error)
{
    g_autoptr(Value) plan = plan_new(instance, silent, error);
    if (plan == NULL)
        return false;
    print_plan(invocation->global->json, plan);
    return true;
}

/* What "serve" has not sent, because it does not run. */
static bool
ask_people(Instance *instance, GError **error)
{
    ConfirmReport report = { 0 };
    if (!confirm_send(instance, NULL, &report, error))
        return false;
    if (report.sent + report.deferred + report.refused > 0)
        log_info(instance->log, "confirmations: %u asked for, %u deferred, %u refused", report.sent,
                 report.deferred, report.refused);
    return true;
}

/* What people wrote and wait for; a mistake in a template of these keeps no digest back. */
static void
answer_people(Instance *instance)
{
    AnswerReport report = { 0 };
    g_autoptr(GError) problem = NULL;
    if (!answer_send(instance, NULL, &report, &problem))
        log_warn(instance->log, "answers: %s", problem->message);
    if (report.sent + report.deferred + report.refused > 0)
        log_info(instance->log, "answers: %u sent, %u deferred, %u refused", report.sent,
                 report.deferred, report.refused);
}

static bool
run(const Invocation *invocation, GError **error)
{
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_RUN, error);
    if (instance == NULL)
        return false;
    g_autoptr(GPtrArray) silent = g_ptr_array_new_with_free_func((GDestroyNotify)silent_slot_free);
    CollectReport collected = { 0 };
    ComposeReport composed = { .silent = silent };
    PollReport polled = { 0 };
    if (!instance_sync(instance, error) || !poll_mailboxes(instance, &polled, error) ||
        !bounces_probe(instance, error) ||
        !collect(instance, &(CollectScope){ 0 }, &collected, error))
        return false;
    poll_tell(instance, &polled);
    collect_tell(instance->log, &collected);
    if (!health_tell(instance, error) || !compose(instance, &composed, error))
        return false;
    compose_tell(instance->log, &composed);
    if (!ask_people(instance, error))
        return false;
    answer_people(instance);
    return instance->dry_run ? tell_plan(invocation, instance, silent, error)
                             : dispatch_and_tell(instance, &(DispatchScope){ 0 }, error);
}

static bool
fetch(const Invocation *invocation, GError **error)
{
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_FETCH, error);
    if (instance == NULL)
        return false;
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; i < invocation->words->len; i++)
        g_ptr_array_add(names, invocation->words->pdata[i]);
    bool all = names->len == 0;
    g_ptr_array_add(names, NULL);
    const CollectScope scope = {
        .names = all ? NULL : (const char *const *)names->pdata,
        .even_if_not_due = invocation_option(invocation, "--now") != NULL,
    };
    CollectReport report = { 0 };
    if (!instance_sync(instance, error) || !collect(instance, &scope, &report, error))
        return false;
    collect_tell(instance->log, &report);
    return true;
}

static bool
send_issues(const Invocation *invocation, GError **error)
{
    DispatchScope scope = { .retry = invocation_option(invocation, "--retry") != NULL };
    if (!invocation_issue(invocation, &scope.issue, error))
        return false;
    const char *only = invocation_option(invocation, "--only");
    g_autoptr(Address) address = only != NULL ? address_parse(only, error) : NULL;
    if (only != NULL && address == NULL)
        return false;
    scope.only = address != NULL ? address_key(address) : NULL;
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_RUN, error);
    if (instance == NULL)
        return false;
    return dispatch_and_tell(instance, &scope, error);
}

static const CommandOption send_options[] = {
    { "--only", 0, "ADDRESS", "to this person alone" },
    { "--retry", 0, NULL, "also what was deferred, at once, and what is held as uncertain" },
    { NULL },
};

static const CommandOption fetch_options[] = {
    { "--now", 0, NULL, "also those that are not due yet" },
    { NULL },
};

const Command run_commands[] = {
    { "run", "", 0, 0, "fetch, compose and send what is due: the verb for cron", NULL, run },
    { "fetch", "[FEED…]", 0, -1, "fetch the feeds and do nothing else", fetch_options, fetch },
    { "send", "[ISSUE]", 0, 1, "send what is composed and not out yet; safe to repeat",
      send_options, send_issues },
    { NULL },
};
