#include "cli/command.h"

#include <stdio.h>
#include "base/error.h"
#include "base/json.h"
#include "digest/mustache.h"

#define TEMPLATE_BYTES_MAX (1u * 1024 * 1024)
#define DATA_BYTES_MAX     (64u * 1024 * 1024)

/* Partials of a folder, read when a template first asks for them. */
typedef struct {
    const char *folder;
    GHashTable *texts; /* name -> text; NULL: there is none */
} Partials;

static char *
text_read(const char *name, GError **error)
{
    g_autoptr(GBytes) bytes = file_read(name, TEMPLATE_BYTES_MAX, error);
    if (bytes == NULL)
        return NULL;
    size_t size;
    const char *text = g_bytes_get_data(bytes, &size);
    if (g_utf8_validate_len(text != NULL ? text : "", size, NULL))
        return g_strndup(text != NULL ? text : "", size);
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                "cannot read \"%s\": it is not UTF-8 text", name);
    return NULL;
}

static const char *
partial_load(const char *name, void *data)
{
    Partials *partials = data;
    if (partials->folder == NULL)
        return NULL;
    if (!g_hash_table_contains(partials->texts, name)) {
        g_autofree char *file = g_strconcat(name, ".mustache", NULL);
        g_autofree char *path = g_build_filename(partials->folder, file, NULL);
        g_hash_table_insert(partials->texts, g_strdup(name), text_read(path, NULL));
    }
    return g_hash_table_lookup(partials->texts, name);
}

/* Works without configuration and state: for those who write templates. */
static bool
template_render(const Invocation *invocation, GError **error)
{
    const char *name = invocation_word(invocation, 0);
    const char *data_name = invocation_word(invocation, 1);
    g_autofree char *text = text_read(name, error);
    if (text == NULL)
        return false;
    g_autoptr(GBytes) json = file_read(data_name, DATA_BYTES_MAX, error);
    if (json == NULL)
        return false;
    g_autoptr(Value) data = json_parse(json, error);
    if (data == NULL) {
        g_prefix_error(error, "cannot read \"%s\": ", data_name);
        return false;
    }
    g_autoptr(Mustache) mustache = mustache_parse(name, text, error);
    if (mustache == NULL)
        return false;
    g_autoptr(GHashTable) texts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    Partials partials = { invocation_option(invocation, "--partials"), texts };
    g_autoptr(GString) out = g_string_new(NULL);
    if (!mustache_render(mustache, data, partial_load, &partials, out, error))
        return false;
    fwrite(out->str, 1, out->len, stdout);
    return true;
}

static const CommandOption render_options[] = {
    { "--partials", 0, "DIR", "the partial NAME is the file DIR/NAME.mustache" },
    { NULL },
};

const Command template_commands[] = {
    { "template render", "TEMPLATE DATA", 2, 2, "fill a template with JSON data", render_options,
      template_render },
    { NULL },
};
