#include "store/requests.h"

#include "store/suppressions.h"
#include "world.h"

#define NUMBER_MASK 0xffffffu

static void
sign_up(World *world, const char *address, int64_t now)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Choice) choice = world_choice(address, "daily");
    g_autoptr(Consent) consent = g_new0(Consent, 1);
    consent->way = g_strdup("web");
    consent->wording = g_strdup("yes, please");
    consent->at = now;
    store_request_sign_up(world->store, "morgen", choice, consent, now, &error);
    g_assert_no_error(error);
}

/* The request whose mail is due; NULL: none is. */
static Request *
due(World *world, int64_t now)
{
    Request *request = NULL;
    g_autoptr(Subscription) subscription = NULL;
    g_assert_true(store_request_due(world->store, now, &request, &subscription, NULL));
    g_assert_true((request == NULL) == (subscription == NULL));
    return request;
}

static bool
begin(World *world, const Request *request, int64_t now)
{
    bool taken = false;
    g_assert_true(store_request_begin(world->store, request, now, &taken, NULL));
    return taken;
}

static ConfirmOutcome
confirm(World *world, const char *key, int64_t number, int64_t now)
{
    ConfirmOutcome outcome;
    g_autoptr(Subscription) subscription = world_find(world, key);
    g_assert_true(store_request_confirm(
        world->store, subscription, (uint32_t)(number & NUMBER_MASK), "web", now, &outcome, NULL));
    return outcome;
}

static SubscriptionState
state_of(World *world, const char *key)
{
    g_autoptr(Subscription) subscription = world_find(world, key);
    return subscription->state;
}

static guint
expire(World *world, int64_t now)
{
    guint count = 0;
    g_assert_true(store_requests_expire(world->store, now, &count, NULL));
    return count;
}

static void
test_confirm(void)
{
    g_auto(World) world;
    world_open(&world);
    sign_up(&world, "a@example.org", NOW);
    g_assert_cmpint(state_of(&world, "a@example.org"), ==, SUBSCRIPTION_PENDING);
    g_autoptr(Request) request = due(&world, NOW);
    g_assert_cmpint(confirm(&world, "a@example.org", request->id + 1, NOW), ==, CONFIRM_LOST);
    g_assert_cmpint(confirm(&world, "a@example.org", request->id, NOW), ==, CONFIRM_DONE);
    g_assert_cmpint(confirm(&world, "a@example.org", request->id, NOW), ==, CONFIRM_ALREADY);
    g_assert_cmpint(state_of(&world, "a@example.org"), ==, SUBSCRIPTION_ACTIVE);
    g_assert_null(due(&world, NOW + 30 * DAY));
    g_assert_cmpuint(expire(&world, NOW + 30 * DAY), ==, 0);
}

/* Once at first, once to remind, and by one process alone. */
static void
test_mails(void)
{
    g_auto(World) world;
    world_open(&world);
    sign_up(&world, "a@example.org", NOW);
    g_autoptr(Request) first = due(&world, NOW);
    g_assert_true(begin(&world, first, NOW));
    g_assert_false(begin(&world, first, NOW));
    g_assert_null(due(&world, NOW + REQUEST_REMIND_SECONDS - 1));
    g_autoptr(Request) second = due(&world, NOW + REQUEST_REMIND_SECONDS);
    g_assert_cmpint(second->mails, ==, 1);
    g_assert_true(begin(&world, second, NOW + REQUEST_REMIND_SECONDS));
    g_assert_null(due(&world, NOW + REQUEST_SECONDS));
}

static void
test_deferred(void)
{
    g_auto(World) world;
    world_open(&world);
    sign_up(&world, "a@example.org", NOW);
    g_autoptr(Request) request = due(&world, NOW);
    begin(&world, request, NOW);
    g_assert_true(store_request_defer(world.store, request, NOW + 300, NULL));
    g_assert_null(due(&world, NOW + 299));
    g_autoptr(Request) again = due(&world, NOW + 300);
    g_assert_cmpint(again->mails, ==, 0);
    g_assert_cmpint(again->tries, ==, 1);
    g_assert_true(store_request_defer(world.store, again, 0, NULL));
    g_assert_null(due(&world, NOW + DAY));
}

static void
test_once_a_day(void)
{
    g_auto(World) world;
    world_open(&world);
    sign_up(&world, "a@example.org", NOW);
    g_autoptr(Request) first = due(&world, NOW);
    begin(&world, first, NOW);
    sign_up(&world, "A@example.org", NOW + REQUEST_MAIL_SECONDS - 1);
    g_assert_null(due(&world, NOW + REQUEST_MAIL_SECONDS - 1));
    sign_up(&world, "a@example.org", NOW + REQUEST_MAIL_SECONDS);
    g_autoptr(Request) second = due(&world, NOW + REQUEST_MAIL_SECONDS);
    g_assert_nonnull(second);
    g_assert_cmpint(second->id, !=, first->id);
}

static void
test_who_is_not_asked(void)
{
    g_auto(World) world;
    world_open(&world);
    world_put(&world, "has@example.org", "daily", ORIGIN_COMMAND);
    g_assert_true(store_suppression_add(world.store, "never@example.org", "x", NOW, NULL));
    sign_up(&world, "has@example.org", NOW);
    sign_up(&world, "never@example.org", NOW);
    g_assert_null(due(&world, NOW + DAY));
    g_assert_null(world_find(&world, "never@example.org"));
}

/* Nothing is left of who never confirmed; who had left before has left again. */
static void
test_expire(void)
{
    g_auto(World) world;
    world_open(&world);
    world_put(&world, "left@example.org", "daily", ORIGIN_COMMAND);
    world_event(&world, "left@example.org", EVENT_UNSUBSCRIBE, WILL_PERSON);
    sign_up(&world, "new@example.org", NOW);
    sign_up(&world, "left@example.org", NOW);
    g_assert_cmpint(state_of(&world, "left@example.org"), ==, SUBSCRIPTION_PENDING);
    g_assert_cmpuint(expire(&world, NOW + REQUEST_SECONDS - 1), ==, 0);
    g_assert_cmpuint(expire(&world, NOW + REQUEST_SECONDS), ==, 2);
    g_assert_null(world_find(&world, "new@example.org"));
    g_assert_cmpint(state_of(&world, "left@example.org"), ==, SUBSCRIPTION_UNSUBSCRIBED);
    sign_up(&world, "new@example.org", NOW + 2 * REQUEST_SECONDS);
    g_assert_cmpint(state_of(&world, "new@example.org"), ==, SUBSCRIPTION_PENDING);
}

/* Who asks, leaves and is asked once more has left when nobody confirms: no import brings them. */
static void
test_left_while_asked(void)
{
    g_auto(World) world;
    world_open(&world);
    sign_up(&world, "a@example.org", NOW);
    world_event(&world, "a@example.org", EVENT_UNSUBSCRIBE, WILL_PERSON);
    sign_up(&world, "a@example.org", NOW + REQUEST_MAIL_SECONDS);
    g_assert_cmpint(state_of(&world, "a@example.org"), ==, SUBSCRIPTION_PENDING);
    sign_up(&world, "a@example.org", NOW + 2 * REQUEST_MAIL_SECONDS);
    g_assert_cmpuint(expire(&world, NOW + 2 * REQUEST_MAIL_SECONDS + REQUEST_SECONDS), ==, 1);
    g_assert_cmpint(state_of(&world, "a@example.org"), ==, SUBSCRIPTION_UNSUBSCRIBED);
}

static void
test_forgotten(void)
{
    static const char *const key = "anna@example.org";
    g_auto(World) world;
    world_open(&world);
    g_autofree char *path = g_build_filename(world.folder, "keys", NULL);
    g_assert_true(key_ring_create(path, NULL));
    g_autoptr(KeyRing) keys = key_ring_open(path, NULL);
    store_use_keys(world.store, keys);
    world_put(&world, key, "daily", ORIGIN_COMMAND);
    guint count = 0;
    bool has = false;
    g_assert_true(store_person_forget(world.store, key, "command", NOW, &count, NULL));
    g_assert_cmpuint(count, ==, 1);
    g_assert_null(world_find(&world, key));
    g_assert_true(store_suppression_has(world.store, key, &has, NULL));
    g_assert_true(has);
    g_assert_true(store_suppression_has(world.store, "ben@example.org", &has, NULL));
    g_assert_false(has);
    sign_up(&world, key, NOW);
    g_assert_null(world_find(&world, key));
    g_autoptr(GPtrArray) list = store_suppressions_list(world.store, NULL);
    g_assert_cmpuint(list->len, ==, 1);
    g_assert_cmpint(((Suppression *)list->pdata[0])->address_key[0], ==, '#');
    g_ptr_array_set_free_func(list, (GDestroyNotify)suppression_free);
    bool found = false;
    g_assert_true(store_suppression_remove(world.store, key, &found, NULL));
    g_assert_true(found);
    sign_up(&world, key, NOW);
    g_assert_cmpint(state_of(&world, key), ==, SUBSCRIPTION_PENDING);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/store/requests/confirm", test_confirm);
    g_test_add_func("/store/requests/mails", test_mails);
    g_test_add_func("/store/requests/deferred", test_deferred);
    g_test_add_func("/store/requests/once-a-day", test_once_a_day);
    g_test_add_func("/store/requests/who-is-not-asked", test_who_is_not_asked);
    g_test_add_func("/store/requests/expire", test_expire);
    g_test_add_func("/store/requests/left-while-asked", test_left_while_asked);
    g_test_add_func("/store/requests/forgotten", test_forgotten);
    return g_test_run();
}
