#include "mail/stencil.h"

#include "base/placeholder.h"
#include "corpus.h"
#include "decode.h"

#define EVERY_PLACEHOLDER PLACEHOLDER_NAME PLACEHOLDER_ADDRESS PLACEHOLDER_UNSUBSCRIBE

/* A newsletter and a reader of it. */
typedef struct {
    Mailbox *from;
    Mailbox *to;
    Address *leave;
    StencilSource source;
    StencilPerson person;
} Fixture;

static void
fixture_set_up(Fixture *fixture, const void *data)
{
    fixture->from = mailbox_parse("Köln heute <news@example.org>", NULL);
    fixture->to = mailbox_parse("Jürgen \"J\" O'Neill <jürgen@example.net>", NULL);
    fixture->leave = address_parse("bye+u3k2@example.org", NULL);
    fixture->source = (StencilSource){
        .from = fixture->from,
        .subject = "Fünf Artikel",
        .text = "Guten Morgen\n",
        .html = "<p>Guten Morgen</p>\n",
        .date = 1795410000,
        .list_id = "koeln.example.org",
    };
    fixture->person = (StencilPerson){
        .to = fixture->to,
        .message_id = "i7.abc@example.org",
        .unsubscribe_address = fixture->leave,
        .unsubscribe_url = "https://example.org/u/u3k2?a=1&b=2",
        .preferences_url = "https://example.org/p/u3k2",
    };
}

static void
fixture_tear_down(Fixture *fixture, const void *data)
{
    mailbox_free(fixture->from);
    mailbox_free(fixture->to);
    address_free(fixture->leave);
}

static char *
fixture_message(const Fixture *fixture)
{
    g_autoptr(Stencil) stencil = stencil_new(&fixture->source);
    g_autoptr(Message) message = message_new_take(g_string_new("what was there before"));
    stencil_fill(stencil, &fixture->person, message);
    const GString *text = message_text(message);
    lines_check(text->str, text->len, 998);
    return g_strndup(text->str, text->len);
}

/* The text of ENTITY: a header, an empty line and a body. */
static char *
entity_text(const char *entity)
{
    const char *body = strstr(entity, "\r\n\r\n");
    g_assert_nonnull(body);
    body += 4;
    g_autofree char *encoding = field_find(entity, "Content-Transfer-Encoding");
    if (g_str_equal(encoding, "base64"))
        return base64_decode(body);
    g_assert_cmpstr(encoding, ==, "quoted-printable");
    return quoted_printable_decode(body);
}

/* The parts of a multipart MESSAGE, whatever stands in them (RFC 2046, 5.1.1). */
static GStrv
message_parts(const char *message)
{
    g_autofree char *type = field_find(message, "Content-Type");
    g_auto(GStrv) words = g_strsplit(type, "\"", -1);
    g_assert_cmpstr(words[0], ==, "multipart/alternative; boundary=");
    g_assert_cmpuint(strlen(words[1]), <=, 70);
    g_autofree char *delimiter = g_strconcat("\r\n--", words[1], NULL);
    g_auto(GStrv) parts = g_strsplit(strstr(message, "\r\n\r\n") + 2, delimiter, -1);
    g_assert_cmpuint(g_strv_length(parts), ==, 4);
    g_assert_cmpstr(parts[0], ==, "");
    g_assert_cmpstr(parts[3], ==, "--\r\n");
    const char *both[] = { parts[1] + 2, parts[2] + 2, NULL };
    return g_strdupv((GStrv)both);
}

/* Both parts of a filled message are what a preview shows, in lines that mail may have. */
static void
check_parts(const Fixture *fixture)
{
    g_autofree char *message = fixture_message(fixture);
    g_autofree char *text = stencil_fill_text(fixture->source.text, &fixture->person, false);
    g_autofree char *html = stencil_fill_text(fixture->source.html, &fixture->person, true);
    g_auto(GStrv) parts = message_parts(message);
    g_autofree char *sent_text = entity_text(parts[0]);
    g_autofree char *sent_html = entity_text(parts[1]);
    g_assert_cmpstr(sent_text, ==, text);
    g_assert_cmpstr(sent_html, ==, html);
    g_autofree char *text_type = field_find(parts[0], "Content-Type");
    g_autofree char *html_type = field_find(parts[1], "Content-Type");
    g_assert_cmpstr(text_type, ==, "text/plain; charset=utf-8");
    g_assert_cmpstr(html_type, ==, "text/html; charset=utf-8");
}

static void
test_header(Fixture *fixture, const void *data)
{
    g_autoptr(Mailbox) reply_to = mailbox_parse("desk@example.org", NULL);
    g_autoptr(Address) help = address_parse("help?me@example.org", NULL);
    g_autoptr(Mailbox) to = mailbox_parse("Jane Doe <jane@example.net>", NULL);
    fixture->source.reply_to = reply_to;
    fixture->source.help = help;
    fixture->source.language = "de";
    fixture->source.zone = "Europe/Berlin";
    fixture->source.list_name = "The \"City\"\r\nBcc: eve@example.org";
    fixture->person.to = to;
    g_autofree char *message = fixture_message(fixture);
    char *type = strstr(message, "Content-Type:");
    g_assert_nonnull(type);
    *type = '\0';
    g_assert_cmpstr(message, ==,
                    "From: =?UTF-8?Q?K=C3=B6ln_heute?= <news@example.org>\r\n"
                    "To: Jane Doe <jane@example.net>\r\n"
                    "Reply-To: desk@example.org\r\n"
                    "Subject: =?UTF-8?Q?F=C3=BCnf_Artikel?=\r\n"
                    "Date: Mon, 23 Nov 2026 06:00:00 +0100\r\n"
                    "Message-ID: <i7.abc@example.org>\r\n"
                    "List-Id: \"The \\\"City\\\" Bcc: eve@example.org\" <koeln.example.org>\r\n"
                    "List-Help: <mailto:help%3Fme@example.org>\r\n"
                    "List-Unsubscribe: <https://example.org/u/u3k2?a=1&b=2>,\r\n"
                    " <mailto:bye+u3k2@example.org>\r\n"
                    "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
                    "Precedence: bulk\r\n"
                    "Auto-Submitted: auto-generated\r\n"
                    "X-Auto-Response-Suppress: All\r\n"
                    "Content-Language: de\r\n"
                    "MIME-Version: 1.0\r\n");
}

/* What may be missing is missing, and every field stands once. */
static void
test_header_without(Fixture *fixture, const void *data)
{
    static const char *const once[] = { "From",       "To",      "Subject",      "Date",
                                        "Message-ID", "List-Id", "MIME-Version", "Content-Type" };
    static const char *const never[] = { "Reply-To", "List-Help", "Content-Language", "Bcc", "Cc" };
    fixture->source.list_name = "Köln heute"; /* beyond ASCII: left out */
    g_autofree char *message = fixture_message(fixture);
    for (gsize i = 0; i < G_N_ELEMENTS(once); i++)
        g_assert_cmpuint(field_count(message, once[i]), ==, 1);
    for (gsize i = 0; i < G_N_ELEMENTS(never); i++)
        g_assert_cmpuint(field_count(message, never[i]), ==, 0);
    g_autofree char *date = field_find(message, "Date");
    g_autofree char *list = field_find(message, "List-Id");
    g_assert_cmpstr(date, ==, "Mon, 23 Nov 2026 05:00:00 +0000");
    g_assert_cmpstr(list, ==, "<koeln.example.org>");
}

/* The ways out: what the header says, and the link that is seen. */
static const struct {
    const char *rule;
    const char *url;
    const char *address;
    const char *header;
    bool one_click;
    const char *link;
} ways[] = {
    { "both: https first, and one click", "https://a.example/u/1", "bye+1@a.example",
      "<https://a.example/u/1>, <mailto:bye+1@a.example>", true, "https://a.example/u/1" },
    { "https alone", "https://a.example/u/1", NULL, "<https://a.example/u/1>", true,
      "https://a.example/u/1" },
    { "mailto alone is never one click", NULL, "bye+1@a.example", "<mailto:bye+1@a.example>", false,
      "mailto:bye+1@a.example" },
    { "http is no one click (RFC 8058, 3.1)", "http://a.example/u/1", NULL,
      "<http://a.example/u/1>", false, "http://a.example/u/1" },
    { "what means something in a URL is encoded (RFC 6068, 2)", NULL, "a/b?c&d=e#f+g@a.example",
      "<mailto:a%2Fb%3Fc%26d%3De%23f+g@a.example>", false,
      "mailto:a%2Fb%3Fc%26d%3De%23f+g@a.example" },
    { "beyond ASCII too", NULL, "tschüß@bücher.example",
      "<mailto:tsch%C3%BC%C3%9F@xn--bcher-kva.example>", false,
      "mailto:tsch%C3%BC%C3%9F@xn--bcher-kva.example" },
    { "no way: no field", NULL, NULL, NULL, false, "" },
};

static void
test_ways_out(Fixture *fixture, const void *data)
{
    fixture->source.text = PLACEHOLDER_UNSUBSCRIBE;
    for (gsize i = 0; i < G_N_ELEMENTS(ways); i++) {
        g_autoptr(Address) address =
            ways[i].address == NULL ? NULL : address_parse(ways[i].address, NULL);
        fixture->person.unsubscribe_url = ways[i].url;
        fixture->person.unsubscribe_address = address;
        g_autofree char *message = fixture_message(fixture);
        g_autofree char *header = field_find(message, "List-Unsubscribe");
        g_autofree char *post = field_find(message, "List-Unsubscribe-Post");
        g_auto(GStrv) parts = message_parts(message);
        g_autofree char *link = entity_text(parts[0]);
        g_test_message("%s", ways[i].rule);
        g_assert_cmpstr(header, ==, ways[i].header);
        g_assert_cmpstr(post, ==, ways[i].one_click ? "List-Unsubscribe=One-Click" : NULL);
        g_assert_cmpstr(link, ==, ways[i].link);
    }
}

/* Placeholders, wherever they stand. */
static const struct {
    const char *rule;
    const char *text;
    const char *expect;
    const char *expect_html;
} fillings[] = {
    { "none", "a & b", "a & b", "a & b" },
    { "the name", "Hi " PLACEHOLDER_NAME "!", "Hi Jürgen \"J\" O'Neill!",
      "Hi Jürgen &quot;J&quot; O&#39;Neill!" },
    { "the address", PLACEHOLDER_ADDRESS, "jürgen@example.net", "jürgen@example.net" },
    { "the link", "<a href=\"" PLACEHOLDER_UNSUBSCRIBE "\">",
      "<a href=\"https://example.org/u/u3k2?a=1&b=2\">",
      "<a href=\"https://example.org/u/u3k2?a=1&amp;b=2\">" },
    { "the choices", PLACEHOLDER_PREFERENCES, "https://example.org/p/u3k2",
      "https://example.org/p/u3k2" },
    { "half a mark is text", "a" PLACEHOLDER_OPEN "n", "a" PLACEHOLDER_OPEN "n",
      "a" PLACEHOLDER_OPEN "n" },
    { "a mark cut off by the end", "a" PLACEHOLDER_OPEN, "a" PLACEHOLDER_OPEN,
      "a" PLACEHOLDER_OPEN },
    { "half a mark before a whole one", PLACEHOLDER_OPEN PLACEHOLDER_ADDRESS,
      PLACEHOLDER_OPEN "jürgen@example.net", PLACEHOLDER_OPEN "jürgen@example.net" },
};

static void
test_fill_text(Fixture *fixture, const void *data)
{
    for (gsize i = 0; i < G_N_ELEMENTS(fillings); i++) {
        g_autofree char *exact = g_memdup2(fillings[i].text, strlen(fillings[i].text) + 1);
        g_autofree char *text = stencil_fill_text(exact, &fixture->person, false);
        g_autofree char *html = stencil_fill_text(exact, &fixture->person, true);
        g_test_message("%s", fillings[i].rule);
        g_assert_cmpstr(text, ==, fillings[i].expect);
        g_assert_cmpstr(html, ==, fillings[i].expect_html);
    }
}

/* A name is not looked at again when it is filled in: it cannot bring mark-up or a mark. */
static void
test_hostile_name(Fixture *fixture, const void *data)
{
    g_autofree char *name = g_strdup("<b>" PLACEHOLDER_UNSUBSCRIBE "&amp;");
    Mailbox eve = { .name = name, .address = fixture->leave };
    fixture->person.to = &eve;
    g_autofree char *html = stencil_fill_text(PLACEHOLDER_NAME, &fixture->person, true);
    g_assert_cmpstr(html, ==, "&lt;b&gt;" PLACEHOLDER_UNSUBSCRIBE "&amp;amp;");
}

static void
test_no_name(Fixture *fixture, const void *data)
{
    g_autoptr(Mailbox) to = mailbox_parse("jane@example.net", NULL);
    fixture->person.to = to;
    fixture->source.text = "Hello" PLACEHOLDER_NAME ",\n";
    g_autofree char *message = fixture_message(fixture);
    g_auto(GStrv) parts = message_parts(message);
    g_autofree char *text = entity_text(parts[0]);
    g_assert_cmpstr(text, ==, "Hello,\n");
}

static void
test_parts_come_back(Fixture *fixture, const void *data)
{
    static const char *const patterns[] = {
        "%s",
        "%s\n",
        PLACEHOLDER_NAME "%s",
        "%s" PLACEHOLDER_NAME,
        "%s " EVERY_PLACEHOLDER ".\n%s\n",
        PLACEHOLDER_ADDRESS "\n" PLACEHOLDER_ADDRESS "\n%s",
        "\n%s\n\n" PLACEHOLDER_UNSUBSCRIBE "\n-- \n",
    };
    g_autoptr(GPtrArray) corpus = corpus_new(false);
    for (guint i = 0; i < corpus->len; i++) {
        for (gsize k = 0; k < G_N_ELEMENTS(patterns); k++) {
            g_autoptr(GString) text = g_string_new(patterns[k]);
            g_string_replace(text, "%s", corpus->pdata[i], 0);
            g_autofree char *html = g_strdup_printf("<p>%s</p>", text->str);
            fixture->source.text = text->str;
            fixture->source.html = html;
            check_parts(fixture);
        }
    }
}

/* Latin scripts are written in quoted-printable, others in base64, also with open places. */
static void
test_encodings(Fixture *fixture, const void *data)
{
    g_autoptr(GString) html = g_string_new(EVERY_PLACEHOLDER);
    for (int i = 0; i < 20; i++)
        g_string_append(html, "Сводка новостей за сегодня\n" PLACEHOLDER_NAME);
    fixture->source.text = EVERY_PLACEHOLDER "\n"; /* marks are no script */
    fixture->source.html = html->str;
    g_autofree char *message = fixture_message(fixture);
    g_auto(GStrv) parts = message_parts(message);
    g_autofree char *latin = field_find(parts[0], "Content-Transfer-Encoding");
    g_autofree char *cyrillic = field_find(parts[1], "Content-Transfer-Encoding");
    g_assert_cmpstr(latin, ==, "quoted-printable");
    g_assert_cmpstr(cyrillic, ==, "base64");
    check_parts(fixture);
}

static void
test_text_alone(Fixture *fixture, const void *data)
{
    static const char *const texts[] = { "Letter\n", "Letter", "Letter\n\n", "",
                                         "Dear " PLACEHOLDER_NAME ",\n" };
    fixture->source.html = NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        fixture->source.text = texts[i];
        g_autofree char *expect = stencil_fill_text(texts[i], &fixture->person, false);
        g_autofree char *message = fixture_message(fixture);
        g_autofree char *type = field_find(message, "Content-Type");
        g_autofree char *text = entity_text(message);
        g_assert_cmpstr(type, ==, "text/plain; charset=utf-8");
        /* A message ends with a line end, whether its text does or not. */
        g_autofree char *line = g_strconcat(expect, "\n", NULL);
        g_assert_cmpstr(text, ==, g_str_has_suffix(expect, "\n") ? expect : line);
    }
}

/* Everybody knows the boundary; a name that is filled in later may hold it, and parts nothing. */
static void
test_boundary_in_name(Fixture *fixture, const void *data)
{
    fixture->source.text = "a\n" PLACEHOLDER_NAME "\nb\n";
    g_autofree char *before = fixture_message(fixture);
    g_autofree char *type = field_find(before, "Content-Type");
    g_auto(GStrv) words = g_strsplit(type, "\"", -1);
    g_autofree char *name = g_strdup_printf("\n--%s\nx\n--%s--\n", words[1], words[1]);
    Mailbox eve = { .name = name, .address = fixture->leave };
    fixture->person.to = &eve;
    check_parts(fixture);
}

static void
test_same_bytes(Fixture *fixture, const void *data)
{
    fixture->source.text = "Hi " PLACEHOLDER_NAME "\n";
    g_autofree char *first = fixture_message(fixture);
    g_autofree char *second = fixture_message(fixture);
    g_assert_cmpstr(first, ==, second);

    g_autoptr(Mailbox) other = mailbox_parse("Ann <ann@example.net>", NULL);
    StencilPerson ann = { .to = other, .message_id = "i7.def@example.org" };
    g_autoptr(Stencil) stencil = stencil_new(&fixture->source);
    g_autoptr(Message) message = message_new();
    stencil_fill(stencil, &ann, message);
    g_assert_null(strstr(message_text(message)->str, "u3k2"));
    g_assert_null(strstr(message_text(message)->str, "J=C3=BCrgen"));
    stencil_fill(stencil, &fixture->person, message);
    g_assert_cmpstr(message_text(message)->str, ==, first);
}

/* The message is the same whether lines come from where they are shared or not. What is shared is kept
 * somewhere, as one text; it says where a mail has it. */
static void
check_shared(Fixture *fixture, const char *text, const GArray *shared)
{
    fixture->source.text = fixture->source.html = text;
    fixture->source.text_shared = fixture->source.html_shared = NULL;
    g_autofree char *expected = fixture_message(fixture);
    fixture->source.text_shared = fixture->source.html_shared = shared;
    g_autofree char *message = fixture_message(fixture);
    g_assert_cmpstr(message, ==, expected);
    fixture->source.text_shared = fixture->source.html_shared = NULL;
}

static void
test_shared_lines(Fixture *fixture, const void *data)
{
    /* A text is put together from some of these, in any order: seams are at and within lines. */
    static const char *const kept[] = {
        "a line\nanother one \n",
        "the last one goes on\nhere",
        "\nan empty one before",
        "\n\n\n",
        "one alone",
        "From me\n.\n.. and dots\nFrom you\n ",
        "blanks \n\t\n at ends  ",
        "before " PLACEHOLDER_NAME " and\nbehind\n",
        "first\nthen " PLACEHOLDER_ADDRESS "\nand more\n",
        ("a long line that has to be broken, and broken again, because nobody has seventy-six "
         "columns for it, not to speak of the ninety that it would want; =\nand the rest"),
        "\xC3\xA4\xC3\xB6\xC3\xBC\n\xC3\x9F",
        "",
    };
    g_autoptr(SharedLines) lines = shared_lines_new();
    g_autoptr(GArray) shared = g_array_new(FALSE, FALSE, sizeof(SharedText));
    fixture->source.lines = lines;
    for (guint round = 0; round < 3000; round++) {
        g_autoptr(GString) text = g_string_new(NULL);
        g_array_set_size(shared, 0);
        for (int i = g_test_rand_int_range(0, 8); i > 0; i--) {
            const char *each = kept[g_test_rand_int_range(0, G_N_ELEMENTS(kept))];
            const SharedText at = { .text = each, .at = text->len, .size = strlen(each) };
            if (g_test_rand_bit())
                g_array_append_val(shared, at);
            g_string_append(text, each);
            if (g_test_rand_bit())
                g_string_append(text, "own\n");
        }
        check_shared(fixture, text->str, shared);
    }
}

static void
test_size(Fixture *fixture, const void *data)
{
    g_autofree char *text = g_strnfill(100000, 'x');
    g_autoptr(Stencil) small = stencil_new(&fixture->source);
    fixture->source.text = text;
    g_autoptr(Stencil) large = stencil_new(&fixture->source);
    g_assert_cmpuint(stencil_size(small), >, 500);
    g_assert_cmpuint(stencil_size(large), >=, stencil_size(small) + strlen(text));
    stencil_free(NULL);
}

#define ADD(path, test) g_test_add(path, Fixture, NULL, fixture_set_up, test, fixture_tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/stencil/header", test_header);
    ADD("/stencil/header-without", test_header_without);
    ADD("/stencil/ways-out", test_ways_out);
    ADD("/stencil/fill-text", test_fill_text);
    ADD("/stencil/hostile-name", test_hostile_name);
    ADD("/stencil/no-name", test_no_name);
    ADD("/stencil/parts-come-back", test_parts_come_back);
    ADD("/stencil/encodings", test_encodings);
    ADD("/stencil/text-alone", test_text_alone);
    ADD("/stencil/boundary-in-name", test_boundary_in_name);
    ADD("/stencil/same-bytes", test_same_bytes);
    ADD("/stencil/shared-lines", test_shared_lines);
    ADD("/stencil/size", test_size);
    return g_test_run();
}
