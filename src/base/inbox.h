/* inbox.h - what other threads have to tell, gathered until somebody looks. Each wakes the reader
 * only when it is worth it, so that many small things cost one switch of threads.                */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>

typedef struct Inbox Inbox;

Inbox *inbox_new(void);
void inbox_free(Inbox *inbox); /* must be empty */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Inbox, inbox_free)

/* Moves all of ITEMS into INBOX, in their order; ITEMS is empty then. From any thread. */
void inbox_put(Inbox *inbox, GPtrArray *items);

/* Waits until there are ENOUGH items, or until the monotonic time UNTIL (microseconds); one thread
 * at a time. Then moves what is there to the end of ITEMS. */
void inbox_take(Inbox *inbox, guint enough, int64_t until, GPtrArray *items);
