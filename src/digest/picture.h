/* picture.h - what can be told of a picture by its first octets. Pure; the octets are untrusted. */
#pragma once

#include <stdbool.h>
#include <glib.h>

typedef struct {
    const char *type;       /* "image/png" */
    unsigned width, height; /* in pixels; 0: not found */
} Picture;

/* False: BYTES are no picture that mail programs show, which are JPEG, PNG and GIF. */
bool picture_recognize(GBytes *bytes, Picture *picture);
