#include "mail/inbound.h"

#include <string.h>
#include "base/error.h"

/* Reads an exact-size copy of TEXT. */
static Inbound *
read_text(const char *text, gsize size, GError **error)
{
    g_autoptr(GBytes) bytes = g_bytes_new(text, size);
    return inbound_parse(bytes, error);
}

static void
describe_line(GString *out, const char *label, const char *text)
{
    g_string_append_printf(out, "%s: %s\n", label, text != NULL ? text : "-");
}

static char *
inbound_describe(const Inbound *inbound)
{
    g_autoptr(GString) out = g_string_new(NULL);
    for (guint i = 0; i < inbound->recipients->len; i++)
        describe_line(out, "recipient", inbound->recipients->pdata[i]);
    describe_line(out, "from", inbound->from);
    describe_line(out, "subject", inbound->subject);
    describe_line(out, "message-id", inbound->message_id);
    describe_line(out, "auto-replied", inbound->auto_replied ? "yes" : "no");
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* A mail and what is read of it, with LF and with CRLF. */
static void
test_sample(const void *name)
{
    g_autofree char *mail_path = g_strdup_printf(TEST_DATA "/mail/%s.eml", (const char *)name);
    g_autofree char *expect_path =
        g_strdup_printf(TEST_DATA "/mail/%s.expected", (const char *)name);
    g_autofree char *mail = NULL;
    g_autofree char *expect = NULL;
    g_assert_true(g_file_get_contents(mail_path, &mail, NULL, NULL));
    g_assert_true(g_file_get_contents(expect_path, &expect, NULL, NULL));
    g_autoptr(GString) network = g_string_new(mail);
    g_string_replace(network, "\n", "\r\n", 0);
    const char *const forms[] = { mail, network->str };
    for (gsize i = 0; i < G_N_ELEMENTS(forms); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Inbound) inbound = read_text(forms[i], strlen(forms[i]), &error);
        g_assert_no_error(error);
        g_autofree char *is = inbound_describe(inbound);
        g_assert_cmpstr(is, ==, expect);
    }
}

/* One field, and whether a machine answered. */
static const struct {
    const char *rule;
    const char *field;
    bool expect;
} answers[] = {
    { "RFC 3834", "Auto-Submitted: auto-replied", true },
    { "with a parameter", "Auto-Submitted: auto-replied; owner-email=\"a@b.example\"", true },
    { "with a comment", "Auto-Submitted: auto-replied (vacation)", true },
    { "case does not matter", "AUTO-SUBMITTED: Auto-Replied", true },
    { "folded", "Auto-Submitted:\n auto-replied", true },
    { "a provider's button", "Auto-Submitted: auto-generated", false },
    { "a person", "Auto-Submitted: no", false },
    { "an old responder", "X-Autoreply: yes", true },
    { "another", "X-Autorespond: Re: your mail", true },
    { "a third", "Precedence: auto_reply", true },
    { "bulk is no answer", "Precedence: bulk", false },
    { "English", "Subject: Out of Office: until Monday", true },
    { "English, in capitals", "Subject: AUTOMATIC REPLY: Morning digest", true },
    { "English, one word", "Subject: Autoreply: hello", true },
    { "German", "Subject: Abwesenheitsnotiz: bis Montag", true },
    { "German, of Exchange", "Subject: Automatische Antwort: Abmelden", true },
    { "French", "Subject: =?UTF-8?Q?R=C3=A9ponse_automatique_:_abonnement?=", true },
    { "French, accents apart", "Subject: =?UTF-8?Q?Re=CC=81ponse_automatique?=", true },
    { "Spanish", "Subject: =?UTF-8?Q?Respuesta_autom=C3=A1tica:_boletin?=", true },
    { "a person who writes about it", "Subject: My out of office reply", false },
    { "nothing said", "Subject: unsubscribe", false },
};

static void
test_auto_replied(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(answers); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *mail = g_strdup_printf("To: a@example.org\n%s\n\n", answers[i].field);
        g_autoptr(Inbound) inbound = read_text(mail, strlen(mail), &error);
        g_test_message("%s", answers[i].rule);
        g_assert_no_error(error);
        g_assert_cmpint(inbound->auto_replied, ==, answers[i].expect);
    }
}

/* What is no mail. */
static void
test_refused(void)
{
    static const char *const texts[] = { "", "no header at all", "\x01\x02\x03" };
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(read_text(texts[i], strlen(texts[i]), &error));
        g_assert_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT);
    }
}

/* A field of COUNT times PIECE; the recipient behind it is found, or the mail is refused whole. */
static const struct {
    const char *rule;
    const char *field;
    const char *piece;
    int count;
    bool readable;
} bombs[] = {
    { "a long subject", "Subject: ", "x", 100000, true },
    { "controls in a subject", "Subject: ", "\x01", 100000, true },
    { "encoded-words without end", "Subject: ", "=?utf-8?q?=C3=BC?= ", 8000, true },
    { "broken encoded-words", "Subject: ", "=?utf-8?q?=C3?=", 8000, true },
    { "a folded field", "X-Fold: ", "a\n ", 40000, true },
    { "comments in comments", "Reply-To: ", "(", 100000, true },
    { "parameters without end", "Content-Type: text/plain", "; a*1*=x", 20000, true },
    { "a boundary without end", "Content-Type: multipart/mixed; boundary=\"", "-", 100000, true },
    { "fields without end", "", "X-A: b\n", 30000, true },
    { "addresses without end", "To: ", "a@example.org, ", 10000, true },
    { "groups in groups", "To: ", "a:", 60000, false },
};

static void
test_bombs(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(bombs); i++) {
        g_autoptr(GString) mail = g_string_new("Delivered-To: last@example.org\n");
        g_string_append(mail, bombs[i].field);
        for (int k = 0; k < bombs[i].count; k++)
            g_string_append(mail, bombs[i].piece);
        g_string_append(mail, "\n\n");
        g_autoptr(GError) error = NULL;
        g_autoptr(Inbound) inbound = read_text(mail->str, mail->len, &error);
        g_test_message("%s", bombs[i].rule);
        if (inbound == NULL) {
            g_assert_false(bombs[i].readable);
            g_assert_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT);
            continue;
        }
        g_assert_cmpstr(inbound->recipients->pdata[0], ==, "last@example.org");
        g_assert_cmpuint(inbound->recipients->len, <=, 100);
        if (inbound->subject != NULL)
            g_assert_cmpint(g_utf8_strlen(inbound->subject, -1), <=, 500);
    }
}

/* Beyond INBOUND_BYTES_MAX nothing is looked at. */
static void
test_long_header_is_cut(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) mail = g_string_new("To: first@example.org\n");
    while (mail->len < INBOUND_BYTES_MAX)
        g_string_append(mail, "X-More: and more\n");
    g_string_append(mail, "Cc: last@example.org\n\n");
    g_autoptr(Inbound) inbound = read_text(mail->str, mail->len, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(inbound->recipients->len, ==, 1);
    g_assert_cmpstr(inbound->recipients->pdata[0], ==, "first@example.org");
}

/* Bytes of any kind become text of one line each. */
static void
test_hostile_bytes(void)
{
    static const char mail[] = "To: \xFF\xFE@example.org, \"a\n b\"@example.org, c@example.org\r\n"
                               "Subject: \xE4=?UTF-8?Q?=0D=0ABcc:_x=00y?= \x1B[31m\xF0\r\n"
                               "Message-ID: <\xFC@example.org>\r\n\r\n";
    g_autoptr(GError) error = NULL;
    g_autoptr(Inbound) inbound = read_text(mail, sizeof mail - 1, &error);
    g_assert_no_error(error);
    g_autofree char *text = inbound_describe(inbound);
    g_assert_true(g_utf8_validate(text, -1, NULL));
    g_assert_null(strpbrk(text, "\r\x1B"));
    g_assert_null(strchr(inbound->subject, '\n'));
    const char *last = inbound->recipients->pdata[inbound->recipients->len - 1];
    g_assert_cmpstr(last, ==, "c@example.org");
}

/* A mail that is cut off anywhere is read or refused; it never ends the program. */
static void
test_cut_anywhere(void)
{
    g_autofree char *mail = NULL;
    gsize size = 0;
    g_assert_true(g_file_get_contents(TEST_DATA "/mail/pipe.eml", &mail, &size, NULL));
    for (gsize cut = 0; cut < size; cut += 11) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Inbound) inbound = read_text(mail, cut, &error);
        if (inbound == NULL)
            g_assert_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT);
        else
            g_assert_nonnull(inbound->recipients);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/inbound/button", "button", test_sample);
    g_test_add_data_func("/inbound/pipe", "pipe", test_sample);
    g_test_add_data_func("/inbound/vacation-de", "vacation-de", test_sample);
    g_test_add_data_func("/inbound/bounce", "bounce", test_sample);
    g_test_add_data_func("/inbound/bare", "bare", test_sample);
    g_test_add_func("/inbound/auto-replied", test_auto_replied);
    g_test_add_func("/inbound/refused", test_refused);
    g_test_add_func("/inbound/bombs", test_bombs);
    g_test_add_func("/inbound/long-header-is-cut", test_long_header_is_cut);
    g_test_add_func("/inbound/hostile-bytes", test_hostile_bytes);
    g_test_add_func("/inbound/cut-anywhere", test_cut_anywhere);
    return g_test_run();
}
