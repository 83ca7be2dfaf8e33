/* invocation.c - what a command asks of its invocation: options, configuration, instance, input. */
#include "cli/command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "base/error.h"
#include "base/text.h"

/* How much of a file is read at once. */
#define READ_SIZE (256u * 1024)

const char *const *
invocation_options(const Invocation *invocation, const char *name)
{
    const GPtrArray *texts = g_hash_table_lookup(invocation->options, name);
    return texts != NULL ? (const char *const *)texts->pdata : NULL;
}

const char *
invocation_option(const Invocation *invocation, const char *name)
{
    const GPtrArray *texts = g_hash_table_lookup(invocation->options, name);
    return texts != NULL ? texts->pdata[texts->len - 2] : NULL; /* the last is the NULL */
}

char *
invocation_line(const Invocation *invocation, const char *name)
{
    const char *text = invocation_option(invocation, name);
    return text != NULL ? text_single_line(text) : NULL;
}

bool
invocation_number(const Invocation *invocation, const char *name, int64_t min, int64_t max,
                  int64_t fallback, int64_t *number, GError **error)
{
    const char *text = invocation_option(invocation, name);
    *number = fallback;
    if (text == NULL || g_ascii_string_to_signed(text, 10, min, max, number, NULL))
        return true;
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_USAGE,
                "%s must be a number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT ", not \"%s\"",
                name, min, max, text);
    return false;
}

const char *
invocation_word(const Invocation *invocation, guint i)
{
    return i < invocation->words->len ? invocation->words->pdata[i] : NULL;
}

bool
invocation_issue(const Invocation *invocation, int64_t *id, GError **error)
{
    const char *word = invocation_word(invocation, 0);
    *id = 0;
    if (word == NULL || g_ascii_string_to_signed(word, 10, 1, G_MAXINT64, id, NULL))
        return true;
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_USAGE,
                "an issue is a number (see \"depesche issue list\"), not \"%s\"", word);
    return false;
}

bool
usage_error(GError **error, const char *what, const char *word, const char *near)
{
    if (near != NULL)
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_USAGE, "%s \"%s\", did you mean \"%s\"?",
                    what, word, near);
    else
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_USAGE, "%s \"%s\"", what, word);
    return false;
}

bool
topic_check(const NewsletterConfig *newsletter, const char *topic, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; i < newsletter->topics->len; i++)
        g_ptr_array_add(names, ((TopicConfig *)newsletter->topics->pdata[i])->name);
    g_ptr_array_add(names, NULL);
    const char *const *known = (const char *const *)names->pdata;
    if (g_strv_contains(known, topic))
        return true;
    g_autofree char *what = g_strdup_printf("newsletter %s has no topic", newsletter->name);
    return usage_error(error, what, topic, text_nearest(topic, known));
}

Config *
invocation_config(const Invocation *invocation, GError **error)
{
    g_autofree char *path = config_find_path(invocation->global->config, error);
    if (path == NULL)
        return NULL;
    g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
    Config *config = config_load(path, problems, error);
    if (config != NULL || problems->len <= 1)
        return config;
    for (guint i = 0; i < problems->len; i++)
        log_error(invocation->log, "%s", (char *)problems->pdata[i]);
    g_clear_error(error);
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP, "cannot use \"%s\": %u mistakes", path,
                problems->len);
    return NULL;
}

Instance *
invocation_open_with(const Invocation *invocation, const Config *config, InstanceMode mode,
                     GError **error)
{
    const GlobalOptions *global = invocation->global;
    Clock *clock = global->at != 0 ? clock_new_fixed(global->at) : clock_new_system();
    return instance_open(config, global->dry_run ? INSTANCE_DRY_RUN : mode, clock,
                         log_new(global->level), error);
}

GBytes *
file_read(const char *name, size_t max, GError **error)
{
    bool standard = strcmp(name, "-") == 0;
    FILE *file = standard ? stdin : fopen(name, "re");
    if (file == NULL) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "cannot read \"%s\": %s", name,
                    g_strerror(errno));
        return NULL;
    }
    struct stat facts;
    bool has_size = fstat(fileno(file), &facts) == 0 && S_ISREG(facts.st_mode);
    size_t expected = has_size ? MIN((size_t)facts.st_size, max) : 0;
    g_autoptr(GByteArray) bytes = g_byte_array_sized_new((guint)expected + READ_SIZE);
    size_t size = READ_SIZE;
    while (bytes->len <= max && size > 0) {
        guint before = bytes->len;
        g_byte_array_set_size(bytes, before + READ_SIZE);
        size = fread(bytes->data + before, 1, READ_SIZE, file);
        g_byte_array_set_size(bytes, before + (guint)size);
    }
    const char *problem = NULL;
    if (ferror(file))
        problem = g_strerror(errno);
    else if (bytes->len > max)
        problem = "it is too large";
    if (!standard)
        fclose(file);
    if (problem == NULL)
        return g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "cannot read \"%s\": %s", name,
                problem);
    return NULL;
}
