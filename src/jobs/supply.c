#include "jobs/supply.h"

#include <malloc.h>

#include <string.h>

#include "base/error.h"
#include "jobs/generation.h"
#include "store/issues.h"

/* Recipients read at a time. Whoever leaves after that is noticed when the intent is written. */
#define PAGE_SIZE 128

/* An issue that is being sent. */
typedef struct {
    const Issue *issue;
    Edition *edition; /* NULL until its first segment */
    guint segments;   /* open ones */
    bool stopped;     /* no further letters */
    bool claimed_all;
} OpenIssue;

/* A segment of it that is ours. */
typedef struct {
    Segment segment;
    OpenIssue *issue;
    guint letters;  /* out, and not ended */
    bool is_read;   /* all its recipients */
    bool untouched; /* something in it is left for a later run */
} OpenSegment;

struct Supply {
    Instance *instance;
    DispatchScope scope;
    int64_t started;
    GPtrArray *issues;    /* of Issue *, oldest first */
    OpenIssue *open;      /* as many as issues */
    guint current;        /* open[current - 1] is being read; 0: all are */
    GPtrArray *segments;  /* of OpenSegment * */
    OpenSegment *reading; /* NULL: none */
    GPtrArray *page;      /* of Recipient * */
    guint page_next;
    RecipientsKind kind; /* of recipients that are being read */
    int64_t after_id;    /* the page's last subscription */
    guint failed;        /* issues that could not be opened */
    guint renditions;    /* made by editions that are closed */
    GQueue out;          /* of Letter: those that have not ended */
};

const Segment *
letter_segment(const Letter *letter)
{
    return &((const OpenSegment *)letter->segment)->segment;
}

const Issue *
letter_issue(const Letter *letter)
{
    return ((const OpenSegment *)letter->segment)->issue->issue;
}

static void
letter_free(Supply *supply, Letter *letter)
{
    g_queue_unlink(&supply->out, &letter->link);
    recipient_free(letter->recipient);
    delivery_clear(&letter->delivery);
    g_clear_pointer(&letter->left, g_array_unref);
    g_clear_pointer(&letter->back, g_array_unref);
    g_free(letter);
}

/* Opening */

/* News that is too old is not sent any more, however it came to be late. */
static bool
cancel_stale(Supply *supply, GError **error)
{
    for (guint i = 0; i < supply->issues->len; i++) {
        Issue *issue = supply->issues->pdata[i];
        bool changed = false;
        if (issue->not_after == 0 || supply->started <= issue->not_after)
            continue;
        if (!store_issue_change(supply->instance->store, issue->id, ISSUE_CANCELLED,
                                supply->started, &changed, error))
            return false;
        issue->state = ISSUE_CANCELLED;
        log_warn(supply->instance->log,
                 "newsletter \"%s\": issue %" G_GINT64_FORMAT " is too old to be sent now (%s)",
                 issue->newsletter, issue->number, "not_after_hours");
    }
    return true;
}

/* A letter may be for later. A digest is cut when it is due: one of a future hour by a clock that was wrong. */
static bool
is_due_now(const Supply *supply, const Issue *issue)
{
    return issue->kind == ISSUE_DIGEST || issue->due_at <= supply->started;
}

Supply *
supply_open(Instance *instance, const DispatchScope *scope, GError **error)
{
    g_autoptr(Supply) supply = g_new0(Supply, 1);
    supply->instance = instance;
    supply->scope = *scope;
    supply->started = clock_now(instance->clock);
    if (scope->retry &&
        !ledger_retry(instance->store, scope->issue, scope->only, supply->started, error))
        return NULL;
    supply->issues = store_issues_list(instance->store, NULL, true, error);
    if (supply->issues == NULL)
        return NULL;
    if (!cancel_stale(supply, error))
        return NULL;
    supply->current = supply->issues->len;
    supply->open = g_new0(OpenIssue, supply->issues->len);
    for (guint i = 0; i < supply->issues->len; i++) {
        OpenIssue *open = &supply->open[i];
        open->issue = supply->issues->pdata[i];
        bool in_scope = scope->issue == 0 || scope->issue == open->issue->id;
        bool is_due = is_due_now(supply, open->issue);
        open->stopped = !in_scope || !is_due || open->issue->state != ISSUE_OPEN;
    }
    supply->segments = g_ptr_array_new_with_free_func(g_free);
    return g_steal_pointer(&supply);
}

void
supply_close(Supply *supply)
{
    if (supply == NULL)
        return;
    for (guint i = 0; supply->open != NULL && i < supply->issues->len; i++)
        edition_close(supply->open[i].edition);
    g_free(supply->open);
    while (supply->out.head != NULL)
        letter_free(supply, supply->out.head->data);
    g_clear_pointer(&supply->segments, g_ptr_array_unref);
    g_clear_pointer(&supply->page, g_ptr_array_unref);
    g_clear_pointer(&supply->issues, g_ptr_array_unref);
    g_free(supply);
}

/* Segments */

static bool
finish_segment(Supply *supply, OpenSegment *segment, GError **error)
{
    OpenIssue *issue = segment->issue;
    bool untouched = segment->untouched || supply->scope.only != NULL;
    if (!ledger_finish(supply->instance->store, &segment->segment, untouched,
                       clock_now(supply->instance->clock), error))
        return false;
    g_ptr_array_remove_fast(supply->segments, segment);
    issue->segments--;
    if (issue->segments == 0 && (issue->claimed_all || issue->stopped) && issue->edition != NULL) {
        supply->renditions += edition_renditions(issue->edition);
        g_clear_pointer(&issue->edition, edition_close);
    }
    return true;
}

guint
supply_renditions(const Supply *supply)
{
    guint count = supply->renditions;
    for (guint i = 0; i < supply->issues->len; i++)
        if (supply->open[i].edition != NULL)
            count += edition_renditions(supply->open[i].edition);
    return count;
}

static bool
finish_when_done(Supply *supply, OpenSegment *segment, GError **error)
{
    return !segment->is_read || segment->letters > 0 || finish_segment(supply, segment, error);
}

/* An issue that cannot be opened waits for somebody to mend it; the others go out. */
static bool
open_edition(Supply *supply, OpenIssue *issue)
{
    g_autoptr(GError) problem = NULL;
    issue->edition = edition_open(supply->instance, issue->issue, &problem);
    if (issue->edition != NULL) {
        /* What it took to compare the articles lies free between what stays of them. */
        malloc_trim(0);
        return true;
    }
    log_error(supply->instance->log, "newsletter \"%s\": issue %" G_GINT64_FORMAT " waits: %s",
              issue->issue->newsletter, issue->issue->number, problem->message);
    issue->stopped = true;
    supply->failed++;
    return false;
}

/* The next segment of ISSUE becomes the one that is read. Claims by the time the dispatch started: a
 * segment that is given back with something to do later is not claimed again by the same run. */
static bool
claim(Supply *supply, OpenIssue *issue, GError **error)
{
    bool found = false;
    Segment segment;
    if (!ledger_claim(supply->instance->store, issue->issue->id, supply->started, LEASE_SECONDS,
                      &segment, &found, error))
        return false;
    if (!found) {
        issue->claimed_all = true;
        return true;
    }
    if (!generation_advance(supply->instance, error))
        return false;
    if (issue->edition == NULL && !open_edition(supply, issue))
        return ledger_finish(supply->instance->store, &segment, true,
                             clock_now(supply->instance->clock), error);
    OpenSegment *open = g_new0(OpenSegment, 1);
    open->segment = segment;
    open->issue = issue;
    issue->segments++;
    g_ptr_array_add(supply->segments, open);
    supply->reading = open;
    supply->kind = RECIPIENTS_FRESH;
    supply->after_id = -1;
    return true;
}

/* Finds a segment to read. There is none when READING is still NULL afterwards. */
static bool
find_segment(Supply *supply, GError **error)
{
    while (supply->reading == NULL && supply->current > 0) {
        OpenIssue *issue = &supply->open[supply->current - 1];
        if (issue->stopped || issue->claimed_all)
            supply->current--;
        else if (!claim(supply, issue, error))
            return false;
    }
    return true;
}

static bool
end_reading(Supply *supply, GError **error)
{
    OpenSegment *segment = g_steal_pointer(&supply->reading);
    g_clear_pointer(&supply->page, g_ptr_array_unref);
    segment->is_read = true;
    return finish_when_done(supply, segment, error);
}

/* Letters */

/* All of a kind have been read: others follow, or the segment has been read. */
static bool
end_kind(Supply *supply, GError **error)
{
    if (supply->kind == RECIPIENTS_AGAIN)
        return end_reading(supply, error);
    supply->kind = RECIPIENTS_AGAIN;
    supply->after_id = -1;
    return true;
}

static bool
read_page(Supply *supply, GError **error)
{
    g_clear_pointer(&supply->page, g_ptr_array_unref);
    supply->page_next = 0;
    supply->page =
        ledger_recipients(supply->instance->store, &supply->reading->segment, supply->kind,
                          supply->after_id, supply->started, PAGE_SIZE, error);
    if (supply->page == NULL)
        return false;
    if (supply->page->len == 0)
        return end_kind(supply, error);
    const Recipient *last = supply->page->pdata[supply->page->len - 1];
    supply->after_id = last->delivery.subscription;
    return true;
}

static Letter *
letter_new(Supply *supply, OpenSegment *segment, Recipient *take_recipient)
{
    Letter *letter = g_new0(Letter, 1);
    letter->recipient = take_recipient;
    letter->edition = segment->issue->edition;
    letter->segment = segment;
    letter->delivery = (Delivery){
        .issue = segment->segment.issue,
        .subscription = take_recipient->delivery.subscription,
        .attempt = take_recipient->delivery.attempt,
        .first_at = take_recipient->delivery.first_at,
    };
    letter->link.data = letter;
    g_queue_push_tail_link(&supply->out, &letter->link);
    segment->letters++;
    return letter;
}

static bool
is_in_scope(const Supply *supply, const Recipient *recipient)
{
    const char *only = supply->scope.only;
    return only == NULL || strcmp(only, address_key(recipient->subscription->choice->address)) == 0;
}

static void
pass_over(Supply *supply, const Recipient *recipient, guint *failed)
{
    log_warn(supply->instance->log, "subscription %" G_GINT64_FORMAT ": %s",
             recipient->delivery.subscription, recipient->problem->message);
    supply->reading->untouched = true;
    (*failed)++;
}

bool
supply_next(Supply *supply, Letter **letter, guint *failed, GError **error)
{
    *letter = NULL;
    for (;;) {
        if (!find_segment(supply, error))
            return false;
        *failed += supply->failed;
        supply->failed = 0;
        if (supply->reading == NULL)
            return true;
        bool has_rest = supply->page != NULL && supply->page_next < supply->page->len;
        if (supply->reading->issue->stopped) {
            supply->reading->untouched = true;
            if (!end_reading(supply, error))
                return false;
        } else if (has_rest) {
            Recipient **recipient = (Recipient **)&supply->page->pdata[supply->page_next++];
            if ((*recipient)->problem != NULL) {
                pass_over(supply, *recipient, failed);
                continue;
            }
            if (!is_in_scope(supply, *recipient))
                continue;
            *letter = letter_new(supply, supply->reading, g_steal_pointer(recipient));
            return true;
        } else if (!read_page(supply, error)) {
            return false;
        }
    }
}

bool
supply_end(Supply *supply, Letter *letter, bool untouched, GError **error)
{
    OpenSegment *segment = letter->segment;
    segment->untouched = segment->untouched || untouched;
    segment->letters--;
    letter_free(supply, letter);
    return finish_when_done(supply, segment, error);
}

void
supply_stop(Supply *supply, int64_t issue)
{
    for (guint i = 0; i < supply->issues->len; i++)
        if (issue == 0 || supply->open[i].issue->id == issue)
            supply->open[i].stopped = true;
}

bool
supply_has_stopped(const Letter *letter)
{
    return ((const OpenSegment *)letter->segment)->issue->stopped;
}

bool
supply_look(Supply *supply, GArray *closed, GError **error)
{
    for (guint i = 0; i < supply->issues->len; i++) {
        OpenIssue *open = &supply->open[i];
        g_autoptr(Issue) now = NULL;
        if (open->stopped || open->segments == 0)
            continue;
        if (!store_issue_find(supply->instance->store, open->issue->id, &now, error))
            return false;
        if (now == NULL || now->state == ISSUE_OPEN)
            continue;
        open->stopped = true;
        g_array_append_val(closed, open->issue->id);
        log_info(supply->instance->log, "newsletter \"%s\": issue %" G_GINT64_FORMAT " is %s",
                 now->newsletter, now->number, issue_state_name(now->state));
    }
    return true;
}

void
supply_renew(const Supply *supply, GArray *entries)
{
    for (guint i = 0; i < supply->segments->len; i++) {
        const OpenSegment *segment = supply->segments->pdata[i];
        LedgerEntry entry = { .segment = &segment->segment };
        g_array_append_val(entries, entry);
    }
}

bool
supply_count(const Supply *supply, int64_t *recipients, GError **error)
{
    *recipients = 0;
    for (guint i = 0; i < supply->issues->len; i++) {
        int64_t count = 0;
        const OpenIssue *open = &supply->open[i];
        if (open->stopped)
            continue;
        if (!ledger_count(supply->instance->store, open->issue->id, &count, error))
            return false;
        *recipients += count;
    }
    return true;
}
