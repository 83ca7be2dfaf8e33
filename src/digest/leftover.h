/* leftover.h - what a digest leaves over for a later one. Pure. */
#pragma once

#include "digest/selection.h"

/* So much waits for one person at most, the highest ranks: whoever chose more than their digests can
 * hold would else be followed by an ever longer queue. */
#define LEFTOVER_MAX 200u

/* What waits for the reader of SELECTION, made of ARTICLES, when SHOWN of its articles and LINKED of its
 * links found room in the mail (of int64_t, ascending): what did not, and what waited before (CARRY) and
 * is not in the issue, if that was cut (TO_SEQ) before it began to wait; an issue that was cut later
 * does not have what is mailed no more. A welcome leaves nothing of its own over. NULL: what waited before. */
GArray *leftover_find(const Selection *selection, const GPtrArray *articles, guint shown,
                      guint linked, const Carry *carry, int64_t to_seq);
