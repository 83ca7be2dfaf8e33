#include "jobs/dispatch-internal.h"

/* So many mails in a row that the relay does not take for reasons that are not the recipients' stop
 * the run: something is wrong with it or with us, and going on would only make it worse. */
#define FAULTS_MAX 3u
/* A mail whose connection was lost before its dot is taken up by another one at once, so often. */
#define TRIES_MAX 3u
/* To a server that has never answered sooner the text of a mail leaves ahead of its dot, while its intent is recorded:
 * it is there by then. Those that have are limited by processors, for which that is a write and a packet more. */
#define AHEAD_MICROSECONDS 1000

/* The commit */

void
dispatch_end_letter(Dispatch *dispatch, Letter *letter, bool taken_from_window)
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
        .back = is_result ? letter->back : NULL,
        .intent = is_result ? NULL : &letter->delivery,
        .reader = is_result ? NULL : letter->recipient->subscription,
        .left = is_result ? NULL : letter->left,
    };
    g_array_append_val(dispatch->entries, entry);
    g_ptr_array_add(dispatch->mails, mail);
    dispatch->intents += !is_result;
}

/* There is no mail, but something waits for the reader. */
static void
gather_left(Dispatch *dispatch, const Letter *letter)
{
    LedgerEntry entry = {
        .segment = letter_segment(letter),
        .reader = letter->recipient->subscription,
        .left = letter->left,
    };
    g_array_append_val(dispatch->entries, entry);
    g_ptr_array_add(dispatch->mails, NULL);
}

/* What waits for the reader of ENTRY could not be written: the next run chooses for them anew. */
static void
leave_for_later(Dispatch *dispatch, const LedgerEntry *entry)
{
    for (guint i = 0; i < dispatch->ended->len; i++) {
        Letter *letter = dispatch->ended->pdata[i];
        if (letter->recipient->subscription == entry->reader)
            letter->delivery.state = 0;
    }
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
    dispatch->at_server += letter->intended;
    letter->withdrawn = outcome != LEDGER_OK;
    letter->has_left = outcome == LEDGER_LEFT;
    letter->is_stale = outcome == LEDGER_STALE;
    /* One that was lost meanwhile is not let go: it tells the same as those that were lost with it. */
    int64_t now = g_get_monotonic_time();
    if (!letter->intended)
        courier_withdraw(dispatch->courier, mail);
    else if (courier_release(dispatch->courier, mail))
        letter->let_go_at = now;
    switch (outcome) {
    case LEDGER_OK: letter->recipient->subscription->carry.settled = true; return true;
    case LEDGER_STALE:
        return ledger_carried(dispatch->instance->store, letter->delivery.issue,
                              letter->recipient->subscription, error);
    case LEDGER_LEFT:
        log_detail(dispatch->instance->log,
                   "issue %" G_GINT64_FORMAT ", %s: left or moved meanwhile",
                   letter->delivery.issue, address_of(letter));
        return true;
    case LEDGER_CLOSED: return dispatch_stop_issue(dispatch, letter_segment(letter)->issue, error);
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
    dispatch->commit_time = g_get_monotonic_time() - begun;
    return true;
}

bool
dispatch_commit(Dispatch *dispatch, GError **error)
{
    if (dispatch->entries->len > 0 && !write_ledger(dispatch, error))
        return false;
    /* A last look: a mail whose dot was never sent has not arrived, and nobody needs to wonder. */
    if (dispatch->intents > 0)
        courier_turn(dispatch->courier, 0);
    for (guint i = 0; i < dispatch->entries->len; i++) {
        const LedgerEntry *entry = &g_array_index(dispatch->entries, LedgerEntry, i);
        Mail *mail = dispatch->mails->pdata[i];
        if (mail != NULL && !answer(dispatch, entry->outcome, mail, error))
            return false;
        if (mail == NULL && entry->left != NULL && entry->outcome != LEDGER_OK)
            leave_for_later(dispatch, entry);
        if (mail == NULL && entry->outcome == LEDGER_FENCED)
            dispatch_stop(dispatch, "another sender has taken over");
    }
    g_array_set_size(dispatch->entries, 0);
    g_ptr_array_set_size(dispatch->mails, 0);
    dispatch->intents = 0;
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
 * thing once, and so do complaints that we are too fast: such a fault only counts of a mail that was
 * let go after the last one of that relay was known. A relay that never answers the dot would otherwise make the
 * whole list uncertain, and one that wants us to slow down would stop us before it could see us do it. */
static void
count_fault(Dispatch *dispatch, const Letter *letter, Verdict verdict, guint relay,
            const SmtpReply *reply)
{
    bool is_loss = verdict == VERDICT_NOT_SENT || verdict == VERDICT_UNCERTAIN;
    bool is_shared = is_loss || verdict_slow_down(reply);
    if (dispatch->lost[relay])
        return;
    if (!is_loss && verdict != VERDICT_OUR_FAULT) {
        dispatch->faults[relay] = 0;
        return;
    }
    if (is_shared && letter->let_go_at <= dispatch->fault_at[relay])
        return;
    if (is_shared)
        dispatch->fault_at[relay] = g_get_monotonic_time();
    if (++dispatch->faults[relay] != FAULTS_MAX)
        return;
    g_autofree char *why = g_strdup_printf("%u mails in a row could not be handed over; the last "
                                           "reply was: %d %s",
                                           FAULTS_MAX, reply->code, reply->text);
    courier_stop_relay(dispatch->courier, relay);
    dispatch_lose_relay(dispatch, relay, why);
}

/* Whoever is asked to slow down does. */
static void
mind_pace(Dispatch *dispatch, const Letter *letter, Verdict verdict, guint relay,
          const RelayResult *result)
{
    int64_t now = g_get_monotonic_time();
    if (verdict == VERDICT_SENT)
        window_grow(dispatch->window, letter, now);
    if (!verdict_slow_down(&result->reply))
        return;
    courier_ease(dispatch->courier, relay);
    window_ease(dispatch->window, letter, now, g_random_double());
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
    letter->begun = letter->intended = letter->is_stale = letter->withdrawn = false;
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
    dispatch->at_server -= letter->intended;
    bool is_taken = result->phase == SMTP_DOT && result->reply.code / 100 == 2;
    if (letter->intended && is_taken && !dispatch->lost[relay])
        backlog_learn(dispatch->backlog, relay, g_get_monotonic_time() - letter->let_go_at);
    bool is_untouched = result->phase == SMTP_CONNECT && !letter->intended;
    bool is_free = (is_untouched && !letter->withdrawn) || letter->is_stale;
    if (is_free && goes_again(dispatch, letter)) {
        take_back(dispatch, letter, result);
        return;
    }
    if (letter->withdrawn || is_untouched) {
        dispatch->report->dropped += letter->has_left;
        letter->delivery.state = letter->has_left ? DELIVERY_DROPPED : 0; /* in no row */
        dispatch_end_letter(dispatch, letter, true);
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
    dispatch_end_letter(dispatch, letter, true);
}

void
dispatch_end_unsent(Dispatch *dispatch, Letter *letter, DeliveryState state, const char *note,
                    bool taken_from_window)
{
    letter->delivery.state = state;
    letter->delivery.at = dispatch_now(dispatch);
    letter->delivery.note = g_strdup(note);
    dispatch->report->dropped += state == DELIVERY_DROPPED;
    gather(dispatch, letter, true, NULL);
    dispatch_end_letter(dispatch, letter, taken_from_window);
}

static void
tell_failure(Dispatch *dispatch, const Letter *letter, const GError *problem)
{
    log_warn(dispatch->instance->log, "issue %" G_GINT64_FORMAT ", %s: %s", letter->delivery.issue,
             address_of(letter), problem->message);
    dispatch->report->failed++;
}

void
dispatch_end_away(Dispatch *dispatch, Letter *letter)
{
    g_autoptr(GError) problem = NULL;
    if (edition_told(letter->edition, letter->recipient->subscription, &letter->back, &problem)) {
        dispatch_end_unsent(dispatch, letter, DELIVERY_DROPPED, "comes with a later digest", false);
        return;
    }
    tell_failure(dispatch, letter, problem);
    dispatch_end_letter(dispatch, letter, false);
}

void
dispatch_take_not_written(Dispatch *dispatch, const Written *written)
{
    Letter *letter = written->letter;
    if (written->problem != NULL) {
        tell_failure(dispatch, letter, written->problem);
        dispatch_end_letter(dispatch, letter, true);
        return;
    }
    dispatch->report->empty += written->outcome == EDITION_EMPTY;
    dispatch->report->waiting += written->outcome == EDITION_WAITS;
    if (letter->left != NULL)
        gather_left(dispatch, letter);
    /* Where an earlier run began, something has to end it. */
    if (letter->recipient->delivery.state != 0) {
        dispatch_end_unsent(dispatch, letter, DELIVERY_DROPPED, "chose otherwise since", true);
        return;
    }
    letter->delivery.state = DELIVERY_DROPPED; /* in no row: nobody gets an empty mail */
    dispatch_end_letter(dispatch, letter, true);
}

static void
take_down(Dispatch *dispatch, const News *news)
{
    const SmtpReply *reply = &news->result.reply;
    g_autofree char *code = reply->code == 0 ? g_strdup("") : g_strdup_printf("%d ", reply->code);
    g_autofree char *why = g_strconcat("the relay cannot be used: ", code, reply->text, NULL);
    dispatch_lose_relay(dispatch, news->relay, why);
}

static bool
take_one(Dispatch *dispatch, News *news, GError **error)
{
    Letter *letter = news->kind != NEWS_DOWN ? news->mail->owner : NULL;
    switch (news->kind) {
    case NEWS_WANTS_RELEASE:
        delivery_intend(&letter->delivery, dispatch_now(dispatch));
        letter->begun = true;
        gather(dispatch, letter, false, news->mail);
        if (backlog_answer(dispatch->backlog, news->relay) >= AHEAD_MICROSECONDS)
            courier_send_text(dispatch->courier, news->mail);
        return true;
    case NEWS_DONE:
        /* Lost before its intent was committed: that has to happen first. */
        if (is_gathered(dispatch, news->mail) && !dispatch_commit(dispatch, error))
            return false;
        take_result(dispatch, letter, news->relay, &news->result);
        return true;
    case NEWS_DOWN: take_down(dispatch, news); return true;
    }
    g_assert_not_reached();
}

/* The list grows while it is read: what is let go by a commit may be heard of at once. */
bool
dispatch_take_news(Dispatch *dispatch, GError **error)
{
    bool fine = true;
    for (guint i = 0; i < dispatch->news->len; i++) {
        News news = g_array_index(dispatch->news, News, i);
        fine = fine && take_one(dispatch, &news, error);
        if (news.kind == NEWS_DONE)
            writers_take_back(dispatch->writers, news.mail);
        relay_result_clear(&news.result);
    }
    g_array_set_size(dispatch->news, 0);
    return fine;
}
