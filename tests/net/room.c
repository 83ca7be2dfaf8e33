#include "net/room-internal.h"

#include <glib.h>

#define MAX_SIZE 24
#define LARGEST  16

static const Room empty = { .max = MAX_SIZE, .largest = LARGEST };

static void
test_share(void)
{
    Room room = empty;
    Share one = { 0 }, other = { 0 };
    g_assert_true(room_take(&room, &one, 10));
    g_assert_true(room_take(&room, &one, 7)); /* has it already */
    g_assert_cmpint(room.used, ==, 10);
    g_assert_false(room_has_largest(&room));
    g_assert_false(room_take(&room, &other, 15));
    g_assert_true(room_take(&room, &other, 14));
    g_assert_false(room_take(&room, &one, 11));
    room_leave(&room, &one);
    room_leave(&room, &one); /* nothing */
    g_assert_cmpint(room.used, ==, 14);
    room_leave(&room, &other);
    g_assert_true(room_has_largest(&room));
}

/* Who waits leaves the largest free, which is then one's to the end. */
static void
test_wait(void)
{
    Room room = empty;
    Share one = { 0 }, other = { 0 };
    g_assert_true(room_take_or_wait(&room, &one, 5));
    g_assert_true(room_take_or_wait(&room, &other, 3));
    g_assert_true(room_has_largest(&room));
    g_assert_true(room_take_or_wait(&room, &one, 6));
    g_assert_cmpint(one.size, ==, LARGEST);
    g_assert_false(room_take_or_wait(&room, &other, 9));
    room_trim(&room, &one, 6); /* it keeps what it has got */
    g_assert_cmpint(one.size, ==, LARGEST);
    room_leave(&room, &one);
    g_assert_true(room_take_or_wait(&room, &other, 9));
    room_leave(&room, &other);
    g_assert_cmpint(room.used + room.waiting, ==, 0);
}

static void
test_trim(void)
{
    Room room = empty;
    Share share = { 0 };
    g_assert_true(room_take_or_wait(&room, &share, 8));
    room_trim(&room, &share, 3);
    g_assert_cmpint(share.size, ==, 3);
    g_assert_cmpint(room.used, ==, 3);
    g_assert_cmpint(room.waiting, ==, 3);
    room_trim(&room, &share, 5);
    g_assert_cmpint(share.size, ==, 3);
}

/* However many want however much: in each round somebody gets more, or all of it and leaves. */
static void
test_nobody_waits_for_ever(void)
{
    enum { COUNT = 50 };
    Room room = empty;
    Share shares[COUNT] = { 0 };
    size_t sizes[COUNT] = { 0 };
    int left = COUNT;
    while (left > 0) {
        int moved = 0;
        for (size_t i = 0; i < COUNT; i++) {
            if (sizes[i] == LARGEST || !room_take_or_wait(&room, &shares[i], sizes[i] + 1))
                continue;
            moved++;
            g_assert_cmpint(room.used, <=, MAX_SIZE);
            if (++sizes[i] < LARGEST)
                continue;
            room_leave(&room, &shares[i]);
            left--;
        }
        g_assert_cmpint(moved, >, 0);
    }
    g_assert_cmpint(room.used + room.waiting, ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/room/share", test_share);
    g_test_add_func("/room/wait", test_wait);
    g_test_add_func("/room/trim", test_trim);
    g_test_add_func("/room/nobody-waits-for-ever", test_nobody_waits_for_ever);
    return g_test_run();
}
