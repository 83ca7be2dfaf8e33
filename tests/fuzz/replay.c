/* Gives each file of the folders it is called with to a fuzz target: what was once worth keeping stays
 * good, without a fuzzer.                                                                         */
#include <glib.h>
#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An exact copy, so that the sanitizer sees one octet too far. */
static void
replay(const char *path)
{
    g_autofree char *bytes = NULL;
    gsize size;
    g_autoptr(GError) error = NULL;
    if (!g_file_get_contents(path, &bytes, &size, &error))
        g_error("%s", error->message);
    g_autofree uint8_t *exact = g_memdup2(bytes, size);
    LLVMFuzzerTestOneInput(exact, size);
}

int
main(int argc, char **argv)
{
    guint count = 0;
    for (int i = 1; i < argc; i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GDir) folder = g_dir_open(argv[i], 0, &error);
        if (folder == NULL)
            g_error("%s", error->message);
        const char *name;
        for (; (name = g_dir_read_name(folder)) != NULL; count++) {
            g_autofree char *path = g_build_filename(argv[i], name, NULL);
            replay(path);
        }
    }
    printf("%u inputs\n", count);
    return count > 0 ? 0 : 1;
}
