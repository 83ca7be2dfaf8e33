#include "store/repeats-internal.h"

#include "digest/repeat.h"
#include "store/article-internal.h"
#include "store/issues.h"
#include "store/ledger-internal.h"

/* An issue counts when everybody has had their turn in it and it was not called off, and was made by the
 * same rules; an earlier article when it was news there and was never too old since to be carried, by no clock:
 * who had no room for it then has it waiting. */
bool
repeats_record(Store *store, const RepeatsWanted *wanted, GError **error)
{
    g_autoptr(Query) query = query_new(
        store,
        "INSERT INTO repeat (issue_id, seq, earlier_seq, from_seq, to_seq) "
        "SELECT $issue, article.seq, earlier.seq, issue.from_seq, issue.to_seq "
        "FROM issue_article AS news "
        "JOIN article ON article.seq = news.seq "
        "JOIN revision AS words ON words.seq = news.seq AND words.number = news.revision "
        "JOIN article AS earlier ON earlier.link = article.link "
        "  AND earlier.feed_id <> article.feed_id AND earlier.backlog = 0 "
        "  AND earlier.published >= $oldest "
        "JOIN issue ON issue.slot_id = $slot AND issue.id <> $issue AND issue.state IN "
        "($open, $finished) "
        "  AND issue.to_seq > earlier.seq AND issue.cut_at >= $oldest "
        "  AND issue.settings_hash = (SELECT settings_hash FROM issue WHERE id = $issue) "
        "JOIN issue_article AS had ON had.issue_id = issue.id AND had.seq = earlier.seq "
        "  AND had.news_seq > issue.from_seq AND had.updated = 0 "
        "JOIN revision AS old ON old.seq = had.seq AND old.number = had.revision "
        "  AND old.title = words.title "
        "WHERE news.issue_id = $issue AND news.news_seq > $from AND news.updated = 0 "
        "AND NOT EXISTS (SELECT 1 FROM issue AS later WHERE later.slot_id = $slot "
        "  AND later.from_seq >= issue.from_seq AND earlier.published < later.cut_at - $age) "
        "AND NOT EXISTS (SELECT 1 FROM work WHERE work.issue_id = issue.id "
        "  AND " WORK_IS_UNREAD ") "
        "ON CONFLICT DO NOTHING");
    query_bind_integer(query, "$issue", wanted->issue);
    query_bind_integer(query, "$slot", wanted->slot);
    query_bind_integer(query, "$from", wanted->from_seq);
    query_bind_integer(query, "$oldest", wanted->oldest);
    query_bind_integer(query, "$age", wanted->now - wanted->oldest);
    query_bind_integer(query, "$open", ISSUE_OPEN);
    query_bind_integer(query, "$finished", ISSUE_FINISHED);
    query_bind_integer(query, "$unfinished", SEGMENT_UNFINISHED);
    return query_run(query, error);
}

GArray *
store_issue_repeats(Store *store, int64_t issue_id, GError **error)
{
    g_autoptr(GArray) repeats = g_array_new(FALSE, FALSE, sizeof(Repeat));
    g_autoptr(Query) query =
        query_new(store, "SELECT seq, earlier_seq, from_seq, to_seq FROM repeat "
                         "WHERE issue_id = $issue ORDER BY seq, earlier_seq");
    query_bind_integer(query, "$issue", issue_id);
    while (query_step(query)) {
        const Repeat repeat = { query_integer(query, 0), query_integer(query, 1),
                                query_integer(query, 2), query_integer(query, 3) };
        g_array_append_val(repeats, repeat);
    }
    return query_finish(query, error) ? g_steal_pointer(&repeats) : NULL;
}

/* As the issue had it that had it as news. */
GPtrArray *
store_issue_earlier(Store *store, int64_t issue_id, GError **error)
{
    g_autoptr(GPtrArray) articles = g_ptr_array_new_with_free_func((GDestroyNotify)article_free);
    g_autoptr(Query) query = query_new(
        store,
        "SELECT DISTINCT " ARTICLE_COLUMNS(
            "had.source", "had.news_seq", "had.updated",
            "0") " FROM repeat "
                 "JOIN issue AS own ON own.id = repeat.issue_id "
                 "JOIN issue ON issue.slot_id = own.slot_id AND issue.from_seq = repeat.from_seq "
                 "JOIN issue_article AS had ON had.issue_id = issue.id AND had.seq = "
                 "repeat.earlier_seq "
                 "JOIN article ON article.seq = had.seq "
                 "JOIN revision ON revision.seq = had.seq AND revision.number = had.revision "
                 "JOIN feed ON feed.id = article.feed_id "
                 "WHERE repeat.issue_id = $issue AND NOT EXISTS (SELECT 1 FROM issue_article "
                 "  WHERE issue_article.issue_id = $issue AND issue_article.seq = "
                 "repeat.earlier_seq) "
                 "ORDER BY article.seq");
    query_bind_integer(query, "$issue", issue_id);
    while (query_step(query)) {
        Article *article = article_read(query);
        article->is_earlier = true;
        g_ptr_array_add(articles, article);
    }
    return query_finish(query, error) ? g_steal_pointer(&articles) : NULL;
}
