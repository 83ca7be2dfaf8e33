#include "cli/command.h"

#include <stdio.h>

void
version_print(void)
{
    puts("depesche " DEPESCHE_VERSION);
}

static bool
version_run(const Invocation *invocation, GError **error)
{
    version_print();
    return true;
}

const Command version_commands[] = {
    { "version", "", 0, 0, "show the version", NULL, version_run },
    { NULL },
};
