#include "cli/command.h"

#include <string.h>
#include "base/error.h"
#include "base/text.h"
#include "cli/print.h"
#include "jobs/choices.h"
#include "store/people.h"
#include "subscriber/roster.h"

/* A million people with all columns. */
#define IMPORT_BYTES_MAX (256u * 1024 * 1024)
#define PAGE_SIZE        1000

static Value *
names_to_value(const GPtrArray *names)
{
    Value *list = value_new_list();
    for (guint i = 0; i < names->len; i++)
        value_take_item(list, value_new_string(names->pdata[i]));
    return list;
}

static Value *
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
    if (subscription->paused_until != 0)
        value_set_time(map, "paused_until", subscription->paused_until);
    value_set_time(map, "created", subscription->created);
    return map;
}

/* The subscriptions of ADDRESS (as it stands on the command line): at least one. */
static GPtrArray *
subscriptions_of(Instance *instance, const Invocation *invocation, GError **error)
{
    const char *word = invocation_word(invocation, 0);
    const char *newsletter = invocation_option(invocation, "--newsletter");
    g_autoptr(Address) address = address_parse(word, error);
    if (address == NULL)
        return NULL;
    if (newsletter != NULL && instance_newsletter(instance, newsletter, error) == NULL)
        return NULL;
    const SubscriptionQuery query = { .newsletter = newsletter,
                                      .address_key = address_key(address),
                                      .state = -1 };
    g_autoptr(GPtrArray) list = store_subscriptions_list(instance->store, &query, error);
    if (list == NULL || list->len > 0)
        return g_steal_pointer(&list);
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "\"%s\" is no subscriber%s%s", word,
                newsletter != NULL ? " of " : "", newsletter != NULL ? newsletter : "");
    return NULL;
}

static const Column columns[] = {
    { "ADDRESS", "address", 0 }, { "NEWSLETTER", "newsletter", 0 }, { "STATE", "state", 0 },
    { "RHYTHM", "rhythm", 0 },   { "TOPICS", "topics", 40 },        { NULL },
};

static bool
subscriber_list(const Invocation *invocation, GError **error)
{
    SubscriptionQuery query = { .newsletter = invocation_option(invocation, "--newsletter"),
                                .state = -1,
                                .limit = PAGE_SIZE };
    const char *name = invocation_option(invocation, "--state");
    SubscriptionState state;
    if (name != NULL && !subscription_state_find(name, &state)) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_USAGE,
                    "\"%s\" is no state of a subscription", name);
        return false;
    }
    if (name != NULL)
        query.state = (int)state;
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_READ, error);
    if (instance == NULL || (query.newsletter != NULL &&
                             instance_newsletter(instance, query.newsletter, error) == NULL))
        return false;
    g_autoptr(Value) list = value_new_list();
    for (;;) {
        g_autoptr(GPtrArray) page = store_subscriptions_list(instance->store, &query, error);
        if (page == NULL)
            return false;
        for (guint i = 0; i < page->len; i++)
            value_take_item(list, subscription_to_value(page->pdata[i]));
        if (page->len < PAGE_SIZE)
            break;
        query.after_id = ((Subscription *)page->pdata[page->len - 1])->id;
    }
    print_list(invocation->global->json, list, columns);
    return true;
}

/* The person with all subscriptions and what happened to each. */
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
    g_autoptr(GPtrArray) subscriptions = subscriptions_of(instance, invocation, error);
    if (subscriptions == NULL)
        return false;
    g_autoptr(Value) list = value_new_list();
    for (guint i = 0; i < subscriptions->len; i++) {
        const Subscription *subscription = subscriptions->pdata[i];
        g_autoptr(GPtrArray) records =
            store_subscription_history(instance->store, subscription->id, error);
        if (records == NULL)
            return false;
        Value *history = value_new_list();
        for (guint j = 0; j < records->len; j++) {
            const SubscriptionRecord *record = records->pdata[j];
            Value *event = value_new_map();
            value_set_time(event, "at", record->at);
            value_set_string(event, "what", record->kind);
            value_set_string(event, "way", record->way);
            value_set_string(event, "reason", record->reason);
            value_take_item(history, event);
        }
        Value *map = subscription_to_value(subscription);
        value_take(map, "history", history);
        value_take_item(list, map);
        if (!invocation->global->json) {
            print_map(false, map);
            print_list(false, history, history_columns);
        }
    }
    if (invocation->global->json)
        print_json(list);
    return true;
}

static int
text_compare(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* NAMES become the topics of a list separated by spaces or commas, each one of NEWSLETTER's. */
static bool
set_topics(GPtrArray *names, const NewsletterConfig *newsletter, const char *text, GError **error)
{
    g_auto(GStrv) words = g_strsplit_set(text, " ,", -1);
    g_ptr_array_set_size(names, 0);
    for (char **word = words; *word != NULL; word++) {
        if (**word == '\0' || g_ptr_array_find_with_equal_func(names, *word, g_str_equal, NULL))
            continue;
        if (!topic_check(newsletter, *word, error))
            return false;
        g_ptr_array_add(names, g_strdup(*word));
    }
    g_ptr_array_sort(names, text_compare);
    return true;
}

static bool
set_format(Choice *choice, const char *format, GError **error)
{
    if (strcmp(format, "html") != 0 && strcmp(format, "text") != 0) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_USAGE,
                    "--format must be \"html\" or \"text\", not \"%s\"", format);
        return false;
    }
    choice->format = strcmp(format, "text") == 0 ? FORMAT_TEXT : FORMAT_BOTH;
    return true;
}

/* An option that is there and empty takes away what was chosen. */
static void
set_line(char **field, const Invocation *invocation, const char *option)
{
    if (invocation_option(invocation, option) == NULL)
        return;
    g_autofree char *line = invocation_line(invocation, option);
    g_free(*field);
    *field = line == NULL || *line == '\0' ? NULL : g_steal_pointer(&line);
}

/* Changes CHOICE to what the options say; what they do not mention stays. */
static bool
choice_change(Choice *choice, const Invocation *invocation, const NewsletterConfig *newsletter,
              GError **error)
{
    const char *topics = invocation_option(invocation, "--topics");
    const char *without = invocation_option(invocation, "--without");
    const char *format = invocation_option(invocation, "--format");
    const Rhythm before = choice->rhythm;
    Rhythm defaults;
    int64_t max_articles;
    if (!newsletter_rhythm(newsletter, &defaults, error) ||
        !rhythm_change(&choice->rhythm, &before, invocation_option(invocation, "--frequency"),
                       invocation_option(invocation, "--day"),
                       invocation_option(invocation, "--hour"),
                       invocation_option(invocation, "--zone"), &defaults, error) ||
        !invocation_number(invocation, "--max-articles", 0, 500, choice->max_articles,
                           &max_articles, error))
        return false;
    choice->max_articles = (int)max_articles;
    set_line(&choice->name, invocation, "--name");
    set_line(&choice->filter, invocation, "--filter");
    set_line(&choice->language, invocation, "--language");
    return (format == NULL || set_format(choice, format, error)) &&
           (topics == NULL || set_topics(choice->topics, newsletter, topics, error)) &&
           (without == NULL || set_topics(choice->without, newsletter, without, error));
}

/* Stores CHOICE, which the options have changed. */
static bool
put_choice(Instance *instance, const NewsletterConfig *newsletter, Choice *choice, GError **error)
{
    g_autoptr(Settings) offer = newsletter_settings(instance->config, newsletter, error);
    if (offer == NULL || !choice_settle(choice, newsletter, offer, error))
        return false;
    g_autoptr(GPtrArray) choices = g_ptr_array_new();
    g_ptr_array_add(choices, choice);
    PeopleChange change = { 0 };
    if (!store_subscriptions_put(instance->store, newsletter->name, choices, ORIGIN_COMMAND,
                                 clock_now(instance->clock), &change, error))
        return false;
    const char *address = address_text(choice->address);
    if (change.kept_out > 0) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                    "\"%s\" has unsubscribed from %s or is suppressed; only they can come back",
                    address, newsletter->name);
        return false;
    }
    log_info(instance->log, "subscriber %s: %s (%s)", address,
             change.added > 0     ? "added"
             : change.changed > 0 ? "changed"
                                  : "unchanged",
             newsletter->name);
    return true;
}

static bool
subscriber_add(const Invocation *invocation, GError **error)
{
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_CHANGE, error);
    if (instance == NULL)
        return false;
    const NewsletterConfig *newsletter =
        instance_newsletter(instance, invocation_option(invocation, "--newsletter"), error);
    Rhythm rhythm;
    g_autoptr(Address) address = address_parse(invocation_word(invocation, 0), error);
    if (newsletter == NULL || address == NULL || !newsletter_rhythm(newsletter, &rhythm, error))
        return false;
    g_autoptr(Choice) choice = choice_new(address, &rhythm);
    return choice_change(choice, invocation, newsletter, error) &&
           put_choice(instance, newsletter, choice, error);
}

/* When --pause-until says that the person is back; 0: they are not to be paused. */
static bool
pause_end(const Invocation *invocation, const Subscription *subscription, int64_t now,
          int64_t *until, GError **error)
{
    const char *text = invocation_option(invocation, "--pause-until");
    *until = 0;
    if (text == NULL)
        return true;
    if (!return_parse(until, text, subscription->choice->rhythm.zone, error))
        return false;
    if (*until > now)
        return true;
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_USAGE, "--pause-until: \"%s\" is over", text);
    return false;
}

static bool
pause_or_resume(Instance *instance, const Invocation *invocation, const Subscription *subscription,
                GError **error)
{
    int64_t now = clock_now(instance->clock);
    const char *address = address_text(subscription->choice->address);
    bool resume = invocation_option(invocation, "--resume") != NULL;
    int64_t until;
    LifecycleOutcome outcome = LIFECYCLE_ALREADY;
    if (!pause_end(invocation, subscription, now, &until, error))
        return false;
    if (until != 0 && !store_subscription_pause(instance->store, subscription->id, until,
                                                WILL_PERSON, "command", now, &outcome, error))
        return false;
    if (resume && !store_subscription_event(instance->store, subscription->id, EVENT_RESUME,
                                            WILL_PERSON, "command", NULL, now, &outcome, error))
        return false;
    if (outcome == LIFECYCLE_REFUSED) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                    "\"%s\" (%s) is %s: that cannot be %s", address, subscription->newsletter,
                    subscription_state_name(subscription->state), resume ? "resumed" : "paused");
        return false;
    }
    if (outcome == LIFECYCLE_CHANGED)
        log_info(instance->log, "subscriber %s: %s (%s)", address, resume ? "resumed" : "paused",
                 subscription->newsletter);
    return true;
}

static bool
subscriber_set(const Invocation *invocation, GError **error)
{
    if (invocation_option(invocation, "--pause-until") != NULL &&
        invocation_option(invocation, "--resume") != NULL) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_USAGE,
                    "--pause-until and --resume exclude each other");
        return false;
    }
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_CHANGE, error);
    if (instance == NULL)
        return false;
    g_autoptr(GPtrArray) subscriptions = subscriptions_of(instance, invocation, error);
    for (guint i = 0; subscriptions != NULL && i < subscriptions->len; i++) {
        const Subscription *subscription = subscriptions->pdata[i];
        const NewsletterConfig *newsletter =
            instance_newsletter(instance, subscription->newsletter, error);
        if (newsletter == NULL ||
            !choice_change(subscription->choice, invocation, newsletter, error) ||
            !put_choice(instance, newsletter, subscription->choice, error) ||
            !pause_or_resume(instance, invocation, subscription, error))
            return false;
        if (subscription->origin == ORIGIN_ROSTER)
            log_warn(instance->log,
                     "subscriber %s: if the roster of %s lists them, the next run undoes this",
                     address_text(subscription->choice->address), subscription->newsletter);
    }
    return subscriptions != NULL;
}

static bool
subscriber_remove(const Invocation *invocation, GError **error)
{
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_CHANGE, error);
    if (instance == NULL)
        return false;
    g_autoptr(GPtrArray) subscriptions = subscriptions_of(instance, invocation, error);
    if (subscriptions == NULL)
        return false;
    for (guint i = 0; i < subscriptions->len; i++) {
        const Subscription *subscription = subscriptions->pdata[i];
        const Address *address = subscription->choice->address;
        bool found;
        if (!store_subscription_remove(instance->store, subscription->newsletter,
                                       address_key(address), clock_now(instance->clock), &found,
                                       error))
            return false;
        log_info(instance->log, "subscriber %s: removed (%s)", address_text(address),
                 subscription->newsletter);
        if (subscription->origin == ORIGIN_ROSTER)
            log_warn(instance->log,
                     "subscriber %s: the roster of %s brings them back with the next run",
                     address_text(address), subscription->newsletter);
    }
    return true;
}

static bool
subscriber_unsubscribe(const Invocation *invocation, GError **error)
{
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_CHANGE, error);
    if (instance == NULL)
        return false;
    g_autoptr(GPtrArray) subscriptions = subscriptions_of(instance, invocation, error);
    if (subscriptions == NULL)
        return false;
    for (guint i = 0; i < subscriptions->len; i++) {
        const Subscription *subscription = subscriptions->pdata[i];
        LifecycleOutcome outcome;
        if (!store_subscription_event(instance->store, subscription->id, EVENT_UNSUBSCRIBE,
                                      WILL_PERSON, "command", NULL, clock_now(instance->clock),
                                      &outcome, error))
            return false;
        log_info(instance->log, "subscriber %s: %s (%s)",
                 address_text(subscription->choice->address),
                 outcome == LIFECYCLE_CHANGED ? "unsubscribed" : "was unsubscribed already",
                 subscription->newsletter);
    }
    return true;
}

static bool
subscriber_import(const Invocation *invocation, GError **error)
{
    const char *file = invocation_word(invocation, 0);
    g_autoptr(GBytes) csv = file_read(file, IMPORT_BYTES_MAX, error);
    if (csv == NULL)
        return false;
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_CHANGE, error);
    if (instance == NULL)
        return false;
    const NewsletterConfig *newsletter =
        instance_newsletter(instance, invocation_option(invocation, "--newsletter"), error);
    Rhythm defaults;
    if (newsletter == NULL || !newsletter_rhythm(newsletter, &defaults, error))
        return false;
    g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) choices = roster_parse_csv(csv, file, &defaults, problems, error);
    if (choices != NULL &&
        !choices_settle(choices, instance->config, newsletter, file, problems, error))
        return false;
    for (guint i = 0; i < problems->len; i++)
        log_warn(instance->log, "%s", (char *)problems->pdata[i]);
    PeopleChange change = { 0 };
    if (choices == NULL ||
        !store_subscriptions_put(instance->store, newsletter->name, choices, ORIGIN_IMPORT,
                                 clock_now(instance->clock), &change, error))
        return false;
    log_info(instance->log,
             "imported into %s: %u added, %u changed, %u unchanged, %u kept out (unsubscribed or "
             "suppressed)",
             newsletter->name, change.added, change.changed, change.unchanged, change.kept_out);
    return true;
}

#define NEWSLETTER_OPTION(help)                                                                    \
    {                                                                                              \
        "--newsletter", 0, "NAME", help                                                            \
    }

#define CHOICE_OPTIONS                                                                             \
    { "--name", 0, "TEXT", "what the mail calls them" },                                           \
        { "--topics", 0, "NAMES", "topics, separated by spaces; none is every article" },          \
        { "--without", 0, "NAMES", "topics that they want nothing of" },                           \
        { "--filter", 0, "TEXT", "narrows what the topics select" },                               \
        { "--frequency", 0, "WORD", "each, hourly, daily, weekdays, weekly or monthly" },          \
        { "--day", 0, "DAY", "mon … sun, of a weekly one" },                                       \
        { "--hour", 0, "HH:MM", "from when on it is sent" },                                       \
        { "--zone", 0, "ZONE", "in which the hour is meant: Europe/Berlin" },                      \
        { "--language", 0, "CODE", "of dates and words around the articles: de, en" },             \
        { "--format", 0, "FORMAT", "html (with a text part) or text" },                            \
    {                                                                                              \
        "--max-articles", 0, "N", "in one digest; 0: what the newsletter has"                      \
    }

static const CommandOption add_options[] = {
    NEWSLETTER_OPTION("to this newsletter; needed when there are several"),
    CHOICE_OPTIONS,
    { NULL },
};

static const CommandOption set_options[] = {
    NEWSLETTER_OPTION("only of this newsletter; else of all they are in"),
    CHOICE_OPTIONS,
    { "--pause-until", 0, "DATE", "send nothing before this day (in their zone) or time" },
    { "--resume", 0, NULL, "end a pause now" },
    { NULL },
};

static const CommandOption list_options[] = {
    NEWSLETTER_OPTION("of this newsletter"),
    { "--state", 0, "STATE", "pending, active, paused, suspended, unsubscribed or forgotten" },
    { NULL },
};

static const CommandOption one_options[] = {
    NEWSLETTER_OPTION("only of this newsletter; else of all they are in"),
    { NULL },
};

static const CommandOption import_options[] = {
    NEWSLETTER_OPTION("into this newsletter; needed when there are several"),
    { NULL },
};

const Command subscriber_commands[] = {
    { "subscriber add", "ADDRESS", 1, 1, "add a person, or choose everything anew", add_options,
      subscriber_add },
    { "subscriber set", "ADDRESS", 1, 1, "change only what the options name; pause and resume",
      set_options, subscriber_set },
    { "subscriber list", "", 0, 0, "list subscriptions", list_options, subscriber_list },
    { "subscriber show", "ADDRESS", 1, 1, "show a person's subscriptions and their history",
      one_options, subscriber_show },
    { "subscriber unsubscribe", "ADDRESS", 1, 1, "end subscriptions, and remember it", one_options,
      subscriber_unsubscribe },
    { "subscriber remove", "ADDRESS", 1, 1, "take subscriptions off the list; they may be put back",
      one_options, subscriber_remove },
    { "subscriber import", "FILE|-", 1, 1, "add people from a CSV file", import_options,
      subscriber_import },
    { NULL },
};
