/* Where a subscription stands in its slot (store/subscription-internal.h): what it has had, and what is
 * still to come. */
#include "store/carry-internal.h"
#include "store/ledger-internal.h"
#include "store/ledger.h"
#include "store/subscription-internal.h"

static bool
slot_find(Store *store, int64_t newsletter, const char *rhythm, SlotPlace *slot, GError **error)
{
    g_autoptr(Query) query = query_new(
        store, "SELECT id, mark FROM slot WHERE newsletter_id = $newsletter AND rhythm = $rhythm");
    query_bind_integer(query, "$newsletter", newsletter);
    query_bind_text(query, "$rhythm", rhythm);
    *slot = (SlotPlace){ 0 };
    if (query_step(query)) {
        slot->id = query_integer(query, 0);
        slot->mark = query_integer(query, 1);
    }
    return query_run(query, error);
}

/* A new slot begins at the present: who joins it gets a welcome, and who moves into it brings along
 * what it has had. It takes a number of the one order, as a cut does: no two slots have the same mark, so that
 * an issue that begins at somebody's mark is the first of their slot, and not one of the slot they left. */
bool
slot_ensure(Store *store, int64_t newsletter, const Rhythm *rhythm, int64_t last_at,
            SlotPlace *slot, GError **error)
{
    g_autofree char *text = rhythm_text(rhythm);
    if (!slot_find(store, newsletter, text, slot, error))
        return false;
    if (slot->id != 0)
        return true;
    if (!store_next_sequence(store, &slot->mark, error))
        return false;
    g_autoptr(Query) query =
        query_new(store, "INSERT INTO slot (newsletter_id, rhythm, mark, last_at) "
                         "VALUES ($newsletter, $rhythm, $mark, $last_at)");
    query_bind_integer(query, "$newsletter", newsletter);
    query_bind_text(query, "$rhythm", text);
    query_bind_integer(query, "$mark", slot->mark);
    query_bind_integer(query, "$last_at", last_at);
    if (!query_run(query, error))
        return false;
    slot->id = driver_last_id(store);
    return true;
}

/* Where a subscription has got to. */
typedef struct {
    int64_t seq; /* what is behind this it has not had */
    bool served;
    bool returned;
    int64_t mark;    /* of the slot */
    int64_t last_at; /* of the slot */
} Position;

/* Of a delivery, whether its mail waits for its next try and surely never arrived. */
#define IS_PUT_OFF "(delivery.state = $deferred AND delivery.carried IS NULL) "

/* Of ISSUE, whether SUBSCRIPTION is still to get it. An issue without a row for it whose segment has been
 * read had nothing for it. */
#define IS_STILL_TO_GET                                                                            \
    "issue.slot_id = subscription.slot_id AND issue.state IN (0, 3) "                              \
    "AND issue.from_seq >= subscription.slot_mark "                                                \
    "AND issue.max_subscription >= subscription.id AND NOT " HAS_WAITED                            \
    "AND COALESCE((SELECT " IS_PUT_OFF "FROM delivery WHERE delivery.issue_id = issue.id "         \
    "  AND delivery.subscription_id = subscription.id), " WORK_IS_UNREAD ") "

/* Whether it had an issue that was cut later; what is put off it has not had. */
#define IS_OVERTAKEN                                                                               \
    "EXISTS (SELECT 1 FROM issue had JOIN delivery ON delivery.issue_id = had.id "                 \
    "  WHERE had.slot_id = issue.slot_id AND had.from_seq > issue.from_seq "                       \
    "  AND delivery.subscription_id = subscription.id AND NOT " IS_PUT_OFF ") "

/* Finds the beginning of the first issue that it is still to get, or where the next one will begin. To go
 * back before an issue that it had would send that again. */
static bool
read_position(Store *store, int64_t id, Position *position, GError **error)
{
    g_autoptr(Query) query = query_new(
        store, "SELECT COALESCE((SELECT MIN(issue.from_seq) FROM issue "
               "  JOIN work ON work.issue_id = issue.id AND work.segment = subscription.id / $size "
               "  WHERE " IS_STILL_TO_GET "AND NOT " IS_OVERTAKEN "), slot.mark), "
               "slot.mark, slot.last_at "
               "FROM subscription JOIN slot ON slot.id = subscription.slot_id "
               "WHERE subscription.id = $id");
    query_bind_integer(query, "$size", SEGMENT_SIZE);
    query_bind_integer(query, "$unfinished", SEGMENT_UNFINISHED);
    query_bind_integer(query, "$deferred", DELIVERY_DEFERRED);
    query_bind_integer(query, "$id", id);
    if (query_step(query)) {
        position->seq = query_integer(query, 0);
        position->mark = query_integer(query, 1);
        position->last_at = query_integer(query, 2);
    }
    return query_run(query, error);
}

/* What was news for it in issues that it is still to get, and that were overtaken by one that it had (they
 * were paused, or a run stopped): it goes on behind them, so that waits for it. In the first one since it
 * joined the slot, that begins at a mark of its own. */
static bool
keep_overtaken(Store *store, int64_t id, GError **error)
{
    g_autoptr(GArray) articles = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(Query) query = query_new(
        store, "SELECT issue_article.seq FROM subscription "
               "JOIN issue ON issue.slot_id = subscription.slot_id "
               "JOIN work ON work.issue_id = issue.id AND work.segment = subscription.id / $size "
               "JOIN issue_article ON issue_article.issue_id = issue.id "
               "  AND issue_article.news_seq > CASE "
               "    WHEN issue.from_seq = subscription.slot_mark THEN subscription.since_seq "
               "    ELSE issue.from_seq END "
               "JOIN article ON article.seq = issue_article.seq AND article.backlog = 0 "
               "WHERE subscription.id = $id AND " IS_STILL_TO_GET "AND " IS_OVERTAKEN);
    query_bind_integer(query, "$size", SEGMENT_SIZE);
    query_bind_integer(query, "$unfinished", SEGMENT_UNFINISHED);
    query_bind_integer(query, "$deferred", DELIVERY_DEFERRED);
    query_bind_integer(query, "$id", id);
    while (query_step(query)) {
        int64_t seq = query_integer(query, 0);
        g_array_append_val(articles, seq);
    }
    return query_finish(query, error) && carry_add(store, id, articles, error);
}

/* What is put off comes with a later digest, and not by itself any more. */
static bool
end_put_off(Store *store, int64_t id, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "UPDATE delivery SET state = $dropped, next_at = 0, "
                         "note = 'comes with a later digest' "
                         "WHERE subscription_id = $id AND " IS_PUT_OFF "AND issue_id IN "
                         "(SELECT issue.id FROM issue JOIN subscription ON subscription.id = $id "
                         " WHERE issue.slot_id = subscription.slot_id AND issue.state IN (0, 3) "
                         " AND issue.from_seq >= subscription.slot_mark)");
    query_bind_integer(query, "$dropped", DELIVERY_DROPPED);
    query_bind_integer(query, "$deferred", DELIVERY_DEFERRED);
    query_bind_integer(query, "$id", id);
    return query_run(query, error);
}

/* An open issue that it is still to get counts as not had: it will not get it once it has moved or
 * gone away. Who is away stands where they left off, and is back once they have missed an issue. */
static bool
position_of(Store *store, const Subscription *subscription, Position *position, GError **error)
{
    if (!read_position(store, subscription->id, position, error))
        return false;
    bool is_away = subscription->state == SUBSCRIPTION_PAUSED;
    bool at_start = is_away || position->seq == subscription->slot_mark;
    if (at_start)
        position->seq = subscription->since_seq;
    position->served = subscription->served || !at_start;
    position->returned = (at_start && subscription->returned) ||
                         (is_away && position->mark > subscription->slot_mark);
    return true;
}

bool
subscription_move(Store *store, const Subscription *subscription, int64_t newsletter,
                  const Rhythm *rhythm, GError **error)
{
    SlotPlace slot = { 0 };
    Position position = { 0 };
    if (!position_of(store, subscription, &position, error) ||
        !keep_overtaken(store, subscription->id, error) ||
        !end_put_off(store, subscription->id, error) ||
        !slot_ensure(store, newsletter, rhythm, position.last_at, &slot, error))
        return false;
    g_autoptr(Query) query = query_new(
        store, "UPDATE subscription SET slot_id = $slot, slot_mark = $mark, since_seq = $since, "
               "served = $served, returned = $returned WHERE id = $id");
    query_bind_integer(query, "$slot", slot.id);
    query_bind_integer(query, "$mark", slot.mark);
    query_bind_integer(query, "$since", position.seq);
    query_bind_integer(query, "$served", position.served);
    query_bind_integer(query, "$returned", position.returned);
    query_bind_integer(query, "$id", subscription->id);
    return query_run(query, error);
}

bool
subscription_join(Store *store, int64_t id, GError **error)
{
    g_autoptr(Query) query = query_new(
        store, "UPDATE subscription SET removed = 0, returned = 0, "
               "slot_mark = (SELECT mark FROM slot WHERE slot.id = slot_id), "
               "since_seq = CASE WHEN served = 1 "
               "  THEN (SELECT value FROM counter WHERE name = 'sequence') "
               "  ELSE (SELECT mark FROM slot WHERE slot.id = slot_id) END WHERE id = $id");
    query_bind_integer(query, "$id", id);
    return query_run(query, error);
}

/* What was put off before somebody left is not for who comes back. An intent may be on its way just now. */
static bool
end_before(Store *store, int64_t id, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "UPDATE delivery SET state = $dropped, next_at = 0, "
                         "note = 'left before it was sent' "
                         "WHERE subscription_id = $id AND state IN ($deferred, $held) "
                         "AND issue_id IN (SELECT issue.id FROM subscription "
                         "  JOIN issue ON issue.newsletter_id = subscription.newsletter_id "
                         "  AND issue.state IN (0, 3) WHERE subscription.id = $id)");
    query_bind_integer(query, "$dropped", DELIVERY_DROPPED);
    query_bind_integer(query, "$deferred", DELIVERY_DEFERRED);
    query_bind_integer(query, "$held", DELIVERY_HELD);
    query_bind_integer(query, "$id", id);
    return query_run(query, error);
}

bool
subscription_rejoin(Store *store, int64_t id, GError **error)
{
    g_autoptr(Query) query = query_new(
        store, "UPDATE subscription SET removed = 0, served = 1, returned = 0, "
               "slot_mark = (SELECT mark FROM slot WHERE slot.id = slot_id), "
               "since_seq = (SELECT value FROM counter WHERE name = 'sequence') WHERE id = $id");
    query_bind_integer(query, "$id", id);
    return query_run(query, error) && carry_end(store, id, error) && end_before(store, id, error);
}

bool
subscription_stay(Store *store, const Subscription *subscription, GError **error)
{
    Position position = { 0 };
    if (!position_of(store, subscription, &position, error) ||
        !keep_overtaken(store, subscription->id, error) ||
        !end_put_off(store, subscription->id, error))
        return false;
    g_autoptr(Query) query =
        query_new(store, "UPDATE subscription SET slot_mark = $mark, since_seq = $since, "
                         "served = $served, returned = $returned WHERE id = $id");
    query_bind_integer(query, "$mark", position.mark);
    query_bind_integer(query, "$since", position.seq);
    query_bind_integer(query, "$served", position.served);
    query_bind_integer(query, "$returned", position.returned);
    query_bind_integer(query, "$id", subscription->id);
    return query_run(query, error);
}
