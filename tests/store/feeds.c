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

static FeedRecord *
find(World *world, const char *name)
{
    FeedRecord *feed = NULL;
    g_assert_true(store_feed_find(world->store, name, &feed, NULL));
    return feed;
}

static void
stay_unchanged(World *world, int64_t time)
{
    g_autoptr(FeedRecord) feed = find(world, "hafen");
    g_assert_true(store_feed_unchanged(world->store, feed, time, NULL));
}

static FeedCounts
count_of(World *world, const FeedRecord *feed)
{
    FeedCounts counts;
    g_assert_true(store_feed_count(world->store, feed->id, &counts, NULL));
    return counts;
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

/* What a feed says of one article: "GUID LINK TITLE [DATE]", of which "-" is not said; DATE is in
 * hours after NOW. */
static Article *
said(const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", 4);
    g_autoptr(Entry) entry = entry_new();
    g_autoptr(Feed) feed = feed_new();
    feed->format = "rss-2.0";
    char **const fields[] = { &entry->id, &entry->link, &entry->title };
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++)
        *fields[i] = strcmp(words[i], "-") == 0 ? NULL : g_strdup(words[i]);
    if (words[3] != NULL)
        entry->published = NOW + g_ascii_strtoll(words[3], NULL, 10) * 3600;
    return article_from_entry(entry, feed, "https://x.example/feed", NOW + 100 * DAY);
}

/* Reads documents of articles separated by "; ", an hour apart, and compares how many were new. */
typedef struct {
    const char *rule;
    struct {
        const char *document;
        guint taken;
    } steps[6];
} IdentityStory;

static const IdentityStory stories[] = {
    { "the guid is the article, whatever else changes",
      { { "g1 /a One", 1 }, { "g1 /b Uno", 0 }, { "g1 - Un", 0 } } },
    { "without a guid the link is", { { "- /a One", 1 }, { "- /a Uno", 0 }, { "- /b One", 1 } } },
    { "http, www, slash and campaigns change no link",
      { { "- http://x.example/a/ One", 1 },
        { "- https://www.x.example/a?utm_source=rss One", 0 } } },
    { "nor a guid that is one",
      { { "http://x.example/a - One", 1 }, { "https://x.example/a/?utm_medium=x - One", 0 } } },
    { "a guid of two articles names neither",
      { { "g /a One; g /b Two", 2 }, { "g /b Two; g /c Three", 1 }, { "g /d Four", 1 } } },
    { "nor does it when it becomes one later",
      { { "g /a One", 1 }, { "g /b Two; g /a One", 1 }, { "g /c Three", 1 }, { "g /a Uno", 0 } } },
    { "guid and link of two articles: the title",
      { { "g /a One; g /a Two", 2 }, { "g /a Two; g /a Three", 1 } } },
    { "a link of two articles: the title",
      { { "- /a One; - /a Two", 2 }, { "- /a Three; - /a One", 1 } } },
    { "an article that is listed twice is one", { { "g /a One; g /a One", 1 } } },
    { "another guid with the same link, title and date",
      { { "g1 /a One 1", 1 }, { "g2 /a One 1", 0 }, { "g2 /b Uno 1", 0 } } },
    { "another title too, at the same time", { { "g1 /a One 1", 1 }, { "g2 /a Uno 1", 0 } } },
    { "a page that shows something else each day",
      { { "g1 /a One 1", 1 },
        { "g2 /a Two 25", 1 },
        { "g3 /a Three 49", 1 },
        { "g3 /a 3 49", 0 } } },
    { "links that differ in the fragment",
      { { "- /changes#1 One", 1 }, { "- /changes#2 Two", 1 }, { "- /changes#1 One", 0 } } },
};

static void
test_story(const void *data)
{
    const IdentityStory *story = data;
    g_auto(World) world;
    world_open(&world);
    for (size_t i = 0; i < G_N_ELEMENTS(story->steps) && story->steps[i].document != NULL; i++) {
        g_auto(GStrv) texts = g_strsplit(story->steps[i].document, "; ", -1);
        GPtrArray *articles = g_ptr_array_new();
        for (guint k = 0; texts[k] != NULL; k++)
            g_ptr_array_add(articles, said(texts[k]));
        HarvestReport report = world_read(&world, articles, 1000, NOW + (int64_t)i * 3600);
        g_test_message("%s", story->steps[i].document);
        g_assert_cmpint(report.taken, ==, story->steps[i].taken);
        g_assert_cmpint(report.held, ==, 0);
    }
}

/* The alarm */

/* Articles FIRST … LAST as the feed has them once its ids and links are made with SALT. */
static GPtrArray *
with_ids(int first, int last, const char *salt, int64_t published)
{
    GPtrArray *articles = g_ptr_array_new();
    for (int i = first; i <= last; i++) {
        Article *article = world_article(i);
        g_ptr_array_set_size(article->identities, 0);
        g_ptr_array_add(article->identities, g_strdup_printf("guid:%s-%d", salt, i));
        g_free(article->url);
        article->url = g_strdup_printf("https://example.org/%s/%d", salt, i);
        article->published = published;
        g_ptr_array_add(articles, article);
    }
    return articles;
}

typedef struct {
    const char *rule;
    int first, last;   /* the articles of the second document; the first has 1 to 10 */
    const char *salt;  /* of its ids */
    int64_t published; /* their date, after the first document */
    guint taken, held;
} AlarmCase;

static const AlarmCase alarms[] = {
    { "all ids change", 1, 10, "new", -2 * DAY, 0, 10 },
    { "all ids and dates change: it was imported anew", 1, 10, "new", DAY, 0, 10 },
    { "all ids change, other words, but old dates", 11, 20, "new", -2 * DAY, 0, 10 },
    { "a day's news fills the whole list", 11, 20, "old", DAY, 10, 0 },
    { "a few old ones come late", 1, 2, "new", -2 * DAY, 2, 0 },
    { "nothing changes", 1, 10, "old", 0, 0, 0 },
};

static void
test_alarm(const void *data)
{
    const AlarmCase *test = data;
    g_auto(World) world;
    world_open(&world);
    world_read(&world, with_ids(1, 10, "old", NOW), 1000, NOW);
    HarvestReport report =
        world_read(&world, with_ids(test->first, test->last, test->salt, NOW + test->published),
                   1000, NOW + 2 * DAY);
    g_assert_cmpint(report.taken, ==, test->taken);
    g_assert_cmpint(report.held, ==, test->held);
}

static void sync_to(World *world, const char *names_and_urls, FeedState state);

/* Links stay, but all else is another: as long as it is one page or two, that may be. */
static void
test_alarm_links(void)
{
    g_auto(World) world;
    world_open(&world);
    GPtrArray *documents[2];
    for (int n = 0; n < 2; n++) {
        documents[n] = with_ids(10 * n + 1, 10 * n + 5, n == 0 ? "a" : "b", NOW + n * 2 * DAY);
        for (guint i = 0; i < documents[n]->len; i++) {
            Article *article = documents[n]->pdata[i];
            g_free(article->url);
            article->url = g_strdup_printf("https://example.org/page/%u", i);
        }
    }
    world_read(&world, documents[0], 1000, NOW);
    g_assert_cmpint(world_read(&world, documents[1], 1000, NOW + DAY).held, ==, 5);
}

/* What another URL brings is another feed, or the same one that has moved. */
static void
test_another_url(void)
{
    static const struct {
        int first, last;
        const char *salt;
        guint taken, held;
    } cases[] = {
        { 1, 10, "a", 0, 0 },  /* it has moved */
        { 1, 10, "b", 0, 10 }, /* it has moved and changed its ids */
        { 31, 60, "b", 5, 0 }, /* it is another one */
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(World) world;
        world_open(&world);
        world_read(&world, with_ids(1, 10, "a", NOW), 1000, NOW);
        sync_to(&world, "hafen=https://elsewhere.example/", FEED_OK);
        HarvestReport report = world_read(
            &world, with_ids(cases[i].first, cases[i].last, cases[i].salt, NOW - 3 * DAY), 5,
            NOW + DAY);
        g_assert_cmpint(report.taken, ==, cases[i].taken);
        g_assert_cmpint(report.held, ==, cases[i].held);
    }
}

static void
test_hold_once(void)
{
    g_auto(World) world;
    world_open(&world);
    world_read(&world, with_ids(1, 10, "a", NOW), 1000, NOW);
    g_assert_cmpint(world_read(&world, with_ids(1, 10, "b", NOW), 0, NOW + DAY).held, ==, 10);
    /* A feed with new ids each time is held once. */
    g_assert_cmpint(world_read(&world, with_ids(1, 10, "c", NOW), 0, NOW + 2 * DAY).held, ==, 0);
    g_assert_cmpint(world_read(&world, with_ids(1, 10, "c", NOW), 0, NOW + 3 * DAY).taken, ==, 0);
    g_autoptr(FeedRecord) feed = find(&world, "hafen");
    g_assert_cmpint(count_of(&world, feed).held, ==, 10);
    g_assert_cmpint(feed->held_since, ==, NOW + DAY);
    /* What is really new goes its way meanwhile. */
    GPtrArray *more = with_ids(1, 10, "c", NOW);
    g_ptr_array_add(more, world_article(99));
    g_assert_cmpint(world_read(&world, more, 0, NOW + 4 * DAY).taken, ==, 1);
}

static void
test_release_and_drop(void)
{
    for (int release = 0; release <= 1; release++) {
        g_auto(World) world;
        guint count = 0;
        world_open(&world);
        world_put(&world, "a@example.org", "daily", ORIGIN_COMMAND);
        world_read(&world, with_ids(1, 4, "a", NOW), 1000, NOW);
        issue_free(world_cut(&world, RHYTHM_DAILY, NOW));
        world_read(&world, with_ids(1, 4, "b", NOW), 0, NOW + DAY);
        GPtrArray *news = with_ids(1, 4, "b", NOW);
        g_ptr_array_add(news, world_article(5));
        world_read(&world, news, 0, NOW + DAY);
        g_autoptr(Issue) meanwhile = world_cut(&world, RHYTHM_DAILY, NOW + DAY);
        g_autofree char *first = world_articles(&world, meanwhile);
        g_assert_cmpstr(first, ==, "5");

        g_assert_true(release ? store_feed_release(world.store, world.feed, &count, NULL)
                              : store_feed_drop(world.store, world.feed, &count, NULL));
        g_assert_cmpint(count, ==, 4);
        g_autoptr(Issue) after = world_cut(&world, RHYTHM_DAILY, NOW + 2 * DAY);
        g_assert_true((after != NULL) == (release == 1));
        if (release) {
            g_autofree char *titles = world_articles(&world, after);
            g_assert_cmpstr(titles, ==, "4 3 2 1"); /* as they came, the last first */
        }
        HarvestReport again = world_read(&world, with_ids(1, 4, "b", NOW), 0, NOW + 2 * DAY);
        g_assert_cmpint(again.taken + again.held, ==, 0);
        g_autoptr(FeedRecord) feed = find(&world, "hafen");
        g_assert_cmpint(count_of(&world, feed).held, ==, 0);
        g_assert_cmpint(feed->held_since, ==, 0);
    }
}

/* Tombstones */

static void
test_forget(void)
{
    g_auto(World) world;
    guint count = 0;
    world_open(&world);
    world_read(&world, with_ids(1, 2, "a", NOW), 1000, NOW);
    /* Unchanged for a year: all of it is listed still. */
    for (int day = 1; day <= 365; day++)
        stay_unchanged(&world, NOW + day * DAY);
    int64_t year = NOW + 365 * (int64_t)DAY;
    g_assert_true(store_feeds_forget(world.store, year - 90 * DAY, &count, NULL));
    g_assert_cmpint(count, ==, 0);

    /* Article 1 goes; it is remembered for 90 days, from the day before on. */
    world_read(&world, with_ids(2, 2, "a", NOW), 1000, year + DAY);
    world_read(&world, with_ids(2, 2, "a", NOW), 1000, year + 89 * DAY);
    g_assert_true(store_feeds_forget(world.store, year - DAY, &count, NULL));
    g_assert_cmpint(count, ==, 0);
    g_assert_cmpint(world_read(&world, with_ids(1, 2, "a", NOW), 0, year + 89 * DAY).taken, ==, 0);

    world_read(&world, with_ids(2, 2, "a", NOW), 1000, year + 91 * DAY);
    g_assert_true(store_feeds_forget(world.store, year + 90 * DAY, &count, NULL));
    g_assert_cmpint(count, ==, 2); /* its guid and its link */
    g_assert_cmpint(world_read(&world, with_ids(1, 2, "a", NOW), 0, year + 92 * DAY).taken, ==, 1);
}

/* A server that is down for a year lists, when it is back, what it listed before. */
static void
test_forget_failing(void)
{
    g_auto(World) world;
    guint count = 0;
    int64_t later = NOW + 365 * (int64_t)DAY;
    world_open(&world);
    world_harvest(&world, 1, 3);
    g_assert_true(store_feed_failed(world.store, world.feed, FEED_DEAD, "down", later, NULL));
    g_assert_true(store_feeds_forget(world.store, later - 90 * DAY, &count, NULL));
    g_assert_cmpint(count, ==, 0);
    g_assert_cmpint(world_harvest(&world, 1, 3), ==, 0);
}

/* Revisions */

static HarvestReport
read_content(World *world, const char *content)
{
    GPtrArray *articles = g_ptr_array_new();
    Article *article = world_article(1);
    g_free(article->content);
    article->content = g_strdup(content);
    g_ptr_array_add(articles, article);
    return world_read(world, articles, 1000, NOW);
}

static void
test_revisions(void)
{
    static const struct {
        const char *content;
        guint updated;
    } steps[] = {
        { "<p>one</p>", 0 },        { "<p>one</p>", 0 }, { "<p><b>one</b></p>", 0 },
        { "<p><b>two</b></p>", 1 }, { "<p>one</p>", 0 }, /* back to what it was */
        { "<p>three</p>", 1 },
    };
    g_auto(World) world;
    world_open(&world);
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        HarvestReport report = read_content(&world, steps[i].content);
        g_assert_cmpint(report.updated, ==, steps[i].updated);
        g_autoptr(GPtrArray) list = listed(&world);
        g_assert_cmpint(list->len, ==, 1);
        g_assert_cmpstr(((Article *)list->pdata[0])->content, ==, steps[i].content);
    }
}

/* A site that puts the same words under all its texts has no news. */
static void
test_new_look(void)
{
    static const struct {
        guint changed;
        guint updated;
    } cases[] = { { 10, 0 }, { 8, 0 }, { 7, 7 }, { 1, 1 } };
    for (size_t n = 0; n < G_N_ELEMENTS(cases); n++) {
        g_auto(World) world;
        world_open(&world);
        world_read(&world, with_ids(1, 10, "a", NOW), 1000, NOW);
        GPtrArray *articles = with_ids(1, 10, "a", NOW);
        for (guint i = 0; i < cases[n].changed; i++) {
            Article *article = articles->pdata[i];
            g_free(article->content);
            article->content = g_strdup("<p>Subscribe!</p>");
        }
        HarvestReport report = world_read(&world, articles, 1000, NOW + DAY);
        g_assert_cmpint(report.updated, ==, cases[n].updated);
    }
}

/* A text that is another one with each fetch is not kept for ever. */
static void
test_revisions_end(void)
{
    g_auto(World) world;
    guint updated = 0;
    world_open(&world);
    for (int i = 0; i < 100; i++) {
        g_autofree char *content = g_strdup_printf("<p>%d</p>", i);
        updated += read_content(&world, content).updated;
    }
    g_assert_cmpint(updated, >, 5);
    g_assert_cmpint(updated, <, 50);
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
    g_assert_cmpint(count_of(&world, back).articles, ==, 2);
    g_assert_cmpint(world_harvest(&world, 1, 3), ==, 1);
}

static void
test_sync_keeps(void)
{
    g_auto(World) world;
    world_open(&world);
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    FeedHarvest harvest = { .etag = "\"e\"", .last_modified = "today", .articles = none };
    HarvestReport report;
    g_assert_true(store_feed_harvest(world.store, world.feed, &harvest, NOW, &report, NULL));
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
    stay_unchanged(&world, NOW + 9);
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
    for (size_t i = 0; i < G_N_ELEMENTS(stories); i++) {
        g_autofree char *name = g_strdup_printf("/store/feeds/identity/%s", stories[i].rule);
        g_test_add_data_func(name, &stories[i], test_story);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(alarms); i++) {
        g_autofree char *name = g_strdup_printf("/store/feeds/alarm/%s", alarms[i].rule);
        g_test_add_data_func(name, &alarms[i], test_alarm);
    }
    g_test_add_func("/store/feeds/alarm/only the links stay", test_alarm_links);
    g_test_add_func("/store/feeds/alarm/another URL", test_another_url);
    g_test_add_func("/store/feeds/held-once", test_hold_once);
    g_test_add_func("/store/feeds/release-and-drop", test_release_and_drop);
    g_test_add_func("/store/feeds/an-identity-is-known-for-90-days-more", test_forget);
    g_test_add_func("/store/feeds/and-as-long-as-the-feed-fails", test_forget_failing);
    g_test_add_func("/store/feeds/revisions", test_revisions);
    g_test_add_func("/store/feeds/a-new-look-is-no-update", test_new_look);
    g_test_add_func("/store/feeds/revisions-come-to-an-end", test_revisions_end);
    g_test_add_func("/store/feeds/a-new-feed-floods-nobody", test_first_harvest);
    g_test_add_func("/store/feeds/list", test_list);
    g_test_add_func("/store/feeds/sync-adds-and-retires", test_sync);
    g_test_add_func("/store/feeds/sync-keeps-what-was-learnt", test_sync_keeps);
    g_test_add_func("/store/feeds/add-and-remove", test_add_and_remove);
    g_test_add_func("/store/feeds/failures-count-until-a-success", test_failures);
    return g_test_run();
}
