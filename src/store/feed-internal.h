/* feed-internal.h - a feed's rows, for the operations of feeds.h in several files. */
#pragma once

#include "store/feeds.h"

/* An answer that it is unchanged: what the feed listed last, it lists still. Inside a transaction. */
bool feed_keep_listed(Store *store, int64_t feed_id, int64_t now, GError **error);

/* The operator has been told FEED's told_state and told_held. */
bool feed_mark_told(Store *store, const FeedRecord *feed, GError **error);
