#include "net/transport.h"

#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "net/curl-internal.h"
#include "net/maildir.h"
#include "net/smtp.h"

#define MAILDIR_SCHEME "maildir:"

typedef enum {
    TRANSPORT_SMTP,
    TRANSPORT_MAILDIR,
    TRANSPORT_NULL,
} TransportKind;

struct Transport {
    TransportKind kind;
    TransportSettings settings; /* its texts are ours */
    Smtp *smtp;                 /* NULL: not connected */
};

void
transport_result_clear(TransportResult *result)
{
    smtp_reply_clear(&result->reply);
    result->phase = SMTP_CONNECT;
}

/* Opening */

static bool
refuse(const char *url, const char *why, GError **error)
{
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP, "cannot send to \"%s\": %s", url, why);
    return false;
}

/* The URL names the server and nothing else: a password in it would be shown in messages. */
static bool
check_smtp_url(const char *text, GError **error)
{
    if (strchr(text, '@') != NULL)
        return refuse("smtp://…@…", "user and password do not belong into the url", error);
    g_autoptr(CURLU) url = curl_url();
    CURLUcode code = curl_url_set(url, CURLUPART_URL, text, 0);
    if (code != CURLUE_OK) {
        g_autofree char *reason = curl_reason("", curl_url_strerror(code));
        return refuse(text, reason, error);
    }
    g_autofree char *path = curl_url_part(url, CURLUPART_PATH);
    g_autofree char *query = curl_url_part(url, CURLUPART_QUERY);
    if (query != NULL || (path != NULL && strcmp(path, "/") != 0))
        return refuse(text, "it has more than a host and a port", error);
    return true;
}

static bool
check_smtp(const TransportSettings *settings, GError **error)
{
    if (!check_smtp_url(settings->url, error))
        return false;
    if (settings->user != NULL && settings->password == NULL)
        return refuse(settings->url, "there is a user but no password", error);
    if (settings->ca_file != NULL && access(settings->ca_file, R_OK) != 0)
        return refuse(settings->url, "the file of certificates cannot be read", error);
    const char *name = settings->ehlo_name;
    if (name != NULL && (*name == '\0' || !text_is_line(name) || strchr(name, ' ') != NULL))
        return refuse(settings->url, "the name for EHLO is not the name of a host", error);
    return true;
}

static bool
find_kind(const TransportSettings *settings, TransportKind *kind, GError **error)
{
    const char *url = settings->url;
    if (strcmp(url, "null:") == 0) {
        *kind = TRANSPORT_NULL;
        return true;
    }
    if (g_str_has_prefix(url, MAILDIR_SCHEME)) {
        *kind = TRANSPORT_MAILDIR;
        return url[strlen(MAILDIR_SCHEME)] != '\0' || refuse(url, "it has no path", error);
    }
    if (g_str_has_prefix(url, "smtp://") || g_str_has_prefix(url, "smtps://")) {
        *kind = TRANSPORT_SMTP;
        return check_smtp(settings, error);
    }
    return refuse(url, "not one of smtp://, smtps://, maildir: and null:", error);
}

Transport *
transport_open(const TransportSettings *settings, GError **error)
{
    TransportKind kind;
    if (!find_kind(settings, &kind, error))
        return NULL;
    Transport *transport = g_new0(Transport, 1);
    transport->kind = kind;
    transport->settings = (TransportSettings){
        .url = g_strdup(settings->url),
        .user = g_strdup(settings->user),
        .password = g_strdup(settings->password),
        .clear_text = settings->clear_text,
        .ca_file = g_strdup(settings->ca_file),
        .ehlo_name = g_strdup(settings->ehlo_name),
        .timeout = settings->timeout,
    };
    return transport;
}

void
transport_close(Transport *transport)
{
    if (transport == NULL)
        return;
    smtp_close(transport->smtp);
    const TransportSettings *settings = &transport->settings;
    g_free((char *)settings->url);
    g_free((char *)settings->user);
    g_free((char *)settings->password);
    g_free((char *)settings->ca_file);
    g_free((char *)settings->ehlo_name);
    g_free(transport);
}

bool
transport_connect(Transport *transport, TransportResult *result)
{
    transport_result_clear(result);
    if (transport->kind != TRANSPORT_SMTP)
        return true;
    if (transport->smtp != NULL && !smtp_is_usable(transport->smtp))
        g_clear_pointer(&transport->smtp, smtp_close);
    if (transport->smtp == NULL)
        transport->smtp = smtp_open(&transport->settings, result);
    return transport->smtp != NULL;
}

/* Sending */

/* The Message-ID of MESSAGE without its brackets; it may stand on a folded line. NULL: it has none
 * in its header. */
static char *
message_id(const GString *message)
{
    static const char name[] = "message-id:";
    const char *line = message->str;
    while (line != NULL && *line != '\r' && *line != '\n' && *line != '\0') {
        if (g_ascii_strncasecmp(line, name, strlen(name)) == 0) {
            const char *start = line + strlen(name);
            start += strspn(start, " \t\r\n");
            size_t size = *start == '<' ? strcspn(start, ">\r\n") : 0;
            return size > 1 && start[size] == '>' ? g_strndup(start + 1, size - 1) : NULL;
        }
        line = strchr(line, '\n');
        line = line != NULL ? line + 1 : NULL;
    }
    return NULL;
}

static void
accept_message(TransportResult *result, const char *reply)
{
    result->phase = SMTP_DOT;
    smtp_reply_parse(&result->reply, reply, strlen(reply));
}

/* Named by its Message-ID, so that a mail that is sent again after a crash replaces the first; with
 * the two lines on top that a local delivery agent writes. */
static void
deliver_locally(const Transport *transport, const Address *from, const Address *to,
                const GString *message, TransportResult *result)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) delivered = g_string_sized_new(message->len + 256);
    g_autofree char *unique = message_id(message);
    if (unique == NULL)
        unique = g_compute_checksum_for_string(G_CHECKSUM_SHA256, message->str, message->len);

    g_string_printf(delivered, "Return-Path: <%s>\r\nDelivered-To: %s\r\n",
                    from != NULL ? address_text(from) : "", address_text(to));
    g_string_append_len(delivered, message->str, message->len);
    if (maildir_deliver(transport->settings.url + strlen(MAILDIR_SCHEME), unique, delivered,
                        &error))
        accept_message(result, "250 2.0.0 delivered to the Maildir\r\n");
    else
        smtp_reply_lost(&result->reply, error->message); /* no recipient is to blame */
}

void
transport_send(Transport *transport, const Address *from, const Address *to, const GString *message,
               TransportResult *result)
{
    if (!transport_connect(transport, result))
        return;
    switch (transport->kind) {
    case TRANSPORT_SMTP: smtp_send(transport->smtp, from, to, message, result); return;
    case TRANSPORT_MAILDIR: deliver_locally(transport, from, to, message, result); return;
    case TRANSPORT_NULL: accept_message(result, "250 2.0.0 thrown away\r\n"); return;
    }
    g_assert_not_reached();
}
