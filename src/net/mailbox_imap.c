/* An IMAP mailbox (RFC 9051) as a postbox. */
#include "net/postbox-internal.h"

#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "net/mailbox_talk-internal.h"

/* Of answers to commands. libcurl loses lines that are much longer, so the mailbox is searched in
 * stretches. */
#define ANSWER_MAX (256u * 1024)
#define STRETCH    500u
/* Messages that are taken out by one command: each is a round trip, and work for the server's disk. */
#define TOGETHER 100u

typedef struct {
    MailboxTalk *talk;
    uint64_t validity; /* UIDVALIDITY: with another one, numbers mean other messages */
    GString *waiting;  /* UIDs that are to be taken out, "7,9,12" */
    guint waiting_count;
    GHashTable *removed; /* set of char *: all of them; some servers go on to list what is marked */
} Imap;

void *
postbox_imap_open(const PostboxSettings *settings, GError **error)
{
    MailboxTalk *talk = mailbox_talk_new(settings, error);
    if (talk == NULL)
        return NULL;
    Imap *imap = g_new0(Imap, 1);
    imap->talk = talk;
    imap->waiting = g_string_new(NULL);
    imap->removed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return imap;
}

static bool
command(Imap *imap, const char *path, const char *text, char **answer, GError **error)
{
    g_autoptr(GBytes) bytes = NULL;
    gsize size = 0;
    if (!mailbox_talk_ask(imap->talk, path, text, ANSWER_MAX, &bytes, NULL, error))
        return false;
    const char *data = g_bytes_get_data(bytes, &size);
    *answer = g_strndup(data, size);
    return true;
}

/* The number behind WORD in ANSWER, or 0. */
static uint64_t
number_behind(const char *answer, const char *word)
{
    const char *at = strstr(answer, word);
    return at == NULL ? 0 : g_ascii_strtoull(at + strlen(word), NULL, 10);
}

/* A name may have spaces in it, and quotes (RFC 9051, 4.3). */
static char *
quoted_name(const Imap *imap)
{
    g_autofree char *name = g_uri_unescape_string(mailbox_talk_path(imap->talk) + 1, NULL);
    g_autofree char *escaped = g_strescape(name != NULL ? name : "INBOX", NULL);
    return g_strdup_printf("\"%s\"", escaped);
}

/* How many messages there are. */
static bool
look(Imap *imap, guint *count, GError **error)
{
    g_autofree char *name = quoted_name(imap);
    g_autofree char *text = g_strdup_printf("STATUS %s (MESSAGES UIDVALIDITY)", name);
    g_autofree char *answer = NULL;
    if (!command(imap, "/", text, &answer, error))
        return false;
    *count = (guint)number_behind(answer, "MESSAGES ");
    imap->validity = number_behind(answer, "UIDVALIDITY ");
    return true;
}

static void
add_found(const Imap *imap, GPtrArray *items, const char *answer)
{
    const char *at = strstr(answer, "SEARCH");
    at = at == NULL ? "" : at + strlen("SEARCH");
    while (*at == ' ') {
        char *end;
        uint64_t uid = g_ascii_strtoull(at + 1, &end, 10);
        if (uid == 0)
            return;
        g_autofree char *handle = g_strdup_printf("%" G_GUINT64_FORMAT, uid);
        g_autofree char *name =
            g_strdup_printf("imap %" G_GUINT64_FORMAT " %s", imap->validity, handle);
        if (!g_hash_table_contains(imap->removed, handle))
            postbox_items_add(items, name, handle);
        at = end;
    }
}

/* Marked first. A server without UIDPLUS (RFC 4315) only deletes all that is marked at once. Whoever dies before
 * the end finds them again, marked or not, and knows them. */
static bool
take_out(Imap *imap, GError **error)
{
    bool refused = false;
    g_autofree char *answer = NULL;
    g_autofree char *last_answer = NULL;
    g_autofree char *mark =
        g_strdup_printf("UID STORE %s +FLAGS.SILENT (\\Deleted)", imap->waiting->str);
    g_autofree char *expunge = g_strdup_printf("UID EXPUNGE %s", imap->waiting->str);
    g_autoptr(GBytes) ignored = NULL;
    if (imap->waiting_count == 0)
        return true;
    g_string_truncate(imap->waiting, 0);
    imap->waiting_count = 0;
    if (!command(imap, NULL, mark, &answer, error) ||
        !mailbox_talk_ask(imap->talk, NULL, expunge, ANSWER_MAX, &ignored, &refused, error))
        return false;
    return !refused || command(imap, NULL, "EXPUNGE", &last_answer, error);
}

static bool
imap_remove(void *box, const char *handle, GError **error)
{
    Imap *imap = box;
    g_string_append_printf(imap->waiting, "%s%s", imap->waiting_count > 0 ? "," : "", handle);
    g_hash_table_add(imap->removed, g_strdup(handle));
    return ++imap->waiting_count < TOGETHER || take_out(imap, error);
}

static GPtrArray *
imap_list(void *box, guint skip, guint limit, GError **error)
{
    Imap *imap = box;
    guint count = 0;
    if (!take_out(imap, error) || !look(imap, &count, error))
        return NULL;
    g_autoptr(GPtrArray) items = postbox_items_new();
    guint first = skip + 1;
    guint last = MIN(count, skip + MIN(limit, STRETCH));
    if (first > last)
        return g_steal_pointer(&items);
    g_autofree char *text = g_strdup_printf("UID SEARCH %u:%u", first, last);
    g_autofree char *answer = NULL;
    if (!command(imap, NULL, text, &answer, error))
        return NULL;
    add_found(imap, items, answer);
    return g_steal_pointer(&items);
}

/* With UIDVALIDITY in the URL, libcurl fetches nothing when the numbers mean something else by now. */
static bool
imap_read(void *box, const char *handle, size_t max, GBytes **bytes, GError **error)
{
    Imap *imap = box;
    bool refused = false;
    g_autofree char *path = g_strdup_printf("%s;UIDVALIDITY=%" G_GUINT64_FORMAT "/;UID=%s",
                                            mailbox_talk_path(imap->talk), imap->validity, handle);
    *bytes = NULL;
    return mailbox_talk_ask(imap->talk, path, NULL, max, bytes, &refused, error);
}

static void
imap_close(void *box)
{
    Imap *imap = box;
    mailbox_talk_free(imap->talk);
    g_string_free(imap->waiting, TRUE);
    g_hash_table_unref(imap->removed);
    g_free(imap);
}

const PostboxKind postbox_imap = { imap_list, imap_read, imap_remove, imap_close };
