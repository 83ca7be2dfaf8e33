#include "jobs/answer.h"

#include "delivery/retry.h"
#include "jobs/check.h"
#include "jobs/generation.h"
#include "jobs/note.h"
#include "mail/message_id.h"
#include "store/answers.h"
#include "store/people.h"
#include "store/suppressions.h"

/* Numbers of answers begin behind those of requests (jobs/confirm.c), and the time makes each another
 * one. */
#define NUMBER_FIRST (INT64_C(1) << 40)

/* What goes to an address */

static char *
join(const GPtrArray *names)
{
    g_autoptr(GString) line = g_string_new(NULL);
    for (guint i = 0; i < names->len; i++)
        g_string_append_printf(line, "%s%s", i > 0 ? ", " : "", (char *)names->pdata[i]);
    return line->len > 0 ? g_string_free(g_steal_pointer(&line), FALSE) : NULL;
}

static char *
page_url(const Instance *instance, const char *path, const Subscription *subscription)
{
    const Token token = { .kind = TOKEN_UNSUBSCRIBE, .subscription = subscription->reference };
    if (instance->config->base_url == NULL)
        return NULL;
    g_autoptr(GString) url = g_string_new(instance->config->base_url);
    g_string_append(url, path);
    token_write(url, instance->keys, &token);
    return g_string_free(g_steal_pointer(&url), FALSE);
}

/* Where a mail ends it; NULL: none does. */
static char *
leave_address(const Instance *instance, const Subscription *subscription)
{
    g_autoptr(Address) address =
        note_address(instance, TOKEN_UNSUBSCRIBE, subscription->reference, 0);
    return address == NULL ? NULL : g_strdup(address_text(address));
}

/* What NEWSLETTER has to choose from; NULL: nothing. */
static char *
topics_of(const NewsletterConfig *newsletter)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; i < newsletter->topics->len; i++)
        g_ptr_array_add(names, ((const TopicConfig *)newsletter->topics->pdata[i])->name);
    return join(names);
}

/* UNTIL may be NULL. */
static Value *
subscription_model(const Instance *instance, const Subscription *subscription,
                   const NewsletterConfig *newsletter, const char *until)
{
    const Choice *choice = subscription->choice;
    g_autofree char *all_topics = topics_of(newsletter);
    g_autofree char *topics = join(choice->topics);
    g_autofree char *without = join(choice->without);
    g_autofree char *preferences = page_url(instance, "/p/", subscription);
    g_autofree char *leave = page_url(instance, "/u/", subscription);
    g_autofree char *mail = leave_address(instance, subscription);
    Value *map = value_new_map();
    value_set_string(map, "title", newsletter->title);
    value_set_bool(map, "is_active", subscription->state == SUBSCRIPTION_ACTIVE);
    value_set_bool(map, "is_paused", subscription->state == SUBSCRIPTION_PAUSED);
    value_set_bool(map, "is_suspended", subscription->state == SUBSCRIPTION_SUSPENDED);
    value_set_string(map, "paused_until", until);
    value_set_string(map, "all_topics", all_topics);
    value_set_string(map, "topics_line", topics);
    value_set_string(map, "without_line", without);
    value_set_string(map, "preferences_url", preferences);
    value_set_string(map, "unsubscribe_url", leave);
    value_set_string(map, "unsubscribe_mail", leave != NULL ? NULL : mail);
    return map;
}

/* Adds ONE to LIST, unless it is over. */
static bool
add_subscription(const NoteWriter *writer, const Instance *instance, const Subscription *one,
                 const char *language, Value *list, GError **error)
{
    const NewsletterConfig *newsletter = config_find_newsletter(instance->config, one->newsletter);
    g_autofree char *until = NULL;
    if (newsletter == NULL || !subscription_state_is_there(one->state))
        return true;
    if (one->paused_until != 0 && (until = note_day(writer, language, one->paused_until,
                                                    one->choice->rhythm.zone, error)) == NULL)
        return false;
    value_take_item(list, subscription_model(instance, one, newsletter, until));
    return true;
}

/* Everything that goes to the address of SUBSCRIPTION, in LANGUAGE. */
static Value *
model_of(const NoteWriter *writer, const Instance *instance, const Subscription *subscription,
         const char *language, bool can_answer, GError **error)
{
    const SubscriptionQuery query = {
        .address_key = address_key(subscription->choice->address),
        .state = -1,
    };
    g_autoptr(GPtrArray) all = store_subscriptions_list(instance->store, &query, error);
    if (all == NULL)
        return NULL;
    g_autoptr(Value) list = value_new_list();
    bool has_topics = false;
    for (guint i = 0; i < all->len; i++) {
        if (!add_subscription(writer, instance, all->pdata[i], language, list, error))
            return NULL;
    }
    for (size_t i = 0; i < value_length(list); i++)
        has_topics |= value_find_string(value_item(list, i), "all_topics") != NULL;
    Value *model = value_new_map();
    value_take(model, "subscriptions", g_steal_pointer(&list));
    value_set_string(model, "address", address_text(subscription->choice->address));
    value_set_bool(model, "has_topics", has_topics);
    value_set_bool(model, "can_answer", can_answer);
    return model;
}

/* Sending */

static Mail *
write_mail(NoteWriter *writer, const Instance *instance, const NewsletterConfig *newsletter,
           const Answer *answer, const Subscription *subscription, const char *id, GError **error)
{
    g_autoptr(Address) address = note_address(instance, TOKEN_WISH, subscription->reference, 0);
    g_autoptr(Mailbox) answers = address == NULL ? NULL : mailbox_new(NULL, address);
    const char *language = subscription->choice->language;
    g_autoptr(Value) model =
        model_of(writer, instance, subscription, language != NULL ? language : newsletter->language,
                 answers != NULL, error);
    if (model == NULL)
        return NULL;
    const Note note = {
        .newsletter = newsletter,
        .to = subscription->choice->address,
        .language = language,
        .file = "web/answer.txt.mustache",
        .strings = "web_answer_",
        .subject = "web_answer_subject",
        .message_id = id,
        .reply_to = answers,
        .is_answer = true,
        .in_reply_to = answer->about,
    };
    return note_write(writer, &note, model, error);
}

static bool
record(const Instance *instance, const Answer *answer, const char *id, NoteFate fate,
       AnswerReport *report, GError **error)
{
    int64_t now = clock_now(instance->clock);
    switch (fate) {
    case NOTE_SENT:
        report->sent++;
        return store_subscription_note(instance->store, answer->subscription, "answer-mail", "mail",
                                       id, now, error);
    case NOTE_REFUSED: report->refused++; return true;
    case NOTE_DEFERRED:
        report->deferred++;
        return store_answer_defer(instance->store, answer,
                                  retry_next(answer->tries + 1, answer->made_at, now, 0), error);
    }
    g_assert_not_reached();
}

/* Whoever has left since, or is never to be written to, gets none. */
static bool
may_be_sent(const Instance *instance, const Subscription *subscription,
            const NewsletterConfig *newsletter, bool *may, GError **error)
{
    bool suppressed = false;
    if (!store_suppression_has(instance->store, address_key(subscription->choice->address),
                               &suppressed, error))
        return false;
    *may = newsletter != NULL && !suppressed && subscription_state_is_there(subscription->state);
    return true;
}

static bool
begin(const Instance *instance, const Answer *answer, bool *taken, GError **error)
{
    return store_answer_begin(instance->store, answer, clock_now(instance->clock), taken, error);
}

/* The record that it is being sent is durable before it leaves. */
static bool
send_one(NoteWriter *writer, Instance *instance, const Answer *answer,
         const Subscription *subscription, AnswerReport *report, GError **error)
{
    const NewsletterConfig *newsletter =
        config_find_newsletter(instance->config, subscription->newsletter);
    bool taken = false;
    bool may = false;
    NoteFate fate;
    if (!may_be_sent(instance, subscription, newsletter, &may, error))
        return false;
    if (!may)
        return begin(instance, answer, &taken, error);
    g_autoptr(Mailbox) from = mailbox_parse(newsletter->from, error);
    if (from == NULL)
        return false;
    g_autofree char *id = message_id_new(-(NUMBER_FIRST + answer->made_at), subscription->reference,
                                         address_domain(from->address));
    g_autoptr(Mail) mail =
        write_mail(writer, instance, newsletter, answer, subscription, id, error);
    if (mail == NULL || !begin(instance, answer, &taken, error))
        return false;
    return !taken || (note_send(instance, g_steal_pointer(&mail), &fate, error) &&
                      record(instance, answer, id, fate, report, error));
}

bool
answer_send(Instance *instance, const int *stop, AnswerReport *report, GError **error)
{
    g_autoptr(NoteWriter) writer = NULL;
    if (instance->dry_run)
        return true;
    while (stop == NULL || !g_atomic_int_get(stop)) {
        g_autoptr(Answer) answer = NULL;
        g_autoptr(Subscription) subscription = NULL;
        if (!store_answer_due(instance->store, clock_now(instance->clock), &answer, &subscription,
                              error))
            return false;
        if (answer == NULL)
            return true;
        if (writer == NULL &&
            (!check_publisher(instance->config, error) || !generation_check(instance, error) ||
             (writer = note_writer_new(instance, error)) == NULL))
            return false;
        if (!send_one(writer, instance, answer, subscription, report, error))
            return false;
    }
    return true;
}
