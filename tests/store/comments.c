#include "store/comments.h"

#include "store/requests.h"
#include "world.h"

#define ANNA    "anna@example.org"
#define BEN     "ben@example.org"
#define QUIET   14
#define MAX_AGE 7

static void
follow(World *world, const char *address)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Comments) comments = comments_new("morgen", 1, NULL);
    g_autoptr(Choice) choice = world_choice(address, "daily");
    const FetchSettings settings = { .allow_private = true };
    const CommentsFollow wanted = { .comments = comments,
                                    .url = "https://example.org/comments",
                                    .settings = &settings,
                                    .choice = choice,
                                    .last_due = NOW };
    PeopleChange change = { 0 };
    store_comments_follow(world->store, &wanted, NOW, &change, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(change.added, ==, 1);
}

/* Two readers of a newsletter with one article, who follow its comments. */
static void
world_open_followed(World *world)
{
    world_open(world);
    world_harvest(world, 1, 1);
    world_put(world, ANNA, "daily", ORIGIN_COMMAND);
    world_put(world, BEN, "daily", ORIGIN_COMMAND);
    follow(world, ANNA);
    follow(world, BEN);
}

/* How many follow no more after a run so many days later. */
static guint
settle(World *world, int days)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) list = store_comments_list(world->store, &error);
    int64_t now = NOW + days * DAY;
    const CommentsLimits limits = { now, now - QUIET * DAY, now - MAX_AGE * DAY };
    guint ended = 0;
    g_assert_no_error(error);
    for (guint i = 0; i < list->len; i++)
        store_comments_settle(world->store, list->pdata[i], &limits, &ended, &error);
    g_assert_no_error(error);
    return ended;
}

static Subscription *
find_follower(World *world, const char *key)
{
    Subscription *follower = NULL;
    g_assert_true(store_subscription_find(world->store, "morgen/comments/1", key, &follower, NULL));
    return follower;
}

static bool
has_feed(World *world)
{
    g_autoptr(FeedRecord) feed = NULL;
    g_assert_true(store_feed_find(world->store, "comments/1", &feed, NULL));
    return feed != NULL;
}

/* The feed brings comment NUMBER, so many days later. */
static void
say(World *world, int number, int days)
{
    g_autoptr(FeedRecord) feed = NULL;
    GPtrArray *articles = g_ptr_array_new();
    Article *article = world_article(number);
    article->published = article->taken = NOW + days * DAY;
    g_ptr_array_add(articles, article);
    g_assert_true(store_feed_find(world->store, "comments/1", &feed, NULL));
    int64_t own = world->feed;
    world->feed = feed->id;
    world_read(world, articles, 10, NOW + days * DAY);
    world->feed = own;
}

static void
test_names(void)
{
    g_assert_true(comments_is_feed("comments/4711"));
    g_assert_false(comments_is_feed("comments/"));
    g_assert_false(comments_is_feed("comments/4711x"));
    g_assert_false(comments_is_feed("comments"));
    g_auto(World) world;
    world_open_followed(&world);
    g_autoptr(Comments) found = NULL;
    g_assert_true(store_comments_find(world.store, "morgen/comments/1", &found, NULL));
    g_assert_cmpstr(found->model, ==, "morgen");
    g_assert_cmpstr(found->title, ==, "article 1");
    g_autoptr(Comments) none = NULL;
    g_assert_true(store_comments_find(world.store, "morgen", &none, NULL));
    g_assert_null(none);
}

static void
test_a_follower_begins_now(void)
{
    g_auto(World) world;
    world_open_followed(&world);
    g_autoptr(Subscription) anna = find_follower(&world, ANNA);
    g_assert_true(anna->served);
    g_autoptr(GPtrArray) slots = store_slots_list(world.store, "morgen/comments/1", NULL);
    g_assert_cmpuint(slots->len, ==, 1);
    g_assert_cmpint(((const Slot *)slots->pdata[0])->last_at, ==, NOW);
}

static void
test_who_leaves_the_newsletter_leaves_its_comments(void)
{
    g_auto(World) world;
    world_open_followed(&world);
    g_assert_cmpuint(settle(&world, 1), ==, 0);
    world_event(&world, ANNA, EVENT_UNSUBSCRIBE, WILL_PERSON);
    g_assert_cmpuint(settle(&world, 1), ==, 1);
    g_autoptr(Subscription) anna = find_follower(&world, ANNA);
    g_assert_null(anna);
    g_assert_true(has_feed(&world));
    bool found;
    g_assert_true(store_subscription_remove(world.store, "morgen", BEN, NOW, &found, NULL));
    g_assert_cmpuint(settle(&world, 1), ==, 1);
    g_assert_false(has_feed(&world));
}

static SubscriptionState
follower_state(World *world, const char *key)
{
    g_autoptr(Subscription) follower = find_follower(world, key);
    return follower->state;
}

static void
test_a_pause_of_the_newsletter_is_one_of_its_comments(void)
{
    g_auto(World) world;
    world_open_followed(&world);
    g_autoptr(Subscription) ben = find_follower(&world, BEN);
    LifecycleOutcome outcome;
    g_assert_true(store_subscription_event(world.store, ben->id, EVENT_PAUSE, WILL_PERSON, "mail",
                                           NULL, NOW, &outcome, NULL));
    world_event(&world, ANNA, EVENT_PAUSE, WILL_PERSON);
    g_assert_cmpuint(settle(&world, 1), ==, 0);
    g_assert_cmpint(follower_state(&world, ANNA), ==, SUBSCRIPTION_PAUSED);
    world_event(&world, ANNA, EVENT_RESUME, WILL_PERSON);
    g_assert_cmpuint(settle(&world, 2), ==, 0);
    g_assert_cmpint(follower_state(&world, ANNA), ==, SUBSCRIPTION_ACTIVE);
    g_assert_cmpint(follower_state(&world, BEN), ==, SUBSCRIPTION_PAUSED); /* by himself */
}

static void
test_what_is_quiet_ends_when_nothing_waits(void)
{
    g_auto(World) world;
    world_open_followed(&world);
    g_assert_cmpuint(settle(&world, QUIET), ==, 0);
    say(&world, 100, 10);
    g_assert_cmpuint(settle(&world, 10 + QUIET), ==, 0);
    say(&world, 101, 20);
    /* A long pause between runs: what came last is still to be mailed. */
    const CommentsLimits limits = { NOW + 50 * DAY, NOW + 36 * DAY, NOW + 19 * DAY };
    g_autoptr(Comments) comments = comments_new("morgen", 1, NULL);
    guint ended = 0;
    g_assert_true(store_comments_settle(world.store, comments, &limits, &ended, NULL));
    g_assert_cmpuint(ended, ==, 0);
    g_assert_cmpuint(settle(&world, 20 + QUIET + 1), ==, 2);
    g_assert_false(has_feed(&world));
    follow(&world, ANNA);
    g_assert_true(has_feed(&world));
}

static void
test_who_left_by_a_click_may_come_back_for_a_day(void)
{
    g_auto(World) world;
    world_open_followed(&world);
    bool found;
    LifecycleOutcome outcome;
    g_assert_true(
        store_subscription_remove(world.store, "morgen/comments/1", BEN, NOW, &found, NULL));
    g_autoptr(Subscription) anna = find_follower(&world, ANNA);
    g_assert_true(store_subscription_event(world.store, anna->id, EVENT_UNSUBSCRIBE, WILL_PERSON,
                                           "web", NULL, NOW, &outcome, NULL));
    settle(&world, 1);
    g_assert_true(has_feed(&world));
    settle(&world, 2);
    g_assert_false(has_feed(&world));
}

/* Whoever adds the feed of comments as one of their own has another feed. */
static void
test_a_feed_of_comments_gives_its_name_to_no_other(void)
{
    g_auto(World) world;
    world_open_followed(&world);
    const FeedRecord own = { .name = (char *)"own",
                             .url = (char *)"https://example.org/comments",
                             .origin = FEED_FROM_COMMAND };
    g_assert_cmpuint(settle(&world, QUIET + 1), ==, 2);
    g_assert_true(store_feed_add(world.store, &own, NULL));
    follow(&world, ANNA);
    g_autoptr(GPtrArray) feeds = store_feeds_list(world.store, NULL);
    g_assert_cmpuint(feeds->len, ==, 3);
}

static void
test_comments_move_with_the_address(void)
{
    g_autoptr(GError) error = NULL;
    g_auto(World) world;
    world_open_followed(&world);
    g_autoptr(Subscription) anna = world_find(&world, ANNA);
    g_autoptr(Address) address = address_parse("new@example.org", NULL);
    store_request_address(world.store, anna, address, NOW, &error);
    g_assert_no_error(error);
    Request *request = NULL;
    g_autoptr(Subscription) asked = NULL;
    ConfirmOutcome outcome;
    g_assert_true(store_request_due(world.store, NOW, &request, &asked, NULL));
    g_assert_true(store_request_confirm(world.store, anna, (uint32_t)(request->id & 0xffffff),
                                        "web", NOW, &outcome, NULL));
    request_free(request);
    g_assert_cmpint(outcome, ==, CONFIRM_DONE);
    g_autoptr(Subscription) moved = find_follower(&world, "new@example.org");
    g_assert_nonnull(moved);
    g_assert_cmpuint(settle(&world, 1), ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/store/comments/names", test_names);
    g_test_add_func("/store/comments/begin", test_a_follower_begins_now);
    g_test_add_func("/store/comments/leave", test_who_leaves_the_newsletter_leaves_its_comments);
    g_test_add_func("/store/comments/pause", test_a_pause_of_the_newsletter_is_one_of_its_comments);
    g_test_add_func("/store/comments/quiet", test_what_is_quiet_ends_when_nothing_waits);
    g_test_add_func("/store/comments/undo", test_who_left_by_a_click_may_come_back_for_a_day);
    g_test_add_func("/store/comments/feed", test_a_feed_of_comments_gives_its_name_to_no_other);
    g_test_add_func("/store/comments/address", test_comments_move_with_the_address);
    return g_test_run();
}
