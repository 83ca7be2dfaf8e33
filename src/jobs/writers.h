/* writers.h - where messages are made: at once while that is quick (a letter, or a digest that many
 * share), else by threads of its own.                                                            */
#pragma once

#include "jobs/letter.h"
#include "net/relay.h"

/* What became of a letter that was given. */
typedef struct {
    Letter *letter;
    Mail *mail;             /* with the letter as its owner; NULL: there is none, */
    EditionOutcome outcome; /* because of this, */
    GError *problem;        /* or of this, where it is not NULL */
} Written;

typedef struct Writers Writers;

/* With THREADS, at least one. WAKE is called from a thread that has finished a message. */
Writers *writers_new(guint threads, void (*wake)(void *user), void *user);

/* Waits for what is being written; other letters are just forgotten. */
void writers_free(Writers *writers);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Writers, writers_free)

/* The message for LETTER is to be written; its edition must live until the mail has come back or is freed. */
void writers_give(Writers *writers, Letter *letter);

/* One that is finished: the mail and the problem are the caller's. False when there is none now. */
bool writers_next(Writers *writers, Written *written);

/* Frees MAIL, which was written here; its memory is used again. */
void writers_take_back(Writers *writers, Mail *mail);
