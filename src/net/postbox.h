/* postbox.h - messages that wait for us: in a Maildir, or in a mailbox reached by IMAP or POP3.
 *
 *   maildir:PATH             what is taken out of PATH/new goes to PATH/cur, as read
 *   imaps://HOST[:PORT]/BOX  TLS from the first byte; imap:// by STARTTLS, unless clear text is allowed
 *   pop3s://HOST[:PORT]      the same
 *
 * A message is taken out after it has had its effect: who dies in between finds it again, by the same
 * name. The caller remembers names.
 *
 * libcurl fetches each message by its URL: its custom FETCH loses all but the first line. That marks it
 * as read in an IMAP mailbox, so what is wanted is what is there, not what is unread.                */
#pragma once

#include <stdbool.h>
#include <glib.h>

typedef struct {
    const char *url;
    const char *user;
    const char *password;
    bool clear_text;     /* the only way without TLS */
    const char *ca_file; /* NULL: the system's */
    int timeout;         /* seconds for each message */
} PostboxSettings;

typedef struct Postbox Postbox;

/* DEPESCHE_ERROR_SETUP for a bad URL. Connects to nobody yet. */
Postbox *postbox_open(const PostboxSettings *settings, GError **error);

/* Ends it; what was taken out of a POP3 mailbox is gone from then on. */
void postbox_close(Postbox *postbox);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Postbox, postbox_close)

typedef struct {
    char *name;   /* what it is called for ever: "imap 3857529045 4392", "maildir 1700000.x" */
    char *handle; /* the postbox's own */
} PostboxItem;

/* At most LIMIT messages behind the first SKIP, in the order of the mailbox (of PostboxItem *). */
GPtrArray *postbox_list(Postbox *postbox, guint skip, guint limit, GError **error);

/* The first MAX octets of it. NULL in *BYTES: it is not there any more. */
bool postbox_read(Postbox *postbox, const PostboxItem *item, size_t max, GBytes **bytes,
                  GError **error);

/* Takes it out, in an IMAP mailbox together with others: at the latest when the next messages are listed. */
bool postbox_remove(Postbox *postbox, const PostboxItem *item, GError **error);
