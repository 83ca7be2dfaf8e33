#include "store/ledger.h"

#include "store/bounces.h"
#include "store/carry-internal.h"
#include "store/ledger-internal.h"
#include "store/readers-internal.h"
#include "store/subscription-internal.h"

void
recipient_free(Recipient *recipient)
{
    if (recipient == NULL)
        return;
    subscription_free(recipient->subscription);
    g_clear_error(&recipient->problem);
    delivery_clear(&recipient->delivery);
    g_free(recipient);
}

/* Segments */

/* No mail waits so long for its next try (delivery/retry.h). */
#define WAIT_SECONDS_MAX (2 * 24 * 60 * 60)

/* By a clock that is behind all issues it is that one which is wrong: the first try stays where it is, or it
 * would lie years back for the right clock, and the mail be given up. */
static bool
forgive_clock_deliveries(Store *store, int64_t now, GError **error)
{
    g_autoptr(Query) query = query_new(
        store,
        "UPDATE delivery SET next_at = $now, "
        "first_at = CASE WHEN first_at > $now "
        "  AND EXISTS (SELECT 1 FROM issue WHERE cut_at <= $now) THEN $now ELSE first_at END "
        "WHERE state = $deferred AND next_at > $far AND issue_id IN "
        "(SELECT issue_id FROM work WHERE work.state <> 2 AND work.next_at > $far)");
    query_bind_integer(query, "$deferred", DELIVERY_DEFERRED);
    query_bind_integer(query, "$now", now);
    query_bind_integer(query, "$far", now + WAIT_SECONDS_MAX);
    return query_run(query, error);
}

static bool
forgive_clock_segments(Store *store, int64_t now, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "UPDATE work SET next_at = $now WHERE state <> 2 AND next_at > $far");
    query_bind_integer(query, "$now", now);
    query_bind_integer(query, "$far", now + WAIT_SECONDS_MAX);
    return query_run(query, error);
}

static bool
reopen_abandoned(Store *store, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "UPDATE work SET state = 0, lease_until = 0, next_at = 0 "
                         "WHERE state = 1 OR (state = 0 AND lease_until = $unfinished)");
    query_bind_integer(query, "$unfinished", SEGMENT_UNFINISHED);
    return query_run(query, error);
}

bool
ledger_begin_run(Store *store, int64_t now, GError **error)
{
    g_autoptr(Transaction) transaction = transaction_begin(store, error);
    return transaction != NULL && forgive_clock_deliveries(store, now, error) &&
           forgive_clock_segments(store, now, error) && reopen_abandoned(store, error) &&
           transaction_commit(transaction, error);
}

static bool
release_deliveries(Store *store, int64_t issue, const char *address_key, int64_t now,
                   GError **error)
{
    g_autoptr(Query) query = query_new(
        store, "UPDATE delivery SET state = $deferred, next_at = $now "
               "WHERE state IN ($deferred, $held) AND ($key IS NULL OR subscription_id IN "
               "  (SELECT subscription.id FROM subscription JOIN subscriber "
               "   ON subscriber.id = subscription.subscriber_id "
               "   WHERE subscriber.address_key = $key)) AND issue_id IN "
               "  (SELECT id FROM issue WHERE state = 0 AND ($issue = 0 OR id = $issue))");
    query_bind_integer(query, "$deferred", DELIVERY_DEFERRED);
    query_bind_integer(query, "$held", DELIVERY_HELD);
    query_bind_integer(query, "$now", now);
    query_bind_integer(query, "$issue", issue);
    query_bind_text(query, "$key", address_key);
    return query_run(query, error);
}

static bool
reopen_segments(Store *store, int64_t issue, GError **error)
{
    g_autoptr(Query) query = query_new(
        store,
        "UPDATE work SET state = 0, next_at = 0 WHERE state <> 1 AND EXISTS "
        "  (SELECT 1 FROM delivery WHERE delivery.issue_id = work.issue_id "
        "   AND delivery.state = $deferred "
        "   AND delivery.subscription_id >= work.segment * $size "
        "   AND delivery.subscription_id < (work.segment + 1) * $size) "
        "AND issue_id IN (SELECT id FROM issue WHERE state = 0 AND ($issue = 0 OR id = $issue))");
    query_bind_integer(query, "$issue", issue);
    query_bind_integer(query, "$deferred", DELIVERY_DEFERRED);
    query_bind_integer(query, "$size", SEGMENT_SIZE);
    return query_run(query, error);
}

bool
ledger_retry(Store *store, int64_t issue, const char *address_key, int64_t now, GError **error)
{
    g_autoptr(Transaction) transaction = transaction_begin(store, error);
    return transaction != NULL && release_deliveries(store, issue, address_key, now, error) &&
           reopen_segments(store, issue, error) && transaction_commit(transaction, error);
}

bool
ledger_claim(Store *store, int64_t issue, int64_t now, int64_t lease_seconds, Segment *segment,
             bool *found, GError **error)
{
    g_autoptr(Query) query = query_new(
        store, "UPDATE work SET state = 1, token = token + 1, lease_until = $until "
               "WHERE issue_id = $issue AND segment = "
               "  (SELECT MIN(segment) FROM work WHERE issue_id = $issue AND "
               "   ((state = 0 AND next_at <= $now) OR (state = 1 AND lease_until < $now))) "
               "RETURNING segment, token");
    query_bind_integer(query, "$until", now + lease_seconds);
    query_bind_integer(query, "$issue", issue);
    query_bind_integer(query, "$now", now);
    *found = query_step(query);
    if (*found) {
        segment->issue = issue;
        segment->number = query_integer(query, 0);
        segment->token = query_integer(query, 1);
    }
    return query_run(query, error);
}

void
delivery_read(Query *query, int column, Delivery *delivery)
{
    delivery->state = (DeliveryState)query_integer(query, column++);
    delivery->attempt = (int)query_integer(query, column++);
    delivery->first_at = query_integer(query, column++);
    delivery->at = query_integer(query, column++);
    delivery->next_at = query_integer(query, column++);
    delivery->code = (int)query_integer(query, column++);
    delivery->status = query_copy(query, column++);
    delivery->note = query_copy(query, column++);
}

/* Of what a digest is chosen from beside its issue. */
#define CARRIED_COLUMNS "delivery.carried, " CARRY_COLUMNS

static void
read_carry(Query *query, int column, Carry *carry)
{
    const char *settled = query_text(query, column);
    if (settled != NULL)
        carry_read_settled(settled, carry);
    else
        carry_read(query, column + 1, carry);
}

/* A damaged row is one person's: the others have to get their mail. */
static Recipient *
read_recipient(Query *query, int64_t issue)
{
    Recipient *recipient = g_new0(Recipient, 1);
    recipient->subscription = subscription_read(query, &recipient->problem);
    recipient->delivery.issue = issue;
    recipient->delivery.subscription = query_integer(query, 0);
    delivery_read(query, SUBSCRIPTION_COLUMN_COUNT, &recipient->delivery);
    int column = SUBSCRIPTION_COLUMN_COUNT + DELIVERY_COLUMN_COUNT;
    recipient->suppressed = query_integer(query, column++) != 0;
    if (recipient->subscription != NULL)
        read_carry(query, column, &recipient->subscription->carry);
    return recipient;
}

bool
ledger_carried(Store *store, int64_t issue, Subscription *subscription, GError **error)
{
    g_autoptr(Query) query = query_new(
        store, "SELECT " CARRIED_COLUMNS " FROM subscription " CARRY_JOIN
               "LEFT JOIN delivery ON delivery.issue_id = $issue "
               "  AND delivery.subscription_id = subscription.id WHERE subscription.id = $id");
    query_bind_integer(query, "$issue", issue);
    query_bind_integer(query, "$id", subscription->id);
    carry_clear(&subscription->carry);
    if (query_step(query))
        read_carry(query, 0, &subscription->carry);
    return query_run(query, error);
}

/* Whether an issue that has nothing for a subscription yet is one that it gets: who moved to another slot
 * or was away gets its articles there, or afterwards (store/place.c). */
#define IS_FOR_ITS_SLOT                                                                            \
    "(issue.slot_id IS NULL OR (subscription.slot_id = issue.slot_id "                             \
    "AND subscription.slot_mark <= issue.from_seq)) "

/* Who has nothing of the issue yet, nor waits because of it (most people have nothing that waits).
 * Whoever joined or came back after the cut stands at a later mark than the issue's beginning.
 *
 * The "+" keeps the engine from walking the index of the newsletter: the segment's rows lie in a row. */
static Query *
select_fresh(Store *store)
{
    Query *query = query_new(
        store, "SELECT " SUBSCRIPTION_COLUMNS ", " DELIVERY_COLUMNS ", 0, " CARRIED_COLUMNS
               " FROM " SUBSCRIPTION_TABLES CARRY_JOIN "JOIN issue ON issue.id = $issue "
               "LEFT JOIN delivery ON delivery.issue_id = issue.id "
               "  AND delivery.subscription_id = subscription.id "
               "WHERE subscription.id > $after AND subscription.id >= $first "
               "AND subscription.id < $first + $size "
               "AND +subscription.newsletter_id = issue.newsletter_id "
               "AND subscription.state = $active AND subscription.removed = 0 "
               "AND subscription.id <= issue.max_subscription "
               "AND " IS_FOR_ITS_SLOT
               "AND delivery.state IS NULL AND (carry.version IS NULL OR NOT " HAS_WAITED ") "
               "AND NOT EXISTS (SELECT 1 FROM suppression "
               "     WHERE suppression.address_key = subscriber.address_key) "
               "ORDER BY subscription.id LIMIT $limit");
    query_bind_integer(query, "$active", SUBSCRIPTION_ACTIVE);
    return query;
}

/* Whose delivery is not final, whatever became of them since; what is under way now, with the token of
 * this claim, is none of these. */
static Query *
select_again(Store *store, const Segment *segment, int64_t now)
{
    Query *query =
        query_new(store, "SELECT " SUBSCRIPTION_COLUMNS ", " DELIVERY_COLUMNS ", "
                         "CASE WHEN subscription.removed = 1 OR EXISTS (SELECT 1 FROM suppression "
                         "  WHERE suppression.address_key = subscriber.address_key) THEN 1 ELSE 0 "
                         "END, " CARRIED_COLUMNS " FROM " SUBSCRIPTION_TABLES CARRY_JOIN
                         "JOIN issue ON issue.id = $issue "
                         "JOIN delivery ON delivery.issue_id = issue.id "
                         "  AND delivery.subscription_id = subscription.id "
                         "WHERE subscription.id > $after AND subscription.id >= $first "
                         "AND subscription.id < $first + $size "
                         "AND subscription.newsletter_id = issue.newsletter_id "
                         "AND delivery.token < $token AND (delivery.state = $intent "
                         "  OR (delivery.state = $deferred AND delivery.next_at <= $now)) "
                         "ORDER BY subscription.id LIMIT $limit");
    query_bind_integer(query, "$token", segment->token);
    query_bind_integer(query, "$intent", DELIVERY_INTENT);
    query_bind_integer(query, "$deferred", DELIVERY_DEFERRED);
    query_bind_integer(query, "$now", now);
    return query;
}

/* Those whose mail may have arrived are as they were when it left. */
static bool
restore_readers(Store *store, int64_t issue, const GPtrArray *page, GError **error)
{
    for (guint i = 0; i < page->len; i++) {
        Recipient *recipient = page->pdata[i];
        if (recipient->subscription != NULL &&
            !reader_restore(store, issue, &recipient->subscription, error))
            return false;
    }
    return true;
}

GPtrArray *
ledger_recipients(Store *store, const Segment *segment, RecipientsKind kind, int64_t after_id,
                  int64_t now, int limit, GError **error)
{
    g_autoptr(GPtrArray) page = g_ptr_array_new_with_free_func((GDestroyNotify)recipient_free);
    g_autoptr(Query) query =
        kind == RECIPIENTS_FRESH ? select_fresh(store) : select_again(store, segment, now);
    query_bind_integer(query, "$issue", segment->issue);
    query_bind_integer(query, "$after", after_id);
    query_bind_integer(query, "$first", segment->number * SEGMENT_SIZE);
    query_bind_integer(query, "$size", SEGMENT_SIZE);
    query_bind_integer(query, "$limit", limit);
    while (query_step(query))
        g_ptr_array_add(page, read_recipient(query, segment->issue));
    if (!query_finish(query, error) ||
        (kind == RECIPIENTS_AGAIN && !restore_readers(store, segment->issue, page, error)))
        return NULL;
    return g_steal_pointer(&page);
}

bool
ledger_count(Store *store, int64_t issue, int64_t *recipients, GError **error)
{
    g_autoptr(Query) query = query_new(
        store, "SELECT COUNT(*) FROM subscription JOIN issue ON issue.id = $issue "
               "WHERE subscription.newsletter_id = issue.newsletter_id "
               "AND subscription.state = $active AND subscription.removed = 0 "
               "AND subscription.id <= issue.max_subscription "
               "AND " IS_FOR_ITS_SLOT
               "AND NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.issue_id = issue.id "
               "     AND delivery.subscription_id = subscription.id "
               "     AND delivery.state NOT IN (1, 3))");
    query_bind_integer(query, "$issue", issue);
    query_bind_integer(query, "$active", SUBSCRIPTION_ACTIVE);
    *recipients = query_step(query) ? query_integer(query, 0) : 0;
    return query_run(query, error);
}

/* The exchange */

/* Whether SEGMENT is still ours. Looked at inside the transaction that writes the intents, that is
 * the fence: whoever takes the segment over has to wait for it, and is seen by the next one. */
static bool
read_lease(Store *store, const Segment *segment, bool *ours, int64_t *until, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "SELECT lease_until FROM work WHERE issue_id = $issue "
                         "AND segment = $segment AND token = $token AND state = 1");
    query_bind_integer(query, "$issue", segment->issue);
    query_bind_integer(query, "$segment", segment->number);
    query_bind_integer(query, "$token", segment->token);
    *ours = query_step(query);
    if (*ours)
        *until = query_integer(query, 0);
    return query_run(query, error);
}

static bool
write_lease(Store *store, const Segment *segment, int64_t until, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "UPDATE work SET lease_until = $until WHERE issue_id = $issue "
                         "AND segment = $segment AND token = $token AND state = 1");
    query_bind_integer(query, "$until", until);
    query_bind_integer(query, "$issue", segment->issue);
    query_bind_integer(query, "$segment", segment->number);
    query_bind_integer(query, "$token", segment->token);
    return query_run(query, error);
}

/* A lease is renewed once a tenth of it has passed: not with every commit, which would write a page
 * more each time. */
static bool
keep_lease(Store *store, const Segment *segment, int64_t now, int64_t lease_seconds, bool *ours,
           GError **error)
{
    int64_t until = 0;
    if (!read_lease(store, segment, ours, &until, error))
        return false;
    if (!*ours || until - now >= lease_seconds - lease_seconds / 10)
        return true;
    return write_lease(store, segment, now + lease_seconds, error);
}

static bool
write_delivery(Query *query, const Segment *segment, const Delivery *delivery, GError **error)
{
    query_bind_integer(query, "$issue", delivery->issue);
    query_bind_integer(query, "$subscription", delivery->subscription);
    query_bind_integer(query, "$state", delivery->state);
    query_bind_integer(query, "$token", segment->token);
    query_bind_integer(query, "$attempt", delivery->attempt);
    query_bind_integer(query, "$first_at", delivery->first_at);
    query_bind_integer(query, "$at", delivery->at);
    query_bind_integer(query, "$next_at", delivery->next_at);
    query_bind_integer(query, "$code", delivery->code);
    query_bind_text(query, "$status", delivery->status);
    query_bind_text(query, "$note", delivery->note);
    return query_run(query, error);
}

/* What is final stays as it is, and so does what a newer owner of the segment has written. */
#define DELIVERY_CHANGES "WHERE delivery.state IN (1, 3) AND delivery.token <= "

/* Nearly always the row of the intent becomes the result. */
static bool
update_result(Store *store, const Segment *segment, const Delivery *result, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "UPDATE delivery SET state = $state, token = $token, attempt = $attempt, "
                         "  first_at = $first_at, at = $at, next_at = $next_at, code = $code, "
                         "  status = $status, note = $note " DELIVERY_CHANGES "$token "
                         "AND issue_id = $issue AND subscription_id = $subscription");
    return write_delivery(query, segment, result, error);
}

/* Who was refused before the text, or settled without being sent, has no intent. Nothing waits for another
 * try for who has moved meanwhile. */
static bool
insert_result(Store *store, const Segment *segment, const Delivery *result, GError **error)
{
    g_autoptr(Query) query = query_new(
        store, "INSERT INTO delivery (issue_id, subscription_id, state, token, attempt, first_at, "
               "  at, next_at, code, status, note) SELECT $issue, $subscription, $state, $token, "
               "  $attempt, $first_at, $at, $next_at, $code, $status, $note FROM subscription "
               "JOIN issue ON issue.id = $issue WHERE subscription.id = $subscription "
               "AND ($state <> $deferred OR " IS_FOR_ITS_SLOT ") ON CONFLICT DO NOTHING");
    query_bind_integer(query, "$deferred", DELIVERY_DEFERRED);
    return write_delivery(query, segment, result, error);
}

static bool
write_result(Store *store, const Segment *segment, const Delivery *result, GError **error)
{
    return update_result(store, segment, result, error) &&
           (driver_changes(store) == 1 || insert_result(store, segment, result, error));
}

/* What bounces are judged by: "550 5.1.1 no such user". */
static bool
write_bounce(Store *store, const Delivery *refused, GError **error)
{
    g_autofree char *reason = g_strdup_printf(
        "%d %s%s%s", refused->code, refused->status != NULL ? refused->status : "",
        refused->status != NULL ? " " : "", refused->note != NULL ? refused->note : "");
    const Bounce bounce = {
        .subscription = refused->subscription,
        .issue = refused->issue,
        .at = refused->at,
        .status = refused->status,
        .diagnostic = reason,
    };
    return store_bounce_add(store, &bounce, "smtp", error);
}

/* For whoever is active, if WHOSE holds, which stands behind an AND. */
#define WRITE_INTENT(WHOSE)                                                                        \
    "INSERT INTO delivery (issue_id, subscription_id, state, token, attempt, first_at, "           \
    "  at, next_at, code, status, note, carried) "                                                 \
    "SELECT $issue, $subscription, $state, $token, $attempt, $first_at, $at, $next_at, "           \
    "  $code, $status, $note, $carried FROM subscription "                                         \
    "JOIN subscriber ON subscriber.id = subscription.subscriber_id "                               \
    "JOIN issue ON issue.id = $issue "                                                             \
    "WHERE subscription.id = $subscription AND subscription.state = $active "                      \
    "AND subscription.removed = 0 AND NOT EXISTS (SELECT 1 FROM suppression "                      \
    "  WHERE suppression.address_key = subscriber.address_key) "                                   \
    "AND " WHOSE "ON CONFLICT (issue_id, subscription_id) DO UPDATE SET state = excluded.state, "  \
    "  token = excluded.token, attempt = excluded.attempt, "                                       \
    "  first_at = excluded.first_at, at = excluded.at, next_at = excluded.next_at, "               \
    "  code = excluded.code, status = excluded.status, note = excluded.note, "                     \
    "  carried = COALESCE(delivery.carried, excluded.carried) " DELIVERY_CHANGES "excluded.token"

#define HAS_A_ROW                                                                                  \
    "EXISTS (SELECT 1 FROM delivery WHERE delivery.issue_id = $issue "                             \
    "  AND delivery.subscription_id = $subscription) "

static bool
write_intent_by(Query *take_query, const LedgerEntry *entry, GError **error)
{
    g_autoptr(Query) query = take_query;
    g_autofree char *carried =
        entry->reader != NULL ? carry_settled_text(&entry->reader->carry) : g_strdup("");
    query_bind_integer(query, "$active", SUBSCRIPTION_ACTIVE);
    query_bind_text(query, "$carried", carried);
    return write_delivery(query, entry->segment, entry->intent, error);
}

/* An intent is only written for who is still to get the mail: who left a moment ago gets none, nor who moved.
 * Who moved after an earlier attempt does, as that may have arrived; that is asked apart, because an INSERT
 * that reads its own table first copies what it selects. What its digest was chosen from is written with the
 * first one. */
static bool
write_intent(Store *store, const LedgerEntry *entry, bool *wanted, GError **error)
{
    if (!write_intent_by(query_new(store, WRITE_INTENT(IS_FOR_ITS_SLOT)), entry, error))
        return false;
    *wanted = driver_changes(store) == 1;
    if (*wanted)
        return true;
    if (!write_intent_by(query_new(store, WRITE_INTENT(HAS_A_ROW)), entry, error))
        return false;
    *wanted = driver_changes(store) == 1;
    return true;
}

/* What a batch has found out about a segment: asked once, however many mails of it are in there. */
typedef struct {
    const Segment *segment;
    bool ours;
    IssueState state; /* of its issue */
} Standing;

static bool
read_standing(Store *store, Standing *standing, int64_t now, int64_t lease_seconds, GError **error)
{
    if (!keep_lease(store, standing->segment, now, lease_seconds, &standing->ours, error))
        return false;
    g_autoptr(Query) query = query_new(store, "SELECT state FROM issue WHERE id = $issue");
    query_bind_integer(query, "$issue", standing->segment->issue);
    standing->state = query_step(query) ? (IssueState)query_integer(query, 0) : ISSUE_CANCELLED;
    return query_run(query, error);
}

static const Standing *
find_standing(Store *store, GArray *standings, const Segment *segment, int64_t now,
              int64_t lease_seconds, GError **error)
{
    for (guint i = standings->len; i > 0; i--) {
        const Standing *standing = &g_array_index(standings, Standing, i - 1);
        if (standing->segment == segment)
            return standing;
    }
    Standing standing = { .segment = segment };
    if (!read_standing(store, &standing, now, lease_seconds, error))
        return NULL;
    g_array_append_val(standings, standing);
    return &g_array_index(standings, Standing, standings->len - 1);
}

static LedgerOutcome
standing_outcome(const Standing *standing)
{
    if (!standing->ours)
        return LEDGER_FENCED;
    return standing->state == ISSUE_OPEN ? LEDGER_OK : LEDGER_CLOSED;
}

/* Who did not get a digest is like who was without mail: no article is left out because that one had it. */
static bool
write_missed(Store *store, const Delivery *result, GError **error)
{
    if (result->state != DELIVERY_REFUSED && result->state != DELIVERY_DROPPED)
        return true;
    if (!reader_keep(store, result->subscription, error))
        return false;
    g_autoptr(Query) query =
        query_new(store, "UPDATE subscription SET " CHOSEN_NOW "WHERE id = $subscription");
    query_bind_integer(query, "$subscription", result->subscription);
    return query_run(query, error);
}

/* Of a result that another sender's claim has overtaken nothing is written, nor that. */
static bool
write_back(Store *store, const LedgerEntry *entry, const Standing *standing, GError **error)
{
    return entry->back == NULL || !standing->ours ||
           carry_add(store, entry->result->subscription, entry->back, error);
}

/* In a cancelled issue nothing waits for another try. */
static bool
write_end(Store *store, const LedgerEntry *entry, const Standing *standing, GError **error)
{
    Delivery result = *entry->result;
    if (standing->state == ISSUE_CANCELLED && result.state == DELIVERY_DEFERRED) {
        result.state = DELIVERY_DROPPED;
        result.next_at = 0;
    }
    return write_result(store, entry->segment, &result, error) &&
           write_missed(store, &result, error) && write_back(store, entry, standing, error);
}

static bool
write_left(Store *store, const LedgerEntry *entry, bool *current, GError **error)
{
    const Subscription *reader = entry->reader;
    return entry->left == NULL ||
           carry_write(store, reader->id, reader->carry.version, entry->left, current, error);
}

/* The intent and what waits for the reader are written both or neither. So it is looked at before whether
 * they may be: a savepoint to take one of them back would keep a copy of each page that they change. */
static bool
exchange_intent(Store *store, LedgerEntry *entry, GError **error)
{
    const Subscription *reader = entry->reader;
    bool wanted = true, current = true;
    if (entry->left != NULL &&
        !carry_is_current(store, reader->id, reader->carry.version, &current, error))
        return false;
    if (current && !write_intent(store, entry, &wanted, error))
        return false;
    entry->outcome = !current ? LEDGER_STALE : wanted ? LEDGER_OK : LEDGER_LEFT;
    return entry->outcome != LEDGER_OK || write_left(store, entry, &current, error);
}

static bool
write_waiter(Store *store, const LedgerEntry *entry, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "INSERT INTO waiter (issue_id, subscription_id) "
                         "VALUES ($issue, $subscription) ON CONFLICT DO NOTHING");
    query_bind_integer(query, "$issue", entry->segment->issue);
    query_bind_integer(query, "$subscription", entry->reader->id);
    return query_run(query, error);
}

/* There is no mail, and so no row of the ledger that would say that it was chosen for. */
static bool
exchange_left(Store *store, LedgerEntry *entry, GError **error)
{
    bool current = true;
    if (!write_left(store, entry, &current, error))
        return false;
    entry->outcome = current ? LEDGER_OK : LEDGER_STALE;
    return entry->left == NULL || !current || write_waiter(store, entry, error);
}

static bool
exchange_entry(Store *store, LedgerEntry *entry, const Standing *standing, GError **error)
{
    entry->outcome = standing_outcome(standing);
    /* A result is true whoever owns the segment now; only what is still to be sent is fenced. */
    if (entry->result != NULL && !write_end(store, entry, standing, error))
        return false;
    if (entry->result != NULL && entry->result->state == DELIVERY_REFUSED &&
        !write_bounce(store, entry->result, error))
        return false;
    if (entry->outcome != LEDGER_OK)
        return true;
    return entry->intent != NULL ? exchange_intent(store, entry, error)
                                 : exchange_left(store, entry, error);
}

bool
ledger_exchange(Store *store, GArray *entries, int64_t now, int64_t lease_seconds, GError **error)
{
    g_autoptr(GArray) standings = g_array_new(FALSE, FALSE, sizeof(Standing));
    g_autoptr(Transaction) transaction = transaction_begin(store, error);
    if (transaction == NULL)
        return false;
    for (guint i = 0; i < entries->len; i++) {
        LedgerEntry *entry = &g_array_index(entries, LedgerEntry, i);
        const Standing *standing =
            find_standing(store, standings, entry->segment, now, lease_seconds, error);
        if (standing == NULL || !exchange_entry(store, entry, standing, error))
            return false;
    }
    return transaction_commit(transaction, error);
}

bool
ledger_finish(Store *store, const Segment *segment, bool untouched, int64_t now, GError **error)
{
    /* What waits: deferred deliveries until their time, and uncertain ones until the next run. */
    g_autoptr(Query) query = query_new(
        store,
        "UPDATE work SET lease_until = CASE WHEN $untouched = 1 THEN $unfinished ELSE 0 END, "
        "state = CASE WHEN $untouched = 1 OR EXISTS "
        "  (SELECT 1 FROM delivery WHERE issue_id = $issue AND state IN (1, 3) "
        "   AND subscription_id >= $first AND subscription_id < $first + $size) "
        "  THEN 0 ELSE 2 END, "
        "next_at = CASE WHEN $untouched = 1 THEN $now + 1 ELSE COALESCE("
        "  (SELECT MIN(CASE WHEN state = 1 OR next_at <= $now THEN $now + 1 "
        "    ELSE next_at END) FROM delivery WHERE issue_id = $issue AND state IN (1, 3) "
        "   AND subscription_id >= $first AND subscription_id < $first + $size), 0) END "
        "WHERE issue_id = $issue AND segment = $segment AND token = $token AND state = 1");
    query_bind_integer(query, "$untouched", untouched);
    query_bind_integer(query, "$unfinished", SEGMENT_UNFINISHED);
    query_bind_integer(query, "$issue", segment->issue);
    query_bind_integer(query, "$segment", segment->number);
    query_bind_integer(query, "$first", segment->number * SEGMENT_SIZE);
    query_bind_integer(query, "$size", SEGMENT_SIZE);
    query_bind_integer(query, "$token", segment->token);
    query_bind_integer(query, "$now", now);
    return query_run(query, error);
}
