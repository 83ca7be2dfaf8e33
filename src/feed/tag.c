#include "feed/tag-internal.h"

#include <stdbool.h>
#include <string.h>

#include "feed/reference-internal.h"

/* What is longer is no tag, or has lost a quotation mark. */
#define TAG_MAX 8192u
/* More are meant to cost us time: each is compared with all others. */
#define ATTRIBUTES_MAX 50u

typedef struct {
    GString *out;
    const char *at;
    const char *end;
    GPtrArray *names; /* of char *, owned: the attributes so far */
} Tag;

static bool
is_name(char c)
{
    return g_ascii_isalnum(c) || (unsigned char)c >= 0x80 || (c != '\0' && strchr("_:.-", c));
}

static void
skip_space(Tag *tag)
{
    while (tag->at < tag->end && g_ascii_isspace(*tag->at))
        tag->at++;
}

/* The name that begins here; empty when there is none. */
static char *
read_name(Tag *tag)
{
    const char *from = tag->at;
    while (tag->at < tag->end && is_name(*tag->at))
        tag->at++;
    return g_strndup(from, (gsize)(tag->at - from));
}

static void
write_value(GString *out, const char *at, const char *end)
{
    while (at < end) {
        gunichar c = (unsigned char)*at;
        if (c == '&' && reference_read(&at, end, &c)) {
            if (c != 0)
                g_string_append_printf(out, "&#%u;", c);
            continue;
        }
        c = xml_character(g_utf8_get_char(at));
        at = g_utf8_next_char(at);
        if (c != 0 && c < 0x80 && strchr("&<>\"", (int)c) != NULL)
            g_string_append_printf(out, "&#%u;", c);
        else if (c != 0)
            g_string_append_unichar(out, c);
    }
}

/* What stands behind '=', with or without quotes. False when a quote has no end. */
static bool
read_value(Tag *tag, bool is_wanted)
{
    const char *from = tag->at;
    const char *to;
    if (from < tag->end && (*from == '"' || *from == '\'')) {
        to = memchr(from + 1, *from, (size_t)(tag->end - from - 1));
        if (to == NULL)
            return false;
        tag->at = to + 1;
        from++;
    } else {
        while (tag->at < tag->end && !g_ascii_isspace(*tag->at) && *tag->at != '>')
            tag->at++;
        to = tag->at;
        bool is_closing = to > from && to[-1] == '/' && to < tag->end && *to == '>';
        if (is_closing) { /* the '/' of "/>" is no part of it */
            to--;
            tag->at--;
        }
    }
    if (is_wanted)
        write_value(tag->out, from, to);
    return true;
}

static bool
read_attribute(Tag *tag)
{
    g_autofree char *name = read_name(tag);
    if (*name == '\0') { /* a stray quotation mark or the like */
        tag->at = g_utf8_next_char(tag->at);
        return true;
    }
    bool is_wanted = tag->names->len < ATTRIBUTES_MAX && (g_ascii_isalpha(*name) || *name == '_') &&
                     !g_ptr_array_find_with_equal_func(tag->names, name, g_str_equal, NULL);
    if (is_wanted) {
        g_string_append_printf(tag->out, " %s=\"", name);
        g_ptr_array_add(tag->names, g_steal_pointer(&name));
    }
    skip_space(tag);
    if (tag->at < tag->end && *tag->at == '=') {
        tag->at++;
        skip_space(tag);
        if (!read_value(tag, is_wanted))
            return false;
    }
    if (is_wanted)
        g_string_append_c(tag->out, '"');
    return true;
}

/* The attributes and the end of the tag. */
static bool
read_attributes(Tag *tag)
{
    while (tag->at < tag->end && *tag->at != '<') {
        if (*tag->at == '>') {
            tag->at++;
            g_string_append_c(tag->out, '>');
            return true;
        }
        if (*tag->at == '/' && tag->at + 1 < tag->end && tag->at[1] == '>') {
            tag->at += 2;
            g_string_append(tag->out, "/>");
            return true;
        }
        if (g_ascii_isspace(*tag->at))
            skip_space(tag);
        else if (!read_attribute(tag))
            return false;
    }
    return false;
}

char *
tag_name(const char *at, const char *end)
{
    Tag tag = { .at = at, .end = at + MIN((size_t)(end - at), TAG_MAX) };
    return read_name(&tag);
}

const char *
tag_write(GString *out, const char *at, const char *end)
{
    const char *limit = at + MIN((size_t)(end - at), TAG_MAX);
    while (limit < end && ((unsigned char)*limit & 0xC0) == 0x80)
        limit--;
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    Tag tag = { out, at + 1, limit, names };
    gsize before = out->len;
    g_autofree char *name = read_name(&tag);
    g_string_append_printf(out, "<%s", name);
    if (read_attributes(&tag))
        return tag.at;
    g_string_truncate(out, before);
    return NULL;
}
