/* answer.h - the mails that say what is set now, to people who wrote (store/answers.h).
 *
 * They go to the address of the subscription, whoever wrote, and say all that goes there, how to change
 * it by a click and by mail. From <>: no machine answers them.                                        */
#pragma once

#include "jobs/instance.h"

typedef struct {
    guint sent;
    guint deferred;
    guint refused;
} AnswerReport;

/* Sends what is due, one after the other, until *STOP (may be NULL) is set. A dry run sends nothing. */
bool answer_send(Instance *instance, const int *stop, AnswerReport *report, GError **error);
