#include "cli/command.h"

#include "base/error.h"
#include "cli/bounces-internal.h"
#include "cli/print.h"
#include "jobs/edition.h"
#include "mail/address.h"
#include "store/bounces.h"
#include "store/history.h"
#include "store/issues.h"

#define LIMIT_DEFAULT 100

/* What came back of it later. */
static Value *
bounces_of(Instance *instance, const Delivery *delivery, GError **error)
{
    g_autoptr(GPtrArray) bounces =
        store_bounces_find(instance->store, delivery->issue, delivery->subscription, error);
    if (bounces == NULL)
        return NULL;
    return bounces_to_value(bounces);
}

static Value *
record_to_value(Instance *instance, const DeliveryRecord *record, GError **error)
{
    const Delivery *delivery = &record->delivery;
    g_autoptr(Value) bounces = bounces_of(instance, delivery, error);
    if (bounces == NULL)
        return NULL;
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
    value_take(map, "bounces", g_steal_pointer(&bounces));
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
    const char *given = invocation_option(invocation, "--domain");
    g_autofree char *domain = given != NULL ? g_ascii_strdown(given, -1) : NULL;
    const DeliveryQuery query = {
        .issue = issue,
        .state = name != NULL ? (int)state : -1,
        .address_key = address != NULL ? address_key(address) : NULL,
        .domain = domain,
        .limit = (int)limit,
    };
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_READ, error);
    if (instance == NULL)
        return false;
    g_autoptr(GPtrArray) records = history_list(instance->store, &query, error);
    if (records == NULL)
        return false;
    g_autoptr(Value) list = value_new_list();
    for (guint i = 0; i < records->len; i++) {
        Value *record = record_to_value(instance, records->pdata[i], error);
        if (record == NULL)
            return false;
        value_take_item(list, record);
    }
    print_list(invocation->global->json, list, columns);
    return true;
}

/* The one delivery of ISSUE to KEY, or NULL. */
static const DeliveryRecord *
only_record(const GPtrArray *records, int64_t issue, const char *person, GError **error)
{
    if (records->len > 0)
        return records->pdata[0];
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                "there is no delivery of issue %" G_GINT64_FORMAT " to \"%s\"", issue, person);
    return NULL;
}

static bool
delivery_show(const Invocation *invocation, GError **error)
{
    static const Column bounce_columns[] = {
        { "CAME BACK", "at", 0 },
        { "GROUP", "group", 0 },
        { "STATUS", "status", 0 },
        { "DIAGNOSTIC", "diagnostic", 60 },
        { NULL },
    };
    const char *person = invocation_word(invocation, 1);
    int64_t issue;
    if (!invocation_issue(invocation, &issue, error))
        return false;
    g_autoptr(Address) address = address_parse(person, error);
    if (address == NULL)
        return false;
    const DeliveryQuery query = {
        .issue = issue, .state = -1, .address_key = address_key(address), .limit = 1
    };
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_READ, error);
    if (instance == NULL)
        return false;
    g_autoptr(GPtrArray) records = history_list(instance->store, &query, error);
    if (records == NULL)
        return false;
    const DeliveryRecord *record = only_record(records, issue, person, error);
    if (record == NULL)
        return false;
    g_autoptr(Issue) found = NULL;
    if (!store_issue_find(instance->store, issue, &found, error))
        return false;
    g_autoptr(Edition) edition = edition_open(instance, found, error);
    if (edition == NULL)
        return false;
    g_autofree char *id = edition_message_id(edition, record->reference);
    g_autoptr(Value) map = record_to_value(instance, record, error);
    if (map == NULL)
        return false;
    value_set_time(map, "first", record->delivery.first_at);
    value_set_string(map, "message_id", id);
    print_map(invocation->global->json, map);
    if (!invocation->global->json)
        print_list(false, value_find(map, "bounces"), bounce_columns);
    return true;
}

static const CommandOption list_options[] = {
    { "--issue", 0, "ISSUE", "of this issue" },
    { "--state", 0, "STATE", "sent, deferred, refused, dropped, held or uncertain" },
    { "--address", 0, "ADDRESS", "to this person" },
    { "--domain", 0, "DOMAIN", "to people of this mail domain" },
    { "--limit", 0, "N", "at most N, the newest; 0 is all (100)" },
    { NULL },
};

const Command delivery_commands[] = {
    { "delivery list", "", 0, 0, "list who got what, when, and what the server said", list_options,
      delivery_list },
    { "delivery show", "ISSUE ADDRESS", 2, 2,
      "show one mail: its state, its Message-ID, the server's words", NULL, delivery_show },
    { NULL },
};
