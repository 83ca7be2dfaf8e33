#include "jobs/compose.h"

#include <string.h>
#include <glib/gstdio.h>

#include "digest/leftover.h"
#include "store/cut.h"
#include "store/feeds.h"
#include "store/issues.h"
#include "store/ledger.h"
#include "store/people.h"

/* Random histories against a model that is too simple to be wrong: people join, leave, come back, go
 * away for a while and change their rhythm and what they like; articles arrive; the clock jumps; runs are
 * missed, and die between composing and sending, and between a mail and its result; servers put mails off,
 * before their text and after it; issues are paused and called off; digests have little room. What they must
 * hold follows from sets that each person carries: what arrived for them and has not been sent, and what was
 * left over. A mail whose text has left is the same when it leaves again. A second feed repeats articles of the
 * first: those need not be sent to whom had them, or has them waiting. GLib prints the seed; "--seed" repeats
 * it. */

#define HISTORIES    42
#define STEPS        25
#define PEOPLE       4
#define ARTICLES_MAX 200
#define DAY          ((int64_t)86400)
#define NOW          (INT64_C(20000) * DAY)
#define WELCOME      2u
#define MAXIMUM      3u
#define OLD_DAYS     4

/* A newsletter. */
typedef struct {
    int max_age_days;
    guint min_articles;
    DeliveryState uncertain; /* what becomes of such a mail: DELIVERY_INTENT: it is sent again */
} Rules;

static const char *const rhythms[] = {
    "each",
    "hourly",
    "daily 06:00 UTC",
    "daily 06:00 Europe/Berlin",
    "weekdays 07:30 UTC",
    "weekly mon 06:00 UTC",
    "monthly 06:00 Australia/Sydney",
};
static const char *const tastes[] = { NULL, "alpha", "beta" };

typedef bool Set[ARTICLES_MAX];

/* What an issue that is not sent yet has for a person, and what they were before it was cut. */
typedef struct {
    int64_t issue;
    int64_t from_seq; /* of it */
    guint cut;        /* History.cuts then */
    Set news;         /* what is young enough */
    Set waiting;
    Set young;
    Set carried; /* must be in the issue, as it was left over */
    bool is_new;
    bool missed;
    bool seen;
    bool put_off;
    bool sent; /* there was something in it */
} Promise;

/* A mail whose text has left, and that may come again. */
typedef struct {
    int64_t issue;
    guint count;
    guint told[MAXIMUM]; /* items, in their order */
    bool is_put_off;     /* or held: it is no intent */
} Unsettled;

typedef enum {
    ABSENT, /* never was there */
    ACTIVE,
    PAUSED,
    LEFT,
    REMOVED,
} Status;

typedef struct {
    Status status;
    guint rhythm;
    guint taste;
    int64_t until; /* of a pause */
    Set waiting;   /* has arrived, is not sent */
    Set had;
    Set left;          /* over, by digests */
    guint left_at;     /* History.cuts when that changed last */
    bool is_new;       /* never had a chance of a digest */
    bool missed;       /* an issue, while away */
    GArray *promises;  /* of Promise */
    GArray *unsettled; /* of Unsettled */
} Person;

typedef struct {
    int64_t published;
    bool alpha;
    guint first; /* its own number, or that of the article that it repeats */
} Item;

typedef struct {
    Instance instance;
    int64_t now;
    Rules rules;
    int64_t feed;
    int64_t second; /* feed */
    Item items[ARTICLES_MAX];
    Set is_repeated;
    guint count;
    guint cuts;    /* so often issues were cut */
    guint repeats; /* that were not sent */
    Set repeated;  /* of them, for the person at hand */
    bool is_dead;  /* the run */
    Person people[PEOPLE];
} History;

/* Every issue freezes all templates. No mail is rendered here, so there are next to none. */
static Config *
config_new(const Rules *rules)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = g_dir_make_tmp("depesche-compose-XXXXXX", &error);
    g_assert_no_error(error);
    g_autofree char *path = g_build_filename(folder, "depesche.conf", NULL);
    g_autofree char *strings = g_build_filename(folder, "templates", "strings", NULL);
    g_autofree char *english = g_build_filename(strings, "en.json", NULL);
    g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *text = g_strdup_printf(
        "inbound = { unsubscribe = \"u@example.org\"; };"
        "relays = ( { url = \"null:\"; } ); newsletters = ( { name = \"morgen\"; title = \"M\";"
        "from = \"m@example.org\"; max_articles = %u; welcome_articles = %u;"
        "not_after_hours = 0; max_age_days = %d; min_articles = %u; stories = false; } );",
        MAXIMUM, WELCOME, rules->max_age_days, rules->min_articles);
    g_assert_cmpint(g_mkdir_with_parents(strings, 0700), ==, 0);
    g_assert_true(g_file_set_contents(english, "{}", -1, NULL));
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    Config *config = config_load(path, problems, &error);
    g_assert_no_error(error);
    /* The empty database that each history begins with a copy of: it is made but once. */
    store_close(store_open(config->database, STORE_READ_WRITE, &error));
    g_assert_no_error(error);
    return config;
}

static void
config_end(Config *config)
{
    g_autofree char *strings = g_build_filename(config->templates, "strings", NULL);
    g_autofree char *english = g_build_filename(strings, "en.json", NULL);
    g_unlink(english);
    g_unlink(strchr(config->database, ':') + 1);
    g_unlink(config->path);
    g_rmdir(strings);
    g_rmdir(config->templates);
    g_rmdir(config->directory);
    config_free(config);
}

static void
history_open(History *history, const Config *config, const Rules *rules)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(FeedRecord) found = NULL;
    g_autoptr(FeedRecord) second = NULL;
    FeedRecord feed = { .name = (char *)"hafen", .url = (char *)"https://example.org/feed" };
    FeedRecord other = { .name = (char *)"kai", .url = (char *)"https://example.org/other" };
    *history = (History){ .now = NOW };
    history->instance.config = config;
    history->instance.log = log_new(LOG_ERRORS);
    history->instance.clock = clock_new_fixed(NOW);
    history->rules = *rules;
    /* A private copy in memory: the disk is not what is tried here. */
    history->instance.store = store_open(config->database, STORE_DRY_RUN, &error);
    g_assert_no_error(error);
    g_assert_true(store_feed_add(history->instance.store, &feed, NULL));
    g_assert_true(store_feed_find(history->instance.store, "hafen", &found, NULL));
    history->feed = found->id;
    g_assert_true(store_feed_add(history->instance.store, &other, NULL));
    g_assert_true(store_feed_find(history->instance.store, "kai", &second, NULL));
    history->second = second->id;
    for (guint i = 0; i < PEOPLE; i++) {
        history->people[i].promises = g_array_new(FALSE, TRUE, sizeof(Promise));
        history->people[i].unsettled = g_array_new(FALSE, TRUE, sizeof(Unsettled));
    }
}

static void
history_clear(History *history)
{
    for (guint i = 0; i < PEOPLE; i++) {
        g_array_unref(history->people[i].promises);
        g_array_unref(history->people[i].unsettled);
    }
    store_close(history->instance.store);
    clock_free(history->instance.clock);
    log_free(history->instance.log);
}

static void
set_clock(History *history, int64_t now)
{
    history->now = now;
    clock_free(history->instance.clock);
    history->instance.clock = clock_new_fixed(now);
}

/* The model */

static bool
likes(const History *history, const Person *person, guint i)
{
    return person->taste == 0 || history->items[i].alpha == (person->taste == 1);
}

static bool
is_young(const History *history, guint i)
{
    return history->items[i].published >= history->now - history->rules.max_age_days * DAY;
}

/* Moves the newest of SET, at most ROOM, into KEPT: of two that are as new, the later one counts as
 * newer. Says how much room is left. */
static guint
move_newest(const History *history, Set set, Set kept, guint room)
{
    for (; room > 0; room--) {
        guint best = ARTICLES_MAX;
        for (guint i = 0; i < history->count; i++) {
            bool is_newer = best == ARTICLES_MAX ||
                            history->items[i].published >= history->items[best].published;
            if (set[i] && is_newer)
                best = i;
        }
        if (best == ARTICLES_MAX)
            break;
        set[best] = false;
        kept[best] = true;
    }
    return room;
}

/* An issue of the person's slot was cut now. */
static void
promise(const History *history, Person *person, int64_t issue, int64_t from_seq)
{
    Promise made = { .issue = issue,
                     .from_seq = from_seq,
                     .cut = history->cuts,
                     .is_new = person->is_new,
                     .missed = person->missed };
    memcpy(made.waiting, person->waiting, sizeof(Set));
    for (guint i = 0; i < history->count; i++) {
        bool is_young_enough = is_young(history, i);
        made.news[i] = (person->is_new || person->waiting[i]) && is_young_enough;
        made.young[i] = is_young_enough;
        made.carried[i] = person->left[i] && is_young_enough;
    }
    memset(person->waiting, 0, sizeof(Set));
    person->is_new = person->missed = false;
    g_array_append_val(person->promises, made);
}

static guint
item_of(const GPtrArray *articles, guint place)
{
    const Article *article = articles->pdata[place];
    return (guint)g_ascii_strtoull(strchr(article->identities->pdata[0], ':') + 1, NULL, 10);
}

/* A welcome is chosen from more than has arrived for its reader: from all that was new in its slot. */
static void
add_news(const History *history, const Promise *welcome, Set into)
{
    g_autoptr(GPtrArray) articles =
        store_issue_articles(history->instance.store, welcome->issue, NULL);
    for (guint n = 0; n < articles->len; n++) {
        const Article *article = articles->pdata[n];
        guint i = item_of(articles, n);
        into[i] |= article->seq > welcome->from_seq && welcome->young[i];
    }
}

static Promise *
promise_at(const Person *person, guint place)
{
    return &g_array_index(person->promises, Promise, place);
}

/* What was to come before something that was sent is left over. */
static void
leave_overtaken(const History *history, Person *person, const Promise *made)
{
    for (guint i = 0; i < ARTICLES_MAX; i++)
        person->left[i] |= made->waiting[i] && made->young[i];
    if (made->is_new)
        add_news(history, made, person->left);
    person->left_at = history->cuts;
}

/* What was promised and not sent since the last one that was sent waits again. An issue that had nothing for
 * them does not count: what is behind the oldest one that they did not get is all new again. */
static void
take_back(const History *history, Person *person)
{
    guint behind = person->promises->len;
    while (behind > 0 && !promise_at(person, behind - 1)->sent)
        behind--;
    guint oldest = behind;
    while (oldest < person->promises->len && promise_at(person, oldest)->seen)
        oldest++;
    for (guint p = person->promises->len; p > oldest; p--) {
        const Promise *made = promise_at(person, p - 1);
        for (guint i = 0; i < ARTICLES_MAX; i++)
            person->waiting[i] |= made->waiting[i];
        if (!made->seen) {
            person->is_new = made->is_new;
            person->missed = made->missed;
        }
    }
    for (guint p = 0; p < behind; p++)
        if (!promise_at(person, p)->seen)
            leave_overtaken(history, person, promise_at(person, p));
    g_array_set_size(person->promises, 0);
}

/* What was put off before they left is not for them. */
static void
start_anew(Person *person, bool is_new)
{
    for (guint i = person->unsettled->len; i > 0; i--)
        if (g_array_index(person->unsettled, Unsettled, i - 1).is_put_off)
            g_array_remove_index(person->unsettled, i - 1);
    memset(person->waiting, 0, sizeof(Set));
    memset(person->left, 0, sizeof(Set));
    g_array_set_size(person->promises, 0);
    person->is_new = is_new;
    person->missed = false;
    person->status = ACTIVE;
}

/* What happens */

static char *
key_of(guint i)
{
    return g_strdup_printf("p%u@example.org", i);
}

static void
put(History *history, guint i)
{
    const Person *person = &history->people[i];
    g_autoptr(GError) error = NULL;
    g_autofree char *key = key_of(i);
    g_autoptr(Address) address = address_parse(key, NULL);
    g_autoptr(GPtrArray) choices = g_ptr_array_new_with_free_func((GDestroyNotify)choice_free);
    Rhythm rhythm;
    PeopleChange change = { 0 };
    g_assert_true(rhythm_from_text(&rhythm, rhythms[person->rhythm]));
    Choice *choice = choice_new(address, &rhythm);
    choice->filter = g_strdup(tastes[person->taste]);
    g_ptr_array_add(choices, choice);
    store_subscriptions_put(history->instance.store, "morgen", choices, ORIGIN_COMMAND,
                            history->now, &change, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(change.kept_out, ==, 0);
}

static void
apply_event(History *history, guint i, LifecycleEvent event, int64_t until)
{
    g_autoptr(Subscription) subscription = NULL;
    g_autofree char *key = key_of(i);
    Store *store = history->instance.store;
    LifecycleOutcome outcome;
    g_assert_true(store_subscription_find(store, "morgen", key, &subscription, NULL));
    bool fine = event == EVENT_PAUSE
                    ? store_subscription_pause(store, subscription->id, until, WILL_PERSON, "test",
                                               history->now, &outcome, NULL)
                    : store_subscription_event(store, subscription->id, event, WILL_PERSON, "test",
                                               NULL, history->now, &outcome, NULL);
    g_assert_true(fine);
    g_assert_cmpint(outcome, ==, LIFECYCLE_CHANGED);
}

static void
change_active(History *history, guint i)
{
    Person *person = &history->people[i];
    g_autofree char *key = key_of(i);
    bool found;
    switch (g_test_rand_int_range(0, 6)) {
    case 0:
        apply_event(history, i, EVENT_UNSUBSCRIBE, 0);
        person->status = LEFT;
        break;
    case 1:
        g_assert_true(store_subscription_remove(history->instance.store, "morgen", key,
                                                history->now, &found, NULL));
        person->status = REMOVED;
        break;
    case 2:
        take_back(history, person);
        person->until = history->now + g_test_rand_int_range(1, 200) * (DAY / 10);
        apply_event(history, i, EVENT_PAUSE, person->until);
        person->status = PAUSED;
        break;
    default: {
        guint before = person->rhythm;
        person->taste = (guint)g_test_rand_int_range(0, G_N_ELEMENTS(tastes));
        person->rhythm = (guint)g_test_rand_int_range(0, G_N_ELEMENTS(rhythms));
        if (person->rhythm != before)
            take_back(history, person);
        put(history, i);
    }
    }
}

static void
change_somebody(History *history)
{
    guint i = (guint)g_test_rand_int_range(0, PEOPLE);
    Person *person = &history->people[i];
    switch (person->status) {
    case ABSENT:
        person->rhythm = (guint)g_test_rand_int_range(0, G_N_ELEMENTS(rhythms));
        person->taste = (guint)g_test_rand_int_range(0, G_N_ELEMENTS(tastes));
        put(history, i);
        start_anew(person, true);
        break;
    case ACTIVE: change_active(history, i); break;
    case PAUSED:
        if (g_test_rand_bit()) {
            apply_event(history, i, EVENT_RESUME, 0);
            person->status = ACTIVE;
        } else {
            person->rhythm = (guint)g_test_rand_int_range(0, G_N_ELEMENTS(rhythms));
            put(history, i);
        }
        break;
    case LEFT:
        apply_event(history, i, EVENT_SUBSCRIBE, 0);
        start_anew(person, false);
        break;
    case REMOVED:
        put(history, i);
        start_anew(person, false);
        break;
    }
}

/* A new item, which repeats FIRST when that is not its own number. */
static Article *
new_article(History *history, guint i, guint first)
{
    Item *one = &history->items[i];
    bool is_late = g_test_rand_int_range(0, 5) == 0;
    one->first = first;
    one->alpha = first == i ? g_test_rand_bit() : history->items[first].alpha;
    one->published = history->now - (is_late ? g_test_rand_int_range(0, 8) * DAY : 0);
    Article *article = article_new();
    g_ptr_array_add(article->identities, g_strdup_printf("guid:%u", i));
    article->url = g_strdup_printf("https://example.org/%u", first);
    article->title = g_strdup_printf("%s %u", one->alpha ? "alpha" : "beta", first);
    article->excerpt = g_strdup("");
    article->content = g_strdup("");
    article->published = one->published;
    article->taken = history->now;
    for (guint p = 0; p < PEOPLE; p++)
        history->people[p].waiting[i] = true;
    return article;
}

static void
harvest(const History *history, int64_t feed, const GPtrArray *articles)
{
    HarvestReport report;
    const FeedHarvest harvest = { .title = "Hafen", .articles = articles, .keep = 1000 };
    g_assert_true(
        store_feed_harvest(history->instance.store, feed, &harvest, history->now, &report, NULL));
    g_assert_cmpuint(report.held, ==, 0);
    g_assert_cmpuint(report.taken, ==, articles->len);
}

/* One or two articles; some are older than they should be. */
static void
publish(History *history)
{
    g_autoptr(GPtrArray) articles = g_ptr_array_new_with_free_func((GDestroyNotify)article_free);
    int news = g_test_rand_int_range(1, 3);
    for (int n = 0; n < news; n++) {
        guint i = history->count++;
        g_ptr_array_insert(articles, 0, new_article(history, i, i)); /* the newest first */
    }
    harvest(history, history->feed, articles);
}

/* The second feed has what the first one had. */
static void
repeat_something(History *history)
{
    g_autoptr(GPtrArray) articles = g_ptr_array_new_with_free_func((GDestroyNotify)article_free);
    guint first =
        (guint)g_test_rand_int_range(MAX(0, (int)history->count - 6), (int)history->count);
    if (history->items[first].first != first || history->is_repeated[first])
        return;
    history->is_repeated[first] = true;
    g_ptr_array_add(articles, new_article(history, history->count++, first));
    harvest(history, history->second, articles);
}

/* Composing: which slots were cut is seen from outside, what people must get is the model's. */

static const Slot *
find_slot(const GPtrArray *slots, const char *rhythm)
{
    for (guint i = 0; i < slots->len; i++) {
        const Slot *slot = slots->pdata[i];
        g_autofree char *text = rhythm_text(&slot->rhythm);
        if (g_str_equal(text, rhythm))
            return slot;
    }
    return NULL;
}

static int64_t
find_issue(const GPtrArray *issues, const char *rhythm, int64_t from_seq)
{
    for (guint i = 0; i < issues->len; i++) {
        const Issue *issue = issues->pdata[i];
        if (issue->from_seq == from_seq && g_str_equal(issue->rhythm, rhythm))
            return issue->id;
    }
    g_assert_not_reached();
}

static void
compose_due(History *history)
{
    Store *store = history->instance.store;
    g_autoptr(GError) error = NULL;
    ComposeReport report = { 0 };
    g_autoptr(GPtrArray) before = store_slots_list(store, "morgen", NULL);
    history->cuts++;
    compose(&history->instance, &report, &error);
    g_assert_no_error(error);
    g_autoptr(GPtrArray) after = store_slots_list(store, "morgen", NULL);
    g_autoptr(GPtrArray) issues = store_issues_list(store, "morgen", true, NULL);
    for (guint i = 0; i < PEOPLE; i++) {
        Person *person = &history->people[i];
        if (person->status == PAUSED && person->until <= history->now)
            person->status = ACTIVE;
        if (person->status != ACTIVE && person->status != PAUSED)
            continue;
        const char *rhythm = rhythms[person->rhythm];
        const Slot *old = find_slot(before, rhythm);
        if (old->mark == find_slot(after, rhythm)->mark)
            continue;
        if (person->status == PAUSED)
            person->missed = true;
        else
            promise(history, person, find_issue(issues, rhythm, old->mark), old->mark);
    }
}

/* Sending */

static Promise *
find_promise(Person *person, int64_t issue)
{
    for (guint p = 0; p < person->promises->len; p++) {
        Promise *made = &g_array_index(person->promises, Promise, p);
        if (made->issue == issue)
            return made;
    }
    return NULL;
}

/* What PERSON must get of an issue with the items in CONTENT, and what is left over then: what was left
 * over before goes first. */
static void
expect(const History *history, const Person *person, const Promise *made, const Set content,
       Set expected, Set left)
{
    bool is_short = made->is_new || made->missed;
    Set old = { false }, news = { false };
    memset(left, 0, sizeof(Set));
    for (guint i = 0; i < history->count; i++) {
        bool waits = person->left[i];
        g_assert_true(!waits || !made->carried[i] || content[i]);
        old[i] = waits && content[i] && likes(history, person, i);
        news[i] = made->news[i] && likes(history, person, i) && !old[i] && !history->repeated[i];
        left[i] = waits && !content[i] && person->left_at >= made->cut;
    }
    for (guint i = 0; is_short && i < history->count; i++)
        news[i] |= old[i];
    guint room = is_short ? WELCOME : MAXIMUM;
    if (!is_short)
        room = move_newest(history, old, expected, room);
    room = move_newest(history, news, expected, room);
    bool is_enough = is_short || MAXIMUM - room >= history->rules.min_articles;
    for (guint i = 0; !is_enough && i < history->count; i++) {
        left[i] |= expected[i];
        expected[i] = false;
    }
    for (guint i = 0; !is_short && i < history->count; i++)
        left[i] |= old[i] || news[i];
}

/* Whether article I is in a mail to PERSON that was put off: it counts as had (digest/repeat.h). */
static bool
is_put_off(const Person *person, guint i)
{
    for (guint p = 0; p < person->promises->len; p++) {
        const Promise *made = promise_at(person, p);
        if (made->put_off && !made->seen && (made->news[i] || made->carried[i]))
            return true;
    }
    return false;
}

/* What PERSON, who is READER, had already from the first feed, or has waiting, need not be sent: rather twice
 * than not at all, so it may be when their mail is made anew. */
static void
mind_repeats(History *history, const Person *person, Selector *selector, const Subscription *reader,
             const GPtrArray *articles)
{
    memset(history->repeated, 0, sizeof(Set));
    for (guint n = 0; n < articles->len; n++) {
        SelectionRule rule;
        guint i = item_of(articles, n);
        g_assert_true(selector_explain(selector, reader, n, &rule, NULL));
        if (rule != RULE_REPEAT)
            continue;
        guint first = history->items[i].first;
        g_assert_cmpuint(first, !=, i);
        g_assert_true(person->had[first] || person->left[first] || is_put_off(person, first));
        history->repeated[i] = true;
        history->repeats++;
    }
}

/* PERSON gets the first SHOWN of what SELECTION has: exactly what was promised, nothing for the second
 * time. The others are left over. */
static void
receive(const History *history, Person *person, int64_t issue, const Selection *selection,
        guint shown, const GPtrArray *articles)
{
    Promise *made = find_promise(person, issue);
    Set content = { false }, got = { false }, expected = { false }, left;
    g_assert_cmpint(person->status, ==, ACTIVE);
    g_assert_nonnull(made);
    for (guint n = 0; n < articles->len; n++)
        content[item_of(articles, n)] |= !((const Article *)articles->pdata[n])->is_earlier;
    expect(history, person, made, content, expected, left);
    for (guint n = 0; n < selection->count; n++)
        got[item_of(articles, g_array_index(selection->articles, guint, n))] = true;
    for (guint i = 0; i < ARTICLES_MAX; i++) {
        if (got[i] != expected[i])
            g_test_message("article %u: promised %d, sent %d", i, expected[i], got[i]);
        g_assert_true(got[i] == expected[i]);
    }
    for (guint n = 0; n < selection->count; n++) {
        guint i = item_of(articles, g_array_index(selection->articles, guint, n));
        g_assert_false(person->had[i]);
        person->had[i] = n < shown;
        left[i] = n >= shown && selection->keeps;
    }
    bool may_change = selection->count > 0 || selection->waiting > 0;
    if (may_change && memcmp(person->left, left, sizeof(Set)) != 0) {
        memcpy(person->left, left, sizeof(Set));
        person->left_at = history->cuts;
    }
    made->seen = true;
    made->sent = made->put_off || selection->count > 0;
}

static void
exchange(Store *store, LedgerEntry entry, int64_t now)
{
    g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(LedgerEntry));
    g_array_append_val(entries, entry);
    g_assert_true(ledger_exchange(store, entries, now, 900, NULL));
    g_assert_cmpint(g_array_index(entries, LedgerEntry, 0).outcome, ==, LEDGER_OK);
}

/* An envelope that goes to a person, of what was selected for them. */
typedef struct {
    Person *person;
    const Segment *segment;
    Recipient *recipient;
    const Selection *selection;
    const GPtrArray *articles;
} Mailing;

static void
end_mailing(const History *history, const Mailing *mailing, DeliveryState state, const GArray *back)
{
    Delivery *delivery = &mailing->recipient->delivery;
    delivery->state = state;
    delivery->next_at = state == DELIVERY_DEFERRED ? history->now : 0;
    exchange(history->instance.store,
             (LedgerEntry){ .segment = mailing->segment, .result = delivery, .back = back },
             history->now);
}

static Unsettled *
find_unsettled(const Person *person, int64_t issue, guint *place)
{
    for (*place = 0; *place < person->unsettled->len; (*place)++) {
        Unsettled *one = &g_array_index(person->unsettled, Unsettled, *place);
        if (one->issue == issue)
            return one;
    }
    return NULL;
}

static void
settle(const Person *person, int64_t issue)
{
    guint place;
    if (find_unsettled(person, issue, &place) != NULL)
        g_array_remove_index(person->unsettled, place);
}

static Unsettled
told_by(const Mailing *mailing, guint shown)
{
    Unsettled told = { .issue = mailing->segment->issue,
                       .count = MIN(shown, mailing->selection->count) };
    for (guint n = 0; n < told.count; n++)
        told.told[n] =
            item_of(mailing->articles, g_array_index(mailing->selection->articles, guint, n));
    return told;
}

/* The intent, with LEFT, and most times a result. */
static void
send_mail(History *history, const Mailing *mailing, guint shown, const GArray *left)
{
    Recipient *recipient = mailing->recipient;
    guint place;
    delivery_intend(&recipient->delivery, history->now);
    exchange(history->instance.store,
             (LedgerEntry){ .segment = mailing->segment,
                            .intent = &recipient->delivery,
                            .reader = recipient->subscription,
                            .left = left },
             history->now);
    Unsettled *known = find_unsettled(mailing->person, mailing->segment->issue, &place);
    int chance = g_test_rand_int_range(0, 16);
    history->is_dead = chance == 0;
    if (chance > 1) {
        end_mailing(history, mailing, DELIVERY_SENT, NULL);
        settle(mailing->person, mailing->segment->issue);
        return;
    }
    if (chance == 1)
        end_mailing(history, mailing, DELIVERY_DEFERRED, NULL);
    Unsettled told = told_by(mailing, shown);
    told.is_put_off = chance == 1;
    if (known != NULL)
        *known = told;
    else
        g_array_append_val(mailing->person->unsettled, told);
}

/* Not all that is selected always finds room in the mail. */
static void
send_new(History *history, const Mailing *mailing, int64_t to_seq)
{
    const Selection *selection = mailing->selection;
    Store *store = history->instance.store;
    const Subscription *reader = mailing->recipient->subscription;
    int64_t issue = mailing->segment->issue;
    Promise *made = find_promise(mailing->person, issue);
    if (selection->count > 0 && g_test_rand_int_range(0, 10) == 0) {
        delivery_intend(&mailing->recipient->delivery, history->now);
        end_mailing(history, mailing, DELIVERY_DEFERRED, NULL);
        made->put_off = true;
        return;
    }
    bool is_tight = selection->count > 1 && g_test_rand_int_range(0, 4) == 0;
    guint shown = selection->count - is_tight;
    receive(history, mailing->person, issue, selection, shown, mailing->articles);
    g_autoptr(GArray) left =
        leftover_find(selection, mailing->articles, shown, 0, &reader->carry, to_seq);
    if (selection->count > 0) {
        send_mail(history, mailing, shown, left);
        return;
    }
    if (selection->waiting > 0 && left != NULL)
        exchange(store,
                 (LedgerEntry){ .segment = mailing->segment, .reader = reader, .left = left },
                 history->now);
    if (made->put_off)
        end_mailing(history, mailing, DELIVERY_DROPPED, NULL);
}

/* What a mail told comes with a later digest to who is away. */
static void
give_back(const History *history, const Mailing *mailing, const Unsettled *told)
{
    Person *person = mailing->person;
    g_autoptr(GArray) back = g_array_new(FALSE, FALSE, sizeof(int64_t));
    for (guint n = 0; n < told->count; n++) {
        guint i = told->told[n];
        const Article *article =
            mailing->articles->pdata[g_array_index(mailing->selection->articles, guint, n)];
        g_array_append_val(back, article->seq);
        person->had[i] = false;
        person->left[i] = true;
    }
    person->left_at = history->cuts;
    end_mailing(history, mailing, DELIVERY_DROPPED, back);
}

/* As jobs/dispatch does. */
static void
send_again(History *history, const Mailing *mailing, Unsettled *told)
{
    int64_t issue = mailing->segment->issue;
    bool is_uncertain = mailing->recipient->delivery.state == DELIVERY_INTENT;
    if (is_uncertain && history->rules.uncertain != DELIVERY_INTENT) {
        end_mailing(history, mailing, history->rules.uncertain, NULL);
        told->is_put_off = true;
        if (history->rules.uncertain == DELIVERY_DROPPED)
            settle(mailing->person, issue);
        return;
    }
    g_assert_true(mailing->recipient->subscription->carry.settled);
    const Unsettled now = told_by(mailing, told->count);
    g_assert_cmpuint(now.count, ==, told->count);
    g_assert_cmpmem(now.told, sizeof now.told, told->told, sizeof told->told);
    switch (mailing->person->status) {
    case ACTIVE: send_mail(history, mailing, told->count, NULL); return;
    case PAUSED: give_back(history, mailing, told); break;
    case ABSENT:
    case LEFT:
    case REMOVED: end_mailing(history, mailing, DELIVERY_DROPPED, NULL); break;
    }
    settle(mailing->person, issue);
}

static void
send_one(History *history, Mailing *mailing, Selector *selector, int64_t to_seq)
{
    g_autoptr(Selection) selection = selection_new();
    const Subscription *reader = mailing->recipient->subscription;
    const char *local = address_local(reader->choice->address);
    int64_t issue = mailing->segment->issue;
    guint place;
    mailing->person = &history->people[local[1] - '0'];
    mailing->selection = selection;
    Unsettled *told = find_unsettled(mailing->person, issue, &place);
    if (told == NULL && mailing->person->status != ACTIVE) {
        g_assert_cmpint(mailing->recipient->delivery.state, ==, DELIVERY_DEFERRED);
        end_mailing(history, mailing, DELIVERY_DROPPED, NULL);
        return;
    }
    if (told == NULL)
        mind_repeats(history, mailing->person, selector, reader, mailing->articles);
    g_assert_true(selector_select(selector, reader, selection, NULL));
    if (told != NULL)
        send_again(history, mailing, told);
    else
        send_new(history, mailing, to_seq);
}

static void
send_segment(History *history, const Segment *segment, Selector *selector, int64_t to_seq,
             const GPtrArray *articles)
{
    for (RecipientsKind kind = RECIPIENTS_FRESH; kind <= RECIPIENTS_AGAIN; kind++) {
        g_autoptr(GPtrArray) page =
            ledger_recipients(history->instance.store, segment, kind, -1, history->now, 1000, NULL);
        for (guint i = 0; i < page->len && !history->is_dead; i++) {
            Mailing mailing = { .segment = segment,
                                .recipient = page->pdata[i],
                                .articles = articles };
            send_one(history, &mailing, selector, to_seq);
        }
    }
}

static void
send_issue(History *history, const Issue *issue)
{
    Store *store = history->instance.store;
    g_autoptr(GBytes) snapshot = store_snapshot_get(store, issue->settings_hash, NULL);
    g_autoptr(Settings) settings = settings_parse(snapshot, NULL);
    g_autoptr(GPtrArray) articles = store_issue_articles(store, issue->id, NULL);
    g_autoptr(GArray) repeats = store_issue_repeats(store, issue->id, NULL);
    g_ptr_array_extend_and_steal(articles, store_issue_earlier(store, issue->id, NULL));
    articles_rank(articles);
    g_autoptr(Corpus) corpus = corpus_new(articles, settings->language, issue->cut_at);
    g_autoptr(Selector) selector = selector_new(settings, corpus, issue->from_seq);
    settings->story_similarity = 100; /* only now: no stories, but repeats */
    selector_add_repeats(selector, repeats, issue->to_seq);
    Segment segment;
    bool found = true, finished = false;
    while (ledger_claim(store, issue->id, history->now, 900, &segment, &found, NULL) && found) {
        send_segment(history, &segment, selector, issue->to_seq, articles);
        if (history->is_dead)
            return;
        g_assert_true(ledger_finish(store, &segment, false, history->now, NULL));
    }
    g_assert_true(store_issue_settle(store, issue->id, history->now, &finished, NULL));
}

/* Some issues, the newest first; then the run dies. */
static void
send_some(History *history)
{
    g_autoptr(GPtrArray) issues = store_issues_list(history->instance.store, "morgen", true, NULL);
    guint least = (guint)g_test_rand_int_range(0, (int)issues->len + 1);
    g_assert_true(ledger_begin_run(history->instance.store, history->now, NULL));
    history->is_dead = false;
    set_clock(history, history->now + 1);
    for (guint i = issues->len; i > least && !history->is_dead; i--) {
        const Issue *issue = issues->pdata[i - 1];
        if (issue->state == ISSUE_OPEN)
            send_issue(history, issue);
    }
}

/* Operators pause issues, let them go on, and call them off. */
static void
meddle(History *history)
{
    static const IssueState states[] = { ISSUE_PAUSED, ISSUE_OPEN, ISSUE_CANCELLED };
    Store *store = history->instance.store;
    g_autoptr(GPtrArray) issues = store_issues_list(store, "morgen", true, NULL);
    if (issues->len == 0)
        return;
    const Issue *issue = issues->pdata[g_test_rand_int_range(0, (int)issues->len)];
    IssueState state = states[g_test_rand_int_range(0, G_N_ELEMENTS(states))];
    bool changed;
    g_assert_true(store_issue_change(store, issue->id, state, history->now, &changed, NULL));
    for (guint i = 0; i < PEOPLE && changed && state == ISSUE_CANCELLED; i++) {
        Promise *made = find_promise(&history->people[i], issue->id);
        settle(&history->people[i], issue->id);
        if (made != NULL && !made->seen) {
            made->seen = true;
            made->sent = made->put_off;
        }
    }
}

static void
resume_all(const History *history)
{
    Store *store = history->instance.store;
    g_autoptr(GPtrArray) issues = store_issues_list(store, "morgen", true, NULL);
    for (guint i = 0; i < issues->len; i++) {
        const Issue *issue = issues->pdata[i];
        bool changed;
        g_assert_true(
            store_issue_change(store, issue->id, ISSUE_OPEN, history->now, &changed, NULL));
    }
}

/* One run after the other, until nothing waits; what is held is sent after all. */
static void
send_all(History *history)
{
    Store *store = history->instance.store;
    resume_all(history);
    for (guint open = 1, runs = 0; open > 0; runs++) {
        g_autoptr(GPtrArray) issues = store_issues_list(store, "morgen", true, NULL);
        g_assert_cmpuint(runs, <, 100);
        g_assert_true(ledger_retry(store, 0, NULL, history->now, NULL));
        g_assert_true(ledger_begin_run(store, history->now, NULL));
        history->is_dead = false;
        /* It may have been set back, by two days at most. */
        set_clock(history, history->now + (runs < 40 ? 1 : 3600));
        for (guint i = issues->len; i > 0 && !history->is_dead; i--)
            send_issue(history, issues->pdata[i - 1]);
        open = issues->len;
    }
    for (guint i = 0; i < PEOPLE; i++) {
        Person *person = &history->people[i];
        g_assert_cmpuint(person->unsettled->len, ==, 0);
        if (person->status != ACTIVE)
            continue;
        for (guint p = 0; p < person->promises->len; p++)
            g_assert_true(promise_at(person, p)->seen);
        g_array_set_size(person->promises, 0);
    }
}

/* Mostly forward; sometimes a missed week, a clock that is set back, or one that is wrong by a year. */
static void
move_clock(History *history, int64_t *lie)
{
    history->now -= *lie;
    *lie = 0;
    int64_t step = g_test_rand_int_range(0, 36) * (DAY / 24) / 2;
    switch (g_test_rand_int_range(0, 20)) {
    case 0: step = 7 * DAY; break;
    case 1: step = -g_test_rand_int_range(1, 48) * (DAY / 24); break;
    case 2: *lie = 400 * DAY; break;
    }
    set_clock(history, history->now + step + *lie);
}

/* Whether somebody waits for as much as makes a digest. */
static bool
anybody_waits(const History *history)
{
    for (guint i = 0; i < PEOPLE; i++) {
        const Person *person = &history->people[i];
        guint count = 0;
        for (guint n = 0; n < history->count && person->status == ACTIVE; n++)
            count += (person->left[n] || person->waiting[n]) && likes(history, person, n) &&
                     is_young(history, n);
        if (count >= history->rules.min_articles)
            return true;
    }
    return false;
}

/* Nothing arrives any more, and every slot comes round: nobody has anything left to wait for. */
static void
come_to_rest(History *history, int64_t lie)
{
    set_clock(history, history->now - lie);
    for (int month = 0; month < 3; month++) {
        set_clock(history, history->now + 32 * DAY);
        compose_due(history);
    }
    send_all(history);
    for (guint month = 0; month < ARTICLES_MAX / MAXIMUM && anybody_waits(history); month++) {
        set_clock(history, history->now + 32 * DAY);
        compose_due(history);
        send_all(history);
    }
    g_assert_false(anybody_waits(history));
}

static void
test_histories(gconstpointer data)
{
    const Rules *rules = data;
    Config *config = config_new(rules);
    guint repeats = 0;
    for (int n = 0; n < HISTORIES / 3; n++) {
        History history;
        int64_t lie = 0;
        history_open(&history, config, rules);
        for (int step = 0; step < STEPS; step++) {
            move_clock(&history, &lie);
            if (g_test_rand_int_range(0, 2) == 0)
                change_somebody(&history);
            if (g_test_rand_int_range(0, 2) == 0 && history.count + 2 < ARTICLES_MAX)
                publish(&history);
            if (history.count > 0 && history.count < ARTICLES_MAX && g_test_rand_bit())
                repeat_something(&history);
            if (g_test_rand_int_range(0, 4) == 0)
                continue; /* a run that is missed */
            compose_due(&history);
            if (g_test_rand_int_range(0, 8) == 0)
                meddle(&history);
            if (g_test_rand_int_range(0, 3) > 0)
                send_all(&history);
            else
                send_some(&history);
        }
        come_to_rest(&history, lie);
        repeats += history.repeats;
        history_clear(&history);
    }
    g_test_message("%u repeats were not sent", repeats);
    g_assert_cmpuint(repeats, >, 0);
    config_end(config);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    static const Rules all = { 3650, 1, DELIVERY_INTENT }, young = { OLD_DAYS, 1, DELIVERY_HELD },
                       some = { 3650, 2, DELIVERY_DROPPED };
    g_test_add_data_func("/jobs/compose/histories/of-any-age", &all, test_histories);
    g_test_add_data_func("/jobs/compose/histories/of-young-articles", &young, test_histories);
    g_test_add_data_func("/jobs/compose/histories/of-not-too-few", &some, test_histories);
    return g_test_run();
}
