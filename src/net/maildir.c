#include "net/maildir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <glib/gstdio.h>

#include "base/error.h"

/* A file name has 255 octets at most, and mail readers append their flags. */
#define NAME_MAX_SIZE 200

G_DEFINE_AUTOPTR_CLEANUP_FUNC(FILE, fclose)

static bool
fail(const char *what, const char *path, GError **error)
{
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_TEMPORARY, "cannot %s \"%s\": %s", what, path,
                g_strerror(errno));
    return false;
}

/* UNIQUE itself where it can stand as a file name: no folder, no hidden file, no ':' (which begins
 * the flags of a Maildir). Anything else is hashed. */
static char *
file_name(const char *unique)
{
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                               ".@_+=-";
    size_t size = strlen(unique);
    if (size > 0 && size <= NAME_MAX_SIZE && unique[0] != '.' && strspn(unique, safe) == size)
        return g_strdup(unique);
    return g_compute_checksum_for_string(G_CHECKSUM_SHA256, unique, -1);
}

static GString *
local_lines(const GString *message)
{
    GString *local = g_string_sized_new(message->len);
    for (size_t i = 0; i < message->len; i++) {
        bool is_line_end = message->str[i] == '\r' && message->str[i + 1] == '\n';
        if (!is_line_end)
            g_string_append_c(local, message->str[i]);
    }
    return local;
}

/* What an earlier attempt left at PATH is overwritten; a link is not followed. */
static bool
file_write(const char *path, const GString *bytes, GError **error)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    g_autoptr(FILE) file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (file == NULL)
        return fail("create", path, error);
    if (fwrite(bytes->str, 1, bytes->len, file) != bytes->len || fflush(file) != 0 ||
        fsync(fd) != 0)
        return fail("write", path, error);
    return true;
}

/* The new name is only safe from a power cut when its folder has been written as well. */
static bool
folder_sync(const char *path, GError **error)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return fail("open", path, error);
    bool synced = fsync(fd) == 0 || fail("write", path, error);
    close(fd);
    return synced;
}

bool
maildir_deliver(const char *path, const char *unique, const GString *message, GError **error)
{
    static const char *const folders[] = { "tmp", "new", "cur" };
    for (size_t i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *folder = g_build_filename(path, folders[i], NULL);
        if (g_mkdir_with_parents(folder, 0700) != 0)
            return fail("create", folder, error);
    }
    g_autofree char *name = file_name(unique);
    g_autofree char *temporary = g_build_filename(path, "tmp", name, NULL);
    g_autofree char *folder = g_build_filename(path, "new", NULL);
    g_autofree char *delivered = g_build_filename(folder, name, NULL);
    g_autoptr(GString) local = local_lines(message);

    if (!file_write(temporary, local, error))
        return false;
    if (g_rename(temporary, delivered) != 0)
        return fail("deliver", delivered, error);
    return folder_sync(folder, error);
}
