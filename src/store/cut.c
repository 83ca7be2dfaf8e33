#include "store/cut.h"

#include "base/error.h"
#include "store/article-internal.h"
#include "store/carry-internal.h"
#include "store/feed-internal.h"
#include "store/feeds.h"
#include "store/issues.h"
#include "store/ledger.h"
#include "store/repeats-internal.h"
#include "store/snapshot-internal.h"
#include "store/subscription-internal.h"

/* So many of each feed's newest articles from before an issue are at hand for a welcome. */
#define WELCOME_CANDIDATES 100

/* Slots */

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

/* An issue in the making */

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
