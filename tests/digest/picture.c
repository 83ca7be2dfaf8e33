/* Pictures by their first octets, read from copies of the exact size. */
#include "digest/picture.h"

#include <string.h>

#define PNG "\x89PNG\r\n\x1A\n\0\0\0\rIHDR"

static const struct {
    const char *rule;
    const char *octets;
    size_t size;
    const char *type;
    unsigned width, height;
} cases[] = {
#define CASE(rule, octets, type, width, height)                                                    \
    {                                                                                              \
        rule, octets, sizeof octets - 1, type, width, height                                       \
    }
    CASE("PNG", PNG "\0\0\2\x58\0\0\1\x90", "image/png", 600, 400),
    CASE("a PNG that is cut", PNG "\0\0\2", "image/png", 2 << 8, 0),
    CASE("a PNG of billions of pixels", PNG "\x7F\xFF\2\x58\0\0\1\x90", "image/png", 0, 0),
    CASE("GIF", "GIF89a\x58\2\x90\1", "image/gif", 600, 400),
    CASE("JPEG", "\xFF\xD8\xFF\xE0\0\4JF\xFF\xC0\0\x11\x08\1\x90\2\x58", "image/jpeg", 600, 400),
    CASE("a progressive JPEG behind tables and fillers",
         "\xFF\xD8\xFF\xC4\0\3T\xFF\xFF\xFF\xC2\0\x11\x08\1\x90\2\x58", "image/jpeg", 600, 400),
    CASE("a JPEG whose segments have no length", "\xFF\xD8\xFF\xE0\0\0\xFF\xE0\0\0\xFF\xE0\0\0",
         "image/jpeg", 0, 0),
    CASE("a JPEG that is cut", "\xFF\xD8\xFF\xC0\0\x11\x08\1", "image/jpeg", 0, 0),
    CASE("WebP is not for mails", "RIFF\0\0\0\0WEBPVP8 ", NULL, 0, 0),
    CASE("a page", "<html><img>", NULL, 0, 0),
    CASE("nothing but the beginning", "GIF8", NULL, 0, 0),
    CASE("nothing", "", NULL, 0, 0),
};

static void
test_case(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    g_autofree void *copy = g_memdup2(cases[i].octets, cases[i].size);
    g_autoptr(GBytes) bytes = g_bytes_new_static(copy, cases[i].size);
    Picture picture;
    g_assert_cmpint(picture_recognize(bytes, &picture), ==, cases[i].type != NULL);
    g_assert_cmpstr(picture.type, ==, cases[i].type);
    g_assert_cmpuint(picture.width, ==, cases[i].width);
    g_assert_cmpuint(picture.height, ==, cases[i].height);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *name = g_strdup_printf("/digest/picture/%s", cases[i].rule);
        g_test_add_data_func(name, GSIZE_TO_POINTER(i), test_case);
    }
    return g_test_run();
}
