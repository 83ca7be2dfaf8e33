#include "subscriber/follow.h"

#include <string.h>

static const char *const names[] = {
    [STRICTNESS_STRICT] = "strict",
    [STRICTNESS_NORMAL] = "normal",
    [STRICTNESS_WIDE] = "wide",
};

const char *
strictness_name(Strictness strictness)
{
    return names[strictness];
}

bool
strictness_find(const char *name, Strictness *strictness)
{
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (strcmp(name, names[i]) == 0) {
            *strictness = (Strictness)i;
            return true;
        }
    }
    return false;
}

Follow *
follow_new(Strictness strictness, const char *words)
{
    Follow *follow = g_new0(Follow, 1);
    follow->strictness = strictness;
    follow->words = g_strdup(words);
    return follow;
}

void
follow_free(Follow *follow)
{
    if (follow == NULL)
        return;
    g_free(follow->words);
    g_free(follow);
}

GPtrArray *
follows_parse(const char *text)
{
    if (text == NULL || *text == '\0')
        return NULL;
    GPtrArray *follows = g_ptr_array_new_with_free_func((GDestroyNotify)follow_free);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++) {
        Strictness strictness;
        char *words = strchr(lines[i], ' ');
        if (words == NULL)
            continue;
        *words++ = '\0';
        if (strictness_find(lines[i], &strictness))
            g_ptr_array_add(follows, follow_new(strictness, words));
    }
    return follows;
}

void
follows_write(GString *out, const GPtrArray *follows)
{
    for (guint i = 0; follows != NULL && i < follows->len; i++) {
        const Follow *follow = follows->pdata[i];
        g_string_append_printf(out, "%s%s %s", i > 0 ? "\n" : "",
                               strictness_name(follow->strictness), follow->words);
    }
}
