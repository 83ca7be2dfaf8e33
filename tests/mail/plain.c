#include "mail/plain.h"

#include <glib.h>
#include <string.h>

static const struct {
    const char *rule;
    const char *html;
    const char *expect;
} pages[] = {
    { "text", "no tags", "no tags" },
    { "a tag within a line", "not <b>deliver</b>ed", "not delivered" },
    { "a block begins a line", "one<p>two</p>", "one\ntwo\n" },
    { "a break, too", "one<br/>two<BR>three", "one\ntwo\nthree" },
    { "a cell, too", "<tr><td>a</td><td>b</td></tr>", "\n\na\n\nb\n\n" },
    { "entities", "1 &lt; 2 &amp; 3 &gt; 2&nbsp;!", "1 < 2 & 3 > 2 !" },
    { "German ones", "f&uuml;r &Uuml;bung",
      "f\xC3\xBCr \xC3\x9C"
      "bung" },
    { "by number", "&#252; &#xFC; &#0; &; &#x110000;", "ü ü &#0; &; &#x110000;" },
    { "one that nobody knows", "a &strange; b & c", "a &strange; b & c" },
    { "style is no text", "a<style>b { c }</style>d", "ad" },
    { "a comment is none", "a<!-- b > c -->d", "ad" },
    { "nor is one that never ends", "a<!-- b", "a" },
    { "an address in brackets", "to <a@example.net> today", "to <a@example.net> today" },
    { "a link is its text", "<a href=\"mailto:a@example.net\">a@example.net</a>", "a@example.net" },
    { "a bracket that begins nothing", "1 < 2", "1 < 2" },
    { "a tag that never ends", "a<b c", "a" },
    { "nothing", "", "" },
};

static void
test_html(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(pages); i++) {
        g_autofree char *exact = g_strdup(pages[i].html);
        g_autofree char *is = plain_from_html(exact);
        g_test_message("%s", pages[i].rule);
        g_assert_cmpstr(is, ==, pages[i].expect);
    }
}

static const struct {
    const char *rule;
    const char *bytes;
    const char *charset;
    const char *expect;
} texts[] = {
    { "UTF-8", "f\xC3\xBCr", "utf-8", "f\xC3\xBCr" },
    { "said to be ASCII", "f\xC3\xBCr", "us-ascii", "f\xC3\xBCr" },
    { "Latin 1", "f\xFCr", "iso-8859-1", "f\xC3\xBCr" },
    { "Latin 1, not said", "f\xFCr", NULL, "f\xC3\xBCr" },
    { "said to be UTF-8, and is not", "f\xFCr", "utf-8", "f\xC3\xBCr" },
    { "KOI8-R", "\xCE\xC5\xD4", "koi8-r", "\xD0\xBD\xD0\xB5\xD1\x82" },
    { "ISO-2022-JP, not said", "\x1B$B%a!<%k\x1B(B", NULL, "\xE3\x83\xA1\xE3\x83\xBC\xE3\x83\xAB" },
    { "a character set that nobody knows", "f\xC3\xBCr", "x-strange", "f\xC3\xBCr" },
    { "line ends", "a\r\nb\rc\n", NULL, "a\nb\nc\n" },
};

static void
test_bytes(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        gsize size = strlen(texts[i].bytes);
        g_autofree char *exact = g_memdup2(texts[i].bytes, size);
        g_autofree char *is = plain_from_bytes(exact, size, texts[i].charset);
        g_test_message("%s", texts[i].rule);
        g_assert_cmpstr(is, ==, texts[i].expect);
    }
}

/* Whatever the octets are, what comes out is UTF-8. */
static void
test_any_octets(void)
{
    static const char *const charsets[] = { NULL,        "utf-8",        "utf-16",   "iso-2022-jp",
                                            "shift_jis", "windows-1252", "x-strange" };
    g_autoptr(GRand) chance = g_rand_new_with_seed(3);
    for (int i = 0; i < 500; i++) {
        gsize size = (gsize)g_rand_int_range(chance, 1, 60);
        g_autofree char *bytes = g_malloc(size);
        for (gsize k = 0; k < size; k++)
            bytes[k] = (char)g_rand_int_range(chance, 0, 256);
        g_autofree char *text =
            plain_from_bytes(bytes, size, charsets[(gsize)i % G_N_ELEMENTS(charsets)]);
        g_autofree char *plain = plain_from_html(text);
        g_assert_true(g_utf8_validate(text, -1, NULL));
        g_assert_true(g_utf8_validate(plain, -1, NULL));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/plain/html", test_html);
    g_test_add_func("/plain/bytes", test_bytes);
    g_test_add_func("/plain/any-octets", test_any_octets);
    return g_test_run();
}
