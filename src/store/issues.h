/* issues.h - slots, the issues that are cut from them, and the snapshots that issues froze. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>
#include "digest/issue.h"
#include "store/store.h"
#include "subscriber/rhythm.h"

/* Newsletter x rhythm: everybody in it gets the same stretch of articles. */
typedef struct {
    int64_t id;
    char *newsletter;
    Rhythm rhythm;
    int64_t mark;          /* articles up to this sequence number have been cut into issues */
    int64_t last_at;       /* the last due time that was served; 0: none yet */
    int64_t subscriptions; /* active ones in it */
} Slot;

void slot_free(Slot *slot);

/* The slots of NEWSLETTER (of Slot *), those that nobody is in at present too. */
GPtrArray *store_slots_list(Store *store, const char *newsletter, GError **error);

typedef struct {
    const Slot *slot;
    int64_t due_at;
    int64_t now;
    int64_t not_after;      /* 0: no limit */
    int64_t oldest;         /* articles published before this are not mailed */
    const GPtrArray *feeds; /* of char *: names; NULL: every feed but those of comments */
    bool updates;           /* articles whose text has changed are news once more */
    int min_articles;       /* with fewer nobody can have enough, unless somebody is welcomed */
    bool stays_due;         /* when there is nothing: the due time is not ticked off */
    GBytes *settings;
    GBytes *templates;
} IssueCut;

/* Freezes what is behind the slot's mark into an issue, once, and moves the mark; work for all its
 * subscriptions is planned in the same transaction. *ISSUE is NULL when there is no article for
 * anybody: then only the due time is ticked off, and not even that of a slot that never had one. */
bool store_issue_cut(Store *store, const IssueCut *cut, Issue **issue, GError **error);

/* Sets the last due time that SLOT was served: forward for one that nobody is in, so that who comes
 * waits for their hour; back after the clock had been wrong. */
bool store_slot_set(Store *store, const Slot *slot, int64_t last_at, GError **error);

typedef struct {
    const char *newsletter;
    int64_t now;
    int64_t due_at;        /* nothing of it is sent before this */
    int64_t not_after;     /* 0: no limit */
    const GPtrArray *told; /* of FeedRecord *: their told_… are written with it; or NULL */
    GBytes *settings;
    GBytes *templates;
    GBytes *letter; /* kept as a snapshot */
} PostCut;

/* An issue without a slot: a letter to the newsletter's active subscriptions. */
bool store_post_cut(Store *store, const PostCut *cut, Issue **issue, GError **error);

/* The articles of an issue (of Article *), ascending by sequence number: what is between its marks,
 * and what its joiners need from before. */
GPtrArray *store_issue_articles(Store *store, int64_t issue_id, GError **error);

/* What of it an earlier digest had from another feed (GArray of Repeat, digest/repeat.h); and the articles of
 * Article.is_earlier to compare with (of Article *), but for those that are in the issue themselves. */
GArray *store_issue_repeats(Store *store, int64_t issue_id, GError **error);
GPtrArray *store_issue_earlier(Store *store, int64_t issue_id, GError **error);

/* NULL and DEPESCHE_ERROR_SETUP when it is not there: a damaged database. */
GBytes *store_snapshot_get(Store *store, const char *hash, GError **error);

/* Of Issue *, oldest first; NEWSLETTER may be NULL. OPEN_ONLY: those that are not ended, paused ones
 * too. */
GPtrArray *store_issues_list(Store *store, const char *newsletter, bool open_only, GError **error);
bool store_issue_find(Store *store, int64_t id, Issue **issue, GError **error);

/* Those of NEWSLETTER of which somebody has had a mail, numbered below BEFORE, newest first; at most
 * LIMIT (of Issue *). */
GPtrArray *store_issues_sent(Store *store, const char *newsletter, int64_t before, int limit,
                             GError **error);

/* The last issue of the slot of SUBSCRIPTION, or one that it had a mail of, that has article SEQ; NULL
 * in *ISSUE when there is none. */
bool store_issue_with_article(Store *store, int64_t subscription, int64_t seq, Issue **issue,
                              GError **error);

typedef struct {
    int64_t sent, deferred, refused, uncertain, held, dropped;
    int64_t segments_open;
    int64_t articles; /* in it */
} IssueCounts;

bool store_issue_counts(Store *store, int64_t id, IssueCounts *counts, GError **error);

/* Pauses, resumes or cancels an issue that has not ended: STATE is ISSUE_PAUSED, ISSUE_OPEN or
 * ISSUE_CANCELLED. What waited in a cancelled one is dropped. *CHANGED is false when it has ended, or
 * is in that state already. */
bool store_issue_change(Store *store, int64_t id, IssueState state, int64_t now, bool *changed,
                        GError **error);

/* Marks the issue finished when no work of it is open. */
bool store_issue_settle(Store *store, int64_t id, int64_t now, bool *finished, GError **error);
