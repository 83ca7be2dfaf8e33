#include "digest/looks.h"

#include <string.h>
#include "base/error.h"

static void
test_contrast(void)
{
    static const struct {
        const char *rule, *one, *other;
        double contrast;
    } cases[] = {
        { "black on white is the most", "#000000", "#ffffff", 21 },
        { "and the other way round", "#ffffff", "#000000", 21 },
        { "a colour on itself is the least", "#1d4f8c", "#1D4F8C", 1 },
        { "the lightest grey that can be read on white", "#767676", "#ffffff", 4.54 },
        { "what is no colour has none", "blue", "#ffffff", 0 },
        { "too short", "#fff", "#000000", 0 },
        { "no digits", "#12345g", "#ffffff", 0 },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].rule);
        g_assert_cmpfloat_with_epsilon(looks_contrast(cases[i].one, cases[i].other),
                                       cases[i].contrast, 0.005);
    }
}

static void
test_check(void)
{
    static const struct {
        const char *rule;
        Looks looks;
        const char *error; /* NULL: nothing is wrong */
    } cases[] = {
        { "nothing given", { 0 }, NULL },
        { "all given",
          { .background = (char *)"#ffffff",
            .text = (char *)"#222222",
            .accent = (char *)"#a3003c",
            .font = (char *)"Georgia, 'Times New Roman', serif",
            .logo = (char *)"https://example.org/logo.png",
            .logo_width = 160,
            .logo_height = 40 },
          NULL },
        { "a word is no colour",
          { .accent = (char *)"blue" },
          "accent: \"blue\" is no colour like \"#1d4f8c\"" },
        { "a dark one neither",
          { .text_dark = (char *)"#fff" },
          "text_dark: \"#fff\" is no colour like \"#1d4f8c\"" },
        { "links that cannot be read",
          { .accent = (char *)"#ffcc00" },
          "accent: the contrast of *" },
        { "links that cannot be read in the dark",
          { .accent_dark = (char *)"#1d4f8c" },
          "accent_dark: the contrast of #1d4f8c on *" },
        { "text that can be read, but not its softer sister",
          { .background = (char *)"#ffffff", .text = (char *)"#666666" },
          "text: the contrast of *" },
        { "a font that ends the attribute",
          { .font = (char *)"Arial\" onload=\"x" },
          "font: a list of families has *" },
        { "a logo in clear text",
          { .logo = (char *)"http://example.org/logo.png" },
          "logo: it must be an https URL" },
        { "a logo without its size",
          { .logo = (char *)"https://example.org/logo.png", .logo_width = 100 },
          "logo: needs logo_width and logo_height" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_test_message("%s", cases[i].rule);
        g_assert_true(looks_check(&cases[i].looks, &error) == (cases[i].error == NULL));
        if (cases[i].error == NULL)
            continue;
        g_assert_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT);
        if (!g_pattern_match_simple(cases[i].error, error->message))
            g_error("\"%s\" is not like \"%s\"", error->message, cases[i].error);
    }
}

/* Whatever passes the check can be read, also what is mixed from it, and on boxes. */
static void
test_all_can_be_read(void)
{
    static const Looks cases[] = {
        { 0 },
        { .background = (char *)"#ffffff", .text = (char *)"#000000", .accent = (char *)"#a3003c" },
        { .background = (char *)"#102030", .text = (char *)"#eeeeee", .accent = (char *)"#ffcc66" },
    };
    static const char *const suffixes[] = { "", "_dark" };
    static const char *const inks[] = { "text", "soft", "accent" };
    static const char *const grounds[] = { "background", "tint" };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Value) looks = looks_to_value(&cases[i]);
        g_assert_true(looks_check(&cases[i], NULL));
        for (size_t k = 0; k < 12; k++) {
            const char *suffix = suffixes[k / 6];
            g_autofree char *ink = g_strconcat(inks[k % 3], suffix, NULL);
            g_autofree char *ground = g_strconcat(grounds[k / 3 % 2], suffix, NULL);
            g_assert_cmpfloat(
                looks_contrast(value_find_string(looks, ink), value_find_string(looks, ground)), >=,
                LOOKS_CONTRAST_MIN);
        }
    }
}

static void
test_defaults(void)
{
    const Looks wrong = { .accent = (char *)"\"><b>", .width = 640 };
    g_autoptr(Value) looks = looks_to_value(&wrong);
    g_assert_cmpstr(value_find_string(looks, "accent"), ==, "#1d4f8c");
    g_assert_cmpint(value_integer(value_find(looks, "width")), ==, 640);
    g_assert_cmpint(value_integer(value_find(looks, "inner")), ==, 576);
    g_assert_cmpint(value_integer(value_find(looks, "beside")), ==, 456);
    g_assert_null(value_find_string(looks, "logo"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/digest/looks/contrast", test_contrast);
    g_test_add_func("/digest/looks/check", test_check);
    g_test_add_func("/digest/looks/all can be read", test_all_can_be_read);
    g_test_add_func("/digest/looks/defaults", test_defaults);
    return g_test_run();
}
