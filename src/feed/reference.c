#include "feed/reference-internal.h"

#include <string.h>

#include "base/entity.h"
#include "base/text.h"

/* "&thetasym;" has 10, "&#x0010FFFF;" 12. */
#define REFERENCE_MAX 16

gunichar
xml_character(gunichar c)
{
    if (c >= 0x80 && c <= 0x9F) {
        char bytes[8] = { 0 };
        int size = g_unichar_to_utf8(c, bytes);
        g_autofree char *meant = text_repair(bytes, (size_t)size);
        return g_utf8_get_char(meant);
    }
    bool is_control = c < 0x20 && c != '\t' && c != '\n' && c != '\r';
    return is_control || !g_unichar_validate(c) || c == 0xFFFE || c == 0xFFFF ? 0 : c;
}

/* The number of "#8211" or "#x2013"; false when it is none. */
static bool
read_number(const char *text, gunichar *c)
{
    bool is_hex = text[1] == 'x' || text[1] == 'X';
    const char *digits = text + (is_hex ? 2 : 1);
    if (!g_ascii_isxdigit(*digits)) /* strtoull would take a sign */
        return false;
    char *behind;
    guint64 number = g_ascii_strtoull(digits, &behind, is_hex ? 16 : 10);
    if (*behind != '\0')
        return false;
    *c = xml_character(number > 0x10FFFF ? 0 : (gunichar)number);
    return true;
}

bool
reference_read(const char **at, const char *end, gunichar *c)
{
    char name[REFERENCE_MAX + 1];
    size_t size = 0;
    const char *text = *at + 1;
    size_t max = MIN((size_t)(end - text), REFERENCE_MAX);
    while (size < max && (g_ascii_isalnum(text[size]) || (size == 0 && text[size] == '#'))) {
        name[size] = text[size];
        size++;
    }
    name[size] = '\0';
    if (size < 2 || size == max || text[size] != ';')
        return false;
    if (name[0] == '#') {
        if (!read_number(name, c))
            return false;
    } else {
        *c = entity_find(name);
        if (*c == 0)
            return false;
    }
    *at = text + size + 1;
    return true;
}

char *
references_decode(const char *text)
{
    g_autoptr(GString) out = g_string_new(NULL);
    const char *end = text + strlen(text);
    while (text < end) {
        size_t plain = strcspn(text, "&");
        g_string_append_len(out, text, (gssize)plain);
        text += plain;
        gunichar c = 0;
        if (text == end)
            break;
        if (!reference_read(&text, end, &c)) {
            g_string_append_c(out, '&');
            text++;
        } else if (c != 0) {
            g_string_append_unichar(out, c);
        }
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}
