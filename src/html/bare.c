#include "html/bare-internal.h"

#include <stdbool.h>
#include <string.h>

/* A page with more data than that is not about one article. */
#define DATA_MAX 50u

static const char *const hidden[] = { "script", "style", "svg" };

void
bare_free(Bare *bare)
{
    if (bare == NULL)
        return;
    g_free(bare->html);
    g_ptr_array_unref(bare->data);
    g_free(bare);
}

/* True when TAG, behind its '<', is one of the element NAME. */
static bool
is_tag(const char *tag, const char *name)
{
    size_t size = strlen(name);
    return g_ascii_strncasecmp(tag, name, size) == 0 && strchr(" \t\r\n/>", tag[size]) != NULL;
}

/* The end tag of NAME at or behind TEXT, or the end of the text: what is never closed hides all that
 * follows. */
static const char *
find_end_tag(const char *text, const char *name)
{
    for (const char *at = text; (at = strstr(at, "</")) != NULL; at += 2) {
        if (is_tag(at + 2, name))
            return at;
    }
    return text + strlen(text);
}

/* Behind the tag at TEXT. */
static const char *
tag_end(const char *text)
{
    const char *end = strchr(text, '>');
    return end != NULL ? end + 1 : text + strlen(text);
}

static void
keep_data(Bare *bare, const char *tag, const char *content, const char *end)
{
    static const char type[] = "application/ld+json";
    g_autofree char *attributes = g_ascii_strdown(tag, content - tag);
    if (strstr(attributes, type) != NULL && bare->data->len < DATA_MAX)
        g_ptr_array_add(bare->data, g_strndup(content, (gsize)(end - content)));
}

/* Behind the hidden element that begins at TEXT ("<…"), or NULL: it is none. */
static const char *
skip_hidden(Bare *bare, const char *text)
{
    for (size_t i = 0; i < G_N_ELEMENTS(hidden); i++) {
        if (!is_tag(text + 1, hidden[i]))
            continue;
        const char *content = tag_end(text);
        if (content - text >= 2 && content[-2] == '/' && strcmp(hidden[i], "svg") == 0)
            return content; /* mark-up of XML, which may end at once */
        const char *end = find_end_tag(content, hidden[i]);
        keep_data(bare, text, content, end);
        return tag_end(end);
    }
    return NULL;
}

static const char *
skip_comment(const char *text)
{
    if (!g_str_has_prefix(text, "<!--"))
        return NULL;
    const char *end = strstr(text + 2, "-->"); /* "<!-->" is one */
    return end != NULL ? end + 3 : text + strlen(text);
}

Bare *
bare_new(const char *page)
{
    Bare *bare = g_new0(Bare, 1);
    bare->data = g_ptr_array_new_with_free_func(g_free);
    GString *html = g_string_sized_new(strlen(page) / 2);
    while (*page != '\0') {
        size_t plain = strcspn(page, "<");
        g_string_append_len(html, page, (gssize)plain);
        page += plain;
        if (*page == '\0')
            break;
        const char *behind = skip_comment(page);
        if (behind == NULL)
            behind = skip_hidden(bare, page);
        if (behind == NULL)
            g_string_append_c(html, *page++);
        else
            page = behind;
    }
    bare->html = g_string_free(html, FALSE);
    return bare;
}
