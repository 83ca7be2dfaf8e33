#include "cli/command.h"

#include <stdio.h>
#include "base/error.h"
#include "cli/desk.h"
#include "cli/print.h"
#include "jobs/explain.h"
#include "jobs/sync.h"
#include "mail/address.h"

static bool
explain_command(const Invocation *invocation, GError **error)
{
    static const Column columns[] = {
        { "RULE", "rule", 0 },
        { "VERDICT", "verdict", 0 },
        { "WHY", "why", 0 },
        { NULL },
    };
    int64_t seq;
    g_autoptr(Address) address = address_parse(invocation_word(invocation, 1), error);
    if (address == NULL)
        return false;
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_DRY_RUN, error);
    if (instance == NULL)
        return false;
    const NewsletterConfig *newsletter =
        instance_newsletter(instance, invocation_option(invocation, "--newsletter"), error);
    if (newsletter == NULL || !instance_sync(instance, error) ||
        !article_named(instance->store, invocation_word(invocation, 0), &seq, error))
        return false;
    g_autoptr(GPtrArray) steps = explain(instance, newsletter, seq, address_key(address), error);
    if (steps == NULL)
        return false;
    g_autoptr(Value) list = value_new_list();
    for (guint i = 0; i < steps->len; i++) {
        const ExplainStep *step = steps->pdata[i];
        Value *map = value_new_map();
        value_set_string(map, "rule", step->rule);
        value_set_string(map, "verdict", explain_verdict_name(step->verdict));
        value_set_string(map, "why", step->text);
        value_take_item(list, map);
    }
    print_list(invocation->global->json, list, columns);
    return true;
}

static const CommandOption options[] = {
    { "--newsletter", 0, "NAME", "of which newsletter; needed when there are several" },
    { NULL },
};

const Command explain_commands[] = {
    { "explain", "ARTICLE ADDRESS", 2, 2,
      "show why a person gets an article, or does not: a line for each rule", options,
      explain_command },
    { NULL },
};
