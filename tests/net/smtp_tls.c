/* TLS, with the openssl command as the server's end of it:
 *
 *   Smtp -- front -- openssl s_server -- script
 *
 * The front talks in clear up to STARTTLS, if at all, and hands the bytes on from there.         */
#include "net/smtp.h"

#include <poll.h>
#include <sys/wait.h>
#include <glib/gstdio.h>

#include "relay.h"

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

static void
send_and_check(const Case *test, const Identity *identity, const Server *front)
{
    g_autofree char *url = g_strdup_printf("%s://127.0.0.1:%d", test->scheme, front->port);
    TransportSettings settings = {
        .url = url,
        .ca_file = test->is_trusted ? identity->certificate : NULL,
        .ehlo_name = "sender.example",
        .timeout = 20,
    };
    g_auto(TransportResult) result = { 0 };
    g_autoptr(Smtp) smtp = smtp_open(&settings, &result);
    g_assert_true((smtp != NULL) == (test->code == 250));
    if (smtp != NULL) {
        g_autoptr(Address) to = address_parse("anna@example.net", NULL);
        g_autoptr(GString) message = g_string_new(NULL);
        while (message->len < 200000)
            g_string_append(message, "..a line that begins with dots\r\n");
        smtp_send(smtp, NULL, to, message, &result);
        g_assert_true(smtp_is_usable(smtp));
    }
    g_assert_cmpint(result.reply.code, ==, test->code);
    if (strstr(result.reply.text, test->text) == NULL)
        g_error("\"%s\" does not say \"%s\"", result.reply.text, test->text);
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
        g_assert_true(
            g_str_has_prefix(script.heard->str, "EHLO sender.example\r\nMAIL FROM:<> SIZE="));
    script_clear(&front.clear);
    script_clear(&script);
    identity_clear(&identity);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/smtp-tls/", cases[i].name, NULL);
        g_test_add_data_func(path, &cases[i], test_case);
    }
    return g_test_run();
}
