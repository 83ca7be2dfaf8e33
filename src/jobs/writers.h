/* writers.h - the threads that make messages, so that the courier never waits for one. */
#pragma once

#include "jobs/letter.h"
#include "net/relay.h"

/* Told from a writer's thread. */
typedef struct {
    /* The message for a letter, with it as owner; the listener takes it over. */
    void (*written)(void *user, Mail *mail);

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

/* Has the message for LETTER written; its edition must live until the listener was told. */
void writers_give(Writers *writers, Letter *letter);
