/* repeats-internal.h - what an issue has that an earlier one of its slot had (digest/repeat.h). */
#pragma once

#include "store/driver-internal.h"

/* An issue in the making, with its articles in it. */
typedef struct {
    int64_t issue;
    int64_t slot;
    int64_t from_seq; /* its lower mark */
    int64_t now;
    int64_t oldest; /* what was published before is too old for any digest */
} RepeatsWanted;

/* Records the repeats among the issue's news; inside the transaction that cuts it. */
bool repeats_record(Store *store, const RepeatsWanted *wanted, GError **error);
