/* world.h - a store in a folder of its own, with one feed, and the verbs that its tests speak. */
#pragma once

#include <string.h>
#include <glib/gstdio.h>
#include "base/error.h"
#include "store/cut.h"
#include "store/driver-internal.h"
#include "store/feeds.h"
#include "store/issues.h"
#include "store/ledger.h"
#include "store/people.h"

#define NOW 1800000000
#define DAY 86400

typedef struct {
    char *folder;
    char *path;
    char *url;
    Store *store;
    int64_t feed;
    bool updates; /* the newsletter wants them */
    int min_articles;
} World;

static inline void
world_reopen(World *world)
{
    g_autoptr(GError) error = NULL;
    store_close(world->store);
    world->store = store_open(world->url, STORE_READ_WRITE, &error);
    g_assert_no_error(error);
}

static inline void
world_open(World *world)
{
    g_autoptr(GError) error = NULL;
    *world = (World){ .folder = g_dir_make_tmp("depesche-store-XXXXXX", &error) };
    g_assert_no_error(error);
    world->path = g_build_filename(world->folder, "depesche.db", NULL);
    world->url = g_strconcat("sqlite:", world->path, NULL);
    world_reopen(world);

    FeedRecord feed = { .name = (char *)"hafen", .url = (char *)"https://example.org/feed" };
    g_autoptr(FeedRecord) found = NULL;
    g_assert_true(store_feed_add(world->store, &feed, NULL));
    g_assert_true(store_feed_find(world->store, "hafen", &found, NULL));
    world->feed = found->id;
}

static inline void
world_clear(World *world)
{
    store_close(world->store);
    g_autoptr(GDir) folder = g_dir_open(world->folder, 0, NULL);
    for (const char *name; (name = g_dir_read_name(folder)) != NULL;) {
        g_autofree char *path = g_build_filename(world->folder, name, NULL);
        g_unlink(path);
    }
    g_rmdir(world->folder);
    g_free(world->folder);
    g_free(world->path);
    g_free(world->url);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(World, world_clear)

/* Article NUMBER, published NUMBER seconds after NOW. */
static inline Article *
world_article(int number)
{
    Article *article = article_new();
    g_ptr_array_add(article->identities, g_strdup_printf("guid:%d", number));
    article->url = g_strdup_printf("https://example.org/%d", number);
    article->title = g_strdup_printf("article %d", number);
    article->excerpt = g_strdup("");
    article->content = g_strdup("");
    article->published = article->taken = NOW + number;
    return article;
}

/* A document with ARTICLES (which are freed) at TIME; as many of a first one as KEEP are new. */
static inline HarvestReport
world_read(World *world, GPtrArray *articles, guint keep, int64_t time)
{
    g_autoptr(GError) error = NULL;
    HarvestReport report;
    FeedHarvest harvest = { .title = "Hafenblatt", .articles = articles, .keep = keep };
    g_ptr_array_set_free_func(articles, (GDestroyNotify)article_free);
    store_feed_harvest(world->store, world->feed, &harvest, time, &report, &error);
    g_assert_no_error(error);
    g_ptr_array_unref(articles);
    return report;
}

static inline guint
world_take_articles(World *world, GPtrArray *articles, guint keep)
{
    return world_read(world, articles, keep, NOW).taken;
}

/* Harvests the articles FIRST … LAST. */
static inline guint
world_harvest(World *world, int first, int last)
{
    GPtrArray *articles = g_ptr_array_new();
    for (int i = first; i <= last; i++)
        g_ptr_array_add(articles, world_article(i));
    return world_take_articles(world, articles, 1000);
}

static inline Choice *
world_choice(const char *address, const char *frequency)
{
    Rhythm rhythm;
    g_autoptr(Address) parsed = address_parse(address, NULL);
    g_assert_true(rhythm_parse(&rhythm, frequency, NULL, NULL, NULL, NULL, NULL));
    return choice_new(parsed, &rhythm);
}

/* Puts one person in. */
static inline PeopleChange
world_put(World *world, const char *address, const char *frequency, SubscriptionOrigin origin)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) choices = g_ptr_array_new_with_free_func((GDestroyNotify)choice_free);
    PeopleChange change = { 0 };
    g_ptr_array_add(choices, world_choice(address, frequency));
    store_subscriptions_put(world->store, "morgen", choices, origin, NOW, &change, &error);
    g_assert_no_error(error);
    return change;
}

static inline Subscription *
world_find(World *world, const char *key)
{
    Subscription *subscription = NULL;
    g_assert_true(store_subscription_find(world->store, "morgen", key, &subscription, NULL));
    return subscription;
}

static inline LifecycleOutcome
world_event(World *world, const char *key, LifecycleEvent event, LifecycleWill will)
{
    g_autoptr(Subscription) subscription = world_find(world, key);
    LifecycleOutcome outcome;
    g_assert_nonnull(subscription);
    g_assert_true(store_subscription_event(world->store, subscription->id, event, will, "command",
                                           NULL, NOW, &outcome, NULL));
    return outcome;
}

/* The slot of FREQUENCY, or NULL; the caller owns it. */
static inline Slot *
world_slot(World *world, RhythmFrequency frequency)
{
    g_autoptr(GPtrArray) slots = store_slots_list(world->store, "morgen", NULL);
    g_assert_nonnull(slots);
    Slot *found = NULL;
    for (guint i = 0; i < slots->len; i++) {
        Slot *slot = slots->pdata[i];
        if (slot->rhythm.frequency == frequency)
            found = slot;
        else
            slot_free(slot);
    }
    g_ptr_array_set_free_func(slots, NULL);
    return found;
}

/* Cuts what the slot of FREQUENCY has at DUE; NULL when it has nothing. */
static inline Issue *
world_cut(World *world, RhythmFrequency frequency, int64_t due)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) frozen = g_bytes_new_static("frozen", 6);
    Slot *slot = world_slot(world, frequency);
    Issue *issue = NULL;
    g_assert_nonnull(slot);
    IssueCut cut = {
        .slot = slot,
        .updates = world->updates,
        .min_articles = world->min_articles,
        .due_at = due,
        .now = due,
        .oldest = NOW - 30 * DAY,
        .settings = frozen,
        .templates = frozen,
    };
    store_issue_cut(world->store, &cut, &issue, &error);
    g_assert_no_error(error);
    slot_free(slot);
    return issue;
}

/* The titles of an issue's articles as "1 2 5". */
static inline char *
world_articles(World *world, const Issue *issue)
{
    g_autoptr(GPtrArray) articles = store_issue_articles(world->store, issue->id, NULL);
    g_autoptr(GString) text = g_string_new(NULL);
    g_assert_nonnull(articles);
    for (guint i = 0; i < articles->len; i++) {
        const Article *article = articles->pdata[i];
        g_string_append_printf(text, "%s%s", i > 0 ? " " : "", article->title + strlen("article "));
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static inline bool
world_claim(World *world, const Issue *issue, int64_t now, Segment *segment)
{
    g_autoptr(GError) error = NULL;
    bool found = false;
    ledger_claim(world->store, issue->id, now, 900, segment, &found, &error);
    g_assert_no_error(error);
    return found;
}

static inline LedgerOutcome
world_exchange(World *world, const Segment *segment, const Delivery *result, const Delivery *intent,
               int64_t now)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(LedgerEntry));
    LedgerEntry entry = { .segment = segment, .result = result, .intent = intent };
    g_array_append_val(entries, entry);
    ledger_exchange(world->store, entries, now, 900, &error);
    g_assert_no_error(error);
    return g_array_index(entries, LedgerEntry, 0).outcome;
}

static inline GPtrArray *
world_recipients(World *world, const Segment *segment, int64_t now)
{
    static const RecipientsKind kinds[] = { RECIPIENTS_FRESH, RECIPIENTS_AGAIN };
    GPtrArray *all = g_ptr_array_new_with_free_func((GDestroyNotify)recipient_free);
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autoptr(GError) error = NULL;
        GPtrArray *page = ledger_recipients(world->store, segment, kinds[i], -1, now, 1000, &error);
        g_assert_no_error(error);
        g_ptr_array_extend_and_steal(all, page);
    }
    return all;
}

/* The recipients' local parts as "anna bert". */
static inline char *
world_readers(World *world, const Segment *segment, int64_t now)
{
    g_autoptr(GPtrArray) page = world_recipients(world, segment, now);
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < page->len; i++) {
        const Recipient *recipient = page->pdata[i];
        g_string_append_printf(text, "%s%s", i > 0 ? " " : "",
                               address_local(recipient->subscription->choice->address));
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

/* Delivers all of ISSUE: each recipient's delivery ends in STATE; the segments are given back. */
static inline void
world_deliver(World *world, const Issue *issue, DeliveryState state, int64_t now)
{
    Segment segment;
    while (world_claim(world, issue, now, &segment)) {
        g_autoptr(GPtrArray) page = world_recipients(world, &segment, now);
        for (guint i = 0; i < page->len; i++) {
            Delivery *delivery = &((Recipient *)page->pdata[i])->delivery;
            delivery_intend(delivery, now);
            g_assert_cmpint(world_exchange(world, &segment, NULL, delivery, now), ==, LEDGER_OK);
            delivery->state = state;
            delivery->next_at = state == DELIVERY_DEFERRED ? now + 300 : 0;
            g_assert_cmpint(world_exchange(world, &segment, delivery, NULL, now), ==, LEDGER_OK);
        }
        g_assert_true(ledger_finish(world->store, &segment, false, now, NULL));
    }
}
