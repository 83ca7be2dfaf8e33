/* selection.h - which articles one subscription gets of an issue: the heart of the program.
 *
 * The same code selects for sending, for a preview and for explaining. Pure.                     */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>
#include "digest/corpus.h"
#include "digest/settings.h"
#include "subscriber/subscription.h"

typedef struct {
    const Topic *topic; /* NULL: articles that stand under no topic */
    GArray *articles;   /* of guint: indexes into the corpus */
} SelectionGroup;

typedef struct {
    GPtrArray *groups; /* of SelectionGroup *, in the order of the newsletter's topics */
    guint count;       /* articles in all groups */
    guint more;        /* that matched and were cut by the maximum */
    char *key;         /* equal keys: the same articles in the same order */
} Selection;

void selection_free(Selection *selection);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Selection, selection_free)

/* What is the same for all subscriptions of an issue. Borrows SETTINGS and CORPUS. FROM_SEQ is the
 * issue's lower mark. */
typedef struct Selector Selector;

Selector *selector_new(const Settings *settings, Corpus *corpus, int64_t from_seq);
void selector_free(Selector *selector);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Selector, selector_free)

/* Rules, in this order:
 *   1. the articles behind the lower mark, without backlog; in the first issue of a
 *      subscription that had none before: all of the corpus, backlog too, as a welcome; of one that
 *      moved here from another slot: those behind its own mark;
 *   2. those that match the newsletter's filter;
 *   3. those that match any of its topics (a topic that is gone matches nothing), or all when it
 *      chose none;
 *   4. those that match its own filter;
 *   5. each article once, under the first of its topics that matches, newest first;
 *   6. cut to its maximum (of a welcome: to welcome_articles, the newest).
 * An empty selection has count 0: no mail. A filter that cannot be read is DEPESCHE_ERROR_INPUT. */
Selection *selector_select(Selector *selector, const Subscription *subscription, GError **error);
