#include "net/postbox-internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <glib/gstdio.h>

#include "base/error.h"

struct Postbox {
    const PostboxKind *kind;
    void *box;
};

static void
item_free(void *data)
{
    PostboxItem *item = data;
    g_free(item->name);
    g_free(item->handle);
    g_free(item);
}

GPtrArray *
postbox_items_new(void)
{
    return g_ptr_array_new_with_free_func(item_free);
}

void
postbox_items_add(GPtrArray *items, const char *name, const char *handle)
{
    PostboxItem *item = g_new(PostboxItem, 1);
    item->name = g_strdup(name);
    item->handle = g_strdup(handle);
    g_ptr_array_add(items, item);
}

/* A Maildir */

void *
postbox_maildir_open(const char *path)
{
    return g_strdup(path);
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names begin with the time, so that their order is that of the mails. */
static GPtrArray *
maildir_names(const char *path, GError **error)
{
    g_autofree char *folder = g_build_filename(path, "new", NULL);
    g_autoptr(GError) problem = NULL;
    g_autoptr(GDir) directory = g_dir_open(folder, 0, &problem);
    if (directory == NULL) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_TEMPORARY, "%s", problem->message);
        return NULL;
    }
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    const char *name;
    while ((name = g_dir_read_name(directory)) != NULL) {
        if (*name != '.')
            g_ptr_array_add(names, g_strdup(name));
    }
    g_ptr_array_sort(names, compare_names);
    return names;
}

static GPtrArray *
maildir_list(void *box, guint skip, guint limit, GError **error)
{
    g_autoptr(GPtrArray) names = maildir_names(box, error);
    if (names == NULL)
        return NULL;
    GPtrArray *items = postbox_items_new();
    for (guint i = skip; i < names->len && items->len < limit; i++) {
        g_autofree char *name = g_strconcat("maildir ", names->pdata[i], NULL);
        postbox_items_add(items, name, names->pdata[i]);
    }
    return items;
}

static bool
maildir_read(void *box, const char *handle, size_t max, GBytes **bytes, GError **error)
{
    g_autofree char *path = g_build_filename(box, "new", handle, NULL);
    FILE *file = fopen(path, "re");
    *bytes = NULL;
    if (file == NULL && errno == ENOENT)
        return true;
    g_autofree char *buffer = g_malloc(max);
    size_t size = file == NULL ? 0 : fread(buffer, 1, max, file);
    bool failed = file == NULL || ferror(file) != 0;
    if (failed)
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_TEMPORARY, "cannot read \"%s\": %s", path,
                    g_strerror(errno));
    else
        *bytes = g_bytes_new(buffer, size);
    if (file != NULL)
        fclose(file);
    return !failed;
}

/* Mail readers know it as read from then on. */
static bool
maildir_remove(void *box, const char *handle, GError **error)
{
    g_autofree char *from = g_build_filename(box, "new", handle, NULL);
    g_autofree char *folder = g_build_filename(box, "cur", NULL);
    g_autofree char *name = g_strconcat(handle, strchr(handle, ':') == NULL ? ":2,S" : "", NULL);
    g_autofree char *to = g_build_filename(folder, name, NULL);
    g_mkdir_with_parents(folder, 0700);
    if (g_rename(from, to) == 0 || errno == ENOENT)
        return true;
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_TEMPORARY, "cannot move \"%s\": %s", from,
                g_strerror(errno));
    return false;
}

const PostboxKind postbox_maildir = { maildir_list, maildir_read, maildir_remove, g_free };

/* All kinds */

Postbox *
postbox_open(const PostboxSettings *settings, GError **error)
{
    g_autofree char *scheme = g_uri_parse_scheme(settings->url);
    Postbox *postbox = g_new0(Postbox, 1);
    if (g_strcmp0(scheme, "maildir") == 0) {
        postbox->kind = &postbox_maildir;
        postbox->box = postbox_maildir_open(settings->url + strlen("maildir:"));
    } else if (scheme != NULL && g_str_has_prefix(scheme, "pop3")) {
        postbox->kind = &postbox_pop3;
        postbox->box = postbox_pop3_open(settings, error);
    } else {
        postbox->kind = &postbox_imap;
        postbox->box = postbox_imap_open(settings, error);
    }
    if (postbox->box != NULL)
        return postbox;
    g_free(postbox);
    return NULL;
}

void
postbox_close(Postbox *postbox)
{
    if (postbox == NULL)
        return;
    postbox->kind->close(postbox->box);
    g_free(postbox);
}

GPtrArray *
postbox_list(Postbox *postbox, guint skip, guint limit, GError **error)
{
    return postbox->kind->list(postbox->box, skip, limit, error);
}

bool
postbox_read(Postbox *postbox, const PostboxItem *item, size_t max, GBytes **bytes, GError **error)
{
    return postbox->kind->read(postbox->box, item->handle, max, bytes, error);
}

bool
postbox_remove(Postbox *postbox, const PostboxItem *item, GError **error)
{
    return postbox->kind->remove(postbox->box, item->handle, error);
}
