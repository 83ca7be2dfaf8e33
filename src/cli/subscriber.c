/* subscriber.c - the commands that change one person. */
#include "cli/subscriber-internal.h"

#include <string.h>
#include "base/error.h"
#include "base/text.h"
#include "jobs/choices.h"
#include "jobs/likes.h"
#include "jobs/newsletter.h"
#include "jobs/suppress.h"
#include "store/consents.h"
#include "store/people.h"

GPtrArray *
subscriptions_of(Instance *instance, const Invocation *invocation, bool comments, GError **error)
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
                                      .no_comments = !comments,
                                      .state = -1 };
    g_autoptr(GPtrArray) list = store_subscriptions_list(instance->store, &query, error);
    if (list == NULL || list->len > 0)
        return g_steal_pointer(&list);
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "\"%s\" is no subscriber%s%s", word,
                newsletter != NULL ? " of " : "", newsletter != NULL ? newsletter : "");
    return NULL;
}

Consent *
invocation_consent(const Invocation *invocation, const char *way, const char *page, int64_t now,
                   GError **error)
{
    const char *name = invocation_option(invocation, "--basis");
    g_autofree char *wording = invocation_line(invocation, "--consent");
    ConsentBasis basis;
    if (name == NULL || wording == NULL || *wording == '\0') {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_USAGE,
                    "say why these people may be written to: --basis consent (or customer) and "
                    "--consent \"what they declared, when and where\"; it is kept as proof");
        return NULL;
    }
    if (!consent_basis_find(name, &basis)) {
        usage_error(error, "--basis must be \"consent\" or \"customer\", not", name, NULL);
        return NULL;
    }
    Consent *consent = g_new0(Consent, 1);
    consent->basis = basis;
    consent->way = g_strdup(way);
    consent->wording = g_steal_pointer(&wording);
    consent->page = g_strdup(page);
    consent->at = now;
    return consent;
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

static bool
freeze_filter(const Instance *instance, Choice *choice, GError **error)
{
    if (choice->filter == NULL)
        return true;
    char *frozen = likes_freeze(instance->store, choice->filter, error);
    if (frozen == NULL)
        return false;
    g_free(choice->filter);
    choice->filter = frozen;
    return true;
}

/* Stores CHOICE, which the options have changed, with what was declared (0: nothing). */
static bool
put_choice(Instance *instance, const NewsletterConfig *newsletter, Choice *choice, int64_t consent,
           GError **error)
{
    g_autoptr(Settings) offer = newsletter_settings(instance->config, newsletter, error);
    if (offer == NULL || !freeze_filter(instance, choice, error) ||
        !choice_settle(choice, newsletter, offer, error))
        return false;
    g_autoptr(GPtrArray) choices = g_ptr_array_new();
    g_autoptr(GPtrArray) doubled = g_ptr_array_new();
    g_autoptr(GByteArray) met = g_byte_array_new();
    const Declared declared = { consent, doubled, met };
    g_ptr_array_add(choices, choice);
    PeopleChange change = { 0 };
    if (!store_subscriptions_declare(instance->store, newsletter->name, choices, ORIGIN_COMMAND,
                                     &declared, clock_now(instance->clock), &change, error))
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

/* Stores what --consent says; *ID is 0 when it says nothing. */
static bool
declare(Instance *instance, const Invocation *invocation, int64_t *id, GError **error)
{
    *id = 0;
    if (invocation_option(invocation, "--basis") == NULL &&
        invocation_option(invocation, "--consent") == NULL)
        return true;
    g_autoptr(Consent) consent =
        invocation_consent(invocation, "command", NULL, clock_now(instance->clock), error);
    if (consent == NULL || !store_consent_add(instance->store, consent, error))
        return false;
    *id = consent->id;
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
    int64_t consent = 0;
    return choice_change(choice, invocation, newsletter, error) &&
           declare(instance, invocation, &consent, error) &&
           put_choice(instance, newsletter, choice, consent, error);
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
    g_autoptr(GPtrArray) subscriptions = subscriptions_of(instance, invocation, false, error);
    for (guint i = 0; subscriptions != NULL && i < subscriptions->len; i++) {
        const Subscription *subscription = subscriptions->pdata[i];
        const NewsletterConfig *newsletter =
            instance_newsletter(instance, subscription->newsletter, error);
        if (newsletter == NULL ||
            !choice_change(subscription->choice, invocation, newsletter, error) ||
            !put_choice(instance, newsletter, subscription->choice, 0, error) ||
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
    g_autoptr(GPtrArray) subscriptions = subscriptions_of(instance, invocation, false, error);
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
    g_autoptr(GPtrArray) subscriptions = subscriptions_of(instance, invocation, false, error);
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

/* Whoever is not on any list may still want to be sure. */
static bool
subscriber_forget(const Invocation *invocation, GError **error)
{
    g_autoptr(Address) address = address_parse(invocation_word(invocation, 0), error);
    if (address == NULL)
        return false;
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_CHANGE, error);
    if (instance == NULL)
        return false;
    guint count = 0;
    if (!store_person_forget(instance->store, address_key(address), "command",
                             clock_now(instance->clock), &count, error) ||
        !suppressions_mirror(instance, error))
        return false;
    log_info(instance->log,
             "forgotten: %u subscriptions; what is kept is a keyed hash of the address, so that no "
             "list brings it back",
             count);
    return true;
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
    CONSENT_OPTIONS,
    { NULL },
};

static const CommandOption set_options[] = {
    NEWSLETTER_OPTION("only of this newsletter; else of all they are in"),
    CHOICE_OPTIONS,
    { "--pause-until", 0, "DATE", "send nothing before this day (in their zone) or time" },
    { "--resume", 0, NULL, "end a pause now" },
    { NULL },
};

static const CommandOption one_options[] = {
    NEWSLETTER_OPTION("only of this newsletter; else of all they are in"),
    { NULL },
};

const Command subscriber_commands[] = {
    { "subscriber add", "ADDRESS", 1, 1, "add a person, or choose everything anew", add_options,
      subscriber_add },
    { "subscriber set", "ADDRESS", 1, 1, "change only what the options name; pause and resume",
      set_options, subscriber_set },
    { "subscriber unsubscribe", "ADDRESS", 1, 1, "end subscriptions, and remember it", one_options,
      subscriber_unsubscribe },
    { "subscriber remove", "ADDRESS", 1, 1, "take subscriptions off the list; they may be put back",
      one_options, subscriber_remove },
    { "subscriber forget", "ADDRESS", 1, 1, "erase all that is known of a person, for good", NULL,
      subscriber_forget },
    { NULL },
};
