/* mailbox_talk-internal.h - one conversation with an IMAP or POP3 server, by libcurl. */
#pragma once

#include "net/postbox.h"

typedef struct MailboxTalk MailboxTalk;

/* NULL and DEPESCHE_ERROR_SETUP when the URL is none. */
MailboxTalk *mailbox_talk_new(const PostboxSettings *settings, GError **error);
void mailbox_talk_free(MailboxTalk *talk);

/* Asks for PATH (behind the server's name; NULL: that of the settings), or with COMMAND has the server do
 * that there. *ANSWER gets what came back, up to MAX octets; NULL: it is not wanted. False with
 * DEPESCHE_ERROR_TEMPORARY; *REFUSED (may be NULL) says whether the server did not want to, and then it
 * is no error. */
bool mailbox_talk_ask(MailboxTalk *talk, const char *path, const char *command, size_t max,
                      GBytes **answer, bool *refused, GError **error);

/* How often it had to connect so far: numbers of POP3 are good for one connection. */
guint mailbox_talk_connections(const MailboxTalk *talk);

/* The path of the URL, "/INBOX" when it has none. */
const char *mailbox_talk_path(const MailboxTalk *talk);
