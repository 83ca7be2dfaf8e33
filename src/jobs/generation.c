#include "jobs/generation.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "store/ledger.h"

#define NUMBER_MAX 32u
/* No database has sent for so long. */
#define HIGHEST (G_MAXINT64 / 2)

static char *
path_of(const Instance *instance)
{
    return store_path_beside(instance->config->database, ".generation");
}

/* *NUMBER is 0 when there is no file: nothing was sent from here. */
static bool
read_file(const char *path, int64_t *number, GError **error)
{
    g_autofree char *text = NULL;
    gsize size = 0;
    g_autoptr(GError) problem = NULL;
    *number = 0;
    if (!g_file_get_contents(path, &text, &size, &problem)) {
        if (g_error_matches(problem, G_FILE_ERROR, G_FILE_ERROR_NOENT))
            return true;
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP, "%s", problem->message);
        return false;
    }
    char *end = NULL;
    *number = g_ascii_strtoll(text, &end, 10);
    if (size > 0 && size <= NUMBER_MAX && end != text && *number >= 0 && *number <= HIGHEST &&
        (*end == '\n' || *end == '\0'))
        return true;
    g_set_error(
        error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP,
        "\"%s\" holds no number; without it an old copy of the database cannot be told from "
        "the right one (see \"depesche db adopt\")",
        path);
    return false;
}

/* Written beside and renamed, so that there is always a whole one. */
static bool
write_file(const char *path, int64_t number, GError **error)
{
    g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT "\n", number);
    g_autoptr(GError) problem = NULL;
    if (g_file_set_contents_full(path, text, -1,
                                 G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
                                 &problem))
        return true;
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_TEMPORARY, "%s", problem->message);
    return false;
}

bool
generation_check(const Instance *instance, GError **error)
{
    g_autofree char *path = path_of(instance);
    int64_t in_file, in_store;
    if (!read_file(path, &in_file, error) || !ledger_generation(instance->store, &in_store, error))
        return false;
    if (in_store < 0) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP,
                    "the database is a restored backup, and what it takes for unsent may have been "
                    "sent since it was made. Nothing is sent until \"depesche db adopt\"");
        return false;
    }
    if (in_store >= in_file)
        return true;
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP,
                "the database is older than the last mail that was sent with it (generation "
                "%" G_GINT64_FORMAT ", and %s says %" G_GINT64_FORMAT
                "): is it a restored backup? Nothing is sent until \"depesche db adopt\"",
                in_store, path, in_file);
    return false;
}

bool
generation_advance(const Instance *instance, GError **error)
{
    g_autofree char *path = path_of(instance);
    int64_t number = 0;
    if (instance->dry_run)
        return true;
    return ledger_advance(instance->store, &number, error) && write_file(path, number, error);
}

bool
generation_mark_older(const Instance *instance, GError **error)
{
    g_autofree char *path = path_of(instance);
    int64_t in_file, in_store;
    if (!read_file(path, &in_file, NULL)) /* generation_check() tells */
        return true;
    return ledger_generation(instance->store, &in_store, error) &&
           (in_store < 0 || in_store >= in_file || ledger_mark_backup(instance->store, error));
}

/* First in the file: who is cut short, or has no room for it, has an old copy still. */
bool
generation_adopt(const Instance *instance, GError **error)
{
    g_autofree char *path = path_of(instance);
    int64_t in_file = 0, in_store;
    if (!ledger_generation(instance->store, &in_store, error))
        return false;
    if (!read_file(path, &in_file, NULL)) /* a damaged one is replaced */
        in_file = 0;
    in_store = in_store < 0 ? -in_store : in_store;
    int64_t number = MAX(in_store, in_file) + 1;
    return (instance->dry_run || write_file(path, number, error)) &&
           ledger_adopt(instance->store, number, error);
}
