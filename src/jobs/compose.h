/* compose.h - the second step: what is due is cut into issues and frozen. */
#pragma once

#include "digest/post.h"
#include "jobs/instance.h"

/* A slot that was due and had nothing. */
typedef struct {
    char *newsletter;
    char *rhythm;
    int64_t due_at;
    const char *why;
} SilentSlot;

void silent_slot_free(SilentSlot *slot);

typedef struct {
    guint issues;      /* cut now */
    guint empty;       /* slots that were due and had nothing */
    guint put_off;     /* slots that stay due for a while, for no feed could be read */
    guint returned;    /* subscriptions whose pauses are over */
    GPtrArray *silent; /* of SilentSlot *: the caller's, for those with nothing; or NULL */
} ComposeReport;

/* Takes back those whose pauses are over, lets comments end that are quiet, and cuts an issue for every
 * slot of every newsletter, and of comments that are followed, that is due. */
bool compose(Instance *instance, ComposeReport *report, GError **error);

/* The same for one newsletter whether due or not: for previews, on a dry run's copy. */
bool compose_now(Instance *instance, const NewsletterConfig *newsletter, ComposeReport *report,
                 GError **error);

/* POST becomes an issue, which *ISSUE_ID names, and is sent at SEND_AT (0: now) or later. Its TO is an
 * address as people write it. DEPESCHE_ERROR_USAGE when the newsletter has no such topic, when its
 * filter is wrong, or when there is no such subscriber. */
bool compose_post(Instance *instance, const NewsletterConfig *newsletter, Post *post,
                  int64_t send_at, int64_t *issue_id, GError **error);

/* A letter to the operator of the configuration becomes an issue of a newsletter of its own; the
 * told_… of TOLD (of FeedRecord *) are recorded in the same transaction. */
bool compose_notice(Instance *instance, const char *subject, const char *markdown,
                    const GPtrArray *told, GError **error);
