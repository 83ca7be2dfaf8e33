#include "base/text.h"

#include <string.h>

#define REPLACEMENT "\xEF\xBF\xBD"

typedef struct {
    const char *rule;
    const char *bytes;
    size_t size; /* 0: BYTES is a C string */
    const char *expect;
} RepairCase;

static const RepairCase repairs[] = {
    { "good text stays", "Grüße, 日本 \xF0\x9F\x98\x80", 0, "Grüße, 日本 \xF0\x9F\x98\x80" },
    { "nothing stays nothing", "", 0, "" },
    { "tab and line feed stay", "a\tb\nc", 0, "a\tb\nc" },
    { "CR LF and CR become line feeds", "a\r\nb\rc\r", 0, "a\nb\nc\n" },
    { "CR LF CR LF are two lines", "a\r\n\r\nb", 0, "a\n\nb" },
    { "other C0 controls and DEL are dropped", "a\x01\x1B[1m\x7F\x0B", 0, "a[1m" },
    { "NUL is dropped", "a\0b\0", 4, "ab" },
    { "C1 controls are what Windows-1252 means", "\xC2\x80\xC2\x84\xC2\x93x\xC2\x94", 0, "€„“x”" },
    { "a C1 control without meaning is a bad character", "\xC2\x81", 0, REPLACEMENT },
    { "noncharacters are dropped", "a\xEF\xB7\x90n\xEF\xB7\x91z\xEF\xBF\xBE\xF4\x8F\xBF\xBF", 0,
      "anz" },
    { "a lone byte of Latin-1",
      "Gr\xFC\xDF"
      "e",
      0, "Gr" REPLACEMENT REPLACEMENT "e" },
    { "a run of stray continuation bytes is one bad sequence", "a\x80\x80\x80z", 0,
      "a" REPLACEMENT "z" },
    { "a sequence that breaks off before a good one", "\xC3\xC3\xA9", 0, REPLACEMENT "é" },
    { "a sequence cut by the end", "a\xE2\x82", 0, "a" REPLACEMENT },
    { "an overlong slash", "\xC0\xAF", 0, REPLACEMENT },
    { "a surrogate", "\xED\xA0\x80!", 0, REPLACEMENT "!" },
    { "beyond U+10FFFF", "\xF4\x90\x80\x80!", 0, REPLACEMENT "!" },
};

static void
test_repair(const void *data)
{
    const RepairCase *test = data;
    size_t size = test->size > 0 ? test->size : strlen(test->bytes);
    g_autofree char *exact = g_memdup2(test->bytes, size);
    g_autofree char *text = text_repair(exact, size);
    g_assert_cmpstr(text, ==, test->expect);
}

/* Every pair of bytes, at the end of the buffer: whatever it is, valid UTF-8 comes out. */
static void
test_repair_pairs(void)
{
    for (unsigned pair = 0; pair < 65536; pair++) {
        g_autofree char *exact = g_malloc(2);
        exact[0] = (char)(pair >> 8);
        exact[1] = (char)(pair & 0xFF);
        g_autofree char *text = text_repair(exact, 2);
        g_assert_true(g_utf8_validate(text, -1, NULL));
        g_assert_null(strpbrk(text, "\r\x1B\x7F"));
    }
}

typedef struct {
    const char *rule;
    const char *text;
    const char *expect;
} TextCase;

static const TextCase lines[] = {
    { "runs of white space are one space", " a \t\r\n  b ", "a b" },
    { "Unicode's spaces too",
      "a\xC2\xA0\xE2\x80\x83\xE2\x80\xA8\xE3\x80\x80"
      "b",
      "a b" },
    { "overrides of direction are dropped",
      "\xE2\x80\xAE"
      "a\xE2\x81\xA6"
      "b",
      "ab" },
    { "marks of direction stay",
      "a\xE2\x80\x8F"
      "b",
      "a\xE2\x80\x8F"
      "b" },
    { "what is bad is repaired", "a\x1B\xFF", "a" REPLACEMENT },
    { "signs, dashes and quotation marks stay", "„Ja“ – 5 °C · 1…", "„Ja“ – 5 °C · 1…" },
    { "a space that does not break is one", "5\xC2\xA0km", "5 km" },
    { "a line separator is one", "a\xE2\x80\xA8z", "a z" },
    { "a sequence that breaks off at the end", "a\xE2\x80", "a" REPLACEMENT },
    { "only space is nothing", " \n ", "" },
};

static void
test_line(const void *data)
{
    const TextCase *test = data;
    g_autofree char *line = text_single_line(test->text);
    g_assert_cmpstr(line, ==, test->expect);
    g_assert_true(text_is_line(line));
}

static void
test_is_line(void)
{
    g_assert_true(text_is_line(""));
    g_assert_true(text_is_line("Grüße an alle"));
    g_assert_false(text_is_line("a\nb"));
    g_assert_false(text_is_line("a\r"));
    g_assert_false(text_is_line("\ta"));
    g_assert_false(text_is_line("a\x7F"));
}

static const TextCase composed[] = {
    { "letters and their marks", "Mu\xCC\x88ller", "Müller" },
    { "several marks", "e\xCC\x82\xCC\x81", "ế" },
    { "syllables of Hangul", "\xE1\x84\x92\xE1\x85\xA1", "하" },
    { "an angstrom is a letter", "10 \xE2\x84\xAB", "10 Å" },
    { "what is composed already", "Müller – „ö“ 日本", NULL },
    { "what has no composed form", "q\xCC\x88", NULL },
    { "compatibility is not touched", "½ ﬁ", NULL },
    { "nothing", "", NULL },
};

static void
test_compose(const void *data)
{
    const TextCase *test = data;
    g_autofree char *text = text_compose(test->text);
    g_assert_cmpstr(text, ==, test->expect);
}

static const TextCase folds[] = {
    { "capitals", "STRASSE", "strasse" },
    { "sharp s", "Straße", "strasse" },
    { "umlauts, composed", "ÄÖÜ", "äöü" },
    { "umlauts, as letter and mark", "A\xCC\x88", "ä" },
    { "full width and ligatures", "\xEF\xBC\xA1\xEF\xAC\x81", "afi" },
    { "Greek final sigma", "ΟΔΟΣ", "οδοσ" },
};

static void
test_fold(const void *data)
{
    const TextCase *test = data;
    g_autofree char *folded = text_fold(test->text);
    g_assert_cmpstr(folded, ==, test->expect);
}

/* The short way through plain Latin gives what GLib does, for each character alone. */
static void
test_fold_is_exact(void)
{
    for (gunichar c = 1; c < 0x3000; c++) {
        char text[7] = { 0 };
        g_unichar_to_utf8(c, text);
        g_autofree char *normal = g_utf8_normalize(text, -1, G_NORMALIZE_ALL_COMPOSE);
        g_autofree char *folded = g_utf8_casefold(normal, -1);
        g_autofree char *expect = g_utf8_normalize(folded, -1, G_NORMALIZE_ALL_COMPOSE);
        g_autofree char *actual = text_fold(text);
        g_assert_cmpstr(actual, ==, expect);
    }
    g_autofree char *broken = text_fold("Ende \xC3");
    g_assert_cmpstr(broken, ==, "");
}

typedef struct {
    const char *rule;
    const char *text;
    size_t max;
    const char *expect;
} SizeCase;

static const SizeCase truncations[] = {
    { "what fits stays", "zehn Worte", 10, "zehn Worte" },
    { "cut at the word's end when one is near", "der rasche Fuchs läuft", 20, "der rasche Fuchs…" },
    { "cut within a word when none is near", "Donaudampfschifffahrt", 10, "Donaudamp…" },
    { "a cut between words loses no word", "eins zwei drei", 10, "eins zwei…" },
    { "a mark stays with its base", "aae\xCC\x81zzz", 4, "aae\xCC\x81…" },
    { "nothing may stay", "abc", 0, "" },
    { "one character is the ellipsis", "abc", 1, "…" },
    { "nothing needs no cut", "", 0, "" },
};

static void
test_truncate(const void *data)
{
    const SizeCase *test = data;
    g_autofree char *cut = text_truncate(test->text, test->max);
    g_assert_cmpstr(cut, ==, test->expect);
}

/* One letter under a tower of marks is one character, but must not be any length. */
static void
test_truncate_marks(void)
{
    g_autoptr(GString) tower = g_string_new("a");
    for (int i = 0; i < 10000; i++)
        g_string_append(tower, "\xCC\x81");
    g_autofree char *cut = text_truncate(tower->str, 10);
    g_assert_cmpuint(strlen(cut), <, 500);
    g_assert_true(g_utf8_validate(cut, -1, NULL));
}

static const SizeCase wraps[] = {
    { "words fill a line", "aa bb cc dd", 5, "aa bb\ncc dd" },
    { "a line that just fits", "aa bb", 5, "aa bb" },
    { "umlauts count as one column", "äää äää", 7, "äää äää" },
    { "a long URL stands alone and whole", "a https://example.org/x b", 6,
      "a\nhttps://example.org/x\nb" },
    { "an address, too", "a mailto:b@example.org c", 6, "a\nmailto:b@example.org\nc" },
    { "other long words are cut", "a bcdefghij k", 4, "a\nbcde\nfghi\nj k" },
    { "as are scripts without blanks", "日本語の文章です", 3, "日本語\nの文章\nです" },
    { "but not before a mark",
      "aaae\xCC\x81"
      "b",
      4,
      "aaa\ne\xCC\x81"
      "b" },
    { "nor within an emoji", "aa👩\xE2\x80\x8D👧b", 4, "aa\n👩\xE2\x80\x8D👧b" },
    { "line feeds are kept", "a\n\nb\n", 5, "a\n\nb\n" },
    { "a word does not run over a line feed", "aa\nbb cc", 5, "aa\nbb cc" },
    { "blanks at the end go", "aa  \t\nbb ", 5, "aa\nbb" },
    { "nothing", "", 5, "" },
};

static void
test_wrap(const void *data)
{
    const SizeCase *test = data;
    g_autofree char *exact = g_memdup2(test->text, strlen(test->text) + 1);
    g_autoptr(GString) out = g_string_new(NULL);
    text_wrap(out, exact, test->max);
    g_assert_cmpstr(out->str, ==, test->expect);
}

static const TextCase nearest[] = {
    { "the word itself", "feed", "feed" },
    { "a letter too many", "feeed", "feed" },
    { "two neighbours swapped", "isseu", "issue" },
    { "two mistakes", "subscribbers", "subscriber" },
    { "three are too many", "subscription", NULL },
    { "the nearer of two", "posst", "post" },
    { "a short word is not like everything", "xy", NULL },
    { "nothing is like nothing", "", NULL },
};

static void
test_nearest(const void *data)
{
    static const char *const words[] = {
        "feed", "issue", "subscriber", "pose", "post", "db", NULL
    };
    const TextCase *test = data;
    g_assert_cmpstr(text_nearest(test->text, words), ==, test->expect);
}

#define ADD_TABLE(name, table, test)                                                               \
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {                                             \
        g_autofree char *path = g_strdup_printf("/text/" name "/%s", table[i].rule);               \
        g_test_add_data_func(path, &table[i], test);                                               \
    }

/* As GLib sees it, for every pair of a lead and a second octet, at every place in a block. */
static void
test_is_utf8(void)
{
    for (int lead = 0; lead < 256; lead++) {
        for (int second = 0; second < 256; second++) {
            for (size_t size = 1; size <= 5; size++) {
                size_t place = (size_t)(lead + second) % 33;
                g_autofree char *text = g_malloc(place + size);
                memset(text, 'a', place + size);
                const char sequence[] = { (char)lead, (char)second, '\x80', '\xBF', 'z' };
                memcpy(text + place, sequence, size);
                g_assert_cmpint(text_is_utf8(text, place + size), ==,
                                g_utf8_validate_len(text, place + size, NULL));
            }
        }
    }
    g_assert_true(text_is_utf8("", 0));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_TABLE("repair", repairs, test_repair);
    ADD_TABLE("single line", lines, test_line);
    ADD_TABLE("compose", composed, test_compose);
    ADD_TABLE("fold", folds, test_fold);
    g_test_add_func("/text/fold/the short way is exact", test_fold_is_exact);
    ADD_TABLE("truncate", truncations, test_truncate);
    ADD_TABLE("wrap", wraps, test_wrap);
    ADD_TABLE("nearest", nearest, test_nearest);
    g_test_add_func("/text/repair/any two bytes make valid text", test_repair_pairs);
    g_test_add_func("/text/controls make no line", test_is_line);
    g_test_add_func("/text/truncate/a tower of marks is cut", test_truncate_marks);
    g_test_add_func("/text/is UTF-8", test_is_utf8);
    return g_test_run();
}
