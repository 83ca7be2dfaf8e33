/* coverage.h - of a story that several feeds report: which article tells it, and who else has it.
 *
 * Only the articles of other feeds are left to the one that tells the story: what a feed reports of
 * it again is its own news. Pure.                                                                */
#pragma once

#include <glib.h>
#include "digest/bitset.h"
#include "digest/settings.h"

typedef struct Coverage Coverage;

/* ARTICLES are of Article *; SETTINGS say how stories are found. The best source is the one that
 * stands first among the sources; of those that do not, and of one source, the earliest report. */
Coverage *coverage_new(const GPtrArray *articles, const Settings *settings);
void coverage_free(Coverage *coverage);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Coverage, coverage_free)

/* Two reports of one story, as indexes of articles. */
typedef struct {
    guint teller;
    guint other; /* is left out; the best one of its feed */
    guint feed;  /* of that: a number */
} Retelling;

/* Takes out of SET what another article in it tells. RETELLINGS (GArray) become those of SET, those of
 * one teller together, the best first. */
void coverage_narrow(const Coverage *coverage, Bitset *set, GArray *retellings);
