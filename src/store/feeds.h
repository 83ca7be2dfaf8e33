/* feeds.h - feeds, what became of them, and the articles they brought. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>
#include "feed/article.h"
#include "store/store.h"

typedef enum {
    FEED_FROM_CONFIG,
    FEED_FROM_COMMAND, /* "feed add" */
    FEED_FROM_FOLLOW,  /* the comments of an article: of no newsletter but its followers' own */
} FeedOrigin;

const char *feed_origin_name(FeedOrigin origin); /* "config" */

typedef enum {
    FEED_OK,
    FEED_FAILING, /* the last fetch or parse failed */
    FEED_GONE,    /* the server says 410 */
    FEED_PAUSED,
    FEED_DEAD, /* has been failing for so long that nobody waits for it (jobs/health.h) */
} FeedState;

const char *feed_state_name(FeedState state);

typedef struct {
    int64_t id;
    char *name;
    char *url;
    char *title;     /* configured; NULL: own_title is shown */
    char *own_title; /* what the feed said last; or NULL */
    char *user_agent;
    FeedOrigin origin;
    FeedState state;
    bool allow_file;
    char *etag;
    char *last_modified;
    int64_t checked_at;    /* last try; 0: never */
    int64_t succeeded_at;  /* last success; 0: never */
    int failures;          /* in a row */
    int64_t failing_since; /* 0: it does not */
    int64_t listed_at;     /* a document of its present url was last recorded; 0: never */
    char *problem;         /* of the last try, or NULL */
    char *category;        /* folders, "Technik/Netze", or NULL */
    int64_t parses;        /* documents that were read … */
    int64_t recovered;     /* … and were not well-formed */
    int64_t held_since;    /* articles wait for a decision since then; 0: none */
    int64_t left_out;      /* articles of the last document that were too many */
    FeedState told_state;  /* what the operator was told last: OK, FAILING or DEAD */
    int64_t told_held;     /* and of which held_since */
    bool told_left_out;    /* and that some were left out */
} FeedRecord;

FeedRecord *feed_record_new(void);
void feed_record_free(FeedRecord *feed);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FeedRecord, feed_record_free)

/* Makes the feeds of origin FEED_FROM_CONFIG equal to FEEDS (of FeedRecord *: name, url, title,
 * user_agent, allow_file, state ok or paused): adds, changes, retires. A changed URL forgets the
 * validators, never the articles; what it brings first is kept down as of a new feed. A feed of the
 * same name that a command had added becomes one of the configuration's. One that was retired comes
 * back when its name does, or its url under a new name, and has had the articles that it had. */
bool store_feeds_sync(Store *store, const GPtrArray *feeds, GError **error);

/* DEPESCHE_ERROR_INPUT when the name or the URL (as link_key() compares) is there already. A retired
 * one comes back. */
bool store_feed_add(Store *store, const FeedRecord *feed, GError **error);

/* Puts in FEEDS (of FeedRecord *) that the caller has found to be new, all or none. */
bool store_feeds_put(Store *store, const GPtrArray *feeds, GError **error);

/* Retires it: its articles stay for issues that show them. *FOUND is false when there is none. */
bool store_feed_remove(Store *store, const char *name, bool *found, GError **error);

GPtrArray *store_feeds_list(Store *store, GError **error); /* of FeedRecord *, by name */

/* Whether none of the feeds in NAMES (NULL: of all but those of comments) could be read when it was
 * tried last; those that are paused are not looked at. False when there are none. */
bool store_feeds_all_fail(Store *store, const GPtrArray *names, bool *all, GError **error);

/* *FEED is NULL when there is none. */
bool store_feed_find(Store *store, const char *name, FeedRecord **feed, GError **error);

/* What a feed has brought. Looks at each of its articles. */
typedef struct {
    int64_t articles; /* stored so far */
    int64_t month;    /* of them, published in the 28 days before it was last looked at */
    int64_t held;     /* of them, waiting for a decision */
} FeedCounts;

bool store_feed_count(Store *store, int64_t feed_id, FeedCounts *counts, GError **error);

/* Takes a feed that a command brought out of the round, or back. */
bool store_feed_set_state(Store *store, int64_t feed_id, FeedState state, GError **error);

/* Forgets what the server said and how it failed, so that the next fetch is as the first one. What
 * is known of articles stays. */
bool store_feed_reset(Store *store, int64_t feed_id, GError **error);

/* A fetch that brought nothing new (304). */
bool store_feed_unchanged(Store *store, const FeedRecord *feed, int64_t now, GError **error);

/* A fetch or parse that failed; STATE is FEED_FAILING, FEED_DEAD or FEED_GONE. Articles and what is
 * known of them are left alone. */
bool store_feed_failed(Store *store, int64_t feed_id, FeedState state, const char *problem,
                       int64_t now, GError **error);

typedef struct {
    const char *etag;
    const char *last_modified;
    const char *title;         /* the feed's own */
    bool recovered;            /* the document was not well-formed */
    int64_t left_out;          /* articles that it has beyond those */
    const GPtrArray *articles; /* of Article *, in document order */
    guint keep; /* of a feed's first articles: so many of the newest are new, the rest backlog */
} FeedHarvest;

typedef struct {
    guint taken;   /* new articles, without backlog */
    guint updated; /* known ones with a new text that is news */
    guint held;    /* new ones that were held back */
} HarvestReport;

/* A fetch that brought a document: takes in the articles that were never seen (by identity, and by
 * link_key of the URL within the feed), oldest first, each with the next sequence number, and the
 * new texts of those that were, all in one transaction.
 *
 * A document in which nearly everything is new although most of it must have been there before (by
 * date or by words) is a feed that changed its ids or was imported anew: its articles are held.
 * Where it changed some, those are: three or more with title, teaser and date of articles that are
 * listed no more. */
bool store_feed_harvest(Store *store, int64_t feed_id, const FeedHarvest *harvest, int64_t now,
                        HarvestReport *report, GError **error);

/* Which of ARTICLES (as of FeedHarvest) the feed has not had yet, or not in these words, the newest first
 * (borrowed). Changes nothing. */
GPtrArray *store_feed_find_news(Store *store, int64_t feed_id, const GPtrArray *articles,
                                int64_t now, GError **error);

/* The operator's decision on what is held: it is news from now on, or it was seen already. *COUNT
 * says how many articles there were. A feed of which anything was seen already has ids that mean
 * nothing: what has the title, the teaser and the date of an article that it has had is that
 * article from then on. */
bool store_feed_release(Store *store, int64_t feed_id, guint *count, GError **error);
bool store_feed_drop(Store *store, int64_t feed_id, guint *count, GError **error);

/* Lets go, once a day, what is known of identities that no feed has listed since BEFORE. What the
 * last document of a feed has is never let go, however long ago that was. */
bool store_feeds_forget(Store *store, int64_t before, guint *count, GError **error);

typedef struct {
    const char *feed; /* name; NULL: all but those of comments */
    int64_t since;    /* taken at or after; 0: always */
    int64_t before;   /* with a smaller seq; 0: any */
    int limit;        /* 0: all */
} ArticleQuery;

/* NULL in *ARTICLE when there is none. */
bool store_article_find(Store *store, int64_t seq, Article **article, GError **error);

/* Of Article *, newest first. */
GPtrArray *store_articles_list(Store *store, const ArticleQuery *query, GError **error);
