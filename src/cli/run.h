/* run.h - what every command that sends does. */
#pragma once

#include "jobs/dispatch.h"

/* dispatch(), tidy(), and what came of it in one line of the log, also when it failed. False with
 * DEPESCHE_ERROR_TEMPORARY when sending was stopped, so that cron and whoever looks at the exit
 * status know that something is left for the next run. */
bool dispatch_and_tell(Instance *instance, const DispatchScope *scope, GError **error);
