#include "store/feeds.h"

#include "world.h"

static GPtrArray *
listed(World *world)
{
    ArticleQuery all = { 0 };
    GPtrArray *articles = store_articles_list(world->store, &all, NULL);
    g_assert_nonnull(articles);
    return articles;
}

/* Takes one article that has NUMBER's identity and the given URL. */
static guint
take(World *world, int number, const char *url)
{
    GPtrArray *articles = g_ptr_array_new();
    Article *article = world_article(number);
    g_free(article->url);
    article->url = g_strdup(url);
    g_ptr_array_add(articles, article);
    return world_take_articles(world, articles, 1000);
}

static void
test_order(void)
{
    g_auto(World) world;
    world_open(&world);
    GPtrArray *articles = g_ptr_array_new();
    g_ptr_array_add(articles, world_article(3));
    g_ptr_array_add(articles, world_article(1));
    g_ptr_array_add(articles, world_article(2));
    g_assert_cmpint(world_take_articles(&world, articles, 1000), ==, 3);
    world_harvest(&world, 0, 0); /* older, but it comes later */

    g_autoptr(GPtrArray) list = listed(&world);
    static const char *const expect[] = { "article 0", "article 3", "article 2", "article 1" };
    g_assert_cmpint(list->len, ==, G_N_ELEMENTS(expect));
    for (guint i = 0; i < list->len; i++) {
        const Article *article = list->pdata[i];
        g_assert_cmpstr(article->title, ==, expect[i]);
        if (i > 0)
            g_assert_cmpint(article->seq, <, ((Article *)list->pdata[i - 1])->seq);
    }
}

static void
test_round_trip(void)
{
    g_auto(World) world;
    world_open(&world);
    GPtrArray *articles = g_ptr_array_new();
    Article *article = world_article(1);
    article->author = g_strdup("Jörg");
    article->image = g_strdup("https://example.org/i.png");
    g_free(article->content);
    article->content = g_strdup("<p>Grüße</p>");
    g_ptr_array_add(article->categories, g_strdup("a, b"));
    g_ptr_array_add(article->categories, g_strdup("ki"));
    g_ptr_array_add(articles, article);
    world_take_articles(&world, articles, 1000);

    g_autoptr(GPtrArray) list = listed(&world);
    article = list->pdata[0];
    g_assert_cmpstr(article->feed, ==, "hafen");
    g_assert_cmpstr(article->feed_title, ==, "Hafenblatt");
    g_assert_cmpstr(article->author, ==, "Jörg");
    g_assert_cmpstr(article->image, ==, "https://example.org/i.png");
    g_assert_cmpstr(article->content, ==, "<p>Grüße</p>");
    g_assert_cmpstr(article->excerpt, ==, "");
    g_assert_null(article->language);
    g_assert_cmpint(article->categories->len, ==, 2);
    g_assert_cmpstr(article->categories->pdata[0], ==, "a, b");
    g_assert_cmpint(article->published, ==, NOW + 1);
}

static void
test_seen(void)
{
    static const struct {
        const char *rule;
        int number;
        const char *url;
        guint taken;
    } cases[] = {
        { "the first time", 1, "http://example.org/1", 1 },
        { "the same again", 1, "http://example.org/1", 0 },
        { "same guid, another link", 1, "http://example.org/elsewhere", 0 },
        { "another guid, same link", 2, "http://example.org/1", 0 },
        { "https for http, www, a tracker", 3, "https://www.example.org/1?utm_source=rss", 0 },
        { "that guid is known now", 3, "https://example.org/3", 0 },
        { "another guid and link", 4, "https://example.org/4", 1 },
        { "no link at all", 5, NULL, 1 },
        { "no link, another guid", 6, NULL, 1 },
    };
    g_auto(World) world;
    world_open(&world);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].rule);
        g_assert_cmpint(take(&world, cases[i].number, cases[i].url), ==, cases[i].taken);
    }
}

/* A feed whose items all link to its front page still has several articles. */
static void
test_shared_link(void)
{
    g_auto(World) world;
    world_open(&world);
    GPtrArray *articles = g_ptr_array_new();
    for (int i = 1; i <= 3; i++) {
        Article *article = world_article(i);
        g_free(article->url);
        article->url = g_strdup("https://example.org/");
        g_ptr_array_add(articles, article);
    }
    g_assert_cmpint(world_take_articles(&world, articles, 1000), ==, 3);
}

static void
test_first_harvest(void)
{
    g_auto(World) world;
    world_open(&world);
    GPtrArray *articles = g_ptr_array_new();
    for (int i = 1; i <= 5; i++)
        g_ptr_array_add(articles, world_article(i));
    g_assert_cmpint(world_take_articles(&world, articles, 2), ==, 2);
    g_autoptr(GPtrArray) list = listed(&world);
    g_assert_cmpint(list->len, ==, 5);
    for (guint i = 0; i < list->len; i++)
        g_assert_cmpint(((Article *)list->pdata[i])->backlog, ==, i >= 2);

    articles = g_ptr_array_new();
    for (int i = 6; i <= 9; i++)
        g_ptr_array_add(articles, world_article(i));
    g_assert_cmpint(world_take_articles(&world, articles, 2), ==, 4);
}

static void
test_list(void)
{
    g_auto(World) world;
    world_open(&world);
    world_harvest(&world, 1, 4);
    static const struct {
        ArticleQuery query;
        guint expect;
    } cases[] = {
        { { .feed = "hafen" }, 4 },
        { { .feed = "other" }, 0 },
        { { .since = NOW + 3 }, 2 },
        { { .limit = 3 }, 3 },
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GPtrArray) list = store_articles_list(world.store, &cases[i].query, NULL);
        g_assert_cmpint(list->len, ==, cases[i].expect);
    }
}

/* Makes the configuration's feeds those in NAMES_AND_URLS ("a=https://… b=…"). */
static void
sync_to(World *world, const char *names_and_urls, FeedState state)
{
    g_autoptr(GPtrArray) feeds = g_ptr_array_new_with_free_func((GDestroyNotify)feed_record_free);
    g_auto(GStrv) words = g_strsplit(names_and_urls, " ", -1);
    for (guint i = 0; words[i] != NULL && *words[i] != '\0'; i++) {
        g_auto(GStrv) pair = g_strsplit(words[i], "=", 2);
        FeedRecord *feed = feed_record_new();
        feed->name = g_strdup(pair[0]);
        feed->url = g_strdup(pair[1]);
        feed->state = state;
        g_ptr_array_add(feeds, feed);
    }
    g_assert_true(store_feeds_sync(world->store, feeds, NULL));
}

static FeedRecord *
find(World *world, const char *name)
{
    FeedRecord *feed = NULL;
    g_assert_true(store_feed_find(world->store, name, &feed, NULL));
    return feed;
}

static void
test_sync(void)
{
    g_auto(World) world;
    world_open(&world);
    FeedRecord added = { .name = (char *)"by-hand",
                         .url = (char *)"https://h.example/",
                         .origin = FEED_FROM_COMMAND };
    g_assert_true(store_feed_add(world.store, &added, NULL));
    sync_to(&world, "hafen=https://example.org/feed a=https://a.example/", FEED_OK);
    g_autoptr(GPtrArray) all = store_feeds_list(world.store, NULL);
    g_assert_cmpint(all->len, ==, 3);

    world_harvest(&world, 1, 2);
    sync_to(&world, "", FEED_OK);
    g_autoptr(GPtrArray) left = store_feeds_list(world.store, NULL);
    g_assert_cmpint(left->len, ==, 1);
    g_assert_cmpstr(((FeedRecord *)left->pdata[0])->name, ==, "by-hand");

    sync_to(&world, "hafen=https://example.org/feed", FEED_OK);
    g_autoptr(FeedRecord) back = find(&world, "hafen");
    g_assert_cmpint(back->articles, ==, 2);
    g_assert_cmpint(world_harvest(&world, 1, 3), ==, 1);
}

static void
test_sync_keeps(void)
{
    g_auto(World) world;
    world_open(&world);
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    FeedHarvest harvest = { .etag = "\"e\"", .last_modified = "today", .articles = none };
    guint taken;
    g_assert_true(store_feed_harvest(world.store, world.feed, &harvest, NOW, &taken, NULL));
    sync_to(&world, "hafen=https://example.org/feed", FEED_OK);
    g_autoptr(FeedRecord) same = find(&world, "hafen");
    g_assert_cmpstr(same->etag, ==, "\"e\"");

    g_assert_true(store_feed_failed(world.store, world.feed, FEED_GONE, "410", NOW, NULL));
    sync_to(&world, "hafen=https://example.org/feed", FEED_OK);
    g_autoptr(FeedRecord) gone = find(&world, "hafen");
    g_assert_cmpint(gone->state, ==, FEED_GONE);

    sync_to(&world, "hafen=https://example.org/moved", FEED_OK);
    g_autoptr(FeedRecord) moved = find(&world, "hafen");
    g_assert_cmpint(moved->state, ==, FEED_OK);
    g_assert_null(moved->etag);
    g_assert_null(moved->last_modified);

    sync_to(&world, "hafen=https://example.org/moved", FEED_PAUSED);
    g_autoptr(FeedRecord) paused = find(&world, "hafen");
    g_assert_cmpint(paused->state, ==, FEED_PAUSED);
    sync_to(&world, "hafen=https://example.org/moved", FEED_OK);
    g_autoptr(FeedRecord) resumed = find(&world, "hafen");
    g_assert_cmpint(resumed->state, ==, FEED_OK);
}

static void
test_add_and_remove(void)
{
    g_auto(World) world;
    world_open(&world);
    FeedRecord same_name = { .name = (char *)"hafen", .url = (char *)"https://x.example/" };
    FeedRecord same_url = { .name = (char *)"x", .url = (char *)"https://example.org/feed" };
    g_autoptr(GError) error = NULL;
    g_assert_false(store_feed_add(world.store, &same_name, &error));
    g_assert_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT);
    g_clear_error(&error);
    g_assert_false(store_feed_add(world.store, &same_url, &error));
    g_assert_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT);

    bool found = false;
    g_assert_true(store_feed_remove(world.store, "hafen", &found, NULL));
    g_assert_true(found);
    g_assert_true(store_feed_remove(world.store, "hafen", &found, NULL));
    g_assert_false(found);
    g_autoptr(FeedRecord) gone = find(&world, "hafen");
    g_assert_null(gone);
    g_assert_true(store_feed_add(world.store, &same_name, NULL));
    g_autoptr(FeedRecord) back = find(&world, "hafen");
    g_assert_cmpstr(back->url, ==, "https://x.example/");
}

static void
test_failures(void)
{
    g_auto(World) world;
    world_open(&world);
    for (int i = 1; i <= 3; i++) {
        g_assert_true(
            store_feed_failed(world.store, world.feed, FEED_FAILING, "timed out", NOW + i, NULL));
        g_autoptr(FeedRecord) failing = find(&world, "hafen");
        g_assert_cmpint(failing->failures, ==, i);
        g_assert_cmpint(failing->checked_at, ==, NOW + i);
        g_assert_cmpint(failing->succeeded_at, ==, 0);
        g_assert_cmpstr(failing->problem, ==, "timed out");
    }
    g_assert_true(store_feed_unchanged(world.store, world.feed, NOW + 9, NULL));
    g_autoptr(FeedRecord) fine = find(&world, "hafen");
    g_assert_cmpint(fine->state, ==, FEED_OK);
    g_assert_cmpint(fine->failures, ==, 0);
    g_assert_cmpint(fine->succeeded_at, ==, NOW + 9);
    g_assert_null(fine->problem);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/store/feeds/oldest-first-and-in-the-order-they-come", test_order);
    g_test_add_func("/store/feeds/an-article-comes-back-as-it-was", test_round_trip);
    g_test_add_func("/store/feeds/never-stored-twice", test_seen);
    g_test_add_func("/store/feeds/a-link-that-all-share-names-none", test_shared_link);
    g_test_add_func("/store/feeds/a-new-feed-floods-nobody", test_first_harvest);
    g_test_add_func("/store/feeds/list", test_list);
    g_test_add_func("/store/feeds/sync-adds-and-retires", test_sync);
    g_test_add_func("/store/feeds/sync-keeps-what-was-learnt", test_sync_keeps);
    g_test_add_func("/store/feeds/add-and-remove", test_add_and_remove);
    g_test_add_func("/store/feeds/failures-count-until-a-success", test_failures);
    return g_test_run();
}
