#include "feed/text-internal.h"

#include <string.h>
#include <libxml/HTMLparser.h>

/* The longest name of a character in HTML 4 is "thetasym"; nobody means longer ones. */
#define NAME_MAX_SIZE 12

/* What &#128; to &#159; mean: Windows-1252 (0: nothing). */
static const unsigned windows_1252[32] = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178,
};

/* Behind the first END from AT on, or the end of the text. */
static const char *
behind(const char *at, const char *end)
{
    const char *found = strstr(at, end);
    return found != NULL ? found + strlen(end) : at + strlen(at);
}

/* Behind a DOCTYPE, with its internal subset. */
static const char *
behind_doctype(const char *at)
{
    size_t size = strcspn(at, "[>");
    if (at[size] != '[')
        return at[size] == '>' ? at + size + 1 : at + size;
    at = behind(at + size, "]");
    return behind(at, ">");
}

/* A character that XML 1.0 allows (2.2). */
static bool
is_xml_character(unsigned long c)
{
    return c == 0x9 || c == 0xA || c == 0xD || (c >= 0x20 && c <= 0xD7FF) ||
           (c >= 0xE000 && c <= 0xFDCF) || (c >= 0xFDF0 && c <= 0xFFFD) ||
           (c >= 0x10000 && c <= 0x10FFFF);
}

/* A numeric reference at AT ("&#…;"): writes it with what it means and returns what is behind it;
 * NULL when it is none. */
static const char *
write_numeric(GString *out, const char *at)
{
    bool is_hex = at[2] == 'x' || at[2] == 'X';
    const char *digits = at + (is_hex ? 3 : 2);
    size_t size = strspn(digits, is_hex ? "0123456789abcdefABCDEF" : "0123456789");
    if (size == 0 || size > 8 || digits[size] != ';')
        return NULL;
    unsigned long c = (unsigned long)g_ascii_strtoull(digits, NULL, is_hex ? 16 : 10);
    if (c >= 0x80 && c <= 0x9F)
        c = windows_1252[c - 0x80];
    if (is_xml_character(c))
        g_string_append_printf(out, "&#%lu;", c);
    return digits + size + 1;
}

/* A named one: the same. */
static const char *
write_named(GString *out, const char *at)
{
    char name[NAME_MAX_SIZE + 1];
    size_t size = 0;
    while (size < NAME_MAX_SIZE && g_ascii_isalnum(at[1 + size])) {
        name[size] = at[1 + size];
        size++;
    }
    name[size] = '\0';
    if (size == 0 || at[1 + size] != ';')
        return NULL;
    const htmlEntityDesc *entity = htmlEntityLookup((const xmlChar *)name);
    if (entity != NULL)
        g_string_append_printf(out, "&#%u;", entity->value);
    else if (strcmp(name, "apos") == 0) /* XML has it, HTML 4 had not */
        g_string_append(out, "&#39;");
    else
        return NULL;
    return at + 1 + size + 1;
}

static const char *
write_reference(GString *out, const char *at)
{
    const char *next = at[1] == '#' ? write_numeric(out, at) : write_named(out, at);
    if (next != NULL)
        return next;
    g_string_append(out, "&#38;");
    return at + 1;
}

/* What begins with '<' at AT. */
static const char *
write_markup(GString *out, const char *at)
{
    const char *next = at + 1;
    if (g_str_has_prefix(at, "<![CDATA[")) {
        next = behind(at, "]]>");
    } else if (g_str_has_prefix(at, "<!--")) {
        return behind(at, "-->"); /* nobody's to read, and often not well-formed */
    } else if (g_ascii_strncasecmp(at, "<!DOCTYPE", 9) == 0) {
        return behind_doctype(at);
    } else if (g_str_has_prefix(at, "<?")) {
        return behind(at, "?>"); /* the declaration, which is done with, and style sheets */
    }
    g_string_append_len(out, at, next - at);
    return next;
}

char *
feed_repair(const char *text)
{
    const char *at = strchr(text, '<');
    GString *out = g_string_sized_new(strlen(text) + 64);
    while (at != NULL && *at != '\0') {
        size_t plain = strcspn(at, "&<");
        g_string_append_len(out, at, (gssize)plain);
        at += plain;
        if (*at == '<')
            at = write_markup(out, at);
        else if (*at == '&')
            at = write_reference(out, at);
    }
    return g_string_free(out, FALSE);
}
