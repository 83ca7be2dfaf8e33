/* poll.h - empties the mailboxes of the configuration: each message has its effect once, then it goes. */
#pragma once

#include "jobs/instance.h"

typedef struct {
    guint taken;  /* messages that had their effect */
    guint left;   /* that stay where they are: somebody else's, and what has to wait (logged) */
    guint failed; /* mailboxes that could not be read; logged */
} PollReport;

/* A dry run does not look: a server would mark what was read. False only when the state could not be
 * saved. */
bool poll_mailboxes(Instance *instance, PollReport *report, GError **error);

/* Says in the log what came of it, if there are any mailboxes. */
void poll_tell(const Instance *instance, const PollReport *report);
