/* story-internal.h - the articles of one language, made ready to be compared. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>
#include "digest/vector.h"
#include "feed/article.h"

typedef struct {
    const Article *article;
    guint index;    /* among the articles that were given */
    char *text;     /* plain; may be "" */
    Vector *vector; /* weighed */
} Report;

static inline int64_t
seconds_between(const Report *earlier, const Report *later)
{
    return later->article->published - earlier->article->published;
}

/* For each of REPORTS (of Report *, in order of time) the earliest one that it is a copy of, which may
 * be itself. At most WINDOW seconds lie between two that have the same title or text. */
GArray *copies_find(const GPtrArray *reports, int64_t window);

typedef struct {
    guint report;
    float similarity;
} Neighbour;

/* For each of REPORTS what is similar to it: GArrays of Neighbour, the most similar first. LEAST is the
 * least similarity that counts. */
GPtrArray *neighbours_find(const GPtrArray *reports, int64_t window, float least);

/* Two stories that could be joined. */
typedef struct {
    guint a;
    guint b;
    double similarity;
} Join;

/* A heap (GArray of Join) that gives the most similar first; of equal ones the earlier stories. */
void joins_add(GArray *joins, const Join *join);
Join joins_take(GArray *joins);
