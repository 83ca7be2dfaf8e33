/* plan.h - what a run would send: for "run -n". */
#pragma once

#include "base/value.h"
#include "jobs/compose.h"
#include "jobs/instance.h"

/* Sends what is open on a dry run's copy, issue by issue, with the code that sends, and writes down what
 * came of it. SILENT are the slots that had nothing (ComposeReport). A map of lists:
 *
 *     issues    newsletter, number, rhythm (null: a letter), due, articles, recipients, mails,
 *               renditions (so many different texts), not_sent (list of why and count)
 *     silent    newsletter, rhythm, due, why
 *     kept_out  newsletter, why, subscriptions: who gets nothing whatever there is                  */
Value *plan_new(Instance *instance, const GPtrArray *silent, GError **error);
