#include "store/issues.h"

#include "base/error.h"
#include "store/article-internal.h"
#include "store/ledger.h"
#include "store/readers-internal.h"
#include "store/subscription-internal.h"

#define ISSUE_COLUMNS                                                                              \
    "issue.id, newsletter.name, issue.number, issue.kind, issue.state, slot.rhythm, "              \
    "issue.from_seq, issue.to_seq, issue.due_at, issue.cut_at, issue.not_after, "                  \
    "issue.max_subscription, issue.settings_hash, issue.templates_hash, issue.letter_hash"
#define ISSUE_TABLES                                                                               \
    "issue JOIN newsletter ON newsletter.id = issue.newsletter_id "                                \
    "LEFT JOIN slot ON slot.id = issue.slot_id "

static Issue *
read_issue(Query *query)
{
    Issue *issue = issue_new();
    int column = 0;
    issue->id = query_integer(query, column++);
    issue->newsletter = query_copy(query, column++);
    issue->number = query_integer(query, column++);
    issue->kind = (IssueKind)query_integer(query, column++);
    issue->state = (IssueState)query_integer(query, column++);
    issue->rhythm = query_copy(query, column++);
    issue->from_seq = query_integer(query, column++);
    issue->to_seq = query_integer(query, column++);
    issue->due_at = query_integer(query, column++);
    issue->cut_at = query_integer(query, column++);
    issue->not_after = query_integer(query, column++);
    issue->max_subscription = query_integer(query, column++);
    issue->settings_hash = query_copy(query, column++);
    issue->templates_hash = query_copy(query, column++);
    issue->letter_hash = query_copy(query, column++);
    return issue;
}

GPtrArray *
store_issues_list(Store *store, const char *newsletter, bool open_only, GError **error)
{
    g_autoptr(GPtrArray) issues = g_ptr_array_new_with_free_func((GDestroyNotify)issue_free);
    g_autoptr(Query) query =
        query_new(store, "SELECT " ISSUE_COLUMNS " FROM " ISSUE_TABLES
                         "WHERE ($newsletter IS NULL OR newsletter.name = $newsletter) "
                         "AND ($all = 1 OR issue.state IN (0, 3)) ORDER BY issue.id");
    query_bind_text(query, "$newsletter", newsletter);
    query_bind_integer(query, "$all", !open_only);
    while (query_step(query))
        g_ptr_array_add(issues, read_issue(query));
    return query_finish(query, error) ? g_steal_pointer(&issues) : NULL;
}

GPtrArray *
store_issues_sent(Store *store, const char *newsletter, int64_t before, int limit, GError **error)
{
    g_autoptr(GPtrArray) issues = g_ptr_array_new_with_free_func((GDestroyNotify)issue_free);
    g_autoptr(Query) query =
        query_new(store, "SELECT " ISSUE_COLUMNS " FROM " ISSUE_TABLES
                         "WHERE newsletter.name = $newsletter AND issue.number < $before "
                         "AND (EXISTS (SELECT 1 FROM work WHERE work.issue_id = issue.id "
                         "      AND work.sent_count > 0) "
                         "  OR EXISTS (SELECT 1 FROM delivery WHERE delivery.issue_id = issue.id "
                         "      AND delivery.state = $sent)) "
                         "ORDER BY issue.number DESC LIMIT $limit");
    query_bind_text(query, "$newsletter", newsletter);
    query_bind_integer(query, "$before", before);
    query_bind_integer(query, "$sent", DELIVERY_SENT);
    query_bind_integer(query, "$limit", limit);
    while (query_step(query))
        g_ptr_array_add(issues, read_issue(query));
    return query_finish(query, error) ? g_steal_pointer(&issues) : NULL;
}

bool
store_issue_find(Store *store, int64_t id, Issue **issue, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "SELECT " ISSUE_COLUMNS " FROM " ISSUE_TABLES "WHERE issue.id = $id");
    query_bind_integer(query, "$id", id);
    *issue = query_step(query) ? read_issue(query) : NULL;
    return query_finish(query, error);
}

bool
store_issue_with_article(Store *store, int64_t subscription, int64_t seq, Issue **issue,
                         GError **error)
{
    g_autoptr(Query) query = query_new(
        store, "SELECT " ISSUE_COLUMNS " FROM " ISSUE_TABLES
               "JOIN issue_article ON issue_article.issue_id = issue.id "
               "  AND issue_article.seq = $seq "
               "JOIN subscription ON subscription.id = $subscription "
               "WHERE issue.newsletter_id = subscription.newsletter_id "
               "AND (issue.slot_id = subscription.slot_id OR EXISTS (SELECT 1 FROM delivery "
               "  WHERE delivery.issue_id = issue.id "
               "  AND delivery.subscription_id = subscription.id)) "
               "ORDER BY issue.id DESC LIMIT 1");
    query_bind_integer(query, "$seq", seq);
    query_bind_integer(query, "$subscription", subscription);
    *issue = query_step(query) ? read_issue(query) : NULL;
    return query_finish(query, error);
}

GPtrArray *
store_issue_articles(Store *store, int64_t issue_id, GError **error)
{
    g_autoptr(GPtrArray) articles = g_ptr_array_new_with_free_func((GDestroyNotify)article_free);
    g_autoptr(Query) query = query_new(
        store, "SELECT " ARTICLE_COLUMNS(
                   "issue_article.source", "issue_article.news_seq", "issue_article.updated",
                   "issue_article.pinned") " FROM issue_article "
                                           "JOIN article ON article.seq = issue_article.seq "
                                           "JOIN revision ON revision.seq = issue_article.seq "
                                           "AND revision.number = issue_article.revision "
                                           "JOIN feed ON feed.id = article.feed_id "
                                           "WHERE issue_article.issue_id = $issue "
                                           "ORDER BY article.seq");
    query_bind_integer(query, "$issue", issue_id);
    while (query_step(query))
        g_ptr_array_add(articles, article_read(query));
    return query_finish(query, error) ? g_steal_pointer(&articles) : NULL;
}

/* What came of an issue */

bool
store_issue_counts(Store *store, int64_t id, IssueCounts *counts, GError **error)
{
    *counts = (IssueCounts){ 0 };
    g_autoptr(Query) query = query_new(
        store, "SELECT state, COUNT(*) FROM delivery WHERE issue_id = $issue GROUP BY state");
    query_bind_integer(query, "$issue", id);
    while (query_step(query)) {
        int64_t count = query_integer(query, 1);
        switch ((DeliveryState)query_integer(query, 0)) {
        case DELIVERY_INTENT: counts->uncertain = count; break;
        case DELIVERY_SENT: counts->sent = count; break;
        case DELIVERY_DEFERRED: counts->deferred = count; break;
        case DELIVERY_REFUSED: counts->refused = count; break;
        case DELIVERY_DROPPED: counts->dropped = count; break;
        case DELIVERY_HELD: counts->held = count; break;
        }
    }
    if (!query_finish(query, error))
        return false;
    g_autoptr(Query) work =
        query_new(store, "SELECT COALESCE(SUM(CASE WHEN state <> 2 THEN 1 ELSE 0 END), 0), "
                         "COALESCE(SUM(sent_count), 0), "
                         "(SELECT COUNT(*) FROM issue_article WHERE issue_id = $issue) "
                         "FROM work WHERE issue_id = $issue");
    query_bind_integer(work, "$issue", id);
    if (query_step(work)) {
        counts->segments_open = query_integer(work, 0);
        counts->sent += query_integer(work, 1);
        counts->articles = query_integer(work, 2);
    }
    return query_run(work, error);
}

static bool
change_state(Store *store, int64_t id, IssueState state, int64_t now, bool *changed, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "UPDATE issue SET state = $state, "
                         "finished_at = CASE WHEN $state = 2 THEN $now ELSE finished_at END "
                         "WHERE id = $id AND state IN (0, 3) AND state <> $state");
    query_bind_integer(query, "$state", state);
    query_bind_integer(query, "$now", now);
    query_bind_integer(query, "$id", id);
    if (!query_run(query, error))
        return false;
    *changed = driver_changes(store) > 0;
    return true;
}

/* Who may not have had it is like who was without mail (digest/repeat.h). */
static bool
note_missed(Store *store, int64_t id, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "UPDATE subscription SET " CHOSEN_NOW "WHERE id IN "
                         "(SELECT subscription_id FROM delivery WHERE issue_id = $id "
                         " AND state IN ($intent, $deferred, $held))");
    query_bind_integer(query, "$intent", DELIVERY_INTENT);
    query_bind_integer(query, "$deferred", DELIVERY_DEFERRED);
    query_bind_integer(query, "$held", DELIVERY_HELD);
    query_bind_integer(query, "$id", id);
    return query_run(query, error);
}

/* Intents stay: what is on its way now still gets its result. */
static bool
drop_what_waits(Store *store, int64_t id, int64_t now, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "UPDATE delivery SET state = $dropped, at = $now, next_at = 0, "
                         "note = 'the issue was cancelled' "
                         "WHERE issue_id = $id AND state IN ($deferred, $held)");
    query_bind_integer(query, "$dropped", DELIVERY_DROPPED);
    query_bind_integer(query, "$deferred", DELIVERY_DEFERRED);
    query_bind_integer(query, "$held", DELIVERY_HELD);
    query_bind_integer(query, "$now", now);
    query_bind_integer(query, "$id", id);
    return query_run(query, error);
}

bool
store_issue_change(Store *store, int64_t id, IssueState state, int64_t now, bool *changed,
                   GError **error)
{
    g_autoptr(Transaction) transaction = transaction_begin(store, error);
    if (transaction == NULL || !change_state(store, id, state, now, changed, error))
        return false;
    bool is_end = *changed && state == ISSUE_CANCELLED;
    if (is_end && (!readers_keep_of_issue(store, id, error) || !note_missed(store, id, error) ||
                   !drop_what_waits(store, id, now, error)))
        return false;
    return transaction_commit(transaction, error);
}

bool
store_issue_settle(Store *store, int64_t id, int64_t now, bool *finished, GError **error)
{
    g_autoptr(Query) query = query_new(
        store, "UPDATE issue SET state = $finished, finished_at = $now "
               "WHERE id = $id AND state = 0 "
               "AND NOT EXISTS (SELECT 1 FROM work WHERE issue_id = $id AND state <> 2) "
               "AND NOT EXISTS (SELECT 1 FROM delivery WHERE issue_id = $id AND state = $held)");
    query_bind_integer(query, "$finished", ISSUE_FINISHED);
    query_bind_integer(query, "$held", DELIVERY_HELD);
    query_bind_integer(query, "$now", now);
    query_bind_integer(query, "$id", id);
    if (!query_run(query, error))
        return false;
    *finished = driver_changes(store) > 0;
    return true;
}
