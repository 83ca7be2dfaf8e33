#include "mail/message.h"

#include <string.h>

/* What most messages have of their own, and how often that is interrupted. */
#define OWN_SIZE     ((size_t)2 * 1024)
#define SHARES_USUAL 32u

/* What an empty message keeps for the next one: less than a whole text takes. */
#define OWN_KEPT ((size_t)8 * 1024)

typedef struct {
    size_t at; /* so many of the message's own bytes stand before it */
    const char *bytes;
    size_t size;
} Share;

struct Message {
    GString *own;
    GArray *shares; /* of Share, in their order */
    size_t shared;  /* bytes of all of them */
    void *owner;    /* of these bytes; may be NULL */
    GDestroyNotify let_go;
};

Message *
message_new(void)
{
    return message_new_take(g_string_sized_new(OWN_SIZE));
}

Message *
message_new_take(GString *text)
{
    Message *message = g_new0(Message, 1);
    message->own = text;
    message->shares = g_array_sized_new(FALSE, FALSE, sizeof(Share), SHARES_USUAL);
    return message;
}

static void
drop_shares(Message *message)
{
    g_array_set_size(message->shares, 0);
    message->shared = 0;
    if (message->owner != NULL)
        message->let_go(g_steal_pointer(&message->owner));
}

void
message_free(Message *message)
{
    if (message == NULL)
        return;
    drop_shares(message);
    g_array_unref(message->shares);
    g_string_free(message->own, TRUE);
    g_free(message);
}

void
message_clear(Message *message)
{
    drop_shares(message);
    g_string_truncate(message->own, 0);
    if (message->own->allocated_len <= OWN_KEPT)
        return;
    g_string_free(message->own, TRUE);
    message->own = g_string_sized_new(OWN_SIZE);
}

GString *
message_own(Message *message)
{
    return message->own;
}

void
message_share(Message *message, const char *bytes, size_t size)
{
    const Share share = { message->own->len, bytes, size };
    g_array_append_val(message->shares, share);
    message->shared += size;
}

void
message_keep(Message *message, void *take_owner, GDestroyNotify let_go)
{
    g_assert(message->owner == NULL);
    message->owner = take_owner;
    message->let_go = let_go;
}

size_t
message_size(const Message *message)
{
    return message->own->len + message->shared;
}

void
message_write(const Message *message, GString *out)
{
    const GString *own = message->own;
    size_t begin = out->len, at = 0;
    g_string_set_size(out, begin + message_size(message));
    char *to = out->str + begin;
    for (guint i = 0; i < message->shares->len; i++) {
        const Share *share = &g_array_index(message->shares, Share, i);
        to = mempcpy(to, own->str + at, share->at - at);
        to = mempcpy(to, share->bytes, share->size);
        at = share->at;
    }
    memcpy(to, own->str + at, own->len - at);
}

GString *
message_text(Message *message)
{
    if (message->shares->len > 0) {
        GString *text = g_string_sized_new(message_size(message));
        message_write(message, text);
        g_string_free(message->own, TRUE);
        message->own = text;
    }
    drop_shares(message);
    return message->own;
}
