#include "store/requests.h"

#include "store/consents.h"
#include "store/people.h"
#include "store/subscription-internal.h"
#include "store/suppressions.h"

#define NUMBER_MASK 0xffffffu
/* request.was of a subscription that was not there. */
#define WAS_NOTHING (-1)

void
request_free(Request *request)
{
    if (request == NULL)
        return;
    g_free(request->address);
    g_free(request);
}

/* Asking */

/* The subscription of KEY, also one that was taken off the list; NULL: there is none. */
static bool
find_any(Store *store, const char *newsletter, const char *key, Subscription **subscription,
         GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "SELECT " SUBSCRIPTION_COLUMNS " FROM " SUBSCRIPTION_TABLES
                         "WHERE newsletter.name = $newsletter AND subscriber.address_key = $key");
    query_bind_text(query, "$newsletter", newsletter);
    query_bind_text(query, "$key", key);
    return subscription_read_one(query, subscription, error);
}

/* When the address was last asked something, or is about to be, for whatever newsletter; 0: never. */
static bool
last_mail(Store *store, const char *key, int64_t *at, GError **error)
{
    g_autoptr(Query) query = query_new(
        store, "SELECT COALESCE(MAX(CASE WHEN mails = 0 THEN next_at ELSE mailed_at END), "
               "  0) FROM request "
               "JOIN subscription ON subscription.id = request.subscription_id "
               "JOIN subscriber ON subscriber.id = subscription.subscriber_id "
               "WHERE subscriber.address_key = $key");
    query_bind_text(query, "$key", key);
    *at = query_step(query) ? query_integer(query, 0) : 0;
    return query_run(query, error);
}

static bool
put_request(Store *store, RequestKind kind, int64_t subscription, const char *address, int was,
            int64_t now, GError **error)
{
    g_autoptr(Query) gone = query_new(store, "DELETE FROM request WHERE subscription_id = $id");
    query_bind_integer(gone, "$id", subscription);
    if (!query_run(gone, error))
        return false;
    g_autoptr(Query) query = query_new(
        store, "INSERT INTO request (subscription_id, kind, address, was, made_at, next_at) "
               "VALUES ($subscription, $kind, $address, $was, $now, $now)");
    query_bind_integer(query, "$kind", kind);
    query_bind_text(query, "$address", address);
    query_bind_integer(query, "$subscription", subscription);
    query_bind_integer(query, "$was", was);
    query_bind_integer(query, "$now", now);
    return query_run(query, error);
}

static bool
ask_new(Store *store, const char *newsletter, const Choice *choice, int64_t consent, int64_t now,
        GError **error)
{
    g_autoptr(Subscription) made = NULL;
    return enrol_pending(store, newsletter, choice, consent, now, error) &&
           find_any(store, newsletter, address_key(choice->address), &made, error) &&
           put_request(store, REQUEST_SIGN_UP, made->id, NULL, WAS_NOTHING, now, error);
}

/* What SUBSCRIPTION is when nobody confirms: while it is pending, what its request says it was before. Who has
 * left since has left, and is remembered. */
static bool
find_was(Store *store, const Subscription *subscription, int *was, GError **error)
{
    *was = (int)subscription->state;
    if (subscription->state != SUBSCRIPTION_PENDING)
        return true;
    g_autoptr(Query) query =
        query_new(store, "SELECT was FROM request WHERE subscription_id = $id");
    query_bind_integer(query, "$id", subscription->id);
    if (query_step(query))
        *was = (int)query_integer(query, 0);
    return query_run(query, error);
}

static bool
ask_again(Store *store, const Subscription *subscription, const Choice *choice, int64_t consent,
          int64_t now, GError **error)
{
    LifecycleOutcome outcome;
    int was;
    return find_was(store, subscription, &was, error) &&
           enrol_rewrite(store, subscription, choice, consent, now, error) &&
           subscription_event_consent(store, subscription, EVENT_ASK, "web", consent, now, &outcome,
                                      error) &&
           put_request(store, REQUEST_SIGN_UP, subscription->id, NULL, was, now, error);
}

static bool
has_it(const Subscription *subscription)
{
    return subscription->state == SUBSCRIPTION_ACTIVE || subscription->state == SUBSCRIPTION_PAUSED;
}

bool
store_request_sign_up(Store *store, const char *newsletter, const Choice *choice, Consent *consent,
                      int64_t now, GError **error)
{
    const char *key = address_key(choice->address);
    g_autoptr(Subscription) known = NULL;
    g_autoptr(Transaction) transaction = transaction_begin(store, error);
    bool suppressed = false;
    int64_t asked_at = 0;
    if (transaction == NULL || !store_suppression_has(store, key, &suppressed, error) ||
        !last_mail(store, key, &asked_at, error) ||
        !find_any(store, newsletter, key, &known, error))
        return false;
    bool is_early = asked_at != 0 && now - asked_at < REQUEST_MAIL_SECONDS;
    if (suppressed || is_early || (known != NULL && has_it(known)))
        return true;
    if (!store_consent_add(store, consent, error))
        return false;
    bool asked = known == NULL ? ask_new(store, newsletter, choice, consent->id, now, error)
                               : ask_again(store, known, choice, consent->id, now, error);
    return asked && transaction_commit(transaction, error);
}

bool
store_request_address(Store *store, const Subscription *subscription, const Address *address,
                      int64_t now, GError **error)
{
    const char *key = address_key(address);
    g_autoptr(Subscription) known = NULL;
    g_autoptr(Transaction) transaction = transaction_begin(store, error);
    bool suppressed = false;
    int64_t there = 0, here = 0;
    if (transaction == NULL || !store_suppression_has(store, key, &suppressed, error) ||
        !last_mail(store, key, &there, error) ||
        !last_mail(store, address_key(subscription->choice->address), &here, error) ||
        !find_any(store, subscription->newsletter, key, &known, error))
        return false;
    int64_t asked_at = MAX(there, here);
    bool is_early = asked_at != 0 && now - asked_at < REQUEST_MAIL_SECONDS;
    if (suppressed || is_early || known != NULL)
        return true;
    return put_request(store, REQUEST_ADDRESS, subscription->id, address_text(address),
                       (int)subscription->state, now, error) &&
           transaction_commit(transaction, error);
}

/* Confirming */

#define REQUEST_COLUMNS "id, kind, subscription_id, address, made_at, next_at, mails, tries"

static Request *
read_request(Query *query)
{
    Request *request = g_new0(Request, 1);
    request->id = query_integer(query, 0);
    request->kind = (RequestKind)query_integer(query, 1);
    request->subscription = query_integer(query, 2);
    request->address = query_copy(query, 3);
    request->made_at = query_integer(query, 4);
    request->next_at = query_integer(query, 5);
    request->mails = (int)query_integer(query, 6);
    request->tries = (int)query_integer(query, 7);
    return request;
}

bool
store_request_of(Store *store, int64_t subscription, Request **request, GError **error)
{
    g_autoptr(Query) query = query_new(
        store, "SELECT " REQUEST_COLUMNS " FROM request WHERE subscription_id = $subscription");
    query_bind_integer(query, "$subscription", subscription);
    *request = query_step(query) ? read_request(query) : NULL;
    return query_run(query, error);
}

bool
store_request_find(Store *store, const Subscription *subscription, uint32_t number,
                   Request **request, GError **error)
{
    if (!store_request_of(store, subscription->id, request, error))
        return false;
    if (*request != NULL && ((*request)->id & NUMBER_MASK) != number)
        g_clear_pointer(request, request_free);
    return true;
}

bool
store_request_look(Store *store, const Subscription *subscription, uint32_t number,
                   RequestKind *kind, ConfirmOutcome *outcome, GError **error)
{
    g_autoptr(Request) request = NULL;
    if (!store_request_find(store, subscription, number, &request, error))
        return false;
    *outcome = request != NULL        ? CONFIRM_DONE
               : has_it(subscription) ? CONFIRM_ALREADY
                                      : CONFIRM_LOST;
    if (request != NULL)
        *kind = request->kind;
    return true;
}

static bool
delete_request(Store *store, int64_t subscription, GError **error)
{
    g_autoptr(Query) query = query_new(store, "DELETE FROM request WHERE subscription_id = $id");
    query_bind_integer(query, "$id", subscription);
    return query_run(query, error);
}

/* The old address stays as somebody who has left, so that no list brings it back. */
static bool
leave_behind(Store *store, const Subscription *subscription, int64_t now, GError **error)
{
    g_autoptr(Subscription) left = NULL;
    LifecycleOutcome outcome;
    return enrol_pending(store, subscription->newsletter, subscription->choice, 0, now, error) &&
           find_any(store, subscription->newsletter, address_key(subscription->choice->address),
                    &left, error) &&
           subscription_event_consent(store, left, EVENT_UNSUBSCRIBE, "web", 0, now, &outcome,
                                      error);
}

/* The comments that the person of SUBSCRIPTION follows there (store/comments.h) go to the new address too. */
static bool
move_comments(Store *store, int64_t subscription, const Address *address, GError **error)
{
    g_autoptr(Query) query = query_new(
        store, "UPDATE subscription SET subscriber_id = "
               "(SELECT id FROM subscriber WHERE address_key = $key) "
               "WHERE id IN (SELECT follower.id FROM subscription AS reader "
               "  JOIN comments ON comments.model_id = reader.newsletter_id "
               "  JOIN subscription AS follower ON follower.subscriber_id = reader.subscriber_id "
               "    AND follower.newsletter_id = comments.newsletter_id WHERE reader.id = $id)");
    query_bind_text(query, "$key", address_key(address));
    query_bind_integer(query, "$id", subscription);
    return query_run(query, error);
}

static bool
set_person(Store *store, int64_t subscription, const Address *address, GError **error)
{
    g_autoptr(Query) person =
        query_new(store, "INSERT INTO subscriber (address_key, address) VALUES ($key, $address) "
                         "ON CONFLICT (address_key) DO NOTHING");
    query_bind_text(person, "$key", address_key(address));
    query_bind_text(person, "$address", address_text(address));
    if (!query_run(person, error) || !move_comments(store, subscription, address, error))
        return false;
    g_autoptr(Query) query =
        query_new(store, "UPDATE subscription SET origin = $web, subscriber_id = "
                         "(SELECT id FROM subscriber WHERE address_key = $key) WHERE id = $id");
    query_bind_integer(query, "$web", ORIGIN_WEB);
    query_bind_text(query, "$key", address_key(address));
    query_bind_integer(query, "$id", subscription);
    return query_run(query, error);
}

static bool
move_address(Store *store, const Subscription *subscription, const Request *request, int64_t now,
             ConfirmOutcome *outcome, GError **error)
{
    g_autoptr(Address) address = address_parse(request->address, error);
    g_autoptr(Subscription) known = NULL;
    if (address == NULL ||
        !find_any(store, subscription->newsletter, address_key(address), &known, error))
        return false;
    if (known != NULL) { /* it has come there in another way since */
        *outcome = CONFIRM_LOST;
        return true;
    }
    return set_person(store, subscription->id, address, error) &&
           leave_behind(store, subscription, now, error) &&
           event_record(store, subscription->id, "address", "web", NULL, now, error);
}

bool
store_request_confirm(Store *store, const Subscription *subscription, uint32_t number,
                      const char *way, int64_t now, ConfirmOutcome *outcome, GError **error)
{
    LifecycleOutcome change;
    RequestKind kind;
    g_autoptr(Request) request = NULL;
    g_autoptr(Transaction) transaction = transaction_begin(store, error);
    if (transaction == NULL ||
        !store_request_look(store, subscription, number, &kind, outcome, error) ||
        !store_request_find(store, subscription, number, &request, error))
        return false;
    if (request == NULL)
        return true;
    bool fine = request->kind == REQUEST_ADDRESS
                    ? move_address(store, subscription, request, now, outcome, error)
                    : subscription_event_consent(store, subscription, EVENT_CONFIRM, way,
                                                 subscription->consent, now, &change, error);
    return fine && delete_request(store, subscription->id, error) &&
           transaction_commit(transaction, error);
}

/* The mail */

static bool
read_subscription(Store *store, int64_t id, Subscription **subscription, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "SELECT " SUBSCRIPTION_COLUMNS " FROM " SUBSCRIPTION_TABLES
                         "WHERE subscription.id = $id");
    query_bind_integer(query, "$id", id);
    return subscription_read_one(query, subscription, error);
}

bool
store_request_due(Store *store, int64_t now, Request **request, Subscription **subscription,
                  GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "SELECT " REQUEST_COLUMNS " FROM request "
                         "WHERE next_at > 0 AND next_at <= $now ORDER BY next_at, id LIMIT 1");
    query_bind_integer(query, "$now", now);
    *request = query_step(query) ? read_request(query) : NULL;
    if (!query_finish(query, error))
        return false;
    return *request == NULL ||
           read_subscription(store, (*request)->subscription, subscription, error);
}

/* Compared with what was read: so two processes never send the same mail. */
bool
store_request_begin(Store *store, const Request *request, int64_t now, bool *taken, GError **error)
{
    g_autoptr(Query) query = query_new(
        store, "UPDATE request SET mails = mails + 1, tries = tries + 1, mailed_at = $now, "
               "next_at = $next WHERE id = $id AND mails = $mails AND next_at = $seen");
    query_bind_integer(query, "$now", now);
    query_bind_integer(query, "$next", request->mails == 0 ? now + REQUEST_REMIND_SECONDS : 0);
    query_bind_integer(query, "$id", request->id);
    query_bind_integer(query, "$mails", request->mails);
    query_bind_integer(query, "$seen", request->next_at);
    if (!query_run(query, error))
        return false;
    *taken = driver_changes(store) > 0;
    return true;
}

bool
store_request_defer(Store *store, const Request *request, int64_t next_at, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "UPDATE request SET mails = $mails, next_at = $next WHERE id = $id");
    query_bind_integer(query, "$mails", request->mails);
    query_bind_integer(query, "$next", next_at);
    query_bind_integer(query, "$id", request->id);
    return query_run(query, error);
}

/* Expiring */

/* Of a subscription that never was more than asked for nothing points to any row but these. */
static bool
delete_subscription(Store *store, int64_t id, GError **error)
{
    static const char *const statements[] = {
        "DELETE FROM event WHERE subscription_id = $id",
        "DELETE FROM bounce WHERE subscription_id = $id",
        "DELETE FROM answer WHERE subscription_id = $id",
        "DELETE FROM subscription WHERE id = $id",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(statements); i++) {
        g_autoptr(Query) query = query_new(store, statements[i]);
        query_bind_integer(query, "$id", id);
        if (!query_run(query, error))
            return false;
    }
    return true;
}

static bool
delete_person(Store *store, const char *key, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "DELETE FROM subscriber WHERE address_key = $key AND NOT EXISTS "
                         "(SELECT 1 FROM subscription WHERE subscriber_id = subscriber.id)");
    query_bind_text(query, "$key", key);
    return query_run(query, error);
}

static bool
expire(Store *store, int64_t id, int was, int64_t now, GError **error)
{
    g_autoptr(Subscription) subscription = NULL;
    LifecycleOutcome outcome;
    if (!read_subscription(store, id, &subscription, error) || !delete_request(store, id, error))
        return false;
    if (was == WAS_NOTHING && subscription->state == SUBSCRIPTION_PENDING)
        return delete_subscription(store, id, error) &&
               delete_person(store, address_key(subscription->choice->address), error);
    return subscription_event_consent(store, subscription, EVENT_EXPIRE, "calendar", 0, now,
                                      &outcome, error);
}

typedef struct {
    int64_t subscription;
    int was;
} Expired;

static GArray *
find_expired(Store *store, int64_t now, GError **error)
{
    g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(Expired));
    g_autoptr(Query) query = query_new(
        store, "SELECT subscription_id, was FROM request WHERE made_at <= $before ORDER BY id");
    query_bind_integer(query, "$before", now - REQUEST_SECONDS);
    while (query_step(query)) {
        const Expired expired = { query_integer(query, 0), (int)query_integer(query, 1) };
        g_array_append_val(list, expired);
    }
    return query_finish(query, error) ? g_steal_pointer(&list) : NULL;
}

bool
store_requests_expire(Store *store, int64_t now, guint *count, GError **error)
{
    g_autoptr(Transaction) transaction = transaction_begin(store, error);
    g_autoptr(GArray) list = transaction == NULL ? NULL : find_expired(store, now, error);
    if (list == NULL)
        return false;
    for (guint i = 0; i < list->len; i++) {
        const Expired *expired = &g_array_index(list, Expired, i);
        if (!expire(store, expired->subscription, expired->was, now, error))
            return false;
    }
    *count = list->len;
    return list->len == 0 || transaction_commit(transaction, error);
}
