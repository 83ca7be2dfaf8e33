#include "net/smtp_link.h"

#include <string.h>

#include "base/text.h"
#include "net/curl-internal.h"

/* What a server may say before the connection is ours. */
#define GREETING_MAX ((size_t)64 * 1024)
/* What is shown of what a server says about an access token. */
#define REFUSAL_MAX 400
/* For settings without a timeout (RFC 5321, 4.5.3.2.1). */
#define REPLY_SECONDS (5 * 60)

struct SmtpLink {
    CURL *curl;
    char problem[CURL_ERROR_SIZE]; /* libcurl's words */
    char *reason;                  /* ours, once it is lost */
    int socket;
    SmtpOffers offers;
    bool is_authenticated;
    bool is_plain;   /* no TLS, in which more may lie than the socket shows */
    bool is_drained; /* the last read had all there was */
    bool is_ending;  /* the server has closed its side */
    GString *heard;  /* while connecting: the last reply */
};

/* Connecting: libcurl talks, we listen */

/* Whether the reply in TEXT has its last line. */
static bool
is_whole(const GString *text)
{
    if (text->len == 0 || text->str[text->len - 1] != '\n')
        return false;
    const char *end = text->str + text->len - 1;
    const char *line = g_strrstr_len(text->str, end - text->str, "\n");
    line = line != NULL ? line + 1 : text->str;
    return end - line < 4 || line[3] != '-';
}

/* Keywords are compared without regard to case (RFC 5321, 2.4). */
static void
hear_keyword(SmtpLink *link, const char *line, size_t size)
{
    size_t length = 0;
    while (length < size && g_ascii_isalnum(line[length]))
        length++;
    g_autofree char *keyword = g_ascii_strup(line, (gssize)length);
    link->offers.pipelining |= strcmp(keyword, "PIPELINING") == 0;
    link->offers.size |= strcmp(keyword, "SIZE") == 0;
    link->offers.eight_bit |= strcmp(keyword, "8BITMIME") == 0;
    link->offers.utf8 |= strcmp(keyword, "SMTPUTF8") == 0;
}

/* CURLOPT_HEADERFUNCTION: gets every line the server says until the connection is ours. */
static size_t
hear_line(char *line, size_t one, size_t size, void *data)
{
    SmtpLink *link = data;
    bool is_first = link->heard->len == 0 || is_whole(link->heard);
    if (is_first)
        g_string_truncate(link->heard, 0);
    if (link->heard->len + size > GREETING_MAX)
        return 0;
    g_string_append_len(link->heard, line, (gssize)size);

    bool is_ehlo = size > 4 && strncmp(line, "250", 3) == 0;
    if (size > 4 && strncmp(line, "235", 3) == 0)
        link->is_authenticated = true;
    else if (is_ehlo && is_first) /* names the server; what was said before STARTTLS is void */
        memset(&link->offers, 0, sizeof link->offers);
    else if (is_ehlo)
        hear_keyword(link, line + 4, size - 4);
    return size;
}

/* URL with the port of message submission (RFC 6409, RFC 8314) where none is given, and our name
 * where libcurl looks for it: in the path. NULL (which libcurl then refuses): it is no URL. */
static CURLU *
relay_url(const RelaySettings *settings)
{
    g_autoptr(CURLU) url = curl_url();
    if (curl_url_set(url, CURLUPART_URL, settings->url, 0) != CURLUE_OK)
        return NULL;
    g_autofree char *scheme = curl_url_part(url, CURLUPART_SCHEME, 0);
    g_autofree char *port = curl_url_part(url, CURLUPART_PORT, 0);
    if (port == NULL)
        curl_url_set(url, CURLUPART_PORT, strcmp(scheme, "smtps") == 0 ? "465" : "587", 0);
    const char *name = settings->ehlo_name != NULL ? settings->ehlo_name : g_get_host_name();
    g_autofree char *path = g_strconcat("/", name, NULL);
    if (curl_url_set(url, CURLUPART_PATH, path, CURLU_URLENCODE) != CURLUE_OK)
        return NULL;
    return g_steal_pointer(&url);
}

/* CURLOPT_XFERINFOFUNCTION: libcurl asks about once a second whether to go on. */
static int
is_cancelled(void *data, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    return g_atomic_int_get((const int *)data);
}

/* Certificates are checked: that is libcurl's default and nothing here can turn it off. */
static void
configure_tls(CURL *curl, const RelaySettings *settings)
{
    /* ALL, not TRY: a server, or somebody between, that offers no STARTTLS gets no mail. */
    curl_easy_setopt(curl, CURLOPT_USE_SSL,
                     settings->clear_text ? (long)CURLUSESSL_NONE : (long)CURLUSESSL_ALL);
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (settings->ca_file != NULL) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, settings->ca_file);
        curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    }
    if (settings->cert_file != NULL) {
        curl_easy_setopt(curl, CURLOPT_SSLCERT, settings->cert_file);
        curl_easy_setopt(curl, CURLOPT_SSLKEY, settings->key_file);
    }
}

/* Left alone, libcurl picks DIGEST-MD5 before PLAIN and does not try another when it fails, as it
 * does with Postfix and Cyrus SASL where only saslauthd knows the passwords. */
static void
configure_auth(CURL *curl, const RelaySettings *settings)
{
    static const char *const mechanisms[] = {
        [RELAY_AUTH_ANY] = "AUTH=PLAIN;AUTH=LOGIN",
        [RELAY_AUTH_PLAIN] = "AUTH=PLAIN",
        [RELAY_AUTH_LOGIN] = "AUTH=LOGIN",
        [RELAY_AUTH_XOAUTH2] = "AUTH=XOAUTH2",
    };
    if (settings->user == NULL)
        return;
    bool is_token = settings->auth == RELAY_AUTH_XOAUTH2;
    curl_easy_setopt(curl, CURLOPT_USERNAME, settings->user);
    curl_easy_setopt(curl, is_token ? CURLOPT_XOAUTH2_BEARER : CURLOPT_PASSWORD,
                     settings->password);
    curl_easy_setopt(curl, CURLOPT_LOGIN_OPTIONS, mechanisms[settings->auth]);
    curl_easy_setopt(curl, CURLOPT_SASL_IR, 1L);
}

static void
configure(SmtpLink *link, const RelaySettings *settings, CURLU *url, const int *cancelled)
{
    CURL *curl = link->curl;
    long timeout = settings->timeout > 0 ? settings->timeout : REPLY_SECONDS;
    curl_easy_setopt(curl, CURLOPT_CURLU, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl, CURLOPT_PROXY, ""); /* not what http_proxy and its like say */
    curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);    /* who gives up does not wait for the DNS */
    curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, 4096L); /* of replies: there are many connections */
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, timeout);
    curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, timeout);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, link->problem);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, hear_line);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, link);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, is_cancelled);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, (void *)cancelled);
    configure_tls(curl, settings);
    configure_auth(curl, settings);
}

/* A server that does not take an access token says why in a challenge (as Google's does), and refuses it
 * once that is answered, which libcurl does not do. It is a refusal all the same: to try the same token
 * again is of no use. */
static bool
explain_token(const SmtpLink *link, const RelaySettings *settings, CURLcode code, SmtpReply *reply)
{
    static const char challenge[] = "334 ";
    if (settings->auth != RELAY_AUTH_XOAUTH2 || code != CURLE_LOGIN_DENIED ||
        !g_str_has_prefix(link->heard->str, challenge))
        return false;
    gsize size;
    g_autofree guchar *words = g_base64_decode(link->heard->str + strlen(challenge), &size);
    g_autofree char *text = text_repair((const char *)words, size);
    g_autofree char *shown = text_truncate(text, REFUSAL_MAX);
    g_autofree char *reason = g_strdup_printf("the access token is refused: %s", shown);
    smtp_reply_lost(reply, reason);
    reply->code = 535;
    return true;
}

/* Why there is no connection: the server's refusal where there is one, else libcurl's reason. */
static void
explain(SmtpLink *link, const RelaySettings *settings, CURLcode code, RelayResult *result)
{
    result->phase = SMTP_CONNECT;
    if (explain_token(link, settings, code, &result->reply))
        return;
    if (is_whole(link->heard) &&
        smtp_reply_parse(&result->reply, link->heard->str, link->heard->len) &&
        result->reply.code >= 400)
        return;

    bool went_through = code == CURLE_OK || code == CURLE_LOGIN_DENIED;
    g_autofree char *reason = NULL;
    if (settings->user != NULL && !link->is_authenticated && went_through)
        reason = g_strdup_printf("server offers no AUTH %s, but a user is configured",
                                 settings->auth == RELAY_AUTH_XOAUTH2 ? "XOAUTH2"
                                 : settings->auth == RELAY_AUTH_PLAIN ? "PLAIN"
                                 : settings->auth == RELAY_AUTH_LOGIN ? "LOGIN"
                                                                      : "PLAIN or LOGIN");
    else if (code == CURLE_USE_SSL_FAILED)
        reason = g_strdup("server offers no STARTTLS, and nothing is sent in clear text");
    else
        reason = curl_reason(link->problem, curl_easy_strerror(code));
    smtp_reply_lost(&result->reply, reason);
}

SmtpLink *
smtp_link_open(const RelaySettings *settings, const int *cancelled, RelayResult *result)
{
    relay_result_clear(result);
    g_autoptr(SmtpLink) link = g_new0(SmtpLink, 1);
    link->curl = curl_easy_init();
    link->heard = g_string_new(NULL);

    g_autoptr(CURLU) url = relay_url(settings);
    configure(link, settings, url, cancelled);
    CURLcode code = curl_easy_perform(link->curl);
    /* libcurl connects without AUTH when the server offers none. */
    if (code != CURLE_OK || (settings->user != NULL && !link->is_authenticated)) {
        explain(link, settings, code, result);
        return NULL;
    }
    curl_socket_t socket = CURL_SOCKET_BAD;
    curl_easy_getinfo(link->curl, CURLINFO_ACTIVESOCKET, &socket);
    link->socket = (int)socket;
    link->offers.pipelining &= !settings->no_pipelining;
    link->is_plain = settings->clear_text && !g_str_has_prefix(settings->url, "smtps:");
    link->problem[0] = '\0'; /* of an address that was tried in vain before another answered */
    g_string_free(g_steal_pointer(&link->heard), TRUE);
    /* The URL is ours and goes now; nothing connects with this handle any more. */
    curl_easy_setopt(link->curl, CURLOPT_CURLU, NULL);
    curl_easy_setopt(link->curl, CURLOPT_NOPROGRESS, 1L);
    return g_steal_pointer(&link);
}

void
smtp_link_close(SmtpLink *link)
{
    if (link == NULL)
        return;
    curl_easy_cleanup(link->curl);
    if (link->heard != NULL)
        g_string_free(link->heard, TRUE);
    g_free(link->reason);
    g_free(link);
}

const SmtpOffers *
smtp_link_offers(const SmtpLink *link)
{
    return &link->offers;
}

int
smtp_link_socket(const SmtpLink *link)
{
    return link->socket;
}

/* Bytes */

static SmtpLinkState
lose(SmtpLink *link, char *take_reason)
{
    g_free(link->reason);
    link->reason = take_reason;
    return SMTP_LINK_LOST;
}

static SmtpLinkState
state_of(SmtpLink *link, CURLcode code)
{
    if (code == CURLE_OK)
        return SMTP_LINK_OK;
    if (code == CURLE_AGAIN)
        return SMTP_LINK_BUSY;
    return lose(link, curl_reason(link->problem, curl_easy_strerror(code)));
}

void
smtp_link_ends(SmtpLink *link)
{
    link->is_ending = true;
    link->is_drained = false;
}

SmtpLinkState
smtp_link_receive(SmtpLink *link, char *bytes, size_t size, size_t *received)
{
    *received = 0;
    if (link->is_drained) {
        link->is_drained = false;
        return SMTP_LINK_BUSY;
    }
    CURLcode code = curl_easy_recv(link->curl, bytes, size, received);
    link->is_drained =
        code == CURLE_OK && link->is_plain && !link->is_ending && *received > 0 && *received < size;
    if (code == CURLE_GOT_NOTHING || (code == CURLE_OK && *received == 0))
        return lose(link, g_strdup("the server closed the connection"));
    return state_of(link, code);
}

SmtpLinkState
smtp_link_send(SmtpLink *link, const char *bytes, size_t size, size_t *sent)
{
    *sent = 0;
    return state_of(link, curl_easy_send(link->curl, bytes, size, sent));
}

const char *
smtp_link_problem(const SmtpLink *link)
{
    return link->reason != NULL ? link->reason : "";
}
