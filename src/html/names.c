#include "html/names-internal.h"

#include <string.h>

/* Nobody names a part with more. */
#define NAMES_MAX 1000u

static void
add_words(GString *names, const char *text)
{
    char last = ' ';
    for (; *text != '\0' && names->len < NAMES_MAX; last = *text++) {
        bool is_new = g_ascii_isupper(*text) && g_ascii_islower(last); /* camelCase */
        bool is_word = g_ascii_isalnum(*text) || (unsigned char)*text >= 0x80;
        if ((is_new || !is_word) && names->str[names->len - 1] != ' ')
            g_string_append_c(names, ' ');
        if (is_word)
            g_string_append_c(names, g_ascii_tolower(*text));
    }
    if (names->str[names->len - 1] != ' ')
        g_string_append_c(names, ' ');
}

char *
node_names(const HtmlNode *node)
{
    static const char *const attributes[] = { "class",       "id",
                                              "itemprop",    "role",
                                              "data-testid", "data-component",
                                              "data-module", "data-component-name" };
    GString *names = g_string_new(" ");
    for (size_t i = 0; i < G_N_ELEMENTS(attributes); i++) {
        const char *value = node_attribute(node, attributes[i]);
        if (value != NULL)
            add_words(names, value);
    }
    return g_string_free(names, FALSE);
}

/* ENTRY has SIZE octets. */
static bool
hold(const char *names, const char *entry, size_t size)
{
    bool is_open = entry[size - 1] == '*';
    size -= is_open;
    for (const char *at = names; (at = memmem(at, strlen(at), entry, size)) != NULL; at++) {
        if (at > names && at[-1] == ' ' && (is_open || at[size] == ' '))
            return true;
    }
    return false;
}

bool
names_hold(const char *names, const char *entries)
{
    while (*entries != '\0') {
        size_t size = strcspn(entries, ",");
        if (hold(names, entries, size))
            return true;
        entries += size;
        entries += strspn(entries, ", ");
    }
    return false;
}
