#include "cli/command.h"

#include <stdio.h>
#include <string.h>
#include "base/error.h"
#include "cli/print.h"
#include "feed/article.h"
#include "jobs/preview.h"
#include "jobs/sync.h"
#include "mail/address.h"
#include "store/issues.h"

static Value *
issue_to_value(const Issue *issue)
{
    Value *map = value_new_map();
    value_set_integer(map, "id", issue->id);
    value_set_string(map, "newsletter", issue->newsletter);
    value_set_integer(map, "number", issue->number);
    value_set_string(map, "kind", issue_kind_name(issue->kind));
    value_set_string(map, "state", issue_state_name(issue->state));
    value_set_string(map, "rhythm", issue->rhythm);
    value_set_time(map, "due", issue->due_at);
    value_set_time(map, "cut", issue->cut_at);
    return map;
}

static bool
issue_list(const Invocation *invocation, GError **error)
{
    static const Column columns[] = {
        { "ISSUE", "id", 0 },      { "NEWSLETTER", "newsletter", 0 },
        { "NO", "number", 0 },     { "KIND", "kind", 0 },
        { "STATE", "state", 0 },   { "CUT", "cut", 0 },
        { "RHYTHM", "rhythm", 0 }, { NULL },
    };
    const char *newsletter = invocation_option(invocation, "--newsletter");
    bool open_only = invocation_option(invocation, "--open") != NULL;
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_READ, error);
    if (instance == NULL ||
        (newsletter != NULL && instance_newsletter(instance, newsletter, error) == NULL))
        return false;
    g_autoptr(GPtrArray) issues = store_issues_list(instance->store, newsletter, open_only, error);
    if (issues == NULL)
        return false;
    g_autoptr(Value) list = value_new_list();
    for (guint i = 0; i < issues->len; i++)
        value_take_item(list, issue_to_value(issues->pdata[i]));
    print_list(invocation->global->json, list, columns);
    return true;
}

static Issue *
issue_get(Store *store, int64_t id, GError **error)
{
    Issue *issue = NULL;
    if (store_issue_find(store, id, &issue, error) && issue == NULL)
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                    "there is no issue %" G_GINT64_FORMAT, id);
    return issue;
}

static Value *
counts_to_value(const IssueCounts *counts)
{
    Value *map = value_new_map();
    value_set_integer(map, "sent", counts->sent);
    value_set_integer(map, "deferred", counts->deferred);
    value_set_integer(map, "refused", counts->refused);
    value_set_integer(map, "uncertain", counts->uncertain);
    value_set_integer(map, "held", counts->held);
    value_set_integer(map, "dropped", counts->dropped);
    return map;
}

static Value *
articles_to_value(const GPtrArray *articles)
{
    Value *list = value_new_list();
    for (guint i = 0; i < articles->len; i++) {
        const Article *article = articles->pdata[i];
        Value *map = value_new_map();
        value_set_integer(map, "seq", article->seq);
        value_set_string(map, "feed", article->feed);
        value_set_time(map, "published", article->published);
        value_set_string(map, "title", article->title);
        value_set_string(map, "url", article->url);
        value_take_item(list, map);
    }
    return list;
}

static bool
issue_show(const Invocation *invocation, GError **error)
{
    static const Column columns[] = {
        { "SEQ", "seq", 0 },
        { "PUBLISHED", "published", 0 },
        { "FEED", "feed", 0 },
        { "TITLE", "title", 60 },
        { NULL },
    };
    int64_t id;
    if (!invocation_issue(invocation, &id, error))
        return false;
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_READ, error);
    if (instance == NULL)
        return false;
    g_autoptr(Issue) issue = issue_get(instance->store, id, error);
    IssueCounts counts;
    if (issue == NULL || !store_issue_counts(instance->store, id, &counts, error))
        return false;
    g_autoptr(GPtrArray) articles = store_issue_articles(instance->store, id, error);
    if (articles == NULL)
        return false;
    g_autoptr(Value) map = issue_to_value(issue);
    Value *list = articles_to_value(articles);
    value_set_string(map, "settings", issue->settings_hash);
    value_set_string(map, "templates", issue->templates_hash);
    value_take(map, "deliveries", counts_to_value(&counts));
    value_take(map, "articles", list);
    print_map(invocation->global->json, map);
    if (!invocation->global->json)
        print_list(false, list, columns);
    return true;
}

static bool
format_find(const char *name, PreviewFormat *format, GError **error)
{
    const char *const names[] = { "html", "text", "eml" };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (strcmp(name, names[i]) == 0) {
            *format = (PreviewFormat[]){ PREVIEW_HTML, PREVIEW_TEXT, PREVIEW_EML }[i];
            return true;
        }
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_USAGE,
                "--format must be \"html\", \"text\" or \"eml\", not \"%s\"", name);
    return false;
}

/* What goes out next to a person, cut on the dry run's copy. */
static bool
next_issue(const Invocation *invocation, Instance *instance, const char *key, int64_t *id,
           GError **error)
{
    const NewsletterConfig *newsletter =
        instance_newsletter(instance, invocation_option(invocation, "--newsletter"), error);
    return newsletter != NULL && instance_sync(instance, error) &&
           preview_next(instance, newsletter, key, id, error);
}

static bool
issue_preview(const Invocation *invocation, GError **error)
{
    const char *person = invocation_option(invocation, "--as");
    const char *name = invocation_option(invocation, "--format");
    PreviewFormat format = PREVIEW_TEXT;
    int64_t id;
    bool is_nobody = invocation_option(invocation, "--nobody") != NULL;
    if ((person == NULL) != is_nobody) {
        g_set_error_literal(error, DEPESCHE_ERROR, DEPESCHE_ERROR_USAGE,
                            "a preview needs either --as ADDRESS or --nobody: whose mail is it?");
        return false;
    }
    if ((name != NULL && !format_find(name, &format, error)) ||
        !invocation_issue(invocation, &id, error))
        return false;
    g_autoptr(Address) address = is_nobody ? NULL : address_parse(person, error);
    if (address == NULL && !is_nobody)
        return false;
    const char *key = is_nobody ? NULL : address_key(address);
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_DRY_RUN, error);
    if (instance == NULL)
        return false;
    if (id == 0 && !next_issue(invocation, instance, key, &id, error))
        return false;
    g_autoptr(GString) out = g_string_new(NULL);
    bool empty = false;
    if (!preview(instance, id, key, format, out, &empty, error))
        return false;
    if (empty)
        log_info(instance->log, "%s gets no mail: nothing in it for them",
                 is_nobody ? "nobody" : person);
    fwrite(out->str, 1, out->len, stdout);
    return true;
}

/* Takes effect in a sending that is under way, too. */
static bool
change(const Invocation *invocation, IssueState state, GError **error)
{
    int64_t id;
    bool changed = false;
    if (!invocation_issue(invocation, &id, error))
        return false;
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_CHANGE, error);
    if (instance == NULL)
        return false;
    g_autoptr(Issue) issue = issue_get(instance->store, id, error);
    if (issue == NULL || !store_issue_change(instance->store, id, state, clock_now(instance->clock),
                                             &changed, error))
        return false;
    if (!changed) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "issue %" G_GINT64_FORMAT " is %s",
                    id, issue_state_name(issue->state));
        return false;
    }
    log_info(instance->log, "issue %" G_GINT64_FORMAT " is %s", id, issue_state_name(state));
    return true;
}

static bool
issue_pause(const Invocation *invocation, GError **error)
{
    return change(invocation, ISSUE_PAUSED, error);
}

static bool
issue_resume(const Invocation *invocation, GError **error)
{
    return change(invocation, ISSUE_OPEN, error);
}

static bool
issue_cancel(const Invocation *invocation, GError **error)
{
    return change(invocation, ISSUE_CANCELLED, error);
}

static const CommandOption list_options[] = {
    { "--newsletter", 0, "NAME", "of this newsletter" },
    { "--open", 0, NULL, "only what is not finished" },
    { NULL },
};

static const CommandOption preview_options[] = {
    { "--as", 0, "ADDRESS", "whose mail to show" },
    { "--nobody", 0, NULL, "instead: as somebody would get it who chose nothing" },
    { "--format", 0, "FORMAT", "text, html or eml (the whole message) (text)" },
    { "--newsletter", 0, "NAME", "without ISSUE: of which one; needed when there are several" },
    { NULL },
};

const Command issue_commands[] = {
    { "issue list", "", 0, 0, "list the issues, oldest first", list_options, issue_list },
    { "issue show", "ISSUE", 1, 1, "show an issue, its articles and what came of it", NULL,
      issue_show },
    { "issue preview", "[ISSUE]", 0, 1,
      "show exactly what goes out to a person; without ISSUE what would go out now",
      preview_options, issue_preview },
    { "issue pause", "ISSUE", 1, 1, "stop sending an issue, within a second; the rest waits", NULL,
      issue_pause },
    { "issue resume", "ISSUE", 1, 1, "let a paused issue go on with the next run", NULL,
      issue_resume },
    { "issue cancel", "ISSUE", 1, 1, "stop sending an issue for good", NULL, issue_cancel },
    { NULL },
};
