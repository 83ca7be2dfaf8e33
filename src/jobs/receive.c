#include "jobs/receive.h"

#include "jobs/addressee.h"
#include "jobs/bounces.h"
#include "mail/inbound.h"
#include "store/bounces.h"
#include "store/people.h"
#include "store/suppressions.h"

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

/* RFC 3834: a vacation that answers to an address means nothing. A provider's button sends
 * "auto-generated", which is meant. */
static bool
apply(const Receiving *receiving, GError **error)
{
    const Inbound *inbound = receiving->inbound;
    bool is_to_leave =
        receiving->addressee == ADDRESSEE_TOKEN && receiving->token.kind == TOKEN_UNSUBSCRIBE;
    if (inbound != NULL && inbound->auto_replied) {
        *receiving->outcome = RECEIVE_AUTO_REPLY;
        log_info(receiving->instance->log, "automatic reply: ignored");
        return true;
    }
    if (is_to_leave)
        return unsubscribe(receiving, "mail", error);
    return inbound == NULL || take_report(receiving, error);
}

static bool
has_token(const Receiving *receiving)
{
    return receiving->addressee == ADDRESSEE_TOKEN || receiving->addressee == ADDRESSEE_RETURNED;
}

bool
receive(Instance *instance, GBytes *message, const char *const *recipients, ReceiveOutcome *outcome,
        GError **error)
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
    if (!has_token(&receiving)) {
        log_info(instance->log, "message without a valid token: ignored");
        return true;
    }
    g_autoptr(StoreBatch) batch = store_batch_begin(instance->store, error);
    g_autoptr(Subscription) subscription = NULL;
    g_autofree char *name = name_of(&receiving, message);
    bool fresh = false;
    if (batch == NULL ||
        !store_message_claim(instance->store, name, clock_now(instance->clock), &fresh, error) ||
        !store_subscription_find_reference(instance->store, receiving.token.subscription,
                                           &subscription, error))
        return false;
    receiving.subscription = subscription;
    *outcome = RECEIVE_ALREADY;
    return !fresh || (apply(&receiving, error) && store_batch_commit(batch, error));
}
