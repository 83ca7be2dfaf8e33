#include "jobs/dispatch.h"

#include <signal.h>
#include <string.h>

#include "base/error.h"
#include "base/inbox.h"
#include "delivery/retry.h"
#include "jobs/generation.h"
#include "jobs/progress.h"
#include "jobs/relays.h"
#include "jobs/supply.h"
#include "jobs/window.h"
#include "jobs/writers.h"
#include "net/courier.h"

/* How the threads work together. This one alone has the store; the others never wait for it.
 *
 *     supply ─► window ─► writers ─────► courier ─────────────┐
 *       ▲                                ▲  │ wants_release   │ done
 *       │                        release │  ▼                 ▼
 *       └──────────── here: one commit for all that came meanwhile ◄───── messages
 *
 * While a commit waits for the disk, the next messages queue up; so the busier it gets, the more
 * mails share one.                                                                               */

/* Letters that wait in the window: enough to find others while a large provider is slow. */
#define WINDOW_MAX 4096u
/* Letters on their way for each connection: one whose dot is out, and one whose envelope is. Beside
 * them, for all, some that are being written. */
#define LETTERS_PER_CONNECTION 2u
#define LETTERS_AHEAD          24u
/* So many mails in a row that the relay does not take for reasons that are not the recipients' stop
 * the run: something is wrong with it or with us, and going on would only make it worse. */
#define FAULTS_MAX 3u
/* A mail whose connection was lost before its dot is taken up by another one at once, so often. */
#define TRIES_MAX 3u
/* A commit waits for company, but never longer than this (microseconds). */
#define COMMIT_WAIT_MAX ((int64_t)500)
/* So often an uncertain mail is sent; then it is held for the operator. */
#define RESENDS_MAX 3
/* How often signals, the state of issues and the progress are looked at. */
#define LOOK_MICROSECONDS (G_USEC_PER_SEC / 4)
#define RENEW_SECONDS     60
/* Somebody who imports a list may have the database for a while: mails wait for it. */
#define STORE_PATIENCE_SECONDS 120

typedef enum {
    MESSAGE_NOT_WRITTEN,
    MESSAGE_WANTS_RELEASE,
    MESSAGE_DONE,
    MESSAGE_DOWN,
} MessageKind;

/* What another thread has to tell. */
typedef struct {
    MessageKind kind;
    Letter *letter;
    Mail *mail;
    guint relay;
    RelayResult result;
    EditionOutcome outcome;
    GError *problem;
} Message;

typedef struct {
    Instance *instance;
    const DispatchScope *scope;
    DispatchReport *report;
    Inbox *inbox;        /* of Message *: from the other threads */
    GPtrArray *told;     /* of Message *: by the courier, in its present round */
    GPtrArray *messages; /* of Message *: taken out of the inbox */
    Courier *courier;
    Writers *writers;
    Window *window;
    Supply *supply;
    Progress *progress;
    guint batch;          /* messages that are worth a commit */
    int64_t committed_at; /* monotonic: the end of the last commit */
    int64_t commit_time;  /* microseconds: of the last commit */
    guint out;            /* letters between the window and their end */
    guint out_max;
    bool is_exhausted; /* the supply */

    GArray *entries;     /* of LedgerEntry: the commit that is being gathered */
    GPtrArray *mails;    /* of Mail *: by entry; those that wait for their release, else NULL */
    GPtrArray *released; /* of Mail *: what the ledger said to them */
    GPtrArray *withdrawn;
    GPtrArray *fresh; /* of Letter *: handed out together */
    GPtrArray *ended; /* of Letter *: end with this commit */
    GPtrArray *again; /* of Letter *: go back into the window after it */

    GError *problem; /* that kept us from reading on: what is on its way is finished */
    guint relays_lost;
    bool *lost;         /* by relay: it is not used any more */
    guint *faults;      /* by relay, in a row */
    guint faults_known; /* counts losses of connections; see count_fault() */
    int64_t looked_at;  /* monotonic */
    int64_t renewed_at;
} Dispatch;

static int64_t
dispatch_now(const Dispatch *dispatch)
{
    return clock_now(dispatch->instance->clock);
}

/* Messages */

/* The mail of one that is done is ours. */
static void
message_free(Message *message)
{
    if (message->kind == MESSAGE_DONE)
        mail_free(message->mail);
    relay_result_clear(&message->result);
    g_clear_error(&message->problem);
    g_free(message);
}

static void
on_written(void *user, GPtrArray *mails)
{
    Dispatch *dispatch = user;
    courier_take(dispatch->courier, mails);
}

static void
on_not_written(void *user, Letter *letter, EditionOutcome outcome, GError *problem)
{
    Dispatch *dispatch = user;
    const Message message = {
        .kind = MESSAGE_NOT_WRITTEN, .letter = letter, .outcome = outcome, .problem = problem
    };
    g_autoptr(GPtrArray) messages = g_ptr_array_new();
    g_ptr_array_add(messages, g_memdup2(&message, sizeof message));
    inbox_put(dispatch->inbox, messages);
}

/* From the courier's thread: what one round brings is put into the inbox at its end. */
static void
tell(Dispatch *dispatch, Message message)
{
    g_ptr_array_add(dispatch->told, g_memdup2(&message, sizeof message));
}

static void
on_round(void *user)
{
    Dispatch *dispatch = user;
    inbox_put(dispatch->inbox, dispatch->told);
}

static void
on_wants_release(void *user, Mail *mail)
{
    tell(user, (Message){ .kind = MESSAGE_WANTS_RELEASE, .letter = mail->owner, .mail = mail });
}

static void
on_done(void *user, Mail *mail, guint relay, RelayResult *result)
{
    tell(user, (Message){ .kind = MESSAGE_DONE,
                          .letter = mail->owner,
                          .mail = mail,
                          .relay = relay,
                          .result = *result });
    memset(result, 0, sizeof *result);
}

static void
on_down(void *user, guint relay, const RelayResult *result)
{
    Message message = { .kind = MESSAGE_DOWN, .relay = relay, .result = *result };
    message.result.reply.status = g_strdup(result->reply.status);
    message.result.reply.text = g_strdup(result->reply.text);
    tell(user, message);
}

/* Stopping */

/* These are blocked while mails go out: those in flight are finished and recorded, then the rest is
 * left for the next run. SIGHUP: a terminal that was closed. */
static const int stopping_signals[] = { SIGINT, SIGTERM, SIGHUP };

static bool
stop_was_asked(void)
{
    sigset_t pending;
    sigpending(&pending);
    for (gsize i = 0; i < G_N_ELEMENTS(stopping_signals); i++)
        if (sigismember(&pending, stopping_signals[i]) == 1)
            return true;
    return false;
}

static void
block_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    for (gsize i = 0; i < G_N_ELEMENTS(stopping_signals); i++) {
        struct sigaction action;
        sigaction(stopping_signals[i], NULL, &action);
        if (action.sa_handler != SIG_IGN) /* nohup: whoever ignores it goes on doing so */
            sigaddset(&set, stopping_signals[i]);
    }
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static void
dispatch_stop(Dispatch *dispatch, const char *why)
{
    if (dispatch->report->stopped)
        return;
    dispatch->report->stopped = true;
    log_error(dispatch->instance->log, "sending stopped: %s", why);
    supply_stop(dispatch->supply, 0);
    courier_stop(dispatch->courier);
}

/* RELAY is not used any more; without another one sending stops. */
static void
relay_is_lost(Dispatch *dispatch, guint relay, const char *why)
{
    const GPtrArray *relays = dispatch->instance->config->relays;
    const RelayConfig *config = relays->pdata[relay];
    if (dispatch->lost[relay])
        return;
    dispatch->lost[relay] = true;
    dispatch->relays_lost++;
    if (dispatch->relays_lost == relays->len)
        dispatch_stop(dispatch, why);
    else
        log_error(dispatch->instance->log, "%s is not used any more: %s", config->url, why);
}

static bool
stop_issue(Dispatch *dispatch, int64_t issue, GError **error)
{
    supply_stop(dispatch->supply, issue);
    g_autoptr(GPtrArray) others = g_ptr_array_new();
    Letter *letter;
    bool fine = true;
    while (fine && (letter = window_take_any(dispatch->window)) != NULL) {
        if (issue == 0 || letter_segment(letter)->issue == issue)
            fine = supply_end(dispatch->supply, letter, true, error);
        else
            g_ptr_array_add(others, letter);
    }
    for (guint i = 0; i < others->len; i++)
        window_put(dispatch->window, others->pdata[i]);
    return fine;
}

/* The commit */

/* A letter on its way has come to an end with the commit that is being gathered. */
static void
letter_ends(Dispatch *dispatch, Letter *letter, bool taken_from_window)
{
    if (taken_from_window) {
        window_end(dispatch->window, letter);
        dispatch->out--;
    }
    g_ptr_array_add(dispatch->ended, letter);
}

static void
gather(Dispatch *dispatch, Letter *letter, bool is_result, Mail *mail)
{
    LedgerEntry entry = {
        .segment = letter_segment(letter),
        .result = is_result ? &letter->delivery : NULL,
        .intent = is_result ? NULL : &letter->delivery,
    };
    g_array_append_val(dispatch->entries, entry);
    g_ptr_array_add(dispatch->mails, mail);
}

static const char *
address_of(const Letter *letter)
{
    return address_text(letter->recipient->subscription->choice->address);
}

/* What the ledger says to the intent of MAIL. */
static bool
answer(Dispatch *dispatch, LedgerOutcome outcome, Mail *mail, GError **error)
{
    Letter *letter = mail->owner;
    letter->intended = outcome == LEDGER_OK;
    letter->withdrawn = outcome != LEDGER_OK;
    letter->left = outcome == LEDGER_LEFT;
    letter->faults_known = dispatch->faults_known;
    g_ptr_array_add(letter->intended ? dispatch->released : dispatch->withdrawn, mail);
    switch (outcome) {
    case LEDGER_OK: return true;
    case LEDGER_LEFT:
        log_detail(dispatch->instance->log, "issue %" G_GINT64_FORMAT ", %s: left meanwhile",
                   letter->delivery.issue, address_of(letter));
        return true;
    case LEDGER_CLOSED: return stop_issue(dispatch, letter_segment(letter)->issue, error);
    case LEDGER_FENCED: dispatch_stop(dispatch, "another sender has taken over"); return true;
    }
    g_assert_not_reached();
}

/* Ends the letters whose results are in the ledger now, and puts back those that go again. */
static bool
settle_gathered(Dispatch *dispatch, GError **error)
{
    bool fine = true;
    for (guint i = 0; fine && i < dispatch->ended->len; i++) {
        Letter *letter = dispatch->ended->pdata[i];
        bool untouched = letter->delivery.state == 0;
        fine = supply_end(dispatch->supply, letter, untouched, error);
    }
    for (guint i = 0; i < dispatch->again->len; i++)
        window_put(dispatch->window, dispatch->again->pdata[i]);
    g_ptr_array_set_size(dispatch->ended, 0);
    g_ptr_array_set_size(dispatch->again, 0);
    return fine;
}

static bool
write_ledger(Dispatch *dispatch, GError **error)
{
    int64_t begun = g_get_monotonic_time();
    if (!ledger_exchange(dispatch->instance->store, dispatch->entries, dispatch_now(dispatch),
                         LEASE_SECONDS, error))
        return false;
    dispatch->committed_at = g_get_monotonic_time();
    dispatch->commit_time = MIN(dispatch->committed_at - begun, COMMIT_WAIT_MAX);
    return true;
}

/* Makes what was gathered durable, and lets the mails go whose intents are. */
static bool
commit(Dispatch *dispatch, GError **error)
{
    if (dispatch->entries->len > 0 && !write_ledger(dispatch, error))
        return false;
    for (guint i = 0; i < dispatch->entries->len; i++) {
        const LedgerEntry *entry = &g_array_index(dispatch->entries, LedgerEntry, i);
        Mail *mail = dispatch->mails->pdata[i];
        if (mail != NULL && !answer(dispatch, entry->outcome, mail, error))
            return false;
        if (mail == NULL && entry->outcome == LEDGER_FENCED)
            dispatch_stop(dispatch, "another sender has taken over");
    }
    courier_release(dispatch->courier, dispatch->released);
    courier_withdraw(dispatch->courier, dispatch->withdrawn);
    g_array_set_size(dispatch->entries, 0);
    g_ptr_array_set_size(dispatch->mails, 0);
    return settle_gathered(dispatch, error);
}

static bool
is_gathered(const Dispatch *dispatch, const Mail *mail)
{
    return g_ptr_array_find(dispatch->mails, mail, NULL);
}

/* What came of a mail */

static void
count_verdict(Dispatch *dispatch, Verdict verdict, const Delivery *delivery)
{
    DispatchReport *report = dispatch->report;
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
log_verdict(const Dispatch *dispatch, Verdict verdict, const RelayResult *result,
            const Letter *letter)
{
    LogLevel level = verdict == VERDICT_SENT ? LOG_DETAIL : LOG_WARN;
    bool gave_up = letter->delivery.state == DELIVERY_DROPPED;
    log_write(dispatch->instance->log, level, "issue %" G_GINT64_FORMAT ", %s: %s (%s: %d %s%s%s)",
              letter->delivery.issue, address_of(letter),
              gave_up ? "given up" : verdict_name(verdict), smtp_phase_name(result->phase),
              result->reply.code, result->reply.status != NULL ? result->reply.status : "",
              result->reply.status != NULL ? " " : "", result->reply.text);
}

/* Counts what is wrong with a relay in a row. Connections that are lost together tell the same
 * thing once: a loss only counts of a mail that was let go after the last one was known. A relay
 * that never answers the dot would otherwise make the whole list uncertain. */
static void
count_fault(Dispatch *dispatch, const Letter *letter, Verdict verdict, guint relay,
            const SmtpReply *reply)
{
    bool is_loss = verdict == VERDICT_NOT_SENT || verdict == VERDICT_UNCERTAIN;
    if (dispatch->lost[relay])
        return;
    if (!is_loss && verdict != VERDICT_OUR_FAULT) {
        dispatch->faults[relay] = 0;
        return;
    }
    if (is_loss && letter->faults_known != dispatch->faults_known)
        return;
    dispatch->faults_known += is_loss;
    if (++dispatch->faults[relay] != FAULTS_MAX)
        return;
    g_autofree char *why = g_strdup_printf("%u mails in a row could not be handed over; the last "
                                           "reply was: %d %s",
                                           FAULTS_MAX, reply->code, reply->text);
    courier_stop_relay(dispatch->courier, relay);
    relay_is_lost(dispatch, relay, why);
}

/* Whoever is asked to slow down does. */
static void
mind_pace(Dispatch *dispatch, const Letter *letter, Verdict verdict, guint relay,
          const RelayResult *result)
{
    if (verdict == VERDICT_SENT)
        window_grow(dispatch->window, letter);
    if (!verdict_slow_down(&result->reply))
        return;
    courier_ease(dispatch->courier, relay);
    window_ease(dispatch->window, letter, g_get_monotonic_time(), g_random_double());
}

/* LETTER comes back without having been sent; true when it goes again in this run. */
static bool
goes_again(const Dispatch *dispatch, const Letter *letter)
{
    return !dispatch->report->stopped && !supply_has_stopped(letter) &&
           letter->tries + 1 < TRIES_MAX;
}

/* LETTER is put back as it was before this attempt. When its intent is in the ledger, that is taken
 * back first: a crash must not find it there. */
static void
take_back(Dispatch *dispatch, Letter *letter, const RelayResult *result)
{
    if (letter->intended) {
        delivery_take_back(&letter->delivery, &result->reply, dispatch_now(dispatch));
        gather(dispatch, letter, true, NULL);
    } else if (letter->begun) {
        letter->delivery.attempt--;
    }
    log_detail(dispatch->instance->log, "issue %" G_GINT64_FORMAT ", %s: goes again (%s: %s)",
               letter->delivery.issue, address_of(letter), smtp_phase_name(result->phase),
               result->reply.text);
    letter->begun = letter->intended = false;
    letter->tries++;
    window_end(dispatch->window, letter);
    dispatch->out--;
    g_ptr_array_add(dispatch->again, letter);
}

/* Takes the end of LETTER at the courier into the commit. */
static void
take_result(Dispatch *dispatch, Letter *letter, guint relay, const RelayResult *result)
{
    Verdict verdict = verdict_of(&result->reply, result->phase);
    bool is_untouched = result->phase == SMTP_CONNECT && !letter->intended;
    if (is_untouched && goes_again(dispatch, letter)) {
        take_back(dispatch, letter, result);
        return;
    }
    if (letter->withdrawn || is_untouched) {
        dispatch->report->dropped += letter->left;
        letter->delivery.state = letter->left ? DELIVERY_DROPPED : 0; /* in no row */
        letter_ends(dispatch, letter, true);
        return;
    }
    mind_pace(dispatch, letter, verdict, relay, result);
    count_fault(dispatch, letter, verdict, relay, &result->reply);
    if (verdict == VERDICT_NOT_SENT && goes_again(dispatch, letter)) {
        take_back(dispatch, letter, result);
        return;
    }
    if (!letter->begun)
        delivery_intend(&letter->delivery, dispatch_now(dispatch));
    delivery_apply(&letter->delivery, verdict, &result->reply, dispatch_now(dispatch),
                   letter_issue(letter)->not_after);
    count_verdict(dispatch, verdict, &letter->delivery);
    log_verdict(dispatch, verdict, result, letter);
    if (verdict != VERDICT_UNCERTAIN) /* the intent says it already */
        gather(dispatch, letter, true, NULL);
    letter_ends(dispatch, letter, true);
}

/* Ends a delivery without sending: STATE says how, NOTE why. */
static void
end_unsent(Dispatch *dispatch, Letter *letter, DeliveryState state, const char *note,
           bool taken_from_window)
{
    letter->delivery.state = state;
    letter->delivery.at = dispatch_now(dispatch);
    letter->delivery.note = g_strdup(note);
    dispatch->report->dropped += state == DELIVERY_DROPPED;
    gather(dispatch, letter, true, NULL);
    letter_ends(dispatch, letter, taken_from_window);
}

/* There is no message for LETTER. */
static void
take_not_written(Dispatch *dispatch, Letter *letter, EditionOutcome outcome, const GError *problem)
{
    if (problem != NULL) {
        log_warn(dispatch->instance->log, "issue %" G_GINT64_FORMAT ", %s: %s",
                 letter->delivery.issue, address_of(letter), problem->message);
        dispatch->report->failed++;
        letter_ends(dispatch, letter, true);
        return;
    }
    dispatch->report->empty += outcome == EDITION_EMPTY;
    /* Where an earlier run began, something has to end it. */
    if (letter->recipient->delivery.state != 0) {
        end_unsent(dispatch, letter, DELIVERY_DROPPED, "chose otherwise since", true);
        return;
    }
    letter->delivery.state = DELIVERY_DROPPED; /* in no row: nobody gets an empty mail */
    letter_ends(dispatch, letter, true);
}

static void
take_down(Dispatch *dispatch, const Message *message)
{
    const SmtpReply *reply = &message->result.reply;
    g_autofree char *code = reply->code == 0 ? g_strdup("") : g_strdup_printf("%d ", reply->code);
    g_autofree char *why = g_strconcat("the relay cannot be used: ", code, reply->text, NULL);
    relay_is_lost(dispatch, message->relay, why);
}

static bool
take_message(Dispatch *dispatch, Message *message, GError **error)
{
    Letter *letter = message->letter;
    switch (message->kind) {
    case MESSAGE_NOT_WRITTEN:
        take_not_written(dispatch, letter, message->outcome, message->problem);
        return true;
    case MESSAGE_WANTS_RELEASE:
        delivery_intend(&letter->delivery, dispatch_now(dispatch));
        letter->begun = true;
        gather(dispatch, letter, false, message->mail);
        return true;
    case MESSAGE_DONE:
        /* Lost before its intent was committed: that has to happen first. */
        if (is_gathered(dispatch, message->mail) && !commit(dispatch, error))
            return false;
        take_result(dispatch, letter, message->relay, &message->result);
        writers_take_back(dispatch->writers, g_steal_pointer(&message->mail));
        return true;
    case MESSAGE_DOWN: take_down(dispatch, message); return true;
    }
    g_assert_not_reached();
}

/* Handing out */

/* True when RECIPIENT has an intent that was left without a result and is not to be sent again:
 * on_uncertain says so, or it has been often enough. A relay that takes a certain mail and never says
 * so would else get it with every run. */
static bool
uncertain_stays(const Dispatch *dispatch, const Recipient *recipient, DeliveryState *state)
{
    const char *policy = dispatch->instance->config->on_uncertain;
    if (recipient->delivery.state != DELIVERY_INTENT)
        return false;
    bool may_resend = strcmp(policy, "resend") == 0 && recipient->delivery.attempt < RESENDS_MAX;
    bool resends = may_resend || dispatch->scope->retry;
    *state = strcmp(policy, "drop") == 0 ? DELIVERY_DROPPED : DELIVERY_HELD;
    return !resends;
}

/* Whether an uncertain mail still waits: the answer to its dot may take ten minutes, and somebody may
 * be about to look. */
static bool
uncertain_waits(const Dispatch *dispatch, const Delivery *delivery)
{
    int64_t next = retry_next(delivery->attempt, delivery->at, delivery->at, 0);
    return delivery->state == DELIVERY_INTENT && !dispatch->scope->retry &&
           dispatch_now(dispatch) < next;
}

/* LETTER, fresh from the supply, waits for its turn, unless there is nothing to send now. */
static void
receive(Dispatch *dispatch, Letter *letter)
{
    const Recipient *recipient = letter->recipient;
    DeliveryState state;
    if (uncertain_stays(dispatch, recipient, &state))
        end_unsent(dispatch, letter, state, "uncertain: it may have arrived", false);
    else if (uncertain_waits(dispatch, &recipient->delivery))
        letter_ends(dispatch, letter, false);
    else if (recipient->suppressed || recipient->subscription->state != SUBSCRIPTION_ACTIVE)
        end_unsent(dispatch, letter, DELIVERY_DROPPED, "left before it was sent", false);
    else
        window_put(dispatch->window, letter);
}

/* One letter that may go now, from the window or the supply; NULL: none may. *WAIT as of
 * window_take(). */
static bool
find_letter(Dispatch *dispatch, Letter **letter, int64_t *wait, GError **error)
{
    for (;;) {
        *letter = window_take(dispatch->window, g_get_monotonic_time(), wait);
        if (*letter != NULL || dispatch->is_exhausted ||
            window_count(dispatch->window) >= WINDOW_MAX)
            return true;
        Letter *fresh;
        if (!supply_next(dispatch->supply, &fresh, &dispatch->report->failed, error))
            return false;
        if (fresh == NULL)
            dispatch->is_exhausted = true;
        else
            receive(dispatch, fresh);
    }
}

/* Gives out as many letters as may be on their way. */
static bool
hand_out(Dispatch *dispatch, int64_t *wait, GError **error)
{
    *wait = -1;
    while (dispatch->out < dispatch->out_max && !dispatch->report->stopped) {
        Letter *letter;
        if (!find_letter(dispatch, &letter, wait, error))
            return false;
        if (letter == NULL)
            break;
        letter->faults_known = dispatch->faults_known;
        dispatch->out++;
        g_ptr_array_add(dispatch->fresh, letter);
    }
    if (dispatch->fresh->len > 0)
        writers_give(dispatch->writers, dispatch->fresh);
    return true;
}

/* The loop */

static bool
renew_leases(Dispatch *dispatch, GError **error)
{
    g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(LedgerEntry));
    supply_renew(dispatch->supply, entries);
    return ledger_exchange(dispatch->instance->store, entries, dispatch_now(dispatch),
                           LEASE_SECONDS, error);
}

/* Looks at what nobody tells: signals, what the operator did to the issues, and the clock. */
static bool
look_around(Dispatch *dispatch, GError **error)
{
    int64_t now = g_get_monotonic_time();
    if (stop_was_asked())
        dispatch_stop(dispatch, "a signal asked for it");
    if (now - dispatch->looked_at < LOOK_MICROSECONDS)
        return true;
    dispatch->looked_at = now;
    g_autoptr(GArray) closed = g_array_new(FALSE, FALSE, sizeof(int64_t));
    if (!supply_look(dispatch->supply, closed, error))
        return false;
    for (guint i = 0; i < closed->len; i++)
        if (!stop_issue(dispatch, g_array_index(closed, int64_t, i), error))
            return false;
    if (!progress_tell(dispatch->progress, dispatch->report, now, error))
        return false;
    if (now - dispatch->renewed_at < RENEW_SECONDS * G_USEC_PER_SEC)
        return true;
    dispatch->renewed_at = now;
    return generation_advance(dispatch->instance, error) && renew_leases(dispatch, error);
}

/* Takes what has been told, waiting for the first message up to WAIT microseconds. When one commit
 * follows the other it waits a little more, not longer than the last one took, until half of the
 * connections have something to tell: a commit costs the same for one mail and for all. */
static bool
take_messages(Dispatch *dispatch, int64_t wait, GError **error)
{
    GPtrArray *messages = dispatch->messages;
    inbox_take(dispatch->inbox, 1, g_get_monotonic_time() + wait, messages);
    bool is_busy = g_get_monotonic_time() - dispatch->committed_at < dispatch->commit_time;
    if (is_busy && messages->len > 0 && messages->len < dispatch->batch)
        inbox_take(dispatch->inbox, dispatch->batch - messages->len,
                   g_get_monotonic_time() + dispatch->commit_time, messages);
    bool fine = true;
    for (guint i = 0; i < messages->len; i++) {
        fine = fine && take_message(dispatch, messages->pdata[i], error);
        message_free(messages->pdata[i]);
    }
    g_ptr_array_set_size(messages, 0);
    return fine;
}

static bool
dispatch_loop(Dispatch *dispatch, GError **error)
{
    for (;;) {
        int64_t wait;
        if (!hand_out(dispatch, &wait, &dispatch->problem))
            dispatch_stop(dispatch, dispatch->problem->message);
        if (!commit(dispatch, error))
            return false;
        if (dispatch->report->stopped && !stop_issue(dispatch, 0, error))
            return false;
        bool is_over = dispatch->is_exhausted || dispatch->report->stopped;
        if (is_over && dispatch->out == 0 && window_count(dispatch->window) == 0)
            return true;
        wait = wait < 0 ? LOOK_MICROSECONDS : MIN(wait, LOOK_MICROSECONDS);
        if (!take_messages(dispatch, wait, error) || !commit(dispatch, error) ||
            !look_around(dispatch, error))
            return false;
    }
}

/* Beginning and end */

/* A dry run takes the same way to nowhere. */
static RelaySettings *
settings_of(const Instance *instance, guint *connections, GError **error)
{
    const GPtrArray *relays = instance->config->relays;
    g_autofree RelaySettings *settings = g_new0(RelaySettings, relays->len);
    RelayKind kind;
    *connections = 0;
    for (guint i = 0; i < relays->len; i++) {
        settings[i] = relay_settings(relays->pdata[i]);
        if (instance->dry_run) {
            settings[i].url = "null:";
            settings[i].rates = (PaceRates){ 0 };
        }
        if (!relay_check(&settings[i], &kind, error))
            return NULL;
        *connections += (guint)settings[i].connections;
    }
    return g_steal_pointer(&settings);
}

/* Signing takes the time of a hundred letters; without it one thread is ahead of any relay. */
static guint
count_writers(const Config *config)
{
    return config->dkim_domain != NULL ? g_get_num_processors() : 1;
}

static void
dispatch_open(Dispatch *dispatch, const RelaySettings *settings, guint connections)
{
    const CourierListener courier = { on_wants_release, on_done, on_down, on_round, dispatch };
    const WritersListener writers = { on_written, on_not_written, dispatch };
    const Config *config = dispatch->instance->config;
    dispatch->inbox = inbox_new();
    dispatch->told = g_ptr_array_new();
    dispatch->messages = g_ptr_array_new();
    dispatch->released = g_ptr_array_new();
    dispatch->withdrawn = g_ptr_array_new();
    dispatch->fresh = g_ptr_array_new();
    dispatch->batch = connections; /* a result and an intent each, of half of them */
    dispatch->entries = g_array_new(FALSE, FALSE, sizeof(LedgerEntry));
    dispatch->mails = g_ptr_array_new();
    dispatch->ended = g_ptr_array_new();
    dispatch->again = g_ptr_array_new();
    dispatch->faults = g_new0(guint, config->relays->len);
    dispatch->lost = g_new0(bool, config->relays->len);
    dispatch->out_max = connections * LETTERS_PER_CONNECTION + LETTERS_AHEAD;
    dispatch->looked_at = dispatch->renewed_at = g_get_monotonic_time();
    dispatch->window = window_new(dispatch->instance->dry_run ? NULL : config, dispatch->looked_at);
    dispatch->courier = courier_new(settings, config->relays->len, &courier);
    dispatch->writers = writers_new(count_writers(config), &writers);
}

/* After a failure of the store everything stops where it is: a dot that has not left never does. */
static void
dispatch_close(Dispatch *dispatch)
{
    writers_free(dispatch->writers);
    courier_free(dispatch->courier);
    inbox_take(dispatch->inbox, 0, 0, dispatch->messages);
    for (guint i = 0; i < dispatch->messages->len; i++) {
        message_free(dispatch->messages->pdata[i]);
    }
    inbox_free(dispatch->inbox);
    g_ptr_array_unref(dispatch->told);
    g_ptr_array_unref(dispatch->messages);
    g_ptr_array_unref(dispatch->released);
    g_ptr_array_unref(dispatch->withdrawn);
    g_ptr_array_unref(dispatch->fresh);
    g_array_unref(dispatch->entries);
    g_ptr_array_unref(dispatch->mails);
    g_ptr_array_unref(dispatch->ended);
    g_ptr_array_unref(dispatch->again);
    window_free(dispatch->window);
    progress_free(dispatch->progress);
    g_free(dispatch->faults);
    g_free(dispatch->lost);
    g_clear_error(&dispatch->problem);
}

bool
dispatch(Instance *instance, const DispatchScope *scope, DispatchReport *report, GError **error)
{
    guint connections;
    g_autofree RelaySettings *settings = settings_of(instance, &connections, error);
    if (settings == NULL)
        return false;
    if (!generation_check(instance, error))
        return false;
    g_autoptr(Supply) supply = supply_open(instance, scope, error);
    if (supply == NULL)
        return false;
    store_be_patient(instance->store, STORE_PATIENCE_SECONDS);
    block_signals();
    Dispatch dispatch = {
        .instance = instance, .scope = scope, .report = report, .supply = supply
    };
    dispatch.progress = progress_new(instance, supply);
    dispatch_open(&dispatch, settings, connections);
    bool fine = dispatch_loop(&dispatch, error);
    if (fine)
        courier_finish(dispatch.courier);
    if (fine && dispatch.problem != NULL) {
        g_propagate_error(error, g_steal_pointer(&dispatch.problem));
        fine = false;
    }
    if (fine && report->sent > 0)
        fine = generation_advance(instance, error);
    dispatch_close(&dispatch);
    return fine;
}
