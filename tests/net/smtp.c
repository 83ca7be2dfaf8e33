#include "net/smtp.h"

#include "relay.h"

static Address *
address(const char *text)
{
    g_autoptr(GError) error = NULL;
    Address *address = address_parse(text, &error);
    g_assert_no_error(error);
    return address;
}

/* One mail through SCRIPT. */
typedef struct {
    TransportResult result;
    bool connected;
    bool usable; /* afterwards */
} Outcome;

static Outcome
send_one(Script *script, const TransportSettings *changes, const char *to, const GString *message)
{
    Server server;
    Outcome outcome = { 0 };
    script_start(script, &server);
    g_autofree char *url = g_strdup_printf("smtp://127.0.0.1:%d", server.port);
    TransportSettings settings = *changes;
    settings.url = url;
    settings.ehlo_name = "sender.example";
    settings.timeout = settings.timeout != 0 ? settings.timeout : 20;
    g_autoptr(Smtp) smtp = smtp_open(&settings, &outcome.result);
    if (smtp != NULL) {
        g_autoptr(Address) sender = address("bounce@example.org");
        g_autoptr(Address) recipient = address(to);
        outcome.connected = true;
        smtp_send(smtp, sender, recipient, message, &outcome.result);
        outcome.usable = smtp_is_usable(smtp);
    }
    g_clear_pointer(&smtp, smtp_close);
    server_stop(&server);
    return outcome;
}

static const TransportSettings in_clear = { .clear_text = true };

#define MESSAGE "Subject: Gr=FC=DFe\r\n\r\n.hidden\r\n..\r\nlast\r\n"

static void
test_conversation(void)
{
    Script script = { 0 };
    g_autoptr(GString) message = g_string_new(MESSAGE);
    Outcome outcome = send_one(&script, &in_clear, "anna@example.net", message);

    g_assert_cmpint(outcome.result.phase, ==, SMTP_DOT);
    g_assert_cmpint(outcome.result.reply.code, ==, 250);
    g_assert_cmpstr(outcome.result.reply.status, ==, "2.0.0");
    g_assert_cmpstr(outcome.result.reply.text, ==, "queued as 4711");
    g_assert_true(outcome.usable);
    g_autofree char *mail =
        g_strdup_printf("MAIL FROM:<bounce@example.org> SIZE=%zu\r\n", message->len);
    g_autofree char *expected = g_strconcat("EHLO sender.example\r\n", mail,
                                            "RCPT TO:<anna@example.net>\r\nDATA\r\nQUIT\r\n", NULL);
    g_assert_cmpstr(script.heard->str, ==, expected);
    g_assert_cmpstr(script.message->str, ==,
                    "Subject: Gr=FC=DFe\r\n\r\n..hidden\r\n...\r\nlast\r\n.\r\n");
    transport_result_clear(&outcome.result);
    script_clear(&script);
}

/* What goes wrong, and where */

typedef struct {
    const char *name;
    Rule rules[RULES_MAX];
    SmtpPhase phase;
    int code;
    const char *text; /* is part of what is said */
    bool usable;
    bool resets;
    bool is_large; /* 8 MB of message */
    int timeout;
} Fault;

static const Fault faults[] = {
    { "greeting-refused",
      { { "", "!554 5.7.1 not you\r\n" } },
      SMTP_CONNECT,
      554,
      .text = "not you" },
    { "greeting-421",
      { { "", "!421 4.3.2 too busy\r\n" } },
      SMTP_CONNECT,
      421,
      .text = "too busy" },
    { "greeting-none", { { "", "!" } }, SMTP_CONNECT, 0, .text = "" },
    { "ehlo-dropped", { { "EHLO", "!" } }, SMTP_CONNECT, 0, .text = "" },
    { "mail-refused-resets",
      { { "MAIL", "550 5.7.1 no\r\n" } },
      SMTP_MAIL,
      550,
      .text = "no",
      .usable = true,
      .resets = true },
    { "rcpt-refused-resets",
      { { "RCPT", "550 5.1.1 nobody\r\n" } },
      SMTP_RCPT,
      550,
      .text = "nobody",
      .usable = true,
      .resets = true },
    { "rcpt-of-many-lines",
      { { "RCPT", "450-4.2.0 grey\r\n450 4.2.0 listed\r\n" } },
      SMTP_RCPT,
      450,
      .text = "listed",
      .usable = true,
      .resets = true },
    { "data-refused-resets",
      { { "DATA", "451 4.3.0 later\r\n" } },
      SMTP_DATA,
      451,
      .text = "later",
      .usable = true,
      .resets = true },
    { "dot-refused-keeps-connection",
      { { ".", "554 5.7.1 spam\r\n" } },
      SMTP_DOT,
      554,
      .text = "spam",
      .usable = true },
    { "reset-refused-is-the-end",
      { { "RCPT", "550 nobody\r\n" }, { "RSET", "!" } },
      SMTP_RCPT,
      550,
      .text = "nobody",
      .resets = true },
    { "mail-421", { { "MAIL", "!421 4.3.2 bye\r\n" } }, SMTP_MAIL, 421, .text = "bye" },
    { "rcpt-421", { { "RCPT", "!421 4.3.2 bye\r\n" } }, SMTP_RCPT, 421, .text = "bye" },
    { "data-421", { { "DATA", "!421 4.3.2 bye\r\n" } }, SMTP_DATA, 421, .text = "bye" },
    { "dot-421", { { ".", "!421 4.3.2 bye\r\n" } }, SMTP_DOT, 421, .text = "bye" },
    { "mail-dropped", { { "MAIL", "!" } }, SMTP_MAIL, 0, .text = "closed" },
    { "rcpt-dropped", { { "RCPT", "!" } }, SMTP_RCPT, 0, .text = "closed" },
    { "data-dropped", { { "DATA", "!" } }, SMTP_DATA, 0, .text = "closed" },
    { "dot-dropped-is-uncertain", { { ".", "!" } }, SMTP_DOT, 0, .text = "closed" },
    { "dot-half-a-reply-is-uncertain", { { ".", "!250 2.0" } }, SMTP_DOT, 0, .text = "closed" },
    { "body-dropped-is-certain", { { "body", "!" } }, SMTP_BODY, 0, .text = "", .is_large = true },
    { "body-421-is-heard",
      { { "body", "421 4.3.2 enough\r\n" } },
      SMTP_BODY,
      421,
      .text = "enough",
      .is_large = true },
    { "rcpt-silent", { { "RCPT", "" } }, SMTP_RCPT, 0, .text = "in time", .timeout = 1 },
    { "garbage", { { "RCPT", "hello there\r\n" } }, SMTP_RCPT, 0, .text = "" },
    { "garbage-after-the-dot", { { ".", "\r\n" } }, SMTP_DOT, 0, .text = "" },
    { "mail-354-is-out-of-step",
      { { "MAIL", "354 go\r\n" } },
      SMTP_MAIL,
      0,
      .text = "unexpected reply" },
    { "data-250-is-out-of-step",
      { { "DATA", "250 ok\r\n" } },
      SMTP_DATA,
      0,
      .text = "unexpected reply" },
    { "dot-354-is-uncertain",
      { { ".", "354 more\r\n" } },
      SMTP_DOT,
      0,
      .text = "unexpected reply" },
    { "two-replies-to-one-command",
      { { "MAIL", "250 ok\r\n250 ok\r\n" } },
      SMTP_RCPT,
      0,
      .text = "out of step" },
    { "accepted-then-closed", { { ".", "250 ok\r\n421 idle\r\n" } }, SMTP_DOT, 250, .text = "ok" },
};

static void
test_fault(const void *data)
{
    const Fault *fault = data;
    Script script = { 0 };
    memcpy(script.rules, fault->rules, sizeof script.rules);
    TransportSettings settings = in_clear;
    settings.timeout = fault->timeout;
    g_autoptr(GString) message = g_string_new(MESSAGE);
    for (size_t i = 0; fault->is_large && i < 8 * 1024 * 1024 / 64; i++)
        g_string_append(message,
                        "a line of sixty-four octets, with its end, and the next is alike\r\n");

    Outcome outcome = send_one(&script, &settings, "anna@example.net", message);
    g_assert_cmpstr(smtp_phase_name(outcome.result.phase), ==, smtp_phase_name(fault->phase));
    g_assert_cmpint(outcome.result.reply.code, ==, fault->code);
    g_assert_nonnull(outcome.result.reply.text);
    if (strstr(outcome.result.reply.text, fault->text) == NULL)
        g_error("\"%s\" does not say \"%s\"", outcome.result.reply.text, fault->text);
    g_assert_true(outcome.connected == (fault->phase != SMTP_CONNECT));
    g_assert_true(outcome.usable == fault->usable);
    g_assert_true((strstr(script.heard->str, "RSET\r\n") != NULL) == fault->resets);
    transport_result_clear(&outcome.result);
    script_clear(&script);
}

static void
test_reply_too_long(void)
{
    g_autoptr(GString) reply = g_string_new(NULL);
    while (reply->len < 300000)
        g_string_append(reply, "550-and another thing\r\n");
    Script script = { .rules = { { "RCPT", reply->str } } };
    g_autoptr(GString) message = g_string_new(MESSAGE);
    Outcome outcome = send_one(&script, &in_clear, "anna@example.net", message);
    g_assert_cmpint(outcome.result.phase, ==, SMTP_RCPT);
    g_assert_cmpint(outcome.result.reply.code, ==, 0);
    g_assert_nonnull(strstr(outcome.result.reply.text, "64 kB"));
    g_assert_false(outcome.usable);
    transport_result_clear(&outcome.result);
    script_clear(&script);
}

static void
test_split_replies(void)
{
    Script script = { .rules = { { "RCPT", "250-2.1.5 well\r\n250 2.1.5 fine\r\n" } },
                      .drips = true };
    g_autoptr(GString) message = g_string_new(MESSAGE);
    Outcome outcome = send_one(&script, &in_clear, "anna@example.net", message);
    g_assert_cmpint(outcome.result.reply.code, ==, 250);
    g_assert_cmpstr(outcome.result.reply.text, ==, "queued as 4711");
    g_assert_true(outcome.usable);
    transport_result_clear(&outcome.result);
    script_clear(&script);
}

/* The message, byte by byte */

typedef struct {
    const char *name;
    const char *message;
    const char *expect;
} Lines;

static const Lines lines[] = {
    { "empty", "", ".\r\n" },
    { "last-line-without-end", "a\r\nb", "a\r\nb\r\n.\r\n" },
    { "last-line-ends-in-a-bare-line-feed", "a\n", "a\n\r\n.\r\n" },
    { "last-line-is-a-dot-without-end", "a\r\n.", "a\r\n..\r\n.\r\n" },
    { "only-a-dot", ".\r\n", "..\r\n.\r\n" },
    { "dot-inside-a-line", "a.\r\nb.c\r\n", "a.\r\nb.c\r\n.\r\n" },
    { "bare-line-feed-hides-no-dot", "a\n.\r\nb\r\n", "a\n..\r\nb\r\n.\r\n" },
};

static void
test_lines(const void *data)
{
    const Lines *test = data;
    Script script = { 0 };
    g_autoptr(GString) message = g_string_new(test->message);
    Outcome outcome = send_one(&script, &in_clear, "anna@example.net", message);
    g_assert_cmpint(outcome.result.reply.code, ==, 250);
    g_assert_cmpstr(script.message->str, ==, test->expect);
    transport_result_clear(&outcome.result);
    script_clear(&script);
}

/* Dots where the pieces meet: every line is one octet longer than the last. */
static void
test_large_message(void)
{
    Script script = { 0 };
    g_autoptr(GString) message = g_string_new(NULL);
    g_autoptr(GString) expect = g_string_new(NULL);
    for (size_t i = 0; message->len < 300000; i++) {
        g_autofree char *rest = g_strnfill(i % 700, '.');
        g_string_append_printf(message, ".%s\r\n", rest);
        g_string_append_printf(expect, "..%s\r\n", rest);
    }
    g_string_append(expect, ".\r\n");
    Outcome outcome = send_one(&script, &in_clear, "anna@example.net", message);
    g_assert_cmpint(outcome.result.reply.code, ==, 250);
    g_assert_true(g_string_equal(script.message, expect));
    transport_result_clear(&outcome.result);
    script_clear(&script);
}

/* Security and identity */

typedef struct {
    const char *name;
    TransportSettings settings;
    Rule rules[RULES_MAX];
    int code; /* 0 with TEXT: no connection */
    const char *text;
    const char *heard; /* of what we said is this part, NULL: nothing but EHLO */
} Login;

static const Login logins[] = {
    { "no-starttls-is-no-mail",
      { .user = "u", .password = "p" },
      { { "EHLO", "250-x\r\n250 AUTH PLAIN\r\n" } },
      0,
      "no STARTTLS",
      NULL },
    { "starttls-refused",
      { 0 },
      { { "EHLO", "250-x\r\n250 STARTTLS\r\n" }, { "STARTTLS", "454 4.7.0 no TLS today\r\n" } },
      454,
      "no TLS today",
      "STARTTLS\r\n" },
    { "words-after-starttls-reply-are-refused",
      { 0 },
      { { "EHLO", "250-x\r\n250 STARTTLS\r\n" },
        { "STARTTLS", "220 go\r\n235 you are in\r\n250 ok\r\n" } },
      0,
      "",
      "STARTTLS\r\n" },
    { "plain",
      { .clear_text = true, .user = "user", .password = "secret" },
      { { "EHLO", "250-x\r\n250 AUTH DIGEST-MD5 CRAM-MD5 LOGIN PLAIN\r\n" },
        { "AUTH PLAIN AHVzZXIAc2VjcmV0\r\n", "235 2.7.0 welcome\r\n" } },
      250,
      "queued",
      "AUTH PLAIN AHVzZXIAc2VjcmV0\r\n" },
    { "login",
      { .clear_text = true, .user = "user", .password = "secret" },
      { { "EHLO", "250-x\r\n250 AUTH LOGIN\r\n" },
        { "AUTH LOGIN dXNlcg==\r\n", "334 UGFzc3dvcmQ6\r\n" },
        { "c2VjcmV0\r\n", "235 2.7.0 welcome\r\n" } },
      250,
      "queued",
      "c2VjcmV0\r\n" },
    { "password-refused",
      { .clear_text = true, .user = "user", .password = "wrong" },
      { { "EHLO", "250-x\r\n250 AUTH PLAIN\r\n" }, { "AUTH", "535 5.7.8 wrong password\r\n" } },
      535,
      "wrong password",
      "AUTH PLAIN" },
    { "server-without-auth",
      { .clear_text = true, .user = "user", .password = "secret" },
      { { "EHLO", "250-x\r\n250 PIPELINING\r\n" } },
      0,
      "no AUTH",
      NULL },
    { "server-with-other-auth-only",
      { .clear_text = true, .user = "user", .password = "secret" },
      { { "EHLO", "250-x\r\n250 AUTH DIGEST-MD5\r\n" } },
      0,
      "no AUTH",
      NULL },
};

static void
test_login(const void *data)
{
    const Login *login = data;
    Script script = { 0 };
    memcpy(script.rules, login->rules, sizeof script.rules);
    g_autoptr(GString) message = g_string_new(MESSAGE);
    Outcome outcome = send_one(&script, &login->settings, "anna@example.net", message);
    g_assert_cmpint(outcome.result.reply.code, ==, login->code);
    if (strstr(outcome.result.reply.text, login->text) == NULL)
        g_error("\"%s\" does not say \"%s\"", outcome.result.reply.text, login->text);
    g_assert_true(outcome.connected == (login->code == 250));
    if (login->heard != NULL)
        g_assert_nonnull(strstr(script.heard->str, login->heard));
    else
        g_assert_cmpstr(script.heard->str, ==, "EHLO sender.example\r\n");
    transport_result_clear(&outcome.result);
    script_clear(&script);
}

static void
test_utf8_not_offered(void)
{
    Script script = { 0 };
    g_autoptr(GString) message = g_string_new(MESSAGE);
    Outcome outcome = send_one(&script, &in_clear, "jürgen@example.net", message);
    g_assert_cmpint(outcome.result.phase, ==, SMTP_RCPT);
    g_assert_cmpint(outcome.result.reply.code, ==, 553);
    g_assert_cmpstr(outcome.result.reply.status, ==, "5.6.7");
    g_assert_true(outcome.usable);
    g_assert_null(strstr(script.heard->str, "MAIL"));
    transport_result_clear(&outcome.result);
    script_clear(&script);
}

static void
test_utf8_offered(void)
{
    Script script = { .rules = { { "EHLO", "250-x\r\n250 smtputf8\r\n" } } };
    g_autoptr(GString) message = g_string_new(MESSAGE);
    Outcome outcome = send_one(&script, &in_clear, "jürgen@example.net", message);
    g_assert_cmpint(outcome.result.reply.code, ==, 250);
    g_assert_nonnull(strstr(script.heard->str, "MAIL FROM:<bounce@example.org> SMTPUTF8\r\n"));
    transport_result_clear(&outcome.result);
    script_clear(&script);
}

/* After a refusal the same connection takes the next mail. */
static void
test_goes_on_after_refusal(void)
{
    Script script = { .rules = { { "RCPT TO:<bert@", "550 5.1.1 nobody\r\n" } } };
    Server server;
    script_start(&script, &server);
    g_autofree char *url = g_strdup_printf("smtp://127.0.0.1:%d", server.port);
    TransportSettings settings = { .url = url, .clear_text = true, .timeout = 20 };
    g_auto(TransportResult) result = { 0 };
    g_autoptr(Smtp) smtp = smtp_open(&settings, &result);
    g_assert_nonnull(smtp);
    g_autoptr(Address) bert = address("bert@example.net");
    g_autoptr(Address) anna = address("anna@example.net");
    g_autoptr(GString) message = g_string_new("a\r\n");
    smtp_send(smtp, NULL, bert, message, &result);
    g_assert_cmpint(result.reply.code, ==, 550);
    smtp_send(smtp, NULL, anna, message, &result);
    g_assert_cmpint(result.reply.code, ==, 250);
    g_clear_pointer(&smtp, smtp_close);
    server_stop(&server);
    g_assert_nonnull(strstr(script.heard->str, "MAIL FROM:<> SIZE=3\r\n"));
    g_assert_cmpint(server.connections, ==, 1);
    script_clear(&script);
}

/* A server that grew tired of waiting: seen before the next mail is begun. */
static void
test_idle_end_is_noticed(void)
{
    Script script = { .rules = { { ".", "!250 ok\r\n" } } };
    Server server;
    script_start(&script, &server);
    g_autofree char *url = g_strdup_printf("smtp://127.0.0.1:%d", server.port);
    TransportSettings settings = { .url = url, .clear_text = true, .timeout = 20 };
    g_auto(TransportResult) result = { 0 };
    g_autoptr(Smtp) smtp = smtp_open(&settings, &result);
    g_assert_nonnull(smtp);
    g_autoptr(Address) anna = address("anna@example.net");
    g_autoptr(GString) message = g_string_new("a\r\n");
    smtp_send(smtp, NULL, anna, message, &result);
    g_assert_cmpint(result.reply.code, ==, 250);
    while (smtp_is_usable(smtp)) /* the test's time limit is the assertion */
        g_usleep(1000);
    g_assert_false(smtp_is_usable(smtp)); /* and stays so */
    g_clear_pointer(&smtp, smtp_close);
    server_stop(&server);
    script_clear(&script);
}

static void
test_nobody_listens(void)
{
    Server server;
    server_start(&server, script_talk, NULL);
    server_stop(&server);
    g_autofree char *url = g_strdup_printf("smtp://127.0.0.1:%d", server.port);
    TransportSettings settings = { .url = url, .timeout = 20 };
    g_auto(TransportResult) result = { 0 };
    g_assert_null(smtp_open(&settings, &result));
    g_assert_cmpint(result.phase, ==, SMTP_CONNECT);
    g_assert_cmpint(result.reply.code, ==, 0);
    g_assert_cmpstr(result.reply.text, !=, "");
}

static void
test_not_a_url(void)
{
    g_auto(TransportResult) result = { 0 };
    g_assert_null(smtp_open(&(TransportSettings){ .url = "smtp://" }, &result));
    g_assert_cmpint(result.phase, ==, SMTP_CONNECT);
    g_assert_cmpint(result.reply.code, ==, 0);
    g_assert_nonnull(strstr(result.reply.text, "URL"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/smtp/conversation", test_conversation);
    for (size_t i = 0; i < G_N_ELEMENTS(faults); i++) {
        g_autofree char *path = g_strconcat("/smtp/fault/", faults[i].name, NULL);
        g_test_add_data_func(path, &faults[i], test_fault);
    }
    g_test_add_func("/smtp/fault/reply-too-long", test_reply_too_long);
    g_test_add_func("/smtp/fault/nobody-listens", test_nobody_listens);
    g_test_add_func("/smtp/fault/not-a-url", test_not_a_url);
    g_test_add_func("/smtp/split-replies", test_split_replies);
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autofree char *path = g_strconcat("/smtp/lines/", lines[i].name, NULL);
        g_test_add_data_func(path, &lines[i], test_lines);
    }
    g_test_add_func("/smtp/lines/large", test_large_message);
    for (size_t i = 0; i < G_N_ELEMENTS(logins); i++) {
        g_autofree char *path = g_strconcat("/smtp/login/", logins[i].name, NULL);
        g_test_add_data_func(path, &logins[i], test_login);
    }
    g_test_add_func("/smtp/utf8/not-offered", test_utf8_not_offered);
    g_test_add_func("/smtp/utf8/offered", test_utf8_offered);
    g_test_add_func("/smtp/goes-on-after-refusal", test_goes_on_after_refusal);
    g_test_add_func("/smtp/idle-end-is-noticed", test_idle_end_is_noticed);
    return g_test_run();
}
