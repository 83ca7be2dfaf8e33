#include "feed/mojibake-internal.h"

#include <stdbool.h>
#include <string.h>
#include <glib.h>

/* What Windows-1252 has at 0x80 to 0x9F; 0: nothing, then the control character is met. */
static const gunichar upper[32] = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178,
};

/* The octet that C is in Windows-1252, or -1. */
static int
octet_of(gunichar c)
{
    if (c <= 0xFF)
        return (int)c;
    for (int i = 0; i < 32; i++) {
        if (c == upper[i])
            return 0x80 + i;
    }
    return -1;
}

/* How many octets LEAD begins: characters of European scripts, and the punctuation of all. Other
 * leads are capitals that may well stand before a space or a quotation mark. */
static int
sequence_size(int lead)
{
    bool is_latin = lead >= 0xC2 && lead <= 0xC5;
    bool is_greek_or_cyrillic = lead >= 0xCE && lead <= 0xD1;
    return is_latin || is_greek_or_cyrillic ? 2 : lead == 0xE2 ? 3 : 0;
}

/* Appends the octets of the sequence at *AT and moves behind it; false when there is none. */
static bool
read_sequence(const char **at, GString *octets)
{
    int size = sequence_size(octet_of(g_utf8_get_char(*at)));
    for (int i = 0; i < size; i++) {
        int octet = octet_of(g_utf8_get_char(*at));
        if (i > 0 && (octet < 0x80 || octet > 0xBF))
            return false;
        g_string_append_c(octets, (char)octet);
        *at = g_utf8_next_char(*at);
    }
    return size > 0;
}

char *
mojibake_take(char *text)
{
    /* U+00C2 to U+00D1 and U+00E2 all begin so; most texts end here. */
    if (text == NULL || strchr(text, '\xC3') == NULL)
        return text;
    g_autoptr(GString) octets = g_string_sized_new(strlen(text));
    const char *at = text;
    while (*at != '\0') {
        if ((unsigned char)*at < 0x80)
            g_string_append_c(octets, *at++);
        else if (!read_sequence(&at, octets))
            return text;
    }
    if (!g_utf8_validate_len(octets->str, octets->len, NULL))
        return text;
    g_free(text);
    return g_string_free(g_steal_pointer(&octets), FALSE);
}
