/* confirm.h - the mails that ask people whether it was them (store/requests.h). */
#pragma once

#include "jobs/instance.h"

typedef struct {
    guint sent;
    guint deferred;
    guint refused;
} ConfirmReport;

/* Sends what is due, one after the other, until *STOP (may be NULL) is set. A dry run of an instance
 * sends nothing. */
bool confirm_send(Instance *instance, const int *stop, ConfirmReport *report, GError **error);
