#include "base/error.h"
#include "cli/command.h"
#include "jobs/poll.h"

static bool
inbound_poll(const Invocation *invocation, GError **error)
{
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_CHANGE, error);
    PollReport report = { 0 };
    if (instance == NULL || !poll_mailboxes(instance, &report, error))
        return false;
    poll_tell(instance, &report);
    if (report.failed == 0)
        return true;
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_TEMPORARY, "%u mailboxes could not be read",
                report.failed);
    return false;
}

const Command inbound_poll_commands[] = {
    { "inbound poll", "", 0, 0, "take in what waits in the configured mailboxes", NULL,
      inbound_poll },
    { NULL },
};
