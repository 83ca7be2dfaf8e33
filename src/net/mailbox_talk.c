#include "net/mailbox_talk-internal.h"

#include <string.h>

#include "base/error.h"
#include "net/curl-internal.h"

/* For settings without a timeout. */
#define TIMEOUT_SECONDS 60L

struct MailboxTalk {
    CURL *curl;
    CURLU *url;
    char *path;
    guint connections;
    char problem[CURL_ERROR_SIZE];
};

typedef struct {
    GByteArray *bytes;
    size_t max;
} Heard;

/* CURLOPT_WRITEFUNCTION: what is too much is heard to its end, so that the conversation can go on. */
static size_t
hear(char *data, size_t one, size_t size, void *user)
{
    Heard *heard = user;
    size_t room = heard->max - heard->bytes->len;
    g_byte_array_append(heard->bytes, (const guint8 *)data, (guint)MIN(size, room));
    return size;
}

static void
configure(MailboxTalk *talk, const PostboxSettings *settings)
{
    CURL *curl = talk->curl;
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, talk->problem);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "imap,imaps,pop3,pop3s");
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_TIMEOUT,
                     settings->timeout > 0 ? (long)settings->timeout : TIMEOUT_SECONDS);
    /* ALL, not TRY: a server, or somebody between, that offers no STARTTLS gets no password. */
    curl_easy_setopt(curl, CURLOPT_USE_SSL,
                     settings->clear_text ? (long)CURLUSESSL_NONE : (long)CURLUSESSL_ALL);
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, hear);
    if (settings->ca_file != NULL) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, settings->ca_file);
        curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    }
    if (settings->user != NULL) {
        curl_easy_setopt(curl, CURLOPT_USERNAME, settings->user);
        curl_easy_setopt(curl, CURLOPT_PASSWORD, settings->password);
    }
}

MailboxTalk *
mailbox_talk_new(const PostboxSettings *settings, GError **error)
{
    g_autoptr(CURLU) url = curl_url();
    if (curl_url_set(url, CURLUPART_URL, settings->url, 0) != CURLUE_OK) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP, "\"%s\" is no URL of a mailbox",
                    settings->url);
        return NULL;
    }
    MailboxTalk *talk = g_new0(MailboxTalk, 1);
    talk->url = g_steal_pointer(&url);
    talk->path = curl_url_part(talk->url, CURLUPART_PATH, 0);
    if (talk->path == NULL || strlen(talk->path) < 2) {
        g_free(talk->path);
        talk->path = g_strdup("/INBOX");
    }
    talk->curl = curl_easy_init();
    configure(talk, settings);
    return talk;
}

void
mailbox_talk_free(MailboxTalk *talk)
{
    if (talk == NULL)
        return;
    curl_easy_cleanup(talk->curl);
    curl_url_cleanup(talk->url);
    g_free(talk->path);
    g_free(talk);
}

guint
mailbox_talk_connections(const MailboxTalk *talk)
{
    return talk->connections;
}

const char *
mailbox_talk_path(const MailboxTalk *talk)
{
    return talk->path;
}

/* What a server that said no to a command comes to. */
static bool
is_refusal(CURLcode code)
{
    return code == CURLE_QUOTE_ERROR || code == CURLE_REMOTE_FILE_NOT_FOUND ||
           code == CURLE_WEIRD_SERVER_REPLY || code == CURLE_RECV_ERROR;
}

bool
mailbox_talk_ask(MailboxTalk *talk, const char *path, const char *command, size_t max,
                 GBytes **answer, bool *refused, GError **error)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    Heard heard = { bytes, max };
    long connects = 0;
    curl_url_set(talk->url, CURLUPART_PATH, path != NULL ? path : talk->path, 0);
    curl_easy_setopt(talk->curl, CURLOPT_CURLU, talk->url);
    curl_easy_setopt(talk->curl, CURLOPT_CUSTOMREQUEST, command);
    curl_easy_setopt(talk->curl, CURLOPT_NOBODY, answer == NULL ? 1L : 0L);
    curl_easy_setopt(talk->curl, CURLOPT_WRITEDATA, &heard);
    talk->problem[0] = '\0';
    CURLcode code = curl_easy_perform(talk->curl);
    curl_easy_getinfo(talk->curl, CURLINFO_NUM_CONNECTS, &connects);
    talk->connections += (guint)connects;
    if (refused != NULL)
        *refused = is_refusal(code);
    if (code == CURLE_OK && answer != NULL)
        *answer = g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
    if (code == CURLE_OK || (refused != NULL && *refused))
        return true;
    g_autofree char *reason = curl_reason(talk->problem, curl_easy_strerror(code));
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_TEMPORARY, "%s", reason);
    return false;
}
