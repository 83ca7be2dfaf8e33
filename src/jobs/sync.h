/* sync.h - bringing the store up to the files: the feeds of the configuration, and rosters. */
#pragma once

#include "jobs/instance.h"

/* Feeds, and rosters of all newsletters. */
bool instance_sync(Instance *instance, GError **error);

/* Adds to PLAN (of char *) what that would do to the people of rosters, a line for each:
 * "morgen: add anna@example.org". Changes nothing. */
bool instance_plan(Instance *instance, GPtrArray *plan, GError **error);
