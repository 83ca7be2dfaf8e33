/* reading.h - replies on their way from the net to the store: what brought a document is read in a
 * child of its own (feed/safe.h), as many at a time as there are processors and one more, while others
 * are fetched and stored. Nobody waits for a document that takes long.                              */
#pragma once

#include "feed/safe.h"
#include "jobs/source.h"

/* A reply, and what is in it. */
typedef struct {
    Source *source;
    FetchReply *reply;   /* its body is gone once it was read */
    size_t size;         /* of the body */
    Feed *document;      /* of FETCH_NEW: without entries; NULL: it could not be read */
    GPtrArray *articles; /* of Article *: made of the entries */
    GError *problem;     /* where there is no document */
    SafeRead *read;      /* private */
} Finding;

void finding_free(Finding *finding);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Finding, finding_free)

typedef struct Reading Reading;

Reading *reading_new(void);
void reading_free(Reading *reading);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Reading, reading_free)

/* For who expects documents: best called before connections and much memory are there (feed/safe.h). */
void reading_make_ready(Reading *reading);

/* Takes over REPLY. Wait with it while there is enough. */
void reading_take_reply(Reading *reading, Source *source, FetchReply *reply, int64_t now);

/* Whether there is enough to be read for now, by number or by size. */
bool reading_has_enough(const Reading *reading);

/* Whether there is anything to be read. */
bool reading_is_busy(const Reading *reading);

/* What can be read (of int, the reading's) when reading_take_answers() may have something to do. */
const GArray *reading_fds(Reading *reading);

/* Takes what children have said, without waiting. */
void reading_take_answers(Reading *reading);

/* Waits for something to do for it, at most MILLISECONDS. */
void reading_wait(Reading *reading, int milliseconds);

/* How much is ready, as bodies and as bytes in them. */
guint reading_count(const Reading *reading);
size_t reading_size(const Reading *reading);

/* What is ready (of Finding *), for the caller to free. */
GPtrArray *reading_steal(Reading *reading);
