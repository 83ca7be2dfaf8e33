/* looks.h - a newsletter's colours, font, width and logo, from the configuration.
 *
 * Six colours are given, in two schemes: a background, a text on it, and an accent for links and
 * rules. Everything else is mixed from them, so that whatever can be read in one place can be read
 * in all. Pure.                                                                                  */
#pragma once

#include <stdbool.h>
#include <glib.h>
#include "base/value.h"

/* Of text on its background (WCAG 2.1, 1.4.3). */
#define LOOKS_CONTRAST_MIN 4.5

typedef struct {
    char *background; /* "#rrggbb", as all colours; NULL: the default */
    char *text;
    char *accent;
    char *background_dark; /* the same for dark screens */
    char *text_dark;
    char *accent_dark;
    char *font; /* CSS families; NULL: the system's */
    int width;  /* pixels; 0: 600 */
    char *logo; /* an https URL, or NULL */
    int logo_width, logo_height;
} Looks;

void looks_clear(Looks *looks);

/* What is wrong with LOOKS: a colour that is none, text that cannot be read, a logo without its
 * size. DEPESCHE_ERROR_INPUT names the key. */
bool looks_check(const Looks *looks, GError **error);

/* The width of a mail without its margins, in pixels. */
int looks_inner_width(const Looks *looks);

/* What templates are shown as "looks"; colours that are none are the default's. */
Value *looks_to_value(const Looks *looks);

/* The contrast of two colours, from 1 to 21; 0 when one of them is none. */
double looks_contrast(const char *one, const char *other);
