/* message.h - a finished message (RFC 5322): bytes of its own and, between them, what it has in common with
 * others. That is not copied before the message leaves: of many that wait for their turn each is only as
 * large as what nobody else has.                                                                  */
#pragma once

#include <stddef.h>
#include <glib.h>

typedef struct Message Message;

Message *message_new(void);

/* All of TEXT is its own. */
Message *message_new_take(GString *text);

void message_free(Message *message);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Message, message_free)

/* Empties MESSAGE, whose memory stays for the next one. */
void message_clear(Message *message);

/* Its own bytes so far, MESSAGE's until message_text(): what is appended to them stands at its end. */
GString *message_own(Message *message);

/* Appends SIZE bytes without copying them: they must stay as they are until nothing of MESSAGE is shared any more, by
 * message_text(), message_clear() or message_free(). */
void message_share(Message *message, const char *bytes, size_t size);

/* Keeps OWNER, to whom shared bytes belong, for as long: then LET_GO is called with it. Only one is kept; what belongs
 * to somebody else has to live without. */
void message_keep(Message *message, void *take_owner, GDestroyNotify let_go);

/* Of all its bytes. */
size_t message_size(const Message *message);

/* Appends all of it to OUT. */
void message_write(const Message *message, GString *out);

/* All of it as one text, MESSAGE's, that may be changed: nothing is shared any more. */
GString *message_text(Message *message);
