/* decode.h - reads back what src/mail writes, by the letter of the RFCs, and fails on what they
 * forbid. Written apart from the encoders, so that both would have to err in the same way.       */
#pragma once

#include <stdbool.h>
#include <string.h>
#include <glib.h>

/* The body of FIELD in MESSAGE with its folding undone (RFC 5322, 2.2.3), or NULL. */
static inline char *
field_find(const char *message, const char *field)
{
    g_autofree char *start = g_strconcat("\r\n", field, ":", NULL);
    g_autofree char *whole = g_strconcat("\r\n", message, NULL);
    char *empty_line = strstr(whole + 2, "\r\n\r\n");
    if (empty_line != NULL)
        empty_line[2] = '\0';
    const char *at = strstr(whole, start);
    if (at == NULL)
        return NULL;
    g_autoptr(GString) body = g_string_new(NULL);
    for (at += strlen(start); *at != '\0'; at++) {
        if (at[0] == '\r' && at[1] == '\n') {
            if (at[2] != ' ' && at[2] != '\t')
                break;
            at++;
            continue;
        }
        g_string_append_c(body, *at);
    }
    return g_strdup(g_strstrip(body->str));
}

/* How often FIELD stands in MESSAGE's header. */
static inline guint
field_count(const char *message, const char *field)
{
    g_auto(GStrv) lines = g_strsplit(message, "\r\n", -1);
    g_autofree char *start = g_strconcat(field, ":", NULL);
    guint count = 0;
    for (guint i = 0; lines[i] != NULL && *lines[i] != '\0'; i++)
        count += g_str_has_prefix(lines[i], start);
    return count;
}

static inline char
hex_octet(const char *digits)
{
    /* RFC 2045, 6.7 (1): upper case only. */
    g_assert_true(g_ascii_isxdigit(digits[0]) && !g_ascii_islower(digits[0]));
    g_assert_true(g_ascii_isxdigit(digits[1]) && !g_ascii_islower(digits[1]));
    return (char)(g_ascii_xdigit_value(digits[0]) * 16 + g_ascii_xdigit_value(digits[1]));
}

/* One encoded-word of SIZE octets; each must be text by itself (RFC 2047, 5). */
static inline void
word_decode(GString *out, const char *word, gsize size)
{
    g_autoptr(GString) text = g_string_new(NULL);
    const char *end = word + size - 2;
    g_assert_cmpuint(size, <=, 75);
    g_assert_true(g_str_has_prefix(word, "=?UTF-8?Q?") || g_str_has_prefix(word, "=?UTF-8?B?"));
    const char *at = word + strlen("=?UTF-8?Q?");
    if (at[-2] == 'B') {
        gsize decoded = 0;
        g_autofree char *base64 = g_strndup(at, (gsize)(end - at));
        g_autofree guchar *bytes = g_base64_decode(base64, &decoded);
        g_assert_cmpuint(strlen(base64) % 4, ==, 0);
        g_string_append_len(text, (char *)bytes, (gssize)decoded);
    }
    for (; at[0] != '?' && word[8] == 'Q'; at++) {
        g_assert_true(g_ascii_isalnum(*at) || strchr("!*+-/=_", *at) != NULL);
        g_string_append_c(text, *at == '=' ? hex_octet(at + 1) : *at == '_' ? ' ' : *at);
        at += *at == '=' ? 2 : 0;
    }
    g_assert_true(g_utf8_validate(text->str, (gssize)text->len, NULL));
    g_string_append_len(out, text->str, (gssize)text->len);
}

/* An unfolded field with its encoded-words decoded; white space between two of them is not text
 * (RFC 2047, 6.2). */
static inline char *
words_decode(const char *field)
{
    g_autoptr(GString) out = g_string_new(NULL);
    bool after_word = false;
    while (*field != '\0') {
        gsize spaces = strspn(field, " ");
        gsize size = strcspn(field + spaces, " ");
        const char *word = field + spaces;
        bool encoded = size > 4 && g_str_has_prefix(word, "=?") && word[size - 1] == '=' &&
                       word[size - 2] == '?';
        if (!encoded || !after_word)
            g_string_append_len(out, field, (gssize)spaces);
        if (encoded)
            word_decode(out, word, size);
        else
            g_string_append_len(out, word, (gssize)size);
        after_word = encoded;
        field = word + size;
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* The display name of "phrase <address>", decoded or unquoted; NULL: an address alone. */
static inline char *
phrase_decode(const char *field)
{
    const char *angle = strrchr(field, '<');
    if (angle == NULL)
        return NULL;
    g_autofree char *phrase = g_strchomp(g_strndup(field, (gsize)(angle - field)));
    if (*phrase != '"')
        return words_decode(phrase);
    g_autoptr(GString) out = g_string_new(NULL);
    g_assert_true(g_str_has_suffix(phrase, "\""));
    for (const char *at = phrase + 1; at[1] != '\0'; at++) {
        g_assert_cmpint(*at, !=, '"');
        at += *at == '\\';
        g_string_append_c(out, *at);
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* Quoted-printable to text with LF. Fails on all that RFC 2045, 6.7 forbids, and on what breaks on
 * the way: a line that begins with '.' or "From ". */
static inline char *
quoted_printable_decode(const char *text)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_auto(GStrv) lines = g_strsplit(text, "\r\n", -1);
    for (guint i = 0; lines[i] != NULL; i++) {
        const char *line = lines[i];
        gsize size = strlen(line);
        bool soft = size > 0 && line[size - 1] == '=';
        g_assert_cmpuint(size, <=, 76);
        g_assert_false(g_str_has_prefix(line, ".") || g_str_has_prefix(line, "From "));
        g_assert_false(g_str_has_suffix(line, " ") || g_str_has_suffix(line, "\t"));
        for (gsize k = 0; k < size - soft; k++) {
            g_assert_true((line[k] >= ' ' && line[k] < 127) || line[k] == '\t');
            g_string_append_c(out, line[k] == '=' ? hex_octet(line + k + 1) : line[k]);
            k += line[k] == '=' ? 2 : 0;
        }
        if (!soft && lines[i + 1] != NULL)
            g_string_append_c(out, '\n');
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static inline char *
crlf_to_lf(const char *text)
{
    g_autoptr(GString) out = g_string_new(text);
    g_string_replace(out, "\r\n", "\n", 0);
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* base64 in lines of 76 to text with LF. */
static inline char *
base64_decode(const char *text)
{
    gsize size = 0;
    g_auto(GStrv) lines = g_strsplit(text, "\r\n", -1);
    for (guint i = 0; lines[i] != NULL; i++) {
        bool last = lines[i + 1] == NULL || *lines[i + 1] == '\0';
        g_assert_cmpuint(strlen(lines[i]), <=, 76);
        g_assert_true(last || strlen(lines[i]) == 76);
    }
    g_autofree char *bytes = (char *)g_base64_decode(text, &size);
    g_autofree char *decoded = g_strndup(bytes, size);
    g_assert_cmpuint(strlen(decoded), ==, size);
    return crlf_to_lf(decoded);
}

/* Every line of BYTES ends in CRLF and has at most MAX octets, and no other CR or LF stands there. */
static inline void
lines_check(const char *bytes, gsize size, gsize max)
{
    gsize column = 0;
    g_assert_cmpuint(size, ==, strlen(bytes));
    g_assert_true(g_str_has_suffix(bytes, "\r\n"));
    for (gsize i = 0; i < size; i++) {
        g_assert_cmpint(bytes[i], !=, '\n');
        if (bytes[i] != '\r') {
            g_assert_cmpuint(++column, <=, max);
            continue;
        }
        g_assert_cmpint(bytes[++i], ==, '\n');
        column = 0;
    }
}
