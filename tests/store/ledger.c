#include "store/ledger.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/history.h"
#include "store/suppressions.h"
#include "world.h"

/* An issue that is cut for the people in TEXT, "a b c", with its one segment claimed. */
static void
prepare(World *world, const char *people, Issue **issue, Segment *segment)
{
    g_auto(GStrv) names = g_strsplit(people, " ", -1);
    world_open(world);
    for (guint i = 0; names[i] != NULL; i++) {
        g_autofree char *address = g_strconcat(names[i], "@example.org", NULL);
        world_put(world, address, "daily", ORIGIN_COMMAND);
    }
    world_harvest(world, 1, 2);
    *issue = world_cut(world, RHYTHM_DAILY, NOW);
    g_assert_nonnull(*issue);
    g_assert_true(world_claim(world, *issue, NOW, segment));
}

/* The delivery of the person KEY as it would begin now. */
static Delivery
intent_of(World *world, const Issue *issue, const char *key)
{
    g_autoptr(Subscription) subscription = world_find(world, key);
    Delivery delivery = { .issue = issue->id, .subscription = subscription->id };
    delivery_intend(&delivery, NOW);
    return delivery;
}

/* The states of all deliveries, as "p@example.org uncertain", the oldest first. */
static char *
states(World *world)
{
    DeliveryQuery all = { .state = -1 };
    g_autoptr(GPtrArray) list = history_list(world->store, &all, NULL);
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = list->len; i > 0; i--) {
        const DeliveryRecord *record = list->pdata[i - 1];
        g_string_append_printf(text, "%s %s\n", record->address,
                               delivery_state_name(record->delivery.state));
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static void
test_exchange(void)
{
    g_auto(World) world;
    g_autoptr(Issue) issue = NULL;
    Segment segment;
    prepare(&world, "a b", &issue, &segment);
    g_autofree char *readers = world_readers(&world, &segment, NOW);
    g_assert_cmpstr(readers, ==, "a b");

    g_auto(Delivery) a = intent_of(&world, issue, "a@example.org");
    g_assert_cmpint(world_exchange(&world, &segment, NULL, &a, NOW), ==, LEDGER_OK);
    g_autofree char *intended = states(&world);
    g_assert_cmpstr(intended, ==, "a@example.org uncertain\n");

    g_auto(Delivery) b = intent_of(&world, issue, "b@example.org");
    b.at = NOW + 1;
    a.state = DELIVERY_SENT;
    a.code = 250;
    a.note = g_strdup("queued as 4711");
    g_assert_cmpint(world_exchange(&world, &segment, &a, &b, NOW), ==, LEDGER_OK);
    b.state = DELIVERY_REFUSED;
    g_assert_cmpint(world_exchange(&world, &segment, &b, NULL, NOW), ==, LEDGER_OK);
    g_autofree char *done = states(&world);
    g_assert_cmpstr(done, ==, "a@example.org sent\nb@example.org refused\n");
    g_autofree char *nobody = world_readers(&world, &segment, NOW);
    g_assert_cmpstr(nobody, ==, "");

    g_assert_true(ledger_finish(world.store, &segment, false, NOW, NULL));
    g_assert_false(world_claim(&world, issue, NOW + DAY, &segment));
}

/* What is final stays so, whatever comes later. */
static void
test_final(void)
{
    g_auto(World) world;
    g_autoptr(Issue) issue = NULL;
    Segment segment;
    prepare(&world, "a", &issue, &segment);
    g_auto(Delivery) a = intent_of(&world, issue, "a@example.org");
    world_exchange(&world, &segment, NULL, &a, NOW);
    a.state = DELIVERY_SENT;
    world_exchange(&world, &segment, &a, NULL, NOW);
    a.state = DELIVERY_INTENT;
    g_assert_cmpint(world_exchange(&world, &segment, NULL, &a, NOW), ==, LEDGER_LEFT);
    a.state = DELIVERY_DROPPED;
    world_exchange(&world, &segment, &a, NULL, NOW);
    g_autofree char *done = states(&world);
    g_assert_cmpstr(done, ==, "a@example.org sent\n");
}

static void
test_fence(void)
{
    g_auto(World) world;
    g_autoptr(Issue) issue = NULL;
    Segment stalled, owner;
    prepare(&world, "a b", &issue, &stalled);
    g_auto(Delivery) a = intent_of(&world, issue, "a@example.org");
    g_auto(Delivery) b = intent_of(&world, issue, "b@example.org");
    world_exchange(&world, &stalled, NULL, &a, NOW);
    g_assert_false(world_claim(&world, issue, NOW + 899, &owner));
    g_assert_true(world_claim(&world, issue, NOW + 901, &owner));
    g_assert_cmpint(owner.token, >, stalled.token);

    a.state = DELIVERY_SENT;
    g_assert_cmpint(world_exchange(&world, &stalled, &a, &b, NOW + 902), ==, LEDGER_FENCED);
    g_autofree char *done = states(&world);
    g_assert_cmpstr(done, ==, "a@example.org sent\n"); /* it was sent; b is not begun */
    g_assert_true(ledger_finish(world.store, &stalled, false, NOW + 902, NULL));
    g_assert_cmpint(world_exchange(&world, &owner, NULL, &b, NOW + 903), ==, LEDGER_OK);
}

static void
test_left(void)
{
    g_auto(World) world;
    g_autoptr(Issue) issue = NULL;
    Segment segment;
    prepare(&world, "a b c", &issue, &segment);
    g_auto(Delivery) a = intent_of(&world, issue, "a@example.org");
    g_auto(Delivery) b = intent_of(&world, issue, "b@example.org");
    g_auto(Delivery) c = intent_of(&world, issue, "c@example.org");
    world_event(&world, "a@example.org", EVENT_UNSUBSCRIBE, WILL_PERSON);
    g_assert_true(store_suppression_add(world.store, "b@example.org", "x", NOW, NULL));
    g_assert_cmpint(world_exchange(&world, &segment, NULL, &a, NOW), ==, LEDGER_LEFT);
    g_assert_cmpint(world_exchange(&world, &segment, NULL, &b, NOW), ==, LEDGER_LEFT);
    g_assert_cmpint(world_exchange(&world, &segment, NULL, &c, NOW), ==, LEDGER_OK);
    g_autofree char *begun = states(&world);
    g_assert_cmpstr(begun, ==, "c@example.org uncertain\n");
}

/* Who left with something begun is still shown, so that it can be ended. */
static void
test_left_with_a_delivery(void)
{
    g_auto(World) world;
    g_autoptr(Issue) issue = NULL;
    Segment segment;
    prepare(&world, "a b", &issue, &segment);
    g_assert_true(ledger_finish(world.store, &segment, true, NOW, NULL));
    world_deliver(&world, issue, DELIVERY_DEFERRED, NOW + 1);
    world_event(&world, "a@example.org", EVENT_UNSUBSCRIBE, WILL_PERSON);
    g_assert_true(store_suppression_add(world.store, "b@example.org", "x", NOW, NULL));
    g_assert_true(world_claim(&world, issue, NOW + 1000, &segment));
    g_autoptr(GPtrArray) page = world_recipients(&world, &segment, NOW + 1000);
    g_assert_cmpint(page->len, ==, 2);
    const Recipient *a = page->pdata[0], *b = page->pdata[1];
    g_assert_cmpint(a->subscription->state, ==, SUBSCRIPTION_UNSUBSCRIBED);
    g_assert_false(a->suppressed);
    g_assert_true(b->suppressed);
    g_assert_cmpint(b->delivery.attempt, ==, 1);
}

/* Taken off and put back after the cut: the present begins behind the open issue. */
static void
test_back_after_the_cut(void)
{
    g_auto(World) world;
    g_autoptr(Issue) issue = NULL;
    Segment segment;
    prepare(&world, "a b", &issue, &segment);
    bool found = false;
    g_assert_true(
        store_subscription_remove(world.store, "morgen", "a@example.org", NOW, &found, NULL));
    world_put(&world, "a@example.org", "daily", ORIGIN_COMMAND);
    g_autofree char *readers = world_readers(&world, &segment, NOW);
    g_assert_cmpstr(readers, ==, "b");
}

/* Unsubscribed and come back by one's own will: the same. */
static void
test_back_by_own_will(void)
{
    g_auto(World) world;
    g_autoptr(Issue) issue = NULL;
    Segment segment;
    prepare(&world, "a b", &issue, &segment);
    world_event(&world, "a@example.org", EVENT_UNSUBSCRIBE, WILL_PERSON);
    g_assert_cmpint(world_event(&world, "a@example.org", EVENT_SUBSCRIBE, WILL_PERSON), ==,
                    LIFECYCLE_CHANGED);
    g_autofree char *readers = world_readers(&world, &segment, NOW);
    g_assert_cmpstr(readers, ==, "b");
    g_autoptr(Subscription) back = world_find(&world, "a@example.org");
    g_assert_true(back->served);
    g_assert_cmpint(back->since_seq, ==, issue->to_seq);
}

/* What a stalled sender reports late does not overwrite what the new owner has begun. */
static void
test_late_result(void)
{
    g_auto(World) world;
    g_autoptr(Issue) issue = NULL;
    Segment stalled, owner;
    prepare(&world, "a", &issue, &stalled);
    g_auto(Delivery) a = intent_of(&world, issue, "a@example.org");
    world_exchange(&world, &stalled, NULL, &a, NOW);
    g_assert_true(world_claim(&world, issue, NOW + DAY, &owner));
    g_assert_cmpint(world_exchange(&world, &owner, NULL, &a, NOW + DAY), ==, LEDGER_OK);
    a.state = DELIVERY_SENT;
    g_assert_cmpint(world_exchange(&world, &stalled, &a, NULL, NOW + DAY), ==, LEDGER_FENCED);
    g_autofree char *begun = states(&world);
    g_assert_cmpstr(begun, ==, "a@example.org uncertain\n");
}

static void
test_retry(void)
{
    g_auto(World) world;
    g_autoptr(Issue) issue = NULL;
    Segment segment;
    prepare(&world, "a b", &issue, &segment);
    g_auto(Delivery) a = intent_of(&world, issue, "a@example.org");
    g_auto(Delivery) b = intent_of(&world, issue, "b@example.org");
    world_exchange(&world, &segment, NULL, &a, NOW);
    a.state = DELIVERY_DEFERRED;
    a.next_at = NOW + DAY;
    world_exchange(&world, &segment, &a, &b, NOW);
    b.state = DELIVERY_HELD;
    world_exchange(&world, &segment, &b, NULL, NOW);
    g_assert_true(ledger_finish(world.store, &segment, false, NOW, NULL));
    g_assert_false(world_claim(&world, issue, NOW + 10, &segment));
    g_assert_true(
        ledger_retry(world.store, issue->id + 1, NULL, NOW + 10, NULL)); /* another issue */
    g_assert_false(world_claim(&world, issue, NOW + 10, &segment));
    g_assert_true(ledger_retry(world.store, 0, NULL, NOW + 10, NULL));
    g_assert_true(world_claim(&world, issue, NOW + 10, &segment));
    g_autofree char *readers = world_readers(&world, &segment, NOW + 10);
    g_assert_cmpstr(readers, ==, "a b");
}

static void
test_deferred(void)
{
    g_auto(World) world;
    g_autoptr(Issue) issue = NULL;
    Segment segment;
    prepare(&world, "a", &issue, &segment);
    g_auto(Delivery) a = intent_of(&world, issue, "a@example.org");
    world_exchange(&world, &segment, NULL, &a, NOW);
    a.state = DELIVERY_DEFERRED;
    a.next_at = NOW + 300;
    world_exchange(&world, &segment, &a, NULL, NOW);
    g_assert_true(ledger_finish(world.store, &segment, false, NOW, NULL));
    g_assert_false(world_claim(&world, issue, NOW + 299, &segment));
    g_assert_true(world_claim(&world, issue, NOW + 300, &segment));
    g_autofree char *readers = world_readers(&world, &segment, NOW + 300);
    g_assert_cmpstr(readers, ==, "a");
}

/* What a clock that was far ahead has put off is due once it is right again. */
static void
test_wrong_clock(void)
{
    const int64_t wrong = NOW + 400 * (int64_t)DAY;
    g_auto(World) world;
    g_autoptr(Issue) issue = NULL;
    Segment segment;
    prepare(&world, "a b", &issue, &segment);
    g_auto(Delivery) a = intent_of(&world, issue, "a@example.org");
    g_auto(Delivery) b = intent_of(&world, issue, "b@example.org");
    a.first_at = a.at = b.first_at = b.at = wrong;
    world_exchange(&world, &segment, NULL, &b, wrong);
    a.state = DELIVERY_DEFERRED;
    a.next_at = wrong + 300;
    world_exchange(&world, &segment, &a, NULL, wrong);
    g_assert_true(ledger_finish(world.store, &segment, false, wrong, NULL));
    g_assert_false(world_claim(&world, issue, NOW, &segment));
    g_assert_true(ledger_begin_run(world.store, NOW, NULL));
    g_assert_true(world_claim(&world, issue, NOW, &segment));
    g_autofree char *readers = world_readers(&world, &segment, NOW);
    g_assert_cmpstr(readers, ==, "a b");
}

/* A clock that is behind all issues does not move a first try: by the right one the mail would be given up. */
static void
test_clock_behind(void)
{
    const int64_t behind = NOW - 400 * (int64_t)DAY;
    g_auto(World) world;
    g_autoptr(Issue) issue = NULL;
    Segment segment;
    prepare(&world, "a", &issue, &segment);
    g_auto(Delivery) a = intent_of(&world, issue, "a@example.org");
    world_exchange(&world, &segment, NULL, &a, NOW);
    a.state = DELIVERY_DEFERRED;
    a.next_at = NOW + 300;
    world_exchange(&world, &segment, &a, NULL, NOW);
    g_assert_true(ledger_finish(world.store, &segment, false, NOW, NULL));
    g_assert_true(ledger_begin_run(world.store, behind, NULL));
    g_assert_true(world_claim(&world, issue, behind, &segment));
    g_autoptr(GPtrArray) page =
        ledger_recipients(world.store, &segment, RECIPIENTS_AGAIN, -1, behind, 10, NULL);
    g_assert_cmpuint(page->len, ==, 1);
    const Recipient *recipient = page->pdata[0];
    g_assert_cmpint(recipient->delivery.first_at, ==, a.first_at);
    g_assert_cmpint(a.first_at, >, behind);
}

/* A run that gives a segment back does not claim it again by the time at which it began; the next
 * run does, at once. */
static void
test_unfinished(void)
{
    g_auto(World) world;
    g_autoptr(Issue) issue = NULL;
    Segment segment;
    prepare(&world, "a", &issue, &segment);
    g_assert_true(ledger_finish(world.store, &segment, true, NOW, NULL));
    g_assert_false(world_claim(&world, issue, NOW, &segment));
    g_assert_true(ledger_begin_run(world.store, NOW, NULL));
    g_assert_true(world_claim(&world, issue, NOW, &segment));
}

/* Dies by SIGKILL with a's result and b's intent written, and b's result not. */
static void
die_sending(const World *world, const Segment *segment, const Delivery *a, const Delivery *b)
{
    World other = { .store = store_open(world->url, STORE_READ_WRITE, NULL) };
    Delivery sent = *a;
    sent.state = DELIVERY_SENT;
    if (other.store != NULL && world_exchange(&other, segment, NULL, a, NOW) == LEDGER_OK &&
        world_exchange(&other, segment, &sent, b, NOW) == LEDGER_OK)
        raise(SIGKILL);
    _exit(1);
}

static void
test_crash(void)
{
    g_auto(World) world;
    g_autoptr(Issue) issue = NULL;
    Segment segment;
    prepare(&world, "a b c", &issue, &segment);
    g_auto(Delivery) a = intent_of(&world, issue, "a@example.org");
    g_auto(Delivery) b = intent_of(&world, issue, "b@example.org");
    g_clear_pointer(&world.store, store_close);
    pid_t child = fork();
    if (child == 0)
        die_sending(&world, &segment, &a, &b);
    int status = 0;
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);

    world_reopen(&world);
    g_autofree char *left = states(&world);
    g_assert_cmpstr(left, ==, "b@example.org uncertain\na@example.org sent\n");
    g_assert_false(world_claim(&world, issue, NOW, &segment)); /* the dead one has its lease */
    g_assert_true(ledger_begin_run(world.store, NOW, NULL));
    g_assert_true(world_claim(&world, issue, NOW, &segment));
    g_autoptr(GPtrArray) page = world_recipients(&world, &segment, NOW);
    g_assert_cmpint(page->len, ==, 2);
    g_assert_cmpint(((Recipient *)page->pdata[0])->delivery.state, ==, 0); /* fresh ones first */
    g_assert_cmpint(((Recipient *)page->pdata[1])->delivery.state, ==, DELIVERY_INTENT);
}

static void
test_segments(void)
{
    g_auto(World) world;
    world_open(&world);
    g_autoptr(GPtrArray) choices = g_ptr_array_new_with_free_func((GDestroyNotify)choice_free);
    for (int i = 0; i < SEGMENT_SIZE + 10; i++) {
        g_autofree char *address = g_strdup_printf("p%d@example.org", i);
        g_ptr_array_add(choices, world_choice(address, "daily"));
    }
    PeopleChange change = { 0 };
    g_assert_true(
        store_subscriptions_put(world.store, "morgen", choices, ORIGIN_IMPORT, NOW, &change, NULL));
    world_harvest(&world, 1, 1);
    g_autoptr(Issue) issue = world_cut(&world, RHYTHM_DAILY, NOW);
    Segment first, second, third;
    g_assert_true(world_claim(&world, issue, NOW, &first));
    g_assert_true(world_claim(&world, issue, NOW, &second));
    g_assert_false(world_claim(&world, issue, NOW, &third));
    g_assert_cmpint(first.number, !=, second.number);

    guint count = 0;
    const Segment *segments[] = { &first, &second };
    for (int i = 0; i < 2; i++) {
        int64_t after = -1;
        for (;;) {
            g_autoptr(GPtrArray) page = ledger_recipients(world.store, segments[i],
                                                          RECIPIENTS_FRESH, after, NOW, 1000, NULL);
            if (page->len == 0)
                break;
            count += page->len;
            after = ((Recipient *)page->pdata[page->len - 1])->subscription->id;
            g_assert_cmpint(after / SEGMENT_SIZE, ==, segments[i]->number);
        }
    }
    g_assert_cmpint(count, ==, SEGMENT_SIZE + 10);
}

static void
test_list(void)
{
    g_auto(World) world;
    g_autoptr(Issue) issue = NULL;
    Segment segment;
    prepare(&world, "a b c", &issue, &segment);
    g_assert_true(ledger_finish(world.store, &segment, true, NOW, NULL));
    world_deliver(&world, issue, DELIVERY_SENT, NOW + 1);
    static const struct {
        DeliveryQuery query;
        guint expect;
    } cases[] = {
        { { .state = -1 }, 3 },
        { { .state = -1, .limit = 2 }, 2 },
        { { .state = DELIVERY_REFUSED }, 0 },
        { { .state = DELIVERY_SENT, .address_key = "b@example.org" }, 1 },
        { { .state = -1, .issue = 77 }, 0 },
        { { .state = -1, .domain = "example.org" }, 3 },
        { { .state = -1, .domain = "xample.org" }, 0 },
        { { .state = -1, .domain = "example_org" }, 0 },
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GPtrArray) list = history_list(world.store, &cases[i].query, NULL);
        g_assert_cmpint(list->len, ==, cases[i].expect);
    }
}

/* Several connections, several segments: one commit, and an answer for each entry. */
static void
test_batch(void)
{
    g_auto(World) world;
    g_autoptr(Issue) issue = NULL;
    Segment segment, strange;
    prepare(&world, "a b c d", &issue, &segment);
    strange = segment;
    strange.token += 7;
    g_auto(Delivery) a = intent_of(&world, issue, "a@example.org");
    g_auto(Delivery) b = intent_of(&world, issue, "b@example.org");
    g_auto(Delivery) c = intent_of(&world, issue, "c@example.org");
    g_auto(Delivery) d = intent_of(&world, issue, "d@example.org");
    world_event(&world, "b@example.org", EVENT_UNSUBSCRIBE, WILL_PERSON);
    d.state = DELIVERY_REFUSED;
    d.code = 550;
    d.status = g_strdup("5.1.1");
    d.note = g_strdup("nobody here");
    LedgerEntry entries[] = {
        { .segment = &segment, .intent = &a },   { .segment = &segment, .intent = &b },
        { .segment = &strange, .intent = &c },   { .segment = &segment, .result = &d },
        { .segment = &segment, .intent = NULL },
    };
    g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(LedgerEntry));
    g_array_append_vals(list, entries, G_N_ELEMENTS(entries));
    g_assert_true(ledger_exchange(world.store, list, NOW, 900, NULL));
    const LedgerOutcome expect[] = { LEDGER_OK, LEDGER_LEFT, LEDGER_FENCED, LEDGER_OK, LEDGER_OK };
    for (guint i = 0; i < list->len; i++)
        g_assert_cmpint(g_array_index(list, LedgerEntry, i).outcome, ==, expect[i]);
    g_autofree char *now = states(&world);
    g_assert_cmpstr(now, ==, "d@example.org refused\na@example.org uncertain\n");

    /* What was refused is written down where bounces are judged. */
    g_autoptr(Subscription) refused = world_find(&world, "d@example.org");
    g_autoptr(GPtrArray) history = store_subscription_history(world.store, refused->id, NULL);
    const SubscriptionRecord *last = history->pdata[history->len - 1];
    g_assert_cmpstr(last->kind, ==, "bounce");
    g_assert_cmpstr(last->reason, ==, "550 5.1.1 nobody here");
}

static void
test_closed(void)
{
    const IssueState closings[] = { ISSUE_PAUSED, ISSUE_CANCELLED };
    for (size_t i = 0; i < G_N_ELEMENTS(closings); i++) {
        g_auto(World) world;
        g_autoptr(Issue) issue = NULL;
        Segment segment;
        bool changed = false;
        int64_t count = 0;
        prepare(&world, "a b", &issue, &segment);
        g_auto(Delivery) a = intent_of(&world, issue, "a@example.org");
        g_auto(Delivery) b = intent_of(&world, issue, "b@example.org");
        g_assert_true(ledger_count(world.store, issue->id, &count, NULL));
        g_assert_cmpint(count, ==, 2);
        world_exchange(&world, &segment, NULL, &a, NOW);
        g_assert_true(store_issue_change(world.store, issue->id, closings[i], NOW, &changed, NULL));
        g_assert_true(changed);
        a.state = DELIVERY_SENT;
        g_assert_cmpint(world_exchange(&world, &segment, &a, &b, NOW), ==, LEDGER_CLOSED);
        g_autofree char *done = states(&world);
        g_assert_cmpstr(done, ==, "a@example.org sent\n"); /* what was on its way counts */
        g_assert_true(store_issue_change(world.store, issue->id, ISSUE_OPEN, NOW, &changed, NULL));
        g_assert_true(changed == (closings[i] == ISSUE_PAUSED));
        g_assert_true(ledger_count(world.store, issue->id, &count, NULL));
        g_assert_cmpint(count, ==, 1);
    }
}

/* Many mails share one lease: it is written when a tenth of it has passed, and it holds. */
static void
test_lease(void)
{
    g_auto(World) world;
    g_autoptr(Issue) issue = NULL;
    Segment segment, other;
    prepare(&world, "a b", &issue, &segment);
    world_exchange(&world, &segment, NULL, NULL, NOW + 89);
    g_assert_true(world_claim(&world, issue, NOW + 901, &other));
    g_assert_cmpint(world_exchange(&world, &segment, NULL, NULL, NOW + 902), ==, LEDGER_FENCED);
    world_exchange(&world, &other, NULL, NULL, NOW + 901 + 100);
    g_assert_false(world_claim(&world, issue, NOW + 901 + 901, &segment));
    g_assert_true(world_claim(&world, issue, NOW + 901 + 1001, &segment));
}

/* What a digest leaves over */

/* What is at hand for the digest of p@example.org in ISSUE: "1 2", and "(settled)". */
static char *
carried(World *world, const Issue *issue)
{
    g_autoptr(Subscription) reader = world_find(world, "p@example.org");
    g_autoptr(GString) text = g_string_new(NULL);
    g_assert_true(ledger_carried(world->store, issue->id, reader, NULL));
    const GArray *articles = reader->carry.articles;
    for (guint i = 0; articles != NULL && i < articles->len; i++)
        g_string_append_printf(text, "%" G_GINT64_FORMAT " ", g_array_index(articles, int64_t, i));
    g_string_append(text, reader->carry.settled ? "(settled)" : "");
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static LedgerOutcome
intend(World *world, const Segment *segment, const Delivery *intent, const Subscription *reader,
       int64_t left)
{
    g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(LedgerEntry));
    g_array_append_val(numbers, left);
    LedgerEntry entry = { .segment = segment, .intent = intent, .reader = reader, .left = numbers };
    g_array_append_val(entries, entry);
    g_assert_true(ledger_exchange(world->store, entries, NOW, 900, NULL));
    return g_array_index(entries, LedgerEntry, 0).outcome;
}

static void
assert_carried(World *world, const Issue *issue, const char *expected)
{
    g_autofree char *text = carried(world, issue);
    g_assert_cmpstr(text, ==, expected);
}

/* Two issues are open for one person: what the digest of the second is chosen from has changed since it
 * was read. It is chosen anew; the first one's is as it was whenever it is made again. */
static void
test_carried(void)
{
    g_auto(World) world;
    g_autoptr(Issue) first = NULL;
    Segment segment, other;
    prepare(&world, "p", &first, &segment);
    world_harvest(&world, 3, 4);
    g_autoptr(Issue) second = world_cut(&world, RHYTHM_DAILY, NOW + DAY);
    g_assert_true(world_claim(&world, second, NOW, &other));
    g_autoptr(Subscription) reader = world_find(&world, "p@example.org");
    g_auto(Delivery) one = intent_of(&world, first, "p@example.org");
    g_auto(Delivery) two = intent_of(&world, second, "p@example.org");

    assert_carried(&world, first, "");
    g_assert_cmpint(intend(&world, &segment, &one, reader, 2), ==, LEDGER_OK);
    assert_carried(&world, first, "(settled)");
    assert_carried(&world, second, "2 ");

    g_assert_cmpint(intend(&world, &other, &two, reader, 4), ==, LEDGER_STALE);
    g_autofree char *unchanged = states(&world);
    g_assert_cmpstr(unchanged, ==, "p@example.org uncertain\n");
    g_assert_true(ledger_carried(world.store, second->id, reader, NULL));
    g_assert_cmpint(intend(&world, &other, &two, reader, 4), ==, LEDGER_OK);
    assert_carried(&world, second, "2 (settled)");
    g_autoptr(Subscription) again = world_find(&world, "p@example.org");
    g_assert_true(ledger_carried(world.store, second->id, again, NULL));
    g_assert_cmpint(again->carry.written, ==, reader->carry.written);
    g_assert_cmpint(again->carry.written, >, 0);
    assert_carried(&world, first, "(settled)");
}

/* Who had too little in an issue is not chosen for again, when its segment is read again for others. */
static void
test_waiter(void)
{
    g_auto(World) world;
    g_autoptr(Issue) issue = NULL;
    Segment segment;
    prepare(&world, "a b", &issue, &segment);
    g_autoptr(Subscription) reader = world_find(&world, "a@example.org");
    g_autoptr(GArray) left = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(LedgerEntry));
    const LedgerEntry entry = { .segment = &segment, .reader = reader, .left = left };
    const int64_t article = 2;
    g_array_append_val(left, article);
    g_array_append_val(entries, entry);
    g_assert_true(ledger_exchange(world.store, entries, NOW, 900, NULL));
    g_assert_cmpint(g_array_index(entries, LedgerEntry, 0).outcome, ==, LEDGER_OK);
    g_autofree char *readers = world_readers(&world, &segment, NOW);
    g_assert_cmpstr(readers, ==, "b");
}

/* What waits for somebody is in the next issue of their slot, also when nothing is new, and while it is
 * young enough. */
static void
test_carried_into_the_next(void)
{
    g_auto(World) world;
    g_autoptr(Issue) first = NULL;
    Segment segment;
    prepare(&world, "p q", &first, &segment);
    g_autoptr(Subscription) reader = world_find(&world, "p@example.org");
    g_auto(Delivery) one = intent_of(&world, first, "p@example.org");
    g_autoptr(GPtrArray) articles = store_issue_articles(world.store, first->id, NULL);
    const Article *article = articles->pdata[1];
    g_assert_cmpint(intend(&world, &segment, &one, reader, article->seq), ==, LEDGER_OK);

    g_autoptr(Issue) second = world_cut(&world, RHYTHM_DAILY, NOW + DAY);
    g_assert_nonnull(second);
    g_autofree char *content = world_articles(&world, second);
    g_assert_cmpstr(content, ==, "2");

    g_assert_cmpint(world_event(&world, "p@example.org", EVENT_UNSUBSCRIBE, WILL_PERSON), ==,
                    LIFECYCLE_CHANGED);
    g_assert_null(world_cut(&world, RHYTHM_DAILY, NOW + 2 * DAY));
    g_assert_cmpint(world_event(&world, "p@example.org", EVENT_SUBSCRIBE, WILL_PERSON), ==,
                    LIFECYCLE_CHANGED);
    assert_carried(&world, second, ""); /* whoever comes back begins anew */
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/store/ledger/intent-then-result", test_exchange);
    g_test_add_func("/store/ledger/what-is-final-stays", test_final);
    g_test_add_func("/store/ledger/a-stalled-sender-is-fenced", test_fence);
    g_test_add_func("/store/ledger/who-left-a-moment-ago-gets-none", test_left);
    g_test_add_func("/store/ledger/who-left-with-a-delivery", test_left_with_a_delivery);
    g_test_add_func("/store/ledger/back-after-the-cut", test_back_after_the_cut);
    g_test_add_func("/store/ledger/deferred-waits-for-its-time", test_deferred);
    g_test_add_func("/store/ledger/a-wrong-clock-is-forgiven", test_wrong_clock);
    g_test_add_func("/store/ledger/a-wrong-clock-is-forgiven-behind", test_clock_behind);
    g_test_add_func("/store/ledger/given-back-unfinished", test_unfinished);
    g_test_add_func("/store/ledger/a-crash-leaves-its-intent", test_crash);
    g_test_add_func("/store/ledger/segments", test_segments);
    g_test_add_func("/store/ledger/list", test_list);
    g_test_add_func("/store/ledger/back-by-own-will", test_back_by_own_will);
    g_test_add_func("/store/ledger/a-late-result", test_late_result);
    g_test_add_func("/store/ledger/retry", test_retry);
    g_test_add_func("/store/ledger/many-in-one-commit", test_batch);
    g_test_add_func("/store/ledger/paused-and-cancelled", test_closed);
    g_test_add_func("/store/ledger/lease", test_lease);
    g_test_add_func("/store/ledger/carried", test_carried);
    g_test_add_func("/store/ledger/who-waits-is-not-chosen-for-again", test_waiter);
    g_test_add_func("/store/ledger/carried-into-the-next", test_carried_into_the_next);
    return g_test_run();
}
