#include "mail/phrase.h"

#include <stdint.h>
#include <string.h>
#include <glib.h>

#include "base/text.h"

/* Visible ASCII on one line in lower case, in one pass; NULL when TEXT is more than that. Most is not. */
static char *
fold_plain(const char *text)
{
    g_autofree char *out = g_malloc(strlen(text) + 1);
    char *end = out;
    for (bool space = false; *text != '\0'; text++) {
        if (g_ascii_isspace(*text)) {
            space = true;
            continue;
        }
        if (!g_ascii_isgraph(*text))
            return NULL;
        if (space && end > out)
            *end++ = ' ';
        space = false;
        *end++ = g_ascii_tolower(*text);
    }
    *end = '\0';
    return g_steal_pointer(&out);
}

char *
phrase_fold(const char *text)
{
    char *folded_plain = fold_plain(text);
    if (folded_plain != NULL)
        return folded_plain;
    g_autofree char *line = text_single_line(text);
    g_autofree char *folded = text_fold(line);
    g_autoptr(GString) plain = g_string_new(folded);
    g_string_replace(plain, "\xE2\x80\x99", "'", 0);
    return g_string_free(g_steal_pointer(&plain), FALSE);
}

/* Which triples of octets stand in a text, by a hash: a table has hundreds of phrases, of which most texts
 * have none, and to look for each would take most of the time that a mail takes. */
#define GRAM_BITS 4096u

typedef struct {
    uint64_t words[GRAM_BITS / 64];
} Grams;

static unsigned
gram_at(const char *at)
{
    const unsigned char *octets = (const unsigned char *)at;
    return ((unsigned)octets[0] * 961 + (unsigned)octets[1] * 31 + octets[2]) % GRAM_BITS;
}

static void
grams_init(Grams *grams, const char *text)
{
    memset(grams, 0, sizeof *grams);
    size_t size = strlen(text);
    for (size_t i = 0; i + 2 < size; i++) {
        unsigned gram = gram_at(text + i);
        grams->words[gram / 64] |= UINT64_C(1) << gram % 64;
    }
}

/* False when PHRASE is certainly not in the text. */
static bool
grams_allow(const Grams *grams, const char *phrase)
{
    if (phrase[0] == '\0' || phrase[1] == '\0')
        return true;
    for (; phrase[2] != '\0'; phrase++) {
        unsigned gram = gram_at(phrase);
        if ((grams->words[gram / 64] >> gram % 64 & 1) == 0)
            return false;
    }
    return true;
}

bool
phrase_any(const char *folded, const char *const *phrases)
{
    Grams grams;
    grams_init(&grams, folded);
    for (; *phrases != NULL; phrases++) {
        if (grams_allow(&grams, *phrases) && strstr(folded, *phrases) != NULL)
            return true;
    }
    return false;
}

bool
phrase_begins(const char *folded, const char *const *phrases)
{
    for (; *phrases != NULL; phrases++) {
        if (**phrases == *folded && g_str_has_prefix(folded, *phrases))
            return true;
    }
    return false;
}
