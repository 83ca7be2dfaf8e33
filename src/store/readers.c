#include "store/readers-internal.h"

#include "store/subscription-internal.h"

/* The first copy counts: the text that left was made of that. What digests were chosen from is known of those
 * whose text has left. */
#define KEEP(WHO)                                                                                  \
    "INSERT INTO reader (issue_id, subscription_id, slot_mark, since_seq, served, returned, "      \
    "  name, language, topics, filter, format, max_articles, topics_out, attributes, follows, "    \
    "  chosen_seq) "                                                                               \
    "SELECT issue.id, subscription.id, slot_mark, since_seq, served, returned, name, language, "   \
    "  topics, filter, format, max_articles, topics_out, attributes, follows, chosen_seq "         \
    "FROM subscription JOIN issue ON issue.newsletter_id = subscription.newsletter_id "            \
    "  AND issue.state IN (0, 3) "                                                                 \
    "JOIN delivery ON delivery.issue_id = issue.id "                                               \
    "  AND delivery.subscription_id = subscription.id AND delivery.carried IS NOT NULL "           \
    "  AND delivery.state IN (1, 3, 6) "                                                           \
    "WHERE subscription.id " WHO " ON CONFLICT DO NOTHING"

bool
reader_keep(Store *store, int64_t subscription, GError **error)
{
    g_autoptr(Query) query = query_new(store, KEEP("= $subscription"));
    query_bind_integer(query, "$subscription", subscription);
    return query_run(query, error);
}

bool
readers_keep_of_issue(Store *store, int64_t issue, GError **error)
{
    g_autoptr(Query) query = query_new(
        store, KEEP("IN (SELECT delivery.subscription_id FROM delivery "
                    "WHERE delivery.issue_id = $issue AND delivery.state IN (1, 3, 6))"));
    query_bind_integer(query, "$issue", issue);
    return query_run(query, error);
}

bool
reader_restore(Store *store, int64_t issue, Subscription **subscription, GError **error)
{
    g_autoptr(Subscription) then = NULL;
    g_autoptr(Query) query =
        query_new(store, "SELECT " SUBSCRIPTION_COLUMNS_OF("reader") " FROM " SUBSCRIPTION_TABLES
                         "JOIN reader ON reader.subscription_id = subscription.id "
                         "WHERE reader.issue_id = $issue AND subscription.id = $subscription");
    query_bind_integer(query, "$issue", issue);
    query_bind_integer(query, "$subscription", (*subscription)->id);
    if (!subscription_read_one(query, &then, error))
        return false;
    if (then == NULL)
        return true;
    then->carry = (*subscription)->carry;
    (*subscription)->carry = (Carry){ 0 };
    subscription_free(*subscription);
    *subscription = g_steal_pointer(&then);
    return true;
}
