/* archive_find-internal.h - articles in what was sent: those on a topic, and those that somebody looks for. */
#pragma once

#include "digest/filter.h"
#include "digest/issue.h"
#include "jobs/archive_pages-internal.h"
#include "jobs/instance.h"

/* Adds the articles of ISSUE that are on TOPIC to its entries, but for those that are there already. */
bool archive_add_topic(Instance *instance, const Issue *issue, ArchiveList *topic, GError **error);

/* Adds to FOUND (of ArchiveEntry *) the newest articles in sent issues that match FILTER. What that costs is
 * bounded, so what is old may not be found. */
bool archive_find(Instance *instance, const Filter *filter, GPtrArray *found, GError **error);
