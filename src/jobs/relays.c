#include "jobs/relays.h"

#include <string.h>

static RelayAuth
auth_of(const char *name)
{
    if (strcmp(name, "plain") == 0)
        return RELAY_AUTH_PLAIN;
    if (strcmp(name, "login") == 0)
        return RELAY_AUTH_LOGIN;
    return strcmp(name, "xoauth2") == 0 ? RELAY_AUTH_XOAUTH2 : RELAY_AUTH_ANY;
}

RelaySettings
relay_settings(const RelayConfig *relay)
{
    return (RelaySettings){
        .url = relay->url,
        .user = relay->user,
        .password = relay->password,
        .auth = auth_of(relay->auth),
        .clear_text = strcmp(relay->tls, "none") == 0,
        .ca_file = relay->ca_file,
        .cert_file = relay->client_cert,
        .key_file = relay->client_key,
        .ehlo_name = relay->ehlo_name,
        .no_pipelining = strcmp(relay->pipelining, "off") == 0,
        .timeout = relay->timeout,
        .connections = relay->connections,
        .connection_messages = relay->connection_messages,
        .connection_seconds = relay->connection_seconds,
        .weight = relay->weight,
        .rates = { relay->per_second, relay->per_minute, relay->per_hour },
    };
}

DkimSettings
dkim_settings(const Config *config)
{
    return (DkimSettings){
        .domain = config->dkim_domain,
        .selector = config->dkim_selector,
        .key_file = config->dkim_key_file,
        .algorithm = config->dkim_algorithm,
    };
}
