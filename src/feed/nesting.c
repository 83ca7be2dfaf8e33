#include "feed/nesting-internal.h"

#include <stdbool.h>
#include <string.h>

#include "feed/tag-internal.h"

/* libxml2 stops at 256; what is deeper is left out. */
#define LEVELS_MAX 200u

struct Nesting {
    GPtrArray *open; /* of char *, owned: names of elements, the outermost first */
};

Nesting *
nesting_new(void)
{
    Nesting *nesting = g_new0(Nesting, 1);
    nesting->open = g_ptr_array_new_with_free_func(g_free);
    return nesting;
}

void
nesting_free(Nesting *nesting)
{
    if (nesting == NULL)
        return;
    g_ptr_array_unref(nesting->open);
    g_free(nesting);
}

/* The level of the innermost element called NAME, or -1. Some close <title> with </Title>. */
static int
level_of(const Nesting *nesting, const char *name)
{
    char first = g_ascii_tolower(*name);
    for (int level = (int)nesting->open->len - 1; level >= 0; level--) {
        const char *open = nesting->open->pdata[level];
        if (g_ascii_tolower(*open) == first && g_ascii_strcasecmp(open, name) == 0)
            return level;
    }
    return -1;
}

/* Closes all from LEVEL on. */
static void
close_from(Nesting *nesting, GString *out, int level)
{
    for (int i = (int)nesting->open->len - 1; i >= level; i--)
        g_string_append_printf(out, "</%s>", (const char *)nesting->open->pdata[i]);
    g_ptr_array_set_size(nesting->open, level);
}

static bool
is_item(const char *name)
{
    return g_ascii_strcasecmp(name, "item") == 0 || g_ascii_strcasecmp(name, "entry") == 0;
}

const char *
nesting_write_start(Nesting *nesting, GString *out, const char *at, const char *end)
{
    g_autofree char *name = tag_name(at + 1, end);
    int level = is_item(name) ? level_of(nesting, name) : -1;
    if (level >= 0)
        close_from(nesting, out, level);
    gsize before = out->len;
    const char *behind = tag_write(out, at, end);
    if (behind == NULL || g_str_has_suffix(out->str, "/>"))
        return behind;
    if (nesting->open->len >= LEVELS_MAX)
        g_string_truncate(out, before);
    else
        g_ptr_array_add(nesting->open, g_steal_pointer(&name));
    return behind;
}

const char *
nesting_write_end(Nesting *nesting, GString *out, const char *at, const char *end)
{
    g_autofree char *name = tag_name(at + 2, end);
    const char *behind = at + 2 + strlen(name);
    while (behind < end && *behind != '>' && *behind != '<')
        behind++;
    if (behind == end)
        return NULL;
    int level = level_of(nesting, name);
    if (level >= 0)
        close_from(nesting, out, level);
    return *behind == '>' ? behind + 1 : behind;
}

void
nesting_finish(Nesting *nesting, GString *out)
{
    close_from(nesting, out, 0);
}
