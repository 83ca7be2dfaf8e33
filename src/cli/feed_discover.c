#include "cli/command.h"

#include "base/error.h"
#include "cli/print.h"
#include "html/link.h"
#include "jobs/discover.h"

static Value *
discovery_to_value(const Discovery *discovery)
{
    Value *map = value_new_map();
    value_set_string(map, "url", discovery->url);
    value_set_string(map, "title", discovery->title);
    value_set_string(map, "format", discovery->format);
    value_set_integer(map, "entries", discovery->entries);
    value_set_string(map, "found", discovery->found);
    return map;
}

/* "example.org" is what people type. */
static char *
page_url(const char *word)
{
    char *url = link_resolve(NULL, word);
    if (url != NULL)
        return url;
    g_autofree char *https = g_strconcat("https://", word, NULL);
    return link_resolve(NULL, https);
}

static bool
feed_discover(const Invocation *invocation, GError **error)
{
    static const Column columns[] = {
        { "URL", "url", 0 },         { "TITLE", "title", 40 }, { "FORMAT", "format", 0 },
        { "ENTRIES", "entries", 0 }, { "FOUND", "found", 0 },  { NULL },
    };
    const char *word = invocation_word(invocation, 0);
    g_autofree char *url = page_url(word);
    if (url == NULL) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_USAGE, "\"%s\" is no http or https URL",
                    word);
        return false;
    }
    const DiscoverOptions options = {
        .user_agent = CONFIG_USER_AGENT,
        .allow_private = invocation_option(invocation, "--allow-private") != NULL,
    };
    g_autoptr(GPtrArray) found = discover(url, &options, error);
    if (found == NULL)
        return false;
    if (found->len == 0) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "found no feed at \"%s\"", url);
        return false;
    }
    g_autoptr(Value) list = value_new_list();
    for (guint i = 0; i < found->len; i++)
        value_take_item(list, discovery_to_value(found->pdata[i]));
    print_list(invocation->global->json, list, columns);
    return true;
}

static const CommandOption options[] = {
    { "--allow-private", 0, NULL, "also addresses of this host and its network" },
    { NULL },
};

const Command feed_discover_commands[] = {
    { "feed discover", "URL", 1, 1, "find the feeds of a web page", options, feed_discover },
    { NULL },
};
