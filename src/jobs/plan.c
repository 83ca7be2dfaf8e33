#include "jobs/plan.h"

#include "jobs/dispatch.h"
#include "store/issues.h"
#include "store/ledger.h"
#include "store/people.h"

static void
add_reason(Value *reasons, const char *why, int64_t count)
{
    if (count == 0)
        return;
    Value *reason = value_new_map();
    value_set_string(reason, "why", why);
    value_set_integer(reason, "count", count);
    value_take_item(reasons, reason);
}

/* Why an issue is not for anybody at present; NULL: it is. */
static const char *
why_not(const Issue *issue, int64_t now)
{
    if (issue->state == ISSUE_PAUSED)
        return "the issue is paused";
    if (issue->kind == ISSUE_POST && issue->due_at > now)
        return "the letter is to be sent later";
    bool is_stale = issue->not_after != 0 && now > issue->not_after;
    return is_stale ? "the issue is too old (not_after_hours)" : NULL;
}

/* What a dispatch of the issue said, and what is left in the ledger. */
static Value *
reasons_of(const DispatchReport *report, const IssueCounts *counts)
{
    Value *reasons = value_new_list();
    add_reason(reasons, "nothing in it for them", report->empty);
    add_reason(reasons, "too little for them yet (min_articles)", report->waiting);
    add_reason(reasons, "not wanted any more", report->dropped);
    add_reason(reasons, "cannot be made (see the messages)", report->failed);
    add_reason(reasons, "wait for another try", counts->deferred + counts->uncertain);
    add_reason(reasons, "held as uncertain", counts->held);
    return reasons;
}

static Value *
plan_issue(Instance *instance, const Issue *issue, GError **error)
{
    Store *store = instance->store;
    DispatchReport report = { 0 };
    IssueCounts counts;
    int64_t recipients = 0;
    const char *why = why_not(issue, clock_now(instance->clock));
    if (!ledger_count(store, issue->id, &recipients, error) ||
        !dispatch(instance, &(DispatchScope){ .issue = issue->id }, &report, error) ||
        !store_issue_counts(store, issue->id, &counts, error))
        return NULL;
    Value *map = value_new_map();
    value_set_string(map, "newsletter", issue->newsletter);
    value_set_integer(map, "number", issue->number);
    value_set_string(map, "rhythm", issue->rhythm);
    value_set_time(map, "due", issue->due_at);
    value_set_integer(map, "articles", counts.articles);
    value_set_integer(map, "recipients", recipients);
    value_set_integer(map, "mails", report.sent);
    value_set_integer(map, "renditions", report.renditions);
    Value *reasons = why == NULL ? reasons_of(&report, &counts) : value_new_list();
    if (why != NULL)
        add_reason(reasons, why, recipients);
    value_take(map, "not_sent", reasons);
    return map;
}

/* Newest first, as they are sent. */
static Value *
plan_issues(Instance *instance, GError **error)
{
    g_autoptr(Value) list = value_new_list();
    g_autoptr(GPtrArray) issues = store_issues_list(instance->store, NULL, true, error);
    if (issues == NULL)
        return NULL;
    for (guint i = issues->len; i > 0; i--) {
        Value *map = plan_issue(instance, issues->pdata[i - 1], error);
        if (map == NULL)
            return NULL;
        value_take_item(list, map);
    }
    return g_steal_pointer(&list);
}

static Value *
plan_silent(const GPtrArray *silent)
{
    Value *list = value_new_list();
    for (guint i = 0; i < silent->len; i++) {
        const SilentSlot *slot = silent->pdata[i];
        Value *map = value_new_map();
        value_set_string(map, "newsletter", slot->newsletter);
        value_set_string(map, "rhythm", slot->rhythm);
        value_set_time(map, "due", slot->due_at);
        value_set_string(map, "why", slot->why);
        value_take_item(list, map);
    }
    return list;
}

static bool
add_kept_out(Value *list, Store *store, const char *newsletter, GError **error)
{
    g_autoptr(GPtrArray) kept_out = store_subscriptions_kept_out(store, newsletter, error);
    for (guint i = 0; kept_out != NULL && i < kept_out->len; i++) {
        const KeptOut *some = kept_out->pdata[i];
        Value *map = value_new_map();
        value_set_string(map, "newsletter", newsletter);
        value_set_string(map, "why",
                         some->suppressed ? "suppressed" : subscription_state_name(some->state));
        value_set_integer(map, "subscriptions", some->count);
        value_take_item(list, map);
    }
    return kept_out != NULL;
}

static Value *
plan_kept_out(const Instance *instance, GError **error)
{
    g_autoptr(Value) list = value_new_list();
    const GPtrArray *newsletters = instance->config->newsletters;
    for (guint i = 0; i < newsletters->len; i++) {
        const NewsletterConfig *newsletter = newsletters->pdata[i];
        if (!add_kept_out(list, instance->store, newsletter->name, error))
            return NULL;
    }
    return g_steal_pointer(&list);
}

Value *
plan_new(Instance *instance, const GPtrArray *silent, GError **error)
{
    g_autoptr(Value) issues = plan_issues(instance, error);
    g_autoptr(Value) kept_out = issues == NULL ? NULL : plan_kept_out(instance, error);
    if (kept_out == NULL)
        return NULL;
    Value *plan = value_new_map();
    value_take(plan, "issues", g_steal_pointer(&issues));
    value_take(plan, "silent", plan_silent(silent));
    value_take(plan, "kept_out", g_steal_pointer(&kept_out));
    return plan;
}
