#include "jobs/receive.h"

#include <string.h>

#include "jobs/addressee.h"
#include "jobs/bounces.h"
#include "mail/inbound.h"
#include "mail/wish.h"
#include "store/bounces.h"
#include "store/people.h"
#include "store/requests.h"
#include "store/suppressions.h"

#define DAY_SECONDS ((int64_t)24 * 60 * 60)

/* A mail at hand. */
typedef struct {
    Instance *instance;
    const Inbound
        *inbound; /* NULL: it could not be read, but the mail server says for whom it is */
    Addressee addressee;
    Token token;
    Subscription *subscription; /* of the token, or NULL */
    ReceiveOutcome *outcome;
} Receiving;

/* What names a message, wherever and however often it is handed to us: its Message-ID and for whom it
 * is, else all its octets. */
static char *
name_of(const Receiving *receiving, GBytes *message)
{
    const Inbound *inbound = receiving->inbound;
    gsize size = 0;
    const void *bytes = g_bytes_get_data(message, &size);
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    g_autofree char *whom = g_strdup_printf("%c%" G_GUINT64_FORMAT "/%u/", receiving->token.kind,
                                            receiving->token.subscription, receiving->token.issue);
    g_checksum_update(checksum, (const guchar *)whom, -1);
    if (inbound != NULL && inbound->message_id != NULL)
        g_checksum_update(checksum, (const guchar *)inbound->message_id, -1);
    else
        g_checksum_update(checksum, bytes, (gssize)size);
    return g_strdup(g_checksum_get_string(checksum));
}

static bool
change(const Receiving *receiving, LifecycleEvent event, const char *way, LifecycleOutcome *outcome,
       GError **error)
{
    Instance *instance = receiving->instance;
    const Subscription *subscription = receiving->subscription;
    if (!store_subscription_event(instance->store, subscription->id, event, WILL_PERSON, way, NULL,
                                  clock_now(instance->clock), outcome, error))
        return false;
    log_info(instance->log, "subscription %" G_GINT64_FORMAT " of \"%s\": %s by %s%s",
             subscription->id, subscription->newsletter, lifecycle_event_name(event), way,
             *outcome == LIFECYCLE_CHANGED ? "" : " (nothing to do)");
    return true;
}

static bool
unsubscribe(const Receiving *receiving, const char *way, GError **error)
{
    LifecycleOutcome outcome = LIFECYCLE_ALREADY;
    if (receiving->subscription != NULL &&
        !change(receiving, EVENT_UNSUBSCRIBE, way, &outcome, error))
        return false;
    *receiving->outcome = outcome == LIFECYCLE_CHANGED ? RECEIVE_UNSUBSCRIBED : RECEIVE_ALREADY;
    return true;
}

/* Who calls our mail spam gets none any more, whatever list they are on. */
static bool
complain(const Receiving *receiving, GError **error)
{
    if (!unsubscribe(receiving, "complaint", error))
        return false;
    *receiving->outcome = RECEIVE_COMPLAINT;
    return store_suppression_add(receiving->instance->store,
                                 address_key(receiving->subscription->choice->address), "complaint",
                                 clock_now(receiving->instance->clock), error);
}

static bool
bounce(const Receiving *receiving, GError **error)
{
    Instance *instance = receiving->instance;
    const GPtrArray *failures = receiving->inbound->failures;
    const Failure *failure = failures->len > 0 ? failures->pdata[0] : NULL;
    Bounce record = {
        .subscription = receiving->subscription->id,
        .at = clock_now(instance->clock),
        .status = failure != NULL ? failure->status : NULL,
        .diagnostic = failure != NULL ? failure->diagnostic : NULL,
    };
    *receiving->outcome = RECEIVE_BOUNCE;
    if (receiving->token.kind == TOKEN_BOUNCE &&
        !store_bounce_issue(instance->store, record.subscription, receiving->token.issue,
                            &record.issue, error))
        return false;
    return store_bounce_add(instance->store, &record, "mail", error) &&
           bounces_judge(instance, error);
}

/* What came back is believed only with a token of ours in it: anybody can write a bounce. */
static bool
take_report(const Receiving *receiving, GError **error)
{
    if (receiving->subscription == NULL)
        return true;
    switch (receiving->inbound->kind) {
    case INBOUND_BOUNCE: return bounce(receiving, error);
    case INBOUND_COMPLAINT: return complain(receiving, error);
    case INBOUND_UNSUBSCRIBE: return unsubscribe(receiving, "complaint", error);
    case INBOUND_AUTO_REPLY:
    case INBOUND_SUBSCRIBE:
    case INBOUND_OTHER: return true;
    }
    g_assert_not_reached();
}

/* What people ask for */

static bool
pause_for(const Receiving *receiving, int days, GError **error)
{
    Instance *instance = receiving->instance;
    int64_t now = clock_now(instance->clock);
    LifecycleOutcome outcome;
    return store_subscription_pause(instance->store, receiving->subscription->id,
                                    days == 0 ? 0 : now + days * DAY_SECONDS, WILL_PERSON, "mail",
                                    now, &outcome, error);
}

static bool
has_topic(const NewsletterConfig *newsletter, const char *name)
{
    for (guint i = 0; i < newsletter->topics->len; i++) {
        const TopicConfig *topic = newsletter->topics->pdata[i];
        if (strcmp(topic->name, name) == 0)
            return true;
    }
    return false;
}

/* Puts NAME into LIST and takes it out of OTHER. */
static void
move_topic(GPtrArray *list, GPtrArray *other, const char *name)
{
    guint place;
    if (g_ptr_array_find_with_equal_func(other, name, g_str_equal, &place))
        g_ptr_array_remove_index(other, place);
    if (!g_ptr_array_find_with_equal_func(list, name, g_str_equal, NULL))
        g_ptr_array_add(list, g_strdup(name));
}

static int
compare_topics(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* What a newsletter does not have is passed over. */
static void
change_topics(Choice *choice, const NewsletterConfig *newsletter, const Wish *wish)
{
    for (guint i = 0; i < wish->wanted->len; i++) {
        if (has_topic(newsletter, wish->wanted->pdata[i]))
            move_topic(choice->topics, choice->without, wish->wanted->pdata[i]);
    }
    for (guint i = 0; i < wish->unwanted->len; i++) {
        if (has_topic(newsletter, wish->unwanted->pdata[i]))
            move_topic(choice->without, choice->topics, wish->unwanted->pdata[i]);
    }
    g_ptr_array_sort(choice->topics, compare_topics);
    g_ptr_array_sort(choice->without, compare_topics);
}

static bool
choose_topics(const Receiving *receiving, const Wish *wish, GError **error)
{
    Instance *instance = receiving->instance;
    const Subscription *subscription = receiving->subscription;
    const NewsletterConfig *newsletter =
        config_find_newsletter(instance->config, subscription->newsletter);
    if (newsletter == NULL)
        return true;
    change_topics(subscription->choice, newsletter, wish);
    g_autoptr(GPtrArray) choices = g_ptr_array_new();
    g_ptr_array_add(choices, subscription->choice);
    PeopleChange changes = { 0 };
    return store_subscriptions_put(instance->store, subscription->newsletter, choices,
                                   ORIGIN_COMMAND, clock_now(instance->clock), &changes, error) &&
           store_subscription_own_choice(instance->store, subscription->id, error);
}

/* The first of subject and text that says anything. */
static Wish *
find_wish(const Inbound *inbound)
{
    Wish *wish = wish_parse(inbound != NULL ? inbound->subject : NULL);
    if (wish->kind != WISH_NONE || inbound == NULL)
        return wish;
    wish_free(wish);
    return wish_parse(inbound->first_line);
}

static bool
grant(const Receiving *receiving, GError **error)
{
    LifecycleOutcome outcome;
    g_autoptr(Wish) wish = find_wish(receiving->inbound);
    if (receiving->subscription == NULL)
        return unsubscribe(receiving, "mail", error);
    *receiving->outcome = RECEIVE_CHANGED;
    switch (wish->kind) {
    case WISH_PAUSE: return pause_for(receiving, wish->days, error);
    case WISH_RESUME: return change(receiving, EVENT_RESUME, "mail", &outcome, error);
    case WISH_TOPICS: return choose_topics(receiving, wish, error);
    case WISH_JOIN:
    case WISH_HELP: return true;
    case WISH_NONE:
    case WISH_LEAVE: break;
    }
    return unsubscribe(receiving, "mail", error);
}

/* Signing up */

static bool
confirm(const Receiving *receiving, GError **error)
{
    Instance *instance = receiving->instance;
    ConfirmOutcome outcome;
    *receiving->outcome = RECEIVE_CONFIRMED;
    return receiving->subscription == NULL ||
           store_request_confirm(instance->store, receiving->subscription, receiving->token.issue,
                                 "mail", clock_now(instance->clock), &outcome, error);
}

/* The one newsletter that lets people sign up by themselves; NULL when there are none or several. */
static const NewsletterConfig *
open_newsletter(const Config *config)
{
    const NewsletterConfig *found = NULL;
    for (guint i = 0; i < config->newsletters->len; i++) {
        const NewsletterConfig *newsletter = config->newsletters->pdata[i];
        if (newsletter->sign_up && found != NULL)
            return NULL;
        if (newsletter->sign_up)
            found = newsletter;
    }
    return found;
}

static Consent *
declaration(const Inbound *inbound, int64_t now)
{
    Consent *consent = g_new0(Consent, 1);
    consent->basis = BASIS_CONSENT;
    consent->way = g_strdup("mail");
    consent->wording = g_strdup(inbound->subject != NULL ? inbound->subject : inbound->first_line);
    consent->at = now;
    return consent;
}

/* A From can be anybody's: who has the address gets a mail that asks, once a day at the most, and
 * nobody else learns anything. */
static bool
ask_to_confirm(Instance *instance, const Inbound *inbound, ReceiveOutcome *outcome, GError **error)
{
    const NewsletterConfig *newsletter = open_newsletter(instance->config);
    g_autoptr(Address) address = inbound->from == NULL ? NULL : address_parse(inbound->from, NULL);
    int64_t now = clock_now(instance->clock);
    Rhythm rhythm;
    if (newsletter == NULL || address == NULL || inbound->no_answer ||
        instance->config->base_url == NULL)
        return true;
    if (!newsletter_rhythm(newsletter, &rhythm, error))
        return false;
    g_autoptr(Choice) choice = choice_new(address, &rhythm);
    g_autoptr(Consent) consent = declaration(inbound, now);
    *outcome = RECEIVE_ASKED;
    return store_request_sign_up(instance->store, newsletter->name, choice, consent, now, error);
}

/* RFC 3834: a vacation that answers to an address means nothing. A provider's button sends
 * "auto-generated", which is meant; and bounces are "auto-replied" as well. */
static bool
apply(const Receiving *receiving, GError **error)
{
    const Inbound *inbound = receiving->inbound;
    bool is_wish = receiving->addressee == ADDRESSEE_TOKEN && receiving->token.kind != TOKEN_BOUNCE;
    bool is_answer = inbound != NULL &&
                     (inbound->kind == INBOUND_AUTO_REPLY || (is_wish && inbound->auto_replied));
    if (is_answer) {
        *receiving->outcome = RECEIVE_AUTO_REPLY;
        log_info(receiving->instance->log, "automatic reply: ignored");
        return true;
    }
    if (is_wish && receiving->token.kind == TOKEN_CONFIRM)
        return confirm(receiving, error);
    if (is_wish)
        return grant(receiving, error);
    return inbound == NULL || take_report(receiving, error);
}

static bool
has_token(const Receiving *receiving)
{
    return receiving->addressee == ADDRESSEE_TOKEN || receiving->addressee == ADDRESSEE_RETURNED;
}

static char *
name_of_place(const char *place, PlaceState state)
{
    g_autofree char *text = g_strconcat(state == PLACE_LEFT ? "left " : "taken ", place, NULL);
    return g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
}

bool
receive_knows(Instance *instance, const char *place, PlaceState *state, GError **error)
{
    static const PlaceState states[] = { PLACE_TAKEN, PLACE_LEFT };
    *state = PLACE_NEW;
    for (size_t i = 0; i < G_N_ELEMENTS(states) && *state == PLACE_NEW; i++) {
        g_autofree char *name = name_of_place(place, states[i]);
        bool known = false;
        if (!store_message_known(instance->store, name, &known, error))
            return false;
        if (known)
            *state = states[i];
    }
    return true;
}

/* Whether the message is a new one, by its name and its place; from now on it is not. */
static bool
claim(const Receiving *receiving, GBytes *message, const char *place, bool *fresh, GError **error)
{
    Instance *instance = receiving->instance;
    int64_t now = clock_now(instance->clock);
    PlaceState state = has_token(receiving) ? PLACE_TAKEN : PLACE_LEFT;
    g_autofree char *name = name_of(receiving, message);
    g_autofree char *place_name = place == NULL ? NULL : name_of_place(place, state);
    bool is_new_place = true;
    if ((state == PLACE_TAKEN && !store_message_claim(instance->store, name, now, fresh, error)) ||
        (place != NULL &&
         !store_message_claim(instance->store, place_name, now, &is_new_place, error)))
        return false;
    *fresh = *fresh && is_new_place;
    return true;
}

bool
receive(Instance *instance, GBytes *message, const char *const *recipients, const char *place,
        ReceiveOutcome *outcome, GError **error)
{
    g_autoptr(GError) problem = NULL;
    /* A message that cannot be read still has the recipient that the mail server named. */
    g_autoptr(Inbound) inbound = inbound_parse(message, &problem);
    if (inbound == NULL)
        log_warn(instance->log, "message: %s", problem->message);
    Receiving receiving = { .instance = instance, .inbound = inbound, .outcome = outcome };
    receiving.addressee =
        addressee_find(instance->config, instance->keys, recipients, inbound, &receiving.token);
    *outcome = RECEIVE_NO_TOKEN;
    if (!has_token(&receiving) && inbound != NULL && inbound->kind == INBOUND_SUBSCRIBE &&
        !ask_to_confirm(instance, inbound, outcome, error))
        return false;
    if (!has_token(&receiving) && place == NULL) {
        log_info(instance->log, "message without a valid token%s",
                 *outcome == RECEIVE_ASKED ? ": somebody wants to sign up" : ": ignored");
        return true;
    }
    g_autoptr(StoreBatch) batch = store_batch_begin(instance->store, error);
    g_autoptr(Subscription) subscription = NULL;
    bool fresh = false;
    if (batch == NULL || !claim(&receiving, message, place, &fresh, error))
        return false;
    if (!has_token(&receiving))
        return store_batch_commit(batch, error);
    if (!store_subscription_find_reference(instance->store, receiving.token.subscription,
                                           &subscription, error))
        return false;
    receiving.subscription = subscription;
    *outcome = RECEIVE_ALREADY;
    return (!fresh || apply(&receiving, error)) && store_batch_commit(batch, error);
}
