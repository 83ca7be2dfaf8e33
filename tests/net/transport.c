#include "net/transport.h"

#include <glib/gstdio.h>

#include "base/error.h"
#include "server.h"

/* What may stand in the configuration */

typedef struct {
    const char *name;
    TransportSettings settings;
    const char *problem; /* part of it; NULL: it opens */
} Setting;

static const Setting openings[] = {
    { "smtp", { .url = "smtp://relay.example:2525" }, NULL },
    { "smtps", { .url = "smtps://relay.example/" }, NULL },
    { "ipv6", { .url = "smtp://[::1]:25" }, NULL },
    { "null", { .url = "null:" }, NULL },
    { "maildir", { .url = "maildir:relative/path" }, NULL },
    { "maildir-without-path", { .url = "maildir:" }, "no path" },
    { "http", { .url = "http://relay.example" }, "not one of" },
    { "no-scheme", { .url = "relay.example:25" }, "not one of" },
    { "empty", { .url = "" }, "not one of" },
    { "no-host", { .url = "smtp://" }, "cannot send to" },
    { "bad-port", { .url = "smtp://relay.example:99999" }, "cannot send to" },
    { "path", { .url = "smtp://relay.example/name" }, "more than a host" },
    { "password-in-url", { .url = "smtp://me:secret@relay.example" }, "do not belong" },
    { "user-alone", { .url = "smtp://relay.example", .user = "me" }, "no password" },
    { "no-ca-file",
      { .url = "smtp://relay.example", .ca_file = "/nowhere/ca.pem" },
      "certificates" },
    { "ehlo-of-two-words", { .url = "smtp://relay.example", .ehlo_name = "a b" }, "EHLO" },
    { "ehlo-of-two-lines", { .url = "smtp://relay.example", .ehlo_name = "a\r\nMAIL" }, "EHLO" },
};

static void
test_setting(const void *data)
{
    const Setting *test = data;
    g_autoptr(GError) error = NULL;
    g_autoptr(Transport) transport = transport_open(&test->settings, &error);
    if (test->problem == NULL) {
        g_assert_no_error(error);
        g_assert_nonnull(transport);
        return;
    }
    g_assert_null(transport);
    g_assert_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP);
    if (strstr(error->message, test->problem) == NULL)
        g_error("\"%s\" does not say \"%s\"", error->message, test->problem);
    g_assert_null(strstr(error->message, "secret"));
}

/* Sending */

typedef struct {
    Transport *transport;
    Address *from;
    Address *to;
    TransportResult result;
} Sender;

static void
sender_open(Sender *sender, const TransportSettings *settings)
{
    g_autoptr(GError) error = NULL;
    *sender = (Sender){
        .transport = transport_open(settings, &error),
        .from = address_parse("bounce@example.org", NULL),
        .to = address_parse("anna@example.net", NULL),
    };
    g_assert_no_error(error);
}

static void
sender_send(Sender *sender, const Address *from, const char *text)
{
    g_autoptr(GString) message = g_string_new(text);
    transport_send(sender->transport, from, sender->to, message, &sender->result);
}

static void
sender_close(Sender *sender)
{
    transport_close(sender->transport);
    address_free(sender->from);
    address_free(sender->to);
    transport_result_clear(&sender->result);
}

static void
test_null(void)
{
    Sender sender;
    sender_open(&sender, &(TransportSettings){ .url = "null:" });
    g_assert_true(transport_connect(sender.transport, &sender.result));
    sender_send(&sender, sender.from, "a\r\n");
    g_assert_cmpint(sender.result.phase, ==, SMTP_DOT);
    g_assert_cmpint(sender.result.reply.code, ==, 250);
    sender_close(&sender);
}

typedef struct {
    const char *name;
    const char *message;
    const char *file; /* NULL: a hash */
} Named;

static const Named named[] = {
    { "message-id-names-the-file", "Subject: x\r\nMessage-ID: <i1.abc@example.org>\r\n\r\nx\r\n",
      "i1.abc@example.org" },
    { "case-does-not-matter", "message-id:<a@b>\r\n\r\nx\r\n", "a@b" },
    { "folded", "Message-ID:\r\n <a@b>\r\n\r\nx\r\n", "a@b" },
    { "in-the-body-it-is-text", "Subject: x\r\n\r\nMessage-ID: <a@b>\r\n", NULL },
    { "unclosed", "Message-ID: <a@b\r\nSubject: >\r\n\r\nx\r\n", NULL },
    { "none", "x", NULL },
};

static void
test_maildir(const void *data)
{
    const Named *test = data;
    Sender sender;
    g_autofree char *folder = g_dir_make_tmp("transport-XXXXXX", NULL);
    g_autofree char *url = g_strconcat("maildir:", folder, NULL);
    sender_open(&sender, &(TransportSettings){ .url = url });
    sender_send(&sender, sender.from, test->message);
    sender_send(&sender, NULL, test->message); /* replaces the first */
    g_assert_cmpint(sender.result.reply.code, ==, 250);
    g_assert_cmpint(sender.result.phase, ==, SMTP_DOT);

    g_autofree char *path = g_build_filename(folder, "new", NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    g_autofree char *name = g_strdup(g_dir_read_name(dir));
    g_assert_null(g_dir_read_name(dir));
    if (test->file != NULL)
        g_assert_cmpstr(name, ==, test->file);
    else
        g_assert_cmpuint(strlen(name), ==, 64);
    g_autofree char *file = g_build_filename(path, name, NULL);
    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents(file, &text, NULL, NULL));
    g_assert_true(g_str_has_prefix(text, "Return-Path: <>\nDelivered-To: anna@example.net\n"));

    g_remove(file);
    static const char *const folders[] = { "new", "tmp", "cur", "" };
    for (size_t i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *rest = g_build_filename(folder, folders[i], NULL);
        g_assert_cmpint(g_rmdir(rest), ==, 0);
    }
    sender_close(&sender);
}

static void
test_maildir_that_cannot_be(void)
{
    Sender sender;
    sender_open(&sender, &(TransportSettings){ .url = "maildir:/dev/null" });
    sender_send(&sender, sender.from, "a\r\n");
    g_assert_cmpint(sender.result.phase, ==, SMTP_CONNECT);
    g_assert_cmpint(sender.result.reply.code, ==, 0);
    g_assert_nonnull(strstr(sender.result.reply.text, "/dev/null"));
    sender_close(&sender);
}

/* A relay that takes one mail a connection: how it ends is the test's. */
static void
take_one_mail(int fd, void *data)
{
    static const char *const replies[] = { "220 hello\r\n", "250 hello\r\n", "250 ok\r\n",
                                           "250 ok\r\n",    "354 go\r\n",    NULL };
    const char *last = data;
    char bytes[4096];
    for (size_t i = 0; replies[i] != NULL; i++) {
        if (!server_say(fd, replies[i], strlen(replies[i])))
            return;
        bool is_message = *replies[i] == '3';
        size_t size = 0;
        ssize_t more;
        /* Each command is one line; the message ends with its dot. */
        do {
            more = recv(fd, bytes + size, sizeof bytes - size - 1, 0);
            if (more <= 0)
                return;
            size += (size_t)more;
            bytes[size] = '\0';
        } while (is_message ? strstr(bytes, "\r\n.\r\n") == NULL : strchr(bytes, '\n') == NULL);
    }
    server_say(fd, last, strlen(last));
}

static void
test_opens_again(const void *data)
{
    Server server;
    server_start(&server, take_one_mail, (void *)data);
    g_autofree char *url = g_strdup_printf("smtp://127.0.0.1:%d", server.port);
    Sender sender;
    sender_open(&sender, &(TransportSettings){ .url = url, .clear_text = true, .timeout = 20 });
    for (int i = 0; i < 3; i++) {
        g_assert_true(transport_connect(sender.transport, &sender.result));
        sender_send(&sender, sender.from, "a\r\n");
        g_assert_cmpint(sender.result.phase, ==, SMTP_DOT);
    }
    sender_close(&sender);
    server_stop(&server);
    g_assert_cmpint(server.connections, ==, 3);
}

static void
test_relay_is_down(void)
{
    Server server;
    server_start(&server, take_one_mail, NULL);
    server_stop(&server);
    g_autofree char *url = g_strdup_printf("smtp://127.0.0.1:%d", server.port);
    Sender sender;
    sender_open(&sender, &(TransportSettings){ .url = url, .timeout = 20 });
    g_assert_false(transport_connect(sender.transport, &sender.result));
    sender_send(&sender, sender.from, "a\r\n");
    g_assert_cmpint(sender.result.phase, ==, SMTP_CONNECT);
    g_assert_cmpint(sender.result.reply.code, ==, 0);
    sender_close(&sender);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(openings); i++) {
        g_autofree char *path = g_strconcat("/transport/open/", openings[i].name, NULL);
        g_test_add_data_func(path, &openings[i], test_setting);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(named); i++) {
        g_autofree char *path = g_strconcat("/transport/maildir/", named[i].name, NULL);
        g_test_add_data_func(path, &named[i], test_maildir);
    }
    g_test_add_func("/transport/maildir/that-cannot-be", test_maildir_that_cannot_be);
    g_test_add_func("/transport/null", test_null);
    g_test_add_data_func("/transport/opens-again/after-421", "421 4.3.2 enough\r\n",
                         test_opens_again);
    g_test_add_data_func("/transport/opens-again/after-a-lost-reply", "", test_opens_again);
    g_test_add_func("/transport/relay-is-down", test_relay_is_down);
    return g_test_run();
}
