#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include <glib/gstdio.h>

#include "base/error.h"
#include "store/driver-internal.h"
#include "store/ledger.h"

static bool
fail(const char *file, GError **error)
{
    bool may_pass = errno == ENOSPC || errno == EDQUOT || errno == EIO;
    g_set_error(error, DEPESCHE_ERROR, may_pass ? DEPESCHE_ERROR_TEMPORARY : DEPESCHE_ERROR_SETUP,
                "cannot write \"%s\": %s", file, g_strerror(errno));
    return false;
}

static bool
sync_path(const char *path, GError **error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool synced = (fd >= 0 && fsync(fd) == 0) || fail(path, error);
    if (fd >= 0)
        close(fd);
    return synced;
}

/* What has that name meanwhile stays, but where a file system cannot tell. */
static bool
rename_to_new(const char *from, const char *to)
{
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0 ||
           (errno == EINVAL && rename(from, to) == 0);
}

/* A name is only safe from a power cut when its folder has been written as well. */
static bool
put_in_place(const char *temporary, const char *file, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(file);
    if (!sync_path(temporary, error))
        return false;
    if (!rename_to_new(temporary, file))
        return fail(file, error);
    if (sync_path(folder, error))
        return true;
    g_unlink(file);
    return false;
}

bool
store_backup_check(const char *file, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(file);
    bool is_there = g_file_test(file, G_FILE_TEST_EXISTS);
    if (!is_there && access(folder, R_OK | W_OK | X_OK) == 0)
        return true;
    errno = is_there ? EEXIST : errno;
    return fail(file, error);
}

static bool
write_copy(const char *url, const char *path, GError **error)
{
    g_autofree char *from = store_path_beside(url, "");
    g_autoptr(Store) store = driver_open_present(from, error);
    g_autoptr(Store) copy = store != NULL ? driver_copy(store, path, error) : NULL;
    return copy != NULL && ledger_mark_backup(copy, error) && driver_check(copy, error);
}

/* SQLite takes a relative name that begins with "file:" for more than a name. */
bool
store_backup(const char *url, const char *file, GError **error)
{
    g_autofree char *whole = g_canonicalize_filename(file, NULL);
    g_autofree char *temporary = g_strconcat(whole, ".XXXXXX", NULL);
    if (!store_backup_check(file, error))
        return false;
    int fd = g_mkstemp_full(temporary, O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail(file, error);
    close(fd);
    bool done = write_copy(url, temporary, error) && put_in_place(temporary, whole, error);
    if (!done)
        g_unlink(temporary);
    return done;
}
