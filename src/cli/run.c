#include "cli/run.h"

#include "base/error.h"
#include "cli/command.h"
#include "jobs/collect.h"
#include "jobs/compose.h"
#include "jobs/health.h"
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
             "without news",
             report->sent, instance->dry_run ? "would be sent" : "sent", report->deferred,
             report->refused, report->uncertain, report->dropped, report->failed, report->empty);
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

static bool
run(const Invocation *invocation, GError **error)
{
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_RUN, error);
    if (instance == NULL)
        return false;
    CollectReport collected = { 0 };
    ComposeReport composed = { 0 };
    if (!instance_sync(instance, error) ||
        !collect(instance, &(CollectScope){ 0 }, &collected, error))
        return false;
    collect_tell(instance->log, &collected);
    if (!health_tell(instance, error) || !compose(instance, &composed, error))
        return false;
    compose_tell(instance->log, &composed);
    return dispatch_and_tell(instance, &(DispatchScope){ 0 }, error);
}

static bool
fetch(const Invocation *invocation, GError **error)
{
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_RUN, error);
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
