#include "cli/command.h"

#include "base/error.h"
#include "cli/print.h"
#include "jobs/suppress.h"
#include "mail/address.h"
#include "store/suppressions.h"

static bool
suppression_list(const Invocation *invocation, GError **error)
{
    static const Column columns[] = {
        { "ADDRESS", "address", 0 }, { "SINCE", "at", 0 }, { "REASON", "reason", 60 }, { NULL }
    };
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_READ, error);
    g_autoptr(GPtrArray) entries =
        instance == NULL ? NULL : store_suppressions_list(instance->store, error);
    if (entries == NULL)
        return false;
    g_autoptr(Value) list = value_new_list();
    for (guint i = 0; i < entries->len; i++) {
        const Suppression *entry = entries->pdata[i];
        Value *map = value_new_map();
        value_set_string(map, "address", entry->address_key);
        value_set_time(map, "at", entry->at);
        value_set_string(map, "reason", entry->reason);
        value_take_item(list, map);
    }
    print_list(invocation->global->json, list, columns);
    return true;
}

/* The key that a word means: an address, or the hash of one as "list" shows it. */
static char *
key_of(const char *word, GError **error)
{
    if (word[0] == '#')
        return g_strdup(word);
    g_autoptr(Address) address = address_parse(word, error);
    return address != NULL ? g_strdup(address_key(address)) : NULL;
}

static bool
suppression_add(const Invocation *invocation, GError **error)
{
    g_autofree char *key = key_of(invocation_word(invocation, 0), error);
    g_autofree char *reason = invocation_line(invocation, "--reason");
    if (key == NULL)
        return false;
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_CHANGE, error);
    if (instance == NULL ||
        !store_suppression_add(instance->store, key, reason != NULL ? reason : "by the operator",
                               clock_now(instance->clock), error) ||
        !suppressions_mirror(instance, error))
        return false;
    log_info(instance->log, "suppressed: %s gets nothing any more, whatever a list says", key);
    return true;
}

static bool
suppression_remove(const Invocation *invocation, GError **error)
{
    const char *word = invocation_word(invocation, 0);
    bool found = false;
    g_autofree char *key = key_of(word, error);
    if (key == NULL)
        return false;
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_CHANGE, error);
    if (instance == NULL || !store_suppression_remove(instance->store, key, &found, error) ||
        !suppressions_mirror(instance, error))
        return false;
    if (!found)
        return usage_error(error, "nobody is suppressed as", word, NULL);
    log_info(instance->log, "%s may be written to again", key);
    return true;
}

static const CommandOption add_options[] = {
    { "--reason", 0, "TEXT", "why; shown in the list" },
    { NULL },
};

const Command suppression_commands[] = {
    { "suppression list", "", 0, 0, "list who gets nothing, whatever a list says", NULL,
      suppression_list },
    { "suppression add", "ADDRESS", 1, 1, "never write to this address", add_options,
      suppression_add },
    { "suppression remove", "ADDRESS", 1, 1, "allow writing to it again", NULL,
      suppression_remove },
    { NULL },
};
