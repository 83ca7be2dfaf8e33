/* comments.h - articles whose comments people follow.
 *
 * The comment feed of an article is a feed like others, but of no newsletter that is configured: its
 * origin is FEED_FROM_FOLLOW. Those who follow it subscribe to a newsletter that is made for them,
 * "morgen/comments/4711", so their slots, issues, intents and tokens are those of all mail. Nobody else
 * can come into it, and nothing of the configuration can have such a name.                        */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>
#include "store/fetches.h"
#include "store/people.h"
#include "store/store.h"

typedef struct {
    char *newsletter; /* "morgen/comments/4711" */
    char *model;      /* "morgen": whose subscribers follow */
    char *feed;       /* "comments/4711": shared by those of all newsletters */
    int64_t article;
    char *title; /* of the article */
} Comments;

Comments *comments_new(const char *model, int64_t article, const char *title);
void comments_free(Comments *comments);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Comments, comments_free)

/* Whether NAME is what a feed of comments is called. */
bool comments_is_feed(const char *name);

typedef struct {
    const Comments *comments;
    const char *url;               /* of the feed */
    const FetchSettings *settings; /* how it is asked */
    const Choice *choice;          /* of the follower; only rhythm, language and format matter */
    int64_t last_due; /* of their rhythm: a slot that is made for them comes round behind it */
} CommentsFollow;

/* Whoever is new gets what comes from now on; who follows already, changes their choice. As
 * store_subscriptions_put(). */
bool store_comments_follow(Store *store, const CommentsFollow *follow, int64_t now,
                           PeopleChange *change, GError **error);

/* Those that somebody follows, or whose feed is not retired yet (of Comments *, by article). */
GPtrArray *store_comments_list(Store *store, GError **error);

/* What the newsletter called NEWSLETTER is about; NULL in *COMMENTS: it is none of these. */
bool store_comments_find(Store *store, const char *newsletter, Comments **comments, GError **error);

typedef struct {
    int64_t now;
    int64_t
        quiet; /* who began to follow before this, and got nothing new since, does so no more … */
    int64_t oldest; /* … unless something that was published behind this still waits for them */
} CommentsLimits;

/* Goes after the subscriptions to COMMENTS->model: who has left it follows no more, who pauses it has a
 * pause here. Ends what is quiet, and retires the feed when nobody is left. *ENDED counts followers. */
bool store_comments_settle(Store *store, const Comments *comments, const CommentsLimits *limits,
                           guint *ended, GError **error);
