#include "jobs/dispatch.h"

#include <signal.h>
#include <string.h>

#include "base/error.h"
#include "delivery/delivery.h"
#include "jobs/edition.h"
#include "net/transport.h"
#include "store/issues.h"
#include "store/ledger.h"

/* Recipients read at a time: small, so that who leaves meanwhile is noticed. */
#define PAGE_SIZE 64
/* A sender renews its lease with every mail; one mail may take the 10 minutes of its final dot. */
#define LEASE_SECONDS (15 * 60)
/* So many mails in a row that the relay does not take for reasons that are not the recipients' stop
 * the run: something is wrong with it or with us, and going on would only make it worse. */
#define FAULTS_MAX 3

/* One sender at work. The result of the last mail is kept back until the next one's intent, so
 * that both share a commit; it is never kept back beyond its segment. */
typedef struct {
    Instance *instance;
    Transport *transport;
    const DispatchScope *scope;
    DispatchReport *report;
    int64_t started;
    Segment segment;
    Delivery result;
    bool has_result;
    guint faults; /* in a row */
    GString *message;
} Sender;

static int64_t
sender_now(const Sender *sender)
{
    return clock_now(sender->instance->clock);
}

static void
sender_stop(Sender *sender, const char *why)
{
    if (!sender->report->stopped)
        log_error(sender->instance->log, "sending stopped: %s", why);
    sender->report->stopped = true;
}

/* Records the result that was kept back, and INTENT (or nothing) with it. */
static bool
sender_exchange(Sender *sender, const Delivery *intent, LedgerOutcome *outcome, GError **error)
{
    *outcome = LEDGER_OK;
    const Delivery *result = sender->has_result ? &sender->result : NULL;
    if (result == NULL && intent == NULL)
        return true;
    if (!ledger_exchange(sender->instance->store, &sender->segment, result, intent,
                         sender_now(sender), LEASE_SECONDS, outcome, error))
        return false;
    delivery_clear(&sender->result);
    sender->has_result = false;
    if (*outcome == LEDGER_FENCED)
        sender_stop(sender, "another sender has taken over");
    return true;
}

/* SIGINT and SIGTERM are blocked while mails go out: the one in flight is finished and recorded,
 * then the rest is left for the next run. */
static bool
stop_was_asked(void)
{
    sigset_t pending;
    sigpending(&pending);
    return sigismember(&pending, SIGINT) == 1 || sigismember(&pending, SIGTERM) == 1;
}

static void
block_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
}

/* What came of a mail */

static void
count_verdict(Sender *sender, Verdict verdict, const Delivery *delivery)
{
    DispatchReport *report = sender->report;
    switch (verdict) {
    case VERDICT_SENT: report->sent++; break;
    case VERDICT_REFUSED: report->refused++; break;
    case VERDICT_UNCERTAIN: report->uncertain++; break;
    case VERDICT_LATER:
    case VERDICT_OUR_FAULT:
    case VERDICT_NOT_SENT:
        if (delivery->state == DELIVERY_DROPPED)
            report->dropped++;
        else
            report->deferred++;
        break;
    }
}

static void
log_verdict(const Sender *sender, Verdict verdict, const TransportResult *result,
            const Subscription *subscription)
{
    LogLevel level = verdict == VERDICT_SENT ? LOG_DETAIL : LOG_WARN;
    log_write(sender->instance->log, level, "subscription %" G_GINT64_FORMAT ": %s (%s: %d %s%s%s)",
              subscription->id, verdict_name(verdict), smtp_phase_name(result->phase),
              result->reply.code, result->reply.status != NULL ? result->reply.status : "",
              result->reply.status != NULL ? " " : "", result->reply.text);
}

static void
sender_take_result(Sender *sender, Delivery *delivery, const TransportResult *result,
                   const Subscription *subscription)
{
    Verdict verdict = verdict_of(&result->reply, result->phase);
    delivery_apply(delivery, verdict, &result->reply, sender_now(sender));
    count_verdict(sender, verdict, delivery);
    log_verdict(sender, verdict, result, subscription);
    sender->result = *delivery;
    sender->has_result = verdict != VERDICT_UNCERTAIN; /* the intent says it already */
    if (verdict == VERDICT_UNCERTAIN)
        delivery_clear(&sender->result);
    memset(delivery, 0, sizeof *delivery);

    /* A relay that never answers the dot would make the whole list uncertain. */
    bool faulty =
        verdict == VERDICT_OUR_FAULT || verdict == VERDICT_NOT_SENT || verdict == VERDICT_UNCERTAIN;
    sender->faults = faulty ? sender->faults + 1 : 0;
    if (sender->faults < FAULTS_MAX)
        return;
    g_autofree char *why = g_strdup_printf("%u mails in a row could not be handed over; the last "
                                           "reply was: %d %s",
                                           sender->faults, result->reply.code, result->reply.text);
    sender_stop(sender, why);
}

/* One recipient */

/* The relay must be there before an intent is written: an intent that waits for a connection would
 * be uncertain for nothing. */
static bool
sender_connect(Sender *sender)
{
    g_auto(TransportResult) result = { 0 };
    if (transport_connect(sender->transport, &result))
        return true;
    g_autofree char *code =
        result.reply.code == 0 ? g_strdup("") : g_strdup_printf("%d ", result.reply.code);
    g_autofree char *why = g_strconcat("the relay cannot be used: ", code, result.reply.text, NULL);
    sender_stop(sender, why);
    return false;
}

static bool
sender_send(Sender *sender, const Recipient *recipient, const Address *envelope_sender,
            GError **error)
{
    const Subscription *subscription = recipient->subscription;
    g_auto(Delivery) delivery = {
        .issue = sender->segment.issue,
        .subscription = subscription->id,
        .attempt = recipient->delivery.attempt,
        .first_at = recipient->delivery.first_at,
    };
    LedgerOutcome outcome;

    if (!sender_connect(sender))
        return true;
    delivery_intend(&delivery, sender_now(sender));
    if (!sender_exchange(sender, &delivery, &outcome, error))
        return false;
    switch (outcome) {
    case LEDGER_FENCED: return true;
    case LEDGER_LEFT:
        log_detail(sender->instance->log, "subscription %" G_GINT64_FORMAT " has left meanwhile",
                   subscription->id);
        return true;
    case LEDGER_OK: break;
    }
    g_auto(TransportResult) result = { 0 };
    transport_send(sender->transport, envelope_sender, subscription->choice->address,
                   sender->message, &result);
    sender_take_result(sender, &delivery, &result, subscription);
    return true;
}

/* Ends a delivery without sending: STATE says how, NOTE why. */
static bool
sender_settle(Sender *sender, const Recipient *recipient, DeliveryState state, const char *note,
              GError **error)
{
    g_auto(Delivery) delivery = {
        .issue = sender->segment.issue,
        .subscription = recipient->subscription->id,
        .state = state,
        .attempt = recipient->delivery.attempt,
        .first_at = recipient->delivery.first_at,
        .at = sender_now(sender),
        .note = g_strdup(note),
    };
    LedgerOutcome outcome;
    if (!sender_exchange(sender, NULL, &outcome, error) || outcome != LEDGER_OK)
        return outcome != LEDGER_OK;
    sender->result = delivery;
    sender->has_result = true;
    memset(&delivery, 0, sizeof delivery);
    sender->report->dropped += state == DELIVERY_DROPPED;
    return sender_exchange(sender, NULL, &outcome, error);
}

/* True when RECIPIENT has an intent that a crash left without a result and on_uncertain does not
 * say to send it again. */
static bool
uncertain_stays(const Sender *sender, const Recipient *recipient, DeliveryState *state)
{
    const char *policy = sender->instance->config->on_uncertain;
    if (recipient->delivery.state != DELIVERY_INTENT || strcmp(policy, "resend") == 0)
        return false;
    *state = strcmp(policy, "hold") == 0 ? DELIVERY_HELD : DELIVERY_DROPPED;
    return true;
}

static bool
dispatch_recipient(Sender *sender, Edition *edition, const Recipient *recipient, GError **error)
{
    const Subscription *subscription = recipient->subscription;
    DeliveryState state;
    if (uncertain_stays(sender, recipient, &state))
        return sender_settle(sender, recipient, state, "uncertain: it may have arrived", error);
    if (recipient->suppressed || subscription->state != SUBSCRIPTION_ACTIVE)
        return sender_settle(sender, recipient, DELIVERY_DROPPED, "left before it was sent", error);

    g_autoptr(GError) problem = NULL;
    g_autoptr(Address) envelope_sender = NULL;
    EditionOutcome outcome;
    if (!edition_write(edition, subscription, sender->message, &envelope_sender, &outcome,
                       &problem)) {
        log_warn(sender->instance->log, "subscription %" G_GINT64_FORMAT " of \"%s\": %s",
                 subscription->id, subscription->newsletter, problem->message);
        sender->report->failed++;
        return true;
    }
    if (outcome != EDITION_READY) {
        sender->report->empty += outcome == EDITION_EMPTY;
        /* Where an earlier run began, something has to end it. */
        return recipient->delivery.state == 0 ||
               sender_settle(sender, recipient, DELIVERY_DROPPED, "chose otherwise since", error);
    }
    return sender_send(sender, recipient, envelope_sender, error);
}

static bool
is_in_scope(const Sender *sender, const Recipient *recipient)
{
    const char *only = sender->scope->only;
    return only == NULL || strcmp(only, address_key(recipient->subscription->choice->address)) == 0;
}

/* Segments and issues */

static bool
dispatch_page(Sender *sender, Edition *edition, const GPtrArray *page, GError **error)
{
    for (guint i = 0; i < page->len && !sender->report->stopped; i++) {
        const Recipient *recipient = page->pdata[i];
        if (stop_was_asked()) {
            sender_stop(sender, "a signal asked for it");
            return true;
        }
        if (is_in_scope(sender, recipient) &&
            !dispatch_recipient(sender, edition, recipient, error))
            return false;
    }
    return true;
}

static bool
dispatch_segment(Sender *sender, Edition *edition, GError **error)
{
    int64_t after_id = -1;
    guint failed_before = sender->report->failed;
    while (!sender->report->stopped) {
        g_autoptr(GPtrArray) page = ledger_recipients(sender->instance->store, &sender->segment,
                                                      after_id, sender->started, PAGE_SIZE, error);
        if (page == NULL)
            return false;
        if (page->len == 0)
            break;
        const Recipient *last = page->pdata[page->len - 1];
        after_id = last->subscription->id;
        if (!dispatch_page(sender, edition, page, error))
            return false;
    }
    LedgerOutcome outcome;
    if (!sender_exchange(sender, NULL, &outcome, error))
        return false;
    if (outcome == LEDGER_FENCED)
        return true;
    bool untouched = sender->report->stopped || sender->scope->only != NULL ||
                     sender->report->failed > failed_before;
    return ledger_finish(sender->instance->store, &sender->segment, untouched, sender_now(sender),
                         error);
}

/* Claims by the time the dispatch started: a segment that is given back with something to do later
 * is not claimed again by the same run. */
static bool
dispatch_issue(Sender *sender, const Issue *issue, GError **error)
{
    g_autoptr(Edition) edition = NULL;
    while (!sender->report->stopped) {
        bool found = false;
        if (!ledger_claim(sender->instance->store, issue->id, sender->started, LEASE_SECONDS,
                          &sender->segment, &found, error))
            return false;
        if (!found)
            return true;
        if (edition == NULL && (edition = edition_open(sender->instance, issue, error)) == NULL) {
            g_prefix_error(error, "newsletter \"%s\", issue %" G_GINT64_FORMAT ": ",
                           issue->newsletter, issue->number);
            return false;
        }
        if (!dispatch_segment(sender, edition, error))
            return false;
    }
    return true;
}

static Transport *
open_transport(const Instance *instance, GError **error)
{
    const RelayConfig *relay = instance->config->relays->pdata[0];
    TransportSettings settings = {
        .url = instance->dry_run ? "null:" : relay->url,
        .user = relay->user,
        .password = relay->password,
        .clear_text = strcmp(relay->tls, "none") == 0,
        .ca_file = relay->ca_file,
        .ehlo_name = relay->ehlo_name,
        .timeout = relay->timeout,
    };
    return transport_open(&settings, error);
}

bool
dispatch(Instance *instance, const DispatchScope *scope, DispatchReport *report, GError **error)
{
    int64_t started = clock_now(instance->clock);
    if (scope->retry && !ledger_retry(instance->store, scope->issue, started, error))
        return false;
    g_autoptr(GPtrArray) issues = store_issues_list(instance->store, NULL, true, error);
    if (issues == NULL)
        return false;
    g_autoptr(Transport) transport = open_transport(instance, error);
    if (transport == NULL)
        return false;
    g_autoptr(GString) message = g_string_new(NULL);
    Sender sender = {
        .instance = instance,
        .transport = transport,
        .scope = scope,
        .report = report,
        .started = started,
        .message = message,
    };
    block_signals();
    bool fine = true;
    /* The newest first: what is left of old ones has been refused before, and may stop the run. */
    for (guint i = issues->len; fine && i > 0 && !report->stopped; i--) {
        const Issue *issue = issues->pdata[i - 1];
        if (scope->issue == 0 || scope->issue == issue->id)
            fine = dispatch_issue(&sender, issue, error);
    }
    delivery_clear(&sender.result);
    return fine;
}
