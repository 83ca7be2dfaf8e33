#include "net/maildir.h"

#include <string.h>
#include <glib/gstdio.h>

#include "base/error.h"

static char *
folder_new(void)
{
    g_autoptr(GError) error = NULL;
    char *folder = g_dir_make_tmp("maildir-XXXXXX", &error);
    g_assert_no_error(error);
    return folder;
}

/* The only file of FOLDER/NAME, or NULL when it is empty. */
static char *
only_file(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    g_assert_nonnull(dir);
    const char *file = g_dir_read_name(dir);
    char *found = file != NULL ? g_build_filename(path, file, NULL) : NULL;
    g_assert_null(g_dir_read_name(dir));
    return found;
}

static void
folder_remove(const char *folder)
{
    static const char *const names[] = { "tmp", "new", "cur", "" };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(folder, names[i], NULL);
        g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
        const char *name;
        while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
            g_autofree char *file = g_build_filename(path, name, NULL);
            g_remove(file);
        }
        g_rmdir(path);
    }
}

static void
deliver(const char *folder, const char *unique, const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) message = g_string_new(text);
    g_assert_true(maildir_deliver(folder, unique, message, &error));
    g_assert_no_error(error);
}

static void
test_delivers_local_lines(void)
{
    g_autofree char *folder = folder_new();
    deliver(folder, "i1.abc@example.org", "a\r\n\r\nb\rc\nd\r\r\n");
    g_autofree char *file = only_file(folder, "new");
    g_autofree char *left = only_file(folder, "tmp");
    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents(file, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "a\n\nb\rc\nd\r\n");
    g_assert_true(g_str_has_suffix(file, "/new/i1.abc@example.org"));
    g_assert_null(left);
    folder_remove(folder);
}

static void
test_twice_leaves_one(void)
{
    g_autofree char *folder = folder_new();
    deliver(folder, "same", "a longer text\r\n");
    deliver(folder, "same", "second\r\n");
    g_autofree char *file = only_file(folder, "new");
    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents(file, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "second\n");
    folder_remove(folder);
}

static void
test_names_stay_in_the_folder(void)
{
    static const char *const names[] = { "../../up", ".hidden", "a/b", "flags:2,S", "", "a\nb" };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *folder = folder_new();
        deliver(folder, names[i], "x\r\n");
        g_autofree char *file = only_file(folder, "new");
        g_autofree char *name = g_path_get_basename(file);
        g_assert_cmpuint(strlen(name), ==, 64); /* a hash */
        folder_remove(folder);
    }
}

static void
test_says_what_failed(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) message = g_string_new("x\r\n");
    g_assert_false(maildir_deliver("/dev/null/mail", "a", message, &error));
    g_assert_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_TEMPORARY);
    g_assert_nonnull(strstr(error->message, "\"/dev/null/mail/tmp\""));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/maildir/delivers-local-lines", test_delivers_local_lines);
    g_test_add_func("/maildir/twice-leaves-one", test_twice_leaves_one);
    g_test_add_func("/maildir/names-stay-in-the-folder", test_names_stay_in_the_folder);
    g_test_add_func("/maildir/says-what-failed", test_says_what_failed);
    return g_test_run();
}
