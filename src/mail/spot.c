#include "mail/spot.h"

#include <string.h>

/* RFC 5321, 4.5.3.1; in octets, also of those in UTF-8. */
#define LOCAL_MAX  64
#define DOMAIN_MAX 255

/* Letters beyond ASCII, but none of the scripts that write words without spaces between them: there, an
 * address would never end. */
static bool
is_letter(gunichar c)
{
    return c >= 0x80 && c < 0x2000 && g_unichar_isalnum(c);
}

static bool
is_local(gunichar c)
{
    return is_letter(c) ||
           (c < 0x80 && (g_ascii_isalnum((char)c) || strchr(".!#$%&*+/=?^_{|}~-", (int)c) != NULL));
}

static bool
is_domain(gunichar c)
{
    return is_letter(c) ||
           (c < 0x80 && (g_ascii_isalnum((char)c) || strchr(".-_", (int)c) != NULL));
}

/* What stands right before addresses in the words of servers, and may be part of one by its letters. */
static size_t
ornament_size(const char *at)
{
    static const char *const ornaments[] = { "=", "/", "?", "*", "-", ".", "&", "#" };
    for (size_t i = 0; i < G_N_ELEMENTS(ornaments); i++) {
        if (g_str_has_prefix(at, ornaments[i]))
            return strlen(ornaments[i]);
    }
    return 0;
}

static const char *
local_begin(const char *text, const char *at)
{
    const char *begin = at;
    while (begin > text && at - begin < LOCAL_MAX) {
        const char *before = g_utf8_prev_char(begin);
        gunichar c = g_utf8_get_char(before);
        if (c == 0 || !is_local(c))
            break;
        begin = before;
    }
    while (begin < at && ornament_size(begin) > 0)
        begin += ornament_size(begin);
    return begin;
}

static const char *
domain_end(const char *at)
{
    const char *end = at;
    const char *last = at; /* behind the last letter or digit */
    while (*end != '\0' && end - at < DOMAIN_MAX && is_domain(g_utf8_get_char(end))) {
        bool is_end = strchr(".-_", *end) == NULL;
        end = g_utf8_next_char(end);
        if (is_end)
            last = end;
    }
    return last;
}

bool
spot_find(const char *text, Spot *spot)
{
    for (const char *at = strchr(text, '@'); at != NULL; at = strchr(at + 1, '@')) {
        const char *begin = local_begin(text, at);
        const char *end = domain_end(at + 1);
        if (begin == at || end == at + 1 || at[1] == '.' || at[1] == '-')
            continue;
        *spot = (Spot){ begin, (size_t)(end - begin) };
        return true;
    }
    return false;
}

char *
spot_first(const char *text)
{
    Spot spot;
    return spot_find(text, &spot) ? g_strndup(spot.begin, spot.size) : NULL;
}
