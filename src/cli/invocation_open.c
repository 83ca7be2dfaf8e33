/* invocation_open.c - the instance of an invocation, whose configuration is checked before. */
#include "cli/command.h"

#include "jobs/check.h"

Instance *
invocation_open(const Invocation *invocation, InstanceMode mode, GError **error)
{
    g_autoptr(Config) config = invocation_config(invocation, error);
    if (config == NULL ||
        !check_before(config, invocation->global->dry_run ? INSTANCE_DRY_RUN : mode, error))
        return NULL;
    return invocation_open_with(invocation, g_steal_pointer(&config), mode, error);
}
