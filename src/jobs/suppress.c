#include "jobs/suppress.h"

#include <string.h>

#include "base/error.h"
#include "jobs/generation.h"
#include "store/suppressions.h"

static char *
path_of(const Instance *instance)
{
    return store_path_beside(instance->config->database, ".suppressed");
}

/* "#HASH REASON" a line. Whoever has the file alone learns no address from it. */
static char *
write_list(Instance *instance, GError **error)
{
    g_autoptr(GPtrArray) list = store_suppressions_list(instance->store, error);
    if (list == NULL)
        return NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < list->len; i++) {
        const Suppression *entry = list->pdata[i];
        g_autofree char *hash = entry->address_key[0] == '#'
                                    ? g_strdup(entry->address_key)
                                    : store_suppression_hash(instance->store, entry->address_key);
        g_string_append_printf(text, "%s %s\n", hash, entry->reason);
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

/* NULL in *TEXT when there is no such file. */
static bool
read_file(const Instance *instance, char **text, GError **error)
{
    g_autofree char *path = path_of(instance);
    g_autoptr(GError) problem = NULL;
    *text = NULL;
    if (g_file_get_contents(path, text, NULL, &problem) ||
        g_error_matches(problem, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return true;
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP, "%s", problem->message);
    return false;
}

bool
suppressions_mirror(Instance *instance, GError **error)
{
    g_autofree char *before = NULL;
    g_autofree char *text = write_list(instance, error);
    if (text == NULL || !read_file(instance, &before, error))
        return false;
    bool is_same = strcmp(text, before != NULL ? before : "") == 0;
    if (instance->dry_run || is_same || !generation_check(instance, NULL))
        return true;
    g_autofree char *path = path_of(instance);
    g_autoptr(GError) problem = NULL;
    /* An older database is told by its generation from now on, and does not take the file's place. */
    if (g_file_set_contents_full(path, text, -1,
                                 G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
                                 &problem))
        return generation_advance(instance, error);
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_TEMPORARY, "%s", problem->message);
    return false;
}

/* An entry that is there as an address needs no hash beside it. */
static GHashTable *
hashes_of(Instance *instance, GError **error)
{
    g_autofree char *text = write_list(instance, error);
    if (text == NULL)
        return NULL;
    GHashTable *hashes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++)
        g_hash_table_add(hashes, g_strndup(lines[i], strcspn(lines[i], " ")));
    return hashes;
}

bool
suppressions_recover(Instance *instance, guint *count, GError **error)
{
    g_autofree char *text = NULL;
    g_autoptr(GHashTable) known = hashes_of(instance, error);
    *count = 0;
    if (known == NULL || !read_file(instance, &text, error))
        return false;
    g_auto(GStrv) lines = g_strsplit(text != NULL ? text : "", "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++) {
        g_autofree char *hash = g_strndup(lines[i], strcspn(lines[i], " "));
        const char *reason = lines[i] + strlen(hash);
        if (hash[0] != '#' || g_hash_table_contains(known, hash))
            continue;
        if (!store_suppression_add(instance->store, hash, reason + (*reason == ' '),
                                   clock_now(instance->clock), error))
            return false;
        ++*count;
    }
    return store_suppressions_name(instance->store, error);
}
