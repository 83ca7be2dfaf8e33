/* show.c - the tables of keys.c turned outwards: the values in force and the commented file. */
#include "config/config.h"

#include <string.h>
#include "base/text.h"
#include "config/keys-internal.h"

#define HELP_COLUMNS 78u

/* A URL as it may be shown: a feed behind a login has its password in it. */
static Value *
location_to_value(const char *text)
{
    const char *host = text != NULL ? strstr(text, "://") : NULL;
    const char *at = host != NULL ? strchr(host, '@') : NULL;
    if (at == NULL || (size_t)(at - host) > 3 + strcspn(host + 3, "/?#"))
        return value_new_string(text);
    g_autofree char *shown = g_strdup_printf("%.*s***%s", (int)(host + 3 - text), text, at);
    return value_new_string(shown);
}

static Value *object_to_value(const KeyTable *table, const void *object);

static Value *
list_to_value(const Key *key, const GPtrArray *items)
{
    Value *list = value_new_list();
    for (guint i = 0; i < items->len; i++)
        value_take_item(list, key->type == KEY_LIST ? object_to_value(key->table, items->pdata[i])
                                                    : value_new_string(items->pdata[i]));
    return list;
}

static Value *
key_to_value(const Key *key, const void *object)
{
    switch (key->type) {
    case KEY_LINE:
    case KEY_NAME:
    case KEY_WORD:
    case KEY_PATH:
    case KEY_WEB: return value_new_string(*key_text(key, object));
    case KEY_LOCATION: return location_to_value(*key_text(key, object));
    case KEY_SECRET: return value_new_string(*key_text(key, object) != NULL ? "***" : NULL);
    case KEY_SECRET_LINES:
        return value_new_string((*key_list(key, object))->len > 0 ? "***" : NULL);
    case KEY_INTEGER: return value_new_integer(*key_number(key, object) / MAX(key->unit, 1));
    case KEY_FLAG: return value_new_bool(*key_flag(key, object));
    case KEY_LINES:
    case KEY_LIST: return list_to_value(key, *key_list(key, object));
    case KEY_GROUP: return object_to_value(key->table, object);
    case KEY_SECRET_FILE: /* what they brought shows as the KEY_SECRET */
    case KEY_SECRET_COMMAND: return NULL;
    }
    g_assert_not_reached();
}

static Value *
object_to_value(const KeyTable *table, const void *object)
{
    Value *map = value_new_map();
    for (const Key *key = table->keys; key->name != NULL; key++) {
        Value *member = key_to_value(key, object);
        if (member != NULL)
            value_take(map, key->name, member);
    }
    return map;
}

Value *
config_to_value(const Config *config)
{
    return object_to_value(&key_root, config);
}

static void
sample_comment(GString *out, const char *indent, const char *text)
{
    g_autoptr(GString) wrapped = g_string_new(NULL);
    text_wrap(wrapped, text, HELP_COLUMNS - strlen(indent));
    g_auto(GStrv) lines = g_strsplit(wrapped->str, "\n", -1);
    for (char **line = lines; *line != NULL; line++)
        g_string_append_printf(out, "%s# %s\n", indent, *line);
}

/* "#key = default;" (or an example): the line to take the '#' from. */
static void
sample_default(GString *out, const char *indent, const Key *key)
{
    g_string_append_printf(out, "%s#%s = ", indent, key->name);
    if (key->type == KEY_INTEGER)
        g_string_append_printf(out, "%d;\n", key->number);
    else if (key->type == KEY_FLAG)
        g_string_append_printf(out, "%s;\n", key->number != 0 ? "true" : "false");
    else if (key->type == KEY_LINES || key->type == KEY_SECRET_LINES)
        g_string_append_printf(out, "[ \"%s\" ];\n", key->text != NULL ? key->text : key->example);
    else
        g_string_append_printf(out, "\"%s\";\n", key->text != NULL ? key->text : key->example);
}

static char *
sample_help(const Key *key)
{
    if (key->type == KEY_INTEGER)
        return g_strdup_printf("%s From %d to %d.", key->help, key->min, key->max);
    if (key->type != KEY_WORD)
        return g_strdup(key->help);
    g_auto(GStrv) words = g_strsplit(key->words, " ", -1);
    g_autofree char *list = g_strjoinv("\", \"", words);
    return g_strdup_printf("%s One of \"%s\".", key->help, list);
}

static void
sample_table(GString *out, const KeyTable *table, const char *indent)
{
    g_autofree char *deeper = g_strconcat(indent, "    ", NULL);
    for (const Key *key = table->keys; key->name != NULL; key++) {
        g_autofree char *help = sample_help(key);
        if (*indent == '\0')
            g_string_append_c(out, '\n');
        sample_comment(out, indent, help);
        if (key->type == KEY_GROUP) {
            g_string_append_printf(out, "%s%s = {\n", indent, key->name);
            sample_table(out, key->table, deeper);
            g_string_append_printf(out, "%s};\n", indent);
        } else if (key->type == KEY_LIST && key->example != NULL) {
            g_string_append_printf(out, "%s#%s = %s;\n", indent, key->name, key->example);
        } else if (key->type == KEY_LIST) {
            g_string_append_printf(out, "%s%s = ( {\n", indent, key->name);
            sample_table(out, key->table, deeper);
            g_string_append_printf(out, "%s} );\n", indent);
        } else if (key->sample != NULL) {
            g_string_append_printf(out, "%s%s = %s;\n", indent, key->name, key->sample);
        } else {
            sample_default(out, indent, key);
        }
    }
}

void
config_write_sample(GString *out)
{
    sample_comment(
        out, "",
        "The configuration of depesche; see depesche.conf(5). A line like \"#name = value;\" "
        "shows the default, or an example where there is none. Relative paths stand against the "
        "folder of this file. Lists can have several elements: ( { … }, { … } ).");
    sample_table(out, &key_root, "");
}
