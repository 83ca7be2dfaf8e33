/* collect.h - the first step: every feed is fetched, parsed, and its new articles are stored. */
#pragma once

#include "jobs/instance.h"

typedef struct {
    guint feeds;
    guint unchanged;
    guint failed;
    guint taken; /* new articles */
    guint held;  /* new ones that wait for the operator */
} CollectReport;

/* Fetches the feeds in NAMES (NULL-terminated), or all that are not paused when it is NULL. A feed
 * that fails is logged, recorded and shown by "feed list"; it never stops the others. False only
 * when the store fails or a name is unknown. */
bool collect(Instance *instance, const char *const *names, CollectReport *report, GError **error);
