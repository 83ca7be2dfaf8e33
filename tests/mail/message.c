#include "mail/message.h"

#include <string.h>

/* Puts "own SHARED own SHARED…" together: capitals are shared. */
static void
append(Message *message, const char *text)
{
    while (*text != '\0') {
        size_t size = 1;
        while (text[size] != '\0' && g_ascii_isupper(text[size]) == g_ascii_isupper(*text))
            size++;
        if (g_ascii_isupper(*text))
            message_share(message, text, size);
        else
            g_string_append_len(message_own(message), text, (gssize)size);
        text += size;
    }
}

static const char *const texts[] = { "",          "own",     "SHARED", "ownSHARED",
                                     "SHAREDown", "aBcDeFg", "ABCdEF" };

static void
test_in_order(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(Message) message = message_new();
        g_autoptr(GString) out = g_string_new("before ");
        g_autofree char *expected = g_strconcat("before ", texts[i], NULL);
        append(message, texts[i]);
        g_assert_cmpuint(message_size(message), ==, strlen(texts[i]));
        message_write(message, out);
        g_assert_cmpstr(out->str, ==, expected);
        message_write(message, out); /* once more */
        g_assert_cmpuint(out->len, ==, strlen(expected) + strlen(texts[i]));
        g_assert_cmpstr(message_text(message)->str, ==, texts[i]);
        g_assert_cmpuint(message_size(message), ==, strlen(texts[i]));
    }
}

static void
test_two_shares_meet(void)
{
    g_autoptr(Message) message = message_new();
    message_share(message, "one, ", 5);
    message_share(message, "two", 3);
    g_assert_cmpstr(message_text(message)->str, ==, "one, two");
}

/* What is shared may go once it is a text of its own. */
static void
test_a_text_is_its_own(void)
{
    g_autofree char *shared = g_strdup("SHARED");
    g_autoptr(Message) message = message_new();
    append(message, "own");
    message_share(message, shared, strlen(shared));
    g_string_append(message_text(message), ", and more");
    memset(shared, '?', strlen(shared));
    g_assert_cmpstr(message_text(message)->str, ==, "ownSHARED, and more");
    g_assert_cmpuint(message_size(message), ==, strlen("ownSHARED, and more"));
}

static void
test_cleared(void)
{
    g_autoptr(Message) message = message_new_take(g_string_new("before"));
    append(message, "ownSHARED");
    message_clear(message);
    g_assert_cmpuint(message_size(message), ==, 0);
    append(message, "SHAREDagain");
    g_assert_cmpstr(message_text(message)->str, ==, "SHAREDagain");
}

static void
count(void *data)
{
    guint *times = data;
    (*times)++;
}

/* The owner of what is shared is let go as soon as nothing is, and once. */
static void
test_owner(void)
{
    guint times = 0;
    Message *message = message_new();
    append(message, "SHARED");
    message_keep(message, &times, count);
    g_assert_cmpuint(times, ==, 0);
    message_text(message);
    g_assert_cmpuint(times, ==, 1);
    append(message, "SHARED");
    message_keep(message, &times, count);
    message_clear(message);
    g_assert_cmpuint(times, ==, 2);
    message_keep(message, &times, count);
    message_free(message);
    g_assert_cmpuint(times, ==, 3);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/mail/message/in-order", test_in_order);
    g_test_add_func("/mail/message/two-shares-meet", test_two_shares_meet);
    g_test_add_func("/mail/message/a-text-is-its-own", test_a_text_is_its_own);
    g_test_add_func("/mail/message/cleared", test_cleared);
    g_test_add_func("/mail/message/owner", test_owner);
    return g_test_run();
}
