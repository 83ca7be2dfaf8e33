#include "digest/selection.h"

#include "feed/article.h"

#define FROM 100 /* the lower mark in all cases */

/* Titles are one word each; the later in the list, the newer. */
static const struct {
    int64_t seq;
    const char *title;
    bool backlog;
} articles[] = {
    { 50, "altki", false },  { 60, "altsport", false }, { 101, "ki", false },
    { 102, "sport", false }, { 103, "beides", false },  { 104, "backlog", true },
    { 105, "sonst", false }, { 106, "werbung", false },
};

typedef struct {
    GPtrArray *articles;
    Corpus *corpus;
    Settings *settings;
    Selector *selector;
} World;

static void
world_open(World *world)
{
    world->articles = g_ptr_array_new_with_free_func((GDestroyNotify)article_free);
    for (gsize i = 0; i < G_N_ELEMENTS(articles); i++) {
        Article *article = article_new();
        article->seq = article->news_seq = articles[i].seq;
        article->title = g_strdup(articles[i].title);
        article->excerpt = g_strdup("");
        article->content = g_strdup("");
        article->feed = g_strdup("feed");
        article->published = 1000 + (int64_t)i;
        article->backlog = articles[i].backlog;
        g_ptr_array_add(world->articles, article);
    }
    world->corpus = corpus_new(world->articles, NULL, 2000);
    world->settings = settings_new();
    world->settings->max_articles = 30;
    world->settings->welcome_articles = 3;
    g_assert_true(settings_add_topic(world->settings, "ki", "KI", "ki or altki or beides", NULL));
    g_assert_true(
        settings_add_topic(world->settings, "sport", "Sport", "sport or altsport or beides", NULL));
    g_assert_true(settings_set_filter(world->settings, "-werbung", NULL));
    world->selector = selector_new(world->settings, world->corpus, FROM);
}

static void
world_clear(World *world)
{
    selector_free(world->selector);
    settings_free(world->settings);
    corpus_free(world->corpus);
    g_ptr_array_unref(world->articles);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(World, world_clear)

/* "topic: title title; -: title": groups in their order. */
static char *
selection_text(const World *world, const Selection *selection)
{
    GString *text = g_string_new(NULL);
    for (guint g = 0; g < selection->groups->len; g++) {
        const SelectionGroup *group = selection->groups->pdata[g];
        g_string_append_printf(text, "%s%s:", g > 0 ? "; " : "",
                               group->topic != NULL ? group->topic->name : "-");
        for (guint i = 0; i < group->articles->len; i++) {
            guint index = g_array_index(group->articles, guint, i);
            const Article *article = world->articles->pdata[index];
            g_string_append_printf(text, " %s", article->title);
        }
    }
    if (selection->more > 0)
        g_string_append_printf(text, " +%u", selection->more);
    return g_string_free(text, FALSE);
}

static Subscription *
subscriber(const char *topics, const char *filter, int max_articles)
{
    Rhythm rhythm = { RHYTHM_DAILY, 0, 360, "UTC" };
    g_autoptr(Address) address = address_parse("a@example.org", NULL);
    Subscription *subscription = subscription_new();
    subscription->choice = choice_new(address, &rhythm);
    subscription->choice->filter = g_strdup(filter);
    subscription->choice->max_articles = max_articles;
    g_auto(GStrv) words = g_strsplit(topics, " ", -1);
    for (guint i = 0; words[i] != NULL; i++) {
        if (*words[i] != '\0')
            g_ptr_array_add(subscription->choice->topics, g_strdup(words[i]));
    }
    return subscription;
}

static const struct {
    const char *rule;
    const char *topics;
    const char *filter;
    int max_articles;
    int64_t slot_mark;
    int64_t since;
    bool served;
    const char *expect;
} cases[] = {
    { "1, 2: behind the mark, no backlog, the newsletter's filter", "", NULL, 0, 0, 0, true,
      "ki: beides ki; sport: sport; -: sonst" },
    { "1: a welcome has old ones and backlog, the newest few", "", NULL, 0, FROM, 0, false,
      "ki: beides; -: sonst backlog +4" },
    { "1: who moved here goes on where it was", "ki sport", NULL, 0, FROM, 55, true,
      "ki: beides ki; sport: sport altsport" },
    { "1: who moved here and had all of it", "ki sport", NULL, 0, FROM, 102, true, "ki: beides" },
    { "3: one topic", "sport", NULL, 0, 0, 0, true, "sport: beides sport" },
    { "3: two are a union", "ki sport", NULL, 0, 0, 0, true, "ki: beides ki; sport: sport" },
    { "3: a topic that is gone matches nothing", "fort", NULL, 0, 0, 0, true, "" },
    { "4: the own filter narrows", "ki", "not beides", 0, 0, 0, true, "ki: ki" },
    { "4: an own filter without topics", "", "sonst or sport", 0, 0, 0, true,
      "sport: sport; -: sonst" },
    { "6: the own maximum, the newest stay", "ki sport", NULL, 2, 0, 0, true,
      "ki: beides; sport: sport +1" },
    { "6: a welcome is never larger than the own maximum", "", NULL, 1, FROM, 0, false,
      "-: sonst +6" },
};

static void
test_rules(void)
{
    g_auto(World) world;
    world_open(&world);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Subscription) reader =
            subscriber(cases[i].topics, cases[i].filter, cases[i].max_articles);
        reader->slot_mark = cases[i].slot_mark;
        reader->since_seq = cases[i].since;
        reader->served = cases[i].served;
        g_test_message("%s", cases[i].rule);
        g_autoptr(Selection) selection = selector_select(world.selector, reader, &error);
        g_assert_no_error(error);
        g_autofree char *text = selection_text(&world, selection);
        g_assert_cmpstr(text, ==, cases[i].expect);
    }
}

static void
test_keys(void)
{
    g_auto(World) world;
    world_open(&world);
    g_autoptr(Subscription) one = subscriber("ki", NULL, 0);
    g_autoptr(Subscription) same = subscriber("ki", "ki or beides", 0);
    g_autoptr(Subscription) other = subscriber("sport", NULL, 0);
    g_autoptr(Subscription) cut = subscriber("ki", NULL, 1);
    g_autoptr(Selection) first = selector_select(world.selector, one, NULL);
    g_autoptr(Selection) second = selector_select(world.selector, same, NULL);
    g_autoptr(Selection) third = selector_select(world.selector, other, NULL);
    g_autoptr(Selection) fourth = selector_select(world.selector, cut, NULL);
    g_assert_cmpstr(first->key, ==, second->key);
    g_assert_cmpstr(first->key, !=, third->key);
    g_assert_cmpstr(first->key, !=, fourth->key);
    g_assert_cmpuint(first->count, ==, 2);
    g_assert_cmpuint(fourth->count, ==, 1);
    g_assert_cmpuint(fourth->more, ==, 1);
}

static void
test_bad_filter(void)
{
    g_auto(World) world;
    g_autoptr(GError) error = NULL;
    world_open(&world);
    g_autoptr(Subscription) reader = subscriber("", "((", 0);
    g_assert_null(selector_select(world.selector, reader, &error));
    g_assert_nonnull(error);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/digest/selection/rules", test_rules);
    g_test_add_func("/digest/selection/keys", test_keys);
    g_test_add_func("/digest/selection/a-filter-that-cannot-be-read", test_bad_filter);
    return g_test_run();
}
