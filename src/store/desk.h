/* desk.h - what editors do to single articles, and how they name them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>
#include "store/store.h"

/* So many articles are told of when several are meant. */
#define ARTICLE_NAMES_MAX 5

typedef struct {
    int64_t seq;
    char *title;
} ArticleName;

void article_name_free(ArticleName *name);

/* The articles that NAME means (of ArticleName *), the newest first, at most ARTICLE_NAMES_MAX and one:
 * their number, their URL, or words that are all in the title, in any case. */
GPtrArray *store_articles_named(Store *store, const char *name, GError **error);

typedef enum {
    DESK_PIN, /* before all others in digests of issues that are cut from now on, whatever its date */
    DESK_UNPIN,
    DESK_HOLD,    /* for nobody, until it is approved or dropped */
    DESK_APPROVE, /* news from now on */
    DESK_DROP,    /* seen, and for nobody */
} DeskVerb;

typedef enum {
    DESK_DONE,
    DESK_ALREADY, /* it was so before; of approving: it is not held */
    DESK_MAILED,  /* it is in an issue: to hold or to drop it would come too late */
    DESK_NOT_FOUND,
} DeskOutcome;

bool store_article_edit(Store *store, int64_t seq, DeskVerb verb, DeskOutcome *outcome,
                        GError **error);
