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
 * away for a while and change their rhythm; articles arrive; the clock jumps; runs are missed, and die
 * between composing and sending; digests have little room. What they must hold follows from sets that
 * each person carries: what arrived for them and has not been sent, and what was left over. A second feed
 * repeats articles of the first: those need not be sent to whom had them, or has them waiting. GLib prints
 * the seed; "--seed" repeats it. */

#define HISTORIES    120
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
    Set news;         /* what they like and is young enough */
    Set waiting;
    Set young;
    Set carried; /* must be in the issue, as it was left over */
    bool is_new;
    bool missed;
    bool seen;
    bool sent; /* there was something in it */
} Promise;

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
    Set left;      /* over, by digests */
    guint left_at; /* History.cuts when that changed last */
    bool is_new;   /* never had a chance of a digest */
    bool missed;   /* an issue, while away */
    GArray *promises;
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
    for (guint i = 0; i < PEOPLE; i++)
        history->people[i].promises = g_array_new(FALSE, TRUE, sizeof(Promise));
}

static void
history_clear(History *history)
{
    for (guint i = 0; i < PEOPLE; i++)
        g_array_unref(history->people[i].promises);
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
        made.news[i] =
            (person->is_new || person->waiting[i]) && likes(history, person, i) && is_young_enough;
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

/* What was promised and not sent waits again; what was to come before something that was sent is left
 * over. An issue that had nothing for them does not count: what is behind the oldest one that they did not
 * get is all new again. */
static void
take_back(const History *history, Person *person)
{
    guint oldest = 0;
    bool is_overtaken = false;
    while (oldest < person->promises->len && g_array_index(person->promises, Promise, oldest).seen)
        oldest++;
    for (guint p = person->promises->len; p > oldest; p--) {
        const Promise *made = &g_array_index(person->promises, Promise, p - 1);
        is_overtaken |= made->sent;
        if (made->seen && is_overtaken)
            continue;
        bool *into = is_overtaken ? person->left : person->waiting;
        for (guint i = 0; i < ARTICLES_MAX; i++)
            into[i] |= made->waiting[i] && (!is_overtaken || made->young[i]);
        if (made->seen)
            continue;
        if (is_overtaken) {
            if (made->is_new)
                add_news(history, made, into);
            person->left_at = history->cuts;
            continue;
        }
        person->is_new = made->is_new;
        person->missed = made->missed;
    }
    g_array_set_size(person->promises, 0);
}

static void
start_anew(Person *person, bool is_new)
{
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
        if (person->promises->len == 0)
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
        news[i] = made->news[i] && !old[i];
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

/* What PERSON, who is READER, had already from the first feed, or has waiting, is not promised any more. */
static void
mind_repeats(History *history, Person *person, int64_t issue, Selector *selector,
             const Subscription *reader, const GPtrArray *articles)
{
    Promise *made = find_promise(person, issue);
    for (guint n = 0; n < articles->len; n++) {
        SelectionRule rule;
        guint i = item_of(articles, n);
        g_assert_true(selector_explain(selector, reader, n, &rule, NULL));
        if (rule != RULE_REPEAT)
            continue;
        guint first = history->items[i].first;
        g_assert_cmpuint(first, !=, i);
        g_assert_true(person->had[first] || person->left[first]);
        made->news[i] = false;
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
    made->sent = selection->count > 0;
}

static void
exchange(Store *store, LedgerEntry entry, int64_t now)
{
    g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(LedgerEntry));
    g_array_append_val(entries, entry);
    g_assert_true(ledger_exchange(store, entries, now, 900, NULL));
    g_assert_cmpint(g_array_index(entries, LedgerEntry, 0).outcome, ==, LEDGER_OK);
}

/* An intent with what its digest leaves over, and the result. */
static void
record(Store *store, const Segment *segment, Recipient *recipient, const GArray *left, int64_t now)
{
    delivery_intend(&recipient->delivery, now);
    exchange(store,
             (LedgerEntry){ .segment = segment,
                            .intent = &recipient->delivery,
                            .reader = recipient->subscription,
                            .left = left },
             now);
    recipient->delivery.state = DELIVERY_SENT;
    exchange(store, (LedgerEntry){ .segment = segment, .result = &recipient->delivery }, now);
}

/* Not all that is selected always finds room in the mail. */
static void
send_segment(History *history, const Segment *segment, Selector *selector, int64_t to_seq,
             const GPtrArray *articles)
{
    Store *store = history->instance.store;
    g_autoptr(Selection) selection = selection_new();
    g_autoptr(GPtrArray) page =
        ledger_recipients(store, segment, RECIPIENTS_FRESH, -1, history->now, 1000, NULL);
    for (guint i = 0; i < page->len; i++) {
        Recipient *recipient = page->pdata[i];
        const Subscription *reader = recipient->subscription;
        const char *local = address_local(reader->choice->address);
        Person *person = &history->people[local[1] - '0'];
        mind_repeats(history, person, segment->issue, selector, reader, articles);
        g_assert_true(selector_select(selector, reader, selection, NULL));
        bool is_tight = selection->count > 1 && g_test_rand_int_range(0, 4) == 0;
        guint shown = selection->count - is_tight;
        receive(history, person, segment->issue, selection, shown, articles);
        g_autoptr(GArray) left =
            leftover_find(selection, articles, shown, 0, &reader->carry, to_seq);
        if (selection->count > 0)
            record(store, segment, recipient, left, history->now);
        else if (selection->waiting > 0 && left != NULL)
            exchange(store, (LedgerEntry){ .segment = segment, .reader = reader, .left = left },
                     history->now);
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
        g_assert_true(ledger_finish(store, &segment, false, history->now, NULL));
    }
    g_assert_true(store_issue_settle(store, issue->id, history->now, &finished, NULL));
    g_assert_true(finished);
}

/* Some issues, the newest first; then the run dies. */
static void
send_some(History *history)
{
    g_autoptr(GPtrArray) issues = store_issues_list(history->instance.store, "morgen", true, NULL);
    guint least = (guint)g_test_rand_int_range(0, (int)issues->len + 1);
    g_assert_true(ledger_begin_run(history->instance.store, history->now, NULL));
    for (guint i = issues->len; i > least; i--)
        send_issue(history, issues->pdata[i - 1]);
}

static void
send_all(History *history)
{
    g_autoptr(GPtrArray) issues = store_issues_list(history->instance.store, "morgen", true, NULL);
    g_assert_true(ledger_begin_run(history->instance.store, history->now, NULL));
    for (guint i = issues->len; i > 0; i--)
        send_issue(history, issues->pdata[i - 1]);
    for (guint i = 0; i < PEOPLE; i++) {
        Person *person = &history->people[i];
        if (person->status != ACTIVE)
            continue;
        for (guint p = 0; p < person->promises->len; p++)
            g_assert_true(g_array_index(person->promises, Promise, p).seen);
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
    static const Rules all = { 3650, 1 }, young = { OLD_DAYS, 1 }, some = { 3650, 2 };
    g_test_add_data_func("/jobs/compose/histories/of-any-age", &all, test_histories);
    g_test_add_data_func("/jobs/compose/histories/of-young-articles", &young, test_histories);
    g_test_add_data_func("/jobs/compose/histories/of-not-too-few", &some, test_histories);
    return g_test_run();
}
