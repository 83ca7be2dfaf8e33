/* A POP3 mailbox (RFC 1939) as a postbox. */
#include "net/postbox-internal.h"

#include <string.h>

#include "base/error.h"
#include "net/mailbox_talk-internal.h"

/* Of the list of all messages. */
#define LIST_MAX (16u * 1024 * 1024)

typedef struct {
    MailboxTalk *talk;
    guint connections; /* when the messages were numbered */
} Pop3;

void *
postbox_pop3_open(const PostboxSettings *settings, GError **error)
{
    MailboxTalk *talk = mailbox_talk_new(settings, error);
    if (talk == NULL)
        return NULL;
    Pop3 *pop3 = g_new0(Pop3, 1);
    pop3->talk = talk;
    return pop3;
}

/* "1 whqtswO00WBw418f9t5JxYwZ": the number in this conversation, and the name for ever. */
static void
add_line(GPtrArray *items, char *line)
{
    char *name = strchr(g_strstrip(line), ' ');
    if (name == NULL || g_ascii_strtoull(line, NULL, 10) == 0)
        return;
    *name = '\0';
    g_autofree char *called = g_strconcat("pop3 ", name + 1, NULL);
    postbox_items_add(items, called, line);
}

static GPtrArray *
pop3_list(void *box, guint skip, guint limit, GError **error)
{
    Pop3 *pop3 = box;
    g_autoptr(GBytes) answer = NULL;
    gsize size = 0;
    if (!mailbox_talk_ask(pop3->talk, "/", "UIDL", LIST_MAX, &answer, NULL, error))
        return NULL;
    pop3->connections = mailbox_talk_connections(pop3->talk);
    const char *data = g_bytes_get_data(answer, &size);
    g_autofree char *text = g_strndup(data, size);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    guint count = g_strv_length(lines);
    GPtrArray *items = postbox_items_new();
    for (guint i = skip; i < count && items->len < limit; i++)
        add_line(items, lines[i]);
    return items;
}

/* False when the conversation is another one by now, in which the numbers mean other messages. */
static bool
is_same_conversation(const Pop3 *pop3, GError **error)
{
    if (mailbox_talk_connections(pop3->talk) == pop3->connections)
        return true;
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_TEMPORARY, "the connection was lost");
    return false;
}

static bool
pop3_read(void *box, const char *handle, size_t max, GBytes **bytes, GError **error)
{
    Pop3 *pop3 = box;
    g_autofree char *path = g_strconcat("/", handle, NULL);
    *bytes = NULL;
    return mailbox_talk_ask(pop3->talk, path, NULL, max, bytes, NULL, error) &&
           is_same_conversation(pop3, error);
}

/* A message is not gone until QUIT. If libcurl had to connect anew for this, another one may have been
 * marked: then all marks are taken back. */
static bool
pop3_remove(void *box, const char *handle, GError **error)
{
    Pop3 *pop3 = box;
    g_autofree char *text = g_strconcat("DELE ", handle, NULL);
    if (!mailbox_talk_ask(pop3->talk, "/", text, 0, NULL, NULL, error))
        return false;
    if (is_same_conversation(pop3, error))
        return true;
    mailbox_talk_ask(pop3->talk, "/", "RSET", 0, NULL, NULL, NULL);
    return false;
}

static void
pop3_close(void *box)
{
    Pop3 *pop3 = box;
    mailbox_talk_free(pop3->talk);
    g_free(pop3);
}

const PostboxKind postbox_pop3 = { pop3_list, pop3_read, pop3_remove, pop3_close };
