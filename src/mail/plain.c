#include "mail/plain.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <glib.h>

#include "base/entity.h"
#include "base/text.h"

/* HTML */

#define NO_BREAK_SPACE 0xA0u

static bool
is_tag(const char *name, size_t size, const char *tag)
{
    return strlen(tag) == size && g_ascii_strncasecmp(name, tag, size) == 0;
}

static bool
breaks_line(const char *name, size_t size)
{
    static const char *const tags[] = { "br", "p",  "div", "tr", "li",    "h1",   "h2", "h3",
                                        "h4", "hr", "pre", "ul", "table", "body", "td", "title" };
    for (size_t i = 0; i < G_N_ELEMENTS(tags); i++) {
        if (is_tag(name, size, tags[i]))
            return true;
    }
    return false;
}

/* Behind the element whose content is no text, when the tag at NAME begins one; else NULL. */
static const char *
skip_element(const char *name, size_t size)
{
    static const char *const ends[][2] = { { "style", "</style" }, { "script", "</script" } };
    for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
        if (!is_tag(name, size, ends[i][0]))
            continue;
        const char *at = name;
        while (*at != '\0' && g_ascii_strncasecmp(at, ends[i][1], strlen(ends[i][1])) != 0)
            at++;
        return at;
    }
    return NULL;
}

/* What stands behind the tag or comment at '<'. */
static const char *
skip_tag(GString *out, const char *at)
{
    if (g_str_has_prefix(at, "<!--")) {
        const char *end = strstr(at, "-->");
        return end == NULL ? at + strlen(at) : end + 3;
    }
    const char *name = at + 1 + (at[1] == '/');
    size_t size = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ123456");
    if (size ==
        0) { /* "<a@example.org>" that was not escaped begins with a letter; this is less still */
        g_string_append_c(out, '<');
        return at + 1;
    }
    const char *end = strchr(name, '>');
    if (end == NULL)
        return at + strlen(at);
    const char *mail = memchr(name, '@', (size_t)(end - name));
    if (mail != NULL &&
        memchr(name, ' ', (size_t)(end - name)) == NULL) { /* an address in brackets */
        g_string_append_len(out, at, end + 1 - at);
        return end + 1;
    }
    if (breaks_line(name, size))
        g_string_append_c(out, '\n');
    const char *behind = at[1] == '/' ? NULL : skip_element(name, size);
    return behind != NULL ? behind : end + 1;
}

/* The character of the reference at AT ("&uuml;", "&#252;", "&#xFC;"), which ends at *END; 0: none. */
static gunichar
read_entity(const char *at, const char **end)
{
    char name[16];
    const char *close = memchr(at, ';', strnlen(at, sizeof name));
    if (close == NULL)
        return 0;
    g_strlcpy(name, at + 1, (gsize)(close - at));
    *end = close + 1;
    if (name[0] != '#')
        return entity_find(name);
    bool is_hex = name[1] == 'x' || name[1] == 'X';
    gunichar c = (gunichar)strtoul(name + 1 + is_hex, NULL, is_hex ? 16 : 10);
    return g_unichar_validate(c) ? c : 0;
}

static const char *
take_entity(GString *out, const char *at)
{
    const char *end;
    gunichar c = read_entity(at, &end);
    if (c == 0) {
        g_string_append_c(out, '&');
        return at + 1;
    }
    g_string_append_unichar(out, c == NO_BREAK_SPACE ? ' ' : c);
    return end;
}

char *
plain_from_html(const char *html)
{
    GString *out = g_string_new(NULL);
    for (const char *at = html; *at != '\0';) {
        if (*at == '<') {
            at = skip_tag(out, at);
        } else if (*at == '&') {
            at = take_entity(out, at);
        } else {
            size_t size = strcspn(at, "<&");
            g_string_append_len(out, at, (gssize)size);
            at += size;
        }
    }
    return g_string_free(out, FALSE);
}

/* Character sets */

static char *
convert(const char *bytes, size_t size, const char *charset)
{
    gsize length = 0;
    g_autofree char *text =
        g_convert_with_fallback(bytes, (gssize)size, "UTF-8", charset, "?", NULL, &length, NULL);
    return text == NULL ? NULL : text_repair(text, length);
}

/* Japanese servers often do not say that theirs is ISO-2022-JP, which nothing else looks like. */
static bool
looks_japanese(const char *bytes, size_t size)
{
    return memmem(bytes, size, "\x1B$", 2) != NULL;
}

static bool
says_nothing(const char *charset)
{
    static const char *const names[] = { "us-ascii",     "ascii",   "utf-8",      "utf8",
                                         "unknown-8bit", "unknown", "iso-2022-jp" };
    for (size_t i = 0; charset != NULL && i < G_N_ELEMENTS(names); i++) {
        if (g_ascii_strcasecmp(charset, names[i]) == 0)
            return true;
    }
    return charset == NULL;
}

char *
plain_from_bytes(const char *bytes, size_t size, const char *charset)
{
    char *text = NULL;
    if (looks_japanese(bytes, size))
        text = convert(bytes, size, "ISO-2022-JP");
    else if (!says_nothing(charset))
        text = convert(bytes, size, charset);
    else if (!text_is_utf8(bytes, size))
        text = convert(bytes, size, "WINDOWS-1252");
    return text != NULL ? text : text_repair(bytes, size);
}
