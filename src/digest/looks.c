#include "digest/looks.h"

#include <math.h>
#include <stddef.h>
#include <string.h>
#include "base/error.h"

/* Systems' own fonts: nothing is loaded, and every reader sees what they are used to. */
#define FONT   "-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
#define WIDTH  600
#define MARGIN 32 /* at both sides of what stands in the mail */

/* Pictures that stand beside text: narrow ones, and wide ones with the gap to it. */
#define PICTURE       120
#define PICTURE_LARGE 176

/* A font may not end the attribute that it stands in. */
#define FONT_LETTERS G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS " ,'-"

typedef struct {
    double red, green, blue; /* from 0 to 255 */
} Colour;

/* One of the two schemes, light and dark. */
typedef struct {
    const char *suffix;
    size_t background, text, accent; /* offsets */
    const char *default_background, *default_text, *default_accent;
} Scheme;

/* Neither pure white nor pure black: mail programs that turn colours round by force are gentler then. */
static const Scheme schemes[] = {
    { "", offsetof(Looks, background), offsetof(Looks, text), offsetof(Looks, accent), "#f8f7f4",
      "#25282c", "#1d4f8c" },
    { "_dark", offsetof(Looks, background_dark), offsetof(Looks, text_dark),
      offsetof(Looks, accent_dark), "#17191c", "#e4e1da", "#93bbea" },
};

/* What is mixed from text and background: how much of the background. */
static const struct {
    const char *name;
    double background;
} tints[] = {
    { "soft", 0.26 },  /* bylines and the footer */
    { "rule", 0.85 },  /* lines */
    { "tint", 0.955 }, /* the ground of boxes */
};

void
looks_clear(Looks *looks)
{
    g_free(looks->background);
    g_free(looks->text);
    g_free(looks->accent);
    g_free(looks->background_dark);
    g_free(looks->text_dark);
    g_free(looks->accent_dark);
    g_free(looks->font);
    g_free(looks->logo);
    *looks = (Looks){ 0 };
}

/* Colours */

static bool
colour_parse(const char *text, Colour *colour)
{
    if (text == NULL || text[0] != '#' || strlen(text) != 7 ||
        strspn(text + 1, "0123456789abcdefABCDEF") != 6)
        return false;
    guint64 number = g_ascii_strtoull(text + 1, NULL, 16);
    *colour =
        (Colour){ (double)(number >> 16), (double)(number >> 8 & 0xff), (double)(number & 0xff) };
    return true;
}

static char *
mix(const char *one, const char *other, double share_of_other)
{
    Colour a, b;
    if (!colour_parse(one, &a) || !colour_parse(other, &b))
        g_assert_not_reached();
    return g_strdup_printf("#%02x%02x%02x",
                           (unsigned)lround(a.red + (b.red - a.red) * share_of_other),
                           (unsigned)lround(a.green + (b.green - a.green) * share_of_other),
                           (unsigned)lround(a.blue + (b.blue - a.blue) * share_of_other));
}

/* WCAG 2.1's "relative luminance" of a part of a colour. */
static double
linear(double part)
{
    double share = part / 255;
    return share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4);
}

static double
luminance(const Colour *colour)
{
    return 0.2126 * linear(colour->red) + 0.7152 * linear(colour->green) +
           0.0722 * linear(colour->blue);
}

double
looks_contrast(const char *one, const char *other)
{
    Colour a, b;
    if (!colour_parse(one, &a) || !colour_parse(other, &b))
        return 0;
    double light = MAX(luminance(&a), luminance(&b));
    double dark = MIN(luminance(&a), luminance(&b));
    return (light + 0.05) / (dark + 0.05);
}

static const char *
colour_of(const Looks *looks, size_t offset, const char *fallback)
{
    const char *given = *(char *const *)((const char *)looks + offset);
    Colour colour;
    return colour_parse(given, &colour) ? given : fallback;
}

/* Checking */

static bool complain(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

static bool
complain(GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error_literal(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, message);
    return false;
}

static bool
check_colour(const Looks *looks, size_t offset, const char *name, const char *suffix,
             GError **error)
{
    const char *given = *(char *const *)((const char *)looks + offset);
    Colour colour;
    if (given == NULL || colour_parse(given, &colour))
        return true;
    return complain(error, "%s%s: \"%s\" is no colour like \"#1d4f8c\"", name, suffix, given);
}

static bool
check_contrast(const char *name, const char *suffix, const char *colour, const char *background,
               GError **error)
{
    double contrast = looks_contrast(colour, background);
    if (contrast >= LOOKS_CONTRAST_MIN)
        return true;
    return complain(error,
                    "%s%s: the contrast of %s on %s is %.1f; below %.1f people cannot read it",
                    name, suffix, colour, background, contrast, LOOKS_CONTRAST_MIN);
}

/* What is softer than the text, and the boxes that it may stand in, must be readable too. */
static bool
check_scheme(const Looks *looks, const Scheme *scheme, GError **error)
{
    const char *suffix = scheme->suffix;
    if (!check_colour(looks, scheme->background, "background", suffix, error) ||
        !check_colour(looks, scheme->text, "text", suffix, error) ||
        !check_colour(looks, scheme->accent, "accent", suffix, error))
        return false;
    const char *background = colour_of(looks, scheme->background, scheme->default_background);
    const char *text = colour_of(looks, scheme->text, scheme->default_text);
    const char *accent = colour_of(looks, scheme->accent, scheme->default_accent);
    g_autofree char *soft = mix(text, background, tints[0].background);
    g_autofree char *tint = mix(text, background, tints[2].background);
    return check_contrast("text", suffix, soft, tint, error) &&
           check_contrast("accent", suffix, accent, tint, error) &&
           check_contrast("accent", suffix, accent, background, error);
}

bool
looks_check(const Looks *looks, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++)
        if (!check_scheme(looks, &schemes[i], error))
            return false;
    if (looks->font != NULL && looks->font[strspn(looks->font, FONT_LETTERS)] != '\0')
        return complain(error, "font: a list of families has letters, digits, commas, \"'\" and "
                               "\"-\"");
    if (looks->logo != NULL && !g_str_has_prefix(looks->logo, "https://"))
        return complain(error, "logo: it must be an https URL");
    if (looks->logo != NULL && (looks->logo_width == 0 || looks->logo_height == 0))
        return complain(error, "logo: needs logo_width and logo_height");
    return true;
}

/* Showing */

static void
put_scheme(Value *map, const Looks *looks, const Scheme *scheme)
{
    const struct {
        const char *name, *colour;
    } given[] = {
        { "background", colour_of(looks, scheme->background, scheme->default_background) },
        { "text", colour_of(looks, scheme->text, scheme->default_text) },
        { "accent", colour_of(looks, scheme->accent, scheme->default_accent) },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(given); i++) {
        g_autofree char *key = g_strconcat(given[i].name, scheme->suffix, NULL);
        value_set_string(map, key, given[i].colour);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(tints); i++) {
        g_autofree char *key = g_strconcat(tints[i].name, scheme->suffix, NULL);
        g_autofree char *colour = mix(given[1].colour, given[0].colour, tints[i].background);
        value_set_string(map, key, colour);
    }
}

int
looks_inner_width(const Looks *looks)
{
    return (looks->width > 0 ? looks->width : WIDTH) - 2 * MARGIN;
}

Value *
looks_to_value(const Looks *looks)
{
    Value *map = value_new_map();
    for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++)
        put_scheme(map, looks, &schemes[i]);
    value_set_string(map, "font", looks->font != NULL ? looks->font : FONT);
    int inner = looks_inner_width(looks);
    value_set_integer(map, "width", inner + 2 * MARGIN);
    value_set_integer(map, "inner", inner);
    value_set_integer(map, "beside", inner - PICTURE);
    value_set_integer(map, "beside_large", inner - PICTURE_LARGE);
    value_set_string(map, "logo", looks->logo);
    value_set_integer(map, "logo_width", looks->logo_width);
    value_set_integer(map, "logo_height", looks->logo_height);
    return map;
}
