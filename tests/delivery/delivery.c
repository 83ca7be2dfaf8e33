#include "delivery/delivery.h"

#define NOW 1000000

static void
test_intend(void)
{
    g_auto(Delivery) delivery = { .issue = 1, .subscription = 2 };
    delivery_intend(&delivery, NOW);
    g_assert_cmpint(delivery.state, ==, DELIVERY_INTENT);
    g_assert_cmpint(delivery.attempt, ==, 1);
    g_assert_cmpint(delivery.first_at, ==, NOW);

    delivery.state = DELIVERY_DEFERRED;
    delivery.next_at = NOW + 5;
    delivery.note = g_strdup("greylisted");
    delivery_intend(&delivery, NOW + 5);
    g_assert_cmpint(delivery.attempt, ==, 2);
    g_assert_cmpint(delivery.first_at, ==, NOW);
    g_assert_cmpint(delivery.at, ==, NOW + 5);
    g_assert_cmpint(delivery.next_at, ==, 0);
    g_assert_null(delivery.note);
}

/* What becomes of the first attempt, AGE seconds after it began. */
static const struct {
    const char *rule;
    Verdict verdict;
    int64_t age;
    DeliveryState state;
    int attempt;
    bool waits;
} cases[] = {
    { "sent is sent", VERDICT_SENT, 1, DELIVERY_SENT, 1, false },
    { "refused is final", VERDICT_REFUSED, 1, DELIVERY_REFUSED, 1, false },
    { "later waits", VERDICT_LATER, 1, DELIVERY_DEFERRED, 1, true },
    { "later is dropped when it is no news", VERDICT_LATER, 3 * 86400, DELIVERY_DROPPED, 1, false },
    { "uncertain stays an intent", VERDICT_UNCERTAIN, 1, DELIVERY_INTENT, 1, false },
    { "our fault waits too", VERDICT_OUR_FAULT, 1, DELIVERY_DEFERRED, 1, true },
    { "our fault ends as well", VERDICT_OUR_FAULT, 3 * 86400, DELIVERY_DROPPED, 1, false },
    { "not sent is no attempt", VERDICT_NOT_SENT, 1, DELIVERY_DEFERRED, 0, true },
    { "not sent ends as well", VERDICT_NOT_SENT, 3 * 86400, DELIVERY_DROPPED, 0, false },
};

/* An intent whose mail was certainly not sent is as good as none. */
static void
test_take_back(void)
{
    SmtpReply reply = { .code = 421, .status = (char *)"4.3.2", .text = (char *)"later" };
    g_auto(Delivery) delivery = { 0 };
    delivery_intend(&delivery, NOW);
    delivery_take_back(&delivery, &reply, NOW + 5);
    g_assert_cmpint(delivery.state, ==, DELIVERY_DEFERRED);
    g_assert_cmpint(delivery.attempt, ==, 0);
    g_assert_cmpint(delivery.next_at, ==, NOW + 5);
    delivery_intend(&delivery, NOW + 6);
    g_assert_cmpint(delivery.attempt, ==, 1);
    g_assert_cmpint(delivery.first_at, ==, NOW);
}

static void
test_apply(void)
{
    SmtpReply reply = { .code = 450, .status = (char *)"4.2.0", .text = (char *)"the words" };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(Delivery) delivery = { 0 };
        int64_t now = NOW + cases[i].age;
        g_test_message("%s", cases[i].rule);
        delivery_intend(&delivery, NOW);
        delivery_apply(&delivery, cases[i].verdict, &reply, now, 0);
        g_assert_cmpint(delivery.state, ==, cases[i].state);
        g_assert_cmpint(delivery.attempt, ==, cases[i].attempt);
        g_assert_cmpint(delivery.first_at, ==, NOW);
        g_assert_cmpint(delivery.next_at > now, ==, cases[i].waits);
        g_assert_cmpint(delivery.code, ==, 450);
        g_assert_cmpstr(delivery.status, ==, "4.2.0");
        g_assert_cmpstr(delivery.note, ==, "the words");
    }
}

static void
test_names(void)
{
    for (int state = DELIVERY_INTENT; state <= DELIVERY_HELD; state++) {
        DeliveryState found = 0;
        g_assert_true(delivery_state_find(delivery_state_name((DeliveryState)state), &found));
        g_assert_cmpint(found, ==, state);
        g_assert_cmpint(delivery_is_final((DeliveryState)state), ==,
                        state == DELIVERY_SENT || state == DELIVERY_REFUSED ||
                            state == DELIVERY_DROPPED);
    }
    DeliveryState state = DELIVERY_SENT;
    g_assert_false(delivery_state_find("intent", &state));
    g_assert_cmpint(state, ==, DELIVERY_SENT);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/delivery/delivery/intend", test_intend);
    g_test_add_func("/delivery/delivery/apply", test_apply);
    g_test_add_func("/delivery/take-back", test_take_back);
    g_test_add_func("/delivery/delivery/names", test_names);
    return g_test_run();
}
