/* supply.h - the letters of all open issues, one after the other.
 *
 * Claims segment after segment, the newest issue first (what is left of old ones has been refused
 * before, and may stop the run), reads their recipients page by page, and gives a segment back once
 * all its letters have ended. Nothing is held per subscriber but the letters that are out.       */
#pragma once

#include "jobs/dispatch.h"
#include "jobs/letter.h"

/* A sender renews its lease with every mail; one mail may take the 10 minutes of its final dot. */
#define LEASE_SECONDS (15 * 60)

typedef struct Supply Supply;

Supply *supply_open(Instance *instance, const DispatchScope *scope, GError **error);
void supply_close(Supply *supply);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Supply, supply_close)

/* The next letter; NULL: there are no more. It is the caller's until supply_end(). A person whose
 * row is damaged is told in the log, and left for a later run; *FAILED counts them. */
bool supply_next(Supply *supply, Letter **letter, guint *failed, GError **error);

/* LETTER has ended and is freed. UNTOUCHED: it is still to be sent by a later run. What became of
 * it otherwise must be in the ledger by now. */
bool supply_end(Supply *supply, Letter *letter, bool untouched, GError **error);

/* No further letters, of ISSUE (0: of any): what was not read stays for a later run. */
void supply_stop(Supply *supply, int64_t issue);

/* Whether the issue of LETTER was stopped. */
bool supply_has_stopped(const Letter *letter);

/* Looks whether issues that are being sent have been paused or cancelled meanwhile; stops those and
 * adds their ids (int64_t) to CLOSED. */
bool supply_look(Supply *supply, GArray *closed, GError **error);

/* Appends an entry (LedgerEntry) for each open segment: it renews the lease of those that wait. */
void supply_renew(const Supply *supply, GArray *entries);

/* How many renditions were made so far. */
guint supply_renditions(const Supply *supply);

const Segment *letter_segment(const Letter *letter);
const Issue *letter_issue(const Letter *letter);

/* How many people the open issues are for, as far as they have not had them. */
bool supply_count(const Supply *supply, int64_t *recipients, GError **error);
