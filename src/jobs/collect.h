/* collect.h - the first step: every feed is fetched, parsed, and its new articles are stored. */
#pragma once

#include "jobs/instance.h"

typedef struct {
    guint feeds;   /* that were to be asked */
    guint not_due; /* that were not: they or their servers want to be left alone for now */
    guint unchanged;
    guint failed;
    guint taken; /* new articles */
    guint held;  /* new ones that wait for the operator */
} CollectReport;

typedef struct {
    const char *const *names; /* ended by NULL; NULL: all that are not paused */
    bool even_if_not_due;     /* which holds for those who are named in any case */
} CollectScope;

/* Fetches feeds. One that fails is logged, recorded and shown by "feed list"; it never stops the
 * others. False only when the store fails or a name is unknown. */
bool collect(Instance *instance, const CollectScope *scope, CollectReport *report, GError **error);
