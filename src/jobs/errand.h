/* errand.h - one mail, now: for what somebody waits for, beside the issues. */
#pragma once

#include "jobs/instance.h"
#include "net/relay.h"

/* Hands MAIL (which is taken over) to one of the relays, and waits for what becomes of it. A dry run
 * hands it to nobody, and it counts as sent. False only when the relays cannot be used as they are
 * configured. */
bool errand_run(const Instance *instance, Mail *mail, RelayResult *result, GError **error);
