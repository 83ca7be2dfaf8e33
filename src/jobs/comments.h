/* comments.h - following the comments of an article (store/comments.h).
 *
 * They come in mails of their own, in the rhythm that the follower has for the newsletter, and look like
 * its mails. They end when nobody has said anything for "comments_days", or with the newsletter.  */
#pragma once

#include "jobs/instance.h"
#include "store/comments.h"
#include "subscriber/subscription.h"

/* What NEWSLETTER is for those who follow the comments of an article: a newsletter like any that is
 * configured. Lives as long as the configuration and the Comments it was made of. */
typedef struct {
    NewsletterConfig config;
    GPtrArray *feeds;
    GPtrArray *nothing;
    char *list_id;
} CommentsNewsletter;

/* False: the newsletter is not configured any more. */
bool comments_newsletter_init(CommentsNewsletter *newsletter, const Config *config,
                              const Comments *comments);
void comments_newsletter_clear(CommentsNewsletter *newsletter);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CommentsNewsletter, comments_newsletter_clear)

/* READER, of NEWSLETTER, follows the comments of article SEQ from now on; again, they do so as they get
 * the newsletter now. DEPESCHE_ERROR_INPUT when the article names no feed of them, or the reader gets
 * nothing themselves. */
bool comments_follow(Instance *instance, const NewsletterConfig *newsletter,
                     const Subscription *reader, int64_t seq, GError **error);

/* DEPESCHE_ERROR_INPUT when they do not. */
bool comments_unfollow(Instance *instance, const NewsletterConfig *newsletter,
                       const Subscription *reader, int64_t seq, GError **error);

/* Before issues are cut: who has left the newsletter, or follows what has become quiet, follows no more. */
bool comments_settle(Instance *instance, GError **error);
