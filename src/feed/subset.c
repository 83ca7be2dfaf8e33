#include "feed/subset-internal.h"

#include <stdbool.h>
#include <string.h>

#include "feed/reference-internal.h"

/* A name or a phrase is what people keep in an entity. */
#define TEXT_MAX  1000u
#define COUNT_MAX 1000u

static const char *
skip_space(const char *at, const char *end)
{
    while (at < end && g_ascii_isspace(*at))
        at++;
    return at;
}

/* True for text without mark-up and without a reference to another entity. */
static bool
is_plain(const char *text)
{
    if (strchr(text, '<') != NULL)
        return false;
    const char *end = text + strlen(text);
    const char *at = text;
    gunichar c;
    while ((at = strchr(at, '&')) != NULL) {
        if (!reference_read(&at, end, &c))
            return false;
    }
    return true;
}

/* The declaration behind "<!ENTITY" at AT: its name and its text, when it is of that kind. */
static void
read_entity(GHashTable *entities, const char *at, const char *end)
{
    at = skip_space(at, end);
    const char *name_end = at;
    while (name_end < end && !g_ascii_isspace(*name_end) && strchr("%\"'<>&;", *name_end) == NULL)
        name_end++;
    const char *quote = skip_space(name_end, end);
    if (name_end == at || quote == end || (*quote != '"' && *quote != '\''))
        return;
    const char *close = memchr(quote + 1, *quote, (size_t)(end - quote - 1));
    if (close == NULL || close - quote > TEXT_MAX)
        return;
    g_autofree char *name = g_strndup(at, (gsize)(name_end - at));
    g_autofree char *text = g_strndup(quote + 1, (gsize)(close - quote - 1));
    if (!is_plain(text) || g_hash_table_contains(entities, name)) /* the first counts (XML, 4.2) */
        return;
    g_hash_table_insert(entities, g_steal_pointer(&name), references_decode(text));
}

GHashTable *
subset_read(const char *at, const char *end)
{
    static const char mark[] = "<!ENTITY";
    g_autoptr(GHashTable) entities = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    while ((at = memmem(at, (size_t)(end - at), mark, strlen(mark))) != NULL) {
        at += strlen(mark);
        if (g_hash_table_size(entities) < COUNT_MAX)
            read_entity(entities, at, end);
    }
    return g_hash_table_size(entities) > 0 ? g_steal_pointer(&entities) : NULL;
}
