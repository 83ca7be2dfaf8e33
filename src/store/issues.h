/* issues.h - issues that have been cut (store/cut.h), and the snapshots that they froze. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>
#include "digest/issue.h"
#include "store/store.h"

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
