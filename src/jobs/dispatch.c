#include "jobs/dispatch-internal.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include "base/error.h"
#include "delivery/retry.h"
#include "jobs/check.h"
#include "jobs/departures.h"
#include "jobs/generation.h"
#include "jobs/rates.h"
#include "jobs/relays.h"

/* How it goes round. One thread has the store and all conversations; the courier makes connections, and
 * the writers write what takes them long, in threads of their own.
 *
 *     supply ─► window ─► writers ─► courier ── wants_release ──► ledger ──► courier ── done ─┐
 *                                                  intent ─────────► ◄──────── result ────────┘
 *
 * A round hears what all servers have said, and one commit records it: results and the next intents.
 * What the servers say while it waits for the disk is heard in the next round; so the busier it gets,
 * the more mails share a commit.                                                                  */

/* Letters that wait in the window: enough to find others while a large provider is slow. */
#define WINDOW_MAX 4096u
/* Letters on their way for each connection: one whose dot is out, and one whose envelope is. Beside
 * them some for each thread that writes. */
#define LETTERS_PER_CONNECTION 2u
#define LETTERS_PER_WRITER     12u
/* Mails that go to nowhere at the same time, and share a commit. */
#define NULL_PLACES 32
/* So often an uncertain mail is sent; then it is held for the operator. */
#define RESENDS_MAX 3
/* A commit waits for company not longer than so many commits take, */
#define COMPANY_COMMITS 4
/* and not longer than this. */
#define COMPANY_MICROSECONDS ((int64_t)2000)
/* Letters that may end before what became of them is recorded. */
#define GATHERED_MAX 256u
/* How often signals, the state of issues and the progress are looked at. */
#define LOOK_MICROSECONDS (G_USEC_PER_SEC / 4)
#define RENEW_SECONDS     60
/* Somebody who imports a list may have the database for a while: mails wait for it. */
#define STORE_PATIENCE_SECONDS 120

int64_t
dispatch_now(const Dispatch *dispatch)
{
    return clock_now(dispatch->instance->clock);
}

/* CourierListener: acted upon once the round is over */

static void
on_wants_release(void *user, Mail *mail, guint relay)
{
    const Dispatch *dispatch = user;
    const News news = { .kind = NEWS_WANTS_RELEASE, .mail = mail, .relay = relay };
    g_array_append_val(dispatch->news, news);
}

static void
on_done(void *user, Mail *mail, guint relay, RelayResult *result)
{
    const Dispatch *dispatch = user;
    const News news = { .kind = NEWS_DONE, .mail = mail, .relay = relay, .result = *result };
    g_array_append_val(dispatch->news, news);
    memset(result, 0, sizeof *result);
}

static void
on_down(void *user, guint relay, const RelayResult *result)
{
    const Dispatch *dispatch = user;
    News news = { .kind = NEWS_DOWN, .relay = relay, .result = *result };
    news.result.reply.status = g_strdup(result->reply.status);
    news.result.reply.text = g_strdup(result->reply.text);
    g_array_append_val(dispatch->news, news);
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

void
dispatch_stop(Dispatch *dispatch, const char *why)
{
    if (dispatch->report->stopped)
        return;
    dispatch->report->stopped = true;
    log_error(dispatch->instance->log, "sending stopped: %s", why);
    supply_stop(dispatch->supply, 0);
    courier_stop(dispatch->courier);
}

void
dispatch_lose_relay(Dispatch *dispatch, guint relay, const char *why)
{
    const GPtrArray *relays = dispatch->instance->config->relays;
    const RelayConfig *config = relays->pdata[relay];
    if (dispatch->lost[relay])
        return;
    dispatch->lost[relay] = true;
    backlog_forget(dispatch->backlog, relay);
    dispatch->relays_lost++;
    if (dispatch->relays_lost == relays->len)
        dispatch_stop(dispatch, why);
    else
        log_error(dispatch->instance->log, "%s is not used any more: %s", config->url, why);
}

/* USER: the number of an issue; 0: any. */
static bool
is_of_issue(const Mail *mail, void *user)
{
    const int64_t *issue = user;
    return *issue == 0 || letter_segment(mail->owner)->issue == *issue;
}

bool
dispatch_stop_issue(Dispatch *dispatch, int64_t issue, GError **error)
{
    supply_stop(dispatch->supply, issue);
    courier_recall(dispatch->courier, is_of_issue, &issue); /* a rate may hold them back for long */
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
 * be about to look. One that is to come left by a clock that was wrong. */
static bool
uncertain_waits(const Dispatch *dispatch, const Delivery *delivery)
{
    int64_t next = retry_next(delivery->attempt, delivery->at, delivery->at, 0);
    int64_t now = dispatch_now(dispatch);
    return delivery->state == DELIVERY_INTENT && !dispatch->scope->retry && delivery->at <= now &&
           now < next;
}

/* Whether RECIPIENT is back some day, and their text has left once. It would be the same again: so it is no mail
 * for that day, but its articles are. */
static bool
is_away(const Recipient *recipient)
{
    const Subscription *reader = recipient->subscription;
    return reader->state == SUBSCRIPTION_PAUSED && reader->carry.settled && !recipient->suppressed;
}

/* LETTER, fresh from the supply, waits for its turn, unless there is nothing to send now. */
static void
receive(Dispatch *dispatch, Letter *letter)
{
    const Recipient *recipient = letter->recipient;
    DeliveryState state;
    if (uncertain_stays(dispatch, recipient, &state))
        dispatch_end_unsent(dispatch, letter, state, "uncertain: it may have arrived", false);
    else if (uncertain_waits(dispatch, &recipient->delivery))
        dispatch_end_letter(dispatch, letter, false);
    else if (is_away(recipient))
        dispatch_end_away(dispatch, letter);
    else if (recipient->suppressed || recipient->subscription->state != SUBSCRIPTION_ACTIVE)
        dispatch_end_unsent(dispatch, letter, DELIVERY_DROPPED, "left before it was sent", false);
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
        bool is_full =
            window_count(dispatch->window) >= WINDOW_MAX || dispatch->ended->len >= GATHERED_MAX;
        if (*letter != NULL || dispatch->is_exhausted || is_full)
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

static void
take_written(Dispatch *dispatch)
{
    Written written;
    while (writers_next(dispatch->writers, &written)) {
        if (written.mail != NULL)
            courier_take(dispatch->courier, written.mail);
        else
            dispatch_take_not_written(dispatch, &written);
        g_clear_error(&written.problem);
    }
}

/* Gives out as many letters as may be on their way. */
static bool
hand_out(Dispatch *dispatch, int64_t *wait, GError **error)
{
    *wait = -1;
    take_written(dispatch);
    while (dispatch->out < dispatch->out_max && dispatch->ended->len < GATHERED_MAX &&
           !dispatch->report->stopped) {
        Letter *letter;
        if (!find_letter(dispatch, &letter, wait, error))
            return false;
        if (letter == NULL)
            break;
        letter->let_go_at = g_get_monotonic_time();
        dispatch->out++;
        writers_give(dispatch->writers, letter);
        take_written(dispatch);
    }
    return true;
}

/* The loop */

/* For the next run. Rates are no reason to end this one. */
static void
record_rates(const Dispatch *dispatch)
{
    g_autoptr(GError) problem = NULL;
    if (!dispatch->instance->dry_run &&
        !rates_record(dispatch->instance, dispatch->courier, dispatch->window, &problem))
        log_warn(dispatch->instance->log, "the next run will not know of the rates of this one: %s",
                 problem->message);
}

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
    if (now - dispatch->looked_at < LOOK_MICROSECONDS)
        return true;
    dispatch->looked_at = now;
    if (stop_was_asked())
        dispatch_stop(dispatch, "a signal asked for it");
    g_autoptr(GArray) closed = g_array_new(FALSE, FALSE, sizeof(int64_t));
    if (!supply_look(dispatch->supply, closed, error))
        return false;
    for (guint i = 0; i < closed->len; i++)
        if (!dispatch_stop_issue(dispatch, g_array_index(closed, int64_t, i), error))
            return false;
    if (!progress_tell(dispatch->progress, dispatch->report, now, error))
        return false;
    if (now - dispatch->renewed_at < RENEW_SECONDS * G_USEC_PER_SEC)
        return true;
    dispatch->renewed_at = now;
    if (!generation_advance(dispatch->instance, error) || !renew_leases(dispatch, error))
        return false;
    record_rates(dispatch);
    return true;
}

static bool
has_to_commit(const Dispatch *dispatch)
{
    return dispatch->entries->len > 0 || dispatch->ended->len > 0 || dispatch->again->len > 0;
}

/* How long a round may wait for the servers: not at all while there is something to do here. WAIT is
 * when the window has something to give out, or -1. */
static int64_t
patience(const Dispatch *dispatch, int64_t wait)
{
    bool has_room =
        dispatch->out < dispatch->out_max && !dispatch->is_exhausted && !dispatch->report->stopped;
    if (dispatch->news->len > 0 || has_to_commit(dispatch) ||
        (has_room && wait < 0 && window_count(dispatch->window) == 0))
        return 0;
    return wait < 0 ? LOOK_MICROSECONDS : MIN(wait, LOOK_MICROSECONDS);
}

/* A commit costs the same for one mail and for all. So it waits, for those whose dots are answered meanwhile,
 * as long as the servers have still work for the time that it will take itself: nothing is lost by that. How
 * long, in microseconds. */
static int64_t
wait_for_company(const Dispatch *dispatch)
{
    guint all = dispatch->at_server + dispatch->intents;
    if (dispatch->intents == 0)
        return 0;
    int64_t work = backlog_left(dispatch->backlog) * dispatch->at_server / all;
    int64_t most = MIN(dispatch->commit_time * COMPANY_COMMITS, COMPANY_MICROSECONDS);
    return CLAMP(work - dispatch->commit_time, 0, most);
}

static bool
has_handed_out_all(const Dispatch *dispatch)
{
    bool is_all = dispatch->is_exhausted || dispatch->report->stopped;
    return is_all && dispatch->again->len == 0 && window_count(dispatch->window) == 0;
}

/* Whether only replies to dots are missing. Before that, a mail may come back and need another connection. */
static bool
is_ending(const Dispatch *dispatch)
{
    return has_handed_out_all(dispatch) && dispatch->out == dispatch->at_server;
}

static bool
is_over(const Dispatch *dispatch)
{
    return has_handed_out_all(dispatch) && dispatch->out == 0 && dispatch->news->len == 0 &&
           !has_to_commit(dispatch);
}

/* The kernel lets a thread sleep 50 microseconds longer than it asked for, which is a quarter of a commit. */
static void
sleep_exactly(void)
{
    prctl(PR_SET_TIMERSLACK, 1ul);
}

/* Not for a time that is left: it may be over before it is reckoned. */
static void
sleep_until(int64_t moment)
{
    const struct timespec until = { .tv_sec = moment / G_USEC_PER_SEC,
                                    .tv_nsec = moment % G_USEC_PER_SEC * 1000 };
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
        continue;
}

/* What may leave leaves before the next mails are written: the servers work meanwhile, and those envelopes ride
 * behind the dots of the round that follows. A round that waits for company only writes and sleeps: to be woken
 * by each reply would cost more than the commits that are spared. */
static bool
dispatch_loop(Dispatch *dispatch, GError **error)
{
    bool has_waited = false;
    sleep_exactly();
    for (;;) {
        int64_t rest = has_waited ? 0 : wait_for_company(dispatch);
        int64_t rests_until = g_get_monotonic_time() + rest;
        has_waited = rest > 0;
        /* What is counted is in the ledger by then. */
        if (!has_waited && (!dispatch_commit(dispatch, error) || !look_around(dispatch, error)))
            return false;
        if (dispatch->report->stopped && !dispatch_stop_issue(dispatch, 0, error))
            return false;
        int64_t wait;
        if (!hand_out(dispatch, &wait, &dispatch->problem))
            dispatch_stop(dispatch, dispatch->problem->message);
        if (is_ending(dispatch))
            courier_end(dispatch->courier);
        if (is_over(dispatch))
            return true;
        if (has_waited)
            sleep_until(rests_until);
        courier_turn(dispatch->courier, has_waited ? 0 : patience(dispatch, wait));
        if (!dispatch_take_news(dispatch, error))
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
        if (kind == RELAY_NULL) /* nobody is asked too much */
            settings[i].connections = NULL_PLACES;
        *connections += (guint)settings[i].connections;
    }
    return g_steal_pointer(&settings);
}

/* Threads for messages. One at a time chooses and renders, which takes as long as all else but a signature:
 * without that two can be busy. */
static guint
count_writers(const Config *config)
{
    guint processors = g_get_num_processors();
    return config->dkim_domain != NULL ? processors : MIN(processors, 2);
}

static void
on_written(void *user)
{
    courier_wake(user);
}

static void
dispatch_open(Dispatch *dispatch, const RelaySettings *settings, guint connections)
{
    const CourierListener listener = { on_wants_release, on_done, on_down, dispatch };
    const Config *config = dispatch->instance->config;
    dispatch->news = g_array_new(FALSE, FALSE, sizeof(News));
    dispatch->entries = g_array_new(FALSE, FALSE, sizeof(LedgerEntry));
    dispatch->mails = g_ptr_array_new();
    dispatch->ended = g_ptr_array_new();
    dispatch->again = g_ptr_array_new();
    dispatch->backlog = backlog_new(config->relays->len);
    dispatch->faults = g_new0(guint, config->relays->len);
    dispatch->fault_at = g_new0(int64_t, config->relays->len);
    dispatch->lost = g_new0(bool, config->relays->len);
    dispatch->out_max =
        connections * LETTERS_PER_CONNECTION + count_writers(config) * LETTERS_PER_WRITER;
    dispatch->looked_at = dispatch->renewed_at = g_get_monotonic_time();
    dispatch->window = window_new(dispatch->instance->dry_run ? NULL : config, dispatch->looked_at);
    dispatch->courier = courier_new(settings, config->relays->len, &listener);
    dispatch->writers = writers_new(count_writers(config), on_written, dispatch->courier);
}

static bool
resume_rates(Dispatch *dispatch, GError **error)
{
    return dispatch->instance->dry_run ||
           rates_resume(dispatch->instance, dispatch->courier, dispatch->window, error);
}

/* After a failure of the store everything stops where it is: a dot that has not left never does. */
static void
dispatch_close(Dispatch *dispatch)
{
    writers_free(dispatch->writers);
    courier_free(dispatch->courier); /* its mails come back */
    for (guint i = 0; i < dispatch->news->len; i++) {
        News *news = &g_array_index(dispatch->news, News, i);
        if (news->kind == NEWS_DONE)
            mail_free(news->mail);
        relay_result_clear(&news->result);
    }
    g_array_unref(dispatch->news);
    g_array_unref(dispatch->entries);
    g_ptr_array_unref(dispatch->mails);
    g_ptr_array_unref(dispatch->ended);
    g_ptr_array_unref(dispatch->again);
    window_free(dispatch->window);
    progress_free(dispatch->progress);
    backlog_free(dispatch->backlog);
    g_free(dispatch->faults);
    g_free(dispatch->fault_at);
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
    if (!generation_check(instance, error) || !departures_check(instance, error) ||
        (!instance->dry_run && !check_publisher(instance->config, error)))
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
    bool fine = resume_rates(&dispatch, error) && dispatch_loop(&dispatch, error);
    bool went_round = fine;
    if (went_round)
        courier_finish(dispatch.courier);
    report->renditions = supply_renditions(supply);
    if (fine && dispatch.problem != NULL) {
        g_propagate_error(error, g_steal_pointer(&dispatch.problem));
        fine = false;
    }
    if (fine && report->sent > 0)
        fine = generation_advance(instance, error);
    if (went_round)
        record_rates(&dispatch);
    dispatch_close(&dispatch);
    return fine;
}
