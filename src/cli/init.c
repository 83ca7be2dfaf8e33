#include "cli/command.h"

#include <errno.h>
#include <string.h>
#include <glib/gstdio.h>
#include "base/error.h"

/* The templates that ship: some ten files; a loop of links is not followed far. */
#define FOLDER_LEVELS_MAX 8

static const char roster_sample[] =
    "# The subscribers of a newsletter. Every person has an address; all else is optional, and\n"
    "# what is left out is as the newsletter has it.\n"
    "subscribers = (\n"
    "    {\n"
    "        address = \"reader@example.org\";\n"
    "        name = \"A. Reader\";\n"
    "        # topics = [ \"technology\" ];  # none: every article\n"
    "        # filter = \"not football\";\n"
    "        # frequency = \"weekly\"; day = \"fri\"; hour = \"16:00\"; zone = \"Europe/Berlin\";\n"
    "        # language = \"de\"; format = \"text\"; max_articles = 20;\n"
    "    }\n"
    ");\n";

static bool
setup_error(GError **error, const char *what, const char *path)
{
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP, "cannot %s \"%s\": %s", what, path,
                g_strerror(errno));
    return false;
}

/* Tells what is there already, which init leaves alone. */
static bool
is_there(const Invocation *invocation, const char *path)
{
    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return false;
    log_info(invocation->log, "is there already: %s", path);
    return true;
}

static bool
make_file(const Invocation *invocation, LogLevel level, const char *path, const char *text,
          size_t size, GError **error)
{
    if (is_there(invocation, path))
        return true;
    g_autofree char *folder = g_path_get_dirname(path);
    if (g_mkdir_with_parents(folder, 0755) != 0)
        return setup_error(error, "make", folder);
    if (!g_file_set_contents_full(path, text, (gssize)size, G_FILE_SET_CONTENTS_CONSISTENT, 0644,
                                  error))
        return false;
    log_write(invocation->log, level, "made: %s", path);
    return true;
}

static bool
copy_folder(const Invocation *invocation, const char *from, const char *to, int levels,
            GError **error)
{
    g_autoptr(GDir) folder = g_dir_open(from, 0, error);
    if (folder == NULL)
        return false;
    for (const char *name = g_dir_read_name(folder); name != NULL; name = g_dir_read_name(folder)) {
        g_autofree char *source = g_build_filename(from, name, NULL);
        g_autofree char *target = g_build_filename(to, name, NULL);
        if (g_file_test(source, G_FILE_TEST_IS_DIR)) {
            if (levels > 0 && !copy_folder(invocation, source, target, levels - 1, error))
                return false;
            continue;
        }
        g_autofree char *text = NULL;
        gsize size;
        if (!g_file_get_contents(source, &text, &size, error) ||
            !make_file(invocation, LOG_DETAIL, target, text, size, error))
            return false;
    }
    return true;
}

/* The templates that ship: beside the installed program, else in the source tree of build/depesche.
 * NULL when they are nowhere. */
static char *
templates_find(void)
{
    g_autofree char *program = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *folder = g_path_get_dirname(program != NULL ? program : "/usr/bin/depesche");
    g_autofree char *installed =
        g_build_filename(folder, "..", "share", "depesche", "templates", NULL);
    g_autofree char *source = g_build_filename(folder, "..", "templates", NULL);
    const char *const folders[] = { installed, source };
    for (size_t i = 0; i < G_N_ELEMENTS(folders); i++)
        if (g_file_test(folders[i], G_FILE_TEST_IS_DIR))
            return g_canonicalize_filename(folders[i], NULL);
    return NULL;
}

static bool
make_templates(const Invocation *invocation, const char *target, GError **error)
{
    if (is_there(invocation, target))
        return true;
    g_autofree char *source = templates_find();
    if (source == NULL) {
        g_set_error_literal(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP,
                            "cannot find the templates that come with depesche; is it installed?");
        return false;
    }
    if (!copy_folder(invocation, source, target, FOLDER_LEVELS_MAX, error))
        return false;
    log_info(invocation->log, "made: %s", target);
    return true;
}

static bool
make_database(const Invocation *invocation, const char *url, GError **error)
{
    const char *path = strchr(url, ':') + 1; /* behind "sqlite:" */
    if (is_there(invocation, path))
        return true;
    g_autofree char *folder = g_path_get_dirname(path);
    if (g_mkdir_with_parents(folder, 0700) != 0)
        return setup_error(error, "make", folder);
    g_autoptr(Store) store = store_open(url, STORE_READ_WRITE, error);
    if (store == NULL)
        return false;
    log_info(invocation->log, "made: %s", path);
    return true;
}

static bool
make_key(const Invocation *invocation, const char *path, GError **error)
{
    if (is_there(invocation, path))
        return true;
    if (!key_ring_create(path, error))
        return false;
    log_info(invocation->log, "made: %s (keep it: it signs the unsubscribe links)", path);
    return true;
}

static bool
make_instance(const Invocation *invocation, const char *folder, GError **error)
{
    g_autofree char *path = g_build_filename(folder, "depesche.conf", NULL);
    g_autoptr(GString) sample = g_string_new(NULL);
    config_write_sample(sample);
    bool fresh = !g_file_test(path, G_FILE_TEST_EXISTS);
    if (!make_file(invocation, LOG_INFO, path, sample->str, sample->len, error))
        return false;
    g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(Config) config = config_load(path, problems, error);
    if (config == NULL)
        return false;
    g_autofree char *roster = g_build_filename(folder, "subscribers", "readers.conf", NULL);
    /* A configuration that was there names its own rosters. */
    if ((fresh &&
         !make_file(invocation, LOG_INFO, roster, roster_sample, strlen(roster_sample), error)) ||
        !make_templates(invocation, config->templates, error) ||
        !make_key(invocation, config->key_file, error) ||
        !make_database(invocation, config->database, error))
        return false;
    if (!fresh)
        return true;
    log_info(invocation->log, "next: put your feeds and your newsletter into %s", path);
    log_info(invocation->log, "      and your people into %s; then", roster);
    log_info(invocation->log, "          depesche -c %s config check", path);
    log_info(invocation->log, "          depesche -c %s run", path);
    log_info(invocation->log,
             "      mails go into the folder outbox until \"relays\" names a server");
    return true;
}

static bool
init(const Invocation *invocation, GError **error)
{
    const char *folder = invocation->words->len > 0 ? invocation_word(invocation, 0) : ".";
    g_autoptr(GError) reason = NULL;
    if (invocation->global->dry_run) {
        log_info(invocation->log, "a dry run makes nothing in \"%s\"", folder);
        return true;
    }
    if (make_instance(invocation, folder, &reason))
        return true;
    /* GLib's own errors, of files and folders, mean the installation too. */
    if (reason->domain == DEPESCHE_ERROR)
        g_propagate_error(error, g_steal_pointer(&reason));
    else
        g_set_error_literal(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP, reason->message);
    return false;
}

const Command init_commands[] = {
    { "init", "[DIR]", 0, 1, "make a configuration, templates, a sample roster and the database",
      NULL, init },
    { NULL },
};
