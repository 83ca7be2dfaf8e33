/* issue.h - one numbered sending of a newsletter. Plain facts. */
#pragma once

#include <stdint.h>
#include <glib.h>

typedef enum {
    ISSUE_DIGEST,
    ISSUE_POST,
} IssueKind;

typedef enum {
    ISSUE_OPEN,      /* deliveries are planned or under way */
    ISSUE_FINISHED,  /* every delivery is in a final state */
    ISSUE_CANCELLED, /* what had not been sent is not sent any more */
    ISSUE_PAUSED,    /* open, but nothing of it is sent until it is resumed */
} IssueState;

typedef struct {
    int64_t id;
    char *newsletter;
    int64_t number; /* counts up within the newsletter, from 1 */
    IssueKind kind;
    IssueState state;
    char *rhythm;             /* of the slot, as rhythm_text(); NULL for a post */
    int64_t from_seq;         /* articles behind this one … */
    int64_t to_seq;           /* … up to this one */
    int64_t due_at;           /* when the slot came round; of a post: it is not sent before */
    int64_t cut_at;           /* when it was frozen */
    int64_t not_after;        /* nothing of it is sent after this; 0: no limit */
    int64_t max_subscription; /* subscriptions beyond this id joined later */
    char *settings_hash;      /* snapshots (store/issues.h) */
    char *templates_hash;
    char *letter_hash; /* of a post: JSON with subject, markdown, topics, to, language */
} Issue;

Issue *issue_new(void);
void issue_free(Issue *issue);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Issue, issue_free)

/* What its mails have for their date: when it was frozen; a letter that was written before its time has that. */
int64_t issue_date(const Issue *issue);

const char *issue_kind_name(IssueKind kind);
const char *issue_state_name(IssueState state);
