#include "store/history.h"

#include <string.h>

#include "store/ledger-internal.h"

#define MAP_SIZE (SEGMENT_SIZE / 8)

/* Which of a segment's subscriptions got the mail. */
typedef struct {
    int64_t issue;
    int64_t segment;
    uint8_t bits[MAP_SIZE];
} Map;

static bool
map_has(const Map *map, guint place)
{
    return (map->bits[place / 8] >> (place % 8) & 1) != 0;
}

static guint
map_count(const Map *map)
{
    guint count = 0;
    for (guint i = 0; i < SEGMENT_SIZE; i++)
        count += map_has(map, i);
    return count;
}

/* Compacting */

/* Adds the rows of what was sent to MAP. */
static bool
map_add_rows(Store *store, Map *map, GError **error)
{
    g_autoptr(Query) query = query_new(
        store, "SELECT subscription_id FROM delivery WHERE issue_id = $issue AND state = $sent "
               "AND subscription_id >= $first AND subscription_id < $first + $size");
    int64_t first = map->segment * SEGMENT_SIZE;
    query_bind_integer(query, "$issue", map->issue);
    query_bind_integer(query, "$sent", DELIVERY_SENT);
    query_bind_integer(query, "$first", first);
    query_bind_integer(query, "$size", SEGMENT_SIZE);
    while (query_step(query)) {
        guint place = (guint)(query_integer(query, 0) - first);
        map->bits[place / 8] |= (uint8_t)(1u << place % 8);
    }
    return query_finish(query, error);
}

/* What an earlier run, which died before it came to the end, has left. */
static bool
map_read(Store *store, Map *map, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "SELECT sent FROM work WHERE issue_id = $issue AND segment = $segment "
                         "AND sent IS NOT NULL");
    query_bind_integer(query, "$issue", map->issue);
    query_bind_integer(query, "$segment", map->segment);
    if (query_step(query)) {
        g_autoptr(GBytes) bytes = query_bytes(query, 0);
        gsize size;
        const void *data = g_bytes_get_data(bytes, &size);
        memcpy(map->bits, data, MIN(size, MAP_SIZE));
    }
    return query_run(query, error);
}

static bool
map_write(Store *store, const Map *map, GError **error)
{
    g_autoptr(Query) query = query_new(store, "UPDATE work SET sent = $sent, sent_count = $count "
                                              "WHERE issue_id = $issue AND segment = $segment");
    query_bind_blob(query, "$sent", map->bits, MAP_SIZE);
    query_bind_integer(query, "$count", map_count(map));
    query_bind_integer(query, "$issue", map->issue);
    query_bind_integer(query, "$segment", map->segment);
    return query_run(query, error);
}

static bool
delete_rows(Store *store, const Map *map, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "DELETE FROM delivery WHERE issue_id = $issue AND state = $sent "
                         "AND subscription_id >= $first AND subscription_id < $first + $size");
    query_bind_integer(query, "$issue", map->issue);
    query_bind_integer(query, "$sent", DELIVERY_SENT);
    query_bind_integer(query, "$first", map->segment * SEGMENT_SIZE);
    query_bind_integer(query, "$size", SEGMENT_SIZE);
    return query_run(query, error);
}

static bool
compact_segment(Store *store, int64_t issue, int64_t segment, GError **error)
{
    Map map = { .issue = issue, .segment = segment };
    g_autoptr(Transaction) transaction = transaction_begin(store, error);
    return transaction != NULL && map_read(store, &map, error) &&
           map_add_rows(store, &map, error) && map_write(store, &map, error) &&
           delete_rows(store, &map, error) && transaction_commit(transaction, error);
}

/* The first column of QUERY's rows. */
static GArray *
read_numbers(Query *query, GError **error)
{
    g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(int64_t));
    while (query_step(query)) {
        int64_t number = query_integer(query, 0);
        g_array_append_val(numbers, number);
    }
    return query_finish(query, error) ? g_steal_pointer(&numbers) : NULL;
}

static GArray *
segments_of(Store *store, int64_t issue, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "SELECT segment FROM work WHERE issue_id = $issue ORDER BY segment");
    query_bind_integer(query, "$issue", issue);
    return read_numbers(query, error);
}

/* Nothing of it is sent again, so nobody needs to know what its mails were made of, and who got none. */
static bool
forget_readers(Store *store, int64_t issue, GError **error)
{
    static const char *const statements[] = {
        "DELETE FROM reader WHERE issue_id = $issue",
        "DELETE FROM waiter WHERE issue_id = $issue",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(statements); i++) {
        g_autoptr(Query) query = query_new(store, statements[i]);
        query_bind_integer(query, "$issue", issue);
        if (!query_run(query, error))
            return false;
    }
    return true;
}

static bool
mark_compacted(Store *store, int64_t issue, GError **error)
{
    g_autoptr(Query) query = query_new(store, "UPDATE issue SET compacted = 1 WHERE id = $issue");
    query_bind_integer(query, "$issue", issue);
    return query_run(query, error);
}

static bool
compact_issue(Store *store, int64_t issue, GError **error)
{
    g_autoptr(GArray) segments = segments_of(store, issue, error);
    if (segments == NULL)
        return false;
    for (guint i = 0; i < segments->len; i++)
        if (!compact_segment(store, issue, g_array_index(segments, int64_t, i), error))
            return false;
    return forget_readers(store, issue, error) && mark_compacted(store, issue, error);
}

static GArray *
issues_to_compact(Store *store, int64_t before, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "SELECT id FROM issue WHERE compacted = 0 AND state IN (1, 2) "
                         "AND finished_at < $before ORDER BY id");
    query_bind_integer(query, "$before", before);
    return read_numbers(query, error);
}

bool
history_compact(Store *store, int64_t before, guint *count, GError **error)
{
    g_autoptr(GArray) issues = issues_to_compact(store, before, error);
    if (issues == NULL)
        return false;
    *count = issues->len;
    for (guint i = 0; i < issues->len; i++)
        if (!compact_issue(store, g_array_index(issues, int64_t, i), error))
            return false;
    return true;
}

/* Looking */

void
delivery_record_free(DeliveryRecord *record)
{
    if (record == NULL)
        return;
    delivery_clear(&record->delivery);
    g_free(record->newsletter);
    g_free(record->address);
    g_free(record);
}

/* "%@example.org" for LIKE, where '%' and '_' in DOMAIN stand for themselves. */
static char *
pattern_of(const char *domain)
{
    g_autoptr(GString) pattern = g_string_new("%@");
    for (; *domain != '\0'; domain++) {
        if (strchr("%_\\", *domain) != NULL)
            g_string_append_c(pattern, '\\');
        g_string_append_c(pattern, *domain);
    }
    return g_string_free(g_steal_pointer(&pattern), FALSE);
}

/* What both ways of finding rows have in common. */
#define ROWS                                                                                       \
    "SELECT " DELIVERY_COLUMNS ", issue.id, subscription.id, newsletter.name, "                    \
    "issue.number, subscriber.address, subscription.reference FROM "
#define WANTED                                                                                     \
    "AND ($issue = 0 OR issue.id = $issue) "                                                       \
    "AND ($state < 0 OR delivery.state = $state) "                                                 \
    "AND ($domain IS NULL OR subscriber.address_key LIKE $domain ESCAPE '\\') "                    \
    "ORDER BY delivery.at DESC, issue.id DESC, subscription.id LIMIT $limit"

/* One person's are looked up issue by issue: the ledger, which may have a million rows, is not walked. */
static Query *
select_rows(Store *store, const char *address_key)
{
    if (address_key == NULL)
        return query_new(store,
                         ROWS "delivery JOIN issue ON issue.id = delivery.issue_id "
                              "JOIN newsletter ON newsletter.id = issue.newsletter_id "
                              "JOIN subscription ON subscription.id = delivery.subscription_id "
                              "JOIN subscriber ON subscriber.id = subscription.subscriber_id "
                              "WHERE 1 = 1 " WANTED);
    Query *query =
        query_new(store, ROWS "subscriber "
                              "JOIN subscription ON subscription.subscriber_id = subscriber.id "
                              "JOIN newsletter ON newsletter.id = subscription.newsletter_id "
                              "JOIN issue ON issue.newsletter_id = newsletter.id "
                              "JOIN delivery ON delivery.issue_id = issue.id "
                              "  AND delivery.subscription_id = subscription.id "
                              "WHERE subscriber.address_key = $key " WANTED);
    query_bind_text(query, "$key", address_key);
    return query;
}

static bool
list_rows(Store *store, const DeliveryQuery *wanted, const char *pattern, GPtrArray *list,
          GError **error)
{
    g_autoptr(Query) query = select_rows(store, wanted->address_key);
    query_bind_integer(query, "$issue", wanted->issue);
    query_bind_integer(query, "$state", wanted->state);
    query_bind_text(query, "$domain", pattern);
    query_bind_integer(query, "$limit", wanted->limit > 0 ? wanted->limit : INT64_MAX);
    while (query_step(query)) {
        DeliveryRecord *record = g_new0(DeliveryRecord, 1);
        int column = DELIVERY_COLUMN_COUNT;
        g_ptr_array_add(list, record);
        delivery_read(query, 0, &record->delivery);
        record->delivery.issue = query_integer(query, column++);
        record->delivery.subscription = query_integer(query, column++);
        record->newsletter = query_copy(query, column++);
        record->number = query_integer(query, column++);
        record->address = query_copy(query, column++);
        record->reference = (uint64_t)query_integer(query, column++);
    }
    return query_finish(query, error);
}

static bool
is_full(const DeliveryQuery *wanted, const GPtrArray *list)
{
    return wanted->limit > 0 && list->len >= (guint)wanted->limit;
}

/* Of the COUNT subscriptions of MAP's segment from FIRST on, those that have a bit in it and are WANTED. */
static bool
list_map(Store *store, const Map *map, int64_t first, int64_t count, const DeliveryQuery *wanted,
         const char *pattern, GPtrArray *list, GError **error)
{
    g_autoptr(Query) query = query_new(
        store, "SELECT subscription.id, subscriber.address, newsletter.name, issue.number, "
               "issue.finished_at, subscription.reference FROM subscription "
               "JOIN issue ON issue.id = $issue AND issue.newsletter_id = "
               "  subscription.newsletter_id "
               "JOIN newsletter ON newsletter.id = issue.newsletter_id "
               "JOIN subscriber ON subscriber.id = subscription.subscriber_id "
               "WHERE subscription.id >= $first AND subscription.id < $first + $count "
               "AND ($domain IS NULL OR subscriber.address_key LIKE $domain ESCAPE '\\') "
               "ORDER BY subscription.id");
    query_bind_integer(query, "$issue", map->issue);
    query_bind_integer(query, "$first", first);
    query_bind_integer(query, "$count", count);
    query_bind_text(query, "$domain", pattern);
    while (!is_full(wanted, list) && query_step(query)) {
        int64_t id = query_integer(query, 0);
        if (!map_has(map, (guint)(id - map->segment * SEGMENT_SIZE)))
            continue;
        DeliveryRecord *record = g_new0(DeliveryRecord, 1);
        g_ptr_array_add(list, record);
        record->delivery.issue = map->issue;
        record->delivery.subscription = id;
        record->delivery.state = DELIVERY_SENT;
        record->address = query_copy(query, 1);
        record->newsletter = query_copy(query, 2);
        record->number = query_integer(query, 3);
        record->delivery.at = query_integer(query, 4);
        record->reference = (uint64_t)query_integer(query, 5);
    }
    return query_finish(query, error);
}

/* Maps, and which of their subscriptions are looked for. */
static Query *
select_maps(Store *store, const char *address_key)
{
    if (address_key == NULL)
        return query_new(store, "SELECT issue_id, segment, segment * $size, $size FROM work "
                                "WHERE sent IS NOT NULL AND ($issue = 0 OR issue_id = $issue) "
                                "ORDER BY issue_id DESC, segment");
    Query *query =
        query_new(store, "SELECT work.issue_id, work.segment, subscription.id, 1 FROM subscriber "
                         "JOIN subscription ON subscription.subscriber_id = subscriber.id "
                         "JOIN issue ON issue.newsletter_id = subscription.newsletter_id "
                         "JOIN work ON work.issue_id = issue.id "
                         "  AND work.segment = subscription.id / $size "
                         "WHERE subscriber.address_key = $key AND work.sent IS NOT NULL "
                         "AND ($issue = 0 OR issue.id = $issue) "
                         "ORDER BY work.issue_id DESC, work.segment");
    query_bind_text(query, "$key", address_key);
    return query;
}

static bool
list_maps(Store *store, const DeliveryQuery *wanted, const char *pattern, GPtrArray *list,
          GError **error)
{
    g_autoptr(Query) query = select_maps(store, wanted->address_key);
    query_bind_integer(query, "$size", SEGMENT_SIZE);
    query_bind_integer(query, "$issue", wanted->issue);
    while (!is_full(wanted, list) && query_step(query)) {
        Map map = { .issue = query_integer(query, 0), .segment = query_integer(query, 1) };
        if (!map_read(store, &map, error) ||
            !list_map(store, &map, query_integer(query, 2), query_integer(query, 3), wanted,
                      pattern, list, error))
            return false;
    }
    return query_finish(query, error);
}

GPtrArray *
history_list(Store *store, const DeliveryQuery *wanted, GError **error)
{
    g_autoptr(GPtrArray) list =
        g_ptr_array_new_with_free_func((GDestroyNotify)delivery_record_free);
    g_autofree char *pattern = wanted->domain != NULL ? pattern_of(wanted->domain) : NULL;
    if (!list_rows(store, wanted, pattern, list, error))
        return NULL;
    bool of_sent = wanted->state < 0 || wanted->state == DELIVERY_SENT;
    if (of_sent && !list_maps(store, wanted, pattern, list, error))
        return NULL;
    return g_steal_pointer(&list);
}
