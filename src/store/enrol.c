/* Putting people on a list and taking them off (store/people.h). */
#include "store/people.h"

#include <string.h>

#include "base/token.h"
#include "store/enrol-internal.h"
#include "store/readers-internal.h"
#include "store/suppressions.h"

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

static bool
person_ensure(const Put *put, const Choice *choice, int64_t *id, GError **error)
{
    g_autoptr(Query) query =
        query_new(put->store, "INSERT INTO subscriber (address_key, address) "
                              "VALUES ($key, $address) ON CONFLICT (address_key) "
                              "DO UPDATE SET address = excluded.address RETURNING id");
    query_bind_text(query, "$key", address_key(choice->address));
    query_bind_text(query, "$address", address_text(choice->address));
    if (query_step(query))
        *id = query_integer(query, 0);
    return query_run(query, error);
}

/* The same for somebody whom nobody knows yet, at less cost; *ID is 0 when they are known. */
static bool
person_add(const Put *put, const Choice *choice, int64_t *id, GError **error)
{
    g_autoptr(Query) query = query_new(
        put->store, "INSERT INTO subscriber (address_key, address) VALUES ($key, $address) "
                    "ON CONFLICT (address_key) DO NOTHING");
    query_bind_text(query, "$key", address_key(choice->address));
    query_bind_text(query, "$address", address_text(choice->address));
    if (!query_run(query, error))
        return false;
    *id = driver_changes(put->store) > 0 ? driver_last_id(put->store) : 0;
    return true;
}

static bool
same_rhythm(const Rhythm *a, const Rhythm *b)
{
    return a->frequency == b->frequency && a->weekday == b->weekday && a->minute == b->minute &&
           strcmp(a->zone, b->zone) == 0;
}

bool
put_find_slot(Put *put, const Rhythm *rhythm, GError **error)
{
    if (put->slot.id != 0 && same_rhythm(&put->rhythm, rhythm))
        return true;
    put->rhythm = *rhythm;
    return slot_ensure(put->store, put->newsletter, rhythm, 0, &put->slot, error);
}

/* A line of the plan, for whoever wants one. */
static void
tell(const Put *put, const char *what, const char *address)
{
    if (put->change->plan != NULL)
        g_ptr_array_add(put->change->plan, g_strdup_printf("%s %s", what, address));
}

char *
topics_join(const GPtrArray *topics)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < topics->len; i++)
        g_string_append_printf(text, "%s%s", i > 0 ? " " : "", (const char *)topics->pdata[i]);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

void
choice_bind(Query *query, const Choice *choice)
{
    g_autofree char *topics = topics_join(choice->topics);
    g_autofree char *without = topics_join(choice->without);
    query_bind_text(query, "$name", choice->name);
    query_bind_text(query, "$language", choice->language);
    query_bind_text(query, "$topics", topics);
    query_bind_text(query, "$without", without);
    query_bind_text(query, "$filter", choice->filter);
    query_bind_integer(query, "$format", choice->format);
    query_bind_integer(query, "$max_articles", choice->max_articles);
    query_bind_integer(query, "$pause_said", choice->pause_until);
    query_bind_text(query, "$attributes", choice->attributes);
}

/* Acts upon what CHOICE says about being away, when that is not what was said before (SAID). Who was
 * paused in another way stays so while the file says what it always said. */
static bool
heed_pause(const Put *put, int64_t id, int64_t said, const Choice *choice, GError **error)
{
    const char *way = subscription_origin_name(put->origin);
    LifecycleOutcome outcome;
    if (choice->pause_until == said)
        return true;
    if (choice->pause_until > put->now)
        return store_subscription_pause(put->store, id, choice->pause_until, WILL_OPERATOR, way,
                                        put->now, &outcome, error);
    return store_subscription_event(put->store, id, EVENT_RESUME, WILL_OPERATOR, way, NULL,
                                    put->now, &outcome, error);
}

int64_t
put_next_reference(Put *put)
{
    bool has_more = put->references != NULL && put->used < put->references->len;
    return (int64_t)(has_more ? g_array_index(put->references, uint64_t, put->used++)
                              : token_reference_new());
}

/* The first event of who came with an import is the import (subscription.intake); of others it is
 * written down. */
static bool
record_added(const Put *put, int64_t id, bool is_intake, GError **error)
{
    const char *kind = put->is_asked ? lifecycle_event_name(EVENT_ASK) : "added";
    return is_intake ||
           event_record_consent(put->store, id, kind, subscription_origin_name(put->origin),
                                put->consent, put->now, error);
}

static bool
add_subscription(Put *put, int64_t person, const Choice *choice, GError **error)
{
    bool is_intake = put->origin == ORIGIN_IMPORT && put->consent != 0;
    if (!put_find_slot(put, &choice->rhythm, error))
        return false;
    g_autoptr(Query) query = query_new(
        put->store,
        "INSERT INTO subscription (subscriber_id, newsletter_id, slot_id, reference, state, "
        "  origin, name, language, topics, topics_out, filter, format, max_articles, pause_said, "
        "  attributes, consent_id, intake, created, slot_mark, since_seq, served) "
        "VALUES ($person, $newsletter, $slot, $reference, $state, $origin, $name, $language, "
        "  $topics, $without, $filter, $format, $max_articles, $pause_said, $attributes, "
        "  $consent, $intake, $now, $mark, $mark, 0)");
    choice_bind(query, choice);
    query_bind_integer(query, "$person", person);
    query_bind_integer(query, "$newsletter", put->newsletter);
    query_bind_integer(query, "$slot", put->slot.id);
    query_bind_integer(query, "$reference", put_next_reference(put));
    query_bind_integer(query, "$state", put->is_asked ? SUBSCRIPTION_PENDING : SUBSCRIPTION_ACTIVE);
    query_bind_integer(query, "$origin", put->origin);
    query_bind_integer(query, "$consent", put->consent);
    query_bind_integer(query, "$intake", is_intake ? put->consent : 0);
    query_bind_integer(query, "$now", put->now);
    query_bind_integer(query, "$mark", put->slot.mark);
    if (!query_run(query, error))
        return false;
    int64_t id = driver_last_id(put->store);
    put->change->added++;
    tell(put, "add", address_text(choice->address));
    return record_added(put, id, is_intake, error) && heed_pause(put, id, 0, choice, error);
}

static bool
same_topics(const GPtrArray *a, const GPtrArray *b)
{
    g_autofree char *left = topics_join(a);
    g_autofree char *right = topics_join(b);
    return strcmp(left, right) == 0;
}

static bool
same_choice(const Choice *a, const Choice *b)
{
    g_autofree char *left = rhythm_text(&a->rhythm);
    g_autofree char *right = rhythm_text(&b->rhythm);
    return strcmp(left, right) == 0 && same_topics(a->topics, b->topics) &&
           same_topics(a->without, b->without) &&
           strcmp(address_text(a->address), address_text(b->address)) == 0 &&
           g_strcmp0(a->name, b->name) == 0 && g_strcmp0(a->language, b->language) == 0 &&
           g_strcmp0(a->filter, b->filter) == 0 && a->format == b->format &&
           g_strcmp0(a->attributes, b->attributes) == 0 && a->max_articles == b->max_articles &&
           a->pause_until == b->pause_until;
}

static bool
write_choice(const Put *put, const Subscription *subscription, const Choice *choice, GError **error)
{
    int64_t person = 0;
    if (!person_ensure(put, choice, &person, error) ||
        !reader_keep(put->store, subscription->id, error))
        return false;
    g_autoptr(Query) query = query_new(
        put->store, "UPDATE subscription SET name = $name, language = $language, "
                    "topics = $topics, topics_out = $without, filter = $filter, format = $format, "
                    "max_articles = $max_articles, pause_said = $pause_said, origin = $origin, "
                    "attributes = $attributes, " CHOSEN_NOW ", "
                    "consent_id = CASE WHEN $consent <> 0 THEN $consent ELSE consent_id END "
                    "WHERE id = $id");
    choice_bind(query, choice);
    query_bind_integer(query, "$origin", put->origin);
    query_bind_integer(query, "$consent", put->consent);
    query_bind_integer(query, "$id", subscription->id);
    if (!query_run(query, error))
        return false;
    g_autofree char *before = rhythm_text(&subscription->choice->rhythm);
    g_autofree char *after = rhythm_text(&choice->rhythm);
    return strcmp(before, after) == 0 ||
           subscription_move(put->store, subscription, put->newsletter, &choice->rhythm, error);
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
    if (!subscription_read_one(query, subscription, error))
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

/* Nothing to be done: what the person chose by themselves is not undone by a file. The first
 * declaration of somebody of whom none is known is kept, though they chose nothing else. */
static bool
is_settled(const Put *put, const Subscription *subscription, const Choice *choice)
{
    bool is_file = put->origin != ORIGIN_COMMAND;
    bool is_proof = put->consent != 0 && subscription->consent == 0;
    return (is_file && subscription->own_choice) ||
           (!is_proof && same_choice(subscription->choice, choice));
}

static bool
put_known(const Put *put, const Subscription *subscription, bool removed, const Choice *choice,
          GError **error)
{
    if (has_left(subscription)) {
        put->change->kept_out++;
        return true;
    }
    if (!removed && is_settled(put, subscription, choice)) {
        put->change->unchanged++;
        return true;
    }
    put->change->added += removed;
    put->change->changed += !removed;
    tell(put, removed ? "add" : "change", address_text(choice->address));
    return write_choice(put, subscription, choice, error) &&
           (!removed || subscription_rejoin(put->store, subscription->id, error)) &&
           event_record_consent(put->store, subscription->id, removed ? "added" : "changed",
                                subscription_origin_name(put->origin), put->consent, put->now,
                                error) &&
           heed_pause(put, subscription->id, subscription->choice->pause_until, choice, error);
}

/* A bit for each subscription: a million of them take 125 kB. */
static bool
was_met(const Declared *declared, int64_t id)
{
    return id / 8 < declared->met->len && (declared->met->data[id / 8] >> id % 8 & 1) != 0;
}

static void
mark_met(const Declared *declared, int64_t id)
{
    guint size = declared->met->len;
    if (id / 8 >= size) {
        g_byte_array_set_size(declared->met, (guint)(id / 8 + 1));
        memset(declared->met->data + size, 0, declared->met->len - size);
    }
    declared->met->data[id / 8] |= (guint8)(1u << id % 8);
}

/* Whether the address came before: who was new then has the declaration, and who was there is marked. */
static bool
is_doubled(const Put *put, const Subscription *subscription)
{
    if (put->declared == NULL || put->consent == 0)
        return false;
    if (subscription->consent == put->consent || was_met(put->declared, subscription->id))
        return true;
    mark_met(put->declared, subscription->id);
    return false;
}

/* CHOICE of a person who is there, with or without a subscription to this newsletter. */
static bool
put_choice_known(Put *put, const Choice *choice, GError **error)
{
    g_autoptr(Subscription) subscription = NULL;
    bool removed = false;
    int64_t person = 0;
    if (!find_any(put, address_key(choice->address), &subscription, &removed, error))
        return false;
    if (subscription == NULL)
        return person_ensure(put, choice, &person, error) &&
               add_subscription(put, person, choice, error);
    if (is_doubled(put, subscription)) {
        g_ptr_array_add(put->declared->doubled, (void *)choice);
        return true;
    }
    return put_known(put, subscription, removed, choice, error);
}

static bool
put_choice(Put *put, const Choice *choice, GError **error)
{
    const char *key = address_key(choice->address);
    bool suppressed = false;
    int64_t person = 0;
    if (put->any_suppressed && !store_suppression_has(put->store, key, &suppressed, error))
        return false;
    if (suppressed) {
        put->change->kept_out++;
        return true;
    }
    if (!person_add(put, choice, &person, error))
        return false;
    return person != 0 ? add_subscription(put, person, choice, error)
                       : put_choice_known(put, choice, error);
}

/* Whether PUT is an import of many: most of them are new. */
static bool
is_intake(const Put *put, const GPtrArray *choices)
{
    return put->origin == ORIGIN_IMPORT && put->consent != 0 && choices->len > 1;
}

static bool
put_all(Put *put, const char *newsletter, const GPtrArray *choices, GError **error)
{
    g_autoptr(GArray) references = token_references_new(choices->len);
    g_autoptr(GPtrArray) known = g_ptr_array_new();
    g_autoptr(GPtrArray) rest = g_ptr_array_new();
    put->references = references;
    if (!newsletter_ensure(put->store, newsletter, &put->newsletter, error) ||
        !store_suppressions_any(put->store, &put->any_suppressed, error))
        return false;
    if (is_intake(put, choices)) {
        if (!put_newcomers(put, choices, known, rest, error))
            return false;
        choices = rest;
    }
    for (guint i = 0; i < known->len; i++) {
        if (!put_choice_known(put, known->pdata[i], error))
            return false;
    }
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

bool
store_subscriptions_declare(Store *store, const char *newsletter, const GPtrArray *choices,
                            SubscriptionOrigin origin, const Declared *declared, int64_t now,
                            PeopleChange *change, GError **error)
{
    g_autoptr(Transaction) transaction = transaction_begin(store, error);
    Put put = { .store = store,
                .origin = origin,
                .consent = declared->consent,
                .declared = declared,
                .now = now,
                .change = change };
    return transaction != NULL && put_all(&put, newsletter, choices, error) &&
           transaction_commit(transaction, error);
}

/* What people do themselves */

bool
enrol_pending(Store *store, const char *newsletter, const Choice *choice, int64_t consent,
              int64_t now, GError **error)
{
    PeopleChange change = { 0 };
    int64_t person = 0;
    Put put = { .store = store,
                .origin = ORIGIN_WEB,
                .consent = consent,
                .is_asked = true,
                .now = now,
                .change = &change };
    return newsletter_ensure(store, newsletter, &put.newsletter, error) &&
           person_ensure(&put, choice, &person, error) &&
           add_subscription(&put, person, choice, error);
}

bool
enrol_rewrite(Store *store, const Subscription *subscription, const Choice *choice, int64_t consent,
              int64_t now, GError **error)
{
    Put put = { .store = store, .origin = subscription->origin, .consent = consent, .now = now };
    return newsletter_ensure(store, subscription->newsletter, &put.newsletter, error) &&
           write_choice(&put, subscription, choice, error);
}

bool
store_subscription_choose(Store *store, const Subscription *subscription, const Choice *choice,
                          const char *way, int64_t now, GError **error)
{
    if (same_choice(subscription->choice, choice))
        return true;
    g_autoptr(Transaction) transaction = transaction_begin(store, error);
    if (transaction == NULL || !enrol_rewrite(store, subscription, choice, 0, now, error))
        return false;
    g_autoptr(Query) query =
        query_new(store, "UPDATE subscription SET own_choice = 1 WHERE id = $id");
    query_bind_integer(query, "$id", subscription->id);
    return query_run(query, error) &&
           event_record(store, subscription->id, "changed", way, NULL, now, error) &&
           transaction_commit(transaction, error);
}

/* Taking people off */

bool
subscription_remove(Store *store, int64_t id, const char *way, const char *reason, int64_t now,
                    GError **error)
{
    g_autoptr(Query) query = query_new(store, "UPDATE subscription SET removed = 1 WHERE id = $id");
    query_bind_integer(query, "$id", id);
    return query_run(query, error) && event_record(store, id, "removed", way, reason, now, error);
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
        if (left || g_hash_table_contains(keys, query_text(query, 1)))
            continue;
        g_array_append_val(gone, id);
        tell(put, "remove", query_text(query, 1));
    }
    if (!query_finish(query, error))
        return false;
    for (guint i = 0; i < gone->len; i++) {
        if (!subscription_remove(put->store, g_array_index(gone, int64_t, i), "roster", NULL,
                                 put->now, error))
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
    return subscription_remove(store, subscription->id, "command", NULL, now, error) &&
           transaction_commit(transaction, error);
}
