/* subscriber_show.c - the commands that show people. */
#include "cli/subscriber-internal.h"

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "cli/bounces-internal.h"
#include "cli/print.h"
#include "store/answers.h"
#include "store/bounces.h"
#include "store/comments.h"
#include "store/consents.h"
#include "store/history.h"
#include "store/people.h"
#include "store/requests.h"
#include "store/suppressions.h"

#define PAGE_SIZE 1000

static Value *
names_to_value(const GPtrArray *names)
{
    Value *list = value_new_list();
    for (guint i = 0; i < names->len; i++)
        value_take_item(list, value_new_string(names->pdata[i]));
    return list;
}

/* JSON from the store, or a null. */
static Value *
attributes_to_value(const char *attributes)
{
    if (attributes == NULL)
        return value_new_null();
    g_autoptr(GBytes) bytes = g_bytes_new(attributes, strlen(attributes));
    Value *map = json_parse(bytes, NULL);
    return map != NULL ? map : value_new_null();
}

static Value *
follows_to_value(const GPtrArray *follows)
{
    Value *list = value_new_list();
    for (guint i = 0; follows != NULL && i < follows->len; i++) {
        const Follow *follow = follows->pdata[i];
        g_autofree char *text =
            g_strdup_printf("%u %s: %s", i + 1, strictness_name(follow->strictness), follow->words);
        value_take_item(list, value_new_string(text));
    }
    return list;
}

Value *
subscription_to_value(const Subscription *subscription)
{
    const Choice *choice = subscription->choice;
    g_autofree char *rhythm = rhythm_text(&choice->rhythm);
    Value *map = value_new_map();
    value_set_string(map, "address", address_text(choice->address));
    value_set_string(map, "name", choice->name);
    value_set_string(map, "newsletter", subscription->newsletter);
    value_set_string(map, "state", subscription_state_name(subscription->state));
    value_set_string(map, "origin", subscription_origin_name(subscription->origin));
    value_set_string(map, "rhythm", rhythm);
    value_take(map, "topics", names_to_value(choice->topics));
    value_take(map, "without", names_to_value(choice->without));
    value_set_string(map, "filter", choice->filter);
    value_set_string(map, "language", choice->language);
    value_set_string(map, "format", choice->format == FORMAT_TEXT ? "text" : "html");
    value_set_integer(map, "max_articles", choice->max_articles);
    value_take(map, "follows", follows_to_value(subscription->follows));
    value_take(map, "attributes", attributes_to_value(choice->attributes));
    if (subscription->paused_until != 0)
        value_set_time(map, "paused_until", subscription->paused_until);
    value_set_time(map, "created", subscription->created);
    return map;
}

/* Lists */

static const Column columns[] = {
    { "ADDRESS", "address", 0 }, { "NEWSLETTER", "newsletter", 0 }, { "STATE", "state", 0 },
    { "RHYTHM", "rhythm", 0 },   { "TOPICS", "topics", 40 },        { NULL },
};

/* Page by page: a million people take the memory of a thousand. */
static bool
print_subscriptions(Instance *instance, SubscriptionQuery *query, int64_t limit, bool json,
                    GError **error)
{
    ListPrinter printer = { .json = json, .columns = columns };
    int64_t left = limit > 0 ? limit : INT64_MAX;
    while (left > 0) {
        query->limit = (int)MIN(left, PAGE_SIZE);
        g_autoptr(GPtrArray) page = store_subscriptions_list(instance->store, query, error);
        if (page == NULL)
            return false;
        g_autoptr(Value) list = value_new_list();
        for (guint i = 0; i < page->len; i++)
            value_take_item(list, subscription_to_value(page->pdata[i]));
        list_printer_print(&printer, list);
        if (page->len < PAGE_SIZE)
            break;
        left -= page->len;
        query->after_id = ((Subscription *)page->pdata[page->len - 1])->id;
    }
    list_printer_end(&printer);
    return true;
}

static bool
subscriber_list(const Invocation *invocation, GError **error)
{
    SubscriptionQuery query = { .newsletter = invocation_option(invocation, "--newsletter"),
                                .match = invocation_option(invocation, "--match"),
                                .topic = invocation_option(invocation, "--topic"),
                                .state = -1 };
    const char *name = invocation_option(invocation, "--state");
    SubscriptionState state;
    int64_t limit;
    if (!invocation_number(invocation, "--limit", 0, G_MAXINT64, 0, &limit, error))
        return false;
    if (name != NULL && !subscription_state_find(name, &state))
        return usage_error(error, "no state of a subscription:", name, NULL);
    if (name != NULL)
        query.state = (int)state;
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_READ, error);
    if (instance == NULL || (query.newsletter != NULL &&
                             instance_newsletter(instance, query.newsletter, error) == NULL))
        return false;
    return print_subscriptions(instance, &query, limit, invocation->global->json, error);
}

/* One person */

/* What the declaration ID was; a null when there is none. */
static bool
consent_to_value(Instance *instance, int64_t id, Value **value, GError **error)
{
    g_autoptr(Consent) consent = NULL;
    *value = NULL;
    if (id != 0 && !store_consent_find(instance->store, id, &consent, error))
        return false;
    if (consent == NULL) {
        *value = value_new_null();
        return true;
    }
    Value *map = value_new_map();
    value_set_string(map, "basis", consent_basis_name(consent->basis));
    value_set_time(map, "at", consent->at);
    value_set_string(map, "way", consent->way);
    value_set_string(map, "page", consent->page);
    value_set_string(map, "peer", consent->peer);
    value_set_string(map, "version", consent->version);
    value_set_string(map, "wording", consent->wording);
    *value = map;
    return true;
}

static Value *
history_to_value(Instance *instance, int64_t subscription, GError **error)
{
    g_autoptr(GPtrArray) records = store_subscription_history(instance->store, subscription, error);
    if (records == NULL)
        return NULL;
    g_autoptr(Value) history = value_new_list();
    for (guint i = 0; i < records->len; i++) {
        const SubscriptionRecord *record = records->pdata[i];
        Value *consent;
        if (!consent_to_value(instance, record->consent, &consent, error))
            return NULL;
        Value *event = value_new_map();
        value_set_time(event, "at", record->at);
        value_set_string(event, "what", record->kind);
        value_set_string(event, "way", record->way);
        value_set_string(event, "reason", record->reason);
        value_take(event, "consent", consent);
        value_take_item(history, event);
    }
    return g_steal_pointer(&history);
}

/* Of a subscription to the comments of an article, the article. */
static bool
put_article(Value *map, Instance *instance, const Subscription *subscription, GError **error)
{
    g_autoptr(Comments) comments = NULL;
    if (!store_comments_find(instance->store, subscription->newsletter, &comments, error))
        return false;
    if (comments != NULL)
        value_set_string(map, "comments_on", comments->title);
    return true;
}

/* SUBSCRIPTIONS with what happened to each. */
static Value *
subscriptions_to_value(Instance *instance, const GPtrArray *subscriptions, GError **error)
{
    g_autoptr(Value) list = value_new_list();
    for (guint i = 0; i < subscriptions->len; i++) {
        const Subscription *subscription = subscriptions->pdata[i];
        Value *history = history_to_value(instance, subscription->id, error);
        if (history == NULL)
            return NULL;
        Value *map = subscription_to_value(subscription);
        value_take_item(list, map);
        value_take(map, "history", history);
        if (!put_article(map, instance, subscription, error))
            return NULL;
    }
    return g_steal_pointer(&list);
}

static bool
subscriber_show(const Invocation *invocation, GError **error)
{
    static const Column history_columns[] = {
        { "AT", "at", 0 }, { "WHAT", "what", 0 }, { "WAY", "way", 0 }, { "REASON", "reason", 60 },
        { NULL },
    };
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_READ, error);
    if (instance == NULL)
        return false;
    g_autoptr(GPtrArray) subscriptions = subscriptions_of(instance, invocation, true, error);
    if (subscriptions == NULL)
        return false;
    g_autoptr(Value) list = subscriptions_to_value(instance, subscriptions, error);
    if (list == NULL)
        return false;
    if (invocation->global->json) {
        print_json(list);
        return true;
    }
    for (size_t i = 0; i < value_length(list); i++) {
        const Value *map = value_item(list, i);
        print_map(false, map);
        print_list(false, value_find(map, "history"), history_columns);
    }
    return true;
}

/* All that is stored */

static Value *
mails_to_value(Instance *instance, const char *key, GError **error)
{
    const DeliveryQuery query = { .state = -1, .address_key = key };
    g_autoptr(GPtrArray) records = history_list(instance->store, &query, error);
    if (records == NULL)
        return NULL;
    Value *list = value_new_list();
    for (guint i = 0; i < records->len; i++) {
        const DeliveryRecord *record = records->pdata[i];
        Value *map = value_new_map();
        value_set_string(map, "newsletter", record->newsletter);
        value_set_integer(map, "number", record->number);
        value_set_string(map, "state", delivery_state_name(record->delivery.state));
        value_set_time(map, "at", record->delivery.at);
        value_set_string(map, "note", record->delivery.note);
        value_take_item(list, map);
    }
    return list;
}

/* What came back from the address, which all its SUBSCRIPTIONS have in common. */
static Value *
bounces_of(Instance *instance, const GPtrArray *subscriptions, GError **error)
{
    if (subscriptions->len == 0)
        return value_new_list();
    const Subscription *first = subscriptions->pdata[0];
    g_autoptr(GPtrArray) bounces = store_bounces_list(instance->store, first->id, 0, error);
    return bounces != NULL ? bounces_to_value(bounces) : NULL;
}

/* What they have asked for and not confirmed yet. */
static Value *
requests_to_value(Instance *instance, const GPtrArray *subscriptions, GError **error)
{
    g_autoptr(Value) list = value_new_list();
    for (guint i = 0; i < subscriptions->len; i++) {
        const Subscription *subscription = subscriptions->pdata[i];
        g_autoptr(Request) request = NULL;
        if (!store_request_of(instance->store, subscription->id, &request, error))
            return NULL;
        if (request == NULL)
            continue;
        Value *map = value_new_map();
        value_set_string(map, "newsletter", subscription->newsletter);
        value_set_string(map, "what", request->kind == REQUEST_ADDRESS ? "address" : "sign-up");
        value_set_string(map, "new_address", request->address);
        value_set_time(map, "at", request->made_at);
        value_set_integer(map, "mails", request->mails);
        value_take_item(list, map);
    }
    return g_steal_pointer(&list);
}

/* What is owed, or was sent, for mails that they wrote. */
static Value *
answers_to_value(Instance *instance, const GPtrArray *subscriptions, GError **error)
{
    g_autoptr(Value) list = value_new_list();
    for (guint i = 0; i < subscriptions->len; i++) {
        const Subscription *subscription = subscriptions->pdata[i];
        g_autoptr(Answer) answer = NULL;
        if (!store_answer_of(instance->store, subscription->id, &answer, error))
            return NULL;
        if (answer == NULL)
            continue;
        Value *map = value_new_map();
        value_set_string(map, "newsletter", subscription->newsletter);
        value_set_string(map, "about", answer->about);
        value_set_time(map, "at", answer->made_at);
        value_set_time(map, "mailed_at", answer->mailed_at);
        value_take_item(list, map);
    }
    return g_steal_pointer(&list);
}

/* Adds to LIST, of SUBSCRIPTIONS, the articles that wait for them. */
static bool
put_waiting(Value *list, Instance *instance, const GPtrArray *subscriptions, GError **error)
{
    for (guint i = 0; i < subscriptions->len; i++) {
        const Subscription *subscription = subscriptions->pdata[i];
        g_autoptr(GPtrArray) titles =
            store_subscription_waiting(instance->store, subscription->id, error);
        if (titles == NULL)
            return false;
        value_take(value_item(list, i), "waiting", names_to_value(titles));
    }
    return true;
}

/* Whether the address gets nothing, and why and since when. */
static bool
put_suppression(Value *map, Instance *instance, const char *key, GError **error)
{
    g_autoptr(Suppression) suppression = NULL;
    if (!store_suppression_find(instance->store, key, &suppression, error))
        return false;
    Value *value = value_new_null();
    if (suppression != NULL) {
        value_unref(value);
        value = value_new_map();
        value_set_time(value, "since", suppression->at);
        value_set_string(value, "reason", suppression->reason);
    }
    value_set_bool(map, "suppressed", suppression != NULL);
    value_take(map, "suppression", value);
    return true;
}

/* What a person may ask for (GDPR, art. 15 and 20): always JSON, which other programs read too. */
static bool
subscriber_data(const Invocation *invocation, GError **error)
{
    g_autoptr(Address) address = address_parse(invocation_word(invocation, 0), error);
    if (address == NULL)
        return false;
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_READ, error);
    if (instance == NULL)
        return false;
    const char *key = address_key(address);
    const SubscriptionQuery query = { .address_key = key, .state = -1, .with_removed = true };
    g_autoptr(GPtrArray) subscriptions = store_subscriptions_list(instance->store, &query, error);
    if (subscriptions == NULL)
        return false;
    g_autoptr(Value) map = value_new_map();
    value_set_string(map, "address", address_text(address));
    if (!put_suppression(map, instance, key, error))
        return false;
    g_autoptr(Value) list = subscriptions_to_value(instance, subscriptions, error);
    if (list == NULL || !put_waiting(list, instance, subscriptions, error))
        return false;
    g_autoptr(Value) mails = mails_to_value(instance, key, error);
    g_autoptr(Value) bounces = mails == NULL ? NULL : bounces_of(instance, subscriptions, error);
    g_autoptr(Value) requests =
        bounces == NULL ? NULL : requests_to_value(instance, subscriptions, error);
    g_autoptr(Value) answers =
        requests == NULL ? NULL : answers_to_value(instance, subscriptions, error);
    if (answers == NULL)
        return false;
    value_take(map, "subscriptions", g_steal_pointer(&list));
    value_take(map, "mails", g_steal_pointer(&mails));
    value_take(map, "bounces", g_steal_pointer(&bounces));
    value_take(map, "requests", g_steal_pointer(&requests));
    value_take(map, "answers", g_steal_pointer(&answers));
    print_json(map);
    return true;
}

static const CommandOption list_options[] = {
    NEWSLETTER_OPTION("of this newsletter"),
    { "--state", 0, "STATE", "pending, active, paused, suspended, unsubscribed or forgotten" },
    { "--topic", 0, "NAME", "who chose this topic" },
    { "--match", 0, "TEXT", "whose address has this in it" },
    { "--limit", 0, "N", "at most so many" },
    { NULL },
};

static const CommandOption one_options[] = {
    NEWSLETTER_OPTION("only of this newsletter; else of all they are in"),
    { NULL },
};

const Command subscriber_show_commands[] = {
    { "subscriber list", "", 0, 0, "list subscriptions", list_options, subscriber_list },
    { "subscriber show", "ADDRESS", 1, 1, "show a person's subscriptions and their history",
      one_options, subscriber_show },
    { "subscriber data", "ADDRESS", 1, 1, "print all that is stored about a person, as JSON", NULL,
      subscriber_data },
    { NULL },
};
