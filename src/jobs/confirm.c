#include "jobs/confirm.h"

#include "delivery/retry.h"
#include "delivery/verdict.h"
#include "jobs/errand.h"
#include "jobs/relays.h"
#include "mail/dkim.h"
#include "mail/message_id.h"
#include "mail/stencil.h"
#include "store/people.h"
#include "store/requests.h"

#define TEMPLATE    "web/confirm.txt.mustache"
#define SUBJECT     "web_confirm_subject"
#define STRINGS     "web_"
#define NUMBER_MASK 0xffffffu

/* What all of these mails need. */
typedef struct {
    Instance *instance;
    Templates *templates;
    Dkim *dkim; /* or NULL */
} Confirming;

static void
confirming_clear(Confirming *confirming)
{
    templates_free(confirming->templates);
    dkim_free(confirming->dkim);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Confirming, confirming_clear)

static bool
confirming_init(Confirming *confirming, Instance *instance, GError **error)
{
    const DkimSettings settings = dkim_settings(instance->config);
    *confirming = (Confirming){ .instance = instance };
    confirming->templates = templates_load(instance->config->templates, error);
    if (confirming->templates == NULL || settings.domain == NULL)
        return confirming->templates != NULL;
    confirming->dkim = dkim_open(&settings, error);
    return confirming->dkim != NULL;
}

static void
write_token(GString *out, const Instance *instance, const Request *request,
            const Subscription *subscription)
{
    const Token token = { .kind = TOKEN_CONFIRM,
                          .subscription = subscription->reference,
                          .issue = (uint32_t)(request->id & NUMBER_MASK) };
    token_write(out, instance->keys, &token);
}

/* Where the button is. The link alone does nothing: mail filters follow it. */
static char *
link_of(const Instance *instance, const Request *request, const Subscription *subscription)
{
    g_autoptr(GString) url = g_string_new(instance->config->base_url);
    g_string_append(url, "/c/");
    write_token(url, instance, request, subscription);
    return g_string_free(g_steal_pointer(&url), FALSE);
}

/* Many people just answer: that confirms it, too (jobs/receive.h). NULL: nobody would take the answer. */
static Mailbox *
answer_address(const Instance *instance, const Request *request, const Subscription *subscription)
{
    const Config *config = instance->config;
    g_autoptr(Address) base = config->unsubscribe_address == NULL
                                  ? NULL
                                  : address_parse(config->unsubscribe_address, NULL);
    if (base == NULL)
        return NULL;
    g_autoptr(GString) detail = g_string_new(NULL);
    write_token(detail, instance, request, subscription);
    g_autoptr(Address) address = address_with_detail(base, config->separator[0], detail->str, NULL);
    return address == NULL ? NULL : mailbox_new(NULL, address);
}

static Value *
model_of(const Confirming *confirming, const NewsletterConfig *newsletter, const Request *request,
         const Subscription *subscription, const char *language, GError **error)
{
    const Config *config = confirming->instance->config;
    g_autofree char *url = link_of(confirming->instance, request, subscription);
    g_autoptr(Value) model = value_new_map();
    Value *about = value_new_map();
    value_set_string(about, "title", newsletter->title);
    value_set_string(about, "imprint",
                     newsletter->imprint != NULL ? newsletter->imprint : config->imprint);
    value_set_string(about, "postal_address",
                     newsletter->postal_address != NULL ? newsletter->postal_address
                                                        : config->postal_address);
    value_take(model, "newsletter", about);
    value_set_string(model, "url", url);
    value_set_bool(model, "is_reminder", request->mails > 0);
    value_set_bool(model, "is_change", request->kind == REQUEST_ADDRESS);
    if (!templates_put_strings(confirming->templates, language, STRINGS, model, error))
        return NULL;
    return g_steal_pointer(&model);
}

/* Text alone, without a picture and without an article: it may not be an advertisement. */
static Mail *
write_mail(const Confirming *confirming, const NewsletterConfig *newsletter, const Request *request,
           const Subscription *subscription, char **id, GError **error)
{
    const Choice *choice = subscription->choice;
    const char *language = choice->language != NULL ? choice->language : newsletter->language;
    int64_t now = clock_now(confirming->instance->clock);
    g_autoptr(Mailbox) from = mailbox_parse(newsletter->from, error);
    g_autoptr(Address) whom = request->address != NULL ? address_parse(request->address, error)
                                                       : address_copy(choice->address);
    if (whom == NULL)
        return NULL;
    g_autoptr(Value) model =
        from == NULL ? NULL
                     : model_of(confirming, newsletter, request, subscription, language, error);
    g_autoptr(GString) text = g_string_new(NULL);
    if (model == NULL || !templates_render(confirming->templates, TEMPLATE, model, text, error))
        return NULL;
    g_autofree char *list_id =
        newsletter->list_id != NULL
            ? g_strdup(newsletter->list_id)
            : g_strdup_printf("%s.%s", newsletter->name, address_domain(from->address));
    g_autoptr(Mailbox) answers = answer_address(confirming->instance, request, subscription);
    const StencilSource source = {
        .from = from,
        .reply_to = answers,
        .subject = value_find_string(value_find(model, "t"), SUBJECT),
        .text = text->str,
        .language = language,
        .date = now,
        .zone = newsletter->zone,
        .list_id = list_id,
    };
    g_autoptr(Stencil) stencil = stencil_new(&source);
    g_autoptr(Mailbox) to = mailbox_new(NULL, whom);
    /* Requests and issues are counted apart: a negative number is no issue's. */
    *id = message_id_new(-(request->id * 4 + request->mails + 1), subscription->reference,
                         address_domain(from->address));
    const StencilPerson person = { .to = to, .message_id = *id };
    GString *message = g_string_new(NULL);
    stencil_fill(stencil, &person, message);
    if (confirming->dkim != NULL)
        dkim_sign(confirming->dkim, now, message);
    return mail_new_take(address_copy(from->address), address_copy(whom), message, NULL);
}

/* What became of it; an uncertain mail is not sent again. */
static bool
record(const Confirming *confirming, const Request *request, const char *id,
       const RelayResult *result, ConfirmReport *report, GError **error)
{
    Store *store = confirming->instance->store;
    int64_t now = clock_now(confirming->instance->clock);
    switch (verdict_of(&result->reply, result->phase)) {
    case VERDICT_SENT:
    case VERDICT_UNCERTAIN:
        report->sent++;
        return store_subscription_note(store, request->subscription, "confirm-mail", "mail", id,
                                       now, error);
    case VERDICT_REFUSED: report->refused++; return store_request_defer(store, request, 0, error);
    case VERDICT_LATER:
    case VERDICT_OUR_FAULT:
    case VERDICT_NOT_SENT:
        report->deferred++;
        return store_request_defer(store, request,
                                   retry_next(request->tries + 1, request->made_at, now, 0), error);
    }
    g_assert_not_reached();
}

/* The record that it is being sent is durable before it leaves. */
static bool
send_one(const Confirming *confirming, const Request *request, const Subscription *subscription,
         ConfirmReport *report, GError **error)
{
    Instance *instance = confirming->instance;
    const NewsletterConfig *newsletter =
        config_find_newsletter(instance->config, subscription->newsletter);
    g_autofree char *id = NULL;
    g_auto(RelayResult) result = { 0 };
    bool taken = false;
    if (newsletter == NULL) /* it was taken out of the configuration */
        return store_request_defer(instance->store, request, 0, error);
    g_autoptr(Mail) mail = write_mail(confirming, newsletter, request, subscription, &id, error);
    if (mail == NULL ||
        !store_request_begin(instance->store, request, clock_now(instance->clock), &taken, error))
        return false;
    if (!taken)
        return true;
    return errand_run(instance, g_steal_pointer(&mail), &result, error) &&
           record(confirming, request, id, &result, report, error);
}

bool
confirm_send(Instance *instance, const int *stop, ConfirmReport *report, GError **error)
{
    g_auto(Confirming) confirming = { 0 };
    if (instance->config->base_url == NULL || instance->dry_run)
        return true;
    if (!instance_check_publisher(instance->config, error))
        return false;
    while (stop == NULL || !g_atomic_int_get(stop)) {
        g_autoptr(Request) request = NULL;
        g_autoptr(Subscription) subscription = NULL;
        if (!store_request_due(instance->store, clock_now(instance->clock), &request, &subscription,
                               error))
            return false;
        if (request == NULL)
            return true;
        if (confirming.instance == NULL && !confirming_init(&confirming, instance, error))
            return false;
        if (!send_one(&confirming, request, subscription, report, error))
            return false;
    }
    return true;
}
