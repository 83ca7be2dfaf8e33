#include "store/people.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "store/carry-internal.h"
#include "store/readers-internal.h"
#include "store/subscription-internal.h"

void
subscription_record_free(SubscriptionRecord *record)
{
    if (record == NULL)
        return;
    g_free(record->kind);
    g_free(record->way);
    g_free(record->reason);
    g_free(record);
}

/* Reading */

static void
split_topics(const char *text, GPtrArray *topics)
{
    if (*text == '\0')
        return;
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    for (guint i = 0; words[i] != NULL; i++)
        g_ptr_array_add(topics, g_strdup(words[i]));
}

Subscription *
subscription_read(Query *query, GError **error)
{
    g_autoptr(Subscription) subscription = subscription_new();
    int column = 0;
    subscription->id = query_integer(query, column++);
    subscription->reference = (uint64_t)query_integer(query, column++);
    subscription->newsletter = query_copy(query, column++);
    subscription->state = (SubscriptionState)query_integer(query, column++);
    subscription->origin = (SubscriptionOrigin)query_integer(query, column++);
    subscription->created = query_integer(query, column++);
    subscription->slot_mark = query_integer(query, column++);
    subscription->since_seq = query_integer(query, column++);
    subscription->served = query_integer(query, column++) != 0;
    subscription->returned = query_integer(query, column++) != 0;
    subscription->paused_until = query_integer(query, column++);

    g_autoptr(Address) address = address_parse(query_text(query, column++), error);
    g_autofree char *name = query_copy(query, column++);
    g_autofree char *language = query_copy(query, column++);
    Rhythm rhythm;
    if (address == NULL || !rhythm_from_text(&rhythm, query_text(query, column++))) {
        g_clear_error(error);
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP,
                    "the database is damaged: subscription %" G_GINT64_FORMAT
                    " has no address or rhythm",
                    subscription->id);
        return NULL;
    }
    Choice *choice = choice_new(address, &rhythm);
    subscription->choice = choice;
    choice->name = g_steal_pointer(&name);
    choice->language = g_steal_pointer(&language);
    split_topics(query_text(query, column++), choice->topics);
    choice->filter = query_copy(query, column++);
    choice->format = (MailFormat)query_integer(query, column++);
    choice->max_articles = (int)query_integer(query, column++);
    split_topics(query_text(query, column++), choice->without);
    choice->pause_until = query_integer(query, column++);
    subscription->own_choice = query_integer(query, column++) != 0;
    subscription->consent = query_integer(query, column++);
    choice->attributes = query_copy(query, column++);
    subscription->follows = follows_parse(query_text(query, column++));
    subscription->chosen_seq = query_integer(query, column++);
    return g_steal_pointer(&subscription);
}

bool
subscription_read_one(Query *query, Subscription **subscription, GError **error)
{
    *subscription = NULL;
    if (query_step(query)) {
        *subscription = subscription_read(query, error);
        return *subscription != NULL;
    }
    return query_finish(query, error);
}

bool
store_subscription_find(Store *store, const char *newsletter, const char *address_key,
                        Subscription **subscription, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "SELECT " SUBSCRIPTION_COLUMNS " FROM " SUBSCRIPTION_TABLES
                         "WHERE newsletter.name = $newsletter AND subscriber.address_key = $key "
                         "AND subscription.removed = 0");
    query_bind_text(query, "$newsletter", newsletter);
    query_bind_text(query, "$key", address_key);
    return subscription_read_one(query, subscription, error);
}

bool
store_subscription_find_reference(Store *store, uint64_t reference, Subscription **subscription,
                                  GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "SELECT " SUBSCRIPTION_COLUMNS " FROM " SUBSCRIPTION_TABLES
                         "WHERE subscription.reference = $reference");
    query_bind_integer(query, "$reference", (int64_t)reference);
    return subscription_read_one(query, subscription, error);
}

bool
store_subscription_find_recipient(Store *store, int64_t issue, RecipientTest test, void *user,
                                  uint64_t *reference, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "SELECT subscription.reference FROM issue JOIN subscription "
                         "ON subscription.newsletter_id = issue.newsletter_id "
                         "AND subscription.id <= issue.max_subscription "
                         "WHERE issue.id = $issue");
    query_bind_integer(query, "$issue", issue);
    *reference = 0;
    while (*reference == 0 && query_step(query)) {
        uint64_t one = (uint64_t)query_integer(query, 0);
        if (test(one, user))
            *reference = one;
    }
    return query_finish(query, error);
}

/* TEXT for LIKE, as it stands, between BEFORE and BEHIND; NULL for NULL. */
static char *
pattern(const char *before, const char *text, const char *behind)
{
    if (text == NULL)
        return NULL;
    g_autoptr(GString) out = g_string_new(before);
    for (; *text != '\0'; text++) {
        if (strchr("%_\\", *text) != NULL)
            g_string_append_c(out, '\\');
        g_string_append_c(out, *text);
    }
    g_string_append(out, behind);
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* What both ways of finding subscriptions have in common. */
#define LISTED                                                                                     \
    "AND subscription.id > $after "                                                                \
    "AND (subscription.removed = 0 OR $removed = 1) "                                              \
    "AND ($no_comments = 0 OR NOT EXISTS (SELECT 1 FROM comments "                                 \
    "     WHERE comments.newsletter_id = subscription.newsletter_id)) "                            \
    "AND ($newsletter IS NULL OR newsletter.name = $newsletter) "                                  \
    "AND ($state < 0 OR subscription.state = $state) "                                             \
    "AND ($match IS NULL OR subscriber.address_key LIKE $match ESCAPE '\\') "                      \
    "AND ($topic IS NULL "                                                                         \
    "     OR ' ' || subscription.topics || ' ' LIKE $topic ESCAPE '\\') "                          \
    "ORDER BY subscription.id LIMIT $limit"

GPtrArray *
store_subscriptions_list(Store *store, const SubscriptionQuery *wanted, GError **error)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)subscription_free);
    /* One person among a million is found by the index of addresses, or not at all soon. */
    g_autoptr(Query) query =
        wanted->address_key != NULL
            ? query_new(store, "SELECT " SUBSCRIPTION_COLUMNS " FROM " SUBSCRIPTION_TABLES
                               "WHERE subscriber.address_key = $key " LISTED)
            : query_new(store, "SELECT " SUBSCRIPTION_COLUMNS " FROM " SUBSCRIPTION_TABLES
                               "WHERE 1 = 1 " LISTED);
    g_autofree char *lower = wanted->match != NULL ? g_utf8_strdown(wanted->match, -1) : NULL;
    g_autofree char *match = pattern("%", lower, "%");
    g_autofree char *topic = pattern("% ", wanted->topic, " %");
    query_bind_integer(query, "$after", wanted->after_id);
    query_bind_integer(query, "$removed", wanted->with_removed);
    query_bind_integer(query, "$no_comments", wanted->no_comments);
    query_bind_text(query, "$match", match);
    query_bind_text(query, "$topic", topic);
    query_bind_text(query, "$newsletter", wanted->newsletter);
    if (wanted->address_key != NULL)
        query_bind_text(query, "$key", wanted->address_key);
    query_bind_integer(query, "$state", wanted->state);
    query_bind_integer(query, "$limit", wanted->limit > 0 ? wanted->limit : INT64_MAX);
    while (query_step(query)) {
        Subscription *subscription = subscription_read(query, error);
        if (subscription == NULL)
            return NULL;
        g_ptr_array_add(list, subscription);
    }
    return query_finish(query, error) ? g_steal_pointer(&list) : NULL;
}

GPtrArray *
store_subscriptions_kept_out(Store *store, const char *newsletter, GError **error)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(Query) query = query_new(
        store,
        "SELECT subscription.state, CASE WHEN suppression.address_key IS NULL THEN 0 ELSE 1 END, "
        "COUNT(*) FROM subscription "
        "JOIN subscriber ON subscriber.id = subscription.subscriber_id "
        "JOIN newsletter ON newsletter.id = subscription.newsletter_id "
        "LEFT JOIN suppression ON suppression.address_key = subscriber.address_key "
        "WHERE newsletter.name = $newsletter AND subscription.removed = 0 "
        "AND (subscription.state <> $active OR suppression.address_key IS NOT NULL) "
        "GROUP BY 1, 2 ORDER BY 1, 2");
    query_bind_text(query, "$newsletter", newsletter);
    query_bind_integer(query, "$active", SUBSCRIPTION_ACTIVE);
    while (query_step(query)) {
        KeptOut *some = g_new0(KeptOut, 1);
        g_ptr_array_add(list, some);
        some->state = (SubscriptionState)query_integer(query, 0);
        some->suppressed = query_integer(query, 1) != 0;
        some->count = query_integer(query, 2);
    }
    return query_finish(query, error) ? g_steal_pointer(&list) : NULL;
}

bool
store_subscription_set_follows(Store *store, int64_t id, const GPtrArray *follows, int64_t now,
                               GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(Transaction) transaction = transaction_begin(store, error);
    if (transaction == NULL || !reader_keep(store, id, error))
        return false;
    follows_write(text, follows);
    g_autoptr(Query) query = query_new(
        store, "UPDATE subscription SET follows = $follows, " CHOSEN_NOW "WHERE id = $id");
    query_bind_text(query, "$follows", text->str);
    query_bind_integer(query, "$id", id);
    return query_run(query, error) &&
           event_record(store, id, "changed", "command", NULL, now, error) &&
           transaction_commit(transaction, error);
}

/* Events */

bool
event_record(Store *store, int64_t subscription, const char *kind, const char *way,
             const char *reason, int64_t now, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "INSERT INTO event (subscription_id, at, kind, way, reason) "
                         "VALUES ($subscription, $at, $kind, $way, $reason)");
    query_bind_integer(query, "$subscription", subscription);
    query_bind_integer(query, "$at", now);
    query_bind_text(query, "$kind", kind);
    query_bind_text(query, "$way", way);
    query_bind_text(query, "$reason", reason);
    return query_run(query, error);
}

bool
event_record_consent(Store *store, int64_t subscription, const char *kind, const char *way,
                     int64_t consent, int64_t now, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "INSERT INTO event (subscription_id, at, kind, way, consent_id) "
                         "VALUES ($subscription, $at, $kind, $way, $consent)");
    query_bind_integer(query, "$subscription", subscription);
    query_bind_integer(query, "$at", now);
    query_bind_text(query, "$kind", kind);
    query_bind_text(query, "$way", way);
    query_bind_integer(query, "$consent", consent);
    return query_run(query, error);
}

GPtrArray *
store_subscription_history(Store *store, int64_t id, GError **error)
{
    g_autoptr(GPtrArray) history =
        g_ptr_array_new_with_free_func((GDestroyNotify)subscription_record_free);
    /* Of whoever came with an import the first event is the import itself. */
    g_autoptr(Query) query = query_new(
        store, "SELECT at, kind, way, reason, consent_id FROM ("
               "  SELECT id, at, kind, way, reason, consent_id FROM event "
               "  WHERE subscription_id = $id "
               "  UNION ALL SELECT 0, created, 'added', 'import', NULL, intake FROM subscription "
               "  WHERE id = $id AND intake <> 0) AS record ORDER BY id");
    query_bind_integer(query, "$id", id);
    while (query_step(query)) {
        SubscriptionRecord *record = g_new0(SubscriptionRecord, 1);
        record->at = query_integer(query, 0);
        record->kind = query_copy(query, 1);
        record->way = query_copy(query, 2);
        record->reason = query_copy(query, 3);
        record->consent = query_integer(query, 4);
        g_ptr_array_add(history, record);
    }
    return query_finish(query, error) ? g_steal_pointer(&history) : NULL;
}

static bool
read_waiting(Store *store, int64_t id, Carry *carry, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "SELECT " CARRY_COLUMNS " FROM subscription " CARRY_JOIN
                         "WHERE subscription.id = $id");
    query_bind_integer(query, "$id", id);
    if (query_step(query))
        carry_read(query, 0, carry);
    return query_finish(query, error);
}

/* None of an article that is not there any more. */
static bool
add_title(Store *store, int64_t seq, GPtrArray *titles, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "SELECT revision.title FROM article JOIN revision "
                         "ON revision.seq = article.seq AND revision.number = article.revision "
                         "WHERE article.seq = $seq");
    query_bind_integer(query, "$seq", seq);
    if (query_step(query))
        g_ptr_array_add(titles, query_copy(query, 0));
    return query_finish(query, error);
}

GPtrArray *
store_subscription_waiting(Store *store, int64_t id, GError **error)
{
    g_autoptr(GPtrArray) titles = g_ptr_array_new_with_free_func(g_free);
    Carry carry = { 0 };
    if (!read_waiting(store, id, &carry, error))
        return NULL;
    g_autoptr(GArray) numbers = carry.articles;
    for (guint i = 0; numbers != NULL && i < numbers->len; i++) {
        if (!add_title(store, g_array_index(numbers, int64_t, i), titles, error))
            return NULL;
    }
    return g_steal_pointer(&titles);
}

static bool
set_state(Store *store, int64_t id, SubscriptionState state, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "UPDATE subscription SET state = $state, paused_until = 0, " CHOSEN_NOW
                         "WHERE id = $id");
    query_bind_integer(query, "$state", state);
    query_bind_integer(query, "$id", id);
    return query_run(query, error);
}

static bool
find_by_id(Store *store, int64_t id, Subscription **subscription, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "SELECT " SUBSCRIPTION_COLUMNS " FROM " SUBSCRIPTION_TABLES
                         "WHERE subscription.id = $id");
    query_bind_integer(query, "$id", id);
    return subscription_read_one(query, subscription, error);
}

/* What goes with the change of SUBSCRIPTION's state into NEXT: where it stands in its slot. */
static bool
change_place(Store *store, const Subscription *subscription, SubscriptionState next, GError **error)
{
    if (!reader_keep(store, subscription->id, error))
        return false;
    bool had_left = subscription->state == SUBSCRIPTION_UNSUBSCRIBED ||
                    subscription->state == SUBSCRIPTION_FORGOTTEN;
    bool is_back = subscription->state == SUBSCRIPTION_PAUSED && next == SUBSCRIPTION_ACTIVE;
    if (subscription->state == SUBSCRIPTION_PENDING && next == SUBSCRIPTION_ACTIVE)
        return subscription_join(store, subscription->id, error);
    if (next == SUBSCRIPTION_PAUSED || is_back)
        return subscription_stay(store, subscription, error);
    return !had_left || next != SUBSCRIPTION_ACTIVE ||
           subscription_rejoin(store, subscription->id, error);
}

bool
store_subscription_event(Store *store, int64_t id, LifecycleEvent event, LifecycleWill will,
                         const char *way, const char *reason, int64_t now,
                         LifecycleOutcome *outcome, GError **error)
{
    g_autoptr(Transaction) transaction = transaction_begin(store, error);
    g_autoptr(Subscription) subscription = NULL;
    if (transaction == NULL || !find_by_id(store, id, &subscription, error))
        return false;
    *outcome = LIFECYCLE_REFUSED;
    if (subscription == NULL)
        return true;
    SubscriptionState state = subscription->state;
    *outcome = lifecycle_apply(&state, event, will);
    if (*outcome != LIFECYCLE_CHANGED)
        return true;
    return change_place(store, subscription, state, error) && set_state(store, id, state, error) &&
           event_record(store, id, lifecycle_event_name(event), way, reason, now, error) &&
           transaction_commit(transaction, error);
}

bool
subscription_event_consent(Store *store, const Subscription *subscription, LifecycleEvent event,
                           const char *way, int64_t consent, int64_t now, LifecycleOutcome *outcome,
                           GError **error)
{
    SubscriptionState state = subscription->state;
    *outcome = lifecycle_apply(&state, event, WILL_PERSON);
    if (*outcome != LIFECYCLE_CHANGED)
        return true;
    return change_place(store, subscription, state, error) &&
           set_state(store, subscription->id, state, error) &&
           event_record_consent(store, subscription->id, lifecycle_event_name(event), way, consent,
                                now, error);
}

bool
store_subscription_note(Store *store, int64_t id, const char *kind, const char *way,
                        const char *text, int64_t now, GError **error)
{
    return event_record(store, id, kind, way, text, now, error);
}

/* Pauses */

static bool
set_pause_end(Store *store, int64_t id, int64_t until, bool *changed, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "UPDATE subscription SET paused_until = $until WHERE id = $id "
                         "AND paused_until <> $until");
    query_bind_integer(query, "$until", until);
    query_bind_integer(query, "$id", id);
    if (!query_run(query, error))
        return false;
    *changed = driver_changes(store) > 0;
    return true;
}

bool
store_subscription_pause(Store *store, int64_t id, int64_t until, LifecycleWill will,
                         const char *way, int64_t now, LifecycleOutcome *outcome, GError **error)
{
    g_autofree char *time = time_text(until);
    g_autofree char *reason = until != 0 ? g_strconcat("until ", time, NULL) : NULL;
    g_autoptr(Transaction) transaction = transaction_begin(store, error);
    bool other_end = false;
    if (transaction == NULL ||
        !store_subscription_event(store, id, EVENT_PAUSE, will, way, reason, now, outcome, error))
        return false;
    if (*outcome == LIFECYCLE_REFUSED)
        return true;
    if (!set_pause_end(store, id, until, &other_end, error))
        return false;
    if (*outcome == LIFECYCLE_ALREADY && other_end) {
        *outcome = LIFECYCLE_CHANGED;
        if (!event_record(store, id, lifecycle_event_name(EVENT_PAUSE), way, reason, now, error))
            return false;
    }
    return transaction_commit(transaction, error);
}

bool
store_subscription_own_choice(Store *store, int64_t id, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "UPDATE subscription SET own_choice = 1 WHERE id = $id");
    query_bind_integer(query, "$id", id);
    return query_run(query, error);
}

static GArray *
find_returning(Store *store, int64_t now, GError **error)
{
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(Query) query =
        query_new(store, "SELECT id FROM subscription WHERE state = $paused "
                         "AND paused_until > 0 AND paused_until <= $now ORDER BY id");
    query_bind_integer(query, "$paused", SUBSCRIPTION_PAUSED);
    query_bind_integer(query, "$now", now);
    while (query_step(query)) {
        int64_t id = query_integer(query, 0);
        g_array_append_val(ids, id);
    }
    return query_finish(query, error) ? g_steal_pointer(&ids) : NULL;
}

bool
store_subscriptions_return(Store *store, int64_t now, guint *count, GError **error)
{
    g_autoptr(Transaction) transaction = transaction_begin(store, error);
    g_autoptr(GArray) ids = transaction == NULL ? NULL : find_returning(store, now, error);
    if (ids == NULL)
        return false;
    for (guint i = 0; i < ids->len; i++) {
        LifecycleOutcome outcome;
        if (!store_subscription_event(store, g_array_index(ids, int64_t, i), EVENT_RESUME,
                                      WILL_PERSON, "calendar", NULL, now, &outcome, error))
            return false;
    }
    *count = ids->len;
    return ids->len == 0 || transaction_commit(transaction, error);
}
