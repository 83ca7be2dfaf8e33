/* Logins against a scripted server, and TLS with the openssl command as the server's end of it:
 *
 *   link -- front -- openssl s_server -- script
 *
 * The front talks in clear up to STARTTLS, if at all, and hands the bytes on from there.         */
#include "net/smtp_link.h"

#include <poll.h>
#include <sys/wait.h>
#include <glib/gstdio.h>

#include "script.h"

typedef struct {
    char *folder;
    char *key;
    char *certificate;
} Identity;

typedef struct {
    bool starts_in_clear;
    Script clear;
    int port; /* of openssl */
} Front;

/* False when there is no openssl command. NAME is the subject alternative name. */
static bool
identity_make(Identity *identity, const char *name)
{
    identity->folder = g_dir_make_tmp("smtp-tls-XXXXXX", NULL);
    identity->key = g_build_filename(identity->folder, "key.pem", NULL);
    identity->certificate = g_build_filename(identity->folder, "certificate.pem", NULL);
    g_autofree char *alternative = g_strconcat("subjectAltName=", name, NULL);
    const char *command[] = { "openssl",
                              "req",
                              "-x509",
                              "-newkey",
                              "ec",
                              "-pkeyopt",
                              "ec_paramgen_curve:prime256v1",
                              "-nodes",
                              "-days",
                              "2",
                              "-subj",
                              "/CN=test",
                              "-addext",
                              alternative,
                              "-keyout",
                              identity->key,
                              "-out",
                              identity->certificate,
                              NULL };
    int status = 0;
    return g_spawn_sync(NULL, (char **)command, NULL,
                        G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL |
                            G_SPAWN_STDERR_TO_DEV_NULL,
                        NULL, NULL, NULL, NULL, &status, NULL) &&
           status == 0;
}

static void
identity_clear(Identity *identity)
{
    g_remove(identity->key);
    g_remove(identity->certificate);
    g_rmdir(identity->folder);
    g_free(identity->key);
    g_free(identity->certificate);
    g_free(identity->folder);
}

/* Starts the TLS server for one connection; what is said inside it comes and goes by *FD. */
static GPid
openssl_start(const Identity *identity, int port, int *fd)
{
    int pair[2];
    GPid pid = 0;
    g_autofree char *accept = g_strdup_printf("127.0.0.1:%d", port);
    const char *command[] = { "openssl",
                              "s_server",
                              "-quiet",
                              "-naccept",
                              "1",
                              "-accept",
                              accept,
                              "-key",
                              identity->key,
                              "-cert",
                              identity->certificate,
                              NULL };
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
    g_assert_true(g_spawn_async_with_fds(NULL, (char **)command, NULL,
                                         G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD |
                                             G_SPAWN_STDERR_TO_DEV_NULL,
                                         NULL, NULL, &pid, pair[1], pair[1], -1, NULL));
    close(pair[1]);
    *fd = pair[0];
    return pid;
}

static int
connect_to(int port)
{
    struct sockaddr_in name = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (;;) { /* until openssl listens */
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(fd, (struct sockaddr *)&name, sizeof name) == 0)
            return fd;
        close(fd);
        g_usleep(10000);
    }
}

static void
hand_on(int one, int other)
{
    struct pollfd ends[2] = { { .fd = one, .events = POLLIN }, { .fd = other, .events = POLLIN } };
    char bytes[4096];
    for (;;) {
        poll(ends, 2, -1);
        for (int i = 0; i < 2; i++) {
            if (ends[i].revents == 0)
                continue;
            ssize_t size = recv(ends[i].fd, bytes, sizeof bytes, 0);
            if (size <= 0 || !server_say(ends[1 - i].fd, bytes, (size_t)size))
                return;
        }
    }
}

static void
front_talk(int fd, void *data)
{
    Front *front = data;
    if (front->starts_in_clear)
        script_talk(fd, &front->clear);
    int inside = connect_to(front->port);
    hand_on(fd, inside);
    close(inside);
}

static void *
script_thread(void *data)
{
    const Connection *inside = data;
    script_talk(inside->fd, inside->server->data);
    return NULL;
}

static int
free_port(void)
{
    Server server;
    server_start(&server, NULL, NULL);
    server_stop(&server);
    return server.port;
}

typedef struct {
    const char *name;
    const char *scheme;
    const char *identity; /* whom the certificate names */
    bool is_trusted;
    int code; /* 0: no connection */
    const char *text;
} Case;

static const Case cases[] = {
    { "starttls", "smtp", "IP:127.0.0.1", true, 250, "queued" },
    { "smtps", "smtps", "IP:127.0.0.1", true, 250, "queued" },
    { "starttls-with-an-unknown-certificate", "smtp", "IP:127.0.0.1", false, 0, "certificate" },
    { "smtps-with-an-unknown-certificate", "smtps", "IP:127.0.0.1", false, 0, "certificate" },
    { "starttls-with-anothers-certificate", "smtp", "DNS:other.example", true, 0, "127.0.0.1" },
};

/* Everything that comes until the other side is silent for a moment; "" when it has gone. */
static char *
converse(SmtpLink *link, const char *bytes, size_t size)
{
    GString *heard = g_string_new(NULL);
    char piece[4096];
    size_t got;
    while (size > 0) {
        if (smtp_link_send(link, bytes, size, &got) == SMTP_LINK_LOST)
            return g_string_free(heard, FALSE);
        bytes += got;
        size -= got;
    }
    struct pollfd poller = { .fd = smtp_link_socket(link), .events = POLLIN };
    while (!g_str_has_suffix(heard->str, "\n")) {
        SmtpLinkState state = smtp_link_receive(link, piece, sizeof piece, &got);
        if (state == SMTP_LINK_LOST)
            break;
        if (state == SMTP_LINK_BUSY)
            poll(&poller, 1, 1000);
        g_string_append_len(heard, piece, (gssize)got);
    }
    return g_string_free(heard, FALSE);
}

static void
check_text(const char *text, const char *expect)
{
    if (strstr(text, expect) == NULL)
        g_error("\"%s\" does not say \"%s\"", text, expect);
}

static void
send_and_check(const Case *test, const Identity *identity, const Server *front)
{
    static const int never = 0;
    g_autofree char *url = g_strdup_printf("%s://127.0.0.1:%d", test->scheme, front->port);
    RelaySettings settings = {
        .url = url,
        .ca_file = test->is_trusted ? identity->certificate : NULL,
        .ehlo_name = "sender.example",
        .timeout = 20,
    };
    g_auto(RelayResult) result = { 0 };
    g_autoptr(SmtpLink) link = smtp_link_open(&settings, &never, &result);
    g_assert_true((link != NULL) == (test->code == 250));
    if (link == NULL) {
        g_assert_cmpint(result.reply.code, ==, test->code);
        check_text(result.reply.text, test->text);
        return;
    }
    g_assert_true(smtp_link_offers(link)->pipelining);
    g_assert_false(smtp_link_offers(link)->utf8); /* that was said before TLS */
    g_autofree char *first = converse(link, "MAIL FROM:<>\r\n", 14);
    g_assert_cmpstr(first, ==, "250 2.1.0 fine\r\n");
    g_autofree char *second = converse(link, "DATA\r\n", 6);
    g_assert_cmpstr(second, ==, "354 go on\r\n");
    g_autoptr(GString) message = g_string_new(NULL);
    while (message->len < 200000)
        g_string_append(message, "..a line that begins with dots\r\n");
    g_string_append(message, ".\r\n");
    g_autofree char *last = converse(link, message->str, message->len);
    check_text(last, test->text);
}

static void
test_case(const void *data)
{
    const Case *test = data;
    Identity identity;
    if (!identity_make(&identity, test->identity)) {
        g_test_skip("there is no openssl command");
        identity_clear(&identity);
        return;
    }
    Front front = {
        .starts_in_clear = strcmp(test->scheme, "smtp") == 0,
        .clear = { .rules = { { "EHLO", "250-relay.example\r\n250-SMTPUTF8\r\n250 STARTTLS\r\n" },
                              { "STARTTLS", "!220 go\r\n" } },
                   .heard = g_string_new(NULL),
                   .message = g_string_new(NULL) },
        .port = free_port(),
    };
    Script script = { .heard = g_string_new(NULL), .message = g_string_new(NULL) };
    if (front.starts_in_clear)
        script.rules[0] = (Rule){ "", "" }; /* the greeting was said in clear */
    Server server;
    Server inner = { .data = &script };
    Connection inside = { .server = &inner };
    GPid pid = openssl_start(&identity, front.port, &inside.fd);
    GThread *thread = g_thread_new("script", script_thread, &inside);
    server_start(&server, front_talk, &front);

    send_and_check(test, &identity, &server);

    server_stop(&server);
    waitpid(pid, NULL, 0);
    g_thread_join(thread);
    close(inside.fd);
    if (front.starts_in_clear)
        g_assert_cmpstr(front.clear.heard->str, ==, "EHLO sender.example\r\nSTARTTLS\r\n");
    if (test->code == 250)
        g_assert_true(g_str_has_prefix(script.heard->str, "EHLO sender.example\r\nMAIL FROM:<>"));
    script_clear(&front.clear);
    script_clear(&script);
    identity_clear(&identity);
}

/* Logging in, in the clear */

typedef struct {
    const char *name;
    RelaySettings settings;
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
      "",
      "AUTH PLAIN AHVzZXIAc2VjcmV0\r\n" },
    { "login",
      { .clear_text = true, .user = "user", .password = "secret" },
      { { "EHLO", "250-x\r\n250 AUTH LOGIN\r\n" },
        { "AUTH LOGIN dXNlcg==\r\n", "334 UGFzc3dvcmQ6\r\n" },
        { "c2VjcmV0\r\n", "235 2.7.0 welcome\r\n" } },
      250,
      "",
      "c2VjcmV0\r\n" },
    { "plain-is-demanded",
      { .clear_text = true, .user = "user", .password = "secret", .auth = RELAY_AUTH_PLAIN },
      { { "EHLO", "250-x\r\n250 AUTH LOGIN\r\n" } },
      0,
      "no AUTH PLAIN",
      NULL },
    { "xoauth2",
      { .clear_text = true, .user = "user", .password = "token", .auth = RELAY_AUTH_XOAUTH2 },
      { { "EHLO", "250-x\r\n250 AUTH PLAIN XOAUTH2\r\n" },
        { "AUTH XOAUTH2 dXNlcj11c2VyAWF1dGg9QmVhcmVyIHRva2VuAQE=\r\n", "235 2.7.0 welcome\r\n" } },
      250,
      "",
      "AUTH XOAUTH2 " },
    { "xoauth2-token-refused",
      { .clear_text = true, .user = "user", .password = "old", .auth = RELAY_AUTH_XOAUTH2 },
      { { "EHLO", "250-x\r\n250 AUTH XOAUTH2\r\n" },
        { "AUTH XOAUTH2", "334 eyJzdGF0dXMiOiI0MDAifQ==\r\n" } },
      535,
      "the access token is refused: {\"status\":\"400\"}",
      "AUTH XOAUTH2 " },
    { "xoauth2-is-not-offered",
      { .clear_text = true, .user = "user", .password = "token", .auth = RELAY_AUTH_XOAUTH2 },
      { { "EHLO", "250-x\r\n250 AUTH PLAIN LOGIN\r\n" } },
      0,
      "no AUTH XOAUTH2",
      NULL },
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

static SmtpLink *
open_link(const Server *server, const RelaySettings *like, RelayResult *result)
{
    static const int never = 0;
    g_autofree char *url = g_strdup_printf("smtp://127.0.0.1:%d", server->port);
    RelaySettings settings = *like;
    settings.url = url;
    settings.ehlo_name = "sender.example";
    settings.timeout = 20;
    return smtp_link_open(&settings, &never, result);
}

static void
test_login(const void *data)
{
    const Login *login = data;
    Script script = { 0 };
    Server server;
    g_auto(RelayResult) result = { 0 };
    memcpy(script.rules, login->rules, sizeof script.rules);
    script_start(&script, &server);
    g_autoptr(SmtpLink) link = open_link(&server, &login->settings, &result);
    g_assert_true((link != NULL) == (login->code == 250));
    g_clear_pointer(&link, smtp_link_close);
    server_stop(&server);
    if (login->code != 250) {
        g_assert_cmpint(result.reply.code, ==, login->code);
        check_text(result.reply.text, login->text);
    }
    if (login->heard != NULL)
        check_text(script.heard->str, login->heard);
    else
        g_assert_cmpstr(script.heard->str, ==, "EHLO sender.example\r\n");
    script_clear(&script);
}

/* What EHLO offers */

typedef struct {
    const char *rule;
    const char *reply;
    bool no_pipelining;
    SmtpOffers expect;
} Offering;

static const Offering offerings[] = {
    { "keywords in any case",
      "250-x\r\n250-Pipelining\r\n250-size 1000\r\n250-8bitmime\r\n250 SmtpUtf8\r\n",
      false,
      { .pipelining = true, .size = true, .eight_bit = true, .utf8 = true } },
    { "an empty last line", "250-x\r\n250-PIPELINING\r\n250 \r\n", false, { .pipelining = true } },
    { "the name of the server is none", "250 PIPELINING\r\n", false, { 0 } },
    { "part of a word is none", "250-x\r\n250-XPIPELINING\r\n250 SIZES\r\n", false, { 0 } },
    { "switched off", "250-x\r\n250-PIPELINING\r\n250 SIZE\r\n", true, { .size = true } },
};

static void
test_offerings(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(offerings); i++) {
        Script script = { .rules = { { "EHLO", offerings[i].reply } } };
        Server server;
        g_auto(RelayResult) result = { 0 };
        g_test_message("%s", offerings[i].rule);
        script_start(&script, &server);
        const RelaySettings settings = { .clear_text = true,
                                         .no_pipelining = offerings[i].no_pipelining };
        g_autoptr(SmtpLink) link = open_link(&server, &settings, &result);
        g_assert_nonnull(link);
        const SmtpOffers *offers = smtp_link_offers(link);
        g_assert_true(offers->pipelining == offerings[i].expect.pipelining);
        g_assert_true(offers->size == offerings[i].expect.size);
        g_assert_true(offers->eight_bit == offerings[i].expect.eight_bit);
        g_assert_true(offers->utf8 == offerings[i].expect.utf8);
        g_clear_pointer(&link, smtp_link_close);
        server_stop(&server);
        script_clear(&script);
    }
}

/* A server that says nothing, and an operator who does not want to wait for that. */
static void
say_nothing(int fd, void *data)
{
    char byte;
    while (recv(fd, &byte, 1, 0) > 0)
        continue;
}

static void
test_cancelled(void)
{
    static const int at_once = 1;
    Server server;
    g_auto(RelayResult) result = { 0 };
    server_start(&server, say_nothing, NULL);
    g_autofree char *url = g_strdup_printf("smtp://127.0.0.1:%d", server.port);
    const RelaySettings settings = { .url = url, .clear_text = true, .timeout = 3600 };
    g_assert_null(smtp_link_open(&settings, &at_once, &result));
    g_assert_cmpint(result.phase, ==, SMTP_CONNECT);
    server_stop(&server);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/smtp-link/tls/", cases[i].name, NULL);
        g_test_add_data_func(path, &cases[i], test_case);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(logins); i++) {
        g_autofree char *path = g_strconcat("/smtp-link/login/", logins[i].name, NULL);
        g_test_add_data_func(path, &logins[i], test_login);
    }
    g_test_add_func("/smtp-link/offerings", test_offerings);
    g_test_add_func("/smtp-link/cancelled", test_cancelled);
    return g_test_run();
}
