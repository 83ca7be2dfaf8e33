/* snapshot-internal.h - texts that are kept for good, by content. */
#pragma once

#include "store/driver-internal.h"

/* Keeps BYTES under their hash, which is *HASH; the same bytes are kept once. */
bool snapshot_put(Store *store, GBytes *bytes, char **hash, GError **error);
