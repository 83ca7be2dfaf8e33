#include "subscriber/roster.h"

#include <string.h>
#include <libconfig.h>

#include "base/error.h"
#include "base/text.h"
#include "subscriber/row-internal.h"

/* 10,000 people with long filters; what is larger is no roster. */
#define ROSTER_BYTES_MAX (16u * 1024 * 1024)

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(config_t, config_destroy)

typedef struct {
    const char *path;
    const Rhythm *defaults;
    GPtrArray *problems;
    GPtrArray *choices;
    GHashTable *lines; /* address key -> line of its first entry */
} Reader;

static void G_GNUC_PRINTF(3, 4) add_problem(Reader *reader, int line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *what = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_ptr_array_add(reader->problems, g_strdup_printf("%s:%d: %s", reader->path, line, what));
}

static void
add_unknown_key(Reader *reader, const config_setting_t *setting)
{
    const char *name = config_setting_name(setting);
    const char *meant = text_nearest(name, row_keys);
    add_problem(reader, config_setting_source_line(setting), "unknown key \"%s\"%s%s%s", name,
                meant != NULL ? ", did you mean \"" : "", meant != NULL ? meant : "",
                meant != NULL ? "\"?" : "");
}

static bool
read_topics(Reader *reader, const config_setting_t *setting, GPtrArray *names)
{
    int count = config_setting_is_aggregate(setting) ? config_setting_length(setting) : -1;
    for (int i = 0; i < count; i++) {
        const char *topic = config_setting_get_string_elem(setting, i);
        if (topic == NULL) {
            count = -1;
            break;
        }
        g_ptr_array_add(names, (char *)topic);
    }
    if (count < 0)
        add_problem(reader, config_setting_source_line(setting),
                    "%s must be a list of names: [\"one\", \"two\"]", config_setting_name(setting));
    return count >= 0;
}

static bool
read_member(Reader *reader, const config_setting_t *setting, Row *row)
{
    const char *name = config_setting_name(setting);
    int line = config_setting_source_line(setting);
    GPtrArray *list = row_list(row, name);
    if (list != NULL)
        return read_topics(reader, setting, list);
    if (strcmp(name, "max_articles") == 0) {
        row->max_articles = config_setting_get_int(setting);
        if (config_setting_type(setting) == CONFIG_TYPE_INT && row->max_articles > 0)
            return true;
        add_problem(reader, line, "max_articles must be a number from 1 on");
        return false;
    }
    const char **word = row_word(row, name);
    if (word == NULL) {
        add_unknown_key(reader, setting);
        return false;
    }
    *word = config_setting_get_string(setting);
    if (*word == NULL)
        add_problem(reader, line, "%s must be a text in quotes", name);
    return *word != NULL;
}

static void
take_choice(Reader *reader, Choice *choice)
{
    const char *key = address_key(choice->address);
    int first = GPOINTER_TO_INT(g_hash_table_lookup(reader->lines, key));
    if (first != 0) {
        add_problem(reader, choice->line, "\"%s\" is in it twice, first in line %d", key, first);
        choice_free(choice);
        return;
    }
    g_hash_table_insert(reader->lines, (char *)key, GINT_TO_POINTER(choice->line));
    g_ptr_array_add(reader->choices, choice);
}

static void
read_entry(Reader *reader, const config_setting_t *entry)
{
    int line = config_setting_source_line(entry);
    if (!config_setting_is_group(entry)) {
        add_problem(reader, line, "an entry must be a group: { address = \"…\"; }");
        return;
    }
    g_autoptr(GPtrArray) topics = g_ptr_array_new();
    g_autoptr(GPtrArray) without = g_ptr_array_new();
    Row row = { .topics = topics, .without = without, .line = line };
    bool fine = true;
    for (int i = 0; i < config_setting_length(entry); i++)
        fine &= read_member(reader, config_setting_get_elem(entry, (unsigned)i), &row);
    if (!fine)
        return;
    g_autoptr(GError) error = NULL;
    Choice *choice = choice_from_row(&row, reader->defaults, &error);
    if (choice == NULL)
        add_problem(reader, line, "%s", error->message);
    else
        take_choice(reader, choice);
}

static void
read_entries(Reader *reader, const config_setting_t *list)
{
    int count = config_setting_length(list);
    if (!config_setting_is_list(list)) {
        add_problem(reader, config_setting_source_line(list),
                    "subscribers must be a list: ( {…}, {…} )");
        return;
    }
    if (count > ROSTER_ENTRIES_MAX) {
        add_problem(reader, config_setting_source_line(list),
                    "%d people are too many for a file (%d at most): use \"depesche subscriber "
                    "import\"",
                    count, ROSTER_ENTRIES_MAX);
        return;
    }
    for (int i = 0; i < count; i++)
        read_entry(reader, config_setting_get_elem(list, (unsigned)i));
}

static void
read_root(Reader *reader, const config_setting_t *root)
{
    const config_setting_t *list = NULL;
    for (int i = 0; i < config_setting_length(root); i++) {
        const config_setting_t *setting = config_setting_get_elem(root, (unsigned)i);
        if (strcmp(config_setting_name(setting), "subscribers") == 0)
            list = setting;
        else
            add_problem(reader, config_setting_source_line(setting),
                        "unknown key \"%s\": a roster has only \"subscribers\"",
                        config_setting_name(setting));
    }
    if (list == NULL)
        add_problem(reader, 1, "\"subscribers = ( … );\" is missing");
    else
        read_entries(reader, list);
}

/* The line of TEXT that would include another file, or 0. What is in a roster is all there is. */
static int
find_include(const char *text)
{
    int line = 1;
    for (; text != NULL; line++) {
        text += strspn(text, " \t");
        if (g_str_has_prefix(text, "@include"))
            return line;
        text = strchr(text, '\n');
        text = text != NULL ? text + 1 : NULL;
    }
    return 0;
}

static bool
parse_file(Reader *reader, config_t *config, GError **error)
{
    g_autofree char *text = NULL;
    gsize size = 0;
    g_autoptr(GError) problem = NULL;
    if (!g_file_get_contents(reader->path, &text, &size, &problem)) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP, "%s", problem->message);
        return false;
    }
    if (size > ROSTER_BYTES_MAX || !g_utf8_validate(text, (gssize)size, NULL)) {
        add_problem(reader, 1, size > ROSTER_BYTES_MAX ? "too large" : "not UTF-8 text");
        return true;
    }
    int include = find_include(text);
    if (include > 0)
        add_problem(reader, include, "a roster cannot include files");
    else if (config_read_string(config, text) == CONFIG_TRUE)
        read_root(reader, config_root_setting(config));
    else
        add_problem(reader, config_error_line(config), "%s", config_error_text(config));
    return true;
}

GPtrArray *
roster_load(const char *path, const Rhythm *defaults, GPtrArray *problems, GError **error)
{
    g_auto(config_t) config;
    config_init(&config);
    g_autoptr(GHashTable) lines = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GPtrArray) choices = g_ptr_array_new_with_free_func((GDestroyNotify)choice_free);
    Reader reader = { path, defaults, problems, choices, lines };
    guint before = problems->len;
    if (!parse_file(&reader, &config, error))
        return NULL;
    if (problems->len == before)
        return g_steal_pointer(&choices);
    g_set_error_literal(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, problems->pdata[before]);
    return NULL;
}
