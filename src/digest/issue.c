#include "digest/issue.h"

Issue *
issue_new(void)
{
    return g_new0(Issue, 1);
}

void
issue_free(Issue *issue)
{
    if (issue == NULL)
        return;
    g_free(issue->newsletter);
    g_free(issue->rhythm);
    g_free(issue->settings_hash);
    g_free(issue->templates_hash);
    g_free(issue->letter_hash);
    g_free(issue);
}

int64_t
issue_date(const Issue *issue)
{
    return issue->kind == ISSUE_POST ? MAX(issue->cut_at, issue->due_at) : issue->cut_at;
}

const char *
issue_kind_name(IssueKind kind)
{
    switch (kind) {
    case ISSUE_DIGEST: return "digest";
    case ISSUE_POST: return "post";
    }
    g_assert_not_reached();
}

const char *
issue_state_name(IssueState state)
{
    switch (state) {
    case ISSUE_OPEN: return "open";
    case ISSUE_FINISHED: return "finished";
    case ISSUE_CANCELLED: return "cancelled";
    case ISSUE_PAUSED: return "paused";
    }
    g_assert_not_reached();
}
