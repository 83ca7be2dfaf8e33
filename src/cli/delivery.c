#include "cli/command.h"

#include "base/error.h"
#include "cli/print.h"
#include "mail/address.h"
#include "store/ledger.h"

#define LIMIT_DEFAULT 100

static Value *
record_to_value(const DeliveryRecord *record)
{
    const Delivery *delivery = &record->delivery;
    Value *map = value_new_map();
    value_set_integer(map, "issue", delivery->issue);
    value_set_string(map, "newsletter", record->newsletter);
    value_set_integer(map, "number", record->number);
    value_set_string(map, "address", record->address);
    value_set_string(map, "state", delivery_state_name(delivery->state));
    value_set_time(map, "at", delivery->at);
    value_set_integer(map, "attempt", delivery->attempt);
    value_set_time(map, "next", delivery->next_at);
    value_take(map, "code",
               delivery->code != 0 ? value_new_integer(delivery->code) : value_new_null());
    value_set_string(map, "status", delivery->status);
    value_set_string(map, "note", delivery->note);
    return map;
}

static bool
delivery_list(const Invocation *invocation, GError **error)
{
    static const Column columns[] = {
        { "AT", "at", 0 },
        { "ISSUE", "issue", 0 },
        { "ADDRESS", "address", 0 },
        { "STATE", "state", 0 },
        { "CODE", "code", 0 },
        { "NOTE", "note", 60 },
        { NULL },
    };
    int64_t limit, issue;
    if (!invocation_number(invocation, "--limit", 0, G_MAXINT32, LIMIT_DEFAULT, &limit, error) ||
        !invocation_number(invocation, "--issue", 1, G_MAXINT64, 0, &issue, error))
        return false;
    const char *name = invocation_option(invocation, "--state");
    const char *person = invocation_option(invocation, "--address");
    DeliveryState state;
    if (name != NULL && !delivery_state_find(name, &state)) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_USAGE, "\"%s\" is no state of a delivery",
                    name);
        return false;
    }
    g_autoptr(Address) address = person != NULL ? address_parse(person, error) : NULL;
    if (person != NULL && address == NULL)
        return false;
    const DeliveryQuery query = {
        .issue = issue,
        .state = name != NULL ? (int)state : -1,
        .address_key = address != NULL ? address_key(address) : NULL,
        .limit = (int)limit,
    };
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_READ, error);
    if (instance == NULL)
        return false;
    g_autoptr(GPtrArray) records = ledger_list(instance->store, &query, error);
    if (records == NULL)
        return false;
    g_autoptr(Value) list = value_new_list();
    for (guint i = 0; i < records->len; i++)
        value_take_item(list, record_to_value(records->pdata[i]));
    print_list(invocation->global->json, list, columns);
    return true;
}

static const CommandOption list_options[] = {
    { "--issue", 0, "ISSUE", "of this issue" },
    { "--state", 0, "STATE", "sent, deferred, refused, dropped, held or uncertain" },
    { "--address", 0, "ADDRESS", "to this person" },
    { "--limit", 0, "N", "at most N, the newest; 0 is all (100)" },
    { NULL },
};

const Command delivery_commands[] = {
    { "delivery list", "", 0, 0, "list who got what, when, and what the server said", list_options,
      delivery_list },
    { NULL },
};
