#include "mail/spot.h"

#include <string.h>

static const struct {
    const char *rule;
    const char *text;
    const char *expect; /* all that are in it, separated by a space */
} texts[] = {
    { "alone", "a@example.net", "a@example.net" },
    { "in brackets", "<a@example.net>: unknown", "a@example.net" },
    { "in a sentence", "your mail to a@example.net, sent today", "a@example.net" },
    { "at its end", "We do not know a@example.net.", "a@example.net" },
    { "several", "a@example.net;b@example.org", "a@example.net b@example.org" },
    { "a full stop within", "a.b@mail.example.net...", "a.b@mail.example.net" },
    { "signs that may be in a local part", "a+b_c-d%e@example.net", "a+b_c-d%e@example.net" },
    { "signs before it", "***=a@example.net", "a@example.net" },
    { "behind a label", "mailto:a@example.net", "a@example.net" },
    { "in a header's angle brackets", "\"A\" <a@example.net> (A)", "a@example.net" },
    { "letters beyond ASCII",
      "\xC3\xA4rna@b\xC3\xBC"
      "cher.example",
      "\xC3\xA4rna@b\xC3\xBC"
      "cher.example" },
    { "but not scripts without spaces",
      "\xE5\xAE\x9B\xE5\x85\x88"
      "a@example.net\xE3\x81\xAB",
      "a@example.net" },
    { "no domain", "a@ b", "" },
    { "no local part", "@example.net", "" },
    { "a domain that begins with a point", "a@.net", "" },
    { "twice the sign", "a@@example.net", "" },
    { "what follows is looked at", "x@ y a@example.net", "a@example.net" },
    { "nothing", "", "" },
};

static void
test_texts(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autofree char *exact = g_strdup(texts[i].text);
        g_autoptr(GString) is = g_string_new(NULL);
        Spot spot;
        for (const char *at = exact; spot_find(at, &spot); at = spot.begin + spot.size)
            g_string_append_printf(is, "%s%.*s", is->len > 0 ? " " : "", (int)spot.size,
                                   spot.begin);
        g_test_message("%s", texts[i].rule);
        g_assert_cmpstr(is->str, ==, texts[i].expect);
    }
}

static void
test_first(void)
{
    g_autofree char *first = spot_first("from b@example.org to a@example.net");
    g_assert_cmpstr(first, ==, "b@example.org");
    g_assert_null(spot_first("nobody"));
}

/* Whatever is longer than RFC 5321 allows is cut, so that no text is looked at over and over. */
static void
test_long(void)
{
    g_autofree char *local = g_strnfill(100000, 'a');
    g_autofree char *text = g_strconcat(local, "@", local, NULL);
    Spot spot;
    g_assert_true(spot_find(text, &spot));
    g_assert_cmpuint(spot.size, <=, 64 + 1 + 255);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/spot/texts", test_texts);
    g_test_add_func("/spot/first", test_first);
    g_test_add_func("/spot/long", test_long);
    return g_test_run();
}
