#include "config/config.h"

#include <string.h>
#include "base/error.h"
#include "config/keys-internal.h"

#define FILE_NAME "depesche.conf"

void
place_free(Place *place)
{
    if (place == NULL)
        return;
    g_free(place->key);
    g_free(place->text);
    g_free(place);
}

void
config_free(const Config *config)
{
    if (config == NULL)
        return;
    g_free(config->path);
    g_free(config->directory);
    g_ptr_array_unref(config->places);
    key_object_free(&key_root, (Config *)config);
}

/* State does not belong into /etc, nor into what a person keeps under ~/.config. */
static char *
database_default(const char *directory)
{
    g_autofree char *home = g_build_filename(g_get_user_config_dir(), "depesche", NULL);
    g_autofree char *state = NULL;
    if (strcmp(directory, "/etc/depesche") == 0)
        state = g_strdup("/var/lib/depesche");
    else if (strcmp(directory, home) == 0)
        state = g_build_filename(g_get_user_state_dir(), "depesche", NULL);
    else
        state = g_strdup(directory);
    return g_strdup_printf("sqlite:%s/depesche.db", state);
}

static Config *
config_new(const char *path)
{
    g_autofree char *absolute = g_canonicalize_filename(path, NULL);
    g_autofree char *directory = g_path_get_dirname(absolute);
    Config *config = key_object_new(&key_root, directory);
    config->path = g_strdup(path);
    config->directory = g_steal_pointer(&directory);
    config->places = g_ptr_array_new_with_free_func((GDestroyNotify)place_free);
    Place *whole = g_new(Place, 1);
    *whole = (Place){ config, sizeof *config, 0, NULL, g_strdup(path) };
    g_ptr_array_add(config->places, whole);
    return config;
}

Config *
config_load(const char *path, GPtrArray *problems, GError **error)
{
    g_autoptr(Config) config = config_new(path);
    g_autoptr(GError) reason = NULL;
    guint before = problems->len;
    if (!reader_fill(config, problems, &reason)) {
        if (reason == NULL)
            g_set_error_literal(&reason, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP,
                                problems->pdata[before]);
        else
            g_ptr_array_add(problems, g_strdup(reason->message));
        g_propagate_error(error, g_steal_pointer(&reason));
        return NULL;
    }
    if (config->database == NULL)
        config->database = database_default(config->directory);
    return g_steal_pointer(&config);
}

/* The smallest place that holds the field is the nearest: the field itself, else its group. */
const char *
config_place(const Config *config, const void *field)
{
    Place *nearest = NULL;
    for (guint i = 0; i < config->places->len; i++) {
        Place *place = config->places->pdata[i];
        const char *begin = place->begin;
        if ((const char *)field >= begin && (const char *)field < begin + place->size &&
            (nearest == NULL || place->size < nearest->size))
            nearest = place;
    }
    g_assert(nearest != NULL); /* FIELD is none of CONFIG's */
    if (nearest->text == NULL)
        nearest->text = g_strdup_printf("%s:%u: %s", config->path, nearest->line, nearest->key);
    return nearest->text;
}

const NewsletterConfig *
config_find_newsletter(const Config *config, const char *name)
{
    for (guint i = 0; i < config->newsletters->len; i++) {
        const NewsletterConfig *newsletter = config->newsletters->pdata[i];
        if (strcmp(newsletter->name, name) == 0)
            return newsletter;
    }
    return NULL;
}

const FeedConfig *
config_find_feed(const Config *config, const char *name)
{
    for (guint i = 0; i < config->feeds->len; i++) {
        const FeedConfig *feed = config->feeds->pdata[i];
        if (strcmp(feed->name, name) == 0)
            return feed;
    }
    return NULL;
}

char *
config_find_path(const char *explicit_path, GError **error)
{
    if (explicit_path != NULL)
        return g_strdup(explicit_path);
    g_autofree char *home = g_build_filename(g_get_user_config_dir(), "depesche", FILE_NAME, NULL);
    const char *const paths[] = { FILE_NAME, home, "/etc/depesche/" FILE_NAME };
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++)
        if (g_file_test(paths[i], G_FILE_TEST_EXISTS))
            return g_strdup(paths[i]);
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP,
                "no configuration: neither ./%s nor \"%s\" nor \"%s\" is there; \"depesche init\" "
                "makes one",
                FILE_NAME, paths[1], paths[2]);
    return NULL;
}
