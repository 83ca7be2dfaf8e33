#include "store/comments.h"

#include "store/feeds.h"
#include "store/subscription-internal.h"

/* How the events are told apart that came from the newsletter whose articles are followed. */
#define WAY "newsletter"

/* For a day, who left by a click can take it back: then the feed must still be there. */
#define UNDO_SECONDS ((int64_t)24 * 60 * 60)

/* No name in the configuration has a slash. */
#define FEED_PREFIX "comments/"

bool
comments_is_feed(const char *name)
{
    return g_str_has_prefix(name, FEED_PREFIX) &&
           g_ascii_string_to_signed(name + sizeof FEED_PREFIX - 1, 10, 1, G_MAXINT64, NULL, NULL);
}

Comments *
comments_new(const char *model, int64_t article, const char *title)
{
    Comments *comments = g_new0(Comments, 1);
    comments->model = g_strdup(model);
    comments->article = article;
    comments->title = g_strdup(title);
    comments->feed = g_strdup_printf(FEED_PREFIX "%" G_GINT64_FORMAT, article);
    comments->newsletter = g_strconcat(model, "/", comments->feed, NULL);
    return comments;
}

void
comments_free(Comments *comments)
{
    if (comments == NULL)
        return;
    g_free(comments->newsletter);
    g_free(comments->model);
    g_free(comments->feed);
    g_free(comments->title);
    g_free(comments);
}

/* Reading */

#define COMMENTS_TABLES                                                                            \
    "comments JOIN newsletter AS model ON model.id = comments.model_id "                           \
    "JOIN newsletter ON newsletter.id = comments.newsletter_id "                                   \
    "JOIN feed ON feed.id = comments.feed_id "                                                     \
    "JOIN article ON article.seq = comments.article "                                              \
    "JOIN revision ON revision.seq = article.seq AND revision.number = article.revision "
#define COMMENTS_COLUMNS "model.name, comments.article, revision.title"

/* Of the subscriptions to a newsletter of comments, those that still mean something. */
#define FOLLOWS                                                                                    \
    "follower.newsletter_id = comments.newsletter_id AND follower.removed = 0 "                    \
    "AND follower.state NOT IN ($unsubscribed, $forgotten) "

static void
bind_follows(Query *query)
{
    query_bind_integer(query, "$unsubscribed", SUBSCRIPTION_UNSUBSCRIBED);
    query_bind_integer(query, "$forgotten", SUBSCRIPTION_FORGOTTEN);
}

static Comments *
read_comments(Query *query)
{
    return comments_new(query_text(query, 0), query_integer(query, 1), query_text(query, 2));
}

GPtrArray *
store_comments_list(Store *store, GError **error)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)comments_free);
    g_autoptr(Query) query = query_new(
        store, "SELECT " COMMENTS_COLUMNS " FROM " COMMENTS_TABLES "WHERE feed.retired = 0 "
               "OR EXISTS (SELECT 1 FROM subscription AS follower WHERE " FOLLOWS ") "
               "ORDER BY comments.article, comments.newsletter_id");
    bind_follows(query);
    while (query_step(query))
        g_ptr_array_add(list, read_comments(query));
    return query_finish(query, error) ? g_steal_pointer(&list) : NULL;
}

bool
store_comments_find(Store *store, const char *newsletter, Comments **comments, GError **error)
{
    g_autoptr(Query) query = query_new(store, "SELECT " COMMENTS_COLUMNS " FROM " COMMENTS_TABLES
                                              "WHERE newsletter.name = $newsletter");
    query_bind_text(query, "$newsletter", newsletter);
    *comments = query_step(query) ? read_comments(query) : NULL;
    return query_finish(query, error);
}

/* Following */

/* The feed is there, as it was when somebody followed it before. */
static bool
ensure_feed(Store *store, const CommentsFollow *follow, int64_t *id, GError **error)
{
    g_autoptr(GPtrArray) feeds = g_ptr_array_new_with_free_func((GDestroyNotify)feed_record_free);
    g_autoptr(FeedRecord) stored = NULL;
    FeedRecord *feed = feed_record_new();
    g_ptr_array_add(feeds, feed);
    feed->name = g_strdup(follow->comments->feed);
    feed->url = g_strdup(follow->url);
    feed->origin = FEED_FROM_FOLLOW;
    feed->state = FEED_OK;
    if (!store_feeds_put(store, feeds, error) ||
        !store_feed_find(store, feed->name, &stored, error))
        return false;
    *id = stored->id;
    return store_fetch_set(store, stored->id, follow->settings, error);
}

static bool
ensure_comments(Store *store, const CommentsFollow *follow, GError **error)
{
    int64_t feed = 0, newsletter = 0, model = 0;
    if (!ensure_feed(store, follow, &feed, error) ||
        !newsletter_ensure(store, follow->comments->newsletter, &newsletter, error) ||
        !newsletter_ensure(store, follow->comments->model, &model, error))
        return false;
    g_autoptr(Query) query =
        query_new(store, "INSERT INTO comments (newsletter_id, model_id, article, feed_id) "
                         "VALUES ($newsletter, $model, $article, $feed) ON CONFLICT DO NOTHING");
    query_bind_integer(query, "$newsletter", newsletter);
    query_bind_integer(query, "$model", model);
    query_bind_integer(query, "$article", follow->comments->article);
    query_bind_integer(query, "$feed", feed);
    return query_run(query, error);
}

/* A slot that was never served would be due at once: it waits for its hour like those of the newsletter. */
static bool
wait_for_hour(Store *store, int64_t subscription, int64_t last_due, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "UPDATE slot SET last_at = $last_due WHERE last_at = 0 AND id = "
                         "(SELECT slot_id FROM subscription WHERE id = $subscription)");
    query_bind_integer(query, "$last_due", last_due);
    query_bind_integer(query, "$subscription", subscription);
    return query_run(query, error);
}

/* Nobody is welcomed: what was said before they came is not what they follow. */
static bool
begin_now(Store *store, const CommentsFollow *follow, GError **error)
{
    g_autoptr(Subscription) follower = NULL;
    return store_subscription_find(store, follow->comments->newsletter,
                                   address_key(follow->choice->address), &follower, error) &&
           subscription_rejoin(store, follower->id, error) &&
           wait_for_hour(store, follower->id, follow->last_due, error);
}

bool
store_comments_follow(Store *store, const CommentsFollow *follow, int64_t now, PeopleChange *change,
                      GError **error)
{
    g_autoptr(Transaction) transaction = transaction_begin(store, error);
    g_autoptr(GPtrArray) choices = g_ptr_array_new();
    g_ptr_array_add(choices, (Choice *)follow->choice);
    if (transaction == NULL || !ensure_comments(store, follow, error) ||
        !store_subscriptions_put(store, follow->comments->newsletter, choices, ORIGIN_COMMAND, now,
                                 change, error))
        return false;
    return (change->added == 0 || begin_now(store, follow, error)) &&
           transaction_commit(transaction, error);
}

/* Settling */

typedef struct {
    int64_t id;
    SubscriptionState state;
    bool goes_after; /* its present state came from the reader's */
    bool is_reader;  /* of the newsletter whose article it is */
    SubscriptionState reader;
    bool is_quiet;
} Follower;

/* Comments that are on their way to a follower: in no issue of their slot yet, or in one that is not out. */
#define STILL_COMES                                                                                \
    "EXISTS (SELECT 1 FROM article WHERE article.feed_id = comments.feed_id "                      \
    "  AND article.news_seq > slot.mark AND article.backlog = 0 AND article.held = 0 "             \
    "  AND article.published >= $oldest) "                                                         \
    "OR EXISTS (SELECT 1 FROM issue WHERE issue.newsletter_id = comments.newsletter_id "           \
    "  AND issue.state IN (0, 3)) "                                                                \
    "OR EXISTS (SELECT 1 FROM carry JOIN article ON article.feed_id = comments.feed_id "           \
    "  AND article.taken >= $oldest "                                                              \
    "  WHERE carry.subscription_id = follower.id AND carry.articles <> '') "

#define CAME_LATELY                                                                                \
    "EXISTS (SELECT 1 FROM article WHERE article.feed_id = comments.feed_id "                      \
    "  AND article.taken >= $quiet) "                                                              \
    "OR EXISTS (SELECT 1 FROM event WHERE event.subscription_id = follower.id "                    \
    "  AND event.kind = 'added' AND event.at >= $quiet) "

static Query *
select_followers(Store *store, const Comments *comments, const CommentsLimits *limits)
{
    Query *query = query_new(
        store,
        "SELECT follower.id, follower.state, "
        "CASE WHEN (SELECT event.way FROM event WHERE event.subscription_id = follower.id "
        "  ORDER BY event.id DESC LIMIT 1) = '" WAY "' THEN 1 ELSE 0 END, "
        "CASE WHEN reader.id IS NULL THEN 0 ELSE 1 END, reader.state, "
        "CASE WHEN feed.retired = 1 OR NOT (" CAME_LATELY "OR " STILL_COMES ") THEN 1 ELSE 0 END "
        "FROM comments JOIN newsletter ON newsletter.id = comments.newsletter_id "
        "JOIN feed ON feed.id = comments.feed_id "
        "JOIN subscription AS follower ON " FOLLOWS "JOIN slot ON slot.id = follower.slot_id "
        "LEFT JOIN subscription AS reader ON reader.subscriber_id = follower.subscriber_id "
        "  AND reader.newsletter_id = comments.model_id AND reader.removed = 0 "
        "  AND reader.state NOT IN ($unsubscribed, $forgotten) "
        "WHERE newsletter.name = $newsletter ORDER BY follower.id");
    bind_follows(query);
    query_bind_text(query, "$newsletter", comments->newsletter);
    query_bind_integer(query, "$quiet", limits->quiet);
    query_bind_integer(query, "$oldest", limits->oldest);
    return query;
}

/* Of Follower: all are read before the first is changed. */
static GArray *
read_followers(Store *store, const Comments *comments, const CommentsLimits *limits, GError **error)
{
    g_autoptr(GArray) followers = g_array_new(FALSE, FALSE, sizeof(Follower));
    g_autoptr(Query) query = select_followers(store, comments, limits);
    while (query_step(query)) {
        const Follower follower = {
            .id = query_integer(query, 0),
            .state = (SubscriptionState)query_integer(query, 1),
            .goes_after = query_integer(query, 2) != 0,
            .is_reader = query_integer(query, 3) != 0,
            .reader = (SubscriptionState)query_integer(query, 4),
            .is_quiet = query_integer(query, 5) != 0,
        };
        g_array_append_val(followers, follower);
    }
    return query_finish(query, error) ? g_steal_pointer(&followers) : NULL;
}

/* A pause of the newsletter is one of its comments, and ends with it; one that somebody made for the
 * comments alone does not. */
static bool
go_after_reader(Store *store, const Follower *follower, int64_t now, GError **error)
{
    LifecycleOutcome outcome;
    bool pauses = follower->reader == SUBSCRIPTION_PAUSED && follower->state == SUBSCRIPTION_ACTIVE;
    bool resumes = follower->reader == SUBSCRIPTION_ACTIVE && follower->goes_after &&
                   follower->state == SUBSCRIPTION_PAUSED;
    if (!pauses && !resumes)
        return true;
    return store_subscription_event(store, follower->id, pauses ? EVENT_PAUSE : EVENT_RESUME,
                                    WILL_PERSON, WAY, NULL, now, &outcome, error);
}

static bool
settle_follower(Store *store, const Follower *follower, int64_t now, guint *ended, GError **error)
{
    const char *why = !follower->is_reader ? "left the newsletter"
                      : follower->is_quiet ? "no comments any more"
                                           : NULL;
    if (why == NULL)
        return go_after_reader(store, follower, now, error);
    (*ended)++;
    return subscription_remove(store, follower->id, WAY, why, now, error);
}

static bool
retire_unfollowed(Store *store, const Comments *comments, int64_t now, GError **error)
{
    g_autoptr(Query) query = query_new(
        store, "UPDATE feed SET retired = 1 WHERE name = $feed AND retired = 0 "
               "AND NOT EXISTS (SELECT 1 FROM comments "
               "  JOIN subscription AS follower ON " FOLLOWS "  WHERE comments.feed_id = feed.id) "
               "AND NOT EXISTS (SELECT 1 FROM comments "
               "  JOIN subscription ON "
               "    subscription.newsletter_id = comments.newsletter_id "
               "  JOIN event ON event.subscription_id = subscription.id "
               "  WHERE comments.feed_id = feed.id AND event.kind = 'unsubscribe' "
               "  AND event.at >= $undo)");
    bind_follows(query);
    query_bind_text(query, "$feed", comments->feed);
    query_bind_integer(query, "$undo", now - UNDO_SECONDS);
    return query_run(query, error);
}

bool
store_comments_settle(Store *store, const Comments *comments, const CommentsLimits *limits,
                      guint *ended, GError **error)
{
    g_autoptr(Transaction) transaction = transaction_begin(store, error);
    g_autoptr(GArray) followers =
        transaction == NULL ? NULL : read_followers(store, comments, limits, error);
    if (followers == NULL)
        return false;
    for (guint i = 0; i < followers->len; i++)
        if (!settle_follower(store, &g_array_index(followers, Follower, i), limits->now, ended,
                             error))
            return false;
    return retire_unfollowed(store, comments, limits->now, error) &&
           transaction_commit(transaction, error);
}
