#include "net/relay.h"

#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "net/curl-internal.h"
#include "net/maildir.h"

#define MAILDIR_SCHEME "maildir:"

void
relay_result_clear(RelayResult *result)
{
    smtp_reply_clear(&result->reply);
    result->phase = SMTP_CONNECT;
}

/* Checking */

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
    g_autofree char *path = curl_url_part(url, CURLUPART_PATH, 0);
    g_autofree char *query = curl_url_part(url, CURLUPART_QUERY, 0);
    if (query != NULL || (path != NULL && strcmp(path, "/") != 0))
        return refuse(text, "it has more than a host and a port", error);
    return true;
}

static bool
check_smtp(const RelaySettings *settings, GError **error)
{
    if (!check_smtp_url(settings->url, error))
        return false;
    if (settings->user != NULL && settings->password == NULL)
        return refuse(settings->url, "there is a user but no password", error);
    if ((settings->cert_file == NULL) != (settings->key_file == NULL))
        return refuse(settings->url,
                      "a client certificate needs its key, and a key its certificate", error);
    if (settings->cert_file != NULL &&
        (access(settings->cert_file, R_OK) != 0 || access(settings->key_file, R_OK) != 0))
        return refuse(settings->url, "the client certificate or its key cannot be read", error);
    if (settings->ca_file != NULL && access(settings->ca_file, R_OK) != 0)
        return refuse(settings->url, "the file of certificates cannot be read", error);
    const char *name = settings->ehlo_name;
    if (name != NULL && (*name == '\0' || !text_is_line(name) || strchr(name, ' ') != NULL))
        return refuse(settings->url, "the name for EHLO is not the name of a host", error);
    return true;
}

bool
relay_check(const RelaySettings *settings, RelayKind *kind, GError **error)
{
    const char *url = settings->url;
    if (strcmp(url, "null:") == 0) {
        *kind = RELAY_NULL;
        return true;
    }
    if (g_str_has_prefix(url, MAILDIR_SCHEME)) {
        *kind = RELAY_MAILDIR;
        return url[strlen(MAILDIR_SCHEME)] != '\0' || refuse(url, "it has no path", error);
    }
    if (g_str_has_prefix(url, "smtp://") || g_str_has_prefix(url, "smtps://")) {
        *kind = RELAY_SMTP;
        return check_smtp(settings, error);
    }
    return refuse(url, "not one of smtp://, smtps://, maildir: and null:", error);
}

/* Mails */

Mail *
mail_new_take(Address *from, Address *to, Message *message, void *owner)
{
    Mail *mail = g_new0(Mail, 1);
    mail->from = from;
    mail->to = to;
    mail->message = message;
    mail->owner = owner;
    return mail;
}

void
mail_free(Mail *mail)
{
    if (mail == NULL)
        return;
    address_free(mail->from);
    address_free(mail->to);
    message_free(mail->message);
    g_free(mail);
}

bool
mail_needs_utf8(const Mail *mail)
{
    return address_needs_utf8(mail->to) || (mail->from != NULL && address_needs_utf8(mail->from));
}

/* Delivering without a connection */

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
accept_message(RelayResult *result, const char *reply)
{
    result->phase = SMTP_DOT;
    smtp_reply_parse(&result->reply, reply, strlen(reply));
}

/* Named by its Message-ID, so that a mail that is sent again after a crash replaces the first; with
 * the two lines on top that a local delivery agent writes. */
static void
deliver_to_maildir(const RelaySettings *settings, const Mail *mail, const GString *text,
                   RelayResult *result)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) delivered = g_string_sized_new(text->len + 256);
    g_autofree char *unique = message_id(text);
    if (unique == NULL)
        unique = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text->str, (gssize)text->len);

    g_string_printf(delivered, "Return-Path: <%s>\r\nDelivered-To: %s\r\n",
                    mail->from != NULL ? address_text(mail->from) : "", address_text(mail->to));
    g_string_append_len(delivered, text->str, (gssize)text->len);
    if (maildir_deliver(settings->url + strlen(MAILDIR_SCHEME), unique, delivered, &error))
        accept_message(result, "250 2.0.0 delivered to the Maildir\r\n");
    else
        smtp_reply_lost(&result->reply, error->message); /* no recipient is to blame */
}

void
relay_deliver(const RelaySettings *settings, const Mail *mail, RelayResult *result)
{
    g_autoptr(GString) text = g_string_new(NULL);
    message_write(mail->message, text);
    relay_result_clear(result);
    if (strcmp(settings->url, "null:") == 0)
        accept_message(result, "250 2.0.0 thrown away\r\n");
    else
        deliver_to_maildir(settings, mail, text, result);
}
