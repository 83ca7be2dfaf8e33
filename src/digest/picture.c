#include "digest/picture.h"

#include <stdint.h>
#include <string.h>

typedef struct {
    const uint8_t *data;
    size_t size;
} Octets;

/* 0 beyond the end. */
static unsigned
octet(const Octets *octets, size_t at)
{
    return at < octets->size ? octets->data[at] : 0;
}

static unsigned
big_endian(const Octets *octets, size_t at)
{
    return octet(octets, at) << 8 | octet(octets, at + 1);
}

/* The header chunk is the first; more than 65,535 pixels are none that anybody sends. */
static void
measure_png(const Octets *octets, Picture *picture)
{
    if (big_endian(octets, 16) != 0 || big_endian(octets, 20) != 0)
        return;
    picture->width = big_endian(octets, 18);
    picture->height = big_endian(octets, 22);
}

static void
measure_gif(const Octets *octets, Picture *picture)
{
    picture->width = octet(octets, 7) << 8 | octet(octets, 6);
    picture->height = octet(octets, 9) << 8 | octet(octets, 8);
}

/* C0 to CF, but for tables and an extension that have places among them. */
static bool
is_frame(unsigned marker)
{
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

/* Segments, each with a marker and its length, up to the one that begins the frame. */
static void
measure_jpeg(const Octets *octets, Picture *picture)
{
    for (size_t at = 2; at + 9 <= octets->size && octet(octets, at) == 0xFF;) {
        unsigned marker = octet(octets, at + 1);
        if (marker == 0xFF) { /* a filler */
            at++;
            continue;
        }
        if (is_frame(marker)) {
            picture->height = big_endian(octets, at + 5);
            picture->width = big_endian(octets, at + 7);
            return;
        }
        at += 2 + MAX(big_endian(octets, at + 2), 2);
    }
}

static const struct {
    const char *type;
    const char *begin;
    size_t size;
    void (*measure)(const Octets *octets, Picture *picture);
} formats[] = {
    { "image/jpeg", "\xFF\xD8\xFF", 3, measure_jpeg },
    { "image/png", "\x89PNG\r\n\x1A\n", 8, measure_png },
    { "image/gif", "GIF8", 4, measure_gif },
};

bool
picture_recognize(GBytes *bytes, Picture *picture)
{
    Octets octets;
    octets.data = g_bytes_get_data(bytes, &octets.size);
    *picture = (Picture){ 0 };
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
        if (octets.size <= formats[i].size ||
            memcmp(octets.data, formats[i].begin, formats[i].size) != 0)
            continue;
        picture->type = formats[i].type;
        formats[i].measure(&octets, picture);
        return true;
    }
    return false;
}
