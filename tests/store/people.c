#include "store/consents.h"
#include "store/people.h"
#include "store/suppressions.h"

#include "world.h"

/* Reconciles the roster with the addresses in TEXT, separated by spaces. */
static PeopleChange
reconcile(World *world, const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) choices = g_ptr_array_new_with_free_func((GDestroyNotify)choice_free);
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    PeopleChange change = { 0 };
    for (guint i = 0; words[i] != NULL && *words[i] != '\0'; i++)
        g_ptr_array_add(choices, world_choice(words[i], "daily"));
    store_roster_reconcile(world->store, "morgen", choices, NOW, &change, &error);
    g_assert_no_error(error);
    return change;
}

static void
assert_change(PeopleChange change, guint added, guint changed, guint unchanged, guint removed,
              guint kept_out)
{
    g_assert_cmpint(change.added, ==, added);
    g_assert_cmpint(change.changed, ==, changed);
    g_assert_cmpint(change.unchanged, ==, unchanged);
    g_assert_cmpint(change.removed, ==, removed);
    g_assert_cmpint(change.kept_out, ==, kept_out);
}

static void
test_put(void)
{
    g_auto(World) world;
    world_open(&world);
    assert_change(world_put(&world, "Anna@Example.org", "daily", ORIGIN_COMMAND), 1, 0, 0, 0, 0);
    assert_change(world_put(&world, "Anna@example.org", "daily", ORIGIN_COMMAND), 0, 0, 1, 0, 0);
    assert_change(world_put(&world, "Anna@example.org", "weekly", ORIGIN_COMMAND), 0, 1, 0, 0, 0);

    g_autoptr(Subscription) anna = world_find(&world, "anna@example.org");
    g_assert_cmpint(anna->state, ==, SUBSCRIPTION_ACTIVE);
    g_assert_cmpint(anna->created, ==, NOW);
    g_assert_cmpint(anna->choice->rhythm.frequency, ==, RHYTHM_WEEKLY);
    g_assert_false(anna->served);
    g_autoptr(Subscription) same = NULL;
    g_assert_true(store_subscription_find_reference(world.store, anna->reference, &same, NULL));
    g_assert_cmpint(same->id, ==, anna->id);
    g_autoptr(Subscription) none = NULL;
    g_assert_true(store_subscription_find_reference(world.store, anna->reference + 1, &none, NULL));
    g_assert_null(none);
}

static void
test_choice_round_trip(void)
{
    g_auto(World) world;
    world_open(&world);
    g_autoptr(GPtrArray) choices = g_ptr_array_new_with_free_func((GDestroyNotify)choice_free);
    Choice *choice = world_choice("anna@example.org", "each");
    choice->name = g_strdup("Änne; DROP TABLE subscription");
    choice->language = g_strdup("de");
    choice->filter = g_strdup("ki and \"x\"");
    choice->format = FORMAT_TEXT;
    choice->max_articles = 7;
    g_ptr_array_add(choice->topics, g_strdup("energie"));
    g_ptr_array_add(choice->topics, g_strdup("ki"));
    g_ptr_array_add(choice->without, g_strdup("sport"));
    g_ptr_array_add(choices, choice);
    PeopleChange change = { 0 };
    g_assert_true(
        store_subscriptions_put(world.store, "morgen", choices, ORIGIN_IMPORT, NOW, &change, NULL));

    g_autoptr(Subscription) found = world_find(&world, "anna@example.org");
    const Choice *read = found->choice;
    g_assert_cmpint(found->origin, ==, ORIGIN_IMPORT);
    g_assert_cmpstr(found->newsletter, ==, "morgen");
    g_assert_cmpstr(read->name, ==, choice->name);
    g_assert_cmpstr(read->language, ==, "de");
    g_assert_cmpstr(read->filter, ==, choice->filter);
    g_assert_cmpint(read->format, ==, FORMAT_TEXT);
    g_assert_cmpint(read->max_articles, ==, 7);
    g_assert_cmpint(read->topics->len, ==, 2);
    g_assert_cmpstr(read->topics->pdata[0], ==, "energie");
    g_assert_cmpstr(read->topics->pdata[1], ==, "ki");
    g_assert_cmpint(read->without->len, ==, 1);
    g_assert_cmpstr(read->without->pdata[0], ==, "sport");
}

static void
test_kept_out(void)
{
    g_auto(World) world;
    world_open(&world);
    world_put(&world, "left@example.org", "daily", ORIGIN_COMMAND);
    world_event(&world, "left@example.org", EVENT_UNSUBSCRIBE, WILL_PERSON);
    g_assert_true(store_suppression_add(world.store, "never@example.org", "complaint", NOW, NULL));

    static const SubscriptionOrigin origins[] = { ORIGIN_COMMAND, ORIGIN_ROSTER, ORIGIN_IMPORT };
    for (gsize i = 0; i < G_N_ELEMENTS(origins); i++) {
        assert_change(world_put(&world, "left@example.org", "weekly", origins[i]), 0, 0, 0, 0, 1);
        assert_change(world_put(&world, "never@example.org", "daily", origins[i]), 0, 0, 0, 0, 1);
    }
    assert_change(reconcile(&world, "left@example.org never@example.org"), 0, 0, 0, 0, 2);
    g_autoptr(Subscription) left = world_find(&world, "left@example.org");
    g_assert_cmpint(left->state, ==, SUBSCRIPTION_UNSUBSCRIBED);
    g_autoptr(Subscription) never = world_find(&world, "never@example.org");
    g_assert_null(never);
}

/* A batch of an import: the addresses in TEXT, in the order of their keys. */
static PeopleChange
import(World *world, const char *text, const Declared *declared)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) choices = g_ptr_array_new_with_free_func((GDestroyNotify)choice_free);
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    PeopleChange change = { 0 };
    for (guint i = 0; words[i] != NULL; i++)
        g_ptr_array_add(choices, world_choice(words[i], i % 2 == 0 ? "daily" : "weekly"));
    store_subscriptions_declare(world->store, "morgen", choices, ORIGIN_IMPORT, declared, NOW,
                                &change, &error);
    g_assert_no_error(error);
    return change;
}

static void
declared_clear(Declared *declared)
{
    g_ptr_array_unref(declared->doubled);
    g_byte_array_unref(declared->met);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Declared, declared_clear)

/* A new import, of which nothing has come in yet. */
static Declared
declare(World *world, const char *wording)
{
    g_autoptr(Consent) consent = g_new0(Consent, 1);
    consent->way = g_strdup("import");
    consent->wording = g_strdup(wording);
    consent->at = NOW;
    g_assert_true(store_consent_add(world->store, consent, NULL));
    return (Declared){ consent->id, g_ptr_array_new(), g_byte_array_new() };
}

static void
test_import(void)
{
    g_auto(World) world;
    world_open(&world);
    world_put(&world, "c@example.org", "daily", ORIGIN_COMMAND);
    world_put(&world, "d@example.org", "daily", ORIGIN_COMMAND);
    world_event(&world, "d@example.org", EVENT_UNSUBSCRIBE, WILL_PERSON);
    g_auto(Declared) first = declare(&world, "a form");
    g_auto(Declared) second = declare(&world, "another");
    PeopleChange change = import(
        &world, "a@example.org A@example.org b@example.org c@example.org d@example.org", &first);
    assert_change(change, 2, 1, 0, 0, 1); /* c, of whom no declaration was known, has one now */
    g_assert_cmpuint(first.doubled->len, ==, 1);
    /* b in another rhythm */
    assert_change(import(&world, "a@example.org b@example.org e@example.org", &second), 1, 1, 1, 0,
                  0);

    g_autoptr(Subscription) b = world_find(&world, "b@example.org");
    g_autoptr(GPtrArray) history = store_subscription_history(world.store, b->id, NULL);
    const SubscriptionRecord *added = history->pdata[0], *changed = history->pdata[1];
    g_assert_cmpuint(history->len, ==, 2);
    g_assert_cmpstr(added->kind, ==, "added");
    g_assert_cmpstr(added->way, ==, "import");
    g_assert_cmpint(added->at, ==, NOW);
    g_assert_cmpint(added->consent, ==, first.consent);
    g_assert_cmpstr(changed->kind, ==, "changed");
    g_assert_cmpint(changed->consent, ==, second.consent);
    g_autoptr(Subscription) e = world_find(&world, "e@example.org");
    g_assert_cmpint(e->state, ==, SUBSCRIPTION_ACTIVE);
    g_assert_cmpint(e->choice->rhythm.frequency, ==, RHYTHM_DAILY);
    g_assert_cmpint(e->consent, ==, second.consent);
}

/* Who is on that list does not come in, however many others do. */
static void
test_import_of_suppressed(void)
{
    g_auto(World) world;
    world_open(&world);
    g_auto(Declared) declared = declare(&world, "a form");
    g_assert_true(store_suppression_add(world.store, "b@example.org", "complaint", NOW, NULL));
    assert_change(import(&world, "a@example.org b@example.org c@example.org", &declared), 2, 0, 0,
                  0, 1);
    g_autoptr(Subscription) b = world_find(&world, "b@example.org");
    g_assert_null(b);
}

/* The first row counts, also of somebody who was there before. */
static void
test_import_known_twice(void)
{
    g_auto(World) world;
    world_open(&world);
    g_auto(Declared) declared = declare(&world, "a form");
    world_put(&world, "a@example.org", "monthly", ORIGIN_COMMAND);
    assert_change(import(&world, "a@example.org A@example.org", &declared), 0, 1, 0, 0, 0);
    g_assert_cmpuint(declared.doubled->len, ==, 1);
    g_autoptr(Subscription) a = world_find(&world, "a@example.org");
    g_autofree char *rhythm = rhythm_text(&a->choice->rhythm);
    g_assert_true(g_str_has_prefix(rhythm, "daily"));
}

/* The same when the rows come in one batch after the other: who came with an import, or was there and
 * has what the first row says, is not changed by the second. */
static void
test_import_known_in_two_batches(void)
{
    g_auto(World) world;
    world_open(&world);
    g_auto(Declared) first = declare(&world, "a form");
    g_auto(Declared) second = declare(&world, "a form");
    assert_change(import(&world, "a@example.org x@example.org", &first), 2, 0, 0, 0, 0);
    assert_change(import(&world, "a@example.org b@example.org", &second), 1, 0, 1, 0, 0);
    assert_change(import(&world, "0@example.org A@example.org B@example.org", &second), 1, 0, 0, 0,
                  0);
    g_assert_cmpuint(second.doubled->len, ==, 2);
    g_autoptr(Subscription) a = world_find(&world, "a@example.org");
    g_assert_cmpint(a->choice->rhythm.frequency, ==, RHYTHM_DAILY);
}

static void
test_reconcile(void)
{
    g_auto(World) world;
    world_open(&world);
    world_put(&world, "hand@example.org", "daily", ORIGIN_COMMAND);
    assert_change(reconcile(&world, "a@example.org b@example.org c@example.org"), 3, 0, 0, 0, 0);
    world_event(&world, "c@example.org", EVENT_UNSUBSCRIBE, WILL_PERSON);
    assert_change(reconcile(&world, "a@example.org"), 0, 0, 1, 1, 0);
    assert_change(reconcile(&world, "a@example.org"), 0, 0, 1, 0, 0);

    g_autoptr(Subscription) hand = world_find(&world, "hand@example.org");
    g_assert_nonnull(hand);
    g_autoptr(Subscription) b = world_find(&world, "b@example.org");
    g_assert_null(b);
    g_autoptr(Subscription) c = world_find(&world, "c@example.org");
    g_assert_cmpint(c->state, ==, SUBSCRIPTION_UNSUBSCRIBED);
    assert_change(reconcile(&world, "a@example.org c@example.org"), 0, 0, 1, 0, 1);
}

/* Back in the roster: the same subscription, so that the links in old mails still end it. */
static void
test_back_in_the_roster(void)
{
    g_auto(World) world;
    world_open(&world);
    reconcile(&world, "a@example.org b@example.org");
    g_autoptr(Subscription) before = world_find(&world, "b@example.org");
    reconcile(&world, "a@example.org");
    assert_change(reconcile(&world, "a@example.org b@example.org"), 1, 0, 1, 0, 0);
    g_autoptr(Subscription) after = world_find(&world, "b@example.org");
    g_assert_cmpint(after->state, ==, SUBSCRIPTION_ACTIVE);
    g_assert_cmpint(after->reference, ==, before->reference);
    g_assert_true(after->served);
}

static void
test_left_while_off_the_roster(void)
{
    g_auto(World) world;
    world_open(&world);
    reconcile(&world, "a@example.org");
    g_autoptr(Subscription) before = world_find(&world, "a@example.org");
    reconcile(&world, "");
    LifecycleOutcome outcome;
    g_assert_true(store_subscription_event(world.store, before->id, EVENT_UNSUBSCRIBE, WILL_PERSON,
                                           "mail", NULL, NOW, &outcome, NULL));
    g_assert_cmpint(outcome, ==, LIFECYCLE_CHANGED);
    assert_change(reconcile(&world, "a@example.org"), 0, 0, 0, 0, 1);
}

static void
test_events(void)
{
    g_auto(World) world;
    world_open(&world);
    const char *key = "a@example.org";
    world_put(&world, key, "daily", ORIGIN_COMMAND);
    g_assert_cmpint(world_event(&world, key, EVENT_PAUSE, WILL_PERSON), ==, LIFECYCLE_CHANGED);
    g_assert_cmpint(world_event(&world, key, EVENT_PAUSE, WILL_PERSON), ==, LIFECYCLE_ALREADY);
    g_assert_cmpint(world_event(&world, key, EVENT_UNSUBSCRIBE, WILL_PERSON), ==,
                    LIFECYCLE_CHANGED);
    g_assert_cmpint(world_event(&world, key, EVENT_SUBSCRIBE, WILL_OPERATOR), ==,
                    LIFECYCLE_REFUSED);
    g_autoptr(Subscription) left = world_find(&world, key);
    g_assert_cmpint(left->state, ==, SUBSCRIPTION_UNSUBSCRIBED);
    g_assert_cmpint(world_event(&world, key, EVENT_SUBSCRIBE, WILL_PERSON), !=, LIFECYCLE_REFUSED);

    g_autoptr(GPtrArray) history = store_subscription_history(world.store, left->id, NULL);
    static const char *const kinds[] = { "added", "pause", "unsubscribe", "subscribe" };
    g_assert_cmpint(history->len, ==, G_N_ELEMENTS(kinds));
    g_ptr_array_set_free_func(history, (GDestroyNotify)subscription_record_free);
    for (guint i = 0; i < history->len; i++)
        g_assert_cmpstr(((SubscriptionRecord *)history->pdata[i])->kind, ==, kinds[i]);

    LifecycleOutcome outcome;
    g_assert_true(store_subscription_event(world.store, left->id + 77, EVENT_UNSUBSCRIBE,
                                           WILL_PERSON, "mail", NULL, NOW, &outcome, NULL));
    g_assert_cmpint(outcome, ==, LIFECYCLE_REFUSED);
}

static void
test_list(void)
{
    g_auto(World) world;
    world_open(&world);
    reconcile(&world, "a@example.org b@example.org c@example.org d@example.org");
    world_event(&world, "b@example.org", EVENT_PAUSE, WILL_PERSON);
    g_autoptr(Subscription) b = world_find(&world, "b@example.org");
    const struct {
        SubscriptionQuery query;
        guint expect;
    } cases[] = {
        { { .state = -1 }, 4 },
        { { .state = -1, .newsletter = "abend" }, 0 },
        { { .state = SUBSCRIPTION_PAUSED, .newsletter = "morgen" }, 1 },
        { { .state = -1, .address_key = "c@example.org" }, 1 },
        { { .state = -1, .after_id = b->id }, 2 },
        { { .state = -1, .after_id = b->id, .limit = 1 }, 1 },
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GPtrArray) list = store_subscriptions_list(world.store, &cases[i].query, NULL);
        g_assert_cmpint(list->len, ==, cases[i].expect);
    }
    bool found = false;
    g_assert_true(
        store_subscription_remove(world.store, "morgen", "c@example.org", NOW, &found, NULL));
    g_assert_true(found);
    g_assert_true(
        store_subscription_remove(world.store, "morgen", "c@example.org", NOW, &found, NULL));
    g_assert_false(found);
}

static void
test_suppressions(void)
{
    g_auto(World) world;
    world_open(&world);
    g_assert_true(store_suppression_add(world.store, "b@example.org", "complaint", NOW, NULL));
    g_assert_true(store_suppression_add(world.store, "b@example.org", "again", NOW + 1, NULL));
    g_autoptr(GPtrArray) list = store_suppressions_list(world.store, NULL);
    g_assert_cmpint(list->len, ==, 1);
    g_assert_cmpstr(((Suppression *)list->pdata[0])->reason, ==, "complaint");
    bool found = false;
    g_assert_true(store_suppression_remove(world.store, "b@example.org", &found, NULL));
    g_assert_true(found);
    g_assert_true(store_suppression_remove(world.store, "b@example.org", &found, NULL));
    g_assert_false(found);
    assert_change(world_put(&world, "b@example.org", "daily", ORIGIN_COMMAND), 1, 0, 0, 0, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/store/people/put", test_put);
    g_test_add_func("/store/people/a-choice-comes-back-as-it-was", test_choice_round_trip);
    g_test_add_func("/store/people/who-left-stays-out", test_kept_out);
    g_test_add_func("/store/people/import", test_import);
    g_test_add_func("/store/people/import-known-twice", test_import_known_twice);
    g_test_add_func("/store/people/import-known-in-two-batches", test_import_known_in_two_batches);
    g_test_add_func("/store/people/import-of-suppressed", test_import_of_suppressed);
    g_test_add_func("/store/people/a-roster-takes-away-what-it-brought", test_reconcile);
    g_test_add_func("/store/people/back-in-the-roster", test_back_in_the_roster);
    g_test_add_func("/store/people/left-while-off-the-roster", test_left_while_off_the_roster);
    g_test_add_func("/store/people/events", test_events);
    g_test_add_func("/store/people/list-and-remove", test_list);
    g_test_add_func("/store/people/suppressions", test_suppressions);
    return g_test_run();
}
