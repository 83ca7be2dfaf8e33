/* dispatch-internal.h - what dispatch.c, which goes round, and dispatch_results.c, which records what
 * came of it, share. */
#pragma once

#include "jobs/backlog.h"
#include "jobs/dispatch.h"
#include "jobs/progress.h"
#include "jobs/supply.h"
#include "jobs/window.h"
#include "jobs/writers.h"
#include "net/courier.h"

typedef enum {
    NEWS_WANTS_RELEASE,
    NEWS_DONE,
    NEWS_DOWN,
} NewsKind;

/* What the courier has told in this round. */
typedef struct {
    NewsKind kind;
    Mail *mail; /* ours, of NEWS_DONE */
    guint relay;
    RelayResult result;
} News;

typedef struct {
    Instance *instance;
    const DispatchScope *scope;
    DispatchReport *report;
    GArray *news; /* of News */
    Courier *courier;
    Writers *writers;
    Window *window;
    Supply *supply;
    Progress *progress;
    int64_t commit_time; /* microseconds: of the last one */
    Backlog *backlog;
    guint intents;   /* among ENTRIES */
    guint at_server; /* letters whose dot is out, or about to be */
    guint out;       /* letters between the window and their end */
    guint out_max;
    bool is_exhausted; /* the supply */

    GArray *entries;  /* of LedgerEntry: the commit that is being gathered */
    GPtrArray *mails; /* of Mail *: by entry; those that wait for their release, else NULL */
    GPtrArray *ended; /* of Letter *: end with this commit */
    GPtrArray *again; /* of Letter *: go back into the window after it */

    GError *problem; /* that kept us from reading on: what is on its way is finished */
    guint relays_lost;
    bool *lost;        /* by relay: it is not used any more */
    guint *faults;     /* by relay, in a row */
    int64_t *fault_at; /* by relay, monotonic: the last that others may tell of, too */
    int64_t looked_at; /* monotonic */
    int64_t renewed_at;
} Dispatch;

int64_t dispatch_now(const Dispatch *dispatch);

/* Nothing more goes out in this run, because of WHY; what is on its way is finished. */
void dispatch_stop(Dispatch *dispatch, const char *why);

/* RELAY is not used any more; without another one sending stops. */
void dispatch_lose_relay(Dispatch *dispatch, guint relay, const char *why);

/* No further letters of ISSUE (0: of any): those that wait end untouched. */
bool dispatch_stop_issue(Dispatch *dispatch, int64_t issue, GError **error);

/* dispatch_results.c */

/* Acts upon what the courier has told, and gathers what is to be recorded of it. */
bool dispatch_take_news(Dispatch *dispatch, GError **error);

/* There is no message for a letter. */
void dispatch_take_not_written(Dispatch *dispatch, const Written *written);

/* Ends a delivery without sending: STATE says how, NOTE why. */
void dispatch_end_unsent(Dispatch *dispatch, Letter *letter, DeliveryState state, const char *note,
                         bool taken_from_window);

/* Ends a delivery whose text has left once, and whose reader is away now: nothing is sent, but what its mail
 * told comes with a later digest. */
void dispatch_end_away(Dispatch *dispatch, Letter *letter);

/* LETTER, whose delivery is as it should be, ends with the commit that is being gathered. */
void dispatch_end_letter(Dispatch *dispatch, Letter *letter, bool taken_from_window);

/* Makes what was gathered durable, and lets the mails go whose intents are. */
bool dispatch_commit(Dispatch *dispatch, GError **error);
