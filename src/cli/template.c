#include "cli/command.h"

#include <stdio.h>
#include <string.h>
#include "base/error.h"
#include "base/json.h"
#include "cli/print.h"
#include "digest/mustache.h"
#include "digest/template_check.h"

#define TEMPLATE_BYTES_MAX (1u * 1024 * 1024)
#define DATA_BYTES_MAX     (64u * 1024 * 1024)

/* Rendering */

/* Partials of a folder, read when a template first asks for them. */
typedef struct {
    const char *folder;
    GHashTable *files; /* name -> PartialFile */
} Partials;

typedef struct {
    char *path;
    char *text; /* NULL: there is none */
} PartialFile;

static void
partial_file_free(PartialFile *file)
{
    g_free(file->path);
    g_free(file->text);
    g_free(file);
}

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
partial_load(const char *name, const char **file_name, void *data)
{
    Partials *partials = data;
    if (partials->folder == NULL)
        return NULL;
    PartialFile *file = g_hash_table_lookup(partials->files, name);
    if (file == NULL) {
        file = g_new0(PartialFile, 1);
        file->path = g_strdup_printf("%s/%s.mustache", partials->folder, name);
        file->text = text_read(file->path, NULL);
        g_hash_table_insert(partials->files, g_strdup(name), file);
    }
    *file_name = file->path;
    return file->text;
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
    g_autoptr(GHashTable) files =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)partial_file_free);
    Partials partials = { invocation_option(invocation, "--partials"), files };
    g_autoptr(GString) out = g_string_new(NULL);
    if (!mustache_render(mustache, data, partial_load, &partials, out, error))
        return false;
    fwrite(out->str, 1, out->len, stdout);
    return true;
}

/* Looking at a folder */

/* CONFIG may be NULL when there is a --folder. */
static Templates *
templates_open(const Invocation *invocation, const Config *config, GError **error)
{
    const char *folder = invocation_option(invocation, "--folder");
    return templates_load(folder != NULL ? folder : config->templates, error);
}

/* The configuration, unless --folder says where the templates are. */
static bool
open_config(const Invocation *invocation, Config **config, GError **error)
{
    if (invocation_option(invocation, "--folder") != NULL)
        return true;
    *config = invocation_config(invocation, error);
    return *config != NULL;
}

/* The names of the newsletters that are made with a template. */
static Value *
users_of(const Config *config, const char *name)
{
    Value *list = value_new_list();
    for (guint i = 0; config != NULL && i < config->newsletters->len; i++) {
        const NewsletterConfig *newsletter = config->newsletters->pdata[i];
        if (strcmp(newsletter->template_name, name) == 0)
            value_take_item(list, value_new_string(newsletter->name));
    }
    return list;
}

static bool
template_list(const Invocation *invocation, GError **error)
{
    static const Column columns[] = {
        { "TEMPLATE", "template", 0 },
        { "NEWSLETTERS", "newsletters", 0 },
        { NULL },
    };
    g_autoptr(Config) config = NULL;
    if (!open_config(invocation, &config, error))
        return false;
    g_autoptr(Templates) templates = templates_open(invocation, config, error);
    if (templates == NULL)
        return false;
    g_autoptr(GPtrArray) names = templates_names(templates);
    g_autoptr(Value) list = value_new_list();
    for (guint i = 0; i < names->len; i++) {
        Value *map = value_new_map();
        value_set_string(map, "template", names->pdata[i]);
        value_take(map, "newsletters", users_of(config, names->pdata[i]));
        value_take_item(list, map);
    }
    print_list(invocation->global->json, list, columns);
    return true;
}

/* NAMES is of all templates; those that were asked for, or all. */
static bool
check_all(const Invocation *invocation, Templates *templates, const GPtrArray *names,
          GPtrArray *complaints, GError **error)
{
    const GPtrArray *wanted = invocation->words->len > 0 ? invocation->words : names;
    for (guint i = 0; i < wanted->len; i++) {
        const char *name = wanted->pdata[i];
        if (!g_ptr_array_find_with_equal_func((GPtrArray *)names, name, g_str_equal, NULL)) {
            g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "there is no template \"%s\"",
                        name);
            return false;
        }
        if (!template_check(templates, name, complaints, error))
            return false;
    }
    return template_check_strings(templates, complaints, error);
}

static void
print_complaints(const Invocation *invocation, const GPtrArray *complaints)
{
    g_autoptr(Value) list = value_new_list();
    for (guint i = 0; i < complaints->len; i++)
        value_take_item(list, value_new_string(complaints->pdata[i]));
    if (invocation->global->json)
        print_json(list);
    for (guint i = 0; i < complaints->len && !invocation->global->json; i++)
        printf("%s\n", (const char *)complaints->pdata[i]);
}

static bool
template_check_command(const Invocation *invocation, GError **error)
{
    g_autoptr(Config) config = NULL;
    if (!open_config(invocation, &config, error))
        return false;
    g_autoptr(Templates) templates = templates_open(invocation, config, error);
    if (templates == NULL)
        return false;
    g_autoptr(GPtrArray) names = templates_names(templates);
    g_autoptr(GPtrArray) complaints = g_ptr_array_new_with_free_func(g_free);
    if (!check_all(invocation, templates, names, complaints, error))
        return false;
    print_complaints(invocation, complaints);
    if (complaints->len == 0) {
        log_info(invocation->log, "all is well");
        return true;
    }
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "%u thing%s to look at",
                complaints->len, complaints->len == 1 ? "" : "s");
    return false;
}

static bool
template_values_command(const Invocation *invocation, GError **error)
{
    static const Column columns[] = { { "VALUE", "name", 0 }, { "KIND", "kind", 0 }, { NULL } };
    g_autoptr(Value) list = template_values(error);
    if (list == NULL)
        return false;
    print_list(invocation->global->json, list, columns);
    return true;
}

static const CommandOption folder_options[] = {
    { "--folder", 0, "DIR", "the templates of this folder, not of the configuration's" },
    { NULL },
};

static const CommandOption render_options[] = {
    { "--partials", 0, "DIR", "the partial NAME is the file DIR/NAME.mustache" },
    { NULL },
};

const Command template_commands[] = {
    { "template list", "", 0, 0, "list the templates and who uses them", folder_options,
      template_list },
    { "template check", "[NAME…]", 0, -1, "say what may be wrong with templates", folder_options,
      template_check_command },
    { "template values", "", 0, 0, "list all that templates can show", NULL,
      template_values_command },
    { "template render", "TEMPLATE DATA", 2, 2, "fill a template with JSON data", render_options,
      template_render },
    { NULL },
};
