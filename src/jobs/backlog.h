/* backlog.h - how long the servers would be busy without us, guessed from how long they take to answer.
 * Pure.
 *
 * The shortest time that a relay ever took for a mail, from its dot to the reply, is that of the way and of
 * a server that had nothing else to do. What the mails of now take beyond that they spend in its queue. */
#pragma once

#include <glib.h>

typedef struct Backlog Backlog;

/* Of relays 0 to COUNT - 1, none of which has answered yet. */
Backlog *backlog_new(guint count);

void backlog_free(Backlog *backlog);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Backlog, backlog_free)

/* A mail was taken by RELAY within TIME microseconds: nothing else than that tells how fast it is. */
void backlog_learn(Backlog *backlog, guint relay, int64_t time);

/* RELAY is not used any more: its queue does not count. */
void backlog_forget(Backlog *backlog, guint relay);

/* Microseconds of the shortest answer of RELAY; 0: it has not answered yet, or is not used any more. */
int64_t backlog_answer(const Backlog *backlog, guint relay);

/* Microseconds that the relay with the shortest queue, of those that have answered, has mails for when all of
 * ours are there; 0 when that is shorter than an answer takes anyway. */
int64_t backlog_left(const Backlog *backlog);
