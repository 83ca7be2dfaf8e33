#include "mail/encode.h"

#include "corpus.h"
#include "decode.h"

/* A field, exactly; \r\n at its end is left out. */
static const struct {
    const char *rule;
    const char *text;
    const char *expect;
} fields[] = {
    { "ASCII stays as it is", "Morning digest: 3 articles", "Subject: Morning digest: 3 articles" },
    { "nothing", "", "Subject:" },
    { "one umlaut: Q is shorter", "Übersicht", "Subject: =?UTF-8?Q?=C3=9Cbersicht?=" },
    { "CJK: B is shorter", "今日", "Subject: =?UTF-8?B?5LuK5pel?=" },
    { "a space in Q is _, and _ is encoded", "Übersicht a_b",
      "Subject: =?UTF-8?Q?=C3=9Cbersicht_a=5Fb?=" },
    { "what looks encoded is encoded", "=?x", "Subject: =?UTF-8?B?PT94?=" },
    { "two spaces would be lost in folding", "a  b", "Subject: =?UTF-8?Q?a__b?=" },
    { "a line end never gets out", "a\r\nBcc: everybody@example.org",
      "Subject: =?UTF-8?Q?a=0D=0ABcc=3A_everybody=40example=2Eorg?=" },
    { "folded at a space before column 76",
      "one two three four five six seven eight nine ten eleven twelve thirteen fourteen",
      "Subject: one two three four five six seven eight nine ten eleven twelve\r\n"
      " thirteen fourteen" },
};

static void
test_fields(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(fields); i++) {
        g_autoptr(GString) out = g_string_new(NULL);
        g_autofree char *expect = g_strconcat(fields[i].expect, "\r\n", NULL);
        header_write_text(out, "Subject", fields[i].text);
        g_test_message("%s", fields[i].rule);
        g_assert_cmpstr(out->str, ==, expect);
    }
}

/* Text with all that a header may hold comes back, from a field of the right form. */
static void
test_text_comes_back(void)
{
    g_autoptr(GPtrArray) corpus = corpus_new(true);
    for (guint i = 0; i < corpus->len; i++) {
        const char *text = corpus->pdata[i];
        g_autoptr(GString) out = g_string_new(NULL);
        header_write_text(out, "Subject", text);
        g_test_message("%s", text);
        lines_check(out->str, out->len, 76);
        g_assert_true(g_str_is_ascii(out->str));
        g_assert_null(strstr(out->str, "\r\n \r\n"));
        g_autofree char *field = field_find(out->str, "Subject");
        g_autofree char *decoded = words_decode(field);
        g_assert_cmpstr(decoded, ==, text);
    }
}

/* An encoded-word begins with a mark only where a tower of marks leaves no choice. */
static void
test_marks_stay_with_their_letter(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (int i = 0; i < 100; i++)
        g_string_append(text, "e\xCC\x81\xCC\xA7");
    g_autoptr(GString) out = g_string_new(NULL);
    header_write_text(out, "Subject", text->str);
    g_autofree char *field = field_find(out->str, "Subject");
    g_auto(GStrv) words = g_strsplit(field, " ", -1);
    g_assert_cmpuint(g_strv_length(words), >, 1);
    for (guint i = 0; words[i] != NULL; i++) {
        g_autofree char *decoded = words_decode(words[i]);
        g_assert_false(g_unichar_ismark(g_utf8_get_char(decoded)));
    }
}

static const struct {
    const char *rule;
    const char *name;
    const char *address;
    const char *expect;
} mailboxes[] = {
    { "an address alone", NULL, "jane@example.org", "To: jane@example.org" },
    { "atoms", "Jane Doe", "jane@example.org", "To: Jane Doe <jane@example.org>" },
    { "specials are quoted", "Doe, Jane", "jane@example.org",
      "To: \"Doe, Jane\" <jane@example.org>" },
    { "a dot is a special", "Dr. Who", "w@example.org", "To: \"Dr. Who\" <w@example.org>" },
    { "quotes and backslashes in quotes", "a \"b\" \\c", "w@example.org",
      "To: \"a \\\"b\\\" \\\\c\" <w@example.org>" },
    { "umlauts", "Jürgen", "j@example.org", "To: =?UTF-8?Q?J=C3=BCrgen?= <j@example.org>" },
    { "specials beside umlauts are encoded, not quoted", "Großmann, Johanna", "j@example.org",
      "To: =?UTF-8?Q?Gro=C3=9Fmann=2C_Johanna?= <j@example.org>" },
    { "another's address for a name cannot be taken for the address", "eve@example.org",
      "j@example.org", "To: \"eve@example.org\" <j@example.org>" },
    { "an A-label", NULL, "j@bücher.example", "To: j@xn--bcher-kva.example" },
};

static void
test_mailboxes(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(mailboxes); i++) {
        g_autoptr(GString) out = g_string_new(NULL);
        g_autofree char *expect = g_strconcat(mailboxes[i].expect, "\r\n", NULL);
        g_autoptr(Address) address = address_parse(mailboxes[i].address, NULL);
        g_autoptr(Mailbox) mailbox = mailbox_new(mailboxes[i].name, address);
        header_write_mailbox(out, "To", mailbox);
        g_test_message("%s", mailboxes[i].rule);
        g_assert_cmpstr(out->str, ==, expect);
    }
}

static void
test_names_come_back(void)
{
    g_autoptr(GPtrArray) corpus = corpus_new(true);
    g_autoptr(Address) address = address_parse("jane@example.org", NULL);
    for (guint i = 0; i < corpus->len; i++) {
        g_autoptr(Mailbox) mailbox = mailbox_new(corpus->pdata[i], address);
        g_autoptr(GString) out = g_string_new(NULL);
        header_write_mailbox(out, "Reply-To", mailbox);
        g_test_message("%s", (char *)corpus->pdata[i]);
        lines_check(out->str, out->len, 76);
        g_assert_true(g_str_is_ascii(out->str));
        g_autofree char *field = field_find(out->str, "Reply-To");
        g_autofree char *name = phrase_decode(field);
        g_assert_cmpstr(name, ==, mailbox->name);
        g_assert_true(g_str_has_suffix(field, mailbox->name == NULL ? "jane@example.org"
                                                                    : " <jane@example.org>"));
    }
}

static void
test_raw(void)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_autofree char *path = g_strnfill(200, 'x');
    g_autofree char *value = g_strconcat("<https://example.org/", path, ">, <mailto:a@b.de>", NULL);
    g_autofree char *expect = g_strconcat("List-Unsubscribe: <https://example.org/", path,
                                          ">,\r\n <mailto:a@b.de>\r\n", NULL);
    header_write_raw(out, "List-Unsubscribe", value);
    g_assert_cmpstr(out->str, ==, expect);
}

static const struct {
    const char *rule;
    int64_t time;
    const char *zone;
    const char *expect;
} dates[] = {
    { "the epoch", 0, "UTC", "Date: Thu, 1 Jan 1970 00:00:00 +0000\r\n" },
    { "winter", 1795410000, "Europe/Berlin", "Date: Mon, 23 Nov 2026 06:00:00 +0100\r\n" },
    { "summer", 1783051200, "Europe/Berlin", "Date: Fri, 3 Jul 2026 06:00:00 +0200\r\n" },
    { "west", 1795410000, "America/St_Johns", "Date: Mon, 23 Nov 2026 01:30:00 -0330\r\n" },
    { "less than an hour west", 1795410000, "-00:30", "Date: Mon, 23 Nov 2026 04:30:00 -0030\r\n" },
    { "a leap day", 1709164800, "Asia/Kathmandu", "Date: Thu, 29 Feb 2024 05:45:00 +0545\r\n" },
};

static void
test_dates(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(dates); i++) {
        g_autoptr(GTimeZone) zone = g_time_zone_new_identifier(dates[i].zone);
        g_autoptr(GString) out = g_string_new(NULL);
        header_write_date(out, "Date", dates[i].time, zone);
        g_test_message("%s", dates[i].rule);
        g_assert_cmpstr(out->str, ==, dates[i].expect);
    }
}

/* Quoted-printable, from COLUMN on. */
static const struct {
    const char *rule;
    const char *text;
    size_t column;
    const char *expect;
    size_t end;
} bodies[] = {
    { "ASCII", "plain text", 0, "plain text", 10 },
    { "nothing", "", 7, "", 7 },
    { "a line end", "a\nbc", 0, "a\r\nbc", 2 },
    { "an equals sign", "a=b", 0, "a=3Db", 5 },
    { "an umlaut", "ä", 0, "=C3=A4", 6 },
    { "a space at a line's end", "a \nb", 0, "a=20\r\nb", 1 },
    { "a tab at the end", "a\t", 0, "a=09", 4 },
    { "only the last of two spaces", "a  \n", 0, "a =20\r\n", 0 },
    { "a dot at a line's start", ".\n..\na.", 0, "=2E\r\n=2E.\r\na.", 2 },
    { "a dot at a fragment's start, not a line's", ".", 5, ".", 6 },
    { "From at a line's start", "From me\nFrom: x\n From y", 0, "=46rom me\r\nFrom: x\r\n From y",
      7 },
    { "From alone at the end", "From ", 0, "=46rom=20", 9 },
    { "a carriage return", "a\rb", 0, "a=0Db", 5 },
    { "a soft line end leaves room for itself", "abc", 74, "a=\r\nbc", 2 },
    { "an encoded octet is not cut", "ä", 73, "=\r\n=C3=A4", 6 },
    { "a dot that comes to a line's start by a soft line end", ".", 75, "=\r\n=2E", 3 },
};

static void
test_quoted_printable(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(bodies); i++) {
        g_autoptr(GString) out = g_string_new(NULL);
        size_t size = strlen(bodies[i].text);
        g_autofree char *text = g_memdup2(bodies[i].text, MAX(size, 1));
        size_t end = quoted_printable_write(out, text, size, bodies[i].column);
        g_test_message("%s", bodies[i].rule);
        g_assert_cmpstr(out->str, ==, bodies[i].expect);
        g_assert_cmpuint(end, ==, bodies[i].end);
    }
}

/* All lines of the corpus, one under the other, and each as a text of its own. */
static GPtrArray *
bodies_new(void)
{
    GPtrArray *corpus = corpus_new(false);
    g_autoptr(GString) all = g_string_new(NULL);
    for (guint i = 0; i < corpus->len; i++)
        g_string_append_printf(all, "%s\n", (char *)corpus->pdata[i]);
    g_ptr_array_add(corpus, g_strdup(all->str));
    g_ptr_array_add(corpus, g_strdup("\n\n\n"));
    g_ptr_array_add(corpus, g_strdup(".\n.\n..\n \n\t\nFrom \n"));
    for (int c = 1; c < 128; c++) {
        if (c != '\r')
            g_ptr_array_add(corpus, g_strdup_printf("%c%c \n%c", c, c, c));
    }
    return corpus;
}

static void
test_bodies_come_back(void)
{
    g_autoptr(GPtrArray) texts = bodies_new();
    for (guint i = 0; i < texts->len; i++) {
        const char *text = texts->pdata[i];
        g_autoptr(GString) quoted = g_string_new(NULL);
        g_autoptr(GString) base64 = g_string_new(NULL);
        quoted_printable_write(quoted, text, strlen(text), 0);
        base64_write_text(base64, text, strlen(text));
        g_autofree char *from_quoted = quoted_printable_decode(quoted->str);
        g_autofree char *from_base64 = base64_decode(base64->str);
        g_assert_cmpstr(from_quoted, ==, text);
        g_assert_cmpstr(from_base64, ==, text);
    }
}

/* Cut anywhere, and its pieces side by side, a text is written in lines of the right form. */
static void
test_fragments_come_back(void)
{
    const char *text = corpus_lines[4];
    g_autofree char *thrice = g_strdup_printf("%s. %s = %s.", text, text, text);
    for (size_t cut = 0; cut < strlen(thrice); cut++) {
        g_autoptr(GString) out = g_string_new(NULL);
        size_t column = quoted_printable_write(out, thrice, cut, 0);
        quoted_printable_write(out, thrice + cut, strlen(thrice + cut), column);
        g_autofree char *decoded = quoted_printable_decode(out->str);
        g_assert_cmpstr(decoded, ==, thrice);
    }
}

static void
test_base64(void)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_autofree char *line = g_strnfill(57, 'a');
    base64_write_text(out, "a\n", 2);
    g_assert_cmpstr(out->str, ==, "YQ0K\r\n");
    g_string_truncate(out, 0);
    base64_write_text(out, "", 0);
    g_assert_cmpstr(out->str, ==, "");
    base64_write_text(out, line, strlen(line));
    g_assert_cmpuint(out->len, ==, 78);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/encode/fields", test_fields);
    g_test_add_func("/encode/text-comes-back", test_text_comes_back);
    g_test_add_func("/encode/marks-stay-with-their-letter", test_marks_stay_with_their_letter);
    g_test_add_func("/encode/mailboxes", test_mailboxes);
    g_test_add_func("/encode/names-come-back", test_names_come_back);
    g_test_add_func("/encode/raw", test_raw);
    g_test_add_func("/encode/dates", test_dates);
    g_test_add_func("/encode/quoted-printable", test_quoted_printable);
    g_test_add_func("/encode/bodies-come-back", test_bodies_come_back);
    g_test_add_func("/encode/fragments-come-back", test_fragments_come_back);
    g_test_add_func("/encode/base64", test_base64);
    return g_test_run();
}
