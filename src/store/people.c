#include "store/people.h"

#include <string.h>

#include "base/error.h"
#include "base/token.h"
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

static char *
join_topics(const GPtrArray *topics)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < topics->len; i++)
        g_string_append_printf(text, "%s%s", i > 0 ? " " : "", (const char *)topics->pdata[i]);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

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
    return g_steal_pointer(&subscription);
}

/* The one row of QUERY, or NULL in *SUBSCRIPTION. */
static bool
read_one(Query *query, Subscription **subscription, GError **error)
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
    return read_one(query, subscription, error);
}

bool
store_subscription_find_reference(Store *store, uint64_t reference, Subscription **subscription,
                                  GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "SELECT " SUBSCRIPTION_COLUMNS " FROM " SUBSCRIPTION_TABLES
                         "WHERE subscription.reference = $reference");
    query_bind_integer(query, "$reference", (int64_t)reference);
    return read_one(query, subscription, error);
}

GPtrArray *
store_subscriptions_list(Store *store, const SubscriptionQuery *wanted, GError **error)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)subscription_free);
    g_autoptr(Query) query =
        query_new(store, "SELECT " SUBSCRIPTION_COLUMNS " FROM " SUBSCRIPTION_TABLES
                         "WHERE subscription.removed = 0 AND subscription.id > $after "
                         "AND ($newsletter IS NULL OR newsletter.name = $newsletter) "
                         "AND ($key IS NULL OR subscriber.address_key = $key) "
                         "AND ($state < 0 OR subscription.state = $state) "
                         "ORDER BY subscription.id LIMIT $limit");
    query_bind_integer(query, "$after", wanted->after_id);
    query_bind_text(query, "$newsletter", wanted->newsletter);
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

/* Events */

static bool
record_event(Store *store, int64_t subscription, const char *kind, const char *way,
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

GPtrArray *
store_subscription_history(Store *store, int64_t id, GError **error)
{
    g_autoptr(GPtrArray) history =
        g_ptr_array_new_with_free_func((GDestroyNotify)subscription_record_free);
    g_autoptr(Query) query = query_new(
        store, "SELECT at, kind, way, reason FROM event WHERE subscription_id = $id ORDER BY id");
    query_bind_integer(query, "$id", id);
    while (query_step(query)) {
        SubscriptionRecord *record = g_new0(SubscriptionRecord, 1);
        record->at = query_integer(query, 0);
        record->kind = query_copy(query, 1);
        record->way = query_copy(query, 2);
        record->reason = query_copy(query, 3);
        g_ptr_array_add(history, record);
    }
    return query_finish(query, error) ? g_steal_pointer(&history) : NULL;
}

static bool
set_state(Store *store, int64_t id, SubscriptionState state, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "UPDATE subscription SET state = $state WHERE id = $id");
    query_bind_integer(query, "$state", state);
    query_bind_integer(query, "$id", id);
    return query_run(query, error);
}

bool
store_subscription_event(Store *store, int64_t id, LifecycleEvent event, LifecycleWill will,
                         const char *way, const char *reason, int64_t now,
                         LifecycleOutcome *outcome, GError **error)
{
    g_autoptr(Transaction) transaction = transaction_begin(store, error);
    if (transaction == NULL)
        return false;
    g_autoptr(Query) query = query_new(store, "SELECT state FROM subscription WHERE id = $id");
    query_bind_integer(query, "$id", id);
    if (!query_step(query)) {
        *outcome = LIFECYCLE_REFUSED;
        return query_finish(query, error);
    }
    SubscriptionState state = (SubscriptionState)query_integer(query, 0);
    if (!query_run(query, error))
        return false;
    *outcome = lifecycle_apply(&state, event, will);
    if (*outcome != LIFECYCLE_CHANGED)
        return true;
    return set_state(store, id, state, error) &&
           record_event(store, id, lifecycle_event_name(event), way, reason, now, error) &&
           transaction_commit(transaction, error);
}

/* Putting people in */

/* What a put works on, and what it found of the person in hand. */
typedef struct {
    Store *store;
    int64_t newsletter;
    SubscriptionOrigin origin;
    int64_t now;
    PeopleChange *change;
} Put;

bool
newsletter_ensure(Store *store, const char *name, int64_t *id, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "INSERT INTO newsletter (name) VALUES ($name) "
                         "ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id");
    query_bind_text(query, "$name", name);
    if (query_step(query))
        *id = query_integer(query, 0);
    return query_run(query, error);
}

typedef struct {
    int64_t id;
    int64_t mark;
} SlotPlace;

/* The slot of RHYTHM. A new one begins at the present: who joins it gets a welcome, and who moves
 * into it brings along what it has had. */
static bool
slot_ensure(const Put *put, const Rhythm *rhythm, SlotPlace *slot, GError **error)
{
    g_autofree char *text = rhythm_text(rhythm);
    g_autoptr(Query) query = query_new(
        put->store, "INSERT INTO slot (newsletter_id, rhythm, mark) "
                    "SELECT $newsletter, $rhythm, value FROM counter WHERE name = 'sequence' "
                    "ON CONFLICT (newsletter_id, rhythm) DO UPDATE SET rhythm = excluded.rhythm "
                    "RETURNING id, mark");
    query_bind_integer(query, "$newsletter", put->newsletter);
    query_bind_text(query, "$rhythm", text);
    if (query_step(query)) {
        slot->id = query_integer(query, 0);
        slot->mark = query_integer(query, 1);
    }
    return query_run(query, error);
}

static bool
person_ensure(const Put *put, const Choice *choice, int64_t *id, GError **error)
{
    g_autoptr(Query) query =
        query_new(put->store, "INSERT INTO subscriber (address_key, address, name, language) "
                              "VALUES ($key, $address, $name, $language) "
                              "ON CONFLICT (address_key) DO UPDATE SET address = excluded.address, "
                              "  name = excluded.name, language = excluded.language RETURNING id");
    query_bind_text(query, "$key", address_key(choice->address));
    query_bind_text(query, "$address", address_text(choice->address));
    query_bind_text(query, "$name", choice->name);
    query_bind_text(query, "$language", choice->language);
    if (query_step(query))
        *id = query_integer(query, 0);
    return query_run(query, error);
}

static bool
is_suppressed(Store *store, const char *address_key, bool *suppressed, GError **error)
{
    g_autoptr(Query) query = query_new(store, "SELECT 1 FROM suppression WHERE address_key = $key");
    query_bind_text(query, "$key", address_key);
    *suppressed = query_step(query);
    return query_finish(query, error);
}

static bool
add_subscription(const Put *put, const Choice *choice, GError **error)
{
    int64_t person = 0;
    SlotPlace slot = { 0 };
    if (!person_ensure(put, choice, &person, error) ||
        !slot_ensure(put, &choice->rhythm, &slot, error))
        return false;
    g_autofree char *topics = join_topics(choice->topics);
    g_autoptr(Query) query = query_new(
        put->store,
        "INSERT INTO subscription (subscriber_id, newsletter_id, slot_id, reference, state, "
        "  origin, topics, filter, format, max_articles, created, slot_mark, since_seq, served) "
        "VALUES ($person, $newsletter, $slot, $reference, $state, $origin, $topics, $filter, "
        "  $format, $max_articles, $now, $mark, $mark, 0)");
    query_bind_integer(query, "$person", person);
    query_bind_integer(query, "$newsletter", put->newsletter);
    query_bind_integer(query, "$slot", slot.id);
    query_bind_integer(query, "$reference", (int64_t)token_reference_new());
    query_bind_integer(query, "$state", SUBSCRIPTION_ACTIVE);
    query_bind_integer(query, "$origin", put->origin);
    query_bind_text(query, "$topics", topics);
    query_bind_text(query, "$filter", choice->filter);
    query_bind_integer(query, "$format", choice->format);
    query_bind_integer(query, "$max_articles", choice->max_articles);
    query_bind_integer(query, "$now", put->now);
    query_bind_integer(query, "$mark", slot.mark);
    if (!query_run(query, error))
        return false;
    put->change->added++;
    return record_event(put->store, driver_last_id(put->store), "added",
                        subscription_origin_name(put->origin), NULL, put->now, error);
}

static bool
same_topics(const GPtrArray *a, const GPtrArray *b)
{
    g_autofree char *left = join_topics(a);
    g_autofree char *right = join_topics(b);
    return strcmp(left, right) == 0;
}

static bool
same_choice(const Choice *a, const Choice *b)
{
    g_autofree char *left = rhythm_text(&a->rhythm);
    g_autofree char *right = rhythm_text(&b->rhythm);
    return strcmp(left, right) == 0 && same_topics(a->topics, b->topics) &&
           strcmp(address_text(a->address), address_text(b->address)) == 0 &&
           g_strcmp0(a->name, b->name) == 0 && g_strcmp0(a->language, b->language) == 0 &&
           g_strcmp0(a->filter, b->filter) == 0 && a->format == b->format &&
           a->max_articles == b->max_articles;
}

/* Where SUBSCRIPTION has got to in its slot: what is behind that it has not had. An open issue that
 * it is still to get counts as not had: it will not get it once it has moved. */
static bool
position_of(Store *store, const Subscription *subscription, int64_t *seq, bool *served,
            GError **error)
{
    g_autoptr(Query) query = query_new(
        store, "SELECT COALESCE((SELECT MIN(issue.from_seq) FROM issue "
               "  WHERE issue.slot_id = slot.id AND issue.state = 0 "
               "  AND issue.from_seq >= subscription.slot_mark "
               "  AND issue.max_subscription >= subscription.id "
               "  AND NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.issue_id = issue.id "
               "    AND delivery.subscription_id = subscription.id)), slot.mark) "
               "FROM subscription JOIN slot ON slot.id = subscription.slot_id "
               "WHERE subscription.id = $id");
    query_bind_integer(query, "$id", subscription->id);
    int64_t position = query_step(query) ? query_integer(query, 0) : 0;
    if (!query_run(query, error))
        return false;
    bool at_start = position == subscription->slot_mark;
    *seq = at_start ? subscription->since_seq : position;
    *served = subscription->served || !at_start;
    return true;
}

/* Moves SUBSCRIPTION into another slot: it goes on there where it was here. */
static bool
move_subscription(const Put *put, const Subscription *subscription, const Rhythm *rhythm,
                  GError **error)
{
    SlotPlace slot = { 0 };
    int64_t since = 0;
    bool served = false;
    if (!slot_ensure(put, rhythm, &slot, error) ||
        !position_of(put->store, subscription, &since, &served, error))
        return false;
    g_autoptr(Query) query =
        query_new(put->store, "UPDATE subscription SET slot_id = $slot, slot_mark = $mark, "
                              "since_seq = $since, served = $served WHERE id = $id");
    query_bind_integer(query, "$slot", slot.id);
    query_bind_integer(query, "$mark", slot.mark);
    query_bind_integer(query, "$since", since);
    query_bind_integer(query, "$served", served);
    query_bind_integer(query, "$id", subscription->id);
    return query_run(query, error);
}

/* Puts SUBSCRIPTION back on the list, at the present: it had digests, and missed what went out
 * since. */
static bool
revive_subscription(const Put *put, int64_t id, const Rhythm *rhythm, GError **error)
{
    SlotPlace slot = { 0 };
    if (!slot_ensure(put, rhythm, &slot, error))
        return false;
    g_autoptr(Query) query = query_new(
        put->store, "UPDATE subscription SET removed = 0, origin = $origin, state = $state, "
                    "slot_id = $slot, slot_mark = $mark, served = 1, since_seq = "
                    "(SELECT value FROM counter WHERE name = 'sequence') WHERE id = $id");
    query_bind_integer(query, "$origin", put->origin);
    query_bind_integer(query, "$state", SUBSCRIPTION_ACTIVE);
    query_bind_integer(query, "$slot", slot.id);
    query_bind_integer(query, "$mark", slot.mark);
    query_bind_integer(query, "$id", id);
    return query_run(query, error) &&
           record_event(put->store, id, "added", subscription_origin_name(put->origin), NULL,
                        put->now, error);
}

static bool
update_choice(const Put *put, const Subscription *subscription, const Choice *choice,
              GError **error)
{
    int64_t person = 0;
    if (!person_ensure(put, choice, &person, error))
        return false;
    g_autofree char *topics = join_topics(choice->topics);
    g_autoptr(Query) query =
        query_new(put->store, "UPDATE subscription SET topics = $topics, filter = $filter, "
                              "format = $format, max_articles = $max_articles WHERE id = $id");
    query_bind_text(query, "$topics", topics);
    query_bind_text(query, "$filter", choice->filter);
    query_bind_integer(query, "$format", choice->format);
    query_bind_integer(query, "$max_articles", choice->max_articles);
    query_bind_integer(query, "$id", subscription->id);
    if (!query_run(query, error))
        return false;
    g_autofree char *before = rhythm_text(&subscription->choice->rhythm);
    g_autofree char *after = rhythm_text(&choice->rhythm);
    if (strcmp(before, after) != 0 && !move_subscription(put, subscription, &choice->rhythm, error))
        return false;
    return record_event(put->store, subscription->id, "changed",
                        subscription_origin_name(put->origin), NULL, put->now, error);
}

/* The subscription of a person to the newsletter, also one that was removed. */
static bool
find_any(const Put *put, const char *key, Subscription **subscription, bool *removed,
         GError **error)
{
    g_autoptr(Query) query = query_new(
        put->store, "SELECT " SUBSCRIPTION_COLUMNS ", subscription.removed "
                    "FROM " SUBSCRIPTION_TABLES
                    "WHERE newsletter.id = $newsletter AND subscriber.address_key = $key");
    query_bind_integer(query, "$newsletter", put->newsletter);
    query_bind_text(query, "$key", key);
    if (!read_one(query, subscription, error))
        return false;
    if (*subscription != NULL)
        *removed = query_integer(query, SUBSCRIPTION_COLUMN_COUNT) != 0;
    return true;
}

static bool
has_left(const Subscription *subscription)
{
    return subscription->state == SUBSCRIPTION_UNSUBSCRIBED ||
           subscription->state == SUBSCRIPTION_FORGOTTEN;
}

static bool
put_known(const Put *put, const Subscription *subscription, bool removed, const Choice *choice,
          GError **error)
{
    if (has_left(subscription)) {
        put->change->kept_out++;
        return true;
    }
    if (removed) {
        put->change->added++;
        return update_choice(put, subscription, choice, error) &&
               revive_subscription(put, subscription->id, &choice->rhythm, error);
    }
    if (same_choice(subscription->choice, choice)) {
        put->change->unchanged++;
        return true;
    }
    put->change->changed++;
    return update_choice(put, subscription, choice, error);
}

static bool
put_choice(const Put *put, const Choice *choice, GError **error)
{
    const char *key = address_key(choice->address);
    g_autoptr(Subscription) subscription = NULL;
    bool removed = false, suppressed = false;
    if (!is_suppressed(put->store, key, &suppressed, error))
        return false;
    if (suppressed) {
        put->change->kept_out++;
        return true;
    }
    if (!find_any(put, key, &subscription, &removed, error))
        return false;
    if (subscription != NULL)
        return put_known(put, subscription, removed, choice, error);
    return add_subscription(put, choice, error);
}

static bool
put_all(Put *put, const char *newsletter, const GPtrArray *choices, GError **error)
{
    if (!newsletter_ensure(put->store, newsletter, &put->newsletter, error))
        return false;
    for (guint i = 0; i < choices->len; i++) {
        if (!put_choice(put, choices->pdata[i], error))
            return false;
    }
    return true;
}

bool
store_subscriptions_put(Store *store, const char *newsletter, const GPtrArray *choices,
                        SubscriptionOrigin origin, int64_t now, PeopleChange *change,
                        GError **error)
{
    g_autoptr(Transaction) transaction = transaction_begin(store, error);
    Put put = { .store = store, .origin = origin, .now = now, .change = change };
    return transaction != NULL && put_all(&put, newsletter, choices, error) &&
           transaction_commit(transaction, error);
}

/* Taking people off */

static bool
remove_subscription(Store *store, int64_t id, const char *way, int64_t now, GError **error)
{
    g_autoptr(Query) query = query_new(store, "UPDATE subscription SET removed = 1 WHERE id = $id");
    query_bind_integer(query, "$id", id);
    return query_run(query, error) && record_event(store, id, "removed", way, NULL, now, error);
}

/* The roster's own subscriptions that are not among CHOICES any more; who left stays remembered. */
static bool
remove_others(const Put *put, const GPtrArray *choices, GError **error)
{
    g_autoptr(GHashTable) keys = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < choices->len; i++)
        g_hash_table_add(keys, (char *)address_key(((const Choice *)choices->pdata[i])->address));

    g_autoptr(GArray) gone = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(Query) query = query_new(
        put->store, "SELECT subscription.id, subscriber.address_key, subscription.state "
                    "FROM subscription JOIN subscriber "
                    "ON subscriber.id = subscription.subscriber_id "
                    "WHERE newsletter_id = $newsletter AND origin = $roster AND removed = 0");
    query_bind_integer(query, "$newsletter", put->newsletter);
    query_bind_integer(query, "$roster", ORIGIN_ROSTER);
    while (query_step(query)) {
        int64_t id = query_integer(query, 0);
        bool left = query_integer(query, 2) == SUBSCRIPTION_UNSUBSCRIBED ||
                    query_integer(query, 2) == SUBSCRIPTION_FORGOTTEN;
        if (!left && !g_hash_table_contains(keys, query_text(query, 1)))
            g_array_append_val(gone, id);
    }
    if (!query_finish(query, error))
        return false;
    for (guint i = 0; i < gone->len; i++) {
        if (!remove_subscription(put->store, g_array_index(gone, int64_t, i), "roster", put->now,
                                 error))
            return false;
    }
    put->change->removed += gone->len;
    return true;
}

bool
store_roster_reconcile(Store *store, const char *newsletter, const GPtrArray *choices, int64_t now,
                       PeopleChange *change, GError **error)
{
    g_autoptr(Transaction) transaction = transaction_begin(store, error);
    Put put = { .store = store, .origin = ORIGIN_ROSTER, .now = now, .change = change };
    return transaction != NULL && put_all(&put, newsletter, choices, error) &&
           remove_others(&put, choices, error) && transaction_commit(transaction, error);
}

bool
store_subscription_remove(Store *store, const char *newsletter, const char *address_key,
                          int64_t now, bool *found, GError **error)
{
    g_autoptr(Transaction) transaction = transaction_begin(store, error);
    g_autoptr(Subscription) subscription = NULL;
    if (transaction == NULL ||
        !store_subscription_find(store, newsletter, address_key, &subscription, error))
        return false;
    *found = subscription != NULL;
    if (subscription == NULL)
        return true;
    return remove_subscription(store, subscription->id, "command", now, error) &&
           transaction_commit(transaction, error);
}

/* Suppressions */

void
suppression_free(Suppression *suppression)
{
    if (suppression == NULL)
        return;
    g_free(suppression->address_key);
    g_free(suppression->reason);
    g_free(suppression);
}

bool
store_suppression_add(Store *store, const char *address_key, const char *reason, int64_t now,
                      GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "INSERT INTO suppression (address_key, reason, at) "
                         "VALUES ($key, $reason, $at) ON CONFLICT (address_key) DO NOTHING");
    query_bind_text(query, "$key", address_key);
    query_bind_text(query, "$reason", reason);
    query_bind_integer(query, "$at", now);
    return query_run(query, error);
}

bool
store_suppression_remove(Store *store, const char *address_key, bool *found, GError **error)
{
    g_autoptr(Query) query = query_new(store, "DELETE FROM suppression WHERE address_key = $key");
    query_bind_text(query, "$key", address_key);
    if (!query_run(query, error))
        return false;
    *found = driver_changes(store) > 0;
    return true;
}

GPtrArray *
store_suppressions_list(Store *store, GError **error)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)suppression_free);
    g_autoptr(Query) query =
        query_new(store, "SELECT address_key, reason, at FROM suppression ORDER BY address_key");
    while (query_step(query)) {
        Suppression *suppression = g_new0(Suppression, 1);
        suppression->address_key = query_copy(query, 0);
        suppression->reason = query_copy(query, 1);
        suppression->at = query_integer(query, 2);
        g_ptr_array_add(list, suppression);
    }
    return query_finish(query, error) ? g_steal_pointer(&list) : NULL;
}
