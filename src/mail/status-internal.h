/* status-internal.h - what servers' words mean, folded (phrase.h). */
#pragma once

#include "mail/status.h"

typedef struct {
    const char *detail; /* "SUBJECT.DETAIL" of the code; NULL ends the table */
    char klass;         /* where no code says it */
    const char *const *phrases;
} StatusReason;

/* The first whose phrases are found counts: what is particular stands before what is general. */
extern const StatusReason status_reasons[];
