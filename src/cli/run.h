/* run.h - what every command that sends says at its end. */
#pragma once

#include "jobs/dispatch.h"

/* Logs REPORT in one line. False with DEPESCHE_ERROR_TEMPORARY when sending was stopped, so that
 * cron and whoever looks at the exit status know that something is left for the next run. */
bool dispatch_tell(Instance *instance, const DispatchReport *report, GError **error);
