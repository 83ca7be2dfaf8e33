/* receive_wish.c - what people ask for by mail: with a token it is done, without one they are asked whether
 * it was them, or told how. */
#include "jobs/receive-internal.h"

#include <stdlib.h>
#include <string.h>

#include "jobs/newsletter.h"
#include "mail/message_id.h"
#include "mail/notice.h"
#include "mail/wish.h"
#include "store/answers.h"
#include "store/people.h"
#include "store/requests.h"

#define DAY_SECONDS ((int64_t)24 * 60 * 60)

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

bool
receiving_unsubscribe(const Receiving *receiving, const char *way, GError **error)
{
    LifecycleOutcome outcome = LIFECYCLE_ALREADY;
    if (receiving->subscription != NULL &&
        !change(receiving, EVENT_UNSUBSCRIBE, way, &outcome, error))
        return false;
    *receiving->outcome = outcome == LIFECYCLE_CHANGED ? RECEIVE_UNSUBSCRIBED : RECEIVE_ALREADY;
    return true;
}

/* When DAY begins in ZONE; 0 when that is over. Without a year it is the next one. */
static int64_t
day_begin(const WishDay *day, const char *zone, int64_t now)
{
    g_autofree char *today = time_day_text(now, zone);
    int first = day->year != 0 ? day->year : today != NULL ? atoi(today) : 0;
    int last = day->year != 0 ? day->year : first + 1;
    for (int year = first; year <= last; year++) {
        g_autofree char *text = g_strdup_printf("%04d-%02d-%02d", year, day->month, day->day);
        int64_t begin;
        if (return_parse(&begin, text, zone, NULL) && begin > now)
            return begin;
    }
    return 0;
}

/* A day that is over changes nothing: the answer says so. */
static bool
pause_for(const Receiving *receiving, const Wish *wish, GError **error)
{
    Instance *instance = receiving->instance;
    const Subscription *subscription = receiving->subscription;
    int64_t now = clock_now(instance->clock);
    int64_t until = wish->days == 0 ? 0 : now + wish->days * DAY_SECONDS;
    LifecycleOutcome outcome;
    if (wish->until.month != 0 &&
        (until = day_begin(&wish->until, subscription->choice->rhythm.zone, now)) == 0)
        return true;
    log_info(instance->log, "subscription %" G_GINT64_FORMAT " of \"%s\": pause by mail",
             subscription->id, subscription->newsletter);
    return store_subscription_pause(instance->store, subscription->id, until, WILL_PERSON, "mail",
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
    g_autoptr(Choice) choice = choice_copy(subscription->choice);
    change_topics(choice, newsletter, wish);
    log_info(instance->log, "subscription %" G_GINT64_FORMAT " of \"%s\": topics by mail",
             subscription->id, subscription->newsletter);
    return store_subscription_choose(instance->store, subscription, choice, "mail",
                                     clock_now(instance->clock), error);
}

WishKind
receive_wish_kind(const Wish *wish, const Token *token)
{
    if (wish->kind == WISH_UNCLEAR)
        return WISH_HELP;
    if (wish->kind != WISH_NONE)
        return wish->kind;
    return token->kind == TOKEN_PAUSE  ? WISH_PAUSE
           : token->kind == TOKEN_WISH ? WISH_HELP
                                       : WISH_LEAVE;
}

static bool
change_choice(const Receiving *receiving, WishKind kind, const Wish *wish, GError **error)
{
    LifecycleOutcome outcome;
    switch (kind) {
    case WISH_PAUSE: return pause_for(receiving, wish, error);
    case WISH_RESUME: return change(receiving, EVENT_RESUME, "mail", &outcome, error);
    case WISH_TOPICS: return choose_topics(receiving, wish, error);
    case WISH_JOIN:
    case WISH_HELP:
    case WISH_UNCLEAR:
    case WISH_NONE:
    case WISH_LEAVE: return true;
    }
    g_assert_not_reached();
}

/* A mail that says what is set now is owed for INBOUND. */
static bool
owe_answer(const Instance *instance, const Inbound *inbound, int64_t subscription, bool stranger,
           bool *owed, GError **error)
{
    const char *id = inbound->message_id;
    g_autofree char *about =
        id != NULL && message_id_is_plain(id) ? g_strdup_printf("<%s>", id) : NULL;
    return store_answer_owe(instance->store, subscription, about, stranger,
                            clock_now(instance->clock), owed, error);
}

/* Who leaves gets no mail any more, not even about that. */
bool
receiving_grant(const Receiving *receiving, GError **error)
{
    const Inbound *inbound = receiving->inbound;
    const char *subject = inbound != NULL ? inbound->subject : NULL;
    g_autoptr(Wish) wish = wish_find(subject, inbound != NULL ? inbound->first_line : NULL);
    WishKind kind = receive_wish_kind(wish, &receiving->token);
    bool owed;
    if (receiving->subscription == NULL || kind == WISH_LEAVE)
        return receiving_unsubscribe(receiving, "mail", error);
    *receiving->outcome = RECEIVE_CHANGED;
    if (!change_choice(receiving, kind, wish, error))
        return false;
    /* Words that mean nothing may be a machine's that says nothing of itself: once a day is enough. */
    bool is_vague = receiving->token.kind == TOKEN_WISH && wish->kind == WISH_NONE;
    return inbound == NULL || inbound->no_answer ||
           owe_answer(receiving->instance, inbound, receiving->subscription->id, is_vague, &owed,
                      error);
}

/* Without a token */

/* Whether INBOUND asks for something that only a token could get: in words, or by where it was sent. */
static bool
wants_something(const Instance *instance, const Inbound *inbound)
{
    const char *ours = instance->config->unsubscribe_address;
    g_autoptr(Wish) wish = wish_find(inbound->subject, inbound->first_line);
    bool is_for_us = false;
    for (guint i = 0; ours != NULL && i < inbound->recipients->len; i++)
        is_for_us = is_for_us || g_ascii_strcasecmp(inbound->recipients->pdata[i], ours) == 0;
    return wish->kind > WISH_UNCLEAR || is_for_us;
}

/* Of the address, the first subscription that is not over, whose mails are counted; 0: it has none. */
static bool
first_subscription(const Instance *instance, const char *key, int64_t *id, GError **error)
{
    const SubscriptionQuery query = { .address_key = key, .state = -1 };
    g_autoptr(GPtrArray) all = store_subscriptions_list(instance->store, &query, error);
    if (all == NULL)
        return false;
    *id = 0;
    for (guint i = 0; i < all->len && *id == 0; i++) {
        const Subscription *subscription = all->pdata[i];
        if (subscription_state_is_there(subscription->state))
            *id = subscription->id;
    }
    return true;
}

/* A From can be anybody's, so nothing is done for it: who has the address gets one mail with the links, if
 * they are a reader, and nobody else learns anything. */
static bool
send_links(const Instance *instance, const Inbound *inbound, ReceiveOutcome *outcome,
           GError **error)
{
    g_autoptr(Address) address = inbound->from == NULL ? NULL : address_parse(inbound->from, NULL);
    int64_t id = 0;
    bool owed = false;
    if (address == NULL || inbound->no_answer || !wants_something(instance, inbound))
        return true;
    if (!first_subscription(instance, address_key(address), &id, error))
        return false;
    if (id != 0 && !owe_answer(instance, inbound, id, true, &owed, error))
        return false;
    if (owed)
        *outcome = RECEIVE_TOLD;
    return true;
}

/* Signing up */

bool
receive_is_refusal(const Inbound *inbound)
{
    if (inbound == NULL || inbound->kind == INBOUND_BOUNCE || inbound->kind == INBOUND_COMPLAINT)
        return true;
    bool is_new = inbound->subject != NULL && !notice_is_reply(inbound->subject);
    return wish_is_no(inbound->first_line) || wish_is_no(inbound->answer) ||
           (is_new && wish_is_no(inbound->subject));
}

/* The mail that asked may have gone to an address that the reader gave for another one and that is somebody else's:
 * that one cannot take the reader off. */
static bool
is_from_reader(const Receiving *receiving)
{
    const char *from = receiving->inbound->from;
    g_autoptr(Address) address = from == NULL ? NULL : address_parse(from, NULL);
    return address != NULL &&
           strcmp(address_key(address), address_key(receiving->subscription->choice->address)) == 0;
}

/* What was asked for is settled, and the answer is a late one: who wants to leave now leaves. */
static bool
leave_later(const Receiving *receiving, GError **error)
{
    const Inbound *inbound = receiving->inbound;
    const char *subject = inbound->subject;
    if (subject != NULL && notice_is_reply(subject))
        subject = NULL;
    g_autoptr(Wish) wish = wish_find(subject, inbound->first_line);
    bool leaves = wish->kind == WISH_LEAVE &&
                  subscription_state_is_there(receiving->subscription->state) &&
                  is_from_reader(receiving);
    return !leaves || receiving_unsubscribe(receiving, "mail", error);
}

/* Nobody is reminded of what they did not want. The link would still do it, until the request is deleted. */
static bool
let_rest(const Receiving *receiving, GError **error)
{
    Instance *instance = receiving->instance;
    const Subscription *subscription = receiving->subscription;
    g_autoptr(Request) request = NULL;
    *receiving->outcome = RECEIVE_DECLINED;
    log_info(instance->log, "subscription %" G_GINT64_FORMAT " of \"%s\": not confirmed",
             subscription->id, subscription->newsletter);
    if (!store_request_find(instance->store, subscription, receiving->token.issue, &request, error))
        return false;
    return request != NULL ? store_request_defer(instance->store, request, 0, error)
                           : leave_later(receiving, error);
}

bool
receiving_confirm(const Receiving *receiving, GError **error)
{
    Instance *instance = receiving->instance;
    ConfirmOutcome outcome;
    if (receiving->inbound == NULL) {
        log_info(instance->log, "an answer that cannot be read confirms nothing");
        return true;
    }
    *receiving->outcome = RECEIVE_CONFIRMED;
    if (receiving->subscription != NULL && receive_is_refusal(receiving->inbound))
        return let_rest(receiving, error);
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

/* A mail without a token: nothing is done, but somebody may be asked or told. */
bool
receive_stranger(Instance *instance, const Inbound *inbound, ReceiveOutcome *outcome,
                 GError **error)
{
    const char *what = ": ignored";
    InboundKind kind = inbound != NULL ? inbound->kind : INBOUND_BOUNCE;
    bool fine = kind == INBOUND_SUBSCRIBE ? ask_to_confirm(instance, inbound, outcome, error)
                : kind == INBOUND_UNSUBSCRIBE || kind == INBOUND_OTHER
                    ? send_links(instance, inbound, outcome, error)
                    : true;
    if (*outcome == RECEIVE_ASKED)
        what = ": somebody wants to sign up";
    if (*outcome == RECEIVE_TOLD)
        what = ": a reader is sent their links";
    log_info(instance->log, "message without a valid token%s", what);
    return fine;
}
