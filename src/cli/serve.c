#include "cli/command.h"

#include "base/error.h"
#include "web/site.h"

static bool
serve(const Invocation *invocation, GError **error)
{
    const char *listen_on = invocation_option(invocation, "--listen");
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_CHANGE, error);
    if (instance == NULL)
        return false;
    g_autoptr(Site) site = site_open(instance, error);
    if (site == NULL)
        return false;
    const WebHandler handler = site_handler(site);
    g_autoptr(WebServer) server = web_server_open(
        listen_on != NULL ? listen_on : instance->config->web_listen, &handler, error);
    if (server == NULL)
        return false;
    g_autofree char *place = web_server_place(server);
    log_info(instance->log, "serving %s on %s", instance->config->base_url, place);
    return web_server_run(server, error);
}

static const CommandOption serve_options[] = {
    { "--listen", 0, "PLACE", "instead of web.listen: ADDRESS:PORT or unix:/PATH" },
    { NULL },
};

const Command serve_commands[] = {
    { "serve", "", 0, 0, "serve the pages where people unsubscribe, until it is stopped",
      serve_options, serve },
    { NULL },
};
