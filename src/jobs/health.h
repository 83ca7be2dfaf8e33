/* health.h - how feeds are, and the operator's mail when that changes.
 *
 * A feed is ok, failing, or dead: failing for a week, or gone by its server's own word. A dead one
 * is still asked unless it is gone, and is well when it answers. The operator is told of each change
 * once: not of a hiccup that passes, and not each time it is still so. What is told and the letter
 * that tells it are written in one transaction, and the letter goes out like any other, so a crash
 * neither loses nor repeats it.                                                                  */
#pragma once

#include "jobs/instance.h"
#include "store/feeds.h"

/* What FEED is after its next failure, at NOW: FEED_FAILING or FEED_DEAD. */
FeedState health_after_failure(const FeedRecord *feed, int64_t now);

/* The state of FEED that the operator ought to know: FEED_OK, FEED_FAILING or FEED_DEAD; equal to
 * told_state when there is no news. */
FeedState health_to_tell(const FeedRecord *feed);

/* Cuts a letter to the operator when there is something to tell; dispatch sends it. Without an
 * operator in the configuration it does nothing. */
bool health_tell(Instance *instance, GError **error);
