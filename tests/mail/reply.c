#include "mail/reply.h"

#include <string.h>

/* A reply as it comes; CODE 0: it is none, and TEXT says so. */
static const struct {
    const char *rule;
    const char *lines;
    int code;
    const char *status;
    const char *text;
} replies[] = {
    { "a code and words", "250 Ok\r\n", 250, NULL, "Ok" },
    { "an enhanced status", "250 2.1.5 Ok\r\n", 250, "2.1.5", "Ok" },
    { "three digits in each part but the class", "550 5.123.456 no\r\n", 550, "5.123.456", "no" },
    { "a status alone", "550 5.1.1\r\n", 550, "5.1.1", "" },
    { "a code alone", "250\r\n", 250, NULL, "" },
    { "a code and a space", "250 \r\n", 250, NULL, "" },
    { "LF ends a line too", "250 Ok\n", 250, NULL, "Ok" },
    { "the last line's end may be missing", "250 Ok", 250, NULL, "Ok" },
    { "several lines, one status",
      "550-5.1.1 The address does not exist.\r\n550-5.1.1 Look for typos.\r\n550 5.1.1 gsmtp\r\n",
      550, "5.1.1", "The address does not exist. Look for typos. gsmtp" },
    { "several lines, the status in the second", "550-No\r\n550 5.7.1 policy\r\n", 550, "5.7.1",
      "No policy" },
    { "several lines without words", "250-\r\n250-\r\n250 Ok\r\n", 250, NULL, "Ok" },
    { "capabilities", "250-mx.example.org\r\n250-PIPELINING\r\n250 SIZE 100\r\n", 250, NULL,
      "mx.example.org PIPELINING SIZE 100" },
    { "white space is one space", "250  a \t  b  \r\n", 250, NULL, "a b" },
    { "a status of another class is text", "550 4.1.1 no\r\n", 550, NULL, "4.1.1 no" },
    { "a class of two digits is text", "550 55.1.1 no\r\n", 550, NULL, "55.1.1 no" },
    { "four digits are text", "550 5.1.1000 no\r\n", 550, NULL, "5.1.1000 no" },
    { "two parts are text", "550 5.1 no\r\n", 550, NULL, "5.1 no" },
    { "four parts are text", "550 5.1.1.1 no\r\n", 550, NULL, "5.1.1.1 no" },
    { "a status stuck to a word is text", "550 5.1.1no\r\n", 550, NULL, "5.1.1no" },
    { "a number with dots behind 220 is text of another class", "220 192.0.2 hi\r\n", 220, NULL,
      "192.0.2 hi" },
    { "control characters are dropped", "550 a\x1B[31mb\r\n", 550, NULL, "a[31mb" },
    { "bytes that are not UTF-8 are replaced", "550 n\xFCx\r\n", 550, NULL, "n\xEF\xBF\xBDx" },
    { "354 goes on", "354 End with .\r\n", 354, NULL, "End with ." },

    { "nothing", "", 0, NULL, "not an SMTP reply: \"\"" },
    { "an empty line", "\r\n", 0, NULL, "not an SMTP reply: \"\"" },
    { "no code", "hello\r\n", 0, NULL, "not an SMTP reply: \"hello\"" },
    { "two digits", "25 Ok\r\n", 0, NULL, "not an SMTP reply: \"25 Ok\"" },
    { "four digits", "2500 Ok\r\n", 0, NULL, "not an SMTP reply: \"2500 Ok\"" },
    { "1yz is not for mail", "150 Ok\r\n", 0, NULL, "not an SMTP reply: \"150 Ok\"" },
    { "6yz does not exist", "650 Ok\r\n", 0, NULL, "not an SMTP reply: \"650 Ok\"" },
    { "white space first", " 250 Ok\r\n", 0, NULL, "not an SMTP reply: \" 250 Ok\"" },
    { "another language", "HTTP/1.1 400 Bad Request\r\n", 0, NULL,
      "not an SMTP reply: \"HTTP/1.1 400 Bad Request\"" },
    { "it says there is more, and there is none", "250-Ok\r\n", 0, NULL,
      "not an SMTP reply: \"250-Ok\"" },
    { "lines behind the last", "250 Ok\r\n250 Ok\r\n", 0, NULL, "not an SMTP reply: \"250 Ok\"" },
    { "lines behind a bare code", "250\r\n250 Ok\r\n", 0, NULL, "not an SMTP reply: \"250\"" },
    { "two codes", "250-Ok\r\n550 No\r\n", 0, NULL, "not an SMTP reply: \"250-Ok\"" },
    { "a gap", "250-Ok\r\n\r\n250 Ok\r\n", 0, NULL, "not an SMTP reply: \"250-Ok\"" },
};

static void
test_replies(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(replies); i++) {
        gsize size = strlen(replies[i].lines);
        g_autofree char *lines = g_memdup2(replies[i].lines, MAX(size, 1));
        g_auto(SmtpReply) reply = { .code = 999, .status = g_strdup("9"), .text = g_strdup("9") };
        bool parsed = smtp_reply_parse(&reply, lines, size);
        g_test_message("%s", replies[i].rule);
        g_assert_cmpint(parsed, ==, replies[i].code != 0);
        g_assert_cmpint(reply.code, ==, replies[i].code);
        g_assert_cmpstr(reply.status, ==, replies[i].status);
        g_assert_cmpstr(reply.text, ==, replies[i].text);
    }
}

static void
test_nul(void)
{
    g_auto(SmtpReply) reply = { 0 };
    g_assert_true(smtp_reply_parse(&reply, "250 a\0b\r\n", 9));
    g_assert_cmpstr(reply.text, ==, "ab");
}

static void
test_long_text_is_cut(void)
{
    g_autoptr(GString) lines = g_string_new(NULL);
    g_auto(SmtpReply) reply = { 0 };
    for (int i = 0; i < 1000; i++)
        g_string_append(lines, "550-5.7.1 grün und blau\r\n");
    g_string_append(lines, "550 5.7.1 end\r\n");
    g_assert_true(smtp_reply_parse(&reply, lines->str, lines->len));
    g_assert_cmpint(g_utf8_strlen(reply.text, -1), <=, 500);
    g_assert_cmpint(g_utf8_strlen(reply.text, -1), >, 400);
    g_assert_cmpstr(reply.status, ==, "5.7.1");
}

/* A connection's end, in words that may come from the reply before. */
static void
test_lost(void)
{
    g_auto(SmtpReply) reply = { 0 };
    g_assert_true(smtp_reply_parse(&reply, "421 4.3.2 going\r\n", 17));
    smtp_reply_lost(&reply, reply.text);
    g_assert_cmpint(reply.code, ==, 0);
    g_assert_null(reply.status);
    g_assert_cmpstr(reply.text, ==, "going");
}

static void
test_phase_names(void)
{
    g_assert_cmpstr(smtp_phase_name(SMTP_CONNECT), ==, "CONNECT");
    g_assert_cmpstr(smtp_phase_name(SMTP_MAIL), ==, "MAIL");
    g_assert_cmpstr(smtp_phase_name(SMTP_RCPT), ==, "RCPT");
    g_assert_cmpstr(smtp_phase_name(SMTP_DATA), ==, "DATA");
    g_assert_cmpstr(smtp_phase_name(SMTP_BODY), ==, "BODY");
    g_assert_cmpstr(smtp_phase_name(SMTP_DOT), ==, "DOT");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/reply/replies", test_replies);
    g_test_add_func("/reply/nul", test_nul);
    g_test_add_func("/reply/long-text-is-cut", test_long_text_is_cut);
    g_test_add_func("/reply/lost", test_lost);
    g_test_add_func("/reply/phase-names", test_phase_names);
    return g_test_run();
}
