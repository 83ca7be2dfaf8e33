#include "net/courier.h"

#include <glib/gstdio.h>

#include "carry.h"
#include "script.h"

#define MESSAGE "Subject: Gr=FC=DFe\r\n\r\n.hidden\r\n..\r\nlast\r\n"

static const RelaySettings in_clear = { .clear_text = true,
                                        .ehlo_name = "sender.example",
                                        .timeout = 20 };

static RelaySettings
settings_for(const Server *server, const RelaySettings *like, char **url)
{
    RelaySettings settings = *like;
    *url = g_strdup_printf("smtp://127.0.0.1:%d", server->port);
    settings.url = *url;
    return settings;
}

static const Carried *
carried_at(const Carrier *carrier, guint i)
{
    return carrier->carried->pdata[i];
}

static void
test_conversation(void)
{
    Script script = { 0 };
    Server server;
    Carrier carrier = { 0 };
    g_autofree char *url = NULL;
    script_start(&script, &server);
    RelaySettings settings = settings_for(&server, &in_clear, &url);
    carrier_open(&carrier, &settings, 1);
    carrier_send(&carrier, "anna@example.net", MESSAGE);
    carrier_wait(&carrier, 0, 1);
    courier_finish(carrier.courier);
    server_stop(&server);

    const RelayResult *result = &carried_at(&carrier, 0)->result;
    g_assert_cmpint(result->phase, ==, SMTP_DOT);
    g_assert_cmpint(result->reply.code, ==, 250);
    g_assert_cmpstr(result->reply.text, ==, "queued as 4711");
    g_autofree char *expected =
        g_strdup_printf("EHLO sender.example\r\nMAIL FROM:<bounce@example.org> SIZE=%zu\r\n"
                        "RCPT TO:<anna@example.net>\r\nDATA\r\nQUIT\r\n",
                        strlen(MESSAGE));
    g_assert_cmpstr(script.heard->str, ==, expected);
    g_assert_cmpstr(script.message->str, ==,
                    "Subject: Gr=FC=DFe\r\n\r\n..hidden\r\n...\r\nlast\r\n.\r\n");
    carrier_close(&carrier);
    script_clear(&script);
}

/* What goes wrong, and where */

typedef struct {
    const char *name;
    Rule rules[RULES_MAX];
    SmtpPhase phase;
    int code;
    const char *text; /* is part of what is said */
    bool is_large;    /* 8 MB of message */
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
    { "mail-refused", { { "MAIL", "550 5.7.1 no\r\n" } }, SMTP_MAIL, 550, .text = "no" },
    { "rcpt-refused", { { "RCPT", "550 5.1.1 nobody\r\n" } }, SMTP_RCPT, 550, .text = "nobody" },
    { "rcpt-of-many-lines",
      { { "RCPT", "450-4.2.0 grey\r\n450 4.2.0 listed\r\n" } },
      SMTP_RCPT,
      450,
      .text = "listed" },
    { "data-refused", { { "DATA", "451 4.3.0 later\r\n" } }, SMTP_DATA, 451, .text = "later" },
    { "dot-refused", { { ".", "554 5.7.1 spam\r\n" } }, SMTP_DOT, 554, .text = "spam" },
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
    { "rcpt-silent",
      { { "RCPT", "" }, { "DATA", "" } },
      SMTP_RCPT,
      0,
      .text = "in time",
      .timeout = 1 },
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
    { "accepted-then-closed", { { ".", "250 ok\r\n421 idle\r\n" } }, SMTP_DOT, 250, .text = "ok" },
};

static char *
message_of(const Fault *fault)
{
    GString *message = g_string_new(MESSAGE);
    for (size_t i = 0; fault->is_large && i < 8 * 1024 * 1024 / 64; i++)
        g_string_append(message,
                        "a line of sixty-four octets, with its end, and the next is alike\r\n");
    return g_string_free(message, FALSE);
}

/* A relay that refuses us is down, and the mail comes back untouched with that reason. */
static const SmtpReply *
reply_of(const Carrier *carrier, const Fault *fault)
{
    if (fault->phase != SMTP_CONNECT)
        return &carried_at(carrier, 0)->result.reply;
    g_assert_cmpuint(carrier->downs, ==, 1);
    return &carrier->down;
}

static void
try_fault(const Fault *fault, bool no_pipelining)
{
    Script script = { 0 };
    Server server;
    Carrier carrier = { 0 };
    g_autofree char *url = NULL;
    g_autofree char *message = message_of(fault);
    memcpy(script.rules, fault->rules, sizeof script.rules);
    script_start(&script, &server);
    RelaySettings settings = settings_for(&server, &in_clear, &url);
    settings.no_pipelining = no_pipelining;
    settings.timeout = fault->timeout > 0 ? fault->timeout : 20;
    carrier_open(&carrier, &settings, 1);
    carrier_send(&carrier, "anna@example.net", message);
    carrier_wait(&carrier, 0, 1);

    const Carried *carried = carried_at(&carrier, 0);
    const SmtpReply *reply = reply_of(&carrier, fault);
    g_assert_cmpstr(smtp_phase_name(carried->result.phase), ==, smtp_phase_name(fault->phase));
    g_assert_cmpint(reply->code, ==, fault->code);
    if (strstr(reply->text, fault->text) == NULL)
        g_error("\"%s\" does not say \"%s\"", reply->text, fault->text);
    carrier_close(&carrier);
    server_stop(&server);
    script_clear(&script);
}

static void
test_fault(const void *data)
{
    try_fault(data, false);
    try_fault(data, true);
}

/* Connections */

typedef struct {
    const char *rule;
    Rule rules[RULES_MAX];
    int connection_messages;
    int connections; /* that are made for five mails, one after the other; or fewer, when a mail was
                        faster than the news that the server has left */
} Reopening;

static const Reopening reopenings[] = {
    { "one connection for all", { { 0 } }, 0, 1 },
    { "a refused recipient costs no connection", { { "RCPT", "550 5.1.1 nobody\r\n" } }, 0, 1 },
    { "two mails a connection", { { 0 } }, 2, 3 },
    { "opened again after 421", { { ".", "!421 4.3.2 enough\r\n" } }, 0, 5 },
    { "opened again after a lost reply", { { ".", "!" } }, 0, 5 },
    { "opened again after the server left", { { ".", "!250 ok\r\n" } }, 0, 5 },
};

static void
test_reopenings(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(reopenings); i++) {
        Script script = { 0 };
        Server server;
        Carrier carrier = { 0 };
        g_autofree char *url = NULL;
        g_test_message("%s", reopenings[i].rule);
        memcpy(script.rules, reopenings[i].rules, sizeof script.rules);
        script_start(&script, &server);
        RelaySettings settings = settings_for(&server, &in_clear, &url);
        settings.connection_messages = reopenings[i].connection_messages;
        settings.connection_seconds = 86400;
        carrier_open(&carrier, &settings, 1);
        for (guint n = 1; n <= 5; n++) {
            carrier_send(&carrier, "anna@example.net", "x\r\n");
            carrier_wait(&carrier, 0, n);
        }
        courier_finish(carrier.courier);
        carrier_close(&carrier);
        server_stop(&server);
        g_assert_cmpint(server.connections, <=, reopenings[i].connections);
        g_assert_cmpint(server.connections, >=, (reopenings[i].connections + 1) / 2);
        script_clear(&script);
    }
}

/* QUIT goes behind the last dot; who comes after it gets a connection of their own. */
static void
test_end(void)
{
    Script script = { 0 };
    Server server;
    Carrier carrier = { 0 };
    g_autofree char *url = NULL;
    script_start(&script, &server);
    RelaySettings settings = settings_for(&server, &in_clear, &url);
    carrier_open(&carrier, &settings, 1);
    for (guint n = 1; n <= 2; n++) {
        carrier_send(&carrier, "anna@example.net", "x\r\n");
        courier_end(carrier.courier);
        carrier_wait(&carrier, 0, n);
        g_assert_cmpint(carried_at(&carrier, n - 1)->result.reply.code, ==, 250);
    }
    courier_finish(carrier.courier);
    server_stop(&server);
    g_assert_cmpint(server.connections, ==, 2);
    g_assert_nonnull(strstr(script.heard->str, "DATA\r\nQUIT\r\nEHLO"));
    g_assert_cmpint(carrier.downs, ==, 0);
    carrier_close(&carrier);
    script_clear(&script);
}

/* The next envelope is out while the text of this one waits: both are on one connection. */
static void
test_text_waits_for_release(void)
{
    Script script = { 0 };
    Server server;
    Carrier carrier = { .waits = true };
    g_autofree char *url = NULL;
    script_start(&script, &server);
    RelaySettings settings = settings_for(&server, &in_clear, &url);
    carrier_open(&carrier, &settings, 1);
    carrier_send(&carrier, "anna@example.net", "first\r\n");
    carrier_send(&carrier, "bert@example.net", "second\r\n");
    carrier_wait(&carrier, 1, 0);
    for (int i = 0; i < 5; i++)
        courier_turn(carrier.courier, 10000);
    g_assert_cmpuint(carrier.carried->len, ==, 0);
    carrier_answer(&carrier);
    carrier_wait(&carrier, 1, 1);
    g_assert_cmpstr(carried_at(&carrier, 0)->recipient, ==, "anna@example.net");
    carrier.withdraws = true;
    carrier_answer(&carrier);
    carrier_wait(&carrier, 0, 2);
    g_assert_cmpint(carried_at(&carrier, 1)->result.phase, ==, SMTP_BODY);
    carrier_close(&carrier);
    server_stop(&server);
    g_assert_cmpstr(script.message->str, ==, "first\r\n.\r\n");
    script_clear(&script);
}

/* A text that leaves ahead is no mail before its dot, whether the dot never follows or the server has enough of it. */
static void
test_text_leaves_ahead(void)
{
    Script script = { .rules = { { "body", "421 4.3.2 enough\r\n" } } };
    Server server;
    Carrier carrier = { .waits = true };
    g_autofree char *url = NULL;
    g_autofree char *large = g_strnfill(100000, 'x');
    script_start(&script, &server);
    RelaySettings settings = settings_for(&server, &in_clear, &url);
    carrier_open(&carrier, &settings, 1);
    carrier_send(&carrier, "anna@example.net", "first\r\n");
    carrier_send(&carrier, "bert@example.net", "second\r\n");
    carrier_wait(&carrier, 1, 0);
    courier_send_text(carrier.courier, carrier.held->pdata[0]);
    carrier_answer(&carrier);
    carrier_wait(&carrier, 1, 1);
    g_assert_cmpint(carried_at(&carrier, 0)->result.reply.code, ==, 250);
    courier_send_text(carrier.courier, carrier.held->pdata[0]);
    carrier.withdraws = true;
    carrier_answer(&carrier);
    carrier_wait(&carrier, 0, 2);
    g_assert_cmpint(carried_at(&carrier, 1)->result.phase, ==, SMTP_BODY);

    carrier_send(&carrier, "carl@example.net", large);
    carrier_wait(&carrier, 1, 2);
    courier_send_text(carrier.courier, carrier.held->pdata[0]);
    carrier_wait(&carrier, 0, 3);
    g_assert_cmpint(carried_at(&carrier, 2)->result.phase, ==, SMTP_BODY);
    g_assert_cmpint(carried_at(&carrier, 2)->result.reply.code, ==, 421);
    carrier_close(&carrier);
    server_stop(&server);
    g_assert_cmpstr(script.message->str, ==, "first\r\n.\r\n");
    script_clear(&script);
}

static void
test_nobody_listens(void)
{
    Server server;
    Carrier carrier = { 0 };
    g_autofree char *url = NULL;
    server_start(&server, script_talk, NULL);
    server_stop(&server);
    RelaySettings settings = settings_for(&server, &in_clear, &url);
    carrier_open(&carrier, &settings, 1);
    carrier_send(&carrier, "anna@example.net", "x\r\n");
    carrier_wait(&carrier, 0, 1);
    g_assert_cmpuint(carrier.downs, ==, 1);
    g_assert_cmpint(carried_at(&carrier, 0)->result.phase, ==, SMTP_CONNECT);
    carrier_close(&carrier);
}

static void
test_stop_gives_back(void)
{
    Script script = { 0 };
    Server server;
    Carrier carrier = { .waits = true };
    g_autofree char *url = NULL;
    script_start(&script, &server);
    RelaySettings settings = settings_for(&server, &in_clear, &url);
    carrier_open(&carrier, &settings, 1);
    for (int i = 0; i < 10; i++)
        carrier_send(&carrier, "anna@example.net", "x\r\n");
    carrier_wait(&carrier, 1, 0);
    courier_stop(carrier.courier);
    carrier_wait(&carrier, 1, 8); /* all but the two of the one connection */
    carrier_wait(&carrier, 1, 8);
    g_assert_cmpint(carried_at(&carrier, 0)->result.phase, ==, SMTP_CONNECT);
    carrier_answer(&carrier);
    carrier_wait(&carrier, 1, 9);
    g_assert_cmpint(carried_at(&carrier, 8)->result.reply.code, ==, 250);
    carrier_answer(&carrier);
    carrier_wait(&carrier, 0, 10);
    courier_finish(carrier.courier);
    carrier_close(&carrier);
    server_stop(&server);
    script_clear(&script);
}

static void
test_relays_share_by_weight(void)
{
    Script scripts[2];
    Server servers[2];
    Carrier carrier = { 0 };
    RelaySettings settings[2];
    g_autofree char *urls[2] = { NULL, NULL };
    for (int i = 0; i < 2; i++) {
        scripts[i] = (Script){ .drips = false };
        script_start(&scripts[i], &servers[i]);
        settings[i] = settings_for(&servers[i], &in_clear, &urls[i]);
    }
    settings[1].weight = 3;
    carrier_open(&carrier, settings, 2);
    /* Until both are open one has all. */
    guint begin = 0;
    while (begin == 0 || carried_at(&carrier, begin - 1)->relay == carried_at(&carrier, 0)->relay) {
        carrier_send(&carrier, "anna@example.net", "x\r\n");
        carrier_wait(&carrier, 0, ++begin);
    }
    for (int i = 0; i < 400; i++)
        carrier_send(&carrier, "anna@example.net", "x\r\n");
    carrier_wait(&carrier, 0, begin + 400);
    guint first = 0;
    for (guint i = begin; i < begin + 400; i++)
        first += carried_at(&carrier, i)->relay == 0;
    g_assert_cmpuint(first, >=, 85);
    g_assert_cmpuint(first, <=, 125);
    courier_finish(carrier.courier);
    carrier_close(&carrier);
    for (int i = 0; i < 2; i++) {
        server_stop(&servers[i]);
        script_clear(&scripts[i]);
        g_free(g_steal_pointer(&urls[i]));
    }
}

/* A server that does at random what servers do. */
static void
talk_at_random(int fd, void *data)
{
    static const char *const replies[] = { "250 ok\r\n",      "250 ok\r\n", "250 ok\r\n",
                                           "250 ok\r\n",      "250 ok\r\n", "550 5.1.1 no\r\n",
                                           "450 4.2.0 no\r\n" };
    g_autoptr(GString) input = g_string_new(NULL);
    bool in_text = false;
    char bytes[4096];
    ssize_t size;
    server_say(fd, "220 hi\r\n", 8);
    while ((size = recv(fd, bytes, sizeof bytes, 0)) > 0) {
        g_string_append_len(input, bytes, size);
        char *feed;
        while ((feed = strchr(input->str, '\n')) != NULL) {
            bool is_dot = g_str_has_prefix(input->str, ".\r");
            bool is_data = g_str_has_prefix(input->str, "DATA");
            bool is_ehlo = g_str_has_prefix(input->str, "EHLO");
            g_string_erase(input, 0, feed + 1 - input->str);
            if (in_text && !is_dot)
                continue;
            in_text = false;
            int dice = g_random_int_range(0, 60);
            if (dice == 0 && !is_ehlo)
                return;
            const char *reply = replies[g_random_int_range(0, G_N_ELEMENTS(replies))];
            if (is_ehlo)
                reply = "250-x\r\n250 PIPELINING\r\n";
            else if (dice == 1)
                reply = "421 4.3.2 enough\r\n";
            else if (is_data && dice > 4)
                reply = "354 go\r\n";
            in_text = g_str_has_prefix(reply, "354");
            if (is_data && !in_text && g_str_has_prefix(reply, "250"))
                reply = "554 no\r\n";
            if (!server_say(fd, reply, strlen(reply)) || g_str_has_prefix(reply, "421"))
                return;
        }
    }
}

/* Whatever happens, each mail that is given is done once. */
static void
test_soak(void)
{
    Server server;
    Carrier carrier = { 0 };
    g_autofree char *url = NULL;
    server_start(&server, talk_at_random, NULL);
    RelaySettings settings = settings_for(&server, &in_clear, &url);
    settings.connections = 8;
    settings.connection_messages = 20;
    carrier_open(&carrier, &settings, 1);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (int i = 0; i < 400; i++) {
        g_autofree char *to = g_strdup_printf("p%d@example.net", i);
        carrier_send(&carrier, to, "x\r\n");
    }
    carrier_wait(&carrier, 0, 400);
    courier_finish(carrier.courier);
    for (guint i = 0; i < carrier.carried->len; i++)
        g_assert_true(g_hash_table_add(seen, carried_at(&carrier, i)->recipient));
    g_assert_cmpuint(g_hash_table_size(seen), ==, 400);
    carrier_close(&carrier);
    server_stop(&server);
}

/* Without a connection the way is the same. */
static void
test_local(void)
{
    g_autofree char *folder = g_dir_make_tmp("courier-XXXXXX", NULL);
    g_autofree char *url = g_strconcat("maildir:", folder, NULL);
    const RelaySettings settings[] = { { .url = url, .connections = 3 }, { .url = "null:" } };
    for (size_t i = 0; i < G_N_ELEMENTS(settings); i++) {
        Carrier carrier = { 0 };
        carrier_open(&carrier, &settings[i], 1);
        for (int n = 0; n < 20; n++)
            carrier_send(&carrier, "anna@example.net", "Message-ID: <a@b>\r\n\r\nx\r\n");
        carrier_wait(&carrier, 0, 20);
        g_assert_cmpint(carried_at(&carrier, 19)->result.reply.code, ==, 250);
        courier_finish(carrier.courier);
        carrier_close(&carrier);
    }
    g_autofree char *file = g_build_filename(folder, "new", "a@b", NULL);
    g_assert_cmpint(g_remove(file), ==, 0);
    static const char *const folders[] = { "new", "tmp", "cur", "" };
    for (size_t i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *rest = g_build_filename(folder, folders[i], NULL);
        g_assert_cmpint(g_rmdir(rest), ==, 0);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/courier/conversation", test_conversation);
    for (size_t i = 0; i < G_N_ELEMENTS(faults); i++) {
        g_autofree char *path = g_strconcat("/courier/fault/", faults[i].name, NULL);
        g_test_add_data_func(path, &faults[i], test_fault);
    }
    g_test_add_func("/courier/reopenings", test_reopenings);
    g_test_add_func("/courier/end", test_end);
    g_test_add_func("/courier/text-waits-for-release", test_text_waits_for_release);
    g_test_add_func("/courier/text-leaves-ahead", test_text_leaves_ahead);
    g_test_add_func("/courier/nobody-listens", test_nobody_listens);
    g_test_add_func("/courier/stop-gives-back", test_stop_gives_back);
    g_test_add_func("/courier/relays-share-by-weight", test_relays_share_by_weight);
    g_test_add_func("/courier/soak", test_soak);
    g_test_add_func("/courier/local", test_local);
    return g_test_run();
}
