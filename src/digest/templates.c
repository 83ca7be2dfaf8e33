#include "digest/templates.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "digest/phrases-internal.h"

/* A folder that has more is not a folder of templates. */
#define FILES_MAX  1000u
#define BYTES_MAX  (5u * 1024 * 1024)
#define LEVELS_MAX 4

#define STRINGS  "strings/"
#define JSON     ".json"
#define MUSTACHE ".mustache"

struct Templates {
    GHashTable *files;    /* name -> text */
    GHashTable *compiled; /* name -> Mustache */
    GHashTable *strings;  /* language in lower case -> Value */
    size_t bytes;
};

/* Where a template looks for its partials. */
typedef struct {
    const Templates *templates;
    char *folder;       /* "plain" */
    const char *suffix; /* ".html.mustache" */
} PartialSource;

typedef int Descriptor;

static void
descriptor_close(Descriptor descriptor)
{
    close(descriptor);
}

G_DEFINE_AUTO_CLEANUP_FREE_FUNC(Descriptor, descriptor_close, -1)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DIR, closedir)

static Templates *
templates_new(void)
{
    Templates *templates = g_new0(Templates, 1);
    templates->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    templates->compiled =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)mustache_free);
    templates->strings =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)value_unref);
    return templates;
}

void
templates_free(Templates *templates)
{
    if (templates == NULL)
        return;
    g_hash_table_unref(templates->files);
    g_hash_table_unref(templates->compiled);
    g_hash_table_unref(templates->strings);
    g_free(templates);
}

/* In order, so that equal tables give equal bytes; the list is the caller's, the keys are not. */
static GList *
sorted_keys(GHashTable *table)
{
    return g_list_sort(g_hash_table_get_keys(table), (GCompareFunc)strcmp);
}

/* One file */

static bool
is_wanted(const char *name)
{
    return g_str_has_suffix(name, MUSTACHE) ||
           (g_str_has_prefix(name, STRINGS) && g_str_has_suffix(name, JSON));
}

static bool
add_strings(Templates *templates, const char *name, const char *text, GError **error)
{
    g_autoptr(GBytes) bytes = g_bytes_new_static(text, strlen(text));
    g_autoptr(Value) strings = json_parse(bytes, error);
    if (strings == NULL) {
        g_prefix_error(error, "%s: ", name);
        return false;
    }
    if (value_kind(strings) != VALUE_MAP) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "%s: it is no JSON object", name);
        return false;
    }
    const char *begin = name + strlen(STRINGS);
    size_t length = strlen(begin) - strlen(JSON);
    g_hash_table_replace(templates->strings, g_ascii_strdown(begin, (gssize)length),
                         g_steal_pointer(&strings));
    return true;
}

/* So that names can stand in snapshots, messages and partials. */
static bool
is_name(const char *name)
{
    return name[0] != '\0' &&
           name[strspn(name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._-/")] == '\0';
}

/* Everything is compiled at once, so that a mistake is told when the folder is read and not when
 * the first mail needs the file. */
static bool
templates_add(Templates *templates, const char *name, const char *bytes, size_t size,
              GError **error)
{
    if (!is_name(name)) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                    "\"%s\": the name of a template has letters, digits, \".\", \"_\" and \"-\"",
                    name);
        return false;
    }
    templates->bytes += size;
    if (g_hash_table_size(templates->files) >= FILES_MAX || templates->bytes > BYTES_MAX) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP,
                    "%s: there are more than %u templates, or more than 5 MB", name, FILES_MAX);
        return false;
    }
    if (!g_utf8_validate_len(bytes, size, NULL)) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "%s: it is not UTF-8 text", name);
        return false;
    }
    g_autofree char *text = g_strndup(bytes, size);
    if (g_str_has_suffix(name, JSON)) {
        if (!add_strings(templates, name, text, error))
            return false;
    } else {
        Mustache *mustache = mustache_parse(name, text, error);
        if (mustache == NULL)
            return false;
        g_hash_table_replace(templates->compiled, g_strdup(name), mustache);
    }
    g_hash_table_replace(templates->files, g_strdup(name), g_steal_pointer(&text));
    return true;
}

/* Languages */

static Value *
strings_find(const Templates *templates, const char *language)
{
    g_autofree char *name = g_ascii_strdown(language, -1);
    for (;;) {
        Value *strings = g_hash_table_lookup(templates->strings, name);
        char *region = strrchr(name, '-');
        if (strings != NULL || region == NULL)
            return strings;
        *region = '\0';
    }
}

static void
strings_complete(Value *strings, Value *other)
{
    for (size_t i = 0; i < value_length(other); i++)
        if (value_find(strings, value_key(other, i)) == NULL)
            value_take(strings, value_key(other, i), value_ref(value_item(other, i)));
}

/* A string that a language lacks is taken from the language without its region, then from English:
 * better a word in English than a hole. */
static bool
templates_finish(Templates *templates, GError **error)
{
    Value *english = g_hash_table_lookup(templates->strings, "en");
    if (english == NULL) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP, "there is no %sen%s", STRINGS,
                    JSON);
        return false;
    }
    GHashTableIter iter;
    gpointer name, strings;
    g_hash_table_iter_init(&iter, templates->strings);
    while (g_hash_table_iter_next(&iter, &name, &strings)) {
        g_autofree char *language = g_strdup(name);
        char *region = strrchr(language, '-');
        if (region != NULL) {
            *region = '\0';
            Value *general = strings_find(templates, language);
            if (general != NULL)
                strings_complete(strings, general);
        }
        strings_complete(strings, english);
    }
    return true;
}

const Value *
templates_strings(const Templates *templates, const char *language)
{
    const Value *strings = strings_find(templates, language);
    return strings != NULL ? strings : g_hash_table_lookup(templates->strings, "en");
}

/* Folders */

static bool
setup_error(GError **error, const char *name, const char *reason)
{
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP, "cannot read \"%s\": %s",
                name[0] != '\0' ? name : ".", reason);
    return false;
}

static bool
load_file(Templates *templates, int fd, const char *name, GError **error)
{
    g_autoptr(GString) bytes = g_string_new(NULL);
    char buffer[16384];
    ssize_t count;
    while ((count = read(fd, buffer, sizeof buffer)) != 0) {
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return setup_error(error, name, g_strerror(errno));
        g_string_append_len(bytes, buffer, count);
        if (bytes->len > BYTES_MAX)
            return setup_error(error, name, "it is larger than 5 MB");
    }
    return templates_add(templates, name, bytes->str, bytes->len, error);
}

/* PREFIX is "" or ends in a slash. Links are not followed: what a template can include lies in the
 * folder. Files that are no templates (notes, what editors leave) are passed by. */
static bool
load_folder(Templates *templates, int folder, const char *prefix, int levels, GError **error)
{
    int copy = fcntl(folder, F_DUPFD_CLOEXEC, 0);
    g_autoptr(DIR) list = copy >= 0 ? fdopendir(copy) : NULL;
    if (list == NULL)
        return setup_error(error, prefix, g_strerror(errno));
    for (const struct dirent *entry = readdir(list); entry != NULL; entry = readdir(list)) {
        if (entry->d_name[0] == '.')
            continue;
        g_autofree char *name = g_strconcat(prefix, entry->d_name, NULL);
        g_auto(Descriptor) fd =
            openat(folder, entry->d_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        struct stat status = { 0 };
        if (fd >= 0 && fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) {
            g_autofree char *inner = g_strconcat(name, "/", NULL);
            if (levels == 0)
                return setup_error(error, name, "folders are nested too deep");
            if (!load_folder(templates, fd, inner, levels - 1, error))
                return false;
        } else if (is_wanted(name)) {
            if (fd < 0)
                return setup_error(error, name,
                                   errno == ELOOP ? "it is a link" : g_strerror(errno));
            if (!S_ISREG(status.st_mode))
                return setup_error(error, name, "it is no file");
            if (!load_file(templates, fd, name, error))
                return false;
        }
    }
    return true;
}

Templates *
templates_load(const char *folder, GError **error)
{
    g_autoptr(Templates) templates = templates_new();
    g_auto(Descriptor) fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        setup_error(error, folder, g_strerror(errno));
        return NULL;
    }
    if (!load_folder(templates, fd, "", LEVELS_MAX, error) || !templates_finish(templates, error)) {
        g_prefix_error(error, "templates in \"%s\": ", folder);
        return NULL;
    }
    return g_steal_pointer(&templates);
}

/* Snapshots */

void
templates_write(GString *out, const Templates *templates)
{
    g_autoptr(Value) map = value_new_map();
    g_autoptr(GList) names = sorted_keys(templates->files);
    for (const GList *each = names; each != NULL; each = each->next)
        value_set_string(map, each->data, g_hash_table_lookup(templates->files, each->data));
    json_write(out, map, 0);
}

Templates *
templates_parse(GBytes *snapshot, GError **error)
{
    g_autoptr(Templates) templates = templates_new();
    g_autoptr(Value) map = json_parse(snapshot, error);
    if (map == NULL)
        return NULL;
    for (size_t i = 0; value_kind(map) == VALUE_MAP && i < value_length(map); i++) {
        const char *name = value_key(map, i);
        const char *text = value_find_string(map, name);
        if (text == NULL || !is_wanted(name)) {
            g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                        "\"%s\" is no template in the snapshot", name);
            return NULL;
        }
        if (!templates_add(templates, name, text, strlen(text), error))
            return NULL;
    }
    if (!templates_finish(templates, error))
        return NULL;
    return g_steal_pointer(&templates);
}

/* Rendering */

bool
templates_has(const Templates *templates, const char *name)
{
    return g_hash_table_contains(templates->files, name);
}

static void
partial_source_clear(PartialSource *source)
{
    g_free(source->folder);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(PartialSource, partial_source_clear)

/* Beside the template, then in partials/, then from the top: "{{<plain/digest}}". */
static const char *
partial_load(const char *name, const char **called, void *data)
{
    const PartialSource *source = data;
    const char *const folders[] = { source->folder, "partials", "." };
    const char *const suffixes[] = { source->suffix, MUSTACHE };
    for (size_t i = 0; i < G_N_ELEMENTS(folders); i++) {
        for (size_t k = 0; k < G_N_ELEMENTS(suffixes); k++) {
            g_autofree char *file = g_strcmp0(folders[i], ".") == 0
                                        ? g_strconcat(name, suffixes[k], NULL)
                                        : g_strconcat(folders[i], "/", name, suffixes[k], NULL);
            gpointer found, text;
            if (g_hash_table_lookup_extended(source->templates->files, file, &found, &text)) {
                *called = found;
                return text;
            }
        }
    }
    return NULL;
}

static PartialSource
partial_source(const Templates *templates, const char *name)
{
    return (PartialSource){
        .templates = templates,
        .folder = g_path_get_dirname(name),
        .suffix = g_str_has_suffix(name, ".txt.mustache") ? ".txt.mustache" : ".html.mustache",
    };
}

static Mustache *
find_compiled(const Templates *templates, const char *name, GError **error)
{
    Mustache *mustache = g_hash_table_lookup(templates->compiled, name);
    if (mustache == NULL)
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP, "there is no template \"%s\"",
                    name);
    return mustache;
}

bool
templates_render(Templates *templates, const char *name, const Value *data, GString *out,
                 GError **error)
{
    Mustache *mustache = find_compiled(templates, name, error);
    if (mustache == NULL)
        return false;
    g_auto(PartialSource) source = partial_source(templates, name);
    return mustache_render(mustache, data, partial_load, &source, out, error);
}

Mustache *
templates_settle(Templates *templates, const char *name, const Value *frame)
{
    Mustache *mustache = find_compiled(templates, name, NULL);
    if (mustache == NULL)
        return NULL;
    g_auto(PartialSource) source = partial_source(templates, name);
    return mustache_settle(mustache, frame, partial_load, &source);
}

bool
templates_inspect(Templates *templates, const char *name, const Value *data,
                  const char *const *raw_names, GPtrArray *complaints, GError **error)
{
    Mustache *mustache = find_compiled(templates, name, error);
    if (mustache == NULL)
        return false;
    g_auto(PartialSource) source = partial_source(templates, name);
    return mustache_inspect(mustache, data, partial_load, &source, raw_names, complaints, error);
}

GPtrArray *
templates_names(const Templates *templates)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GList) files = sorted_keys(templates->compiled);
    for (const GList *each = files; each != NULL; each = each->next) {
        const char *file = each->data;
        const char *slash = strchr(file, '/');
        if (slash != NULL && strcmp(slash, "/digest.html.mustache") == 0)
            g_ptr_array_add(names, g_strndup(file, (gsize)(slash - file)));
    }
    return names;
}

GPtrArray *
templates_languages(const Templates *templates)
{
    g_autoptr(GList) languages = sorted_keys(templates->strings);
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    for (const GList *each = languages; each != NULL; each = each->next)
        g_ptr_array_add(names, g_strdup(each->data));
    return names;
}

/* TEXT with its tags filled from MODEL; the caller's. */
static char *
fill_string(const char *text, const Value *model, GError **error)
{
    if (strstr(text, "{{") == NULL)
        return g_strdup(text);
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(Mustache) mustache = mustache_parse("strings.txt.mustache", text, error);
    if (mustache == NULL || !mustache_render(mustache, model, NULL, NULL, out, error))
        return NULL;
    return g_string_free(g_steal_pointer(&out), FALSE);
}

char *
templates_day(const Templates *templates, const char *language, int64_t time, const char *zone,
              GError **error)
{
    g_autoptr(GTimeZone) there = time_zone_find(zone);
    if (there == NULL)
        there = g_time_zone_new_utc();
    g_autoptr(Phrases) phrases = phrases_new(templates_strings(templates, language), there, error);
    g_autoptr(Value) forms = value_new_map();
    if (phrases == NULL || !phrases_put_dates(phrases, forms, time, error))
        return NULL;
    const char *day = value_find_string(forms, "date");
    return g_strdup(day != NULL ? day : value_find_string(forms, "date_iso"));
}

bool
templates_put_strings(const Templates *templates, const char *language, const char *prefix,
                      Value *model, GError **error)
{
    const Value *strings = templates_strings(templates, language);
    g_autoptr(Value) filled = value_new_map();
    for (size_t i = 0; i < value_length(strings); i++) {
        const char *key = value_key(strings, i);
        const char *text = value_find_string(strings, key);
        if (text == NULL || !g_str_has_prefix(key, prefix))
            continue;
        g_autofree char *done = fill_string(text, model, error);
        if (done == NULL)
            return false;
        value_set_string(filled, key, done);
    }
    value_take(model, "t", g_steal_pointer(&filled));
    return true;
}
