/* reader.c - walks the file's settings along the tables of keys.c and collects every mistake. */
#include "config/keys-internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <libconfig.h>
#include "base/error.h"
#include "base/text.h"

/* Some ten thousand feeds; nobody writes more by hand. */
#define FILE_BYTES_MAX     (4u * 1024 * 1024)
#define PASSWORD_BYTES_MAX 4096u
#define OUTLINE_MAX        80u /* characters of a line in a message */

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(config_t, config_destroy)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FILE, fclose)

typedef struct {
    Config *config;
    GPtrArray *problems;
    bool private; /* nobody but owner and group can read the file */
} Reader;

/* libconfig says 0 for the root, which begins in line 1. */
static unsigned
setting_line(const config_setting_t *setting)
{
    return MAX(config_setting_source_line(setting), 1u);
}

static void reader_complain(Reader *reader, const config_setting_t *at, const char *key,
                            const char *format, ...) G_GNUC_PRINTF(4, 5);

static void
reader_complain(Reader *reader, const config_setting_t *at, const char *key, const char *format,
                ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *what = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_ptr_array_add(reader->problems, g_strdup_printf("%s:%u: %s: %s", reader->config->path,
                                                      setting_line(at), key, what));
}

static void
reader_remember(Reader *reader, const config_setting_t *at, const char *key, const void *begin,
                size_t size)
{
    Place *place = g_new(Place, 1);
    *place = (Place){ begin, size, setting_line(at), g_strdup(key), NULL };
    g_ptr_array_add(reader->config->places, place);
}

static const char *
type_name(const config_setting_t *setting)
{
    switch (config_setting_type(setting)) {
    case CONFIG_TYPE_GROUP: return "a group { … }";
    case CONFIG_TYPE_LIST: return "a list ( … )";
    case CONFIG_TYPE_ARRAY: return "an array [ … ]";
    case CONFIG_TYPE_STRING: return "a text";
    case CONFIG_TYPE_INT:
    case CONFIG_TYPE_INT64: return "a whole number";
    case CONFIG_TYPE_FLOAT: return "a number with a fraction";
    case CONFIG_TYPE_BOOL: return "true or false";
    default: return "nothing";
    }
}

/* True when SETTING is of one of two TYPES; complains that it must be what EXPECTED says. */
static bool
reader_expect(Reader *reader, const config_setting_t *setting, const char *key, int type, int other,
              const char *expected)
{
    int is = config_setting_type(setting);
    if (is == type || is == other)
        return true;
    reader_complain(reader, setting, key, "must be %s, not %s", expected, type_name(setting));
    return false;
}

static void
read_text(Reader *reader, const Key *key, const config_setting_t *setting, const char *name,
          char **field)
{
    if (!reader_expect(reader, setting, name, CONFIG_TYPE_STRING, CONFIG_TYPE_STRING, "a text"))
        return;
    g_autoptr(GError) error = NULL;
    char *text =
        key_resolve(key, config_setting_get_string(setting), reader->config->directory, &error);
    if (text == NULL) {
        reader_complain(reader, setting, name, "%s", error->message);
        return;
    }
    g_free(*field);
    *field = text;
}

static char *
password_from_file(const char *path, GError **error)
{
    struct stat status;
    g_autofree char *text = NULL;
    gsize size;
    if (stat(path, &status) == 0 && S_ISREG(status.st_mode)) {
        if ((status.st_mode & S_IROTH) != 0) {
            g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP,
                        "others can read \"%s\": chmod o-r \"%s\"", path, path);
            return NULL;
        }
        if (status.st_size > PASSWORD_BYTES_MAX) {
            g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP, "\"%s\" is too large", path);
            return NULL;
        }
    }
    if (!g_file_get_contents(path, &text, &size, error))
        return NULL;
    text[strcspn(text, "\r\n")] = '\0';
    return g_steal_pointer(&text);
}

static char *
password_from_command(const char *command, const char *directory, GError **error)
{
    g_auto(GStrv) words = NULL;
    g_autofree char *text = NULL;
    int status;
    if (!g_shell_parse_argv(command, NULL, &words, error))
        return NULL;
    if (!g_spawn_sync(directory, words, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &text, NULL, &status,
                      error) ||
        !g_spawn_check_wait_status(status, error)) {
        g_prefix_error(error, "cannot run \"%s\": ", words[0]);
        return NULL;
    }
    text[strcspn(text, "\r\n")] = '\0';
    return g_steal_pointer(&text);
}

static void
read_secret(Reader *reader, const Key *key, const config_setting_t *setting, const char *name,
            char **field)
{
    if (!reader_expect(reader, setting, name, CONFIG_TYPE_STRING, CONFIG_TYPE_STRING, "a text"))
        return;
    if (*field != NULL) {
        reader_complain(reader, setting, name,
                        "give only one of password, password_file and password_command");
        return;
    }
    const char *text = config_setting_get_string(setting);
    const char *directory = reader->config->directory;
    g_autoptr(GError) error = NULL;
    g_autofree char *secret = NULL;
    if (key->type == KEY_SECRET_FILE) {
        g_autofree char *path = g_canonicalize_filename(text, directory);
        secret = password_from_file(path, &error);
    } else if (key->type == KEY_SECRET_COMMAND) {
        secret = password_from_command(text, directory, &error);
    } else if (reader->private) {
        secret = g_strdup(text);
    } else {
        reader_complain(reader, setting, name,
                        "others can read this file: chmod o-r \"%s\", or use password_file",
                        reader->config->path);
        return;
    }
    if (error != NULL)
        reader_complain(reader, setting, name, "%s", error->message);
    else if (*secret == '\0' || !text_is_line(secret))
        reader_complain(reader, setting, name, "the password is empty or has control characters");
    else
        *field = g_steal_pointer(&secret);
}

static void
read_integer(Reader *reader, const Key *key, const config_setting_t *setting, const char *name,
             int *field)
{
    if (!reader_expect(reader, setting, name, CONFIG_TYPE_INT, CONFIG_TYPE_INT64, "a whole number"))
        return;
    long long number = config_setting_get_int64(setting);
    if (number < key->min || number > key->max)
        reader_complain(reader, setting, name, "must be from %d to %d, not %lld", key->min,
                        key->max, number);
    else
        *field = (int)number * MAX(key->unit, 1);
}

static void
read_lines(Reader *reader, const Key *key, const config_setting_t *setting, const char *name,
           GPtrArray *field)
{
    if (!reader_expect(reader, setting, name, CONFIG_TYPE_ARRAY, CONFIG_TYPE_LIST,
                       "an array of texts like [ \"a\", \"b\" ]"))
        return;
    g_ptr_array_set_size(field, 0);
    for (int i = 0; i < config_setting_length(setting); i++) {
        g_autofree char *element = g_strdup_printf("%s[%d]", name, i);
        char *text = NULL;
        read_text(reader, key, config_setting_get_elem(setting, (unsigned)i), element, &text);
        if (text != NULL)
            g_ptr_array_add(field, text);
    }
}

static bool
reader_is_private(Reader *reader, const config_setting_t *setting, const char *name)
{
    if (!reader->private)
        reader_complain(reader, setting, name, "others can read this file: chmod o-r \"%s\"",
                        reader->config->path);
    return reader->private;
}

static void
read_secret_lines(Reader *reader, const Key *key, const config_setting_t *setting, const char *name,
                  GPtrArray *field)
{
    if (reader_is_private(reader, setting, name))
        read_lines(reader, key, setting, name, field);
}

static void read_group(Reader *reader, const KeyTable *table, const config_setting_t *group,
                       const char *name, void *object);

/* What an element is called in messages: "newsletters.morgen" where it has a name, else
 * "relays[0]". */
static char *
element_name(const config_setting_t *element, const char *list, int i)
{
    const char *name = NULL;
    if (config_setting_is_group(element))
        config_setting_lookup_string(element, "name", &name);
    if (name != NULL && config_is_name(name))
        return g_strdup_printf("%s.%s", list, name);
    return g_strdup_printf("%s[%d]", list, i);
}

static void
read_list(Reader *reader, const Key *key, const config_setting_t *list, const char *name,
          GPtrArray *field)
{
    if (!reader_expect(reader, list, name, CONFIG_TYPE_LIST, CONFIG_TYPE_LIST,
                       "a list like ( { … }, { … } )"))
        return;
    int length = config_setting_length(list);
    if (length < key->min)
        reader_complain(reader, list, name, "must have at least %d element%s", key->min,
                        key->min == 1 ? "" : "s");
    g_autoptr(GHashTable) lines = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (int i = 0; i < length; i++) {
        const config_setting_t *element = config_setting_get_elem(list, (unsigned)i);
        g_autofree char *whole = element_name(element, name, i);
        if (i >= key->max) {
            reader_complain(reader, element, whole, "there can be no more than %d", key->max);
            return;
        }
        if (!reader_expect(reader, element, whole, CONFIG_TYPE_GROUP, CONFIG_TYPE_GROUP,
                           "a group like { … }"))
            continue;
        guint line = GPOINTER_TO_UINT(g_hash_table_lookup(lines, whole));
        if (line != 0)
            reader_complain(reader, element, whole, "the name is taken already (line %u)", line);
        else
            g_hash_table_insert(lines, g_strdup(whole), GUINT_TO_POINTER(setting_line(element)));
        void *object = key_object_new(key->table, reader->config->directory);
        g_ptr_array_add(field, object);
        reader_remember(reader, element, whole, object, key->table->size);
        read_group(reader, key->table, element, whole, object);
    }
}

static void
read_key(Reader *reader, const Key *key, const config_setting_t *setting, const char *name,
         void *object)
{
    size_t size = sizeof(char *);
    switch (key->type) {
    case KEY_LINE:
    case KEY_NAME:
    case KEY_WORD:
    case KEY_PATH:
    case KEY_LOCATION:
    case KEY_WEB: read_text(reader, key, setting, name, key_text(key, object)); break;
    case KEY_SECRET:
    case KEY_SECRET_FILE:
    case KEY_SECRET_COMMAND: read_secret(reader, key, setting, name, key_text(key, object)); break;
    case KEY_INTEGER:
        read_integer(reader, key, setting, name, key_number(key, object));
        size = sizeof(int);
        break;
    case KEY_FLAG:
        if (reader_expect(reader, setting, name, CONFIG_TYPE_BOOL, CONFIG_TYPE_BOOL,
                          "true or false"))
            *key_flag(key, object) = config_setting_get_bool(setting);
        size = sizeof(bool);
        break;
    case KEY_LINES: read_lines(reader, key, setting, name, *key_list(key, object)); break;
    case KEY_SECRET_LINES:
        read_secret_lines(reader, key, setting, name, *key_list(key, object));
        break;
    case KEY_LIST: read_list(reader, key, setting, name, *key_list(key, object)); break;
    case KEY_GROUP:
        if (reader_expect(reader, setting, name, CONFIG_TYPE_GROUP, CONFIG_TYPE_GROUP,
                          "a group like { … }"))
            read_group(reader, key->table, setting, name, object);
        return;
    }
    reader_remember(reader, setting, name, (char *)object + key->offset, size);
}

static const Key *
table_find(const KeyTable *table, const char *name)
{
    for (const Key *key = table->keys; key->name != NULL; key++)
        if (strcmp(key->name, name) == 0)
            return key;
    return NULL;
}

static void
complain_unknown(Reader *reader, const KeyTable *table, const config_setting_t *setting,
                 const char *whole)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (const Key *key = table->keys; key->name != NULL; key++)
        g_ptr_array_add(names, (char *)key->name);
    g_ptr_array_add(names, NULL);
    const char *near =
        text_nearest(config_setting_name(setting), (const char *const *)names->pdata);
    if (near != NULL)
        reader_complain(reader, setting, whole, "unknown key, did you mean \"%s\"?", near);
    else
        reader_complain(reader, setting, whole, "unknown key");
}

/* NAME is the group's own, "" at the root. */
static void
read_group(Reader *reader, const KeyTable *table, const config_setting_t *group, const char *name,
           void *object)
{
    const char *dot = *name != '\0' ? "." : "";
    for (int i = 0; i < config_setting_length(group); i++) {
        const config_setting_t *setting = config_setting_get_elem(group, (unsigned)i);
        g_autofree char *whole = g_strconcat(name, dot, config_setting_name(setting), NULL);
        const Key *key = table_find(table, config_setting_name(setting));
        if (key != NULL)
            read_key(reader, key, setting, whole, object);
        else
            complain_unknown(reader, table, setting, whole);
    }
    for (const Key *key = table->keys; key->name != NULL; key++) {
        if (!key->required || config_setting_get_member(group, key->name) != NULL)
            continue;
        g_autofree char *whole = g_strconcat(name, dot, key->name, NULL);
        reader_complain(reader, group, whole, "is missing");
    }
}

/* The text of the file, or NULL. Sets *PRIVATE when others cannot read it. */
static char *
file_read(const char *path, bool *private, GError **error)
{
    g_autoptr(FILE) file = fopen(path, "re");
    struct stat status;
    if (file == NULL || fstat(fileno(file), &status) != 0 || S_ISDIR(status.st_mode)) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP, "cannot read \"%s\": %s", path,
                    file == NULL ? g_strerror(errno) : "it is a folder");
        return NULL;
    }
    *private = (status.st_mode & S_IROTH) == 0;
    g_autofree char *text = g_malloc(FILE_BYTES_MAX + 1);
    size_t size = fread(text, 1, FILE_BYTES_MAX + 1, file);
    if (ferror(file) || size > FILE_BYTES_MAX) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP, "cannot read \"%s\": %s", path,
                    ferror(file) ? "it cannot be read to its end" : "it is too large");
        return NULL;
    }
    text[size] = '\0';
    if (!g_utf8_validate_len(text, size, NULL)) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP,
                    "cannot read \"%s\": it is not UTF-8 text", path);
        return NULL;
    }
    return g_steal_pointer(&text);
}

/* The line of the first @include, or 0. libconfig would open any file it names. */
static unsigned
find_include(const char *text)
{
    unsigned line = 1;
    for (const char *at = text; at != NULL; line++) {
        at += strspn(at, " \t");
        if (g_str_has_prefix(at, "@include"))
            return line;
        at = strchr(at, '\n');
        if (at != NULL)
            at++;
    }
    return 0;
}

/* LINE of TEXT with "…" for what stands between quotes: enough to find the mistake, and no
 * password. */
static char *
line_outline(const char *text, int line)
{
    const char *at = text;
    while (line > 1 && *at != '\0')
        line -= *at++ == '\n' ? 1 : 0;
    g_autoptr(GString) out = g_string_new(NULL);
    for (bool quoted = false; *at != '\0' && *at != '\n'; at++) {
        if (quoted && *at == '\\' && at[1] != '\0') {
            at++;
        } else if (*at == '"') {
            quoted = !quoted;
            g_string_append(out, quoted ? "…" : "");
        } else if (!quoted) {
            g_string_append_c(out, *at);
        }
    }
    g_autofree char *single = text_single_line(out->str);
    return text_truncate(single, OUTLINE_MAX);
}

bool
reader_fill(Config *config, GPtrArray *problems, GError **error)
{
    Reader reader = { config, problems, false };
    guint before = problems->len;
    g_autofree char *text = file_read(config->path, &reader.private, error);
    if (text == NULL)
        return false;
    unsigned line = find_include(text);
    if (line != 0) {
        g_ptr_array_add(problems, g_strdup_printf("%s:%u: @include: files are not included",
                                                  config->path, line));
        return false;
    }
    g_auto(config_t) tree;
    config_init(&tree);
    if (config_read_string(&tree, text) != CONFIG_TRUE) {
        g_autofree char *outline = line_outline(text, config_error_line(&tree));
        g_ptr_array_add(problems, g_strdup_printf("%s:%d: %s at \"%s\"", config->path,
                                                  config_error_line(&tree),
                                                  config_error_text(&tree), outline));
        return false;
    }
    read_group(&reader, &key_root, config_root_setting(&tree), "", config);
    return problems->len == before;
}
