#include "net/smtp.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "net/curl-internal.h"

/* A reply is a few lines of 512 octets (RFC 5321, 4.5.3.1.5); what grows beyond this has no end. */
#define REPLY_MAX ((size_t)64 * 1024)
/* The message goes out in pieces of this size: large enough that a usual one is a single write. */
#define CHUNK_SIZE ((size_t)64 * 1024)
/* RFC 5321, 4.5.3.2.6: a server that has the whole message may take its time; to give up earlier
 * means not to know, and to send the same mail again. */
#define DOT_SECONDS (10 * 60)
/* QUIT is politeness; some servers never answer it. */
#define QUIT_SECONDS 5
/* For settings without a timeout (RFC 5321, 4.5.3.2.1). */
#define REPLY_SECONDS (5 * 60)

struct Smtp {
    CURL *curl;
    char problem[CURL_ERROR_SIZE]; /* libcurl's words */
    int timeout;                   /* seconds for a reply */
    bool is_open;                  /* false: lost, closed by the server, or out of step */
    bool is_authenticated;
    bool has_size; /* what the last EHLO offered */
    bool has_utf8;
    GString *input; /* received and not yet read; while connecting: the last reply heard */
};

/* Replies (RFC 5321, 4.2) */

/* The size of the first whole reply in INPUT; 0: its end has not come yet. A line that is none of a
 * reply ends it as well: nothing that follows could be trusted. */
static size_t
reply_size(const GString *input)
{
    const char *line = input->str;
    const char *end = input->str + input->len;
    for (;;) {
        const char *feed = memchr(line, '\n', end - line);
        if (feed == NULL)
            return 0;
        bool goes_on = feed - line > 3 && line[3] == '-';
        line = feed + 1;
        if (!goes_on)
            return line - input->str;
    }
}

/* The end of this connection, before a reply came. */
static bool
smtp_lose(Smtp *smtp, SmtpReply *reply, const char *reason)
{
    smtp->is_open = false;
    smtp_reply_lost(reply, reason);
    return false;
}

/* Takes what has arrived, without waiting. CURLE_AGAIN: nothing; CURLE_GOT_NOTHING: closed. */
static CURLcode
smtp_receive(Smtp *smtp)
{
    char bytes[16 * 1024];
    size_t size = 0;
    CURLcode code = curl_easy_recv(smtp->curl, bytes, sizeof bytes, &size);
    if (code == CURLE_OK && size == 0)
        return CURLE_GOT_NOTHING;
    g_string_append_len(smtp->input, bytes, size);
    return code;
}

static int64_t
deadline_in(int seconds)
{
    return g_get_monotonic_time() + (int64_t)seconds * G_USEC_PER_SEC;
}

/* Waits until the socket is ready for EVENTS; false when DEADLINE has passed. */
static bool
smtp_wait(Smtp *smtp, short events, int64_t deadline)
{
    curl_socket_t socket = CURL_SOCKET_BAD;
    curl_easy_getinfo(smtp->curl, CURLINFO_ACTIVESOCKET, &socket);
    struct pollfd poller = { .fd = socket, .events = events };
    for (;;) {
        int64_t left = deadline - g_get_monotonic_time();
        if (left <= 0)
            return false;
        int ready = poll(&poller, 1, (int)(left / 1000) + 1);
        if (ready > 0 || (ready < 0 && errno != EINTR))
            return true; /* an error of the socket shows when it is used */
    }
}

/* Reads one reply. False when none came: REPLY then says why. */
static bool
smtp_read(Smtp *smtp, int seconds, SmtpReply *reply)
{
    int64_t deadline = deadline_in(seconds);
    size_t size;
    while ((size = reply_size(smtp->input)) == 0) {
        if (smtp->input->len > REPLY_MAX)
            return smtp_lose(smtp, reply, "a reply of more than 64 kB");
        /* Over TLS a reply can wait in libcurl while the socket is silent: always ask it first. */
        CURLcode code = smtp_receive(smtp);
        if (code == CURLE_AGAIN && !smtp_wait(smtp, POLLIN, deadline))
            return smtp_lose(smtp, reply, "no reply in time");
        if (code == CURLE_GOT_NOTHING)
            return smtp_lose(smtp, reply, "the server closed the connection");
        if (code != CURLE_OK && code != CURLE_AGAIN) {
            g_autofree char *reason = curl_reason(smtp->problem, curl_easy_strerror(code));
            return smtp_lose(smtp, reply, reason);
        }
    }
    if (!smtp_reply_parse(reply, smtp->input->str, size)) {
        smtp->is_open = false;
        return false;
    }
    g_string_erase(smtp->input, 0, (gssize)size);
    /* 421 announces the end of the connection. In lock-step no reply follows another unasked; if
     * one does, the next command would take it for its own answer. */
    if (reply->code == 421 || smtp->input->len > 0)
        smtp->is_open = false;
    return true;
}

/* Commands */

/* A server that hangs up while we talk may have said why: its last words count more than ours. */
static bool
smtp_read_last_words(Smtp *smtp, SmtpReply *reply, const char *reason)
{
    smtp_receive(smtp);
    if (reply_size(smtp->input) == 0 || !smtp_read(smtp, 0, reply) || reply->code < 400)
        return smtp_lose(smtp, reply, reason);
    smtp->is_open = false;
    return false;
}

/* Sends all of BYTES. False when the connection was lost: REPLY then says why. */
static bool
smtp_write(Smtp *smtp, const char *bytes, size_t size, SmtpReply *reply)
{
    int64_t deadline = deadline_in(smtp->timeout);
    if (!smtp->is_open)
        return smtp_lose(smtp, reply, "the connection is closed or out of step");
    while (size > 0) {
        size_t sent = 0;
        CURLcode code = curl_easy_send(smtp->curl, bytes, size, &sent);
        if (code == CURLE_AGAIN) {
            if (!smtp_wait(smtp, POLLOUT, deadline))
                return smtp_read_last_words(smtp, reply, "the server takes no more data");
        } else if (code != CURLE_OK) {
            g_autofree char *reason = curl_reason(smtp->problem, curl_easy_strerror(code));
            return smtp_read_last_words(smtp, reply, reason);
        }
        bytes += sent;
        size -= sent;
    }
    return true;
}

/* True when REPLY is of the class that goes on (RFC 5321, 4.2.1: the first digit decides). What is
 * neither that nor a refusal says that we have lost step with the server. */
static bool
smtp_expect(Smtp *smtp, int class, SmtpReply *reply)
{
    if (reply->code / 100 == class)
        return true;
    if (reply->code >= 400)
        return false;
    g_autofree char *reason =
        g_strdup_printf("unexpected reply \"%d %s\"", reply->code, reply->text);
    return smtp_lose(smtp, reply, reason);
}

/* One command, and its reply into RESULT; true when that is of CLASS. */
static bool
smtp_command(Smtp *smtp, SmtpPhase phase, const char *command, int class, TransportResult *result)
{
    result->phase = phase;
    return smtp_write(smtp, command, strlen(command), &result->reply) &&
           smtp_read(smtp, smtp->timeout, &result->reply) &&
           smtp_expect(smtp, class, &result->reply);
}

/* Clears what a refused transaction left behind at the server. */
static void
smtp_reset(Smtp *smtp)
{
    g_auto(TransportResult) result = { 0 };
    if (smtp->is_open && !smtp_command(smtp, SMTP_MAIL, "RSET\r\n", 2, &result))
        smtp->is_open = false;
}

/* Connecting: libcurl talks, we listen */

static void
smtp_hear_keyword(Smtp *smtp, const char *line, size_t size)
{
    size_t length = 0;
    while (length < size && g_ascii_isalnum(line[length]))
        length++;
    g_autofree char *keyword = g_ascii_strup(line, (gssize)length);
    smtp->has_size |= strcmp(keyword, "SIZE") == 0;
    smtp->has_utf8 |= strcmp(keyword, "SMTPUTF8") == 0;
}

/* CURLOPT_HEADERFUNCTION: gets every line the server says until the connection is ours. */
static size_t
smtp_hear(char *line, size_t one, size_t size, void *data)
{
    Smtp *smtp = data;
    bool is_first = smtp->input->len == 0 || reply_size(smtp->input) > 0;
    if (is_first)
        g_string_truncate(smtp->input, 0);
    if (smtp->input->len + size > REPLY_MAX)
        return 0;
    g_string_append_len(smtp->input, line, (gssize)size);

    bool is_ehlo = size > 4 && strncmp(line, "250", 3) == 0;
    if (size > 4 && strncmp(line, "235", 3) == 0)
        smtp->is_authenticated = true;
    else if (is_ehlo && is_first) /* names the server; what was said before STARTTLS is void */
        smtp->has_size = smtp->has_utf8 = false;
    else if (is_ehlo)
        smtp_hear_keyword(smtp, line + 4, size - 4);
    return size;
}

/* URL with the port of message submission (RFC 6409, RFC 8314) where none is given, and our name
 * where libcurl looks for it: in the path. NULL (which libcurl then refuses): it is no URL. */
static CURLU *
relay_url(const TransportSettings *settings)
{
    g_autoptr(CURLU) url = curl_url();
    if (curl_url_set(url, CURLUPART_URL, settings->url, 0) != CURLUE_OK)
        return NULL;
    g_autofree char *scheme = curl_url_part(url, CURLUPART_SCHEME);
    g_autofree char *port = curl_url_part(url, CURLUPART_PORT);
    if (port == NULL)
        curl_url_set(url, CURLUPART_PORT, strcmp(scheme, "smtps") == 0 ? "465" : "587", 0);
    const char *name = settings->ehlo_name != NULL ? settings->ehlo_name : g_get_host_name();
    g_autofree char *path = g_strconcat("/", name, NULL);
    if (curl_url_set(url, CURLUPART_PATH, path, CURLU_URLENCODE) != CURLUE_OK)
        return NULL;
    return g_steal_pointer(&url);
}

/* Certificates are checked: that is libcurl's default and nothing here can turn it off. */
static void
smtp_configure(Smtp *smtp, const TransportSettings *settings, CURLU *url)
{
    CURL *curl = smtp->curl;
    curl_easy_setopt(curl, CURLOPT_CURLU, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl, CURLOPT_PROXY, ""); /* not what http_proxy and its like say */
    curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)smtp->timeout);
    curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)smtp->timeout);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, smtp->problem);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, smtp_hear);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, smtp);

    /* ALL, not TRY: a server, or somebody between, that offers no STARTTLS gets no mail. */
    curl_easy_setopt(curl, CURLOPT_USE_SSL,
                     settings->clear_text ? (long)CURLUSESSL_NONE : (long)CURLUSESSL_ALL);
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (settings->ca_file != NULL) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, settings->ca_file);
        curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    }
    if (settings->user == NULL)
        return;
    /* Left alone, libcurl picks DIGEST-MD5 before PLAIN and does not try another when it fails, as
     * it does with Postfix and Cyrus SASL where only saslauthd knows the passwords. */
    curl_easy_setopt(curl, CURLOPT_USERNAME, settings->user);
    curl_easy_setopt(curl, CURLOPT_PASSWORD, settings->password);
    curl_easy_setopt(curl, CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN");
    curl_easy_setopt(curl, CURLOPT_SASL_IR, 1L);
}

/* Why there is no connection: the server's refusal where there is one, else libcurl's reason. */
static void
smtp_explain(Smtp *smtp, const TransportSettings *settings, CURLcode code, TransportResult *result)
{
    result->phase = SMTP_CONNECT;
    size_t size = reply_size(smtp->input);
    if (size > 0 && smtp_reply_parse(&result->reply, smtp->input->str, size) &&
        result->reply.code >= 400)
        return;

    bool went_through = code == CURLE_OK || code == CURLE_LOGIN_DENIED;
    g_autofree char *reason = NULL;
    if (settings->user != NULL && !smtp->is_authenticated && went_through)
        reason = g_strdup("server offers no AUTH PLAIN or LOGIN, but a user is configured");
    else if (code == CURLE_USE_SSL_FAILED)
        reason = g_strdup("server offers no STARTTLS, and nothing is sent in clear text");
    else
        reason = curl_reason(smtp->problem, curl_easy_strerror(code));
    smtp_lose(smtp, &result->reply, reason);
}

Smtp *
smtp_open(const TransportSettings *settings, TransportResult *result)
{
    transport_result_clear(result);
    g_autoptr(Smtp) smtp = g_new0(Smtp, 1);
    smtp->curl = curl_easy_init();
    smtp->input = g_string_new(NULL);
    smtp->timeout = settings->timeout > 0 ? settings->timeout : REPLY_SECONDS;

    g_autoptr(CURLU) url = relay_url(settings);
    smtp_configure(smtp, settings, url);
    CURLcode code = curl_easy_perform(smtp->curl);
    /* libcurl connects without AUTH when the server offers none. */
    if (code != CURLE_OK || (settings->user != NULL && !smtp->is_authenticated)) {
        smtp_explain(smtp, settings, code, result);
        return NULL;
    }
    g_string_truncate(smtp->input, 0);
    smtp->problem[0] = '\0'; /* of an address that was tried in vain before another answered */
    smtp->is_open = true;
    return g_steal_pointer(&smtp);
}

bool
smtp_is_usable(const Smtp *smtp)
{
    /* Nobody asked anything: what comes now is a 421, the end of the connection, or a muddle. */
    return smtp->is_open && smtp_receive((Smtp *)smtp) == CURLE_AGAIN && smtp->input->len == 0;
}

void
smtp_close(Smtp *smtp)
{
    if (smtp == NULL)
        return;
    if (smtp_is_usable(smtp)) {
        g_auto(TransportResult) result = { 0 };
        smtp->timeout = MIN(smtp->timeout, QUIT_SECONDS);
        smtp_command(smtp, SMTP_CONNECT, "QUIT\r\n", 2, &result);
    }
    curl_easy_cleanup(smtp->curl);
    g_string_free(smtp->input, TRUE);
    g_free(smtp);
}

/* The transaction (RFC 5321, 3.3) */

/* An address beyond ASCII needs SMTPUTF8 (RFC 6531, 3.4 and 3.5); there is no use in asking a
 * server that does not offer it. */
static bool
smtp_can_address(const Smtp *smtp, const Address *address, SmtpPhase phase, TransportResult *result)
{
    static const char refusal[] = "553 5.6.7 the server cannot take the address (no SMTPUTF8)\r\n";
    if (address == NULL || smtp->has_utf8 || !address_needs_utf8(address))
        return true;
    result->phase = phase;
    smtp_reply_parse(&result->reply, refusal, strlen(refusal));
    return false;
}

static bool
smtp_send_envelope(Smtp *smtp, const Address *from, const Address *to, size_t size,
                   TransportResult *result)
{
    bool needs_utf8 = address_needs_utf8(to) || (from != NULL && address_needs_utf8(from));
    g_autoptr(GString) mail = g_string_new(NULL);
    g_string_printf(mail, "MAIL FROM:<%s>", from != NULL ? address_text(from) : "");
    if (smtp->has_size) /* RFC 1870 */
        g_string_append_printf(mail, " SIZE=%zu", size);
    if (needs_utf8)
        g_string_append(mail, " SMTPUTF8");
    g_string_append(mail, "\r\n");
    g_autofree char *rcpt = g_strdup_printf("RCPT TO:<%s>\r\n", address_text(to));

    return smtp_command(smtp, SMTP_MAIL, mail->str, 2, result) &&
           smtp_command(smtp, SMTP_RCPT, rcpt, 2, result) &&
           smtp_command(smtp, SMTP_DATA, "DATA\r\n", 3, result);
}

/* Sends MESSAGE with a dot more in front of each line that begins with one (RFC 5321, 4.5.2), and a
 * line end behind its last line. A bare LF counts as a line end here: a server that takes it for
 * one must not find a lone dot behind it. */
static bool
smtp_send_lines(Smtp *smtp, const GString *message, SmtpReply *reply)
{
    g_autoptr(GString) chunk = g_string_sized_new(MIN(message->len, CHUNK_SIZE) + 1024);
    const char *line = message->str;
    const char *end = message->str + message->len;
    while (line < end) {
        const char *feed = memchr(line, '\n', end - line);
        const char *next = feed != NULL ? feed + 1 : end;
        if (*line == '.')
            g_string_append_c(chunk, '.');
        g_string_append_len(chunk, line, next - line);
        line = next;
        if (chunk->len < CHUNK_SIZE)
            continue;
        if (!smtp_write(smtp, chunk->str, chunk->len, reply))
            return false;
        g_string_truncate(chunk, 0);
    }
    if (message->len > 0 && !g_str_has_suffix(message->str, "\r\n"))
        g_string_append(chunk, "\r\n");
    return smtp_write(smtp, chunk->str, chunk->len, reply);
}

static void
smtp_send_message(Smtp *smtp, const GString *message, TransportResult *result)
{
    result->phase = SMTP_BODY;
    if (!smtp_send_lines(smtp, message, &result->reply))
        return;
    /* The dot goes out alone, after a last look at the connection: a mail whose dot was never sent
     * has not arrived, and nobody needs to wonder. */
    if (!smtp_is_usable(smtp)) {
        smtp_read_last_words(smtp, &result->reply, "the server closed the connection");
        return;
    }
    result->phase = SMTP_DOT;
    if (smtp_write(smtp, ".\r\n", 3, &result->reply) &&
        smtp_read(smtp, DOT_SECONDS, &result->reply))
        smtp_expect(smtp, 2, &result->reply);
}

void
smtp_send(Smtp *smtp, const Address *from, const Address *to, const GString *message,
          TransportResult *result)
{
    transport_result_clear(result);
    if (!smtp_can_address(smtp, from, SMTP_MAIL, result) ||
        !smtp_can_address(smtp, to, SMTP_RCPT, result))
        return;
    if (smtp_send_envelope(smtp, from, to, message->len, result))
        smtp_send_message(smtp, message, result);
    else
        smtp_reset(smtp);
}
