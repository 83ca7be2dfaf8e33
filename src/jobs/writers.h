/* writers.h - the threads that make messages, so that the courier never waits for one. */
#pragma once

#include "jobs/letter.h"
#include "net/relay.h"

/* Told from a writer's thread. */
typedef struct {
    /* Messages (of Mail *), each with its letter as owner; the listener takes them over. */
    void (*written)(void *user, GPtrArray *mails);

    /* There is none: OUTCOME says why, or PROBLEM (taken over) when it is not NULL. */
    void (*not_written)(void *user, Letter *letter, EditionOutcome outcome, GError *problem);

    void *user;
} WritersListener;

typedef struct Writers Writers;

/* COUNT threads: one is enough unless messages are signed. */
Writers *writers_new(guint count, const WritersListener *listener);

/* Waits for what is being written; letters that were not begun are just forgotten. */
void writers_free(Writers *writers);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Writers, writers_free)

/* Has the messages for LETTERS (of Letter *) written, and empties the list; their editions must live
 * until the listener was told. */
void writers_give(Writers *writers, GPtrArray *letters);

/* Frees MAIL, which was written here; its memory is used again. */
void writers_take_back(Writers *writers, Mail *mail);
