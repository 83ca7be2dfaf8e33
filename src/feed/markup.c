#include "feed/markup-internal.h"

#include <string.h>
#include <glib.h>

/* A feed may begin behind the warnings of a broken server, but not further on than this. */
#define JUNK_MAX (64u * 1024)

/* A tag that is longer is left as it is. */
#define TAG_MAX 4096u

bool
markup_begins(const char *at, const char *end, const char *word)
{
    size_t size = strlen(word);
    return (size_t)(end - at) >= size && g_ascii_strncasecmp(at, word, size) == 0;
}

/* memmem() looks at each octet; where the first one of WORD is rare, this does not. */
const char *
markup_find(const char *at, const char *end, const char *word)
{
    size_t size = strlen(word);
    while ((size_t)(end - at) >= size) {
        at = memchr(at, word[0], (size_t)(end - at) - size + 1);
        if (at == NULL || memcmp(at, word, size) == 0)
            return at;
        at++;
    }
    return NULL;
}

/* True for what stands at the start of a document that is read: a declaration, or a tag of one of
 * these names, with any prefix. */
static bool
is_start(const char *at, const char *end)
{
    static const char *const names[] = { "rss", "feed", "rdf", "channel", "html", "opml" };
    if (markup_begins(at, end, "<?xml") || markup_begins(at, end, "<!doctype"))
        return true;
    const char *name = at + 1;
    const char *behind = name;
    while (behind < end && g_ascii_isalnum(*behind)) {
        behind++;
        if (behind < end && *behind == ':')
            name = ++behind;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if ((size_t)(behind - name) == strlen(names[i]) && markup_begins(name, end, names[i]))
            return true;
    }
    return false;
}

const char *
markup_find_start(const char *text, const char *end)
{
    const char *limit = text + MIN((size_t)(end - text), JUNK_MAX);
    const char *first = memchr(text, '<', (size_t)(limit - text));
    for (const char *at = first; at != NULL; at = memchr(at + 1, '<', (size_t)(limit - at - 1))) {
        if (is_start(at, end))
            return at;
    }
    return first != NULL ? first : end;
}

bool
markup_is_declaration(const char *at, const char *end)
{
    return markup_begins(at, end, "<?xml") && end - at > 5 &&
           (at[5] == '?' || g_ascii_isspace(at[5]));
}

const char *
markup_declaration_end(const char *at, const char *end)
{
    bool in_subset = false;
    while (at < end) {
        if (markup_begins(at, end, "<!--")) {
            const char *close = markup_find(at, end, "-->");
            if (close == NULL)
                return end;
            at = close + 3;
            continue;
        }
        if (*at == '"' || *at == '\'') {
            at = memchr(at + 1, *at, (size_t)(end - at - 1));
            if (at == NULL)
                return end;
        } else if (*at == '[') {
            in_subset = true;
        } else if (*at == ']') {
            in_subset = false;
        } else if (*at == '>' && !in_subset) {
            return at + 1;
        }
        at++;
    }
    return end;
}

bool
markup_is_name(const char *name, const char *end)
{
    return name < end &&
           (g_ascii_isalpha(*name) || *name == '_' || *name == ':' || (unsigned char)*name >= 0x80);
}

bool
markup_is_empty_element(const char *name, const char *end)
{
    static const char *const names[] = { "br", "hr", "img", "wbr" };
    if (name == end || strchr("bhiwBHIW", *name) == NULL)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        const char *behind = name + strlen(names[i]);
        if (markup_begins(name, end, names[i]) && behind < end &&
            (*behind == '>' || *behind == '/' || g_ascii_isspace(*behind)))
            return true;
    }
    return false;
}

const char *
markup_tag_close(const char *at, const char *end)
{
    size_t max = MIN((size_t)(end - at), TAG_MAX);
    const char *close = memchr(at, '>', max);
    if (close == NULL || memchr(at + 1, '<', (size_t)(close - at - 1)) != NULL)
        return NULL;
    return close;
}

unsigned
markup_count_attributes(const char *at, const char *end, const char **close)
{
    const char *name = at;
    unsigned count = 0;
    *close = NULL;
    for (; at < end && *at != '>' && *at != '<'; at++) {
        if (*at != '=')
            continue;
        if (++count > MARKUP_ATTRIBUTES_MAX)
            return count;
        while (at + 1 < end && g_ascii_isspace(at[1]))
            at++;
        if (at + 1 < end && (at[1] == '"' || at[1] == '\'')) {
            const char *quote = memchr(at + 2, at[1], (size_t)(end - at - 2));
            at = quote != NULL ? quote : end - 1;
        }
    }
    if (at < end && *at == '>' && memchr(name, '<', (size_t)(at - name)) == NULL)
        *close = at;
    return count;
}
