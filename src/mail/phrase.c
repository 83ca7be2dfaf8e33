#include "mail/phrase.h"

#include <string.h>
#include <glib.h>

#include "base/text.h"

char *
phrase_fold(const char *text)
{
    g_autofree char *line = text_single_line(text);
    g_autofree char *folded = text_fold(line);
    g_autoptr(GString) plain = g_string_new(folded);
    g_string_replace(plain, "\xE2\x80\x99", "'", 0);
    return g_string_free(g_steal_pointer(&plain), FALSE);
}

bool
phrase_any(const char *folded, const char *const *phrases)
{
    for (; *phrases != NULL; phrases++) {
        if (strstr(folded, *phrases) != NULL)
            return true;
    }
    return false;
}

bool
phrase_begins(const char *folded, const char *const *phrases)
{
    for (; *phrases != NULL; phrases++) {
        if (g_str_has_prefix(folded, *phrases))
            return true;
    }
    return false;
}
