#include "net/relay.h"

#include <glib/gstdio.h>

#include "base/error.h"

/* What may stand in the configuration */

typedef struct {
    const char *name;
    RelaySettings settings;
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
    { "certificate-without-key",
      { .url = "smtp://relay.example", .cert_file = "/etc/hostname" },
      "needs its key" },
    { "certificate-that-is-not-there",
      { .url = "smtp://relay.example", .cert_file = "/nowhere", .key_file = "/nowhere" },
      "cannot be read" },
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
    RelayKind kind;
    bool fine = relay_check(&test->settings, &kind, &error);
    if (test->problem == NULL) {
        g_assert_no_error(error);
        g_assert_true(fine);
        return;
    }
    g_assert_false(fine);
    g_assert_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP);
    if (strstr(error->message, test->problem) == NULL)
        g_error("\"%s\" does not say \"%s\"", error->message, test->problem);
    g_assert_null(strstr(error->message, "secret"));
}

/* Delivering */

static void
deliver(const char *url, const char *from, const char *text, RelayResult *result)
{
    const RelaySettings settings = { .url = url };
    g_autoptr(Mail) mail = mail_new_take(from != NULL ? address_parse(from, NULL) : NULL,
                                         address_parse("anna@example.net", NULL),
                                         message_new_take(g_string_new(text)), NULL);
    relay_deliver(&settings, mail, result);
}

static void
test_null(void)
{
    g_auto(RelayResult) result = { 0 };
    deliver("null:", "bounce@example.org", "a\r\n", &result);
    g_assert_cmpint(result.phase, ==, SMTP_DOT);
    g_assert_cmpint(result.reply.code, ==, 250);
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
    g_auto(RelayResult) result = { 0 };
    g_autofree char *folder = g_dir_make_tmp("transport-XXXXXX", NULL);
    g_autofree char *url = g_strconcat("maildir:", folder, NULL);
    deliver(url, "bounce@example.org", test->message, &result);
    deliver(url, NULL, test->message, &result); /* replaces the first */
    g_assert_cmpint(result.reply.code, ==, 250);
    g_assert_cmpint(result.phase, ==, SMTP_DOT);

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
}

static void
test_maildir_that_cannot_be(void)
{
    g_auto(RelayResult) result = { 0 };
    deliver("maildir:/dev/null", "bounce@example.org", "a\r\n", &result);
    g_assert_cmpint(result.phase, ==, SMTP_CONNECT);
    g_assert_cmpint(result.reply.code, ==, 0);
    g_assert_nonnull(strstr(result.reply.text, "/dev/null"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(openings); i++) {
        g_autofree char *path = g_strconcat("/relay/open/", openings[i].name, NULL);
        g_test_add_data_func(path, &openings[i], test_setting);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(named); i++) {
        g_autofree char *path = g_strconcat("/relay/maildir/", named[i].name, NULL);
        g_test_add_data_func(path, &named[i], test_maildir);
    }
    g_test_add_func("/relay/maildir/that-cannot-be", test_maildir_that_cannot_be);
    g_test_add_func("/relay/null", test_null);
    return g_test_run();
}
