#include "jobs/receive-internal.h"

#include <string.h>

#include "base/error.h"
#include "jobs/bounces.h"
#include "mail/message_id.h"
#include "store/bounces.h"
#include "store/ledger.h"
#include "store/people.h"
#include "store/suppressions.h"

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

/* Who calls our mail spam gets none any more, whatever list they are on. */
static bool
complain(const Receiving *receiving, GError **error)
{
    if (!receiving_unsubscribe(receiving, "complaint", error))
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
    log_info(instance->log, "subscription %" G_GINT64_FORMAT " of \"%s\": a mail came back: %s",
             record.subscription, receiving->subscription->newsletter,
             record.status != NULL ? record.status : "no status");
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
    case INBOUND_UNSUBSCRIBE:
        return receiving_unsubscribe(receiving,
                                     receiving->inbound->is_feedback ? "complaint" : "mail", error);
    case INBOUND_AUTO_REPLY:
    case INBOUND_SUBSCRIBE:
    case INBOUND_OTHER: return true;
    }
    g_assert_not_reached();
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
        return receiving_confirm(receiving, error);
    if (is_wish)
        return receiving_grant(receiving, error);
    return inbound == NULL || take_report(receiving, error);
}

static bool
has_token(const Receiving *receiving)
{
    return receiving->addressee == ADDRESSEE_TOKEN || receiving->addressee == ADDRESSEE_RETURNED;
}

/* A mail of ours, whose hash nobody can make who has not seen it or the one it was sent to. */
static bool
is_message_to(uint64_t reference, void *user)
{
    const char *id = user;
    const char *at = strchr(id, '@');
    g_autofree char *of = message_id_new(message_id_issue(id), reference, at + 1);
    return strcmp(of, id) == 0;
}

/* Who complains may be known by the Message-ID alone, because providers take out whatever names a person.
 * All who could have had that issue are tried, so nothing but complaints is looked up that way. */
static bool
find_by_message_id(Receiving *receiving, GError **error)
{
    const Inbound *inbound = receiving->inbound;
    bool is_complaint = inbound != NULL && inbound->returned_id != NULL && inbound->is_feedback;
    if (!is_complaint)
        return true;
    g_autofree char *id = g_strdup(inbound->returned_id);
    g_strdelimit(id, "<>", ' ');
    g_strstrip(id);
    int64_t issue = message_id_issue(id);
    uint64_t reference = 0;
    if (issue == 0 || strchr(id, '@') == NULL)
        return true;
    if (!store_subscription_find_recipient(receiving->instance->store, issue, is_message_to, id,
                                           &reference, error))
        return false;
    if (reference == 0)
        return true;
    receiving->addressee = ADDRESSEE_RETURNED;
    receiving->token = (Token){ .kind = TOKEN_BOUNCE,
                                .subscription = reference,
                                .issue = (uint32_t)(issue & 0xffffff) };
    return true;
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
        if (!store_message_known(instance->store, name, clock_now(instance->clock), &known, error))
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

/* Whom the database does not know it has forgotten. But one that has never sent a mail is not the one whose mail
 * is answered here: its disk is not there yet, say, and what was asked for would be lost. */
static bool
could_have_sent(const Receiving *receiving, GError **error)
{
    int64_t generation = 0;
    if (receiving->subscription != NULL || receiving->token.kind == TOKEN_CONFIRM)
        return true;
    if (!ledger_generation(receiving->instance->store, &generation, error))
        return false;
    if (generation == 0 || generation == -1) { /* nor before it was copied */
        *receiving->outcome = RECEIVE_LATER;
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_TEMPORARY,
                    "database \"%s\": has never sent a mail, and here is an answer to one",
                    receiving->instance->config->database);
    }
    return generation != 0 && generation != -1;
}

bool
receive(Instance *instance, GBytes *message, const char *const *recipients, const char *place,
        ReceiveOutcome *outcome, GError **error)
{
    g_autoptr(GError) problem = NULL;
    /* A message that cannot be read still has the recipient that the mail server named. */
    g_autoptr(Inbound) inbound = inbound_parse(message, &problem);
    if (g_error_matches(problem, DEPESCHE_ERROR, DEPESCHE_ERROR_TEMPORARY)) {
        *outcome = RECEIVE_LATER;
        g_propagate_prefixed_error(error, g_steal_pointer(&problem), "message: ");
        return false;
    }
    if (inbound == NULL)
        log_warn(instance->log, "message: %s", problem->message);
    Receiving receiving = { .instance = instance, .inbound = inbound, .outcome = outcome };
    receiving.addressee =
        addressee_find(instance->config, instance->keys, recipients, inbound, &receiving.token);
    *outcome = RECEIVE_NO_TOKEN;
    if (!has_token(&receiving) && !find_by_message_id(&receiving, error))
        return false;
    if (!has_token(&receiving) && !receive_stranger(instance, inbound, outcome, error))
        return false;
    if (!has_token(&receiving) && place == NULL)
        return true;
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
    if (!could_have_sent(&receiving, error))
        return false;
    *outcome = RECEIVE_ALREADY;
    return (!fresh || apply(&receiving, error)) && store_batch_commit(batch, error);
}
