/* selection.h - which articles one subscription gets of an issue: the heart of the program.
 *
 * The same code selects for sending, for a preview and for explaining. Pure.
 *
 *     articles_rank(articles);                       the order of all that follows
 *     corpus = corpus_new(articles, …);
 *     selector = selector_new(settings, corpus, from_seq);
 *     selection = selection_new();
 *     for each subscription
 *         selector_select(selector, subscription, selection, &error);                              */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>
#include "digest/corpus.h"
#include "digest/coverage.h"
#include "digest/repeat.h"
#include "digest/settings.h"
#include "subscriber/subscription.h"

/* Of what a newsletter names with links alone: a longer list is read by nobody. */
#define LINKS_MAX 100u

typedef struct {
    const Topic *topic; /* NULL: articles that stand under no topic */
    guint place;        /* of the topic in the newsletter; behind them all when there is none */
    guint first;        /* of its articles, in Selection.articles */
    guint count;
} SelectionGroup;

/* Why an article is there beside the topics. */
typedef struct {
    guint article;
    char *words; /* of the subject that is followed, that it has: "elbtunnel, stau" */
} SelectionReason;

typedef struct {
    GArray *articles; /* of guint: indexes into the corpus, group by group */
    GArray *groups;   /* of SelectionGroup, in the order of the newsletter's topics */
    GArray *also;     /* of Retelling: who else has what ARTICLES tell */
    GArray *reasons;  /* of SelectionReason: of articles that are like what is followed */
    guint count;      /* articles in all groups */
    guint more;       /* that matched and were cut by the maximum */
    GArray *linked; /* of guint: the first of those, where they are to be named with their links */
    guint waiting;  /* that were selected and are too few to make a digest; then COUNT is 0 */
    bool keeps;     /* what has no room waits for a later digest: not after a welcome */
    /* The selector's, valid until it selects again: */
    const Bitset *cut;    /* what was cut, when MORE is not 0 */
    const Bitset *waits;  /* what is too few, when WAITING is not 0 */
    const GArray *unseen; /* of int64_t: carried over to the subscription, and not in the issue */
} Selection;

/* For any number of subscriptions of one selector, one after the other. */
Selection *selection_new(void);
void selection_free(Selection *selection);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Selection, selection_free)

/* Equal keys: the same articles under the same topics, the same others named with them, as many cut,
 * and the same links. */
void selection_write_key(GString *out, const Selection *selection);

/* Sorts ARTICLES (of Article *) by rank: what is pinned first, then the newest. A corpus must be
 * made of ranked ones. */
void articles_rank(GPtrArray *articles);

/* What is the same for all subscriptions of an issue. Borrows SETTINGS and CORPUS, and tells it the
 * topics. FROM_SEQ is the lower mark. */
typedef struct Selector Selector;

Selector *selector_new(const Settings *settings, Corpus *corpus, int64_t from_seq);
void selector_free(Selector *selector);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Selector, selector_free)

/* What earlier digests had of the issue (of Repeat); the earlier articles are in the corpus, those of
 * Article.is_earlier among them for nobody. TO_SEQ is the upper mark. */
void selector_add_repeats(Selector *selector, const GArray *repeats, int64_t to_seq);

/* The rules, in their order; each leaves fewer articles. */
typedef enum {
    /* The articles behind the lower mark, without backlog, and those carried over to the
     * subscription. In the first issue of one that had none before: all of the corpus, backlog too,
     * as a welcome; of one that moved here from another slot: those behind its own mark. */
    RULE_NEWS,
    RULE_NEWSLETTER, /* what matches the newsletter's filter */
    /* Any of its topics (one that is gone matches nothing); all when it chose none. What is like a
     * subject that it follows passes this rule and the next two. */
    RULE_TOPICS,
    RULE_WITHOUT, /* and none of the topics that it leaves out */
    RULE_FILTER,  /* what matches its own filter */
    RULE_REPEAT,  /* not what it was offered in an earlier digest, from another feed (repeat.h) */
    RULE_STORY,   /* of a story that several feeds report, what the best source has (coverage.h) */
    /* Cut to its maximum: pins stay, then what was carried over, then the highest ranks. A welcome, and
     * what comes after a pause: to welcome_articles, the highest ranks of all. */
    RULE_MAXIMUM,
    RULE_MINIMUM, /* with fewer than min_articles there is no digest: they wait for a later one */
    RULE_COUNT,   /* all passed */
} SelectionRule;

/* Applies all rules; each article is there once, under the first of its topics that matches, by rank.
 * An empty selection has count 0: no mail. A filter that cannot be read is DEPESCHE_ERROR_INPUT. */
bool selector_select(Selector *selector, const Subscription *subscription, Selection *selection,
                     GError **error);

/* The rule that keeps ARTICLE (an index into the corpus) from SUBSCRIPTION: the first one that it does
 * not pass; RULE_COUNT when it is selected. */
bool selector_explain(Selector *selector, const Subscription *subscription, size_t article,
                      SelectionRule *rule, GError **error);

/* What of an earlier digest ARTICLE repeats to SUBSCRIPTION, if that was for it: an index into the corpus. */
bool selector_find_earlier(const Selector *selector, const Subscription *subscription,
                           guint article, guint *earlier);

/* The words by which ARTICLE is like what SUBSCRIPTION follows: "elbtunnel, stau"; NULL: it is not. The
 * caller's. */
char *selector_followed_words(Selector *selector, const Subscription *subscription, guint article);
