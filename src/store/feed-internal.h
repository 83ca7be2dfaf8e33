/* feed-internal.h - a feed's rows, for the operations of feeds.h in several files. */
#pragma once

#include "store/feeds.h"

/* The operator has been told FEED's told_state, told_held and told_left_out. */
bool feed_mark_told(Store *store, const FeedRecord *feed, GError **error);
