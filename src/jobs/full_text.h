/* full_text.h - articles of feeds that have only teasers get the text of their pages.
 *
 *     full_text_take()           findings come in, and wait
 *     full_text_has_enough()     true: they are to be completed before there are more of them
 *     full_text_complete()       some of them have their pages, and go out
 *
 * What waits and what pages add to it is in memory, so there is a limit to both.                     */
#pragma once

#include "jobs/instance.h"
#include "jobs/reading.h"

typedef struct FullText FullText;

FullText *full_text_new(Instance *instance);
void full_text_free(FullText *full_text);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FullText, full_text_free)

/* Takes out of FINDINGS (of Finding *, owned) those with news of which the pages are to be fetched. */
bool full_text_take(FullText *full_text, GPtrArray *findings, GError **error);

bool full_text_has_enough(const FullText *full_text);
bool full_text_is_empty(const FullText *full_text);

/* Fetches the pages of those that came first, by the rules that hold for their feeds, gives the articles
 * their text, and moves the findings to DONE. An article whose page cannot be fetched, or has no text
 * that is longer, keeps what its feed has. FETCHER has nothing else to fetch. False only when the store
 * fails. */
bool full_text_complete(FullText *full_text, Fetcher *fetcher, GPtrArray *done, GError **error);
