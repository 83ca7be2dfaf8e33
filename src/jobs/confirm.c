#include "jobs/confirm.h"

#include "delivery/retry.h"
#include "jobs/check.h"
#include "jobs/generation.h"
#include "jobs/note.h"
#include "mail/message_id.h"
#include "store/people.h"
#include "store/requests.h"

#define NUMBER_MASK 0xffffffu

/* Where the button is. The link alone does nothing: mail filters follow it. */
static char *
link_of(const Instance *instance, const Request *request, const Subscription *subscription)
{
    g_autoptr(GString) url = g_string_new(instance->config->base_url);
    const Token token = { .kind = TOKEN_CONFIRM,
                          .subscription = subscription->reference,
                          .issue = (uint32_t)(request->id & NUMBER_MASK) };
    g_string_append(url, "/c/");
    token_write(url, instance->keys, &token);
    return g_string_free(g_steal_pointer(&url), FALSE);
}

/* Many people just answer: that confirms it, too (jobs/receive.h). NULL: nobody would take the answer. */
static Mailbox *
answer_address(const Instance *instance, const Request *request, const Subscription *subscription)
{
    g_autoptr(Address) address = note_address(instance, TOKEN_CONFIRM, subscription->reference,
                                              (uint32_t)(request->id & NUMBER_MASK));
    return address == NULL ? NULL : mailbox_new(NULL, address);
}

static Value *
model_of(const Instance *instance, const Request *request, const Subscription *subscription,
         bool can_answer)
{
    g_autofree char *url = link_of(instance, request, subscription);
    Value *model = value_new_map();
    value_set_string(model, "url", url);
    value_set_bool(model, "is_reminder", request->mails > 0);
    value_set_bool(model, "can_answer", can_answer);
    value_set_bool(model, "is_change", request->kind == REQUEST_ADDRESS);
    return model;
}

/* Without a picture and without an article: it may not be an advertisement. */
static Mail *
write_mail(NoteWriter *writer, Instance *instance, const NewsletterConfig *newsletter,
           const Request *request, const Subscription *subscription, const char *id, GError **error)
{
    const Choice *choice = subscription->choice;
    g_autoptr(Address) whom = request->address != NULL ? address_parse(request->address, error)
                                                       : address_copy(choice->address);
    if (whom == NULL)
        return NULL;
    g_autoptr(Mailbox) answers = answer_address(instance, request, subscription);
    g_autoptr(Value) model = model_of(instance, request, subscription, answers != NULL);
    const Note note = {
        .newsletter = newsletter,
        .to = whom,
        .language = choice->language,
        .file = "web/confirm.txt.mustache",
        .strings = "web_",
        .subject = "web_confirm_subject",
        .message_id = id,
        .reply_to = answers,
    };
    return note_write(writer, &note, model, error);
}

/* What became of it; an uncertain mail is not sent again. */
static bool
record(const Instance *instance, const Request *request, const char *id, NoteFate fate,
       ConfirmReport *report, GError **error)
{
    int64_t now = clock_now(instance->clock);
    switch (fate) {
    case NOTE_SENT:
        report->sent++;
        return store_subscription_note(instance->store, request->subscription, "confirm-mail",
                                       "mail", id, now, error);
    case NOTE_REFUSED:
        report->refused++;
        return store_request_defer(instance->store, request, 0, error);
    case NOTE_DEFERRED:
        report->deferred++;
        return store_request_defer(instance->store, request,
                                   retry_next(request->tries + 1, request->made_at, now, 0), error);
    }
    g_assert_not_reached();
}

/* The record that it is being sent is durable before it leaves. */
static bool
send_one(NoteWriter *writer, Instance *instance, const Request *request,
         const Subscription *subscription, ConfirmReport *report, GError **error)
{
    const NewsletterConfig *newsletter =
        config_find_newsletter(instance->config, subscription->newsletter);
    bool taken = false;
    NoteFate fate;
    if (newsletter == NULL) /* it was taken out of the configuration */
        return store_request_defer(instance->store, request, 0, error);
    g_autoptr(Mailbox) from = mailbox_parse(newsletter->from, error);
    if (from == NULL)
        return false;
    /* Requests and issues are counted apart: a negative number is no issue's. */
    g_autofree char *id = message_id_new(-(request->id * 4 + request->mails + 1),
                                         subscription->reference, address_domain(from->address));
    g_autoptr(Mail) mail =
        write_mail(writer, instance, newsletter, request, subscription, id, error);
    if (mail == NULL ||
        !store_request_begin(instance->store, request, clock_now(instance->clock), &taken, error))
        return false;
    return !taken || (note_send(instance, g_steal_pointer(&mail), &fate, error) &&
                      record(instance, request, id, fate, report, error));
}

bool
confirm_send(Instance *instance, const int *stop, ConfirmReport *report, GError **error)
{
    g_autoptr(NoteWriter) writer = NULL;
    if (instance->config->base_url == NULL || instance->dry_run)
        return true;
    if (!check_publisher(instance->config, error))
        return false;
    while (stop == NULL || !g_atomic_int_get(stop)) {
        g_autoptr(Request) request = NULL;
        g_autoptr(Subscription) subscription = NULL;
        if (!store_request_due(instance->store, clock_now(instance->clock), &request, &subscription,
                               error))
            return false;
        if (request == NULL)
            return true;
        if (writer == NULL && (!generation_check(instance, error) ||
                               (writer = note_writer_new(instance, error)) == NULL))
            return false;
        if (!send_one(writer, instance, request, subscription, report, error))
            return false;
    }
    return true;
}
