#include "digest/words-internal.h"

#include <string.h>
#include <libstemmer.h>

#include "base/text.h"

static bool
is_word_character(gunichar c)
{
    return g_unichar_isalnum(c) || g_unichar_ismark(c);
}

GPtrArray *
words_split(const char *text)
{
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *folded = text_fold(text);
    const char *start = NULL;
    for (const char *at = folded;; at = g_utf8_next_char(at)) {
        bool inside = *at != '\0' && is_word_character(g_utf8_get_char(at));
        if (inside && start == NULL)
            start = at;
        if (!inside && start != NULL) {
            g_ptr_array_add(words, g_strndup(start, (gsize)(at - start)));
            start = NULL;
        }
        if (*at == '\0')
            return words;
    }
}

char *
word_fold(const char *word)
{
    GString *out = g_string_sized_new(strlen(word) + 4);
    for (const char *at = word; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        switch (c) {
        case 0xE4: g_string_append(out, "ae"); break;
        case 0xF6: g_string_append(out, "oe"); break;
        case 0xFC: g_string_append(out, "ue"); break;
        default: g_string_append_unichar(out, c); break;
        }
    }
    return g_string_free(out, FALSE);
}

/* Stems */

typedef struct {
    struct sb_stemmer *stemmer; /* NULL: Snowball has none */
    GHashTable *stems;          /* word -> stem */
    bool is_german;
} Language;

struct Stemmers {
    GHashTable *languages; /* primary subtag -> Language */
};

static void
language_free(Language *language)
{
    if (language->stemmer != NULL)
        sb_stemmer_delete(language->stemmer);
    g_hash_table_unref(language->stems);
    g_free(language);
}

Stemmers *
stemmers_new(void)
{
    Stemmers *stemmers = g_new0(Stemmers, 1);
    stemmers->languages =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)language_free);
    return stemmers;
}

void
stemmers_free(Stemmers *stemmers)
{
    if (stemmers == NULL)
        return;
    g_hash_table_unref(stemmers->languages);
    g_free(stemmers);
}

static Language *
find_language(Stemmers *stemmers, const char *tag)
{
    g_autofree char *primary = g_ascii_strdown(tag, (gssize)strcspn(tag, "-_"));
    Language *language = g_hash_table_lookup(stemmers->languages, primary);
    if (language != NULL)
        return language;
    language = g_new0(Language, 1);
    language->stemmer = sb_stemmer_new(primary, "UTF_8");
    language->is_german = strcmp(primary, "de") == 0;
    language->stems = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_hash_table_insert(stemmers->languages, g_strdup(primary), language);
    return language;
}

static const char *
stem_of(Language *language, const char *word)
{
    const char *known = g_hash_table_lookup(language->stems, word);
    if (known != NULL)
        return known;
    const sb_symbol *stem =
        sb_stemmer_stem(language->stemmer, (const sb_symbol *)word, (int)strlen(word));
    g_autofree char *text =
        g_strndup((const char *)stem, (gsize)sb_stemmer_length(language->stemmer));
    char *folded = word_fold(text);
    g_hash_table_insert(language->stems, g_strdup(word), folded);
    return folded;
}

/* WORD with ae, oe and ue as umlauts; NULL when it has none of them. */
static char *
with_umlauts(const char *word)
{
    if (strstr(word, "ae") == NULL && strstr(word, "oe") == NULL && strstr(word, "ue") == NULL)
        return NULL;
    GString *out = g_string_new(word);
    g_string_replace(out, "ae", "ä", 0);
    g_string_replace(out, "oe", "ö", 0);
    g_string_replace(out, "ue", "ü", 0);
    return g_string_free(out, FALSE);
}

size_t
stemmers_stem(Stemmers *stemmers, const char *tag, const char *word, const char *stems[STEMS_MAX])
{
    Language *language = find_language(stemmers, tag);
    size_t count = 0;
    if (language->stemmer == NULL)
        return 0;
    stems[count++] = stem_of(language, word);
    g_autofree char *umlauts = language->is_german ? with_umlauts(word) : NULL;
    if (umlauts != NULL)
        stems[count++] = stem_of(language, umlauts);
    return count;
}
