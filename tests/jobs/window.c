#include "jobs/window.h"

#define SECOND ((int64_t)G_USEC_PER_SEC)

typedef struct {
    Config *config;
    Window *window;
    GPtrArray *letters;
} World;

static void
letter_free(void *data)
{
    Letter *letter = data;
    recipient_free(letter->recipient);
    g_free(letter);
}

/* A window with a limit of MESSAGES at a time, PER_SECOND (0: none), for small.example. */
static void
world_init(World *world, int messages, int per_second)
{
    DomainConfig *domain = g_new0(DomainConfig, 1);
    domain->names = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(domain->names, g_strdup("Small.Example"));
    domain->messages = messages;
    domain->per_second = per_second;
    world->config = g_new0(Config, 1);
    world->config->domains = g_ptr_array_new();
    g_ptr_array_add(world->config->domains, domain);
    world->window = window_new(world->config, 0);
    world->letters = g_ptr_array_new_with_free_func(letter_free);
}

static void
world_clear(World *world)
{
    DomainConfig *domain = world->config->domains->pdata[0];
    window_free(world->window);
    g_ptr_array_unref(world->letters);
    g_ptr_array_unref(domain->names);
    g_free(domain);
    g_ptr_array_unref(world->config->domains);
    g_free(world->config);
}

static Letter *
put(World *world, const char *address, guint tries)
{
    Letter *letter = g_new0(Letter, 1);
    letter->recipient = g_new0(Recipient, 1);
    letter->recipient->subscription = g_new0(Subscription, 1);
    g_autoptr(Address) parsed = address_parse(address, NULL);
    letter->recipient->subscription->choice = choice_new(parsed, &(Rhythm){ 0 });
    letter->tries = tries;
    g_ptr_array_add(world->letters, letter);
    window_put(world->window, letter);
    return letter;
}

static Letter *
take(World *world, int64_t now)
{
    int64_t wait;
    return window_take(world->window, now, &wait);
}

static void
test_order(void)
{
    World world;
    world_init(&world, 1, 0);
    Letter *first = put(&world, "a@example.org", 0);
    Letter *second = put(&world, "b@small.example", 0);
    Letter *third = put(&world, "c@example.org", 0);
    Letter *again = put(&world, "d@example.org", 1);
    g_assert_cmpuint(window_count(world.window), ==, 4);
    g_assert_true(take(&world, 1) == again); /* what was tried before goes first */
    g_assert_true(take(&world, 1) == first);
    g_assert_true(take(&world, 1) == second);
    g_assert_true(take(&world, 1) == third);
    g_assert_null(take(&world, 1));
    world_clear(&world);
}

static void
test_limit(void)
{
    World world;
    int64_t wait;
    world_init(&world, 2, 0);
    Letter *one = put(&world, "a@small.example", 0);
    put(&world, "b@SMALL.example", 0);
    Letter *three = put(&world, "c@small.example", 0);
    Letter *other = put(&world, "d@example.org", 0);
    g_assert_nonnull(take(&world, 1));
    g_assert_nonnull(take(&world, 1));
    g_assert_true(take(&world, 1) == other); /* goes first meanwhile */
    g_assert_null(window_take(world.window, 1, &wait));
    g_assert_cmpint(wait, ==, -1);
    window_end(world.window, one);
    g_assert_true(take(&world, 1) == three);
    world_clear(&world);
}

static void
test_rate(void)
{
    World world;
    int64_t wait;
    world_init(&world, 100, 2);
    for (int i = 0; i < 4; i++)
        put(&world, "a@small.example", 0);
    g_assert_nonnull(take(&world, SECOND)); /* and none that was saved up before */
    g_assert_null(window_take(world.window, SECOND, &wait));
    g_assert_cmpint(wait, >, SECOND / 4);
    g_assert_cmpint(wait, <=, SECOND / 2 + 1);
    g_assert_nonnull(take(&world, SECOND + wait));
    world_clear(&world);
}

/* The large providers are known without being configured; a dry run minds nobody. */
static void
test_providers(void)
{
    World world;
    world_init(&world, 1, 0);
    for (int i = 0; i < 12; i++)
        put(&world, i % 2 == 0 ? "a@gmail.com" : "a@googlemail.com", 0);
    int taken = 0;
    while (take(&world, 1) != NULL)
        taken++;
    g_assert_cmpint(taken, ==, 10);
    g_assert_nonnull(window_take_any(world.window)); /* whether it may go or not */
    g_assert_nonnull(window_take_any(world.window));
    g_assert_null(window_take_any(world.window));
    window_free(world.window);
    world.window = window_new(NULL, 0);
    for (int i = 0; i < 50; i++)
        put(&world, "a@gmail.com", 0);
    for (int i = 0; i < 50; i++)
        g_assert_nonnull(take(&world, 1));
    world_clear(&world);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/window/order", test_order);
    g_test_add_func("/window/limit", test_limit);
    g_test_add_func("/window/rate", test_rate);
    g_test_add_func("/window/providers", test_providers);
    return g_test_run();
}
