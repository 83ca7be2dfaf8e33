#include "store/issues.h"

#include "world.h"

/* Cuts what is due at DUE and checks which articles it has; NULL: nothing is cut. */
static Issue *
cut(World *world, RhythmFrequency frequency, int64_t due, const char *articles)
{
    Issue *issue = world_cut(world, frequency, due);
    if (articles == NULL) {
        g_assert_null(issue);
        return NULL;
    }
    g_assert_nonnull(issue);
    g_autofree char *found = world_articles(world, issue);
    g_assert_cmpstr(found, ==, articles);
    return issue;
}

static void
test_story(void)
{
    g_auto(World) world;
    world_open(&world);
    world_put(&world, "a@example.org", "daily", ORIGIN_COMMAND);
    cut(&world, RHYTHM_DAILY, NOW + DAY, NULL);
    world_harvest(&world, 1, 2);
    /* What never had anything stays due. */
    g_autoptr(Issue) first = cut(&world, RHYTHM_DAILY, NOW + DAY, "1 2");
    g_assert_cmpint(first->number, ==, 1);
    g_assert_cmpint(first->kind, ==, ISSUE_DIGEST);
    g_assert_cmpint(first->state, ==, ISSUE_OPEN);
    g_assert_cmpint(first->due_at, ==, NOW + DAY);

    cut(&world, RHYTHM_DAILY, NOW, NULL);           /* the clock was set back */
    cut(&world, RHYTHM_DAILY, NOW + DAY, NULL);     /* twice the same time */
    cut(&world, RHYTHM_DAILY, NOW + 2 * DAY, NULL); /* nothing new */
    world_harvest(&world, 3, 3);
    g_autoptr(Issue) second = cut(&world, RHYTHM_DAILY, NOW + 3 * DAY, "3");
    g_assert_cmpint(second->number, ==, 2);
    g_assert_cmpint(second->from_seq, ==, first->to_seq);

    g_autoptr(GPtrArray) open = store_issues_list(world.store, "morgen", true, NULL);
    g_assert_cmpint(open->len, ==, 2);
    g_autoptr(GPtrArray) other = store_issues_list(world.store, "abend", false, NULL);
    g_assert_cmpint(other->len, ==, 0);
}

/* Two runs that found the same slot due cut one issue. */
static void
test_cut_twice(void)
{
    g_auto(World) world;
    world_open(&world);
    world_put(&world, "a@example.org", "daily", ORIGIN_COMMAND);
    world_harvest(&world, 1, 2);
    Slot *stale = world_slot(&world, RHYTHM_DAILY);
    issue_free(cut(&world, RHYTHM_DAILY, NOW, "1 2"));
    world_harvest(&world, 3, 3);

    g_autoptr(GBytes) frozen = g_bytes_new_static("x", 1);
    IssueCut again = {
        .slot = stale, .due_at = NOW, .now = NOW, .settings = frozen, .templates = frozen
    };
    g_autoptr(Issue) none = NULL;
    g_assert_true(store_issue_cut(world.store, &again, &none, NULL));
    g_assert_null(none);
    slot_free(stale);
    issue_free(cut(&world, RHYTHM_DAILY, NOW + DAY, "3"));
}

static void
test_what_is_left_out(void)
{
    g_auto(World) world;
    world_open(&world);
    world_put(&world, "a@example.org", "daily", ORIGIN_COMMAND);
    world_harvest(&world, 1, 1);
    issue_free(cut(&world, RHYTHM_DAILY, NOW, "1"));

    GPtrArray *articles = g_ptr_array_new();
    Article *old = world_article(2);
    old->published = NOW - 31 * DAY;
    g_ptr_array_add(articles, old);
    world_take_articles(&world, articles, 1000);
    cut(&world, RHYTHM_DAILY, NOW + DAY, NULL); /* too old */

    world_harvest(&world, 3, 3);
    bool found;
    g_assert_true(store_feed_remove(world.store, "hafen", &found, NULL));
    cut(&world, RHYTHM_DAILY, NOW + 2 * DAY, NULL); /* of a feed that was removed */
}

/* Too few wait for others, but nobody waits for their welcome. */
static void
test_minimum(void)
{
    g_auto(World) world;
    world_open(&world);
    world.min_articles = 3;
    world_put(&world, "a@example.org", "daily", ORIGIN_COMMAND);
    world_harvest(&world, 1, 1);
    issue_free(cut(&world, RHYTHM_DAILY, NOW, "1"));
    world_harvest(&world, 2, 3);
    cut(&world, RHYTHM_DAILY, NOW + DAY, NULL);
    cut(&world, RHYTHM_DAILY, NOW + 2 * DAY, NULL);
    world_harvest(&world, 4, 4);
    issue_free(cut(&world, RHYTHM_DAILY, NOW + 3 * DAY, "2 3 4"));
    world_put(&world, "b@example.org", "daily", ORIGIN_COMMAND);
    issue_free(cut(&world, RHYTHM_DAILY, NOW + 4 * DAY, "1 2 3 4"));
}

static void
test_feeds(void)
{
    g_auto(World) world;
    world_open(&world);
    world_put(&world, "a@example.org", "daily", ORIGIN_COMMAND);
    world_harvest(&world, 1, 1);
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    g_autoptr(GBytes) frozen = g_bytes_new_static("x", 1);
    Slot *slot = world_slot(&world, RHYTHM_DAILY);
    IssueCut wanted = { .slot = slot,
                        .due_at = NOW,
                        .now = NOW,
                        .feeds = names,
                        .settings = frozen,
                        .templates = frozen };
    g_autoptr(Issue) none = NULL;
    g_autoptr(Issue) issue = NULL;
    g_ptr_array_add(names, (char *)"other");
    g_assert_true(store_issue_cut(world.store, &wanted, &none, NULL));
    g_assert_null(none);
    g_ptr_array_add(names, (char *)"hafen");
    wanted.due_at = NOW + DAY;
    g_assert_true(store_issue_cut(world.store, &wanted, &issue, NULL));
    g_assert_nonnull(issue);
    slot_free(slot);
}

/* Who joins later gets a welcome although there is nothing new, and no other issue is spoilt. */
static void
test_joiner(void)
{
    g_auto(World) world;
    world_open(&world);
    world_put(&world, "a@example.org", "daily", ORIGIN_COMMAND);
    world_harvest(&world, 1, 3);
    g_autoptr(Issue) first = cut(&world, RHYTHM_DAILY, NOW, "1 2 3");
    world_put(&world, "b@example.org", "daily", ORIGIN_COMMAND);
    Segment segment;
    g_assert_true(world_claim(&world, first, NOW, &segment));
    g_autofree char *readers = world_readers(&world, &segment, NOW);
    g_assert_cmpstr(readers, ==, "a"); /* not the one that was cut before b joined */

    g_autoptr(Issue) welcome = cut(&world, RHYTHM_DAILY, NOW + DAY, "1 2 3");
    g_autoptr(Subscription) b = world_find(&world, "b@example.org");
    g_autoptr(Subscription) a = world_find(&world, "a@example.org");
    g_assert_cmpint(b->slot_mark, ==, welcome->from_seq);
    g_assert_cmpint(a->slot_mark, <, welcome->from_seq);
    cut(&world, RHYTHM_DAILY, NOW + 2 * DAY, NULL); /* welcomed once */
    world_harvest(&world, 4, 4);
    g_autoptr(Issue) next = cut(&world, RHYTHM_DAILY, NOW + 3 * DAY, "4");
    g_assert_cmpint(next->from_seq, >, welcome->from_seq);
}

static void
test_backlog(void)
{
    g_auto(World) world;
    world_open(&world);
    world_put(&world, "a@example.org", "daily", ORIGIN_COMMAND);
    GPtrArray *articles = g_ptr_array_new();
    for (int i = 1; i <= 4; i++)
        g_ptr_array_add(articles, world_article(i));
    world_take_articles(&world, articles, 1);
    issue_free(cut(&world, RHYTHM_DAILY, NOW, "1 2 3 4"));
}

/* Daily to weekly: nothing of what a daily issue served comes again, and nothing is lost. */
static void
test_move(void)
{
    g_auto(World) world;
    world_open(&world);
    world_put(&world, "a@example.org", "daily", ORIGIN_COMMAND);
    world_put(&world, "w@example.org", "weekly", ORIGIN_COMMAND);
    world_harvest(&world, 1, 2);
    g_autoptr(Issue) daily = cut(&world, RHYTHM_DAILY, NOW, "1 2");
    world_deliver(&world, daily, DELIVERY_SENT, NOW);
    world_harvest(&world, 3, 3);
    world_put(&world, "a@example.org", "weekly", ORIGIN_COMMAND);
    g_autoptr(Subscription) moved = world_find(&world, "a@example.org");
    g_assert_true(moved->served);
    g_assert_cmpint(moved->since_seq, ==, daily->to_seq);

    g_autoptr(Issue) weekly = cut(&world, RHYTHM_WEEKLY, NOW, "1 2 3");
    g_assert_cmpint(moved->slot_mark, ==, weekly->from_seq);
}

/* Moving while the issue is open and not delivered to this one: the new slot takes it over. */
static void
test_move_before_delivery(void)
{
    g_auto(World) world;
    world_open(&world);
    world_put(&world, "a@example.org", "daily", ORIGIN_COMMAND);
    world_harvest(&world, 1, 1);
    g_autoptr(Issue) first = cut(&world, RHYTHM_DAILY, NOW, "1");
    world_deliver(&world, first, DELIVERY_SENT, NOW);
    world_harvest(&world, 2, 2);
    g_autoptr(Issue) second = cut(&world, RHYTHM_DAILY, NOW + DAY, "2");
    world_put(&world, "a@example.org", "weekly", ORIGIN_COMMAND);
    g_autoptr(Subscription) moved = world_find(&world, "a@example.org");
    g_assert_true(moved->served);
    g_assert_cmpint(moved->since_seq, ==, second->from_seq);
    Segment segment;
    g_assert_true(world_claim(&world, second, NOW + DAY, &segment));
    g_autofree char *readers = world_readers(&world, &segment, NOW + DAY);
    g_assert_cmpstr(readers, ==, "");
    cut(&world, RHYTHM_WEEKLY, NOW + DAY, NULL); /* a change of rhythm alone releases no mail */
    issue_free(cut(&world, RHYTHM_WEEKLY, NOW + 2 * DAY, "2"));
}

/* Twice moved before the first issue of the new slot: still where it was at the beginning. */
static void
test_move_twice(void)
{
    g_auto(World) world;
    world_open(&world);
    world_put(&world, "a@example.org", "daily", ORIGIN_COMMAND);
    world_harvest(&world, 1, 1);
    g_autoptr(Issue) first = cut(&world, RHYTHM_DAILY, NOW, "1");
    world_deliver(&world, first, DELIVERY_SENT, NOW);
    world_harvest(&world, 2, 2);
    world_put(&world, "a@example.org", "weekly", ORIGIN_COMMAND);
    world_harvest(&world, 3, 3);
    world_put(&world, "a@example.org", "monthly", ORIGIN_COMMAND);
    g_autoptr(Subscription) moved = world_find(&world, "a@example.org");
    g_assert_true(moved->served);
    g_assert_cmpint(moved->since_seq, ==, first->to_seq);
    issue_free(cut(&world, RHYTHM_MONTHLY, NOW + DAY, "2 3"));
}

/* Who moves before ever having had an issue is still new. */
static void
test_move_unserved(void)
{
    g_auto(World) world;
    world_open(&world);
    world_put(&world, "a@example.org", "daily", ORIGIN_COMMAND);
    world_harvest(&world, 1, 1);
    world_put(&world, "a@example.org", "weekly", ORIGIN_COMMAND);
    g_autoptr(Subscription) moved = world_find(&world, "a@example.org");
    g_assert_false(moved->served);
    g_autoptr(Issue) welcome = cut(&world, RHYTHM_WEEKLY, NOW, "1");
    g_assert_cmpint(moved->slot_mark, ==, welcome->from_seq);
}

/* What is told of article 1 with TEXT for its content. */
static void
read_text(World *world, const char *text)
{
    GPtrArray *articles = g_ptr_array_new();
    Article *article = world_article(1);
    g_free(article->content);
    article->content = g_strdup(text);
    g_ptr_array_add(articles, article);
    world_read(world, articles, 1000, NOW);
}

/* The only article of ISSUE; the caller owns the list. */
static GPtrArray *
only_article(World *world, const Issue *issue, const char *content, bool updated)
{
    GPtrArray *articles = store_issue_articles(world->store, issue->id, NULL);
    g_assert_cmpint(articles->len, ==, 1);
    g_assert_cmpstr(((Article *)articles->pdata[0])->content, ==, content);
    g_assert_true(((Article *)articles->pdata[0])->updated == updated);
    return articles;
}

static void
test_updates(void)
{
    for (int wanted = 0; wanted <= 1; wanted++) {
        g_auto(World) world;
        world_open(&world);
        world.updates = wanted == 1;
        world_put(&world, "a@example.org", "daily", ORIGIN_COMMAND);
        read_text(&world, "one");
        read_text(&world, "two");
        g_autoptr(Issue) first = cut(&world, RHYTHM_DAILY, NOW, "1");
        read_text(&world, "three");
        /* What an issue has frozen stays as it was. */
        g_ptr_array_unref(only_article(&world, first, "two", false));

        g_autoptr(Issue) second = cut(&world, RHYTHM_DAILY, NOW + DAY, wanted == 1 ? "1" : NULL);
        if (wanted == 0)
            continue;
        g_ptr_array_unref(only_article(&world, second, "three", true));
        cut(&world, RHYTHM_DAILY, NOW + 2 * DAY, NULL); /* once more, not ever more */
        read_text(&world, "two");
        cut(&world, RHYTHM_DAILY, NOW + 3 * DAY, NULL); /* it had been told */
    }
}

/* A feed that calls itself otherwise tomorrow does not change what an issue shows. */
static void
test_frozen_source(void)
{
    g_auto(World) world;
    HarvestReport report;
    world_open(&world);
    world_put(&world, "a@example.org", "daily", ORIGIN_COMMAND);
    world_harvest(&world, 1, 1);
    g_autoptr(Issue) issue = cut(&world, RHYTHM_DAILY, NOW, "1");
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    FeedHarvest renamed = { .title = "Another name", .articles = none };
    g_assert_true(store_feed_harvest(world.store, world.feed, &renamed, NOW, &report, NULL));
    g_autoptr(GPtrArray) articles = store_issue_articles(world.store, issue->id, NULL);
    const Article *article = articles->pdata[0];
    g_assert_cmpstr(article->feed_title, ==, "Hafenblatt");
}

static void
test_snapshots(void)
{
    g_auto(World) world;
    g_autoptr(GError) error = NULL;
    world_open(&world);
    world_put(&world, "a@example.org", "daily", ORIGIN_COMMAND);
    g_autoptr(GBytes) settings = g_bytes_new_static("s", 1);
    g_autoptr(GBytes) templates = g_bytes_new_static("t\0t", 3);
    g_autoptr(GBytes) letter = g_bytes_new_static("", 0);
    g_autoptr(Issue) post = NULL;
    const PostCut wanted = { .newsletter = "morgen",
                             .now = NOW,
                             .settings = settings,
                             .templates = templates,
                             .letter = letter };
    g_assert_true(store_post_cut(world.store, &wanted, &post, NULL));
    g_assert_cmpint(post->kind, ==, ISSUE_POST);
    g_assert_null(post->rhythm);
    g_autoptr(GBytes) read = store_snapshot_get(world.store, post->templates_hash, NULL);
    g_assert_true(g_bytes_equal(read, templates));
    g_autoptr(GBytes) empty = store_snapshot_get(world.store, post->letter_hash, NULL);
    g_assert_true(g_bytes_equal(empty, letter));
    g_autoptr(GBytes) none = store_snapshot_get(world.store, "nowhere", &error);
    g_assert_null(none);
    g_assert_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP);
}

static void
test_post(void)
{
    g_auto(World) world;
    world_open(&world);
    world_put(&world, "a@example.org", "daily", ORIGIN_COMMAND);
    world_put(&world, "b@example.org", "weekly", ORIGIN_COMMAND);
    world_put(&world, "c@example.org", "daily", ORIGIN_COMMAND);
    world_event(&world, "c@example.org", EVENT_UNSUBSCRIBE, WILL_PERSON);
    g_autoptr(GBytes) letter = g_bytes_new_static("letter", 6);
    g_autoptr(Issue) post = NULL;
    const PostCut wanted = { .newsletter = "morgen",
                             .now = NOW,
                             .settings = letter,
                             .templates = letter,
                             .letter = letter };
    g_assert_true(store_post_cut(world.store, &wanted, &post, NULL));
    world_put(&world, "d@example.org", "daily", ORIGIN_COMMAND);
    Segment segment;
    g_assert_true(world_claim(&world, post, NOW, &segment));
    g_autofree char *readers = world_readers(&world, &segment, NOW);
    g_assert_cmpstr(readers, ==, "a b");
    g_autofree char *articles = world_articles(&world, post);
    g_assert_cmpstr(articles, ==, "");
}

static void
test_settle(void)
{
    g_auto(World) world;
    world_open(&world);
    world_put(&world, "a@example.org", "daily", ORIGIN_COMMAND);
    world_harvest(&world, 1, 1);
    g_autoptr(Issue) issue = cut(&world, RHYTHM_DAILY, NOW, "1");
    bool finished = true;
    g_assert_true(store_issue_settle(world.store, issue->id, NOW, &finished, NULL));
    g_assert_false(finished);
    world_deliver(&world, issue, DELIVERY_DEFERRED, NOW);
    g_assert_true(store_issue_settle(world.store, issue->id, NOW, &finished, NULL));
    g_assert_false(finished);
    world_deliver(&world, issue, DELIVERY_SENT, NOW + 300);
    IssueCounts counts;
    g_assert_true(store_issue_counts(world.store, issue->id, &counts, NULL));
    g_assert_cmpint(counts.sent, ==, 1);
    g_assert_cmpint(counts.deferred, ==, 0);
    g_assert_cmpint(counts.segments_open, ==, 0);
    g_assert_true(store_issue_settle(world.store, issue->id, NOW, &finished, NULL));
    g_assert_true(finished);
    g_autoptr(GPtrArray) open = store_issues_list(world.store, NULL, true, NULL);
    g_assert_cmpint(open->len, ==, 0);
}

/* Somebody must say what becomes of a held one before the issue is over. */
static void
test_held(void)
{
    g_auto(World) world;
    world_open(&world);
    world_put(&world, "a@example.org", "daily", ORIGIN_COMMAND);
    world_harvest(&world, 1, 1);
    g_autoptr(Issue) issue = cut(&world, RHYTHM_DAILY, NOW, "1");
    world_deliver(&world, issue, DELIVERY_HELD, NOW);
    Segment segment;
    g_assert_false(world_claim(&world, issue, NOW + DAY, &segment));
    bool finished = true;
    g_assert_true(store_issue_settle(world.store, issue->id, NOW, &finished, NULL));
    g_assert_false(finished);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/store/issues/a-story", test_story);
    g_test_add_func("/store/issues/a-stretch-is-cut-once", test_cut_twice);
    g_test_add_func("/store/issues/what-is-left-out", test_what_is_left_out);
    g_test_add_func("/store/issues/too-few-wait-for-others", test_minimum);
    g_test_add_func("/store/issues/only-the-newsletter-s-feeds", test_feeds);
    g_test_add_func("/store/issues/a-joiner-is-welcomed-once", test_joiner);
    g_test_add_func("/store/issues/backlog-is-for-a-welcome", test_backlog);
    g_test_add_func("/store/issues/move/goes-on-where-it-was", test_move);
    g_test_add_func("/store/issues/move/before-the-delivery", test_move_before_delivery);
    g_test_add_func("/store/issues/move/twice", test_move_twice);
    g_test_add_func("/store/issues/move/unserved", test_move_unserved);
    g_test_add_func("/store/issues/updates-only-where-wanted", test_updates);
    g_test_add_func("/store/issues/the-source-is-frozen", test_frozen_source);
    g_test_add_func("/store/issues/snapshots", test_snapshots);
    g_test_add_func("/store/issues/a-letter-goes-to-who-is-there", test_post);
    g_test_add_func("/store/issues/finished-when-nothing-waits", test_settle);
    g_test_add_func("/store/issues/held-is-not-finished", test_held);
    return g_test_run();
}
