#include "html/names-internal.h"

#include <stdint.h>
#include <string.h>

/* Nobody names a part with more. */
#define NAMES_MAX 1000u

/* What two attributes say together is no name: class="article" id="content". */
#define ATTRIBUTE_END "| "

/* WordPress writes the tags and categories of an article into its classes: they are its subjects, and no
 * names of ours. */
static char *
without_subjects(const char *classes)
{
    if (strstr(classes, "hentry") == NULL && strstr(classes, "type-post") == NULL)
        return g_strdup(classes);
    g_autoptr(GString) left = g_string_new(NULL);
    g_auto(GStrv) parts = g_strsplit_set(classes, " \t\r\n", -1);
    for (guint i = 0; parts[i] != NULL; i++) {
        if (!g_str_has_prefix(parts[i], "tag-") && !g_str_has_prefix(parts[i], "category-"))
            g_string_append_printf(left, "%s ", parts[i]);
    }
    return g_string_free(g_steal_pointer(&left), FALSE);
}

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
                                              "data-module", "data-component-name",
                                              "data-area" };
    GString *names = g_string_new(" ");
    for (size_t i = 0; i < G_N_ELEMENTS(attributes); i++) {
        const char *value = node_attribute(node, attributes[i]);
        g_autofree char *words = value != NULL ? without_subjects(value) : NULL;
        if (words != NULL) {
            add_words(names, words);
            g_string_append(names, ATTRIBUTE_END);
        }
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

/* A bit for each octet that a word of NAMES begins with: most entries begin with another. */
static uint32_t
initials_of(const char *names)
{
    uint32_t initials = 0;
    for (; *names != '\0'; names++) {
        if (names[0] == ' ')
            initials |= UINT32_C(1) << (names[1] & 31);
    }
    return initials;
}

const char *
names_find(const char *names, const char *entries)
{
    uint32_t initials = initials_of(names);
    while (names[1] != '\0') { /* most elements have none */
        const char *end = strchrnul(entries, ',');
        bool may_be = (initials >> (entries[0] & 31) & 1) != 0;
        if (may_be && hold(names, entries, (size_t)(end - entries)))
            return entries;
        if (*end == '\0')
            break;
        entries = end + strlen(", ");
    }
    return NULL;
}

bool
names_hold(const char *names, const char *entries)
{
    return names_find(names, entries) != NULL;
}
