#include "cli/command.h"

#include "base/error.h"
#include "cli/print.h"
#include "jobs/check.h"

static bool
config_check(const Invocation *invocation, GError **error)
{
    g_autofree char *path = config_find_path(invocation->global->config, error);
    if (path == NULL)
        return false;
    g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(Config) config = config_load(path, problems, NULL);
    if (config != NULL && check_config(config, problems)) {
        log_info(invocation->log, "%s: all is well", path);
        return true;
    }
    for (guint i = 0; i < problems->len; i++)
        log_error(invocation->log, "%s", (char *)problems->pdata[i]);
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP, "cannot use \"%s\": %u mistake%s",
                path, problems->len, problems->len == 1 ? "" : "s");
    return false;
}

static bool
config_show(const Invocation *invocation, GError **error)
{
    g_autoptr(Config) config = invocation_config(invocation, error);
    if (config == NULL)
        return false;
    g_autoptr(Value) value = config_to_value(config);
    print_json(value);
    return true;
}

const Command config_commands[] = {
    { "config check", "", 0, 0, "name every mistake with file, line and key", NULL, config_check },
    { "config show", "", 0, 0, "show all values in force, as JSON", NULL, config_show },
    { NULL },
};
