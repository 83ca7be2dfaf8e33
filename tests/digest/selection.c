#include "digest/selection.h"

#include <string.h>

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
    articles_rank(world->articles);
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
        const SelectionGroup *group = &g_array_index(selection->groups, SelectionGroup, g);
        g_string_append_printf(text, "%s%s:", g > 0 ? "; " : "",
                               group->topic != NULL ? group->topic->name : "-");
        for (guint i = 0; i < group->count; i++) {
            guint index = g_array_index(selection->articles, guint, group->first + i);
            const Article *article = world->articles->pdata[index];
            g_string_append_printf(text, " %s", article->title);
        }
    }
    if (selection->more > 0)
        g_string_append_printf(text, " +%u", selection->more);
    return g_string_free(text, FALSE);
}

static void
add_words(GPtrArray *names, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    for (guint i = 0; words[i] != NULL; i++) {
        if (*words[i] != '\0')
            g_ptr_array_add(names, g_strdup(words[i]));
    }
}

static Subscription *
subscriber(const char *topics, const char *without, const char *filter, int max_articles)
{
    Rhythm rhythm = { RHYTHM_DAILY, 0, 360, "UTC" };
    g_autoptr(Address) address = address_parse("a@example.org", NULL);
    Subscription *subscription = subscription_new();
    subscription->choice = choice_new(address, &rhythm);
    subscription->choice->filter = g_strdup(filter);
    subscription->choice->max_articles = max_articles;
    add_words(subscription->choice->topics, topics);
    add_words(subscription->choice->without, without);
    return subscription;
}

static void
carry(Subscription *subscription, int64_t seq)
{
    if (subscription->carry.articles == NULL)
        subscription->carry.articles = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_array_append_val(subscription->carry.articles, seq);
}

/* A later article that has the URL of 60, which a digest behind mark 55 had, the last one before 70. */
static const struct {
    const char *rule;
    int64_t slot_mark;
    int64_t chosen;
    const char *filter;
    int64_t carried;
    int64_t written; /* when that changed */
    bool stories;
    const char *expect;
} repeat_cases[] = {
    { "offered", 40, 0, NULL, 0, 0, true, "beides ki sonst" },
    { "that digest was the first", 55, 0, NULL, 0, 0, true, "beides ki sonst sport" },
    { "came later", 60, 0, NULL, 0, 0, true, "beides ki sonst sport" },
    { "this one is the first", FROM, 0, NULL, 0, 0, true, "beides ki sonst sport" },
    { "chose the same before", 40, 69, NULL, 0, 0, true, "beides ki sonst" },
    { "chose since", 40, 70, NULL, 0, 0, true, "beides ki sonst sport" },
    { "the earlier one was not for it", 40, 0, "-altsport", 0, 0, true, "beides ki sonst sport" },
    { "the later one is not for it", 40, 0, "-sport", 0, 0, true, "beides ki sonst" },
    { "the earlier one waits", 40, 0, NULL, 60, 0, true, "altsport beides ki sonst" },
    { "what waits has been thought over by a later issue", 40, 0, NULL, 0, 201, true,
      "beides ki sonst sport" },
    { "what waits has been thought over by this one", 40, 0, NULL, 0, 200, true,
      "beides ki sonst" },
    { "each report is wanted", 40, 0, NULL, 0, 0, false, "beides ki sonst sport" },
};

static const Repeat repeat_of_sport = { .seq = 102, .earlier = 60, .from_seq = 55, .to_seq = 70 };

static int
by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* All titles, sorted. */
static char *
titles_of(const World *world, const Selection *selection)
{
    g_autoptr(GPtrArray) titles = g_ptr_array_new();
    for (guint i = 0; i < selection->count; i++) {
        guint index = g_array_index(selection->articles, guint, i);
        g_ptr_array_add(titles, ((Article *)world->articles->pdata[index])->title);
    }
    g_ptr_array_sort(titles, by_name);
    g_ptr_array_add(titles, NULL);
    return g_strjoinv(" ", (char **)titles->pdata);
}

static void
test_repeats(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(repeat_cases); i++) {
        g_auto(World) world;
        g_autoptr(GArray) repeats = g_array_new(FALSE, FALSE, sizeof(Repeat));
        g_autoptr(Subscription) reader = subscriber("", "", repeat_cases[i].filter, 0);
        g_autoptr(Selection) selection = selection_new();
        g_test_message("%s", repeat_cases[i].rule);
        world_open(&world);
        world.settings->story_similarity = repeat_cases[i].stories ? 40 : 0;
        g_array_append_val(repeats, repeat_of_sport);
        selector_add_repeats(world.selector, repeats, 200);
        reader->served = true;
        reader->since_seq = FROM;
        reader->slot_mark = repeat_cases[i].slot_mark;
        reader->chosen_seq = repeat_cases[i].chosen;
        if (repeat_cases[i].carried != 0)
            carry(reader, repeat_cases[i].carried);
        reader->carry.written = repeat_cases[i].written;
        g_assert_true(selector_select(world.selector, reader, selection, NULL));
        g_autofree char *titles = titles_of(&world, selection);
        g_assert_cmpstr(titles, ==, repeat_cases[i].expect);
    }
}

/* A selector that has the article of REPEAT_OF_SPORT only to be compared. */
static Selector *
comparing_selector(World *world)
{
    g_autoptr(GArray) repeats = g_array_new(FALSE, FALSE, sizeof(Repeat));
    for (guint i = 0; i < world->articles->len; i++) {
        Article *article = world->articles->pdata[i];
        article->is_earlier = article->seq == repeat_of_sport.earlier;
    }
    world->settings->story_similarity = 40;
    Selector *selector = selector_new(world->settings, world->corpus, FROM);
    g_array_append_val(repeats, repeat_of_sport);
    selector_add_repeats(selector, repeats, 200);
    return selector;
}

/* An article that is there only to be compared is no welcome. */
static void
test_earlier_is_for_nobody(void)
{
    g_auto(World) world;
    g_autoptr(Subscription) reader = subscriber("", "", "altki or altsport", 0);
    g_autoptr(Selection) selection = selection_new();
    world_open(&world);
    g_autoptr(Selector) selector = comparing_selector(&world);
    reader->slot_mark = FROM;
    g_assert_true(selector_select(selector, reader, selection, NULL));
    g_autofree char *titles = titles_of(&world, selection);
    g_assert_cmpstr(titles, ==, "altki");
}

/* It waits for its reader, but the issue does not have it: then the one that repeats it is news to them. */
static void
test_earlier_is_gone(void)
{
    g_auto(World) world;
    g_autoptr(Subscription) reader = subscriber("", "", NULL, 0);
    g_autoptr(Selection) selection = selection_new();
    world_open(&world);
    g_autoptr(Selector) selector = comparing_selector(&world);
    reader->slot_mark = 40;
    reader->served = true;
    carry(reader, repeat_of_sport.earlier);
    for (int again = 0; again < 2; again++) { /* nothing of one reader is left for the next one */
        g_assert_true(selector_select(selector, reader, selection, NULL));
        g_autofree char *titles = titles_of(&world, selection);
        g_assert_cmpstr(titles, ==, again ? "beides ki sonst" : "beides ki sonst sport");
        carry_clear(&reader->carry);
    }
}

static const struct {
    const char *rule;
    const char *topics;
    const char *without;
    const char *filter;
    int max_articles;
    int64_t slot_mark;
    int64_t since;
    bool served;
    int64_t carried; /* 0: nothing */
    const char *expect;
} cases[] = {
    { "behind the mark, no backlog, the newsletter's filter", "", "", NULL, 0, 0, 0, true, 0,
      "ki: beides ki; sport: sport; -: sonst" },
    { "a welcome has old ones and backlog, the newest few", "", "", NULL, 0, FROM, 0, false, 0,
      "ki: beides; -: sonst backlog +4" },
    { "who moved here goes on where it was", "ki sport", "", NULL, 0, FROM, 55, true, 0,
      "ki: beides ki; sport: sport altsport" },
    { "who moved here and had all of it", "ki sport", "", NULL, 0, FROM, 102, true, 0,
      "ki: beides" },
    { "one topic", "sport", "", NULL, 0, 0, 0, true, 0, "sport: beides sport" },
    { "two are a union", "ki sport", "", NULL, 0, 0, 0, true, 0, "ki: beides ki; sport: sport" },
    { "a topic that is gone matches nothing", "fort", "", NULL, 0, 0, 0, true, 0, "" },
    { "left out of everything", "", "sport", NULL, 0, 0, 0, true, 0, "ki: ki; -: sonst" },
    { "left out of a topic", "ki", "sport fort", NULL, 0, 0, 0, true, 0, "ki: ki" },
    { "the own filter narrows", "ki", "", "not beides", 0, 0, 0, true, 0, "ki: ki" },
    { "an own filter without topics", "", "", "sonst or sport", 0, 0, 0, true, 0,
      "sport: sport; -: sonst" },
    { "an own filter knows the topics", "", "", "topic:ki", 0, 0, 0, true, 0, "ki: beides ki" },
    { "the own maximum, the newest stay", "ki sport", "", NULL, 2, 0, 0, true, 0,
      "ki: beides; sport: sport +1" },
    { "a welcome is never larger than the own maximum", "", "", NULL, 1, FROM, 0, false, 0,
      "-: sonst +6" },
    { "what was carried over comes with what is new", "ki", "", NULL, 0, 0, 0, true, 50,
      "ki: beides ki altki" },
    { "what was carried over stays when others are cut", "ki", "", NULL, 2, 0, 0, true, 50,
      "ki: beides altki +1" },
    { "what was carried over is still to match", "sport", "", NULL, 0, 0, 0, true, 50,
      "sport: beides sport" },
    { "what was carried over and is new is there once", "ki", "", NULL, 0, 0, 0, true, 101,
      "ki: beides ki" },
    { "what was carried over and is not in the issue", "ki", "", NULL, 0, 0, 0, true, 7,
      "ki: beides ki" },
};

static void
test_rules(void)
{
    g_auto(World) world;
    world_open(&world);
    g_autoptr(Selection) selection = selection_new();
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Subscription) reader =
            subscriber(cases[i].topics, cases[i].without, cases[i].filter, cases[i].max_articles);
        reader->slot_mark = cases[i].slot_mark;
        reader->since_seq = cases[i].since;
        reader->served = cases[i].served;
        if (cases[i].carried > 0)
            carry(reader, cases[i].carried);
        g_test_message("%s", cases[i].rule);
        selector_select(world.selector, reader, selection, &error);
        g_assert_no_error(error);
        g_autofree char *text = selection_text(&world, selection);
        g_assert_cmpstr(text, ==, cases[i].expect);
    }
}

static char *
key_of(const World *world, const Subscription *reader)
{
    g_autoptr(Selection) selection = selection_new();
    GString *key = g_string_new(NULL);
    g_assert_true(selector_select(world->selector, reader, selection, NULL));
    selection_write_key(key, selection);
    return g_string_free(key, FALSE);
}

static void
test_keys(void)
{
    g_auto(World) world;
    world_open(&world);
    g_autoptr(Subscription) one = subscriber("ki", "", NULL, 0);
    g_autoptr(Subscription) same = subscriber("ki", "", "ki or beides", 0);
    g_autoptr(Subscription) other = subscriber("sport", "", NULL, 0);
    g_autoptr(Subscription) cut = subscriber("ki", "", NULL, 1);
    g_autoptr(Subscription) alone = subscriber("ki", "", "beides", 1);
    g_autofree char *first = key_of(&world, one);
    g_autofree char *second = key_of(&world, same);
    g_autofree char *third = key_of(&world, other);
    g_autofree char *fourth = key_of(&world, cut);
    g_autofree char *fifth = key_of(&world, alone);
    g_assert_cmpstr(first, ==, second);
    g_assert_cmpstr(first, !=, third);
    g_assert_cmpstr(first, !=, fourth);
    g_assert_cmpstr(fourth, !=, fifth); /* the same article, but one says that there is more */
}

/* Who reports what, each an hour after the one before; a story is one word three times. */
static const struct {
    const char *feed;
    const char *title;
} reports[] = {
    { "bote", "Kran Kran Kran" },   { "post", "Kran Kran Kran" },   { "kurier", "Fest Fest Fest" },
    { "kurier", "Kran Kran Kran" }, { "kurier", "Fest Fest Fest" }, { "post", "Kran Kran Kran" },
};

static const struct {
    const char *rule;
    const char *sources; /* or NULL: stories are not looked for */
    const char *filter;
    int max_articles;
    const char *expect;
} story_cases[] = {
    { "off: everything, newest first", NULL, NULL, 0, "5 4 3 2 1 0" },
    { "the earliest tells it; what one feed reports twice stays", "", NULL, 0, "4 2 0(1,3)" },
    { "the best source tells it", "kurier post", NULL, 0, "4 3(1,0) 2" },
    { "a source that is not named comes behind", "post", NULL, 0, "5 4 2 1(0,3)" },
    { "a source that is not there changes nothing", "fort", NULL, 0, "4 2 0(1,3)" },
    { "only of what matches", "kurier", "not feed:kurier", 0, "0(1)" },
    { "alone it is told as it is", "kurier", "feed:post", 0, "5 1" },
    { "then the maximum", "", NULL, 2, "4 2+1" },
};

static GPtrArray *
report_articles(void)
{
    GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify)article_free);
    for (gsize i = 0; i < G_N_ELEMENTS(reports); i++) {
        Article *article = article_new();
        article->seq = article->news_seq = FROM + 1 + (int64_t)i;
        article->title = g_strdup(reports[i].title);
        article->excerpt = g_strdup("");
        article->content = g_strdup("");
        article->feed = g_strdup(reports[i].feed);
        article->published = (int64_t)i * 3600;
        g_ptr_array_add(list, article);
    }
    articles_rank(list);
    return list;
}

/* The place of an article in the table above. */
static guint
report_at(const GPtrArray *list, guint article)
{
    return (guint)(((const Article *)list->pdata[article])->seq - FROM - 1);
}

/* "4 3(1,0)+2": reports, who else has them, and what was cut. */
static char *
stories_text(const GPtrArray *list, const Selection *selection)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < selection->articles->len; i++) {
        guint article = g_array_index(selection->articles, guint, i);
        g_autoptr(GString) others = g_string_new(NULL);
        for (guint n = 0; n < selection->also->len; n++) {
            const Retelling *retelling = &g_array_index(selection->also, Retelling, n);
            if (retelling->teller == article)
                g_string_append_printf(others, "%s%u", others->len > 0 ? "," : "",
                                       report_at(list, retelling->other));
        }
        g_string_append_printf(text, "%s%u", i > 0 ? " " : "", report_at(list, article));
        if (others->len > 0)
            g_string_append_printf(text, "(%s)", others->str);
    }
    if (selection->more > 0)
        g_string_append_printf(text, "+%u", selection->more);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static void
test_stories(void)
{
    g_autoptr(GPtrArray) list = report_articles();
    g_autoptr(Selection) selection = selection_new();
    for (gsize i = 0; i < G_N_ELEMENTS(story_cases); i++) {
        g_autoptr(Corpus) corpus = corpus_new(list, "de", 0);
        g_autoptr(Settings) settings = settings_new();
        settings->max_articles = 30;
        settings->story_similarity = story_cases[i].sources != NULL ? 40 : 0;
        if (story_cases[i].sources != NULL)
            add_words(settings->sources, story_cases[i].sources);
        g_autoptr(Selector) selector = selector_new(settings, corpus, FROM);
        g_autoptr(Subscription) reader =
            subscriber("", "", story_cases[i].filter, story_cases[i].max_articles);
        reader->served = true;
        g_test_message("%s", story_cases[i].rule);
        g_assert_true(selector_select(selector, reader, selection, NULL));
        g_autofree char *text = stories_text(list, selection);
        g_assert_cmpstr(text, ==, story_cases[i].expect);
    }
}

/* Two selections that differ only in who is named with an article are not the same mail. */
static void
test_story_keys(void)
{
    g_autoptr(GPtrArray) list = report_articles();
    g_autoptr(Settings) settings = settings_new();
    settings->max_articles = 30;
    settings->story_similarity = 40;
    add_words(settings->sources, "post");
    g_autoptr(Corpus) corpus = corpus_new(list, "de", 0);
    g_autoptr(Selector) selector = selector_new(settings, corpus, FROM);
    World world = { .selector = selector };
    g_autoptr(Subscription) all = subscriber("", "", "kran", 0);
    g_autoptr(Subscription) some = subscriber("", "", "kran -feed:bote", 0);
    g_autofree char *first = key_of(&world, all);
    g_autofree char *second = key_of(&world, some);
    g_assert_cmpstr(first, !=, second);
}

static guint
find_article(const World *world, const char *title)
{
    for (guint i = 0; i < world->articles->len; i++)
        if (strcmp(((const Article *)world->articles->pdata[i])->title, title) == 0)
            return i;
    g_assert_not_reached();
}

/* What somebody follows passes their topics and their filter, not the newsletter's; it says why it is
 * there, and who follows something else shares no mail with them. */
static void
test_follows(void)
{
    g_auto(World) world;
    world_open(&world);
    g_autoptr(Selection) selection = selection_new();
    g_autoptr(Subscription) reader = subscriber("ki", "sport", "-sport", 0);
    g_autoptr(Subscription) other = subscriber("ki", "sport", "-sport", 0);
    reader->served = other->served = true;
    reader->follows = follows_parse("wide sport\nwide werbung");
    g_assert_true(selector_select(world.selector, reader, selection, NULL));
    g_autofree char *text = selection_text(&world, selection);
    g_assert_cmpstr(text, ==, "ki: ki; -: sport");
    g_assert_cmpuint(selection->reasons->len, ==, 1);
    const SelectionReason *reason = &g_array_index(selection->reasons, SelectionReason, 0);
    g_assert_cmpuint(reason->article, ==, find_article(&world, "sport"));
    g_assert_cmpstr(reason->words, ==, "sport");
    g_autofree char *first = key_of(&world, reader);
    g_autofree char *second = key_of(&world, other);
    g_assert_cmpstr(first, !=, second);
    g_assert_true(selector_select(world.selector, other, selection, NULL));
    g_assert_cmpuint(selection->reasons->len, ==, 0);
}

static void
test_bad_filter(void)
{
    g_auto(World) world;
    g_autoptr(GError) error = NULL;
    world_open(&world);
    g_autoptr(Selection) selection = selection_new();
    g_autoptr(Subscription) reader = subscriber("", "", "((", 0);
    g_assert_false(selector_select(world.selector, reader, selection, &error));
    g_assert_nonnull(error);
}

static void
test_explain(void)
{
    static const struct {
        const char *title, *topics, *without, *filter;
        SelectionRule rule;
    } questions[] = {
        { "altki", "ki", "", NULL, RULE_NEWS },          { "backlog", "", "", NULL, RULE_NEWS },
        { "werbung", "ki", "", NULL, RULE_NEWSLETTER },  { "sonst", "ki", "", NULL, RULE_TOPICS },
        { "beides", "ki", "sport", NULL, RULE_WITHOUT }, { "ki", "ki", "", "-ki", RULE_FILTER },
        { "ki", "ki", "", NULL, RULE_MAXIMUM },          { "beides", "ki", "", NULL, RULE_COUNT },
    };
    g_auto(World) world;
    world_open(&world);
    for (gsize i = 0; i < G_N_ELEMENTS(questions); i++) {
        g_autoptr(Subscription) reader =
            subscriber(questions[i].topics, questions[i].without, questions[i].filter, 1);
        guint article = find_article(&world, questions[i].title);
        SelectionRule rule;
        g_test_message("%s", questions[i].title);
        g_assert_true(selector_explain(world.selector, reader, article, &rule, NULL));
        g_assert_cmpint(rule, ==, questions[i].rule);
    }
}

/* Random choices over random articles, against somebody who goes through the articles one by one. */

#define RANDOM_ARTICLES 150 /* more than two words of bits */
#define RANDOM_TOPICS   5

typedef struct {
    bool has[RANDOM_TOPICS]; /* the word of that topic is in the title */
    int64_t seq;
    int64_t published;
    bool backlog;
    bool pinned;
} Fact;

static void
random_world_open(World *world, GRand *random, Fact *facts)
{
    world->articles = g_ptr_array_new_with_free_func((GDestroyNotify)article_free);
    world->settings = settings_new();
    world->settings->max_articles = 20;
    world->settings->welcome_articles = 5;
    for (int t = 0; t < RANDOM_TOPICS; t++) {
        g_autofree char *name = g_strdup_printf("t%d", t);
        g_assert_true(settings_add_topic(world->settings, name, name, name, NULL));
    }
    g_assert_true(settings_set_filter(world->settings, "-t4 or t0", NULL));
    for (int i = 0; i < RANDOM_ARTICLES; i++) {
        Fact *fact = &facts[i];
        Article *article = article_new();
        g_autoptr(GString) title = g_string_new("x");
        for (int t = 0; t < RANDOM_TOPICS; t++) {
            fact->has[t] = g_rand_int_range(random, 0, 3) == 0;
            if (fact->has[t])
                g_string_append_printf(title, " t%d", t);
        }
        fact->seq = article->seq = article->news_seq = FROM - 40 + i;
        fact->published = article->published = g_rand_int_range(random, 0, 50);
        fact->backlog = article->backlog = g_rand_int_range(random, 0, 8) == 0;
        fact->pinned = article->pinned = g_rand_int_range(random, 0, 20) == 0;
        article->title = g_strdup(title->str);
        article->excerpt = g_strdup("");
        article->content = g_strdup("");
        article->feed = g_strdup("feed");
        g_ptr_array_add(world->articles, article);
    }
    articles_rank(world->articles);
    world->corpus = corpus_new(world->articles, NULL, 2000);
    world->selector = selector_new(world->settings, world->corpus, FROM);
}

static Subscription *
random_reader(GRand *random)
{
    static const char *const filters[] = { NULL, "t1 or -t2", "topic:t3", "-(t0 t1)" };
    static const char *const topics[] = { "", "t1", "t0 t2", "t2 t3 t4", "fort" };
    static const char *const without[] = { "", "", "t0", "t1 t4" };
    Subscription *reader = subscriber(topics[g_rand_int_range(random, 0, G_N_ELEMENTS(topics))],
                                      without[g_rand_int_range(random, 0, G_N_ELEMENTS(without))],
                                      filters[g_rand_int_range(random, 0, G_N_ELEMENTS(filters))],
                                      g_rand_int_range(random, 0, 25));
    reader->served = g_rand_boolean(random);
    reader->slot_mark = g_rand_boolean(random) ? FROM : 0;
    reader->since_seq = FROM - g_rand_int_range(random, 0, 40);
    for (int n = g_rand_int_range(random, 0, 6); n > 0; n--)
        carry(reader, FROM - g_rand_int_range(random, 0, 60));
    return reader;
}

static bool
chose(const GPtrArray *names, int topic)
{
    g_autofree char *name = g_strdup_printf("t%d", topic);
    return g_ptr_array_find_with_equal_func((GPtrArray *)names, name, g_str_equal, NULL);
}

static bool
was_carried(const Subscription *reader, const Fact *fact)
{
    for (guint i = 0; reader->carry.articles != NULL && i < reader->carry.articles->len; i++)
        if (g_array_index(reader->carry.articles, int64_t, i) == fact->seq)
            return true;
    return false;
}

static bool
is_news(const Subscription *reader, const Fact *fact)
{
    if (was_carried(reader, fact))
        return true;
    if (reader->slot_mark == FROM && !reader->served)
        return true;
    return !fact->backlog && fact->seq > (reader->slot_mark == FROM ? reader->since_seq : FROM);
}

static bool
passes(const Subscription *reader, const Fact *fact)
{
    const Choice *choice = reader->choice;
    bool any = choice->topics->len == 0;
    for (int t = 0; t < RANDOM_TOPICS; t++) {
        if (fact->has[t] && chose(choice->without, t))
            return false;
        any = any || (fact->has[t] && chose(choice->topics, t));
    }
    if (!any || (fact->has[4] && !fact->has[0]) || !is_news(reader, fact))
        return false;
    if (g_strcmp0(choice->filter, "t1 or -t2") == 0)
        return fact->has[1] || !fact->has[2];
    if (g_strcmp0(choice->filter, "topic:t3") == 0)
        return fact->has[3];
    return choice->filter == NULL || !(fact->has[0] && fact->has[1]);
}

static bool
goes_before(const Fact *a, const Fact *b)
{
    if (a->pinned != b->pinned)
        return a->pinned;
    return a->published > b->published || (a->published == b->published && a->seq > b->seq);
}

static bool
is_welcomed(const Subscription *reader)
{
    return reader->slot_mark == FROM && !reader->served;
}

/* Whether FACT goes before what is new. */
static bool
waits(const Subscription *reader, const Fact *fact)
{
    return (was_carried(reader, fact) || fact->pinned) && !is_welcomed(reader);
}

/* How many go before FACT when READER's articles are cut. */
static int
count_before(const Subscription *reader, const Fact *facts, const Fact *fact)
{
    int count = 0;
    for (int i = 0; i < RANDOM_ARTICLES; i++) {
        bool old = waits(reader, &facts[i]), own_old = waits(reader, fact);
        if (passes(reader, &facts[i]) && (old == own_old ? goes_before(&facts[i], fact) : old))
            count++;
    }
    return count;
}

static bool
is_expected(const Subscription *reader, const Fact *facts, const Fact *fact)
{
    int most = reader->choice->max_articles > 0 ? reader->choice->max_articles : 20;
    if (is_welcomed(reader))
        most = MIN(most, 5);
    return passes(reader, fact) && count_before(reader, facts, fact) < most;
}

static const Topic *
expected_heading(const World *world, const Subscription *reader, const Fact *fact)
{
    for (int t = 0; t < RANDOM_TOPICS; t++)
        if (fact->has[t] && (reader->choice->topics->len == 0 || chose(reader->choice->topics, t)))
            return world->settings->topics->pdata[t];
    return NULL;
}

static const Fact *
fact_of(const World *world, const Fact *facts, guint article)
{
    return &facts[((const Article *)world->articles->pdata[article])->seq - (FROM - 40)];
}

static void
check_selection(const World *world, const Fact *facts, const Subscription *reader,
                const Selection *selection)
{
    g_autoptr(Bitset) cut =
        selection->more > 0 ? bitset_copy(selection->cut) : bitset_new(RANDOM_ARTICLES);
    g_assert_cmpuint(bitset_count(cut), ==, selection->more);
    guint matched = 0;
    g_autoptr(Bitset) selected = bitset_new(RANDOM_ARTICLES);
    for (guint g = 0; g < selection->groups->len; g++) {
        const SelectionGroup *group = &g_array_index(selection->groups, SelectionGroup, g);
        const Fact *before = NULL;
        for (guint i = group->first; i < group->first + group->count; i++) {
            guint article = g_array_index(selection->articles, guint, i);
            const Fact *fact = fact_of(world, facts, article);
            g_assert_false(bitset_has(selected, article));
            g_assert_true(group->topic == expected_heading(world, reader, fact));
            g_assert_true(before == NULL || goes_before(before, fact));
            bitset_add(selected, article);
            before = fact;
        }
    }
    for (guint i = 0; i < RANDOM_ARTICLES; i++) {
        const Fact *fact = fact_of(world, facts, i);
        SelectionRule rule;
        g_assert_true(bitset_has(selected, i) == is_expected(reader, facts, fact));
        g_assert_true(selector_explain(world->selector, reader, i, &rule, NULL));
        g_assert_true((rule == RULE_COUNT) == bitset_has(selected, i));
        g_assert_true((rule == RULE_MAXIMUM) == bitset_has(cut, i));
        matched += passes(reader, fact);
    }
    g_assert_cmpuint(selection->count, ==, bitset_count(selected));
    g_assert_cmpuint(selection->more, ==, matched - selection->count);
}

static void
test_random(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(20261125);
    Fact facts[RANDOM_ARTICLES];
    g_auto(World) world;
    random_world_open(&world, random, facts);
    g_autoptr(Selection) selection = selection_new();
    for (int round = 0; round < 120; round++) {
        g_autoptr(Subscription) reader = random_reader(random);
        g_assert_true(selector_select(world.selector, reader, selection, NULL));
        check_selection(&world, facts, reader, selection);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/digest/selection/rules", test_rules);
    g_test_add_func("/digest/selection/keys", test_keys);
    g_test_add_func("/digest/selection/stories", test_stories);
    g_test_add_func("/digest/selection/keys-of-stories", test_story_keys);
    g_test_add_func("/digest/selection/follows", test_follows);
    g_test_add_func("/digest/selection/explain", test_explain);
    g_test_add_func("/digest/selection/random", test_random);
    g_test_add_func("/digest/selection/a-filter-that-cannot-be-read", test_bad_filter);
    g_test_add_func("/selection/repeats", test_repeats);
    g_test_add_func("/selection/earlier-is-for-nobody", test_earlier_is_for_nobody);
    g_test_add_func("/selection/earlier-is-gone", test_earlier_is_gone);
    return g_test_run();
}
