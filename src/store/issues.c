#include "store/issues.h"

#include <string.h>

#include "base/error.h"
#include "store/article-internal.h"
#include "store/carry-internal.h"
#include "store/feed-internal.h"
#include "store/feeds.h"
#include "store/ledger.h"
#include "store/repeats-internal.h"
#include "store/snapshot-internal.h"
#include "store/subscription-internal.h"

/* So many of each feed's newest articles from before an issue are at hand for a welcome. */
#define WELCOME_CANDIDATES 100

void
slot_free(Slot *slot)
{
    if (slot == NULL)
        return;
    g_free(slot->newsletter);
    g_free(slot);
}

GPtrArray *
store_slots_list(Store *store, const char *newsletter, GError **error)
{
    g_autoptr(GPtrArray) slots = g_ptr_array_new_with_free_func((GDestroyNotify)slot_free);
    g_autoptr(Query) query = query_new(
        store, "SELECT slot.id, slot.rhythm, slot.mark, slot.last_at, COUNT(subscription.id) "
               "FROM slot "
               "JOIN newsletter ON newsletter.id = slot.newsletter_id "
               "LEFT JOIN subscription ON subscription.slot_id = slot.id "
               "AND subscription.state = $active AND subscription.removed = 0 "
               "WHERE newsletter.name = $newsletter "
               "GROUP BY slot.id, slot.rhythm, slot.mark, slot.last_at ORDER BY slot.id");
    query_bind_text(query, "$newsletter", newsletter);
    query_bind_integer(query, "$active", SUBSCRIPTION_ACTIVE);
    while (query_step(query)) {
        Slot *slot = g_new0(Slot, 1);
        g_ptr_array_add(slots, slot);
        slot->id = query_integer(query, 0);
        slot->newsletter = g_strdup(newsletter);
        slot->mark = query_integer(query, 2);
        slot->last_at = query_integer(query, 3);
        slot->subscriptions = query_integer(query, 4);
        if (!rhythm_from_text(&slot->rhythm, query_text(query, 1))) {
            g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP,
                        "the database is damaged: slot %" G_GINT64_FORMAT " has no rhythm",
                        slot->id);
            return NULL;
        }
    }
    return query_finish(query, error) ? g_steal_pointer(&slots) : NULL;
}

/* Snapshots */

bool
snapshot_put(Store *store, GBytes *bytes, char **hash, GError **error)
{
    *hash = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, bytes);
    g_autoptr(Query) query = query_new(store, "INSERT INTO snapshot (hash, body) "
                                              "VALUES ($hash, $body) ON CONFLICT DO NOTHING");
    query_bind_text(query, "$hash", *hash);
    query_bind_blob(query, "$body", g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
    return query_run(query, error);
}

GBytes *
store_snapshot_get(Store *store, const char *hash, GError **error)
{
    g_autoptr(Query) query = query_new(store, "SELECT body FROM snapshot WHERE hash = $hash");
    query_bind_text(query, "$hash", hash);
    g_autoptr(GBytes) bytes = query_step(query) ? query_bytes(query, 0) : NULL;
    if (!query_finish(query, error))
        return NULL;
    if (bytes == NULL)
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP,
                    "the database is damaged: snapshot %s is missing", hash);
    return g_steal_pointer(&bytes);
}

/* Reading issues */

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

/* Cutting */

/* An issue in the making. */
typedef struct {
    Store *store;
    IssueKind kind;
    int64_t newsletter;
    int64_t slot; /* 0: a letter */
    int64_t from_seq;
    int64_t to_seq;
    int64_t due_at;
    int64_t now;
    int64_t not_after;
    GBytes *settings;
    GBytes *templates;
    GBytes *letter; /* NULL: a digest */
    int64_t id;
} Cut;

static bool
next_number(const Cut *cut, int64_t *number, GError **error)
{
    g_autoptr(Query) query = query_new(cut->store, "UPDATE newsletter SET issues = issues + 1 "
                                                   "WHERE id = $id RETURNING issues");
    query_bind_integer(query, "$id", cut->newsletter);
    if (query_step(query))
        *number = query_integer(query, 0);
    return query_run(query, error);
}

static bool
insert_issue(Cut *cut, GError **error)
{
    g_autofree char *settings = NULL, *templates = NULL, *letter = NULL;
    int64_t number = 0;
    if (!snapshot_put(cut->store, cut->settings, &settings, error) ||
        !snapshot_put(cut->store, cut->templates, &templates, error) ||
        (cut->letter != NULL && !snapshot_put(cut->store, cut->letter, &letter, error)) ||
        !next_number(cut, &number, error))
        return false;
    g_autoptr(Query) query = query_new(
        cut->store,
        "INSERT INTO issue (newsletter_id, slot_id, number, kind, state, from_seq, to_seq, due_at, "
        "  cut_at, not_after, max_subscription, settings_hash, templates_hash, letter_hash) "
        "VALUES ($newsletter, NULLIF($slot, 0), $number, $kind, 0, $from, $to, $due, $now, "
        "  $not_after, "
        "  (SELECT COALESCE(MAX(id), 0) FROM subscription), $settings, $templates, $letter)");
    query_bind_integer(query, "$newsletter", cut->newsletter);
    query_bind_integer(query, "$slot", cut->slot);
    query_bind_integer(query, "$number", number);
    query_bind_integer(query, "$kind", cut->kind);
    query_bind_integer(query, "$from", cut->from_seq);
    query_bind_integer(query, "$to", cut->to_seq);
    query_bind_integer(query, "$due", cut->due_at);
    query_bind_integer(query, "$now", cut->now);
    query_bind_integer(query, "$not_after", cut->not_after);
    query_bind_text(query, "$settings", settings);
    query_bind_text(query, "$templates", templates);
    query_bind_text(query, "$letter", letter);
    if (!query_run(query, error))
        return false;
    cut->id = driver_last_id(cut->store);
    return true;
}

/* A row of work for each segment that has somebody in it. */
static bool
plan_work(const Cut *cut, GError **error)
{
    g_autoptr(Query) query = query_new(
        cut->store, "INSERT INTO work (issue_id, segment) "
                    "SELECT DISTINCT $issue, id / $size FROM subscription "
                    "WHERE newsletter_id = $newsletter AND ($slot = 0 OR slot_id = $slot) "
                    "AND state = $active AND removed = 0");
    query_bind_integer(query, "$issue", cut->id);
    query_bind_integer(query, "$size", SEGMENT_SIZE);
    query_bind_integer(query, "$newsletter", cut->newsletter);
    query_bind_integer(query, "$slot", cut->slot);
    query_bind_integer(query, "$active", SUBSCRIPTION_ACTIVE);
    return query_run(query, error);
}

/* Who is in a slot for the first time with its next issue. */
typedef struct {
    int64_t lowest; /* the articles that anybody needs are behind this one */
    bool welcome;   /* somebody never had a digest */
} FirstTimers;

static bool
find_first_timers(const Cut *cut, FirstTimers *first, GError **error)
{
    g_autoptr(Query) query = query_new(
        cut->store, "SELECT COALESCE(MIN(CASE WHEN served <> 0 THEN since_seq END), $mark), "
                    "COALESCE(MAX(CASE WHEN served = 0 THEN 1 ELSE 0 END), 0) FROM subscription "
                    "WHERE slot_id = $slot AND slot_mark = $mark AND state = $active "
                    "AND removed = 0");
    query_bind_integer(query, "$slot", cut->slot);
    query_bind_integer(query, "$mark", cut->from_seq);
    query_bind_integer(query, "$active", SUBSCRIPTION_ACTIVE);
    if (query_step(query)) {
        first->lowest = MIN(query_integer(query, 0), cut->from_seq);
        first->welcome = query_integer(query, 1) != 0;
    }
    return query_run(query, error);
}

static bool
add_new_articles(const Cut *cut, int64_t feed, int64_t lowest, int64_t oldest, GError **error)
{
    g_autoptr(Query) query =
        query_new(cut->store,
                  "INSERT INTO issue_article (issue_id, seq, revision, news_seq, source, pinned) "
                  "SELECT $issue, article.seq, article.revision, article.news_seq, " ARTICLE_SOURCE
                  ", article.pinned FROM " ARTICLE_TABLES
                  "WHERE article.feed_id = $feed AND article.news_seq > $lowest "
                  "AND article.backlog = 0 AND article.held = 0 AND article.published >= $oldest");
    query_bind_integer(query, "$issue", cut->id);
    query_bind_integer(query, "$feed", feed);
    query_bind_integer(query, "$lowest", lowest);
    query_bind_integer(query, "$oldest", oldest);
    return query_run(query, error);
}

/* Articles from before the mark whose text has changed behind it. Those that joiners get as new
 * (they are in already) are no updates for anybody else, who has had them: that needs the number. */
static bool
add_updated_articles(const Cut *cut, int64_t feed, int64_t oldest, GError **error)
{
    g_autoptr(Query) query = query_new(
        cut->store,
        "INSERT INTO issue_article (issue_id, seq, revision, news_seq, source, updated, pinned) "
        "SELECT $issue, article.seq, article.revision, article.updated_seq, " ARTICLE_SOURCE
        ", 1, article.pinned FROM " ARTICLE_TABLES
        "WHERE article.feed_id = $feed AND article.updated_seq > $from "
        "AND article.news_seq <= $from AND article.backlog = 0 AND article.held = 0 "
        "AND article.published >= $oldest "
        "ON CONFLICT (issue_id, seq) DO UPDATE SET news_seq = excluded.news_seq, updated = 1");
    query_bind_integer(query, "$issue", cut->id);
    query_bind_integer(query, "$feed", feed);
    query_bind_integer(query, "$from", cut->from_seq);
    query_bind_integer(query, "$oldest", oldest);
    return query_run(query, error);
}

static bool
add_welcome_articles(const Cut *cut, int64_t feed, int64_t oldest, GError **error)
{
    g_autoptr(Query) query = query_new(
        cut->store,
        "INSERT INTO issue_article (issue_id, seq, revision, news_seq, source, pinned) "
        "SELECT $issue, article.seq, article.revision, article.news_seq, " ARTICLE_SOURCE
        ", article.pinned FROM " ARTICLE_TABLES
        "WHERE article.feed_id = $feed AND article.published >= $oldest "
        "AND article.held = 0 ORDER BY article.published DESC, article.seq DESC LIMIT $limit "
        "ON CONFLICT DO NOTHING");
    query_bind_integer(query, "$issue", cut->id);
    query_bind_integer(query, "$feed", feed);
    query_bind_integer(query, "$oldest", oldest);
    query_bind_integer(query, "$limit", WELCOME_CANDIDATES);
    return query_run(query, error);
}

static bool
has_number(const GArray *numbers, int64_t number)
{
    for (guint i = 0; i < numbers->len; i++)
        if (g_array_index(numbers, int64_t, i) == number)
            return true;
    return false;
}

/* What waits for somebody in the slot, however it came there; nothing else than what is young enough, and
 * of the newsletter's FEEDS. */
static bool
add_carried_article(const Cut *cut, int64_t seq, const GArray *feeds, int64_t oldest,
                    GError **error)
{
    int64_t feed = 0;
    g_autoptr(Query) found =
        query_new(cut->store, "SELECT feed_id FROM article WHERE seq = $seq AND held = 0 "
                              "AND published >= $oldest");
    query_bind_integer(found, "$seq", seq);
    query_bind_integer(found, "$oldest", oldest);
    if (query_step(found))
        feed = query_integer(found, 0);
    if (!query_run(found, error))
        return false;
    if (!has_number(feeds, feed))
        return true;
    g_autoptr(Query) query =
        query_new(cut->store,
                  "INSERT INTO issue_article (issue_id, seq, revision, news_seq, source, pinned) "
                  "SELECT $issue, article.seq, article.revision, article.news_seq, " ARTICLE_SOURCE
                  ", article.pinned FROM " ARTICLE_TABLES "WHERE article.seq = $seq "
                  "ON CONFLICT DO NOTHING");
    query_bind_integer(query, "$issue", cut->id);
    query_bind_integer(query, "$seq", seq);
    return query_run(query, error);
}

static bool
add_carried_articles(const Cut *cut, const GArray *feeds, int64_t oldest, GError **error)
{
    GHashTableIter all;
    gpointer seq;
    g_autoptr(GHashTable) carried = carry_of_slot(cut->store, cut->slot, error);
    if (carried == NULL)
        return false;
    g_hash_table_iter_init(&all, carried);
    while (g_hash_table_iter_next(&all, &seq, NULL))
        if (!add_carried_article(cut, *(const int64_t *)seq, feeds, oldest, error))
            return false;
    return true;
}

/* The ids of the feeds in NAMES that are not retired (NULL: of all but those of comments). */
static GArray *
find_feeds(Store *store, const GPtrArray *names, GError **error)
{
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(Query) query = query_new(store, "SELECT id, name FROM feed WHERE retired = 0 "
                                              "AND ($named = 1 OR origin <> $follow)");
    query_bind_integer(query, "$named", names != NULL);
    query_bind_integer(query, "$follow", FEED_FROM_FOLLOW);
    while (query_step(query)) {
        int64_t id = query_integer(query, 0);
        if (names == NULL || g_ptr_array_find_with_equal_func(
                                 (GPtrArray *)names, query_text(query, 1), g_str_equal, NULL))
            g_array_append_val(ids, id);
    }
    return query_finish(query, error) ? g_steal_pointer(&ids) : NULL;
}

static bool
add_articles(const Cut *cut, const IssueCut *wanted, GError **error)
{
    FirstTimers first = { .lowest = cut->from_seq };
    g_autoptr(GArray) feeds = find_feeds(cut->store, wanted->feeds, error);
    if (feeds == NULL || !find_first_timers(cut, &first, error))
        return false;
    for (guint i = 0; i < feeds->len; i++) {
        int64_t feed = g_array_index(feeds, int64_t, i);
        if (!add_new_articles(cut, feed, first.lowest, wanted->oldest, error))
            return false;
        if (wanted->updates && !add_updated_articles(cut, feed, wanted->oldest, error))
            return false;
        if (first.welcome && !add_welcome_articles(cut, feed, wanted->oldest, error))
            return false;
    }
    const RepeatsWanted repeats = { cut->id, cut->slot, cut->from_seq, wanted->now,
                                    wanted->oldest };
    return add_carried_articles(cut, feeds, wanted->oldest, error) &&
           repeats_record(cut->store, &repeats, error);
}

static bool
count_articles(Store *store, int64_t id, int64_t *count, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "SELECT COUNT(*) FROM issue_article WHERE issue_id = $issue");
    query_bind_integer(query, "$issue", id);
    *count = query_step(query) ? query_integer(query, 0) : 0;
    return query_run(query, error);
}

/* Whether there are enough articles for anybody: any for a welcome, else as many as a digest needs. What
 * has come so far waits behind the mark. */
static bool
has_enough(const Cut *cut, const IssueCut *wanted, bool *enough, GError **error)
{
    FirstTimers first = { 0 };
    int64_t all = 0;
    if (!find_first_timers(cut, &first, error) || !count_articles(cut->store, cut->id, &all, error))
        return false;
    *enough = all > 0 && (first.welcome || all >= wanted->min_articles);
    return true;
}

/* The slot as it is now; *DUE is false when another run was here first, or the clock went back. */
static bool
check_slot(Cut *cut, const IssueCut *wanted, bool *due, GError **error)
{
    g_autoptr(Query) query =
        query_new(cut->store, "SELECT newsletter_id, mark, last_at FROM slot WHERE id = $id");
    query_bind_integer(query, "$id", cut->slot);
    *due = false;
    if (query_step(query)) {
        cut->newsletter = query_integer(query, 0);
        cut->from_seq = query_integer(query, 1);
        *due = query_integer(query, 2) < wanted->due_at && cut->from_seq == wanted->slot->mark;
    }
    return query_run(query, error);
}

static bool
tick_slot(Store *store, int64_t slot, int64_t due_at, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "UPDATE slot SET last_at = $due WHERE id = $id AND last_at < $due");
    query_bind_integer(query, "$due", due_at);
    query_bind_integer(query, "$id", slot);
    return query_run(query, error);
}

bool
store_slot_set(Store *store, const Slot *slot, int64_t last_at, GError **error)
{
    g_autoptr(Query) query = query_new(store, "UPDATE slot SET last_at = $at WHERE id = $id "
                                              "AND last_at = $before");
    query_bind_integer(query, "$at", last_at);
    query_bind_integer(query, "$id", slot->id);
    query_bind_integer(query, "$before", slot->last_at);
    return query_run(query, error);
}

static bool
move_mark(const Cut *cut, GError **error)
{
    g_autoptr(Query) query = query_new(cut->store, "UPDATE slot SET mark = $to WHERE id = $id");
    query_bind_integer(query, "$to", cut->to_seq);
    query_bind_integer(query, "$id", cut->slot);
    return query_run(query, error);
}

/* One transaction. *CUT->ID stays 0 when there was nothing to cut: then all of it is undone. The
 * cut itself takes a number of the one order, so that no two issues of a slot begin at the same
 * mark, also when one has only what a joiner needs. */
static bool
cut_digest(Cut *cut, const IssueCut *wanted, GError **error)
{
    g_autoptr(Transaction) transaction = transaction_begin(cut->store, error);
    bool due = false, any = false;
    if (transaction == NULL || !check_slot(cut, wanted, &due, error))
        return false;
    if (!due)
        return true;
    if (!store_next_sequence(cut->store, &cut->to_seq, error) || !insert_issue(cut, error) ||
        !add_articles(cut, wanted, error) || !has_enough(cut, wanted, &any, error))
        return false;
    if (!any) {
        cut->id = 0;
        return true;
    }
    return plan_work(cut, error) && move_mark(cut, error) &&
           tick_slot(cut->store, cut->slot, cut->due_at, error) &&
           transaction_commit(transaction, error);
}

bool
store_issue_cut(Store *store, const IssueCut *wanted, Issue **issue, GError **error)
{
    Cut cut = {
        .store = store,
        .kind = ISSUE_DIGEST,
        .slot = wanted->slot->id,
        .due_at = wanted->due_at,
        .now = wanted->now,
        .not_after = wanted->not_after,
        .settings = wanted->settings,
        .templates = wanted->templates,
    };
    *issue = NULL;
    if (!cut_digest(&cut, wanted, error))
        return false;
    if (cut.id != 0)
        return store_issue_find(store, cut.id, issue, error);
    /* A slot that never had anything stays due: who mends a wrong feed on the first day does not wait
     * for the next one. */
    return wanted->stays_due || wanted->slot->last_at == 0 ||
           tick_slot(store, cut.slot, cut.due_at, error);
}

static bool
mark_told(Store *store, const GPtrArray *feeds, GError **error)
{
    for (guint i = 0; feeds != NULL && i < feeds->len; i++) {
        if (!feed_mark_told(store, feeds->pdata[i], error))
            return false;
    }
    return true;
}

bool
store_post_cut(Store *store, const PostCut *wanted, Issue **issue, GError **error)
{
    Cut cut = {
        .store = store,
        .kind = ISSUE_POST,
        .due_at = wanted->due_at,
        .now = wanted->now,
        .not_after = wanted->not_after,
        .settings = wanted->settings,
        .templates = wanted->templates,
        .letter = wanted->letter,
    };
    g_autoptr(Transaction) transaction = transaction_begin(store, error);
    if (transaction == NULL ||
        !newsletter_ensure(store, wanted->newsletter, &cut.newsletter, error) ||
        !store_next_sequence(store, &cut.to_seq, error))
        return false;
    cut.from_seq = cut.to_seq;
    return insert_issue(&cut, error) && plan_work(&cut, error) &&
           mark_told(store, wanted->told, error) && transaction_commit(transaction, error) &&
           store_issue_find(store, cut.id, issue, error);
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
                         "COALESCE(SUM(sent_count), 0) FROM work WHERE issue_id = $issue");
    query_bind_integer(work, "$issue", id);
    if (query_step(work)) {
        counts->segments_open = query_integer(work, 0);
        counts->sent += query_integer(work, 1);
    }
    return query_run(work, error) && count_articles(store, id, &counts->articles, error);
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
    if (*changed && state == ISSUE_CANCELLED && !drop_what_waits(store, id, now, error))
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
