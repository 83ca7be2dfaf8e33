/* full_text.h - articles of feeds that have only teasers get the text of their pages. */
#pragma once

#include "jobs/instance.h"
#include "jobs/reading.h"

/* True when the feed of SOURCE is set so. */
bool full_text_is_wanted(const Source *source);

/* Fetches the pages of what is new in FINDINGS (of Finding *, with documents), by the rules that hold for
 * their feeds, and gives the articles their text. An article whose page cannot be fetched, or has no
 * text that is longer, keeps what its feed has. FETCHER has nothing else to fetch. False only when the
 * store fails. */
bool full_text_complete(Instance *instance, Fetcher *fetcher, const GPtrArray *findings,
                        GError **error);
